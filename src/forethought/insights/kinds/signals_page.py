"""The page of a watch: answer, actions, signals, one series' chart, everything watched, places."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Figure,
    Form,
    Headline,
    Map,
    Method,
    Respond,
    Text,
    chart_of,
)
from forethought.insights.kinds.signals import SignalsSpec
from forethought.insights.kinds.signals_tables import (
    ALL,
    MONTHS,
    PLACES,
    everything_table,
    limits_of,
    middle_of,
    months_table,
    places_table,
    signals_table,
    state_words,
)
from forethought.insights.kinds.signals_words import (
    SERIES,
    Told,
    actions,
    chosen_series,
    headline,
    limits,
    method,
    raised,
    sentence,
)
from forethought.insights.raised import NEW
from forethought.place.calendar import month_name
from forethought.results import words
from forethought.results.charts import Segment, xmr, xmr_spark

CHANGED = "What changed"
ANSWER = "Answer a signal"
ONE = "One measure"
EVERYTHING = "Everything watched"
WHERE = "Where"
BREAKS = (1.2, 1.4, 1.6, 2.0)


def publish_signals(
    result: Result, spec: SignalsSpec, context: RunContext, view: Mapping[str, str]
) -> list[Block]:
    """All blocks, with the chart of the series that the form chooses.

    Raises:
        UsageError: A question that the form does not have, or a series that is not watched.
    """
    asked = {name: value for name, value in view.items() if value}
    told = Told(result, spec, context, chosen_series(result, asked))
    blocks: list[Block] = [
        Headline(headline(told)),
        Text("What this means for you", actions(told), role="actions"),
    ]
    found = signals_table(told, CHANGED)
    blocks += [found] if found is not None else []
    blocks += _answers(told)
    blocks += [_form(told), _chart(told), months_table(told, ONE)]
    blocks += _where(told)
    blocks += [
        everything_table(told, EVERYTHING),
        Text("What this does not tell you", limits(told), role="limits"),
        Method(method(told)),
    ]
    if not asked:
        blocks.append(_home(told))
    return blocks


def _answers(told: Told) -> list[Respond]:
    """A way to answer each cause."""
    found = []
    for each in (one for one in raised(told.result) if one.lead):
        answer = told.answers.get(each.subject)
        found.append(
            Respond(
                subject=each.subject,
                label=each.name,
                since=each.since.isoformat(),
                owner=each.owner,
                state=NEW if answer is None else state_words(answer, " by "),
                hint="Your name, the day and the reason stand beside the signal. "
                "Write nothing about a person.",
                section=ANSWER,
            )
        )
    return found


def _form(told: Told) -> Form:
    signalled = told.result.tables["signals"]["unique_id"].to_list()
    keys = [*signalled, *(k for k in told.series["unique_id"].to_list() if k not in signalled)]
    options = tuple(
        (key, f"{told.name(key)} (signal)" if key in signalled else told.name(key)) for key in keys
    )
    return Form(
        "Look at one measure",
        (Choice(SERIES, "Measure", options, told.chosen, hint="Signals first."),),
    )


def _chart(told: Told) -> Chart:
    rows = told.result.tables["charts"].filter(pl.col("unique_id") == told.chosen).sort("ds")
    name, signal = told.name(told.chosen), told.signal
    first, last = rows["ds"][0], rows["ds"][-1]
    marks = _marks(rows, signal)
    heading = f"{name}: within its ordinary variation"
    if signal is not None:
        heading = sentence(signal).replace("**", "").removesuffix(".")
    measure = next(
        each for each in told.spec.settings.measures
        if each.id == told.series.filter(pl.col("unique_id") == told.chosen)["measure"][0]
    )  # fmt: skip
    drawing = xmr(
        rows.select("ds", pl.col("y").cast(pl.Float64)),
        segments=_segments(rows),
        marks=marks,
        what=f"{name}, cases a month",
        place=told.context.place,
        heading=heading,
        measure=(
            f"{name}, cases a month, {told.context.place}, {month_name(first)} to "
            f"{month_name(last)}. Band: limits of ordinary variation."
        ),
        table=f"{name} by month",
        better={"up": "high", "down": "low"}.get(measure.desired),  # type: ignore[arg-type]
        target=measure.target if not told.chosen.count("/") else None,
    )
    return chart_of(drawing, "xmr", MONTHS, section=ONE, role="section")


def _marks(rows: pl.DataFrame, signal: Mapping[str, object] | None) -> list[date]:
    """Months to mark: those of a signal from its beginning on."""
    if signal is None:
        return []
    inside = pl.col("ds").is_between(pl.lit(signal["since"]), pl.lit(signal["latest"]))
    if signal["shape"] != "one-off":
        inside = pl.col("ds") >= pl.lit(signal["since"])
    return rows.filter(inside)["ds"].to_list()


def _segments(rows: pl.DataFrame) -> list[Segment]:
    """Limits by month where they follow what is expected, else by stretch."""
    found: list[Segment] = []
    for row in rows.iter_rows(named=True):
        low, high = limits_of(row)
        limits_here = (middle_of(row), max(low, 0.0), high)
        if found and (found[-1].mean, found[-1].lower, found[-1].upper) == limits_here:
            continue
        found.append(Segment(row["ds"], *limits_here))
    return found


def _where(told: Told) -> list[Block]:
    """A map of places with more requests, and their table."""
    table = places_table(told, WHERE)
    geometry = told.context.geometry.get("lsoa21")
    if table is None or not geometry:
        return []
    from forethought.results.maps import choropleth

    members = told.result.tables["places"]
    groups = [
        part["area"].to_list() for _, part in members.group_by("cluster", maintain_order=True)
    ]
    risk = dict(members.select("area", "relative_risk").iter_rows())
    drawn = [each["properties"]["lsoa21"] for each in geometry["features"]]
    count = len(groups)
    drawing = choropleth(
        geometry,
        {code: float(risk.get(code) or 1.0) for code in drawn},
        code="lsoa21",
        names={code: code for code in drawn},
        breaks=BREAKS,
        label=words.decimal,
        localities=groups,
        what="Places with more requests than elsewhere",
        place=told.context.place,
        heading=f"More requests than chance in {words.counted(count, 'place', 'places', 1)}",
        measure="Rate of requests beside the rate elsewhere, by small area; 1 outside the places.",
        table="Places with more requests",
    )
    return [Map(**vars(chart_of(drawing, "places", PLACES, section=WHERE, role="section"))), table]


def _home(told: Told) -> Figure:
    rows = told.result.tables["charts"].filter(pl.col("unique_id") == told.chosen).sort("ds")
    shown = rows.tail(24)
    drawing = xmr_spark(
        shown.select("ds", pl.col("y").cast(pl.Float64)),
        segments=_segments(shown),
        marks=[m for m in _marks(rows, told.signal) if m >= shown["ds"][0]],
        what=told.name(told.chosen),
        place=told.context.place,
        table=f"{told.name(told.chosen)} by month",
    )
    count = told.leads.height
    return Figure(
        question=told.spec.question,
        figure=str(count),
        sentence=f"of {told.result.values['watched']:,} measures changed beyond their ordinary "
        f"variation up to {month_name(told.data_to)}.",
        change=sentence(told.leads.row(0, named=True)).replace("**", "") if count else "",
        chart=chart_of(drawing, "home-signal", ALL, role="small"),
    )
