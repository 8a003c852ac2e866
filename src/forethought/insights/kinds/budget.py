"""Budget: what adult social care will cost by financial year, why it changes, how sure that is.

Follows a demand insight: the same people on the same sample futures, priced. Finance records give
what was spent and who paid; population projections carry it on to ten years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from forethought.insights.base import Insight, InsightSpec, KeptScenario, Result, RunContext
from forethought.insights.blocks import Block
from forethought.insights.kinds.demand import AREA_COLUMNS, EVENT_COLUMNS

if TYPE_CHECKING:
    from forethought.insights.base import Faults, Frames

FINANCE_COLUMNS = (
    "month",
    "service",
    "base_budget_gbp",
    "base_income_gbp",
    "spend_gbp",
    "client_contributions_gbp",
    "nhs_income_gbp",
    "grants_gbp",
)


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Settings):
    """A yearly rise, per cent, and how sure it is."""

    low_pct: float = Field(ge=-50, le=100, description="A 1 in 10 chance of less.")
    likely_pct: float = Field(ge=-50, le=100, description="As likely more as less.")
    high_pct: float = Field(ge=-50, le=100, description="A 1 in 10 chance of more.")

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if not self.low_pct <= self.likely_pct <= self.high_pct:
            raise ValueError("low_pct, likely_pct and high_pct must rise. Put them in order.")
        return self


class RiseSettings(Range):
    """A rise on every 1 April, with the years in which it differs, and its source."""

    by_year: dict[int, Range] = Field(
        default_factory=dict, description="Rise on 1 April of a year, where it differs."
    )
    source: str = Field(description="Where the assumption comes from.")


class PriceSettings(_Settings):
    """What moves prices, pay and income."""

    national_living_wage: RiseSettings = Field(description="Moves the wage share of care prices.")
    consumer_prices: RiseSettings = Field(description="Moves the rest of care prices.")
    usual_wage_share: float = Field(
        0.7, ge=0, le=1, description="Share of a price that is wages, where none is given."
    )
    wage_share: dict[str, float] = Field(
        default_factory=dict, description="Share of a service's price that is wages, by service."
    )
    pay: RiseSettings = Field(description="The council's own pay.")
    contributions: RiseSettings = Field(description="What clients pay for a week of support.")
    nhs: RiseSettings = Field(description="What the NHS pays for a week of support.")
    grants: RiseSettings = Field(description="Grants and the Better Care Fund.")
    grants_gbp_by_year: dict[int, float] = Field(
        default_factory=dict, description="Pounds of grants in a financial year, where known."
    )
    deflator: RiseSettings = Field(description="Prices in general, for real terms.")
    past_uplifts_pct: dict[int, float] = Field(
        default_factory=dict, description="Rise of care prices on 1 April of past years."
    )
    past_uplifts_source: str = Field("", description="Where past rises are written down.")


class OtherLineSettings(_Settings):
    """A line of spend that is no package of care."""

    volume: Literal["requests", "flat"] = Field("flat", description="What moves it.")
    price: Literal["care", "pay"] = Field("care", description="Whose price.")


class SavingSettings(_Settings):
    """A planned saving."""

    name: str = Field(description="What pages call it.")
    gbp_by_year: dict[int, float] = Field(
        description="Pounds saved in a financial year (by its April), the whole effect."
    )
    delivered: Range = Field(
        Range(low_pct=50, likely_pct=80, high_pct=100), description="Share that is delivered."
    )
    source: str = Field("", description="Where it was agreed.")


class OneOffSettings(_Settings):
    """Spend, or negative income, that does not come again."""

    name: str = Field(description="What pages call it.")
    year: int = Field(ge=2000, le=2100, description="Financial year, by the year of its April.")
    gbp: float = Field(description="Pounds.")
    source: str = Field("", description="Where it is written down.")


class ScenarioSettings(_Settings):
    """A named set of changed assumptions; a file in `scenarios/` is the better place."""

    name: str = Field(description="What pages call it.")
    population: Literal["principal", "high", "low"] | None = Field(
        None, description="Population variant; none: drawn between them."
    )
    changes: dict[str, float] = Field(default_factory=dict, description="Changes by name.")
    source: str = Field("", description="Who asks, or where it is written down.")


class BudgetSettings(_Settings):
    """What a person may set of a budget insight."""

    demand: str = Field("demand", description="Demand insight whose people it prices.")
    events: str = Field("asc_events", description="Dataset of the events.")
    areas: str = Field("area_lookup", description="Dataset that gives each area its district.")
    finance: str = Field("asc_finance", description="Dataset of finance records.")
    estimates: str = Field("population_estimates", description="Dataset of residents.")
    projections: str = Field("population_projections", description="Dataset of residents ahead.")
    years_ahead: int = Field(4, ge=1, le=10, description="Financial years after the present one.")
    prices: PriceSettings = Field(description="Prices, pay and income, with ranges and sources.")
    other_lines: dict[str, OtherLineSettings] = Field(
        default_factory=dict, description="What moves lines that are no packages of care."
    )
    savings: tuple[SavingSettings, ...] = Field((), description="Planned savings.")
    one_offs: tuple[OneOffSettings, ...] = Field((), description="What does not come again.")
    scenarios: tuple[ScenarioSettings, ...] = Field(
        (), description="Worked out beside the plan; new ones belong into scenarios/*.yaml."
    )
    outturn_again: Literal["month", "quarter", "never"] = Field(
        "quarter",
        description="Earlier month ends of this year whose outturn is told again, where no run "
        "was kept: each, those of quarters and the last one, or none.",
    )
    paths: int = Field(500, ge=200, le=2000, description="Sample futures.")

    @model_validator(mode="after")
    def _known_changes(self) -> BudgetSettings:
        from forethought.errors import UsageError
        from forethought.insights.kinds.budget_scenarios import declared

        for scenario in self.scenarios:
            try:
                declared(scenario)
            except UsageError as refusal:
                told = "; ".join(f"{p.where}: {p.what} {p.remedy}" for p in refusal.problems)
                raise ValueError(f'Scenario "{scenario.name}": {told}') from refusal
        return self


class BudgetSpec(InsightSpec):
    """A budget insight's file."""

    settings: BudgetSettings = Field(description="What it reads and assumes.")


