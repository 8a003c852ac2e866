"""Runs on disk: whole or not at all, never changed after."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from forethought.data.runs import RunFiles, Runs
from forethought.errors import NotFound


def files(text: str = "first") -> RunFiles:
    return RunFiles({"receipt": {"text": text}}, {"t": pl.DataFrame({"a": [1]})}, {"c": "<svg/>"})


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs.write("demand", "demand-2610-aa", files())
    assert runs.document("demand", "demand-2610-aa", "receipt") == {"text": "first"}
    assert runs.drawing("demand", "demand-2610-aa", "c") == b"<svg/>"
    assert runs.tables("demand", "demand-2610-aa")["t"]["a"].to_list() == [1]
    assert runs.insight_of("demand-2610-aa") == "demand"


def test_a_run_never_changes(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    runs.write("demand", "demand-2610-aa", files())
    runs.write("demand", "demand-2610-aa", files("second"))
    assert runs.document("demand", "demand-2610-aa", "receipt") == {"text": "first"}


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    bad = RunFiles({"receipt": {}}, {"../up": pl.DataFrame({"a": [1]})}, {})
    with pytest.raises(NotFound):
        runs.write("demand", "demand-2610-bb", bad)
    assert not runs.exists("demand", "demand-2610-bb")
    assert list((tmp_path / "demand").iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "A b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        Runs(tmp_path).drawing("demand", name, "c")
