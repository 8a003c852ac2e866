"""The page of a demand insight that reads counted series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.errors import UsageError, did_you_mean
from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Column,
    Figure,
    Form,
    Headline,
    Map,
    Method,
    Scalar,
    Table,
    Text,
)
from forethought.insights.kinds.demand import CountsSource, DemandSpec
from forethought.insights.kinds.pictures import as_chart, breaks
from forethought.place.calendar import add_months, month_name
from forethought.plan.demand.counts import TOTAL
from forethought.plan.pooling import most_models
from forethought.results import words

BY_MONTH = "counts-by-month"
BY_KEY = "counts-by-key"
ACCURACY = "accuracy-of-earlier-forecasts"
MONTHS_SHOWN = 60
HALF = 0.5
OURS = "forethought"
MODELS = {OURS: "This forecast", "SeasonalNaive": "The same month a year earlier"}

Cells = tuple[tuple[str, ...], tuple[Scalar, ...]]


@dataclass(frozen=True, eq=False)
class View:
    """One key's figures, ready to word and draw."""

    key: str
    source: CountsSource
    place: str
    history: pl.DataFrame
    months: pl.DataFrame
    years: pl.DataFrame

    @property
    def step(self) -> float:
        """Rounding: three figures of the last value, 1 at least."""
        largest = max(abs(float(value)) for value in self.history["y"].tail(12))
        return float(max(1, 10 ** (len(str(int(largest))) - 3)))

    def said(self, value: float) -> str:
        """A number with this view's rounding."""
        return words.rounded(value, self.step)

    @property
    def what(self) -> str:
        """`Delayed bed days, S12000033`."""
        measure = self.source.measure[:1].upper() + self.source.measure[1:]
        return measure if self.key == TOTAL else f"{measure}, {self.key}"


def publish_counts(
    result: Result, spec: DemandSpec, context: RunContext, view: Mapping[str, str]
) -> list[Block]:
    """All blocks of one view.

    Raises:
        UsageError: A choice that the form does not have.
    """
    shown = _view(result, spec, context, view)
    blocks: list[Block] = [Headline(headline(shown))]
    lines = _actions(shown, result)
    if lines:
        blocks.append(Text("What this means for you", tuple(lines), role="actions"))
    if result.values["keys"]:
        blocks.append(_form(shown, result))
    blocks += [_fan(shown), _month_table(shown)]
    blocks += _keys(result, shown, context)
    blocks.append(_accuracy_table(result))
    blocks += [
        Text("What this does not tell you", _limits(spec, result), role="limits"),
        Method(_method(result, spec)),
    ]
    if shown.key == TOTAL:
        blocks.append(_home(shown, spec))
    return blocks


def headline(shown: View) -> str:
    """The next 12 months together where months add up, else the last month forecast."""
    unit = f" {shown.source.unit}" if shown.source.unit else ""
    name = f"{shown.source.measure}{unit}"
    where = "" if shown.key == TOTAL else f" in {shown.key}"
    if shown.years.height:
        row = shown.years.row(0, named=True)
        change = words.up_or_down(row["mean"], row["before"], 1) if row["before"] else "no change"
        than = "as many as" if change == "no change" else f"{change} on"
        return (
            f"In the 12 months to {month_name(row['last'])} we expect "
            f"**{shown.said(row['mean'])} {name}**{where}, {than} the 12 months before. There is "
            f"an 8 in 10 chance of **{shown.said(row['lo-80'])} to {shown.said(row['hi-80'])}**."
        )
    row = shown.months.row(-1, named=True)
    return (
        f"By {month_name(row['ds'])} we expect **{shown.said(row['mean'])} {name}**{where}. There "
        f"is an 8 in 10 chance of **{shown.said(row['lo-80'])} to {shown.said(row['hi-80'])}**."
    )


def _view(result: Result, spec: DemandSpec, context: RunContext, view: Mapping[str, str]) -> View:
    source = spec.settings.source
    if not isinstance(source, CountsSource):
        raise UsageError("This insight reads events, not counts.", where=spec.id)
    for name in view:
        if name != "series":
            raise UsageError(
                f'This page has no choice "{name}".', remedy=did_you_mean(name, ["series"])
            )
    key = view.get("series") or TOTAL
    if key not in (TOTAL, *result.values["keys"]):
        raise UsageError(
            f'"{key}" is none of the series here.',
            where="series",
            remedy=did_you_mean(key, result.values["keys"]),
        )
    here = pl.col("key") == key
    return View(
        key,
        source,
        context.place,
        result.tables["history"].filter(here).sort("ds"),
        result.tables["months"].filter(here).sort("ds"),
        result.tables["years"].filter(here).sort("year"),
    )


