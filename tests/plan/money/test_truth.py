from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


def test_a_county_whose_truth_is_known_lies_in_its_budgets_range(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One county of the benchmark `budget-coverage`; it runs hundreds."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    one = import_module("budget_coverage").one
    found = one(seed=3, scale=0.02, paths=200)
    assert found["inside_95"]
    assert abs(found["mean"] / found["actual"] - 1) < 0.2
    assert abs(found["price_error"]) < 0.03
