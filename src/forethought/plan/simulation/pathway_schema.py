"""The shape of a pathway file, and its JSON Schema. What it means is `pathway_file`'s business."""

from __future__ import annotations

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
    """Shares of a week on its days; days that are not named have none."""

    mon: Share = 0.0
    tue: Share = 0.0
    wed: Share = 0.0
    thu: Share = 0.0
    fri: Share = 0.0
    sat: Share = 0.0
    sun: Share = 0.0


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

    step: Literal["day"] = "day"
    calendar: Literal["england", "none"] = Field(
        default="england",
        description="`none`: staff work day and night, without weekdays or holidays.",
    )
    working_week: Week | None = Field(
        default=None, description="Week of staff and arrivals that name none; mon-fri if left out."
    )


class EscalatePart(Part):
    """A class that becomes another while it waits."""

    to: Name
    hazard_per_day: Share
    after: DayCount | None = None


class ClassPart(Part):
    """A class of cases."""

    priority: Whole = Field(default=1, description="1 is served first.")
    points: FromZero = 0.0
    points_per_day: FromZero = 1.0
    escalate: EscalatePart | None = None
    label: Words = ""
    records: dict[Words, WordList] | None = Field(
        default=None, description="Columns of work items and the values that make this class."
    )


class LeavePart(Part):
    """Annual leave: mean share of hours, and how it lies over the year."""

    mean: Share
    by_month: list[FromZero] = Field(description="Twelve factors, January first, mean 1.")


class SicknessPart(Part):
    """Share of hours lost to sickness."""

    mean: Share
    sd: FromZero = 0.0
    winter: FromZero = Field(default=1.0, description="Factor from December to February.")


def _by_keys(value: object) -> str:
    return "<long>" if isinstance(value, dict) else "<share>"


def _by_list(value: object) -> str:
    return "<list>" if isinstance(value, list) else "<one>"


class AvailablePart(Part):
    """Time that staff in post are not there."""

    leave: (
        Annotated[
            Annotated[Share, Tag("<share>")] | Annotated[LeavePart, Tag("<long>")],
            Discriminator(_by_keys),
        ]
        | None
    ) = None
    sickness: (
        Annotated[
            Annotated[Share, Tag("<share>")] | Annotated[SicknessPart, Tag("<long>")],
            Discriminator(_by_keys),
        ]
        | None
    ) = None
    training: Share = 0.0


class ChangePart(Part):
    """A dated change of a resource."""

    add_fte: Number | None = None
    add_units: Number | None = None
    start: Day = Field(alias="from")
    to: Day | None = None
    ramp: DayCount | None = None
    cost: Rate | None = None
    one_off: Pounds = 0.0
    why: Words = ""


class TeamsPart(Part):
    """Where the figures of a resource come from."""

    teams: WordList


class ResourcePart(Part):
    """Staff (`fte`) or supply (`units`)."""

    fte: FromZero | None = None
    units: FromZero | None = None
    unit: Words | None = Field(default=None, description="What one unit of supply is.")
    hours: Hours | None = None
    weekdays: Week | None = None
    available: AvailablePart | None = None
    direct_share: Share | None = None
    caseload_limit: AboveZero | None = Field(default=None, description="Open cases for each FTE.")
    changes: list[ChangePart] = Field(default_factory=list)
    closed_on_holidays: Flag | None = None
    cost: Rate | None = None
    handback: Hazard | None = Field(
        default=None, description="Chance a day that a provider gives a unit of supply back."
    )
    label: Words = ""
    records: TeamsPart | None = None


class ArrivalsPart(Part):
    """Demand from outside."""

    flow: Name
    mix: dict[Name, Share] | None = Field(default=None, description="Share of each class, sum 1.")
    per_year: FromZero | None = Field(
        default=None, description="Cases a year where no demand of that flow is given."
    )
    dispersion: AboveZero = 1.0
    weekdays: Week | None = None
    holiday_factor: FromZero = 0.0


def _short_arrivals(value: object) -> object:
    """`forecast.contact` as the flow `contact`."""
    if isinstance(value, str):
        return {"flow": value.removeprefix("forecast.")}
    return value


ShortArrivals = Annotated[
    ArrivalsPart, BeforeValidator(_short_arrivals, json_schema_input_type=ArrivalsPart | str)
]


class StagePart(Part):
    """One step of the pathway."""

    kind: Literal["work", "hold", "delay"] = "work"
    resource: NameList = Field(default_factory=list, description="Best first.")
    fallback_penalty: Ratio = 0.0
    arrivals: (
        Annotated[
            Annotated[ShortArrivals, Tag("<one>")] | Annotated[list[ShortArrivals], Tag("<list>")],
            Discriminator(_by_list),
        ]
        | None
    ) = None
    discipline: Literal["fifo", "priority", "due_date", "longest_wait", "score"] = "fifo"
    precedence: Whole = 0
    reserve: dict[Name, Share] = Field(default_factory=dict)
    effort: StaffSpreads | None = None
    delay: DaySpreads | None = None
    length: DaySpreads | None = None
    units: UnitCounts | None = None
    ways: Ways | None = Field(default=None, alias="next")
    schedule: Visits | None = None
    target: Targets | None = None
    reneging: Renegings | None = None
    label: Words = ""
    list_of: Literal["assessment", "care", "review", ""] = ""
    records: dict[Words, WordList] | None = Field(
        default=None, description="Columns of work items and the values that make this stage."
    )


class DemandChangePart(Part):
    """A change of a demand flow."""

    scale: FromZero
    start: Day | None = Field(default=None, alias="from")
    to: Day | None = None


class ScenarioPart(Part):
    """A named what-if."""

    arrivals: dict[
        Name,
        Annotated[
            Annotated[DemandChangePart, Tag("<one>")]
            | Annotated[list[DemandChangePart], Tag("<list>")],
            Discriminator(_by_list),
        ],
    ] = Field(default_factory=dict)
    resources: dict[
        Name,
        Annotated[
            Annotated[ChangePart, Tag("<one>")] | Annotated[list[ChangePart], Tag("<list>")],
            Discriminator(_by_list),
        ],
    ] = Field(default_factory=dict)
    effort_scale: dict[Name, FromZero] = Field(default_factory=dict)
    author: Words = ""
    source: Words = ""


class CostsPart(Part):
    """Money that is not staff."""

    currency: Words = "GBP"
    prices: Words = ""
    waiting: dict[Name, Rate] = Field(
        default_factory=dict, description="Cost of a case that waits, by stage."
    )
    services: dict[Name, Rate] = Field(
        default_factory=dict, description="Cost of a case in a hold or delay stage, by stage."
    )


class PathwayPart(Part):
    """A service pathway: who comes, who does the work, through which stages."""

    version: Literal[1] = 1
    pathway: Name
    title: Words = ""
    description: Words = ""
    source: Words = ""
    clock: ClockPart = Field(default_factory=ClockPart)
    classes: dict[Name, Annotated[ClassPart, BeforeValidator(or_empty)]]
    resources: dict[Name, ResourcePart] = Field(default_factory=dict)
    stages: dict[Name, StagePart]
    costs: CostsPart = Field(default_factory=CostsPart)
    scenarios: dict[Name, Annotated[ScenarioPart, BeforeValidator(or_empty)]] = Field(
        default_factory=dict
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of pathway files, for editors that complete and check YAML."""
    schema = PathwayPart.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Forethought service pathway",
        **{key: value for key, value in schema.items() if key != "title"},
    }
