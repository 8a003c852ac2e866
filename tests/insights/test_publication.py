from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from forethought.errors import NotFound
from forethought.insights import publication
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
