"""The page of a demand insight: answer, actions, form, views, years, groups, limits, method."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block, Choice, Form, Headline, Method, Text
from forethought.insights.blocks import Figure as HomeFigure
from forethought.insights.kinds.demand import DeclaredShock, DemandSpec, PriceUplift
from forethought.insights.kinds.demand_figures import Figures, figures_of
from forethought.insights.kinds.demand_pictures import (
    district_charts,
    district_map,
    group_charts,
    largest_change,
    offered_levels,
    people_fan,
)
from forethought.insights.kinds.demand_record import record_blocks
from forethought.insights.kinds.demand_tables import BY_MONTH, month_table, year_table
from forethought.insights.kinds.demand_words import (
    FLOW_WORDS,
    PEOPLE_LABELS,
    QUESTIONS,
    SERVICE_WORDS,
    SHAPE_WORDS,
    Chosen,
    chosen,
)
from forethought.insights.kinds.pictures import as_chart
from forethought.place.calendar import (
    financial_year,
    financial_year_label,
    month_name,
    months_between,
)
from forethought.plan.demand.vocabulary import ALL
from forethought.plan.pooling import most_models
from forethought.results import words

YEAR_SECTION = "By financial year"


def publish_demand(
    result: Result, spec: DemandSpec, context: RunContext, view: Mapping[str, str]
) -> list[Block]:
    """All blocks of one view.

    Raises:
        UsageError: A choice that the form does not have.
    """
    choice = chosen(view, result.values["districts"], context.place)
    form = _form(choice, result)
    if choice.level and choice.level not in offered_levels(result):
        return [*_too_fine(choice), form, *_closing(result, spec, context)]
    figures = figures_of(result, choice)
    if figures.hidden:
        return [*_hidden(choice), form, *_closing(result, spec, context)]
    to = step(context.minimum_count)
    blocks: list[Block] = [
        Headline(headline(figures, to)),
        Text("What this means for you", tuple(actions(figures, result, to)), role="actions"),
    ]
    notes = _notes(result)
    if notes:
        blocks.append(Text("Where this stands", notes, role="note"))
    blocks += [form, people_fan(figures, to)]
    blocks += district_map(result, choice, context, to)
    blocks += [month_table(figures, to), year_table(figures, to, YEAR_SECTION)]
    blocks += group_charts(result, choice, to)
    blocks += district_charts(result, choice, to)
    blocks += [] if choice.level else record_blocks(result, context)
    blocks += _closing(result, spec, context)
    if not choice.level:
        blocks.append(_home(figures, spec, to))
    return blocks


def step(minimum_count: int) -> int:
    """Rounding of published people: 10, but 1 for open data."""
    return 1 if minimum_count <= 1 else words.ROUNDING


def headline(figures: Figures, to: int) -> str:
    """The answer with its range, in one or two sentences."""
    day, end = figures.end
    _, now = figures.now
    choice = figures.chosen
    where = "" if choice.district == ALL else f" in {choice.place}"
    change = words.change_words(end.value or 0, now, to)
    than = "the same as now" if change == "no change" else f"{change} than now"
    return (
        f"By {month_name(day)} we expect **{words.rounded(end.value or 0, to)} {choice.people}**"
        f"{where} to have {choice.support}, {than}. There is an 8 in 10 chance that it will be "
        f"between **{words.rounded(end.low or 0, to)} and {words.rounded(end.high or 0, to)}**."
    )


def actions(figures: Figures, result: Result, to: int) -> list[str]:
    """What the forecast asks a manager to do: two or three lines from the figures."""
    day, _ = figures.now
    year = financial_year(day) + 1
    lines = []
    change = figures.year("change", year)
    if change.value is not None and change.high is not None:
        lines.append(_budget_line(change.value, change.high, year, to))
    growth = _growth_line(result, figures.chosen, to)
    if growth:
        lines.append(growth)
    past = _last_forecast_line(figures, to)
    if past:
        lines.append(past)
    return lines


def _budget_line(change: float, high: float, year: int, to: int) -> str:
    label = financial_year_label(year)
    prudent = f"The prudent figure (a 9 in 10 chance of no more) is {words.signed(high, to)}."
    said = words.change_words(change, 0, to)
    if said == "no change":
        return f"Plan for about as many people in {label} as in the year before. {prudent}"
    count, way = said.split(" ")
    return f"Budget for about {count} {way} people in {label}. {prudent}"


def _growth_line(result: Result, choice: Chosen, to: int) -> str:
    """Which client group the change comes from."""
    found = largest_change(result, choice) if choice.who == ALL else None
    if found is None:
        return ""
    who, change = found
    said = words.change_words(change, 0, to)
    if said == "no change":
        return ""
    last = max(result.tables["months"]["ds"].to_list())
    return f"The largest change by {month_name(last)}: {said} in {PEOPLE_LABELS[who].lower()}."


def _last_forecast_line(figures: Figures, to: int) -> str:
    """Last year's forecast held against what came."""
    record = figures.record.drop_nulls("inside")
    if record.is_empty():
        return ""
    row = record.row(-1, named=True)
    error = row["mean"] - row["actual"]
    inside = "inside its range" if row["inside"] else "outside its range"
    share = words.decimal(abs(error) / row["actual"] * 100) if row["actual"] else "0"
    count = words.rounded(abs(error), to)
    if count == "0":
        return f"Last year's forecast for {month_name(row['ds'])} was right to the nearest {to}."
    side = "too high" if error > 0 else "too low"
    return (
        f"Last year's forecast for {month_name(row['ds'])} was {count} {side} ({share}%), {inside}."
    )


