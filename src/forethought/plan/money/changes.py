"""What a scenario changes of a budget: an assumption, by how much, how sure, in which years.

A change says by its name what it is (`CHANGES`): `fee_pct: 7` is care prices that rise by 7% on
1 April, `fee_points: 2` the same rise as planned and two percentage points on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.plan.demand.prices import Uplift
from forethought.results import words

POPULATION = "population"
ANY = "any"
VARIANTS = ("principal", "high", "low")
SAVINGS = "savings_delivered_pct"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_RANGE = ("low", "likely", "high")
_KEYS = (*_RANGE, "years", "source")
Place = tuple[str | int, ...]
Fault = tuple[Place, str, str]
"""Where something is wrong within the changes, what, and the remedy."""


@dataclass(frozen=True)
class Kind:
    """One sort of change.

    Args:
        label: What it is, as a page says it.
        low: Least value, in its unit.
        high: Greatest value.
        touches: The assumptions that it moves; two changes of one assumption contradict.
        by_year: Whether it may hold in some years alone.
        instead: Whether it takes the place of the plan's rise rather than adding to it.
    """

    label: str
    low: float
    high: float
    touches: tuple[str, ...]
    by_year: bool = False
    instead: bool = False

    @property
    def unit(self) -> str:
        """Words after its value."""
        return "%" if self.instead or not self.by_year else " points"


_RISES = {
    "fee": ("Care prices", ("wage", "prices"), -10, 20),
    "wage": ("The National Living Wage", ("wage",), -10, 20),
    "prices": ("Other costs of providers", ("prices",), -10, 20),
    "pay": ("The council's own pay", ("pay",), -10, 20),
    "contributions": ("Clients' contributions", ("contributions",), -20, 20),
    "nhs": ("NHS income", ("nhs",), -20, 20),
    "grants": ("Grants", ("grants",), -30, 30),
}
CHANGES: Mapping[str, Kind] = {
    **{
        f"{name}_points": Kind(f"{label} rise faster", low, high, touches, by_year=True)
        for name, (label, touches, low, high) in _RISES.items()
    },
    **{
        f"{name}_pct": Kind(f"{label} rise", low, high, touches, by_year=True, instead=True)
        for name, (label, touches, low, high) in _RISES.items()
    },
    "complexity_pct": Kind(
        "Care of a person grows in hours or setting, a year", -10, 10, ("complexity",)
    ),
    SAVINGS: Kind("Share of planned savings that is delivered", 0, 150, ("savings",)),
    "rate_pct": Kind("Share of residents who have support grows, a year", -10, 10, ("rate",)),
}
"""Changes that a scenario may make, by name; besides them `population`, a variant."""


@dataclass(frozen=True)
class Change:
    """One assumption that a scenario changes.

    Args:
        name: Of `CHANGES`, or `population`.
        amount: How much, as a share (0.07 is 7%, or 7 points), with its range: low and high are
            1 in 10 chances of less and of more. Of a population change it is not used.
        years: Financial years, by their April, in which it holds; none: every year.
        but: Years in which it does not hold, as another change does there.
        source: Where it is written down.
        variant: The population variant; `any` draws between them.
    """

    name: str
    amount: Uplift = Uplift(0.0, 0.0, 0.0)  # noqa: RUF009  frozen
    years: tuple[int, ...] = ()
    but: tuple[int, ...] = ()
    source: str = ""
    variant: str = ""

    @property
    def touches(self) -> tuple[str, ...]:
        """The assumptions that it moves."""
        return (POPULATION,) if self.name == POPULATION else CHANGES[self.name].touches

    @property
    def has_range(self) -> bool:
        """Whether it is not certain."""
        return self.amount.low < self.amount.high

    @property
    def label(self) -> str:
        """What it is, as a page says it."""
        return "Residents" if self.name == POPULATION else CHANGES[self.name].label

    def holds(self, year: int) -> bool:
        """Whether it holds in a financial year."""
        return (not self.years or year in self.years) and year not in self.but

    def same_as(self, other: Change) -> bool:
        """Whether another says the same, whoever says it."""
        return replace(self, source="") == replace(other, source="")

    def says(self) -> str:
        """The change in words, with its range and years."""
        if self.name == POPULATION:
            if self.variant == ANY:
                return "Residents between the projections"
            return f"Residents as in the {self.variant} projection"
        kind = CHANGES[self.name]
        low, likely, high = (_number(value, kind) for value in _ends(self.amount))
        unit = "%" if kind.unit == "%" else ""
        span = f" ({low}{unit} to {high}{unit})" if self.has_range else ""
        every = " a year" if kind.by_year and not self.years else ""
        return f"{kind.label}: {likely}{kind.unit}{every}{self._when()}{span}"

    def _when(self) -> str:
        if self.years:
            return f" in April {words.listed([str(year) for year in self.years])}"
        but = words.listed([str(year) for year in self.but])
        return f", but not in April {but}" if self.but else ""


def _ends(amount: Uplift) -> tuple[float, float, float]:
    return amount.low * 100, amount.likely * 100, amount.high * 100


def _number(value: float, kind: Kind) -> str:
    if kind.instead or kind.touches == ("savings",):
        return f"{value:g}".replace("-", words.MINUS)
    return words.signed(value, 0.1)


def overlap(one: Change, other: Change) -> bool:
    """Whether both move the same assumption in the same year."""
    if not set(one.touches) & set(other.touches):
        return False
    named = one.years or other.years
    return not named or any(one.holds(year) and other.holds(year) for year in named)


def left_of(change: Change, held: Sequence[Change]) -> tuple[Change, ...]:
    """What is left of a change where others hold instead of it: nothing, some years, or all.

    A change of all care prices, of which another holds for wages alone, is left for the rest.
    """
    left = [change]
    for other in held:
        left = [part for each in left for part in _less(each, other)]
    return tuple(left)


def _less(change: Change, other: Change) -> list[Change]:
    if not overlap(change, other):
        return [change]
    parts = []
    if other.years and change.years:
        outside = tuple(year for year in change.years if year not in other.years)
        parts += [replace(change, years=outside)] if outside else []
    elif other.years:
        parts.append(replace(change, but=tuple(sorted({*change.but, *other.years}))))
    rest = [name for name in change.touches if name not in other.touches]
    if rest:
        suffix = change.name.rpartition("_")[2]
        years = tuple(year for year in other.years if change.holds(year)) or change.years
        parts.append(replace(change, name=f"{rest[0]}_{suffix}", years=years))
    return parts


def changes_of(given: Mapping[str, Any]) -> tuple[Change, ...]:
    """Read changes: by name a number, a range (`low`, `likely`, `high`) or a list of them.

    Args:
        given: As a scenario file writes them: `{fee_pct: {low: 6, likely: 7, high: 8.5, years:
            [2027], source: "..."}, population: high}`. In per cent and percentage points.

    Raises:
        UsageError: Everything that is wrong, at once.
    """
    faults = change_faults(given)
    if faults:
        problems = [Problem(what, ".".join(map(str, place)), why) for place, what, why in faults]
        raise UsageError("The scenario cannot be used.", problems=problems)
    return tuple(
        change for name, value in given.items() for _, each in _parts(name, value)
        for change in _change(name, each)
    )  # fmt: skip


def _parts(name: str, value: Any) -> list[tuple[Place, Any]]:
    if isinstance(value, list):
        return [((name, at), each) for at, each in enumerate(value)]
    return [((name,), value)]


def _change(name: str, value: Any) -> list[Change]:
    keys = value if isinstance(value, Mapping) else {"likely": value}
    source = str(keys.get("source", ""))
    if name == POPULATION:
        return [Change(name, variant=str(keys["likely"]).strip(), source=source)]
    likely = _read(keys["likely"])
    low, high = (_read(keys.get(end, likely)) / 100 for end in ("low", "high"))
    years = keys.get("years", ())
    years = tuple(years) if isinstance(years, list | tuple) else (years,)
    return [Change(name, Uplift(low, likely / 100, high), years, source=source)]


def change_faults(given: Mapping[str, Any]) -> list[Fault]:
    """Everything that is wrong with the changes of a scenario, each with its place."""
    faults: list[Fault] = []
    for name, value in given.items():
        if name != POPULATION and name not in CHANGES:
            remedy = did_you_mean(str(name), [*CHANGES, POPULATION])
            faults.append(((name,), f'"{name}" is no assumption of a budget.', remedy))
            continue
        for place, each in _parts(name, value):
            faults += _faults(name, place, each)
    return faults or _contradictions(given)


def _faults(name: str, place: Place, value: Any) -> list[Fault]:
    keys = value if isinstance(value, Mapping) else {"likely": value}
    allowed = ("likely", "source") if name == POPULATION else _KEYS
    faults: list[Fault] = [
        ((*place, key), f'"{key}" says nothing of {name}.', did_you_mean(str(key), allowed))
        for key in keys
        if key not in allowed
    ]
    at = place if not isinstance(value, Mapping) else (*place, "likely")
    if "likely" not in keys:
        return [*faults, (place, "There is no likely value.", "Give likely; low and high beside.")]
    if name == POPULATION:
        return [*faults, *_variant_faults(at, keys["likely"])]
    return [*faults, *_number_faults(name, place, at, keys), *_year_faults(name, place, keys)]


def _variant_faults(place: Place, value: Any) -> list[Fault]:
    text = str(value).strip()
    if text in {*VARIANTS, ANY}:
        return []
    remedy = did_you_mean(text, (*VARIANTS, ANY))
    return [(place, f'"{text}" is no population projection.', remedy)]


def _number_faults(name: str, place: Place, at: Place, keys: Mapping[str, Any]) -> list[Fault]:
    kind, faults, values = CHANGES[name], [], {}
    for end in _RANGE:
        if end not in keys:
            continue
        where = at if end == "likely" else (*place, end)
        try:
            values[end] = _read(keys[end])
        except (TypeError, ValueError):
            faults.append((where, f'"{keys[end]}" is not a number.', "Write a number."))
            continue
        if not kind.low <= values[end] <= kind.high:
            said = f"{values[end]:g} is beyond {kind.low:g} to {kind.high:g}."
            faults.append((where, said, "Give a value between."))
    if faults:
        return faults
    if ("low" in values) != ("high" in values):
        return [(place, "Of low and high one alone stands here.", "Give both, or neither.")]
    low, high = values.get("low", values["likely"]), values.get("high", values["likely"])
    if not low <= values["likely"] <= high:
        return [(place, "low, likely and high do not rise.", "Put them in order.")]
    return []


def _year_faults(name: str, place: Place, keys: Mapping[str, Any]) -> list[Fault]:
    if "years" not in keys:
        return []
    where = (*place, "years")
    if not CHANGES[name].by_year:
        return [(where, f"{name} holds in every year.", "Take years out.")]
    years = keys["years"] if isinstance(keys["years"], list | tuple) else [keys["years"]]
    wrong = [year for year in years if not _is_year(year)]
    if wrong or not years:
        said = f'"{wrong[0]}" is no year.' if wrong else "No year stands here."
        return [(where, said, "Write financial years by their April: [2027, 2028].")]
    return []


def _is_year(value: Any) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and _FIRST_YEAR <= value <= _LAST_YEAR
    )


def _contradictions(given: Mapping[str, Any]) -> list[Fault]:
    """Changes of one scenario that cannot both hold: a rise instead of one that is also moved."""
    found = [
        (place, change)
        for name, value in given.items()
        for place, each in _parts(name, value)
        for change in _change(name, each)
    ]
    faults: list[Fault] = []
    for at, (place, change) in enumerate(found):
        for earlier, other in found[:at]:
            both_add = not (_instead(change) or _instead(other)) and change.name != other.name
            if overlap(change, other) and not both_add:
                said = f"{change.name} and {other.name} cannot both hold in a year."
                faults.append((place, said, f"Take one of them out ({earlier[0]} stands before)."))
    return faults


def _instead(change: Change) -> bool:
    return change.name == POPULATION or CHANGES[change.name].instead


def _read(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    found = float(str(value).replace(",", "").replace(words.MINUS, "-"))
    if found != found or abs(found) == float("inf"):  # noqa: PLR0124  not a number
        raise ValueError
    return found
