"""The shape of a pathway file, and its JSON Schema. What it means is `pathway_file`'s business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from forethought.plan.simulation.pathway_shapes import (
    WEEKDAYS,
    AboveZero,
    Day,
    DaySpreads,
    Flag,
    FromZero,
    Hazard,
    Hours,
    Name,
    NameList,
    Number,
    Part,
    Pounds,
    Rate,
    Ratio,
    Renegings,
    Share,
    StaffSpreads,
    Targets,
    UnitCounts,
    Visits,
    Ways,
    Whole,
    WordList,
    Words,
    or_empty,
)
from forethought.plan.simulation.units import DayCount


def _of(meaning: str, default: Any = None, *, factory: Callable[[], Any] | None = None) -> Any:
    """A key with its meaning; `...` for a default: it must be given."""
    if factory is not None:
        return Field(default_factory=factory, description=meaning)
    return Field(default, description=meaning)


def _week(value: object) -> object:
    """`mon-fri` as equal shares of its days."""
    if not isinstance(value, str) or value.count("-") != 1:
        return value
    first, last = value.split("-")
    if first not in WEEKDAYS or last not in WEEKDAYS:
        return value
    days = WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last) + 1]
    return {day: 1 / len(days) for day in days}


class WeekPart(Part):
    """Shares of a week on its days; days that are not named have none. Short: `mon-fri`."""

    mon: Share = _of("Monday.", 0.0)
    tue: Share = _of("Tuesday.", 0.0)
    wed: Share = _of("Wednesday.", 0.0)
    thu: Share = _of("Thursday.", 0.0)
    fri: Share = _of("Friday.", 0.0)
    sat: Share = _of("Saturday.", 0.0)
    sun: Share = _of("Sunday.", 0.0)


Week = Annotated[
    WeekPart,
    BeforeValidator(_week),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["mon-fri"]},
                {"type": "object", "propertyNames": {"enum": list(WEEKDAYS)}},
            ]
        }
    ),
]


class ClockPart(Part):
    """How time runs."""

    step: Literal["day"] = _of("What is told apart.", "day")
    calendar: Literal["england", "none"] = _of(
        "Bank holidays of England; `none`: staff work day and night, effort may be in days.",
        "england",
    )
    working_week: Week | None = _of("Week of staff and arrivals that name none; else mon-fri.")


class EscalatePart(Part):
    """A class that becomes another while it waits."""

    to: Name = _of("The class it becomes.", ...)
    hazard_per_day: Share = _of("Chance on each waiting day.", ...)
    after: DayCount | None = _of("Waiting time from which it may; else from the start.")


class ClassPart(Part):
    """A class of cases."""

    priority: Whole = _of("1 is served first (discipline `priority`).", 1)
    points: FromZero = _of("Points at arrival (discipline `score`).", 0.0)
    points_per_day: FromZero = _of("Points for each waiting day (discipline `score`).", 1.0)
    escalate: EscalatePart | None = _of("What may happen while it waits.")
    label: Words = _of("Words for pages.", "")
    records: dict[Words, WordList] | None = _of(
        "Columns of work items and their values that make a case one of this class; the first "
        "class that matches is taken."
    )


class LeavePart(Part):
    """Annual leave that is not even over the year."""

    mean: Share = _of("Share of hours, mean of the year.", ...)
    by_month: list[FromZero] = _of("Twelve factors, January first, mean 1.", ...)


class SicknessPart(Part):
    """Sickness that varies."""

    mean: Share = _of("Share of hours, mean of the year.", ...)
    sd: FromZero = _of("Spread from week to week (beta distribution).", 0.0)
    winter: FromZero = _of("Factor from December to February; the year's mean stays.", 1.0)


def _by_keys(value: object) -> str:
    return "<long>" if isinstance(value, dict) else "<share>"


def _by_list(value: object) -> str:
    return "<list>" if isinstance(value, list) else "<one>"


Leave = Annotated[
    Annotated[Share, Tag("<share>")] | Annotated[LeavePart, Tag("<long>")], Discriminator(_by_keys)
]
Sickness = Annotated[
    Annotated[Share, Tag("<share>")] | Annotated[SicknessPart, Tag("<long>")],
    Discriminator(_by_keys),
]


class AvailablePart(Part):
    """Time that staff in post are not there."""

    leave: Leave | None = _of("Annual leave: a share of hours, or mean and by_month.")
    sickness: Sickness | None = _of("A share of hours, or mean, sd and winter.")
    training: Share = _of("Share of hours.", 0.0)


class ChangePart(Part):
    """A dated change of a resource."""

    add_fte: Number | None = _of("FTE more (negative: fewer), of staff.")
    add_units: Number | None = _of("Units more (negative: fewer), of supply.")
    start: Day = Field(alias="from", description="First day.")
    to: Day | None = _of("Last day; else for good.")
    ramp: DayCount | None = _of("Time in which it grows evenly to its full number.")
    cost: Rate | None = _of("Cost of one FTE or unit, where it differs.")
    one_off: Pounds = _of("Cost once, when it starts.", 0.0)
    why: Words = _of("Words.", "")


class TeamsPart(Part):
    """Where the figures of a resource come from."""

    teams: WordList = _of("Teams of the staff records whose FTE these are.", ...)


class ResourcePart(Part):
    """Staff (`fte`) or supply (`units`)."""

    fte: FromZero | None = _of("Staff in post at the start, full-time equivalents.")
    units: FromZero | None = _of("Supply at the start.")
    unit: Words | None = _of("What one unit of supply is.")
    hours: Hours | None = _of("Contracted hours of one FTE; else 37h a week.")
    weekdays: Week | None = _of("Share of the hours on each day; else the clock's week.")
    available: AvailablePart | None = _of("Absence of staff.")
    direct_share: Share | None = _of("Share of time at work that is work on cases; else 1.")
    skills: NameList | None = _of("What its staff can do; stages may ask for staff by skill.")
    caseload_limit: AboveZero | None = _of("Open cases for each FTE; else no limit.")
    changes: list[ChangePart] = _of("Dated changes.", factory=list)
    closed_on_holidays: Flag | None = _of("No hours on bank holidays; else true.")
    cost: Rate | None = _of("Cost of one FTE or unit; an hour's is paid for all contracted hours.")
    handback: Hazard | None = _of("Chance a day that a provider gives a held unit back.")
    label: Words = _of("Words for pages.", "")
    records: TeamsPart | None = _of("Where the figures come from.")


class ArrivalsPart(Part):
    """Demand from outside. Short: `forecast.contact` is the flow `contact`."""

    flow: Name = _of("Name of the demand flow.", ...)
    mix: dict[Name, Share] | None = _of("Share of each class, sum 1; needless for one class.")
    per_year: FromZero | None = _of("Cases a year where no demand of that flow is given.")
    dispersion: AboveZero = _of("Variance of a day's count over its mean, 1 or more.", 1.0)
    weekdays: Week | None = _of("Share of a week's arrivals on each day; else the clock's week.")
    holiday_factor: FromZero = _of("Arrivals on a bank holiday against that weekday's.", 0.0)


def _short_arrivals(value: object) -> object:
    """`forecast.contact` as the flow `contact`."""
    if isinstance(value, str):
        return {"flow": value.removeprefix("forecast.")}
    return value


ShortArrivals = Annotated[
    ArrivalsPart, BeforeValidator(_short_arrivals, json_schema_input_type=ArrivalsPart | str)
]


ArrivalsForm = Annotated[
    Annotated[ShortArrivals, Tag("<one>")] | Annotated[list[ShortArrivals], Tag("<list>")],
    Discriminator(_by_list),
]


class StagePart(Part):
    """One step of the pathway."""

    kind: Literal["work", "hold", "delay"] = _of(
        "`work` takes hours of staff, `hold` units of supply for a time, `delay` time alone.",
        "work",
    )
    resource: NameList = _of("Who may serve it, best first.", factory=list)
    skills: NameList = _of(
        "In place of resource: skills that may serve it, best first; one name will do.",
        factory=list,
    )
    skill: Name | None = _of("The same with one skill.")
    fallback_penalty: Ratio = _of("Effort more where another than the first serves it.", 0.0)
    arrivals: ArrivalsForm | None = _of("Demand from outside: one or a list.")
    discipline: Literal["fifo", "priority", "due_date", "longest_wait", "score"] = _of(
        "Who is served next.", "fifo"
    )
    precedence: Whole = _of("Among stages that share a resource, lower goes first.", 0)
    reserve: dict[Name, Share] = _of(
        "Share of the first resource's hours kept for a class, by class.", factory=dict
    )
    effort: StaffSpreads | None = _of("Hours of work (`work`), for all classes or by class.")
    delay: DaySpreads | None = _of("Time after the work in which others are waited for (`work`).")
    length: DaySpreads | None = _of("Time held (`hold`, `delay`).")
    units: UnitCounts | None = _of("Units that a case holds (`hold`); else 1.")
    ways: Ways | None = Field(default=None, alias="next", description="Ways out, sum 1.")
    schedule: Visits | None = _of("Work that a case makes while it is held: first, then every.")
    target: Targets | None = _of("What is promised.")
    reneging: Renegings | None = _of("Leaving the list before being seen.")
    label: Words = _of("Words for pages.", "")
    list_of: Literal["assessment", "care", "review", ""] = _of(
        "Which of the three national lists its queue is.", ""
    )
    records: dict[Words, WordList] | None = _of(
        "Columns of work items and their values that make an item this stage's."
    )


class DemandChangePart(Part):
    """A change of a demand flow."""

    scale: FromZero = _of("Factor on its cases.", ...)
    start: Day | None = Field(default=None, alias="from", description="First day.")
    to: Day | None = _of("Last day.")


DemandChanges = Annotated[
    Annotated[DemandChangePart, Tag("<one>")] | Annotated[list[DemandChangePart], Tag("<list>")],
    Discriminator(_by_list),
]
Changes = Annotated[
    Annotated[ChangePart, Tag("<one>")] | Annotated[list[ChangePart], Tag("<list>")],
    Discriminator(_by_list),
]


class ScenarioPart(Part):
    """A named what-if."""

    arrivals: dict[Name, DemandChanges] = _of("Changes of demand, by flow.", factory=dict)
    resources: dict[Name, Changes] = _of("Changes of resources, by resource.", factory=dict)
    effort_scale: dict[Name, FromZero] = _of("Factor on the effort of a stage.", factory=dict)
    author: Words = _of("Who made it.", "")
    source: Words = _of("Why.", "")


class CostsPart(Part):
    """Money that is not staff."""

    currency: Words = _of("GBP.", "GBP")
    prices: Words = _of("Price base in words.", "")
    waiting: dict[Name, Rate] = _of("Cost of a case that waits, by stage.", factory=dict)
    services: dict[Name, Rate] = _of(
        "Cost of a case in a `hold` or `delay` stage, by stage.", factory=dict
    )


class PathwayPart(Part):
    """A service pathway: who comes, who does the work, through which stages."""

    version: Literal[1] = _of("Version of this form.", 1)
    pathway: Name = _of("Its name; the file is named so.", ...)
    title: Words = _of("Words for pages.", "")
    description: Words = _of("What it is and what it leaves out.", "")
    source: Words = _of("Where its figures come from.", "")
    clock: ClockPart = _of("How time runs.", factory=ClockPart)
    classes: dict[Name, Annotated[ClassPart, BeforeValidator(or_empty)]] = _of(
        "Classes of cases, by name.", ...
    )
    resources: dict[Name, ResourcePart] = _of("Staff and supply, by name.", factory=dict)
    stages: dict[Name, StagePart] = _of("Stages, by name, in the order of pages.", ...)
    costs: CostsPart = _of("Money that is not staff.", factory=CostsPart)
    scenarios: dict[Name, Annotated[ScenarioPart, BeforeValidator(or_empty)]] = _of(
        "Named what-ifs, by name.", factory=dict
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of pathway files, for editors that complete and check YAML."""
    schema = PathwayPart.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Forethought service pathway",
        **{key: value for key, value in schema.items() if key != "title"},
    }
