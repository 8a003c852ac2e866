"""The slow, obvious check: one row and one rule at a time, in plain Python.

It shares no code with the DuckDB pass that it judges.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

Row = dict[str, str | None]

ORACLE_CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: visits
version: 1.0.0
status: active
description: {purpose: Judge the checks}
team: {members: [{username: elin.marsh, role: owner}, {username: joe.pell, role: steward}]}
schema:
  - name: visits
    properties:
      - {name: place, logicalType: string, logicalTypeOptions: {pattern: "[A-Z]{2}[0-9]"}}
      - {name: number, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 50}}
      - {name: cost, logicalType: number, logicalTypeOptions: {minimum: 0}}
      - {name: opened, logicalType: date}
      - {name: closed, logicalType: date}
      - {name: kind, logicalType: string, required: true, enum: [{value: A}, {value: B}]}
      - {name: urgent, logicalType: boolean}
      - name: nhs_number
        logicalType: string
        customProperties:
          - {property: forethought, value: {semantic: nhs_number, severity: warning}}
    quality:
      - {id: closes_after_opening, type: sql, query: "closed >= opened"}
      - {id: urgent_has_cost, type: sql, query: "NOT (urgent AND cost IS NULL)"}
slaProperties: [{property: retention, value: 8, unit: y}]
customProperties:
  - property: forethought
    value:
      partner: saltmarshire
      key: [place, number]
      sensitivity: 4
      minimum_count: 10
      purposes: [{id: plan-services, name: Planning, article6: public_task}]
"""


def failed_rules(rows: list[Row]) -> list[set[str]]:
    """Rules that each row fails, warnings included."""
    typed = [{name: value_of(name, text) for name, text in row.items()} for row in rows]
    keys = Counter((row["place"], row["number"]) for row in typed)
    return [_failed(given, row, keys) for given, row in zip(rows, typed, strict=True)]


def _failed(given: Row, row: dict[str, Any], keys: Counter[Any]) -> set[str]:
    failed = {f"{name}_type" for name in TYPED if given[name] is not None and row[name] is None}
    unreadable = {name for name in TYPED if f"{name}_type" in failed}
    failed |= {f"{name}_required" for name in ("place", "number", "kind") if given[name] is None}
    place, number, cost = row["place"], row["number"], row["cost"]
    if place is not None and not re.fullmatch(r"[A-Z]{2}[0-9]", place):
        failed.add("place_pattern")
    if number is not None and not 0 <= number <= 50:
        failed.add("number_range")
    if cost is not None and cost < 0:
        failed.add("cost_range")
    if row["kind"] is not None and row["kind"] not in {"A", "B"}:
        failed.add("kind_codes")
    if row["opened"] and row["closed"] and row["closed"] < row["opened"]:
        failed.add("closes_after_opening")
    if row["urgent"] and cost is None and "cost" not in unreadable:
        failed.add("urgent_has_cost")
    if row["nhs_number"] is not None and not _is_nhs_number(row["nhs_number"]):
        failed.add("nhs_number_is_nhs_number")
    if place is not None and number is not None and keys[place, number] > 1:
        failed.add("key_unique")
    return failed


TYPED = ("number", "cost", "opened", "closed", "urgent")
WARNINGS = {"nhs_number_is_nhs_number"}


def value_of(name: str, text: str | None) -> Any:
    """A text as the contract's type; None where it is missing or cannot be read."""
    return None if text is None else READ.get(name, str)(text)


def _whole(text: str) -> int | None:
    return int(float(text)) if re.fullmatch(r"[+-]?[0-9]{1,19}(\.0+)?", text) else None


def _number(text: str) -> float | None:
    number = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
    return float(text) if re.fullmatch(number, text) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _digits(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


READ: dict[str, Callable[[str], Any]] = {
    "number": _whole,
    "cost": _number,
    "opened": _day,
    "closed": _day,
    "urgent": {"yes": True, "no": False}.get,
    "nhs_number": _digits,
}


def _is_nhs_number(digits: str) -> bool:
    if not re.fullmatch(r"[0-9]{10}", digits) or len(set(digits)) == 1:
        return False
    total = sum((10 - position) * int(digit) for position, digit in enumerate(digits[:9]))
    check = (11 - total % 11) % 11
    return check == int(digits[9])
