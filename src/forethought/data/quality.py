"""Quality of a checked dataset: a score for each dimension, and the worst critical rule in words.

A score is a weighted pass rate from 0 to 100: rules on critical columns (declared critical, or
part of the key) count three times. The overall score is the mean of the dimensions that have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forethought.data.contracts import DIMENSIONS, Contract, Rule

CRITICAL_WEIGHT = 3
NOTHING_FAILS = "No critical rule fails."


@dataclass(frozen=True)
class Quality:
    """How good a dataset is.

    Args:
        scores: Score 0-100 by dimension; a dimension that nothing measures is absent.
        overall: Mean of the scores; 0 where nothing is measured.
        worst_critical: The critical rule that most rows fail, in words.
        rows: Rows checked.
    """

    scores: Mapping[str, float]
    overall: float
    worst_critical: str
    rows: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "scores": dict(self.scores),
            "overall": self.overall,
            "worst_critical": self.worst_critical,
            "rows": self.rows,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Quality:
        """From what `as_dict` gave."""
        return cls(dict(value["scores"]), value["overall"], value["worst_critical"], value["rows"])


def quality_of(
    contract: Contract,
    *,
    rows: int,
    failing: Mapping[str, int],
    filled: Mapping[str, int],
    newest: date | None,
    as_of: date,
) -> Quality:
    """Score a checked dataset.

    Args:
        contract: Its contract.
        rows: Rows checked.
        failing: Failing rows by rule id; a rule that could not be evaluated is absent.
        filled: Filled values by column, of required and critical columns.
        newest: Newest date in the timeliness column.
        as_of: Day of the check.
    """
    if rows == 0:
        return Quality({}, 0.0, "There are no rows.", 0)
    scores: dict[str, float] = {}
    for dimension in DIMENSIONS:
        parts = [
            (_weight(contract, rule), 1 - failing[rule.id] / rows)
            for rule in contract.rules
            if rule.dimension == dimension and rule.id in failing and rule.kind != "required"
        ]
        if dimension == "completeness":
            critical = contract.is_critical
            parts += [
                (CRITICAL_WEIGHT if critical[name] else 1, count / rows)
                for name, count in filled.items()
            ]
        if dimension == "timeliness" and contract.timeliness_column:
            parts.append((CRITICAL_WEIGHT, _freshness(contract, newest, as_of)))
        if parts:
            total = sum(weight for weight, _ in parts)
            scores[dimension] = round(100 * sum(w * share for w, share in parts) / total, 2)
    overall = round(sum(scores.values()) / len(scores), 2) if scores else 0.0
    return Quality(scores, overall, _worst_critical(contract, rows, failing, filled), rows)


def _weight(contract: Contract, rule: Rule) -> int:
    critical = contract.is_critical
    return CRITICAL_WEIGHT if any(critical[name] for name in rule.columns) else 1


def _freshness(contract: Contract, newest: date | None, as_of: date) -> float:
    """1 while the newest row is young enough, then promised age over real age."""
    if newest is None:
        return 0.0
    age = (as_of - newest).days
    return min(1.0, contract.timeliness_days / age) if age > 0 else 1.0


def _worst_critical(
    contract: Contract, rows: int, failing: Mapping[str, int], filled: Mapping[str, int]
) -> str:
    counts = {
        rule.description.rstrip("."): failing[rule.id]
        for rule in contract.rules
        if rule.id in failing and _weight(contract, rule) > 1
    }
    counts |= {
        f"{contract.column(name).heading} is filled in": rows - count
        for name, count in filled.items()
        if contract.is_critical[name]
    }
    words, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    if count == 0:
        return NOTHING_FAILS
    return f'"{words}" fails in {count:,} of {rows:,} rows ({share_words(count, rows)}).'


def share_words(count: int, rows: int) -> str:
    """A share as a percentage, never 0% for some nor 100% for not all."""
    percent = 100 * count / rows
    if 0 < percent < 0.1:  # noqa: PLR2004
        return "under 0.1%"
    if 99.9 < percent < 100:  # noqa: PLR2004
        return "over 99.9%"
    return f"{percent:.1f}%"
