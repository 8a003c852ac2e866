"""The views that a workspace hands to pages: frozen, and text that is ready to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from forethought.insights.blocks import Block, Figure

Room = Literal["plan", "prioritise", "predict"]
Size = Literal["wide", "medium", "narrow"]
State = Literal["none", "ready", "running", "failed", "not_permitted"]
Choices = Mapping[str, str]
"""Answers of an insight's form by name; empty is the default view."""


@dataclass(frozen=True)
class Target:
    """Something that has a page of its own; the web gives the address.

    `name` is an insight's id, a run's id, a dataset's name, a room; empty for pages of one kind.
    """

    kind: Literal["home", "room", "insight", "run", "dataset", "catalogue", "trust", "audit"]
    name: str = ""


@dataclass(frozen=True)
class Span:
    """A piece of a line, a link where it has a target. `**bold**` marks short phrases."""

    text: str
    target: Target | None = None


Line = tuple[Span, ...]


@dataclass(frozen=True)
class Row:
    """One row of a summary: what it is, what is so."""

    label: str
    value: Line


@dataclass(frozen=True)
class PlaceView:
    """The county and council of this workspace; `contact` is the analytics team's address."""

    county: str
    council: str
    synthetic: bool
    contact: str = ""


@dataclass(frozen=True)
class PersonView:
    """A signed-in person as the header names them; `role` in words ("service manager")."""

    username: str
    name: str
    role: str


@dataclass(frozen=True)
class StateBox:
    """Why there is nothing to show: what happened, why, and the next step.

    `stopped` marks what needs a person (failed, not permitted); otherwise it only waits.
    """

    title: str
    why: str
    next_step: Line
    stopped: bool = False


@dataclass(frozen=True)
class HomeFigure:
    """One answer of a home page, and the insight and run it comes from."""

    figure: Figure
    insight_id: str
    run_id: str


@dataclass(frozen=True)
class Decision:
    """Something that waits for the person: title, two lines, day, and with whom."""

    title: str
    target: Target
    why: str
    due: str
    beside: str


@dataclass(frozen=True)
class Change:
    """Something that happened since the last visit."""

    on: str
    line: Line


@dataclass(frozen=True)
class HomeView:
    """A home page: date, answer, signals, decisions, answers, what changed. Nothing else.

    `signals` are the month's causes for the role, `signals_words` how many there are.
    """

    date_text: str
    heading: str
    answer: str
    provenance: tuple[Line, ...] = ()
    decisions: tuple[Decision, ...] = ()
    figures: tuple[HomeFigure, ...] = ()
    changes_heading: str = "What changed"
    changes: tuple[Change, ...] = ()
    signals: tuple[Decision, ...] = ()
    signals_words: str = ""


@dataclass(frozen=True)
class InsightEntry:
    """An insight in a room's list; `headline` is its last answer, or why it has none."""

    id: str
    title: str
    question: str
    headline: str
    state: State


@dataclass(frozen=True)
class Download:
    """A file that a page offers: its name in words, its format (`csv`), its size in words."""

    name: str
    format: str
    size: str = ""


@dataclass(frozen=True)
class Refining:
    """Blocks that are worked out in more detail after the page is shown.

    Args:
        names: Charts (without the number of their step) and tables that get better.
        step: The step that the page shows; 0 for the run's own.
        state: `working`, `done`, or `stopped` (what is shown stands).
    """

    names: tuple[str, ...]
    step: int
    state: Literal["working", "done", "stopped"]