def _form(shown: View, result: Result) -> Form:
    label = words.listed([key.replace("_", " ") for key in shown.source.keys])
    options = ((TOTAL, "All together"), *((key, key) for key in result.values["keys"]))
    choice = Choice("series", label[:1].upper() + label[1:], options, shown.key)
    return Form("Choose what to look at", (choice,))


def _actions(shown: View, result: Result) -> list[str]:
    """The prudent figure, and whether the method has earned trust."""
    lines = []
    if shown.years.height:
        row = shown.years.row(0, named=True)
        lines.append(
            f"Plan for {shown.said(row['mean'])}; the prudent figure (a 9 in 10 chance of no more) "
            f"is {shown.said(row['hi-80'])}."
        )
    models = {row["model"]: row for row in result.tables["accuracy"].iter_rows(named=True)}
    ours, naive = models.get(OURS), models.get("SeasonalNaive")
    if ours and naive and naive["mase"]:
        better = 1 - ours["mase"] / naive["mase"]
        side = "smaller" if better > 0 else "larger"
        lines.append(
            f"Earlier forecasts made this way had errors {words.percent(abs(better))} {side} than "
            "taking the same month of the year before."
        )
    return lines


def _fan(shown: View) -> Chart:
    from forethought.results.charts import fan

    seen = shown.history.tail(MONTHS_SHOWN)
    first, last = seen["ds"][0], shown.months["ds"][-1]
    end = shown.months.row(-1, named=True)
    change = words.up_or_down(end["mean"], float(seen["y"][-1])) if seen["y"][-1] else ""
    drawing = fan(
        seen.select("ds", "y"),
        shown.months.select("ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95"),
        what=shown.what,
        place="",
        heading=f"{month_name(last)} beside the last month known: {change or 'no base'}",
        measure=f"{shown.what}, a month, {month_name(first)} to {month_name(last)}.",
        table="Table by month",
        number=shown.said,
    )
    return as_chart(drawing, "counts", BY_MONTH)


def _month_table(shown: View) -> Table:
    """Coming months first, then the past back in time."""
    cells: list[Cells] = []
    for row in shown.months.iter_rows(named=True):
        values = [row[name] for name in ("mean", "lo-80", "hi-80", "lo-95", "hi-95")]
        said = (month_name(row["ds"]), *(shown.said(value) for value in values))
        cells.append((said, (row["ds"].isoformat()[:7], *(round(v, 1) for v in values))))
    for row in shown.history.tail(MONTHS_SHOWN).reverse().iter_rows(named=True):
        said = (month_name(row["ds"]), shown.said(row["y"]), *["actual"] * 4)
        cells.append((said, (row["ds"].isoformat()[:7], row["y"], None, None, None, None)))
    people = shown.source.people
    return Table(
        name=BY_MONTH,
        heading="By month",
        caption=(
            f"{shown.what}. Coming months first, most likely figure with its ranges; then the "
            "past, newest first, which says actual."
        ),
        columns=(
            Column("month", "Month"),
            Column("count", "Count", numeric=True, counts_people=people),
            Column("low80", "8 in 10: from", numeric=True, muted=True),
            Column("high80", "8 in 10: to", numeric=True, muted=True),
            Column("low95", "19 in 20: from", numeric=True, muted=True),
            Column("high95", "19 in 20: to", numeric=True, muted=True),
        ),
        rows=tuple(texts for texts, _ in cells),
        values=tuple(values for _, values in cells),
        role="view",
    )


def _keys(result: Result, shown: View, context: RunContext) -> list[Block]:
    """A table of all series, and a map where they are areas whose boundaries are known."""
    years = result.tables["years"].filter((pl.col("year") == 1) & (pl.col("key") != TOTAL))
    if shown.key != TOTAL or years.is_empty():
        return []
    cells: list[Cells] = []
    for row in years.sort("mean", descending=True).iter_rows(named=True):
        numbers = [row["before"], row["mean"], row["lo-80"], row["hi-80"]]
        change = words.percent_change(row["mean"], row["before"]) if row["before"] else ""
        said = [words.rounded(value, 1) for value in numbers]
        texts = (row["key"], said[0], said[1], f"{said[2]} to {said[3]}", change)
        values = (row["key"], round(numbers[0]), round(numbers[1]), texts[3], change)
        cells.append((texts, values))
    first = years.row(0, named=True)
    table = Table(
        name=BY_KEY,
        heading="By " + words.listed([key.replace("_", " ") for key in shown.source.keys]),
        caption=(
            f"{shown.what}: 12 months to {month_name(add_months(first['first'], -1))}, and "
            f"expected in the 12 months to {month_name(first['last'])} with the 8 in 10 range."
        ),
        columns=(
            Column("key", "Series"),
            Column("before", "12 months before", numeric=True, counts_people=shown.source.people),
            Column("expected", "Expected", numeric=True, counts_people=shown.source.people),
            Column("range", "Range", numeric=True, muted=True),
            Column("change", "Change", numeric=True),
        ),
        rows=tuple(texts for texts, _ in cells),
        values=tuple(values for _, values in cells),
        section="Where",
    )
    drawn = _map(years, shown, context)
    return [drawn, table] if drawn else [table]


