"""The page of a demand insight: answer, actions, form, views, years, groups, limits, method."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Choice,
    Form,
    Headline,
    Map,
    Method,
    Text,
)
from forethought.insights.blocks import Figure as HomeFigure
from forethought.insights.kinds.demand import DemandSpec
from forethought.insights.kinds.demand_events import judged
from forethought.insights.kinds.demand_figures import Figures, by_district, figures_of
from forethought.insights.kinds.demand_tables import (
    BY_DISTRICT,
    BY_GROUP,
    BY_MONTH,
    district_table,
    group_table,
    month_table,
    year_table,
)
from forethought.insights.kinds.demand_words import (
    PEOPLE_LABELS,
    QUESTIONS,
    Chosen,
    chosen,
)
from forethought.place.calendar import (
    add_months,
    financial_year,
    financial_year_label,
    month_end,
    month_name,
    months_between,
)
from forethought.plan.demand.vocabulary import ALL
from forethought.results import words

GROUPS_SHOWN = ("older_people", "learning_disability", "physical_disability", "mental_health")
YEAR_SECTION = "By financial year"
GROUP_SECTION = "Where the growth is"


def publish_demand(
    result: Result, spec: DemandSpec, context: RunContext, view: Mapping[str, str]
) -> list[Block]:
    """All blocks of one view.

    Raises:
        UsageError: A choice that the form does not have.
    """
    choice = chosen(view, result.values["districts"], context.place)
    form = _form(choice, result)
    offered = {tuple(level.split("-")) for level in result.values["levels"]} | {()}
    if choice.level not in offered:
        return [_too_fine(choice), form, *_closing(result, spec, context)]
    figures = figures_of(result, choice)
    if figures.observed.is_empty() or figures.ahead.is_empty():
        return [_hidden(choice), form, *_closing(result, spec, context)]
    to = step(context.minimum_count)
    blocks: list[Block] = [
        Headline(headline(figures, to)),
        Text("What this means for you", tuple(actions(figures, result, to)), role="actions"),
    ]
    notes = _notes(result)
    if notes:
        blocks.append(Text("Where this stands", notes, role="note"))
    blocks += [form, _fan(figures, to)]
    blocks += _map(result, choice, context, to)
    blocks += [month_table(figures, to), year_table(figures, to, YEAR_SECTION)]
    blocks += _groups(result, choice, to)
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
    if choice.who != ALL:
        return ""
    rows = result.tables["months"].filter(
        (pl.col("service") == choice.service)
        & (pl.col("district") == choice.district)
        & (pl.col("measure") == "supported")
        & pl.col("who").is_in([*GROUPS_SHOWN, "other"])
    )
    if rows.is_empty():
        return ""
    data_to = date.fromisoformat(result.values["data_to"])
    now = dict(rows.filter(pl.col("ds") == data_to).select("who", "observed").iter_rows())
    end = dict(rows.filter(pl.col("ds") == rows["ds"].max()).select("who", "mean").iter_rows())
    changes = {
        who: end[who] - now[who] for who in end if end[who] is not None and now.get(who) is not None
    }
    if not changes:
        return ""
    largest = max(changes, key=lambda who: abs(changes[who]))
    said = words.change_words(changes[largest], 0, to)
    if said == "no change":
        return ""
    name = PEOPLE_LABELS[largest]
    return f"{name} change most: {said} by {month_name(rows['ds'].max())}."  # type: ignore[arg-type]


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
    return (
        (
            f"{names} {verb} provisional: some records are still to come, and their number is "
            "estimated from how late records of earlier months were."
        ),
    )


def _form(choice: Chosen, result: Result) -> Form:
    """Questions that may be asked: an axis is left out where not even it alone may be shown."""
    offered = {tuple(level.split("-")) for level in result.values["levels"]}
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


def _too_fine(choice: Chosen) -> Text:
    asked = words.listed([QUESTIONS[axis].lower() for axis in choice.level])
    return Text(
        "This is too fine to show",
        (
            f"By {asked} together, more than 1 in 10 counts of people are too small to publish.",
            f"Choose fewer of them, such as {QUESTIONS[choice.level[0]].lower()} alone.",
        ),
        role="note",
    )


def _hidden(choice: Chosen) -> Text:
    return Text(
        "This is not shown",
        (
            (
                f"{choice.what} in {choice.place} are so few that figures could tell of a person, or "
                "their number would tell another small one."
            ),
            "Choose a wider group, or the whole county.",
        ),
        role="note",
    )


def _fan(figures: Figures, to: int) -> Chart:
    from forethought.results.charts import fan

    choice = figures.chosen
    first, last = figures.observed["ds"][0], figures.end[0]
    made = figures.last
    day = figures.now[0]
    name = f"Last forecast, {month_name(add_months(day, -11))}"
    drawing = fan(
        figures.observed,
        figures.ahead,
        last=made if made.height and made["mean"].null_count() == 0 else None,
        last_name=name,
        what=choice.what,
        place=choice.place,
        heading=_fan_heading(figures, to),
        measure=(
            f"{choice.what} at month end, {choice.place}, {month_name(first)} to "
            f"{month_name(last)}."
        ),
        table="Table by month",
        number=lambda value: words.rounded(value, to),
    )
    return Chart(
        name="people-supported",
        heading=drawing.heading,
        measure=drawing.measure,
        alt=drawing.alt,
        wide=drawing.wide,
        narrow=drawing.narrow,
        table=BY_MONTH,
        note=drawing.note,
    )


def _fan_heading(figures: Figures, to: int) -> str:
    """The chart's message: faster, slower or as expected beside last year's forecast."""
    made = figures.last.drop_nulls("mean")
    day, end = figures.end
    _, now = figures.now
    if made.height and end.value is not None:
        common = figures.ahead.join(made.rename({"mean": "made"}), on="ds", how="inner")
        if common.height:
            row = common.row(-1, named=True)
            difference = words.change_words(row["mean"], row["made"], to)
            if difference == "no change":
                return "The forecast is the same as a year ago"
            year = month_name(row["ds"])
            return f"{difference.capitalize()} in {year} than last year's forecast said"
    direction = words.up_or_down(end.value or 0, now) if now else "no change"
    return f"People supported by {month_name(day)}: {direction}"


def _map(result: Result, choice: Chosen, context: RunContext, to: int) -> list[Block]:
    """A map and a table of the districts, where districts may be shown for this choice."""
    offered = {tuple(level.split("-")) for level in result.values["levels"]}
    level = tuple(axis for axis in QUESTIONS if axis == "district" or axis in choice.level)
    if level not in offered:
        return []
    rows = by_district(result, choice)
    table = district_table(rows, choice, to)
    geometry = context.geometry.get("district")
    if not geometry:
        return [table]
    from forethought.results.maps import choropleth

    drawn = {f["properties"]["district_code"] for f in geometry["features"]}
    values = {
        code: value for code, value in rows.select("district", "mean").iter_rows() if code in drawn
    }
    last = result.tables["months"]["ds"].max()
    day = month_end(last)  # type: ignore[arg-type]
    total = figures_of(
        result, Chosen(choice.service, choice.who, ALL, choice.places, choice.county)
    )
    drawing = choropleth(
        geometry,
        values,
        code="district_code",
        names=choice.places,
        breaks=breaks([value for value in values.values() if value is not None]),
        label=lambda value: words.rounded(value, to),
        what=choice.what,
        place=choice.county,
        heading=(
            f"{words.rounded(total.end[1].value or 0, to)} {choice.people} expected by "
            f"{month_name(day)}, by district"
        ),
        measure=f"{choice.what} at the end of {month_name(day)}, most likely figure.",
        table="By district",
    )
    chart = Map(
        name="map-by-district",
        heading=drawing.heading,
        measure=drawing.measure,
        alt=drawing.alt,
        wide=drawing.wide,
        narrow=drawing.narrow,
        table=BY_DISTRICT,
        note=drawing.note,
    )
    return [chart, table]


def breaks(values: list[float]) -> list[float]:
    """Four round breaks between five steps of a map."""
    import numpy as np

    if not values:
        return [1.0, 2.0, 3.0, 4.0]
    low, high = min(values), max(values)
    width = max((high - low) / 5, 1e-9)
    size = 10 ** np.floor(np.log10(width))
    nice = next(n * size for n in (1, 2, 2.5, 5, 10) if n * size >= width)
    first = np.floor(low / nice) * nice + nice
    return [float(round(first + n * nice, 10)) for n in range(4)]


def _groups(result: Result, choice: Chosen, to: int) -> list[Block]:
    """Small charts of the client groups, and their table."""
    level = tuple(axis for axis in QUESTIONS if axis == "who" or axis in choice.level)
    offered = {tuple(part.split("-")) for part in result.values["levels"]}
    if level not in offered or choice.who != ALL:
        return []
    from forethought.results.charts import Part, multiples

    shown = {}
    for who in GROUPS_SHOWN:
        one = Chosen(choice.service, who, choice.district, choice.places, choice.county)
        figures = figures_of(result, one)
        if figures.observed.height and figures.ahead.height and figures.now[1]:
            shown[who] = figures
    at_least = 2
    if len(shown) < at_least:
        return []
    base = next(iter(shown.values())).now[0]
    measure = (
        f"People supported, {month_name(base)} = 100, same axis in all {_number(len(shown))}. "
        "Band: 8 in 10 chance."
    )
    drawings = multiples(
        [Part(PEOPLE_LABELS[who], f.observed, f.ahead) for who, f in shown.items()],
        what=f"People with {choice.support}",
        place=choice.place,
        measure=measure,
        table="By client group",
        number=lambda value: words.rounded(value, to),
    )
    charts: list[Block] = [
        Chart(
            name=f"group-{who.replace('_', '-')}",
            heading=drawing.heading,
            measure=drawing.measure,
            alt=drawing.alt,
            wide=drawing.wide,
            narrow=drawing.narrow,
            table=BY_GROUP,
            note=drawing.note,
            section=GROUP_SECTION,
            role="small",
        )
        for who, drawing in zip(shown, drawings, strict=True)
    ]
    return [*charts, group_table(shown, to, GROUP_SECTION)]


def _number(count: int) -> str:
    return {2: "two", 3: "three", 4: "four"}[count]


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
        "How sure the prices are: ranges of cost come from the number of people alone.",
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
    settings = spec.settings
    data_to = date.fromisoformat(result.values["data_to"])
    months = result.tables["months"]
    ahead = months_between(data_to, months["ds"].max())  # type: ignore[arg-type]
    count = int(result.metrics["series_modelled"])
    rows = [
        (
            "Method",
            (
                f"Requests, starts and leaving rates are forecast in {count} series by four models "
                "combined; people supported are last month's, plus starts, less those who leave, in "
                f"each of {settings.paths:,} sample futures of {ahead} months. All sums are made "
                "within a future, so districts and services add up."
            ),
        ),
        (
            "Who counts",
            (
                "An adult with two services counts once, by the main one: nursing, residential, "
                "supported living, home care, direct payment, day, other."
            ),
        ),
        ("Prices", _price_words(spec)),
    ]
    record = result.tables["record"]
    if record.height:
        total, inside = judged(record)
        rows.append(
            (
                "Track record",
                (
                    f"Last year's forecast, made again from what was then recorded: in {total} months "
                    f"of the county, its services, groups and districts the truth fell in the 8 in 10 "
                    f"range {inside} times."
                ),
            )
        )
    return tuple(rows)


def _price_words(spec: DemandSpec) -> str:
    rise = spec.settings.price_uplift_pct
    base = "Cost of a week of support as in the last three months"
    if not rise and not spec.settings.price_uplift_pct_by_year:
        return f"{base}; no rise assumed."
    parts = [f"{rise:g}% more every April"]
    by_year = sorted(spec.settings.price_uplift_pct_by_year.items())
    parts += [f"{value:g}% in April {year}" for year, value in by_year]
    return f"{base}, then {words.listed(parts)} (an assumption)."


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
        chart=Chart(
            name="home-people-supported",
            heading="",
            measure="",
            alt=drawing.alt,
            wide=drawing.wide,
            narrow=drawing.narrow,
            table=BY_MONTH,
            role="small",
        ),
    )
