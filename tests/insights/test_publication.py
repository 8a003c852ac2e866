from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from forethought.errors import NotFound
from forethought.insights import publication
from forethought.insights.programme import Programme
from forethought.insights.publication import _drawn


def drawn_with(monkeypatch: pytest.MonkeyPatch, code: str) -> Any:
    """Draw a run whose result lacks what today's page reads."""

    def failing(*_: object) -> None:
        raise KeyError("a table that came later")

    monkeypatch.setattr(publication, "_drawn_now", failing)
    monkeypatch.setattr(publication, "kind_of", lambda _: None)
    monkeypatch.setattr(publication, "code_of", lambda _: "today")
    receipt = SimpleNamespace(code_hash=code, kind="demand", run_id="demand-1", insight="demand")
    return _drawn(SimpleNamespace(), receipt, {})  # type: ignore[arg-type]


def test_a_view_of_an_earlier_versions_run_says_to_run_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotFound, match="earlier version") as caught:
        drawn_with(monkeypatch, "yesterday")
    assert "forethought run demand" in str(caught.value.remedy)


def test_a_fault_of_todays_code_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError):
        drawn_with(monkeypatch, "today")


class _Store:
    """Runs of an insight in memory, as `Programme` asks for them."""

    def __init__(self, runs: dict[str, tuple[str, dict[str, pl.DataFrame]]]) -> None:
        self._runs = runs

    def ids(self, _: str) -> list[str]:
        return list(self._runs)

    def insight_of(self, _: str) -> str:
        return "budget"

    def tables(self, _: str, run_id: str, names: tuple[str, ...]) -> dict[str, pl.DataFrame]:
        return {name: t for name, t in self._runs[run_id][1].items() if name in names}


def test_a_page_remembers_the_runs_that_knew_less_may_be_shown_and_have_their_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = {"outturn": pl.DataFrame({"x": [1]}), "months": pl.DataFrame({"x": [2]})}
    runs = {
        "now": ("2026-10-31", one), "older": ("2026-08-31", one), "old": ("2026-07-31", one),
        "lacks": ("2026-06-30", {"outturn": one["outturn"]}), "barred": ("2026-05-31", one),
    }  # fmt: skip
    receipts = {
        name: SimpleNamespace(
            run_id=name, insight="budget", as_of=day, made_at=f"{day}T09:00", settings={}
        )
        for name, (day, _) in runs.items()
    }
    given: dict[str, Any] = {
        "store": None, "runs": _Store(runs), "specs": {}, "contracts": {}, "place": "",
        "today": date(2026, 11, 1), "geometry": dict, "now": None, "audited": None,
        "shown": lambda receipt: receipt.run_id != "barred",
    }  # fmt: skip
    programme = Programme(**given)
    monkeypatch.setattr(Programme, "receipt", lambda _, run_id: receipts[run_id])
    found = programme.remembered(receipts["now"], ("outturn", "months"))  # type: ignore[arg-type]
    assert [each.run_id for each in found] == ["old", "older"]
    assert found[0].as_of == date(2026, 7, 31)
    assert [r.run_id for r in programme.earlier(receipts["now"])] == ["lacks", "old", "older"]  # type: ignore[arg-type]
