"""Service simulation: from today's waiting list to staff, backlog, waits and money.

A pathway file of the workspace says how a service works; work items and staff records say where
it stands. The page answers how many staff bring a list down by a day, and what else would happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from forethought.insights.base import Insight, InsightSpec, Result, RunContext
from forethought.insights.blocks import Block

if TYPE_CHECKING:
    from forethought.insights.base import Frames
    from forethought.plan.simulation.pathway import Pathway

PATHWAY = "pathway"
DATES = ("received_on", "completed_on", "recorded_on")
STAFF_COLUMNS = ("team", "month", "fte_in_post")
PERSON = "person_id"
EVENT_COLUMNS = (
    PERSON, "event_type", "event_start_date", "event_end_date", "event_outcome", "client_type",
    "assessment_type", "service_type", "event_reference", "recorded_on", "birth_month",
)  # fmt: skip


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetSettings(_Settings):
    """The list that is to be brought down."""

    stage: str = Field(description="Stage of the pathway whose list it is.")
    fewer_than: int | None = Field(
        None, ge=1, description="Waiting at most one fewer than this; none: a share of today's."
    )
    share_of_today: float = Field(
        0.75, gt=0, le=2, description="The target as a share of today's list, where none is given."
    )
    by: date | None = Field(None, description="By which day; none: the next 31 March.")


class StaffSettings(_Settings):
    """The staff that may change."""

    resource: str = Field(description="Staff of the pathway whose number is asked about.")
    low: int | None = Field(None, ge=0, description="Fewest to look at; none: 7 in 10 of today's.")
    high: int | None = Field(None, ge=1, description="Most to look at; none: half as many more.")
    lead_months: int = Field(
        2, ge=0, le=24, description="Whole months until a change of staff can take effect."
    )
    agency_lead_weeks: int = Field(
        4, ge=0, le=52, description="Weeks until staff from an agency can start."
    )


class SimulationSettings(_Settings):
    """What a person may set of a service simulation."""

    pathway: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Pathway: pathways/<this>.yaml.")
    items: str = Field("asc_work_items", description="Dataset of work items.")
    staff_records: str = Field("asc_staff", description="Dataset of staff by team and month.")
    events: str | None = Field(
        None,
        description="Dataset of events in the Client Level Data layout: groups of people, and the "
        "official waiting time; none: the page says that they are missing.",
    )
    groups: tuple[Literal["age", "gender", "ethnicity"], ...] = Field(
        ("age", "gender", "ethnicity"), description="Groups whose waits are compared."
    )
    target: TargetSettings = Field(description="The list that is to be brought down.")
    staff: StaffSettings = Field(description="The staff that may change.")
    counted: str = Field("people", description='What waits, in a page\'s words: "people".')
    work: str = Field("", description='The work, in a page\'s words: "Assessments".')
    state: str = Field("waiting", description="What those not done are: waiting, open.")
    months_ahead: int = Field(12, ge=3, le=60, description="Months to simulate at least.")
    replications: int = Field(400, ge=100, le=10_000, description="Simulated futures of a run.")
    what_if_replications: int = Field(
        200, ge=50, le=2000, description="Simulated futures of a what-if."
    )
    measured_weeks: int = Field(
        26, ge=13, le=52, description="Weeks from which the effort of a case is measured."
    )
    demand_weeks: int = Field(
        52, ge=13, le=156, description="Weeks from which demand and ways out are measured."
    )
    demand_from: date | None = Field(
        None, description="Count demand from this day on only: a law or a recording changed."
    )
    request_flows: tuple[str, ...] = Field(
        (), description="Flows that follow the requests of the demand insight."
    )
    scenarios: tuple[str, ...] = Field(
        (), description="Scenarios of the pathway that are simulated beside today's plan."
    )
    weeks_shown: int = Field(26, ge=13, le=104, description="Past weeks on the charts.")
    engine: Literal["cohort", "event"] = Field(
        "cohort", description="Counts by day (cohort), or case by case (event, slower)."
    )


class SimulationSpec(InsightSpec):
    """A service simulation's file."""

    settings: SimulationSettings = Field(description="Pathway, target, staff and assumptions.")


