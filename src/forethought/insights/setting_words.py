"""The settings of a run in words: what each is called, what it is set to, what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from forethought.results import words

_UNITS = {"days": "day", "weeks": "week", "months": "month", "years": "year", "hours": "hour"}
_LAST = re.compile(r"_(gbp|pct|share|days|weeks|months|years|hours)$")
_FIRST = re.compile(r"^(days|weeks|months|years|hours)_")


@dataclass(frozen=True)
class Setting:
    """One setting: "Years ahead", "3 years", "Whole financial years to forecast"."""

    label: str
    value: str
    meaning: str


def settings_in_words(
    settings: BaseModel, names: Mapping[str, str] | None = None
) -> tuple[Setting, ...]:
    """Every setting with its value, those left as the kind has them too.

    A unit is taken from a name's end (`_gbp`, `_pct`, `_share`, `_days`, ...) or start (`years_`).
    Of a list of groups each stands in a row of its own.

    Args:
        settings: The settings of a specification.
        names: What identifiers are called, by identifier: datasets by their titles.
    """
    return tuple(_rows(settings, names or {}))


def _rows(settings: BaseModel, names: Mapping[str, str]) -> Iterable[Setting]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        label = _label(name, field)
        meaning = field.description or ""
        if isinstance(value, tuple | list) and value and isinstance(value[0], BaseModel):
            for n, item in enumerate(value, start=1):
                which = f"{label}, {n} of {len(value)}" if len(value) > 1 else label
                yield Setting(which, value_in_words(name, item, names), meaning)
        else:
            yield Setting(label, value_in_words(name, value, names), meaning)


def _label(name: str, field: FieldInfo) -> str:
    if field.title:
        return field.title
    said = _LAST.sub("", name).replace("_", " ")
    return said[:1].upper() + said[1:]


def value_in_words(name: str, value: Any, names: Mapping[str, str]) -> str:
    """A value as a page says it; `name` gives its unit."""
    if value is None or value in ("", (), [], {}):
        said = words.NONE
    elif isinstance(value, bool):
        said = "yes" if value else "no"
    elif isinstance(value, date):
        said = words.day_words(value)
    elif isinstance(value, int | float):
        said = _number(name, value)
    elif isinstance(value, BaseModel):
        said = _group(value, names)
    elif isinstance(value, Mapping):
        pairs = ((str(key), item) for key, item in value.items())
        said = "; ".join(
            f"{key.replace('_', ' ')}: {value_in_words(name, item, names)}" for key, item in pairs
        )
    elif isinstance(value, tuple | list | set | frozenset):
        said = words.listed([value_in_words(name, item, names) for item in value])
    else:
        said = _text(str(value), names)
    return said


def _group(value: BaseModel, names: Mapping[str, str]) -> str:
    """The parts of a group that are set, in one line."""
    parts = []
    for name, field in type(value).model_fields.items():
        said = value_in_words(name, getattr(value, name), names)
        if said != words.NONE:
            label = _label(name, field)
            parts.append(f"{label[:1].lower()}{label[1:]}: {said}")
    return "; ".join(parts) or words.NONE


def _number(name: str, value: float) -> str:
    found = _LAST.search(name) or _FIRST.search(name)
    unit = found[1] if found else ""
    if unit == "gbp":
        return words.pounds(value, 1) if float(value).is_integer() else _pence(value)
    if unit == "pct":
        return f"{_plain(value)}%"
    if unit == "share":
        return f"{_plain(value * 100)}%"
    said = _plain(value)
    if unit in _UNITS:
        return f"{said} {_UNITS[unit] if value == 1 else unit}"
    return said


def _pence(value: float) -> str:
    sign = words.MINUS if value < 0 else ""
    return f"{sign}£{words.decimal(abs(value), 2)}"


def _plain(value: float) -> str:
    """A number with its thousands marked and without rounding."""
    text = f"{abs(round(value, 10)):,.10f}".rstrip("0").rstrip(".")
    return f"{words.MINUS}{text}" if value < 0 else text


def _text(value: str, names: Mapping[str, str]) -> str:
    """A name for an identifier; otherwise the text, an identifier's underscores as spaces."""
    if value in names:
        return names[value]
    return value.replace("_", " ") if re.fullmatch(r"[a-z0-9_]+", value) else value
