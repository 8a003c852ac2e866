"""The values and forms that a pathway file is made of; `pathway_schema` puts them together.

Several parts have a short and a long form. Which one a file uses is told by `Discriminator`s;
their tags stand in angle brackets, so that no name of a file can be taken for one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)

from forethought.plan.simulation import units
from forethought.plan.simulation.units import DayCount, Elapsed, StaffTime

FAMILIES = ("fixed", "exponential", "gamma", "lognormal", "weibull", "uniform")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OTHERS = "others"
"""In a part that goes by class: all classes that are not named."""
_TARGET = {"within", "share", "basis", "days", "until", "source"}
_HAZARD = {"hazard_per_day", "from"}
_WAY = {"to", "share", "becomes"}
_VISIT = {"to", "first", "then", "becomes"}
_SPREAD = {"mean", "cv", "sd", "shape", "from", "to"}
RESERVED = frozenset({OTHERS, *FAMILIES, *_TARGET, *_HAZARD, *_WAY, *_VISIT, *_SPREAD, "end"})
"""Names that no class may have: the file could be read in two ways."""

SpanT = TypeVar("SpanT", bound=units.Span)


def _plain(read: Callable[[object], object], schema: dict[str, Any]) -> tuple[Any, Any]:
    return PlainValidator(read), WithJsonSchema(schema)


_TEXT = {"type": "string"}
_SHARE_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "%$"}]
}
_RATIO_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "%$"}]}
_NAME_SCHEMA = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$"}

Share = Annotated[float, *_plain(units.share, _SHARE_SCHEMA)]
Ratio = Annotated[float, *_plain(units.ratio, _RATIO_SCHEMA)]
Number = Annotated[float, *_plain(units.number, {"type": "number"})]
FromZero = Annotated[float, *_plain(units.at_least_zero, {"type": "number", "minimum": 0})]
AboveZero = Annotated[float, *_plain(units.above_zero, {"type": "number", "exclusiveMinimum": 0})]
Whole = Annotated[int, *_plain(units.whole, {"type": "integer"})]
Hours = Annotated[
    float,
    *_plain(units.hours_a_week, {**_TEXT, "pattern": "h a week$", "examples": ["37h a week"]}),
]
Pounds = Annotated[
    float, *_plain(units.pounds, {**_TEXT, "pattern": " GBP$", "examples": ["5000 GBP"]})
]
Rate = Annotated[
    units.Rate,
    *_plain(
        units.rate,
        {
            **_TEXT,
            "pattern": " GBP an? (year|month|week|day|hour)$",
            "examples": ["58000 GBP a year"],
        },
    ),
]
Day = Annotated[date, *_plain(units.day, {**_TEXT, "format": "date"})]
Words = Annotated[str, *_plain(units.text, _TEXT)]
Name = Annotated[str, *_plain(units.name, _NAME_SCHEMA)]
Flag = Annotated[bool, *_plain(units.flag, {"type": "boolean"})]


def or_empty(value: object) -> object:
    """A key without a value as an empty group."""
    return {} if value is None else value


class Part(BaseModel):
    """A group of keys; others are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


# Distributions ------------------------------------------------------------------------------------


class Mean(Part, Generic[SpanT]):
    """A distribution that its mean tells."""

    mean: SpanT


class MeanSpread(Part, Generic[SpanT]):
    """A distribution told by its mean and `cv` (standard deviation over mean) or `sd`."""

    mean: SpanT
    cv: Ratio | None = None
    sd: SpanT | None = None


class Weibull(Part, Generic[SpanT]):
    """A Weibull distribution told by its mean and `shape` (or `cv`)."""

    mean: SpanT
    shape: AboveZero | None = None
    cv: Ratio | None = None


class Uniform(Part, Generic[SpanT]):
    """A uniform distribution between two ends (or by mean and `cv`)."""

    start: SpanT | None = Field(default=None, alias="from")
    to: SpanT | None = None
    mean: SpanT | None = None
    cv: Ratio | None = None


class Shapes(Part, Generic[SpanT]):
    """One distribution, named by its family."""

    fixed: SpanT | None = None
    exponential: Mean[SpanT] | None = None
    gamma: MeanSpread[SpanT] | None = None
    lognormal: MeanSpread[SpanT] | None = None
    weibull: Weibull[SpanT] | None = None
    uniform: Uniform[SpanT] | None = None


