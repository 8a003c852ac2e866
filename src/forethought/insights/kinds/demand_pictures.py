"""Charts and maps of a demand page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block, Chart, Map
from forethought.insights.kinds.demand_figures import Figures, by_district, figures_of
from forethought.insights.kinds.demand_tables import (
    BY_DISTRICT,
    BY_GROUP,
    BY_MONTH,
    district_table,
    group_table,
)
from forethought.insights.kinds.demand_words import PEOPLE_LABELS, QUESTIONS, Chosen
from forethought.insights.kinds.pictures import as_chart, breaks
from forethought.place.calendar import add_months, month_end, month_name
from forethought.plan.demand.vocabulary import ALL
from forethought.results import words

GROUPS_SHOWN = ("older_people", "learning_disability", "physical_disability", "mental_health")
GROUP_SECTION = "Where the growth is"
DISTRICT_SECTION = "District by district"
FEWEST_SMALL = 2


def people_fan(figures: Figures, to: int) -> Chart:
    """People supported by month: observed, expected, and last year's forecast."""
    from forethought.results.charts import fan

    choice = figures.chosen
    first, last = figures.observed["ds"][0], figures.end[0]
    made = figures.last
    drawing = fan(
        figures.observed,
        figures.ahead,
        last=made if made.height and made["mean"].null_count() == 0 else None,
        last_name=f"Last forecast, {month_name(add_months(figures.now[0], -11))}",
        what=choice.what,
        place=choice.place,
        heading=fan_heading(figures, to),
        measure=(
            f"{choice.what} at month end, {choice.place}, {month_name(first)} to "
            f"{month_name(last)}."
        ),
        table="Table by month",
        number=lambda value: words.rounded(value, to),
    )
    return as_chart(drawing, "people-supported", BY_MONTH)


def fan_heading(figures: Figures, to: int) -> str:
    """The chart's message: how the forecast differs from last year's, or where it goes."""
    made = figures.last.drop_nulls("mean")
    day, end = figures.end
    _, now = figures.now
    common = figures.ahead.join(made.rename({"mean": "made"}), on="ds", how="inner")
    if common.height:
        row = common.row(-1, named=True)
        difference = words.change_words(row["mean"], row["made"], to)
        if difference == "no change":
            return "The forecast is the same as a year ago"
        return f"{difference} in {month_name(row['ds'])} than last year's forecast said"
    direction = words.up_or_down(end.value or 0, now) if now else "no change"
    return f"People supported by {month_name(day)}: {direction}"


def district_map(result: Result, choice: Chosen, context: RunContext, to: int) -> list[Block]:
    """A map and a table of the districts, where districts may be shown for this choice."""
    level = tuple(axis for axis in QUESTIONS if axis == "district" or axis in choice.level)
    if level not in offered_levels(result):
        return []
    rows = by_district(result, choice)
    table = district_table(rows, choice, to)
    geometry = context.geometry.get("district")
    if not geometry:
        return [table]
    from forethought.results.maps import choropleth

    drawn = {feature["properties"]["district_code"] for feature in geometry["features"]}
    values = {
        code: value for code, value in rows.select("district", "mean").iter_rows() if code in drawn
    }
    day = month_end(max(result.tables["months"]["ds"].to_list()))
    county = Chosen(choice.service, choice.who, ALL, choice.places, choice.county)
    total = figures_of(result, county).end[1].value or 0
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
            f"{words.rounded(total, to)} {choice.people} expected by {month_name(day)}, by district"
        ),
        measure=f"{choice.what} at the end of {month_name(day)}, most likely figure.",
        table="By district",
    )
    return [Map(**vars(as_chart(drawing, "map-by-district", BY_DISTRICT))), table]


