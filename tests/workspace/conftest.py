"""The demonstration with an insight that reads what several partners deliver."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from forethought.__main__ import main
from forethought.insights import registry

TODAY = re.compile(r"^today = \S+", re.MULTILINE)
SPEC = """\
version: 1
id: tenancies
kind: tenancies
title: Tenancies
question: How many tenancies are there?
purpose: plan-services
owner: priya.nair
review_by: 2028-03-31
audience: [analyst]
"""


@pytest.fixture
def county(demo_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demonstration, with an insight over the districts' tenancies."""
    entry = EntryPoint("tenancies", "tests.workspace.tenancies:Tenancies", registry.GROUP)
    entries = {**registry._entries(), "tenancies": entry}
    monkeypatch.setattr(registry, "_entries", lambda: entries)
    (demo_copy / "insights" / "tenancies.yaml").write_text(SPEC)
    return demo_copy


@pytest.fixture
def on_day() -> Callable[[Path, str], None]:
    """Turns a workspace's calendar to a day."""

    def turn(folder: Path, day: str) -> None:
        settings = folder / "forethought.toml"
        text, count = TODAY.subn(f"today = {day}", settings.read_text())
        assert count == 1
        settings.write_text(text)

    return turn


@pytest.fixture
def typed(
    demo_copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Types a command over a copy of the demonstration: exit code, stdout, stderr."""
    monkeypatch.setenv("FORETHOUGHT_WORKSPACE", str(demo_copy))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["forethought", *words])
        with pytest.raises(SystemExit) as done:
            main()
        out, err = capsys.readouterr()
        assert isinstance(done.value.code, int)
        return done.value.code, out, err

    return run