@dataclass(frozen=True)
class InsightPage:
    """One insight as one person sees it.

    Args:
        id: The insight's id.
        title: Caption over the question.
        question: The heading.
        room: The menu it stands in.
        state: `ready` shows blocks; `failed` shows the box over the last good run's blocks.
        box: Why there is nothing (or nothing newer) to show.
        run_id: Run that the blocks come from; empty without one.
        run_label: The run as people name it.
        data_to: Last day that the data covers, in words.
        quality: Overall quality of the data read, 0-100.
        quality_target: Where that quality is explained.
        next_run: When it is due again, in words.
        blocks: What the run publishes for this view.
        made: Rows of "How was this made?" besides the Method block: data with versions.
        downloads: Files of this view.
        view: The choices that the blocks show.
        refining: Which blocks get better, and how far that has come; None where none do.
    """

    id: str
    title: str
    question: str
    room: Room
    state: State
    box: StateBox | None = None
    run_id: str = ""
    run_label: str = ""
    data_to: str = ""
    quality: int | None = None
    quality_target: Target | None = None
    next_run: str = ""
    blocks: tuple[Block, ...] = ()
    made: tuple[Row, ...] = ()
    downloads: tuple[Download, ...] = ()
    view: Choices = field(default_factory=dict)
    refining: Refining | None = None


@dataclass(frozen=True)
class DataRead:
    """One dataset that a run read, as its receipt lists it."""

    dataset: str
    title: str
    version: str
    partner: str
    rows: str
    set_aside: str
    quality: str
    allowed_by: str


@dataclass(frozen=True)
class CheckMade:
    """One check of a run: what was asked, what was found."""

    name: str
    asked: str
    found: str
    passed: bool


@dataclass(frozen=True)
class SettingView:
    """One setting of a run: its name, its value, what it means."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class ReceiptView:
    """How a run was made; `raw` is the receipt itself as JSON values.

    `people` are the rows of "The question and the people", `method` those of "The method".
    """

    run_id: str
    run_label: str
    insight_id: str
    title: str
    answer: str
    people: tuple[Row, ...]
    method: tuple[Row, ...]
    data: tuple[DataRead, ...]
    checks: tuple[CheckMade, ...]
    raw: Mapping[str, Any]
    settings: tuple[SettingView, ...] = ()


@dataclass(frozen=True)
class DatasetEntry:
    """A dataset in the catalogue; `quality` is "96" or "none yet"."""

    name: str
    title: str
    partner: str
    owner: str
    version: str
    data_to: str
    quality: str


@dataclass(frozen=True)
class DimensionScore:
    """One dimension of quality, 0-100; `low` where it needs attention; `trend` in words."""

    name: str
    score: int
    low: bool = False
    trend: str = ""


@dataclass(frozen=True)
class VersionView:
    """One version of a dataset."""

    number: str
    received: str
    rows: str
    set_aside: str
    quality: str


@dataclass(frozen=True)
class RuleCount:
    """How many rows one rule set aside, or only counted, in the newest version."""

    rule: str
    description: str
    dimension: str
    effect: str
    rows: str


@dataclass(frozen=True)
class DatasetView:
    """A dataset's page; `about` are its rows (owner, steward, purposes, lawful basis, ...)."""

    name: str
    title: str
    description: str
    about: tuple[Row, ...]
    version: str = ""
    quality: int | None = None
    dimensions: tuple[DimensionScore, ...] = ()
    worst_rule: str = ""
    meaning: str = ""
    versions: tuple[VersionView, ...] = ()
    set_aside: tuple[RuleCount, ...] = ()
    trend: str = ""
    box: StateBox | None = None


@dataclass(frozen=True)
class AgreementView:
    """An agreement, a record of processing or an open licence."""

    id: str
    title: str
    kind: str
    partner: str
    datasets: Line
    purposes: str
    lawful_basis: str
    until: str
    live: bool
    state: str


@dataclass(frozen=True)
class AuditEntry:
    """One recorded decision."""

    number: str
    at: str
    who: str
    what: str
    why: str
    allowed: bool


@dataclass(frozen=True)
class AuditPage:
    """One page of the audit chain, newest first, and whether the chain holds, in a sentence."""

    entries: tuple[AuditEntry, ...]
    chain: str
    intact: bool
    page: int
    pages: int


@dataclass(frozen=True)
class PublicUse:
    """A use of data about residents, in plain English, for everybody to read."""

    data: str
    partner: str
    purpose: str
    lawful_basis: str
    kept_for: str


@dataclass(frozen=True)
class Export:
    """A file to send."""

    filename: str
    media_type: str
    content: bytes