class SimulationInsight(Insight[SimulationSpec]):
    """How many staff bring a waiting list down by a day, and what else would happen."""

    kind: ClassVar[str] = "service-simulation"
    Spec: ClassVar[type[SimulationSpec]] = SimulationSpec
    what_ifs: ClassVar[bool] = True
    refines: ClassVar[tuple[str, ...]] = ("chances",)

    def files(self, spec: SimulationSpec) -> Mapping[str, str]:
        """The pathway file."""
        return {PATHWAY: f"pathways/{spec.settings.pathway}.yaml"}

    def scenarios(self, spec: SimulationSpec) -> tuple[str, ...]:
        """The scenarios beside today's plan: of the pathway file, or files of their own."""
        return spec.settings.scenarios

    def reads(self, spec: SimulationSpec) -> Mapping[str, tuple[str, ...]]:
        """Work items with the columns that the pathway tells cases apart by, staff, and events.

        The person of a work item is read where it is needed: to find its group, or whether it
        came from hospital.
        """
        pathway, settings = pathway_of(spec), spec.settings
        used = {column for stage in pathway.stages for column in stage.records}
        used |= {column for each in pathway.classes for column in each.records}
        ways_in = sum(bool(stage.arrivals) for stage in pathway.stages)
        who = (PERSON,) if settings.events is not None or ways_in > 1 else ()
        columns = tuple(dict.fromkeys((*who, *sorted(used), *DATES)))
        found = {settings.items: columns, settings.staff_records: STAFF_COLUMNS}
        if settings.events is not None:
            asked = tuple(name for name in settings.groups if name != "age")
            found[settings.events] = (*EVENT_COLUMNS, *asked)
        return found

    def compute(self, frames: Frames, spec: SimulationSpec, context: RunContext) -> Result:
        """Measure the service from its records, then simulate plans, scenarios and chances."""
        from forethought.insights.kinds.simulation_runs import compute_simulation

        return compute_simulation(frames, spec, context)

    def vary(self, result: Result, changes: Mapping[str, Any], spec: SimulationSpec) -> Result:
        """A what-if: other staff, demand, target or day; nothing is read or written.

        Raises:
            UsageError: A change that is not one of the form's.
        """
        from forethought.insights.kinds.simulation_what_if import vary_simulation

        return vary_simulation(result, changes, spec)

    def publish(
        self, result: Result, spec: SimulationSpec, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        """The page; the answers of its form make a what-if."""
        from forethought.insights.kinds.simulation_page import publish_simulation

        return publish_simulation(result, spec, context, view)

    def refine(
        self, result: Result, changes: Mapping[str, Any], spec: SimulationSpec
    ) -> Iterator[Result]:
        """Finer and finer maps of chances, for a run or a what-if of it.

        Raises:
            UsageError: A change that is not one of the form's.
        """
        from forethought.insights.kinds.simulation_refine import refine_simulation

        return refine_simulation(result, changes, spec)

    def publish_refined(
        self, result: Result, spec: SimulationSpec, context: RunContext
    ) -> list[Block]:
        """The map of chances and its table."""
        from forethought.insights.kinds.simulation_refine import publish_finer

        return publish_finer(result, spec, context)


def pathway_of(spec: SimulationSpec) -> Pathway:
    """The pathway that the specification names, as its file has it.

    Raises:
        SpecificationError: The file's problems, all at once.
    """
    return _read(spec.files[PATHWAY])


@lru_cache(maxsize=16)
def _read(text: str) -> Pathway:
    from forethought.plan.simulation.pathway import Pathway

    return Pathway.from_yaml(text)
