"""What a column of unknown text most likely is: type, format, codes, range, meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from forethought.data.contract_columns import RESERVED
from forethought.data.contracts import ColumnType, Semantic
from forethought.data.semantics import is_lsoa, is_nhs_number, is_postcode, is_uprn

if TYPE_CHECKING:
    import polars as pl

MOST, HALF = 0.95, 0.5
JUDGED_VALUES = 2000
MOST_CODES, CODES_SHARE = 40, 0.05
KEY_COLUMNS, KEY_CANDIDATES, KEY_SAMPLE = 4, 8, 50_000
LONGEST_WHOLE = 18
DAYS: dict[str, str] = {
    "yyyy-MM-dd": "%Y-%m-%d",
    "dd/MM/yyyy": "%d/%m/%Y",
    "dd-MM-yyyy": "%d-%m-%Y",
    "dd.MM.yyyy": "%d.%m.%Y",
    "MM/dd/yyyy": "%m/%d/%Y",
    "yyyy/MM/dd": "%Y/%m/%d",
    "dd MMM yyyy": "%d %b %Y",
    "dd-MMM-yyyy": "%d-%b-%Y",
    "dd/MM/yy": "%d/%m/%y",
}
MOMENTS: dict[str, str] = {
    "yyyy-MM-dd HH:mm:ss": "%Y-%m-%d %H:%M:%S",
    "yyyy-MM-ddTHH:mm:ss": "%Y-%m-%dT%H:%M:%S",
    "dd/MM/yyyy HH:mm": "%d/%m/%Y %H:%M",
    "dd/MM/yyyy HH:mm:ss": "%d/%m/%Y %H:%M:%S",
}
ISO = ("yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss")
YES_AND_NO = ({"true", "false"}, {"yes", "no"}, {"y", "n"})
PERSON = frozenset({"person", "client", "patient", "tenant", "resident"})
NAMED: tuple[tuple[Semantic, frozenset[str], frozenset[str]], ...] = (
    ("nhs_number", frozenset({"nhs"}), frozenset({"number", "no", "num"})),
    ("uprn", frozenset({"uprn"}), frozenset()),
    ("postcode", frozenset({"postcode"}), frozenset()),
    ("person_name", frozenset({"surname", "forename", "forenames", "firstname"}), frozenset()),
    ("person_name", frozenset({"name"}), PERSON | {"first", "last", "given", "family", "full"}),
    ("address", frozenset({"address", "street"}), frozenset()),
    ("source_person_id", PERSON, frozenset({"id", "identifier", "reference", "number"})),
)
CHECKED: dict[Semantic, tuple[Callable[[str], bool], Semantic]] = {
    "nhs_number": (is_nhs_number, "source_person_id"),
    "uprn": (is_uprn, "address"),
    "postcode": (is_postcode, "address"),
}
WHOLE = r"^[+-]?[0-9]+([.]0+)?$"
DECIMAL = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$"
FIRST_YEAR, LAST_YEAR = 1850, 2150


@dataclass(frozen=True)
class Profile:
    """A column as guessed.

    Args:
        name: Name for the store.
        heading: Heading as written.
        type: Likely type.
        format: Date format as ODCS writes it; empty for ISO and for other types.
        also: Another date format that fits as well: day and month may be swapped.
        filled: Filled values.
        distinct: Different values.
        codes: Code list, where there are few values.
        low: Smallest number, or first year of dates.
        high: Largest number.
        semantic: What the values seem to be.
    """

    name: str
    heading: str
    type: ColumnType
    format: str = ""
    also: str = ""
    filled: int = 0
    distinct: int = 0
    codes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    semantic: Semantic = "none"

    @property
    def is_identifier(self) -> bool:
        """Tells directly who someone is."""
        return self.semantic not in {"none", "lsoa", "person_reference"}


def store_name(heading: str, taken: Sequence[str] = ()) -> str:
    """A heading as a column name of the store."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", heading.strip())
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "column"
    name = f"n_{name}" if name[0].isdigit() else name
    name = f"{name}_given" if name in RESERVED else name
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def profiles(headings: Sequence[str], cells: pl.DataFrame) -> list[Profile]:
    """Every column as guessed."""
    found: list[Profile] = []
    for heading, column in zip(headings, cells.columns, strict=True):
        name = store_name(heading, [profile.name for profile in found])
        found.append(profile(name, heading, cells[column]))
    return found


def profile(name: str, heading: str, values: pl.Series) -> Profile:
    """One column as guessed from its text."""
    filled = values.drop_nulls()
    distinct = filled.unique()
    kind, format_, also = _type(name, distinct)
    semantic = _semantic(name, kind, distinct)
    if semantic not in {"none", "date_of_birth"}:
        kind = "string"
    low, high = _range(kind, format_, distinct) if semantic == "none" else (None, None)
    codes: tuple[str, ...] = ()
    few = distinct.len() <= min(MOST_CODES, CODES_SHARE * max(filled.len(), 1))
    if kind == "string" and few and semantic == "none":
        codes = tuple(sorted(distinct.to_list()))
    return Profile(
        name=name,
        heading=heading,
        type=kind,
        format="" if format_ in ISO else format_,
        also=also,
        filled=filled.len(),
        distinct=distinct.len(),
        codes=codes,
        low=low,
        high=high,
        semantic=semantic,
    )


def _type(name: str, distinct: pl.Series) -> tuple[ColumnType, str, str]:
    """Type, date format, and a second date format that fits as well."""
    if distinct.is_empty():
        return "string", "", ""
    lower = set(distinct.head(MOST_CODES).str.to_lowercase().to_list())
    if any(lower <= pair for pair in YES_AND_NO):
        return "boolean", "", ""
    number = _number(name, distinct)
    return (number, "", "") if number else _moment(distinct)