def _keys(value: object) -> set[str]:
    return {str(key) for key in value} if isinstance(value, dict) else set()


def _form_of_spread(value: object) -> str:
    if not isinstance(value, dict):
        return "<fixed>"
    inner: set[str] = set().union(*(_keys(item) for item in value.values()))
    if _keys(value) & set(FAMILIES) or inner & _SPREAD:
        return "<shape>"
    return "<classes>"


def _form_of_one_spread(value: object) -> str:
    return "<shape>" if isinstance(value, dict) else "<fixed>"


StaffSpread: TypeAlias = Annotated[
    Annotated[StaffTime, Tag("<fixed>")] | Annotated[Shapes[StaffTime], Tag("<shape>")],
    Discriminator(_form_of_one_spread),
]
DaySpread: TypeAlias = Annotated[
    Annotated[Elapsed, Tag("<fixed>")] | Annotated[Shapes[Elapsed], Tag("<shape>")],
    Discriminator(_form_of_one_spread),
]
StaffSpreads: TypeAlias = Annotated[
    Annotated[StaffTime, Tag("<fixed>")]
    | Annotated[Shapes[StaffTime], Tag("<shape>")]
    | Annotated[dict[Name, StaffSpread], Tag("<classes>")],
    Discriminator(_form_of_spread),
]
DaySpreads: TypeAlias = Annotated[
    Annotated[Elapsed, Tag("<fixed>")]
    | Annotated[Shapes[Elapsed], Tag("<shape>")]
    | Annotated[dict[Name, DaySpread], Tag("<classes>")],
    Discriminator(_form_of_spread),
]

# Ways out, schedules ------------------------------------------------------------------------------


class Way(Part):
    """A way out by its destination."""

    share: Share = Field(description="Share of cases that go there.")
    becomes: Name | None = Field(None, description="The class from there on; else as it was.")


class ListedWay(Way):
    """A way out in a list."""

    to: Name = Field(description="The stage, or end.")


class Visit(Part):
    """Work that a held case makes, by its stage."""

    first: DayCount = Field(description="Time from the start of the hold to the first.")
    then: DayCount | None = Field(None, description="Time between later ones; else only the first.")
    becomes: Name | None = Field(None, description="The class of that work; else as it was.")


class ListedVisit(Visit):
    """Work that a held case makes, in a list."""

    to: Name = Field(description="The stage.")


def _way_form(value: object) -> str:
    return "<way>" if isinstance(value, dict) else "<share>"


def _is_way(value: object) -> bool:
    return not isinstance(value, dict | list) or bool(_keys(value) & _WAY)


def _form_of_ways(value: object) -> str:
    if isinstance(value, list):
        return "<list>"
    if isinstance(value, dict) and value and not any(map(_is_way, value.values())):
        return "<classes>"
    return "<stages>"


def _form_of_class_ways(value: object) -> str:
    return "<list>" if isinstance(value, list) else "<stages>"


def _is_visit(value: object) -> bool:
    if isinstance(value, list):
        return not any(isinstance(item, dict) for item in value)
    return not isinstance(value, dict) or bool(_keys(value) & _VISIT)


def _form_of_visits(value: object) -> str:
    if isinstance(value, list):
        return "<list>"
    if isinstance(value, dict) and value and not any(map(_is_visit, value.values())):
        return "<classes>"
    return "<stages>"


def _short_visit(value: object) -> object:
    """`[7w, then 12mo]` as its long form."""
    if isinstance(value, str):
        return {"first": value}
    if isinstance(value, list) and 1 <= len(value) <= 2:  # noqa: PLR2004  first and then
        words = [str(item).removeprefix("then ") for item in value[1:]]
        return {"first": value[0], **({"then": words[0]} if words else {})}
    if isinstance(value, list):
        raise units.QuantityError("This is no schedule.", "Write [7w, then 12mo].")
    return value


