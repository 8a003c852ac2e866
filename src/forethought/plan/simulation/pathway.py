"""A service pathway: who comes, who does the work, through which stages, and what is promised.

These are the words of one model that both engines run (`cohort`: counts by day; `event`: one case
after another). Units are fixed and said here: effort in staff hours, delays, lengths, targets and
hazards in days, priorities from 1 (first). A file (`Pathway.from_yaml`) writes its units out.

How a case moves
    It arrives at a stage (from a demand flow, another stage, a schedule or today's list) and
    waits in the queue of its (stage, class). A `work` stage takes effort from a staff pool; a
    `hold` stage keeps units of supply (a bed, weekly hours of home care) for a length of time; a
    `delay` stage has room for all and only keeps them for a length of time. After the effort of a
    `work` stage an elapsed delay may follow, in which the case waits for others, still open. Then
    it is routed. A case counts as *waiting* until its work starts, as *in progress* from then
    until it leaves the stage, as *closed* when it leaves the stage.

Who is served next
    All queues that one pool serves compete. Stages of a lower `precedence` go first; within that
    the discipline of the stage orders its cases by *urgency*, highest first:
    `fifo` waiting days; `priority` class priority, then waiting days; `due_date` days past due
    (waiting days less the target of the stage and class); `longest_wait` days since the case
    entered the pathway; `score` the class's points + points a day x waiting days.
    A reserve keeps a share of the pool's hours for a class at a stage, as long as it has work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from forethought.plan.simulation.staffing import Availability, Change, Resource

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

__all__ = [
    "END",
    "Arrivals",
    "Availability",
    "Basis",
    "CareClass",
    "Change",
    "Costs",
    "DemandChange",
    "Discipline",
    "Distribution",
    "Escalation",
    "Family",
    "Pathway",
    "Reneging",
    "Resource",
    "Route",
    "Scenario",
    "Schedule",
    "Stage",
    "StageKind",
    "Target",
]

Family = Literal["fixed", "exponential", "gamma", "lognormal", "weibull", "uniform"]
Discipline = Literal["fifo", "priority", "due_date", "longest_wait", "score"]
StageKind = Literal["work", "hold", "delay"]
Basis = Literal["duty", "guidance", "local"]
END = "end"
"""The destination of a case that leaves the pathway."""


@dataclass(frozen=True)
class Distribution:
    """A distribution of hours or days.

    Args:
        family: Its shape.
        mean: Mean, above 0 (a `fixed` one may be 0).
        cv: Standard deviation divided by the mean (0 for `fixed`, 1 for `exponential`).
            Weibull and uniform ones are turned into mean and cv when read; a uniform one runs
            from mean x (1 - cv x sqrt 3) to mean x (1 + cv x sqrt 3).
    """

    family: Family
    mean: float
    cv: float = 0.0


@dataclass(frozen=True)
class Escalation:
    """A class that becomes another while it waits: a hazard from a waiting day on."""

    to: str
    hazard_per_day: float
    after_days: int = 0


@dataclass(frozen=True)
class CareClass:
    """A class of cases.

    Args:
        name: Its name.
        priority: 1 is served first (discipline `priority`).
        points: Points at arrival (discipline `score`).
        points_per_day: Points for each waiting day (discipline `score`).
        escalate: What may happen while it waits.
        label: Words for pages.
        records: Columns of work items and the values that make a case one of this class; the
            first class whose columns all match is taken.
    """

    name: str
    priority: int = 1
    points: float = 0.0
    points_per_day: float = 1.0
    escalate: Escalation | None = None
    label: str = ""
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """What is promised: a share of cases started (or closed) within a number of days.

    Args:
        within_days: The limit.
        share: Share that should keep it, 0-1.
        basis: Whose promise: a `duty` in law, `guidance`, or a `local` aim.
        days: Calendar or working days.
        until: Measured until the work `starts` or the case is `closed` at the stage.
        source: Where it is written.
    """

    within_days: int
    share: float = 1.0
    basis: Basis = "local"
    days: Literal["calendar", "working"] = "calendar"
    until: Literal["started", "closed"] = "closed"
    source: str = ""


@dataclass(frozen=True)
class Reneging:
    """Leaving the list before being seen: hazards a day by waiting days.

    Args:
        from_days: First waiting day of each band, the first 0, rising.
        hazard_per_day: Hazard in each band, 0-1.
    """

    from_days: tuple[int, ...] = (0,)
    hazard_per_day: tuple[float, ...] = (0.0,)


@dataclass(frozen=True)
class Route:
    """One way out of a stage.

    Args:
        to: A stage, or `end`.
        share: Its share, 0-1; the routes of a class sum to 1.
        becomes: The class from there on; None: as it was.
    """

    to: str
    share: float
    becomes: str | None = None


@dataclass(frozen=True)
class Schedule:
    """Work that a held case makes: a first visit to a stage, then again and again.

    Args:
        to: The stage.
        first_days: Days from the start of the hold to the first.
        every_days: Days between the later ones; 0: only the first.
        becomes: The class of that work; None: as it was.
    """

    to: str
    first_days: int
    every_days: int = 0
    becomes: str | None = None


@dataclass(frozen=True)
class Arrivals:
    """Demand from outside.

    Args:
        flow: Name of the demand flow (see `Demand`).
        mix: Share of each class, sum 1.
        per_year: Demand where no flow of that name is given to `simulate`; None: it must be.
        dispersion: Variance of a day's count divided by its mean, 1 or more.
        weekdays: Share of a week's arrivals on each weekday, Monday first, sum 1.
        holiday_factor: Arrivals on a bank holiday against that weekday's.
    """

    flow: str
    mix: Mapping[str, float]
    per_year: float | None = None
    dispersion: float = 1.0
    weekdays: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0)
    holiday_factor: float = 0.0


@dataclass(frozen=True)
class Stage:
    """One step of the pathway.

    Args:
        name: Its name.
        kind: `work`, `hold` or `delay`.
        resources: Pools that may serve it, best first (none for `delay`).
        fallback_penalty: Effort more where another than the first pool serves it (0.2: a fifth).
        arrivals: Demand from outside.
        discipline: Who is served next.
        precedence: Among stages that share a pool, lower goes first.
        reserve: Share of the first pool's hours that is kept for a class, by class.
        effort: Hours of effort, by class (`work`).
        delay: Elapsed days after the effort, by class (`work`); None: none.
        length: Days held, by class (`hold`, `delay`).
        units: Units held by a case, by class (`hold`).
        routes: Ways out, by class; each class's shares sum to 1.
        schedule: Work that a case makes while it is held (`hold`, `delay`).
        target: What is promised, by class.
        reneging: Leaving while waiting, by class.
        label: Words for pages.
        list_of: Which of the three national lists the queue is: `assessment`, `care` (care or
            payment to start), `review` (overdue), or "" for none.
        records: Columns of work items and the values that make them this stage's:
            `{"stage": ("assessment",)}`; all columns must match.
        skills: Skills that may serve it, best first, where it asks for staff by skill; `resources`
            are then the pools that have them (`pathway_skills.pools_with`).
    """

    name: str
    kind: StageKind
    routes: Mapping[str, tuple[Route, ...]]
    resources: tuple[str, ...] = ()
    fallback_penalty: float = 0.0
    arrivals: tuple[Arrivals, ...] = ()
    discipline: Discipline = "fifo"
    precedence: int = 0
    reserve: Mapping[str, float] = field(default_factory=dict)
    effort: Mapping[str, Distribution] = field(default_factory=dict)
    delay: Mapping[str, Distribution] = field(default_factory=dict)
    length: Mapping[str, Distribution] = field(default_factory=dict)
    units: Mapping[str, float] = field(default_factory=dict)
    schedule: Mapping[str, tuple[Schedule, ...]] = field(default_factory=dict)
    target: Mapping[str, Target] = field(default_factory=dict)
    reneging: Mapping[str, Reneging] = field(default_factory=dict)
    label: str = ""
    list_of: Literal["assessment", "care", "review", ""] = ""
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemandChange:
    """A scenario's change of a demand flow between two days."""

    flow: str
    scale: float
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class Scenario:
    """A named what-if on a pathway.

    Args:
        name: Its name.
        demand: Changes of demand flows.
        resources: Changes of resources, by resource.
        effort_scale: Factor on the effort of stages, by stage.
        author: Who made it.
        source: Why.
    """

    name: str
    demand: tuple[DemandChange, ...] = ()
    resources: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    effort_scale: Mapping[str, float] = field(default_factory=dict)
    author: str = ""
    source: str = ""