def _moment(distinct: pl.Series) -> tuple[ColumnType, str, str]:
    days = [format_ for format_, pattern in DAYS.items() if _all_dates(distinct, pattern)]
    if days:
        return "date", days[0], days[1] if len(days) > 1 else ""
    moments = [format_ for format_, pattern in MOMENTS.items() if _all_moments(distinct, pattern)]
    if moments:
        midnight = distinct.str.contains(r"00:00(:00)?(\.0+)?$").all() and moments[0] in ISO
        return ("date" if midnight else "timestamp"), moments[0], ""
    return "string", "", ""


def _number(name: str, distinct: pl.Series) -> ColumnType | None:
    """Whole or other number; a leading zero or a very long row of digits makes a code."""
    coded = distinct.str.contains(r"^[+-]?0[0-9]").any() or "phone" in name
    longest = distinct.str.len_chars().max()
    too_long = isinstance(longest, int) and longest > LONGEST_WHOLE
    if distinct.str.contains(WHOLE).all():
        return None if coded or too_long else "integer"
    return "number" if not coded and distinct.str.contains(DECIMAL).all() else None


def _all_dates(distinct: pl.Series, pattern: str) -> bool:
    years = distinct.str.to_date(pattern, strict=False).dt.year()
    return bool(years.is_between(FIRST_YEAR, LAST_YEAR).fill_null(value=False).all())


def _all_moments(distinct: pl.Series, pattern: str) -> bool:
    plain = distinct.str.replace(r"\.0+$", "")
    years = plain.str.to_datetime(pattern, strict=False, time_unit="us").dt.year()
    return bool(years.is_between(FIRST_YEAR, LAST_YEAR).fill_null(value=False).all())


def _semantic(name: str, kind: ColumnType, distinct: pl.Series) -> Semantic:
    words = set(name.split("_"))
    judged = [str(value) for value in distinct.head(JUDGED_VALUES).to_list()]
    by_value = _semantic_by_value(words, judged) if kind in {"string", "integer"} else "none"
    if by_value != "none":
        return by_value
    if kind == "date" and words & {"birth", "dob", "born"}:
        return "date_of_birth"
    by_name = _semantic_by_name(words)
    if by_name in CHECKED:
        holds, otherwise = CHECKED[by_name]
        return by_name if _most(judged, holds, HALF) else otherwise
    return by_name if kind == "string" else "none"


def _semantic_by_value(words: set[str], judged: list[str]) -> Semantic:
    if not judged:
        return "none"
    if _most(judged, is_nhs_number) and (len(judged) > 1 or "nhs" in words):
        return "nhs_number"
    if _most(judged, is_postcode):
        return "postcode"
    if _most(judged, is_lsoa) and _most(judged, lambda code: code[1:3] == "01"):
        return "lsoa"
    return "none"


def _semantic_by_name(words: set[str]) -> Semantic:
    for semantic, marks, others in NAMED:
        if words & marks and (not others or words & others):
            return semantic
    return "none"


def _most(values: Sequence[str], holds: Callable[[str], bool], share: float = MOST) -> bool:
    return sum(map(holds, values)) >= share * len(values)


def _range(
    kind: ColumnType, format_: str, distinct: pl.Series
) -> tuple[float | None, float | None]:
    import polars as pl

    if kind in {"integer", "number"}:
        numbers = distinct.cast(pl.Float64, strict=False)
        low, high = numbers.min(), numbers.max()
        return float(low), float(high)  # type: ignore[arg-type]
    if kind == "date":
        pattern = DAYS.get(format_) or MOMENTS[format_]
        moments = distinct.str.replace(r"\.0+$", "")
        days = (
            moments.str.to_date(pattern, strict=False)
            if format_ in DAYS
            else moments.str.to_datetime(pattern, strict=False, time_unit="us").dt.date()
        )
        first = days.dt.year().min()
        return float(first), None  # type: ignore[arg-type]
    return None, None


def likely_key(found: Sequence[Profile], cells: pl.DataFrame) -> tuple[str, ...]:
    """The fewest columns that together name every row; empty where none do.

    Numbers that measure are no part of a key. A gap counts as a value.
    """
    columns = dict(zip((profile.name for profile in found), cells.columns, strict=True))
    may = [
        p.name for p in found if p.type != "number" and p.semantic not in {"person_name", "address"}
    ]
    for name in sorted(may, key=lambda n: not re.search(r"(^|_)(id|reference|ref|key|code)$", n)):
        values = cells[columns[name]]
        if values.null_count() == 0 and values.n_unique() == cells.height and cells.height > 1:
            return (name,)
    by_name = {p.name: p for p in found}
    dims = [n for n in may if 1 < by_name[n].distinct < cells.height and not _measures(by_name[n])]
    sample = cells.head(KEY_SAMPLE)
    for size in range(2, KEY_COLUMNS + 1):
        for names in combinations(dims[:KEY_CANDIDATES], size):
            part = [columns[name] for name in names]
            if sample.select(part).n_unique() < sample.height:
                continue
            if cells.select(part).n_unique() == cells.height:
                return names
    return ()


def _measures(profile: Profile) -> bool:
    """A whole number of many values, under a name that is no code's: a count, not a key."""
    if profile.type != "integer":
        return False
    coded = re.search(
        r"(^|_)(id|reference|ref|key|code|year|month|week|day|age|no|number)$", profile.name
    )
    return coded is None
