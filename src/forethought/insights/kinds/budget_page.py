"""The page of a budget: answer, actions, form, years, bridge, this year, scenarios, sureness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from forethought.errors import UsageError
from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block, Figure, Headline, Keep, Method, Text, chart_of
from forethought.insights.kinds.budget import BudgetSpec
from forethought.insights.kinds.budget_cause_tables import (
    changes_table,
    past_table,
    reconciled_table,
    scenarios_table,
    swings_table,
)
from forethought.insights.kinds.budget_form import form
from forethought.insights.kinds.budget_pictures import (
    bridge_chart,
    history_chart,
    outturn_chart,
    swings_chart,
    years_chart,
)
from forethought.insights.kinds.budget_scenarios import gone_words, passed_words, scenarios_from
from forethought.insights.kinds.budget_tables import (
    footprints_table,
    lines_table,
    plan_table,
    years_table,
)
from forethought.insights.kinds.budget_what_if import asked_of, budget_with, vary_budget
from forethought.insights.kinds.budget_words import (
    Told,
    actions,
    headline,
    limits,
    method,
    notes,
)
from forethought.insights.kinds.budget_year_tables import (
    history_table,
    months_table,
    moved_table,
    movement_table,
    outturn_table,
)
from forethought.place.calendar import add_months, financial_year_label
from forethought.plan.money.comparison import compare
from forethought.plan.money.outturn_history import Told as History
from forethought.plan.money.outturn_history import history, why_moved
from forethought.plan.money.scenarios import PLAN
from forethought.results import words

YEARS = "By financial year"
CAUSES = "Why it changes"
THIS_YEAR = "This year"
BESIDE = "Scenarios"
SURENESS = "How sure this is"
PAST = "The years behind"
MOST_SHOWN = 24
YOURS = "Your what-if"


def publish_budget(
    result: Result, spec: BudgetSpec, context: RunContext, view: Mapping[str, str]
) -> list[Block]:
    """All blocks of a run, or of the what-if that the answers of its form make.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    asked = {name: value for name, value in view.items() if value}
    if asked and "what_if" not in result.values:
        result = vary_budget(result, asked, spec, context.kept)
    told = Told(result, spec, context)
    blocks: list[Block] = [
        Headline(headline(told)),
        Text("What this means for you", actions(told), role="actions"),
    ]
    if notes(told):
        blocks.append(Text("Where this stands", notes(told), role="note"))
    blocks.append(form(result, spec, context.kept))
    if told.is_what_if:
        blocks.append(
            Keep(
                hint="It is written down with your name, and compared here from then on.",
                name="",
            )
        )
    blocks += [years_chart(told, YEARS), years_table(told, YEARS), lines_table(told, YEARS)]
    areas = footprints_table(told, YEARS)
    blocks += [areas] if areas is not None else []
    blocks += [bridge_chart(told, CAUSES), plan_table(told, CAUSES)]
    blocks += _this_year(told)
    beside, gone = _beside(told)
    changed = changes_table(beside, BESIDE)
    blocks.append(scenarios_table(told, beside, BESIDE))
    blocks += [changed] if changed is not None else []
    blocks += [Text("Scenarios that change nothing or are not shown", tuple(gone))] if gone else []
    blocks += [swings_chart(told, SURENESS), swings_table(told, SURENESS)]
    blocks += [past_table(told, PAST), reconciled_table(told, PAST)]
    blocks += [
        Text("What this does not tell you", limits(told), role="limits"),
        Method(method(told)),
    ]
    if not asked:
        blocks.append(_home(told))
    return blocks


def _this_year(told: Told) -> list[Block]:
    found = told.forecasts
    before = found[-2] if len(found) > 1 else None
    blocks: list[Block] = [
        outturn_chart(told, before, THIS_YEAR),
        outturn_table(told, THIS_YEAR),
        months_table(told, THIS_YEAR),
    ]
    if before is not None:
        rows = history(found)
        blocks += [history_chart(told, rows, THIS_YEAR), history_table(rows, THIS_YEAR)]
        blocks += _why_it_moved(told, found)
    moved = movement_table(told, THIS_YEAR)
    return [*blocks, moved] if moved is not None else blocks


def _why_it_moved(told: Told, found: Sequence[History]) -> list[Block]:
    """Why the outturn moved since the month before, where that was told."""
    then, now = found[-2:]
    if add_months(then.origin, 1) != now.origin:
        return []
    moved = (
        told.result.tables["movement"].filter(pl.col("month") == now.origin).drop_nulls("before")
    )
    paid = told.result.tables["reconciled"].select("actual_gbp", "commitments_gbp").sum().row(0)
    why = why_moved(
        then, now, moved.row(0, named=True) if moved.height else None,
        paid[0] / paid[1] if paid[1] else 1.0,
    )  # fmt: skip
    return [moved_table(why, then.origin, now.origin, THIS_YEAR)]


def _beside(told: Told) -> tuple[pl.DataFrame, list[str]]:
    """The plan, scenarios of the settings and of files, and what is asked just now.

    Returns:
        Rows of `Comparison.frame`, and a sentence for what is not among them or changes nothing.
    """
    rows, kept = [told.result.tables["scenarios"]], told.context.kept
    made, gone = scenarios_from(kept)
    wanted = list(made.values())
    gone += [said for each in wanted for said in passed_words(each, told.year)]
    if len(wanted) > MOST_SHOWN:
        gone.append(f"{len(wanted) - MOST_SHOWN} more scenario files are not shown here.")
        wanted = wanted[:MOST_SHOWN]
    if told.is_what_if:
        asked = asked_of(told.result, told.result.values["what_if"], told.spec, kept)
        yours = f"{YOURS}: {asked.name}" if asked.name else YOURS
        wanted.append(replace(asked, name=yours, based_on=()))
    if not wanted:
        return rows[0], gone
    plan = budget_with(told.result, told.spec)
    for each in wanted:
        try:
            rows.append(compare(plan, [each]).frame.filter(pl.col("name") != PLAN))
        except UsageError as refusal:
            gone.append(gone_words(each.name, refusal))
    return pl.concat(rows), gone


def _home(told: Told) -> Figure:
    from forethought.insights.kinds.budget_tables import BY_YEAR
    from forethought.results.charts import spark

    year = told.years[1]
    net = told.net(year)
    drawing = spark(
        _yearly(told, actual=True),
        _yearly(told, actual=False),
        what="Net cost of a financial year",
        place=told.context.place,
        number=words.pounds_m,
        table="Cost and income by financial year",
    )
    return Figure(
        question=told.spec.question,
        figure=words.pounds_m(net["mean"]),
        sentence=(
            f"net in {financial_year_label(year)}; 8 in 10 chance of "
            f"{words.pounds_m_range(net['lo-80'], net['hi-80'])}."
        ),
        change=f"This year: {words.over_or_under(told.outturn['variance'])}",
        chart=chart_of(drawing, "home-net-cost", BY_YEAR, role="small"),
    )


def _yearly(told: Told, *, actual: bool) -> pl.DataFrame:
    """Net cost of past years (`ds`, `y`), or of those ahead with their range; by year's end."""
    rows = told.budget.filter(
        (pl.col("line") == "all") & (pl.col("measure") == "net") & (pl.col("prices") == "cash")
        & (pl.col("actual") == actual)
    ).sort("year")  # fmt: skip
    ends = rows.select(pl.date(pl.col("year") + 1, 3, 31).alias("ds"), "mean", "lo-80", "hi-80")
    return ends.select("ds", y="mean") if actual else ends
