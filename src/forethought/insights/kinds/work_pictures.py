"""Charts of a work page, each with its table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block, Chart
from forethought.insights.kinds.pictures import as_chart
from forethought.insights.kinds.work_tables import (
    BY_AGE,
    BY_MONTH,
    BY_PERIOD,
    age_table,
    overdue_table,
    request_table,
)
from forethought.place.calendar import long_date, month_name
from forethought.plan.work import STAGES
from forethought.results import words

ALL = "all"
OPEN_SECTION = "What is open"
REQUEST_SECTION = "What is coming"


@dataclass(frozen=True)
class Chosen:
    """What a reader looks at: all work, one stage, or one team."""

    stage: str
    team: str

    @property
    def what(self) -> str:
        """`Assessments`."""
        if self.stage != ALL:
            return STAGES[self.stage]
        return "All work" if self.team == ALL else f"Work of {self.team}"

    @property
    def rows(self) -> pl.Expr:
        """The rows of this choice."""
        return (pl.col("stage") == self.stage) & (pl.col("team") == self.team)


def flow_chart(rows: pl.DataFrame, period: str, choice: Chosen, context: RunContext) -> Chart:
    """Incoming v closed work by week or month."""
    from forethought.results.charts import incoming_closed

    seen = rows.drop_nulls(("incoming", "closed"))
    first, last = seen["ds"][0], seen["ds"][-1]
    recent = seen.tail(13)
    ahead = int(recent["incoming"].sum()) - int(recent["closed"].sum())
    message = "More work comes in than is closed" if ahead > 0 else "Closed work keeps up"
    drawing = incoming_closed(
        seen.select("ds", pl.col("incoming").alias("y")),
        seen.select("ds", pl.col("closed").alias("y")),
        what=choice.what,
        place=context.place,
        per=f"a {period}",
        holidays=_christmases(first, last) if period == "week" else None,
        heading=message,
        measure=(
            f"{choice.what}, pieces of work a {period}, {context.place}, {month_name(first)} to "
            f"{month_name(last)}."
        ),
        table=f"Table by {period}",
        number=lambda value: words.rounded(value, 1),
    )
    return as_chart(drawing, f"incoming-and-closed-by-{period}", f"{BY_PERIOD}-{period}")


def _christmases(first: date, last: date) -> dict[date, str]:
    days = [date(year, 12, 25) for year in range(first.year, last.year + 1)]
    return {day: "Christmas" for day in days if first <= day <= last + timedelta(days=6)}


def open_blocks(result: Result, choice: Chosen, context: RunContext) -> list[Block]:
    """Open work by waiting band: a chart of this choice, and tables of all stages."""
    from forethought.results.charts import Bar, bars

    bands = result.tables["bands"]
    here = bands.filter((pl.col("stage") == choice.stage) & (pl.col("band") != ALL))
    rows = [
        Bar(band, float(count))
        for band, count in here.select("band", "items").iter_rows()
        if count is not None
    ]
    blocks: list[Block] = []
    at_least = 2
    if len(rows) >= at_least:
        day = long_date(context.as_of)
        hidden = here["items"].null_count()
        drawing = bars(
            rows,
            what=f"Open work by waiting time: {choice.what.lower()}",
            place=context.place,
            heading="How long open work has waited",
            measure=f"{choice.what} open on {day}, {context.place}, by time since it came in.",
            table="Open work by stage and waiting time",
            number=lambda value: words.rounded(value, 1),
        )
        chart = as_chart(
            drawing, "open-by-waiting-time", BY_AGE, section=OPEN_SECTION, role="section"
        )
        if hidden:
            gone = "1 band is" if hidden == 1 else f"{hidden} bands are"
            chart = Chart(**{**vars(chart), "note": f"{gone} too small to show."})
        blocks.append(chart)
    blocks.append(age_table(bands, result.values["stages"], OPEN_SECTION))
    blocks.append(overdue_table(result.tables["overdue"], result.values["stages"], OPEN_SECTION))
    return blocks


def request_blocks(result: Result, context: RunContext) -> list[Block]:
    """Requests by month with the demand insight's forecast."""
    rows = result.tables.get("requests")
    if rows is None or rows.drop_nulls("mean").is_empty():
        return []
    from forethought.results.charts import fan

    ahead = rows.drop_nulls("mean").sort("ds").head(18)
    seen = rows.drop_nulls("observed").sort("ds").tail(36)
    total = ahead.head(12)
    drawing = fan(
        seen.select(pl.col("ds").dt.month_end(), pl.col("observed").alias("y")),
        ahead.select(pl.col("ds").dt.month_end(), "mean", "lo-80", "hi-80", "lo-95", "hi-95"),
        what="Requests for support",
        place=context.place,
        heading=(
            f"About {words.rounded(float(total['mean'].sum()))} requests are expected in the next "
            "12 months"
        ),
        measure=(
            f"Requests for support a month, {context.place}, from the demand forecast; "
            f"{month_name(seen['ds'][0])} to {month_name(ahead['ds'][-1])}."
        ),
        table="Requests by month",
        number=words.rounded,
    )
    chart = as_chart(
        drawing, "requests-expected", BY_MONTH, section=REQUEST_SECTION, role="section"
    )
    return [chart, request_table(seen, ahead, REQUEST_SECTION)]
