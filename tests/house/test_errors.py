"""One table from error to exit code and HTTP status; words that help."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from forethought import errors
from forethought.errors import DataError, ForethoughtError, Problem, did_you_mean

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_error_class_stands_in_the_table_of_exit_codes() -> None:
    table = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    documented = {
        (name, int(code), int(status))
        for code, name, status in re.findall(r"\| (\d+) \| `(\w+)` \| (\d+) \|", table)
    }
    defined = {
        (name, cls.exit_code, cls.http_status)
        for name, cls in inspect.getmembers(errors, inspect.isclass)
        if issubclass(cls, ForethoughtError)
    }
    assert documented == defined


def test_an_error_says_what_where_and_what_to_do() -> None:
    error = DataError(
        "212 rows have no start date.",
        where="events.csv",
        remedy="Correct the file and load it again.",
        problems=[Problem("No date.", "row 4,107", "Give one.")],
    )
    assert str(error).splitlines() == [
        "events.csv: 212 rows have no start date. Correct the file and load it again.",
        "  row 4,107: No date. Give one.",
    ]


def test_a_long_list_of_problems_is_cut_and_counted() -> None:
    error = DataError("Many.", problems=[Problem(f"number {i}") for i in range(50)])
    assert "and 30 more" in str(error)
    assert len(error.as_json()["problems"]) == 50  # type: ignore[arg-type]


def test_the_nearest_name_is_suggested() -> None:
    assert did_you_mean("learning_disabilty", ["learning_disability", "older"]) == (
        'Did you mean "learning_disability"?'
    )
    assert did_you_mean("xyz", ["a", "b"]) == "Known: a, b."