def group_charts(result: Result, choice: Chosen, to: int) -> list[Block]:
    """Small charts of the client groups, and their table."""
    level = tuple(axis for axis in QUESTIONS if axis == "who" or axis in choice.level)
    if level not in offered_levels(result) or choice.who != ALL:
        return []
    shown = {}
    for who in GROUPS_SHOWN:
        one = Chosen(choice.service, who, choice.district, choice.places, choice.county)
        figures = figures_of(result, one)
        if not figures.hidden and figures.now[1]:
            shown[who] = figures
    if len(shown) < FEWEST_SMALL:
        return []
    count = {2: "both", 3: "all three", 4: "all four"}[len(shown)]
    charts = _small_charts(
        {who: (PEOPLE_LABELS[who], figures) for who, figures in shown.items()},
        _Small(f"People with {choice.support}", choice.place, count, "group", GROUP_SECTION),
        ("By client group", BY_GROUP),
        to,
    )
    return [*charts, group_table(shown, to, GROUP_SECTION)]


def district_charts(result: Result, choice: Chosen, to: int) -> list[Block]:
    """Small charts of the districts, on one axis; their figures stand in the table by district."""
    level = tuple(axis for axis in QUESTIONS if axis == "district" or axis in choice.level)
    if level not in offered_levels(result) or choice.district != ALL:
        return []
    shown = {}
    for code, name in sorted(choice.places.items(), key=lambda pair: pair[1]):
        figures = figures_of(
            result, Chosen(choice.service, choice.who, code, choice.places, choice.county)
        )
        if not figures.hidden and figures.now[1]:
            shown[code] = (name, figures)
    if len(shown) < FEWEST_SMALL:
        return []
    small = _Small(choice.what, choice.county, "all", "district", DISTRICT_SECTION)
    return _small_charts(shown, small, ("By district", BY_DISTRICT), to)


@dataclass(frozen=True)
class _Small:
    """What a set of small charts shares."""

    what: str
    place: str
    count: str
    prefix: str
    section: str


def _small_charts(
    shown: Mapping[str, tuple[str, Figures]], small: _Small, table: tuple[str, str], to: int
) -> list[Block]:
    """Fans of parts by key, each with its name, on one axis where now is 100."""
    from forethought.results.charts import Part, multiples

    base = next(iter(shown.values()))[1].now[0]
    drawings = multiples(
        [Part(name, figures.observed, figures.ahead) for name, figures in shown.values()],
        what=small.what,
        place=small.place,
        measure=(
            f"People supported, {month_name(base)} = 100, same axis in {small.count}. "
            "Band: 8 in 10 chance."
        ),
        table=table[0],
        number=lambda value: words.rounded(value, to),
    )
    return [
        as_chart(
            drawing,
            f"{small.prefix}-{key.lower().replace('_', '-')}",
            table[1],
            section=small.section,
            role="small",
        )
        for key, drawing in zip(shown, drawings, strict=True)
    ]


def offered_levels(result: Result) -> set[tuple[str, ...]]:
    """Levels that may be chosen."""
    return {tuple(level.split("-")) for level in result.values["levels"] if level}


def largest_change(result: Result, choice: Chosen) -> tuple[str, float] | None:
    """The client group whose number changes most until the forecast's end, and by how much."""
    rows = result.tables["months"].filter(
        (pl.col("service") == choice.service)
        & (pl.col("district") == choice.district)
        & (pl.col("measure") == "supported")
        & pl.col("who").is_in([*GROUPS_SHOWN, "other"])
    )
    known = date.fromisoformat(result.values["data_to"])
    last = max(result.tables["months"]["ds"].to_list())
    seen = rows.drop_nulls("observed").filter(pl.col("ds") == known)
    end = rows.drop_nulls("mean").filter(pl.col("ds") == last)
    both = seen.select("who", "observed").join(end.select("who", "mean"), on="who")
    if both.is_empty():
        return None
    change = both.select("who", (pl.col("mean") - pl.col("observed")).alias("change"))
    who, by = change.sort(pl.col("change").abs()).row(-1)
    return str(who), float(by)