@dataclass(frozen=True)
class Costs:
    """Money that is not staff.

    Args:
        currency: ISO code.
        prices: Price base in words: "2026 to 2027".
        delay_per_waiting_day_gbp: Cost of a case that waits one day, by stage (kept apart).
        service_started_gbp_per_week: Cost of a case in a `hold` or `delay` stage a week, by stage.
    """

    currency: str = "GBP"
    prices: str = ""
    delay_per_waiting_day_gbp: Mapping[str, float] = field(default_factory=dict)
    service_started_gbp_per_week: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pathway:
    """A service pathway (see the module for how cases move).

    Args:
        name: Its name.
        classes: Classes of cases.
        resources: Staff pools and supply.
        stages: Stages, in the order of pages.
        scenarios: Named what-ifs.
        costs: Money that is not staff.
        continuous: No calendar: staff work day and night, a day has 1 day of work in `effort`'s
            unit of days (for questions of queueing theory); hours, weekdays, holidays idle.
        title: Words for pages.
        description: What it is and what it leaves out.
        source: Where its figures come from.
    """

    name: str
    classes: tuple[CareClass, ...]
    resources: tuple[Resource, ...]
    stages: tuple[Stage, ...]
    scenarios: tuple[Scenario, ...] = ()
    costs: Costs = field(default_factory=Costs)
    continuous: bool = False
    title: str = ""
    description: str = ""
    source: str = ""

    @classmethod
    def from_yaml(cls, path_or_text: str | Path) -> Pathway:
        """Read a pathway file, or its text.

        Raises:
            SpecificationError: Every problem of the file at once, with its line and the remedy.
        """
        from forethought.plan.simulation.pathway_file import pathway_from_yaml

        return pathway_from_yaml(path_or_text)

    def to_yaml(self) -> str:
        """The pathway as the text of its file; reading it gives an equal pathway."""
        from forethought.plan.simulation.pathway_text import pathway_to_yaml

        return pathway_to_yaml(self)

    def load(self, demand: object = None, *, start: date, end: date) -> pl.DataFrame:
        """Load of each pool and stage before any run (see `simulation.load.stage_load`)."""
        from forethought.plan.simulation.load import stage_load

        return stage_load(self, demand, start=start, end=end)

    def diagram(self) -> str:
        """The pathway as a Mermaid flowchart."""
        from forethought.plan.simulation.diagram import mermaid

        return mermaid(self)

    def stage(self, name: str) -> Stage:
        """A stage by its name."""
        return next(stage for stage in self.stages if stage.name == name)

    def resource(self, name: str) -> Resource:
        """A resource by its name."""
        return next(pool for pool in self.resources if pool.name == name)