class BudgetInsight(Insight[BudgetSpec]):
    """What support will cost, who pays, why it changes, and how sure that is."""

    kind: ClassVar[str] = "budget"
    Spec: ClassVar[type[BudgetSpec]] = BudgetSpec
    what_ifs: ClassVar[bool] = True
    remembers: ClassVar[tuple[str, ...]] = ("outturn", "outturn_months")

    def reads(self, spec: BudgetSpec) -> Mapping[str, tuple[str, ...]]:
        """Events and areas as demand does; finance; residents."""
        settings = spec.settings
        return {
            settings.events: EVENT_COLUMNS,
            settings.areas: (*AREA_COLUMNS, "council"),
            settings.finance: FINANCE_COLUMNS,
            settings.estimates: ("year", "age", "people"),
            settings.projections: ("variant", "year", "age", "people"),
        }

    def follows(self, spec: BudgetSpec) -> tuple[str, ...]:
        """The demand insight."""
        return tuple(dict.fromkeys((*spec.follows, spec.settings.demand)))

    def compute(self, frames: Frames, spec: BudgetSpec, context: RunContext) -> Result:
        """Price the people of the demand insight; forecast, bridge, outturn, sensitivity."""
        from forethought.insights.kinds.budget_runs import compute_budget

        return compute_budget(frames, spec, context)

    def vary(self, result: Result, changes: Mapping[str, Any], spec: BudgetSpec) -> Result:
        """A what-if: other prices, residents, rates or savings; nothing is read or written.

        Raises:
            UsageError: A change that is not one of the form's.
        """
        from forethought.insights.kinds.budget_what_if import vary_budget

        return vary_budget(result, changes, spec)

    def scenario_faults(self, scenario: KeptScenario, kept: Sequence[KeptScenario]) -> Faults:
        """What is wrong with a scenario file: its assumptions, or what it combines."""
        from forethought.insights.kinds.budget_scenarios import faults_of

        return faults_of(scenario, kept)

    def to_keep(
        self, result: Result, view: Mapping[str, str], spec: BudgetSpec
    ) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        """The scenarios that were chosen, and the answers that differ from the plan's."""
        from forethought.insights.kinds.budget_what_if import chosen_of, own_of

        return chosen_of(view), own_of(result, view, spec)

    def advice(self, spec: BudgetSpec) -> tuple[str, ...]:
        """That scenarios have files of their own now."""
        names = ", ".join(each.name for each in spec.settings.scenarios)
        if not names:
            return ()
        told = (
            f"insights/{spec.id}.yaml settings.scenarios still works ({names}), but scenarios have "
            f"files of their own: write each into scenarios/NAME.yaml with based_on: {spec.id}."
        )
        return (told,)

    def publish(
        self, result: Result, spec: BudgetSpec, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        """The page; the answers of its form make a what-if."""
        from forethought.insights.kinds.budget_page import publish_budget

        return publish_budget(result, spec, context, view)