def _map(years: pl.DataFrame, shown: View, context: RunContext) -> Map | None:
    geometry = context.geometry.get("district")
    if not geometry:
        return None
    codes = {feature["properties"]["district_code"] for feature in geometry["features"]}
    values = {key: mean for key, mean in years.select("key", "mean").iter_rows() if key in codes}
    if len(values) < HALF * len(codes):
        return None
    from forethought.results.maps import choropleth

    drawing = choropleth(
        geometry,
        values,
        code="district_code",
        label=lambda value: words.rounded(value, 1),
        breaks=breaks(list(values.values())),
        what=shown.what,
        place=shown.place,
        heading=f"{shown.said(shown.years['mean'][0])} {shown.source.measure} expected",
        measure=f"{shown.what}, expected in the next 12 months.",
        table="By district",
    )
    chart = as_chart(drawing, "map-of-counts", BY_KEY)
    return Map(**vars(chart))


def _accuracy_table(result: Result) -> Table:
    cells: list[Cells] = []
    for row in result.tables["accuracy"].iter_rows(named=True):
        name = MODELS.get(row["model"], row["model"])
        shares = (row["coverage-80"], row["coverage-95"])
        texts = (
            name,
            f"{row['forecasts']:,}",
            words.decimal(row["mase"], 2),
            f"{words.decimal(row['smape'])}%",
            words.decimal(row["bias"], 2),
            *(words.percent(share) for share in shares),
        )
        values = (
            name,
            row["forecasts"],
            *(round(row[c], 4) for c in ("mase", "smape", "bias", "coverage-80", "coverage-95")),
        )
        cells.append((texts, values))
    return Table(
        name=ACCURACY,
        heading="Earlier forecasts held against what came",
        caption=(
            "Forecasts of up to 12 months made at earlier dates from what was then known. Error: "
            "1 is the usual change from a year earlier; less is better."
        ),
        columns=(
            Column("model", "Method"),
            Column("forecasts", "Forecasts", numeric=True),
            Column("mase", "Error (MASE)", numeric=True),
            Column("smape", "Error (sMAPE)", numeric=True),
            Column("bias", "Bias", numeric=True),
            Column("inside80", "Inside 8 in 10", numeric=True),
            Column("inside95", "Inside 19 in 20", numeric=True),
        ),
        rows=tuple(texts for texts, _ in cells),
        values=tuple(values for _, values in cells),
        section="Track record",
    )


def _limits(spec: DemandSpec, result: Result) -> tuple[str, ...]:
    lines = [
        "What the counts leave out: see the source's own notes.",
        "Effects of decisions and laws that the past months have not shown.",
    ]
    pooled = result.values["pooled"]
    if pooled:
        lines.append(
            f"Anything about {len(pooled)} series that lack months or are small: they are summed "
            'as "All others".'
        )
    if spec.settings.shocks:
        names = words.listed([shock.name for shock in spec.settings.shocks])
        lines.append(f"What another time like this would bring: {names}.")
    return tuple(lines)


def _method(result: Result, spec: DemandSpec) -> tuple[tuple[str, str], ...]:
    count = len(result.values["keys"]) + 1
    data_to = date.fromisoformat(result.values["data_to"])
    method = (
        f"{count:,} series are forecast by up to {most_models('standard')} models "
        "combined and made to add up in each of "
        f"{spec.settings.paths:,} sample futures."
    )
    return (
        ("Method", method),
        ("Data to", month_name(data_to)),
        ("Track record", "Held against AutoETS and the same month a year earlier, below."),
    )


def _home(shown: View, spec: DemandSpec) -> Figure:
    from forethought.results.charts import spark

    drawing = spark(
        shown.history.tail(MONTHS_SHOWN).select("ds", "y"),
        shown.months.select("ds", "mean", "lo-80", "hi-80"),
        what=shown.what,
        number=shown.said,
        table="Table by month",
    )
    row = (shown.years if shown.years.height else shown.months.tail(1)).row(0, named=True)
    when = (
        f"in the 12 months to {month_name(row['last'])}" if "last" in row else "in the last month"
    )
    return Figure(
        question=spec.question,
        figure=shown.said(row["mean"]),
        sentence=(
            f"{shown.source.measure} {when}; 8 in 10 chance of {shown.said(row['lo-80'])} to "
            f"{shown.said(row['hi-80'])}."
        ),
        chart=as_chart(drawing, "home-counts", BY_MONTH, role="small"),
    )
