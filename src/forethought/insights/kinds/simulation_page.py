"""The page of a service simulation: answer, form, plans, charts, lists, money, limits."""

from __future__ import annotations

from collections.abc import Mapping

from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import Block, Figure, Headline, Keep, Method, Text, chart_of
from forethought.insights.kinds.simulation import SimulationSpec
from forethought.insights.kinds.simulation_form import form
from forethought.insights.kinds.simulation_kept import kept_table
from forethought.insights.kinds.simulation_outlook_tables import (
    cost_table,
    lists_table,
    scenarios_table,
    use_table,
    waits_table,
)
from forethought.insights.kinds.simulation_people_blocks import (
    group_blocks,
    official_blocks,
    origin_blocks,
)
from forethought.insights.kinds.simulation_pictures import (
    backlog_chart,
    flow_chart,
    heat_blocks,
    observed_shown,
)
from forethought.insights.kinds.simulation_plans import TODAY, WHAT_IF
from forethought.insights.kinds.simulation_recovery_blocks import recovery_blocks
from forethought.insights.kinds.simulation_sureness_blocks import (
    driver_blocks,
    effort_blocks,
    spread_blocks,
)
from forethought.insights.kinds.simulation_tables import (
    BACKLOG,
    backlog_table,
    flow_table,
    plans_table,
)
from forethought.insights.kinds.simulation_wait_blocks import curve_blocks
from forethought.insights.kinds.simulation_what_if import vary_simulation
from forethought.insights.kinds.simulation_words import (
    Told,
    chance_of_plan,
    fewest_sentence,
    headline,
    load_warnings,
    standing,
)
from forethought.results import words

PROMISES = "Waits and promises"
STAFF_AND_MONEY = "Staff and money"
RECOVERY = "Working the list off"
SCENARIOS = "Scenarios"
SURENESS = "How sure this is"


def publish_simulation(
    result: Result, spec: SimulationSpec, context: RunContext, view: Mapping[str, str]
) -> list[Block]:
    """All blocks of a run, or of the what-if that the answers of its form make.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    asked = {name: value for name, value in view.items() if value}
    if asked and "what_if" not in result.values:
        result = vary_simulation(result, asked, spec)
    told = Told(result, spec, context)
    warnings = load_warnings(told)
    blocks: list[Block] = [Headline(headline(told))]
    if warnings:
        blocks.append(Text("Before anything else", warnings, role="actions"))
    blocks += [
        form(result, spec),
        Text("Where this stands", standing(told), role="note"),
        plans_table(told),
        Text("The fewest staff", (fewest_sentence(told),), role="note"),
    ]
    if told.is_what_if:
        blocks.append(
            Keep(
                hint="It is written down with your name, and compared here from then on.",
                name=f"{told.staff(WHAT_IF)} staff from {told.day('change_on'):%B}",
            )
        )
    blocks += _what_comes(told)
    blocks += _waits(told)
    blocks += _staff_and_money(told)
    blocks += recovery_blocks(told, RECOVERY)
    blocks += _scenarios(told)
    blocks += spread_blocks(told, SURENESS)
    blocks += driver_blocks(told, SURENESS)
    blocks += effort_blocks(told, SURENESS)
    blocks += _closing(told)
    if not asked:
        blocks.append(_home(told))
    return blocks


def _what_comes(told: Told) -> list[Block]:
    """Incoming v closed, then the list: recorded and simulated."""
    observed = observed_shown(told)
    flow = flow_chart(told, observed)
    return [
        *([flow] if flow is not None else []),
        flow_table(told, observed),
        backlog_chart(told, observed),
        backlog_table(told, observed),
    ]


def _waits(told: Told) -> list[Block]:
    """How long people wait, against which limits, and who they are."""
    blocks: list[Block] = [*curve_blocks(told, PROMISES), waits_table(told, PROMISES)]
    if told.result.tables["lists"].height:
        blocks.append(lists_table(told, PROMISES))
        blocks += official_blocks(told, PROMISES)
    return [*blocks, *origin_blocks(told, PROMISES), *group_blocks(told, PROMISES)]


def _staff_and_money(told: Told) -> list[Block]:
    """Chances by staff and requests, how busy staff are, what it costs."""
    return [
        *heat_blocks(told, STAFF_AND_MONEY),
        use_table(told, STAFF_AND_MONEY),
        cost_table(told, STAFF_AND_MONEY),
    ]


def _scenarios(told: Told) -> list[Block]:
    kept = kept_table(told, SCENARIOS)
    return [*([kept] if kept is not None else []), scenarios_table(told, SCENARIOS)]


def _closing(told: Told) -> list[Block]:
    lead = told.spec.settings.staff.lead_months
    hired_by = words.day_words(told.day("change_on"))
    limits = [
        f"Whether so many can be hired by {hired_by}, {lead} months from now. Try a later day.",
        "What would change if people worked in another way: the hours of a case stay as they were.",
        "What happens outside the pathway: places, partners and rules that are not in its file.",
        "A change in the law, or in what counts as urgent.",
    ]
    return [
        Text("What this does not tell you", tuple(limits), role="limits"),
        Method(tuple(_method(told))),
    ]


def _method(told: Told) -> list[tuple[str, str]]:
    settings, values = told.spec.settings, told.values
    method = (
        f"{values['futures']:,} simulated futures, day by day, from the work that is open on "
        f"{words.day_words(told.context.as_of)}. Every plan meets the same futures."
    )
    rows = [
        ("Method", method),
        ("Pathway", f"pathways/{settings.pathway}.yaml; what is not measured is as it says."),
    ]
    rows += [(name, f"{text[:1].upper()}{text[1:]}.") for name, text in values["measured"].items()]
    if values["follows"] and settings.request_flows:
        rows.append(("Forecast", f"Requests follow the insight {words.listed(values['follows'])}."))
    return rows


def _home(told: Told) -> Figure:
    from forethought.results.charts import spark

    seen = told.result.tables["observed"].tail(52)
    chance = words.odds(chance_of_plan(told, TODAY))
    drawing = spark(
        seen.select("ds", "y") if "y" in seen.columns else seen.select("ds", y="waiting"),
        what=told.waiting.capitalize(),
        table=f"{told.waiting.capitalize()} by {told.period}",
    )
    fewest = told.values["fewest"]
    figure = "none" if fewest is None else f"{fewest} staff"
    return Figure(
        question=told.spec.question,
        figure=figure,
        sentence=(
            f"for a 9 in 10 chance of fewer than {words.rounded(told.fewer_than, 1)} "
            f"{told.waiting} on {words.day_words(told.by)}."
        ),
        change=f"With today's {told.staff(TODAY)}: {chance}",
        chart=chart_of(drawing, "home-waiting", BACKLOG, role="small"),
    )
