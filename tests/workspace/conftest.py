"""The demonstration with an insight that reads what several partners deliver."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

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