def _notes(result: Result) -> tuple[str, ...]:
    late = [date.fromisoformat(day) for day in result.values["provisional"]]
    if not late:
        return ()
    names = words.listed([month_name(day) for day in late])
    verb = "is" if len(late) == 1 else "are"
    note = (
        f"{names} {verb} provisional: some records are still to come, and their number is "
        "estimated from how late records of earlier months were."
    )
    return (note,)


def _form(choice: Chosen, result: Result) -> Form:
    """Questions that may be asked: an axis is left out where not even it alone may be shown."""
    offered = offered_levels(result)
    answers = {"service": choice.service, "who": choice.who, "district": choice.district}
    choices = tuple(
        Choice(axis, label, choice.options(axis), answers[axis])
        for axis, label in QUESTIONS.items()
        if (axis,) in offered
    )
    together = [
        words.listed([QUESTIONS[axis].lower() for axis in level])
        for level in sorted(offered, key=len)
        if len(level) > 1
    ]
    if choices and not together:
        hint = "One at a time: numbers of more than one together are too small to show."
        choices = (*choices[:-1], Choice(**{**vars(choices[-1]), "hint": hint}))
    return Form("Choose what to look at", choices)


def _too_fine(choice: Chosen) -> list[Block]:
    asked = words.listed([QUESTIONS[axis].lower() for axis in choice.level])
    wider = f"Choose fewer of them, such as {QUESTIONS[choice.level[0]].lower()} alone."
    return [
        Headline(
            f"By {asked} together this is **too fine to show**: more than 1 in 10 counts of people "
            "are too small to publish."
        ),
        Text("What to do", (wider,), role="note"),
    ]


def _hidden(choice: Chosen) -> list[Block]:
    wider = "Choose a wider group, or the whole county."
    return [
        Headline(
            f"{choice.what} in {choice.place} are **not shown**: so few that figures could tell of "
            "a person, or that would tell another small number."
        ),
        Text("What to do", (wider,), role="note"),
    ]


def _closing(result: Result, spec: DemandSpec, context: RunContext) -> list[Block]:
    return [
        Text("What this does not tell you", limits(spec, context), role="limits"),
        Method(method(result, spec)),
    ]


def limits(spec: DemandSpec, context: RunContext) -> tuple[str, ...]:
    """What the forecast leaves out."""
    lines = [
        "Need that nobody has asked the council to meet.",
        "People who pay for all of their own care.",
        "Effects of decisions and laws that the past months have not shown.",
        "Anything about one person.",
    ]
    if context.minimum_count > 1:
        lines.append(
            f"Counts from 1 to {context.minimum_count - 1}, and those that would tell them: [c]."
        )
    if spec.settings.shocks:
        names = words.listed([shock.name for shock in spec.settings.shocks])
        lines.append(f"What another time like this would bring: {names}.")
    return tuple(lines)


def method(result: Result, spec: DemandSpec) -> tuple[tuple[str, str], ...]:
    """How it was made, in plain words."""
    data_to = date.fromisoformat(result.values["data_to"])
    ahead = months_between(data_to, max(result.tables["months"]["ds"].to_list()))
    count = int(result.metrics["series_modelled"])
    how = (
        f"Requests, starts and leaving rates are forecast in {count} series by up to "
        f"{most_models('fast')} models combined; people supported are last month's, plus starts, "
        "less those who leave, in each "
        f"of {spec.settings.paths:,} sample futures of {ahead} months. All sums are made within a "
        "future, so districts and services add up."
    )
    who = (
        "An adult with two services counts once, by the main one: nursing, residential, supported "
        "living, home care, direct payment, day, other."
    )
    rows = [
        ("Method", how),
        ("Who counts", who),
        ("Prices", _price_words(spec, result.metrics.get("price_rise"))),
    ]
    rows += _declared(spec)
    rows += _judged(result, spec)
    if "forecasts_judged" in result.metrics:
        rows.append(("Track record", _record_words(result.metrics)))
    return tuple(rows)


def _record_words(metrics: Mapping[str, float]) -> str:
    """How earlier forecasts fared, beside the simplest one."""
    judged, inside, dates = (
        int(metrics[name]) for name in ("forecasts_judged", "forecasts_inside", "origins_judged")
    )
    naive = words.percent(metrics["naive_inside"] / judged)
    times = "date" if dates == 1 else "dates"
    return (
        f"The forecast was made again from what was known on {dates} earlier {times}, a year "
        f"apart. Of {judged} figures a year ahead (county, services, groups, ages, districts) "
        f"{inside} fell in the 8 in 10 range: {words.percent(inside / judged)}. Taking the same "
        f"month of the year before, {naive} did. Mean absolute scaled error: "
        f"{words.decimal(metrics['mase'], 2)}, against {words.decimal(metrics['naive_mase'], 2)}."
    )