_VISIT_SCHEMA = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": 2,
            "examples": [["7w", "then 12mo"]],
        },
        {"type": "object", "required": ["first"]},
    ]
}
WayOrShare: TypeAlias = Annotated[
    Annotated[Share, Tag("<share>")] | Annotated[Way, Tag("<way>")], Discriminator(_way_form)
]
ClassWays: TypeAlias = Annotated[
    Annotated[dict[Name, WayOrShare], Tag("<stages>")] | Annotated[list[ListedWay], Tag("<list>")],
    Discriminator(_form_of_class_ways),
]
Ways: TypeAlias = Annotated[
    Annotated[dict[Name, WayOrShare], Tag("<stages>")]
    | Annotated[list[ListedWay], Tag("<list>")]
    | Annotated[dict[Name, ClassWays], Tag("<classes>")],
    Discriminator(_form_of_ways),
]
ShortVisit: TypeAlias = Annotated[
    Visit, BeforeValidator(_short_visit), WithJsonSchema(_VISIT_SCHEMA)
]
ClassVisits: TypeAlias = Annotated[
    Annotated[dict[Name, ShortVisit], Tag("<stages>")]
    | Annotated[list[ListedVisit], Tag("<list>")],
    Discriminator(_form_of_class_ways),
]
Visits: TypeAlias = Annotated[
    Annotated[dict[Name, ShortVisit], Tag("<stages>")]
    | Annotated[list[ListedVisit], Tag("<list>")]
    | Annotated[dict[Name, ClassVisits], Tag("<classes>")],
    Discriminator(_form_of_visits),
]

# Promises and leaving -----------------------------------------------------------------------------


class TargetPart(Part):
    """What is promised."""

    within: DayCount = Field(description="The limit.")
    share: Share = Field(1.0, description="Share of cases that should keep it.")
    basis: Literal["duty", "guidance", "local"] = Field(
        "local", description="Whose promise: a duty in law, guidance, or a local aim."
    )
    days: Literal["calendar", "working"] = Field("calendar", description="Which days count.")
    until: Literal["started", "closed"] = Field(
        "closed", description="Until work starts, or the case is closed at the stage."
    )
    source: Words = Field("", description="Where it is written.")


class Hazard(Part):
    """Leaving the list: the same hazard on every day."""

    hazard_per_day: Share = Field(description="Chance on each day.")


class Band(Part):
    """Leaving the list: the hazard from a waiting day on."""

    start: DayCount = Field(alias="from", description="First waiting day.")
    hazard_per_day: Share = Field(description="Chance on each waiting day from then on.")


def _form_of_target(value: object) -> str:
    return "<classes>" if isinstance(value, dict) and not _keys(value) & _TARGET else "<all>"


def _form_of_hazard(value: object) -> str:
    if isinstance(value, list):
        return "<bands>"
    return "<classes>" if isinstance(value, dict) and not _keys(value) & _HAZARD else "<all>"


def _form_of_one_hazard(value: object) -> str:
    return "<bands>" if isinstance(value, list) else "<all>"


def _form_of_number(value: object) -> str:
    return "<classes>" if isinstance(value, dict) else "<all>"


def _form_of_listed(value: object) -> str:
    return "<list>" if isinstance(value, list) else "<one>"


Targets: TypeAlias = Annotated[
    Annotated[TargetPart, Tag("<all>")] | Annotated[dict[Name, TargetPart], Tag("<classes>")],
    Discriminator(_form_of_target),
]
OneReneging: TypeAlias = Annotated[
    Annotated[Hazard, Tag("<all>")] | Annotated[list[Band], Tag("<bands>")],
    Discriminator(_form_of_one_hazard),
]
Renegings: TypeAlias = Annotated[
    Annotated[Hazard, Tag("<all>")]
    | Annotated[list[Band], Tag("<bands>")]
    | Annotated[dict[Name, OneReneging], Tag("<classes>")],
    Discriminator(_form_of_hazard),
]
UnitCounts: TypeAlias = Annotated[
    Annotated[AboveZero, Tag("<all>")] | Annotated[dict[Name, AboveZero], Tag("<classes>")],
    Discriminator(_form_of_number),
]

_LIST_OF_WORDS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


NameList: TypeAlias = Annotated[
    list[Name], BeforeValidator(_listed), WithJsonSchema(_LIST_OF_WORDS)
]
WordList: TypeAlias = Annotated[
    list[Words], BeforeValidator(_listed), WithJsonSchema(_LIST_OF_WORDS)
]
