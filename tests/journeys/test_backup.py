"""Backup and restore by commands: what comes back is what was there."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from forethought.__main__ import main
from forethought.workspace import open_workspace


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["forethought", *words])
    with pytest.raises(SystemExit) as done:
        main()
    assert isinstance(done.value.code, int)
    return done.value.code


def test_a_lost_store_comes_back_from_its_backup(
    demo_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETHOUGHT_WORKSPACE", str(demo_copy))
    archive = tmp_path / "county.backup"
    before = open_workspace(demo_copy, person="sam.okoro").receipt("demand")
    assert run(monkeypatch, "backup", str(archive), "--as", "joe.pell") == 0
    shutil.rmtree(demo_copy / "store")
    assert run(monkeypatch, "show", "demand", "--as", "sam.okoro") == 16
    assert run(monkeypatch, "restore", str(archive)) == 0
    after = open_workspace(demo_copy, person="sam.okoro").receipt("demand")
    assert after == before
    assert run(monkeypatch, "audit", "verify", "--as", "ines.caldwell") == 0
    assert run(monkeypatch, "upgrade") == 0


def test_a_store_is_not_restored_over_another(
    demo_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETHOUGHT_WORKSPACE", str(demo_copy))
    archive = tmp_path / "county.backup"
    assert run(monkeypatch, "backup", str(archive), "--as", "joe.pell") == 0
    assert run(monkeypatch, "restore", str(archive)) == 16