def _declared(spec: DemandSpec) -> list[tuple[str, str]]:
    """The breaks that the forecast was told of."""
    if not spec.settings.shocks:
        return []
    return [("What happened once", " ".join(map(_shock_words, spec.settings.shocks)))]


def _judged(result: Result, spec: DemandSpec) -> list[tuple[str, str]]:
    """The judgements on the forecast, and what they change at its end."""
    if not spec.settings.adjustments:
        return []
    said = []
    for one in spec.settings.adjustments:
        service = f" of {SERVICE_WORDS[one.service]}" if one.service else ""
        until = "" if one.expires is None else f"; it ends on {words.day_words(one.expires)}"
        said.append(
            f"{one.name}: {FLOW_WORDS[one.flow]}{service} {words.signed(one.change_pct, 0.1)}%, "
            f"{month_name(one.first)} to {month_name(one.last)} "
            f"({one.author}: {one.reason}{until})."
        )
    rows = result.tables["months"].filter(
        (pl.col("service") == ALL) & (pl.col("who") == ALL) & (pl.col("district") == ALL)
        & (pl.col("measure") == "supported")
    ).drop_nulls("mean").sort("ds")  # fmt: skip
    without = result.tables["unadjusted"].filter(
        (pl.col("service") == ALL) & (pl.col("measure") == "supported")
    ).sort("ds")  # fmt: skip
    if rows.height and without.height:
        change = rows["mean"][-1] - without["mean"][-1]
        said.append(
            f"Together they change people supported in {month_name(rows['ds'][-1])} by "
            f"{words.signed(change)}. The forecast without them is kept, to see which was better."
        )
    return [("Judgement", " ".join(said))]


def _shock_words(shock: DeclaredShock) -> str:
    """`The first wave (March 2020 to July 2020; all flows): set aside. Source: ...`."""
    days = month_name(shock.start)
    if shock.end is not None:
        days = f"{days} to {month_name(shock.end)}"
    elif shock.shape != "pulse":
        days = f"from {days}"
    named = [FLOW_WORDS[flow] for flow in shock.flows]
    flows = words.listed(named) if named else "all flows"
    where = f"{flows} of {SERVICE_WORDS[shock.service]}" if shock.service else flows
    name = shock.name[:1].upper() + shock.name[1:]
    told = f"{name} ({days}; {where}): {SHAPE_WORDS[shock.shape]}."
    return f"{told} Source: {shock.source}." if shock.source else told


def _price_words(spec: DemandSpec, rise: float | None) -> str:
    settings = spec.settings
    base = "Cost of a week of support as in the last three months"
    usual, by_year = settings.price_uplift, sorted(settings.price_uplift_by_year.items())
    parts = [] if usual is None else [f"{_uplift_words(usual)} more every April"]
    parts += [f"{_uplift_words(value)} in April {year}" for year, value in by_year]
    if parts:
        said = (
            f"{base}, then {words.listed(parts)}: an assumption. Ranges of cost hold both how "
            "many people there may be and how prices may rise."
        )
        sources = dict.fromkeys(u.source for u in (usual, *(v for _, v in by_year)) if u)
        said += f" Source: {words.listed(list(sources))}."
    else:
        said = f"{base}; no rise is assumed. Ranges of cost come from the number of people alone."
    if rise is None:
        return said
    way = "rose" if rise >= 0 else "fell"
    return f"{said} Over up to three past years it {way} by {words.percent(abs(rise), 1)} a year."


def _uplift_words(uplift: PriceUplift) -> str:
    """`5% (8 in 10 chance of 3% to 8%)`."""
    likely = f"{uplift.likely_pct:g}%"
    if uplift.low_pct == uplift.high_pct:
        return likely
    return f"{likely} (8 in 10 chance of {uplift.low_pct:g}% to {uplift.high_pct:g}%)"


def _home(figures: Figures, spec: DemandSpec, to: int) -> HomeFigure:
    from forethought.results.charts import spark

    day, end = figures.end
    _, now = figures.now
    drawing = spark(
        figures.observed,
        figures.ahead,
        what=figures.chosen.what,
        place=figures.chosen.place,
        number=lambda value: words.rounded(value, to),
        table="Table by month",
    )
    return HomeFigure(
        question=spec.question,
        figure=words.rounded(end.value or 0, to),
        sentence=(
            f"adults with long-term support by {month_name(day)}; 8 in 10 chance of "
            f"{words.range_words(end.low or 0, end.high or 0, to)}."
        ),
        change=f"{words.change_words(end.value or 0, now, to)} than now",
        chart=as_chart(drawing, "home-people-supported", BY_MONTH, role="small"),
    )
