"""Make a run: read through the gate, compute, check, publish, write the receipt.

The same question twice is a look-up; new data makes stale only what reads it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING

from forethought.data.runs import RunFiles
from forethought.errors import DisclosureError
from forethought.insights.base import Result
from forethought.insights.blocks import Block
from forethought.insights.programme import Programme, spec_of
from forethought.insights.publication import SMALL_NUMBERS, detach, small_number_check
from forethought.insights.question import code_of, identity, missing_data, upstream_runs
from forethought.insights.reading import read_data
from forethought.insights.receipt import (
    Receipt,
    instant,
    run_label,
    run_name,
)
from forethought.insights.registry import kind_of
from forethought.insights.specs import in_order, upstream_of

if TYPE_CHECKING:
    import polars as pl

FRAME_DIGITS = 9


@dataclass(frozen=True)
class RunOutcome:
    """A run and whether this call made it (`made`) or found it (`found`)."""

    receipt: Receipt
    status: str


@dataclass(frozen=True)
class Verified:
    """What recomputing a run found.

    Args:
        run_id: The run.
        same: Whether every table is the same.
        differing: Tables that differ.
        notes: What a difference may come from.
        erased: Whether rows that the run read were erased since.
    """

    run_id: str
    same: bool
    differing: tuple[str, ...]
    notes: tuple[str, ...]
    erased: bool = False


def run(
    programme: Programme,
    insight: str,
    *,
    person: str,
    as_of: date | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> RunOutcome:
    """Make a run of an insight, or find the one that was made of the same question.

    Args:
        programme: The workspace's insight programme.
        insight: Id of the insight.
        person: Username in whose name data is read.
        as_of: Last day that the run may know of; the last complete month by default.
        progress: Called with the name of each step.

    Raises:
        NotFound: No such insight, or a dataset that it reads was never ingested.
        AccessDenied: The gate refuses a read.
        DisclosureError: A published table would show a small number.
    """
    spec = programme.spec(insight)
    kind = kind_of(spec.kind)
    day = as_of or programme.as_of()
    upstream = upstream_runs(programme, spec, day)
    question = identity(programme, spec, kind, person=person, upstream=upstream, day=day)
    run_id = run_name(insight, day, question)
    if programme.runs.exists(insight, run_id):
        return RunOutcome(programme.receipt(run_id), "found")
    clock = _Steps(progress)
    clock.step("read")
    read = read_data(programme, kind, spec, person=person, run_id=run_id, day=day)
    context = programme.context(spec, day, read.minimum_count, upstream)
    clock.step("compute")
    result = kind.compute(read.frames, spec, context)
    clock.step("publish")
    blocks = kind.publish(result, spec, context, {})
    checks = (*result.checks, small_number_check(blocks, read.minimum_count))
    clock.step("write")
    receipt = Receipt(
        run_id=run_id,
        label=run_label(insight, day, question),
        insight=insight,
        kind=spec.kind,
        title=spec.title,
        question=spec.question,
        purpose=spec.purpose,
        owner=spec.owner,
        review_by=spec.review_by.isoformat(),
        as_of=day.isoformat(),
        seed=spec.seed,
        settings=spec.model_dump(mode="json"),
        code_version=version("forethought"),
        code_hash=code_of(kind),
        made_at=instant(programme.now()),
        made_by=person,
        seconds=clock.total(),
        manifest=programme.store.manifest().number,
        reads=read.reads,
        upstream=upstream,
        checks=checks,
        metrics=dict(result.metrics),
        digests={name: frame_digest(frame) for name, frame in result.tables.items()},
        minimum_count=read.minimum_count,
        seconds_by_step=clock.seconds(),
    )
    _write(programme, receipt, result, blocks)
    return RunOutcome(receipt, "made")


def due(programme: Programme, as_of: date | None = None) -> list[str]:
    """Insights whose newest question has no run yet, upstream first.

    An insight that reads a dataset never ingested is not due.
    """
    day = as_of or programme.as_of()
    stale: list[str] = []
    for insight in in_order(dict(programme.specs)):
        spec = programme.specs[insight]
        kind = kind_of(spec.kind)
        if missing_data(programme, kind, spec):
            continue
        if any(up in stale for up in upstream_of(spec)):
            stale.append(insight)
            continue
        upstream = upstream_runs(programme, spec, day)
        question = identity(
            programme, spec, kind, person=programme.person, upstream=upstream, day=day
        )
        if not programme.runs.exists(insight, run_name(insight, day, question)):
            stale.append(insight)
    return stale


def verify(programme: Programme, run_id: str, *, person: str) -> Verified:
    """Recompute a run from the versions its receipt names, and compare every table.

    Raises:
        NotFound: No such run.
        AccessDenied: The gate refuses a read today.
    """
    receipt = programme.receipt(run_id)
    spec = spec_of(receipt)
    kind = kind_of(spec.kind)
    notes = []
    if receipt.code_hash != code_of(kind):
        notes.append("The code has changed since the run was made.")
    erased = erased_since(programme, receipt)
    if erased:
        notes.append("Rows that the run read were erased since, so other figures are expected.")
    day = date.fromisoformat(receipt.as_of)
    read = read_data(programme, kind, spec, person=person, run_id=run_id, day=day, receipt=receipt)
    context = programme.context(spec, day, receipt.minimum_count, receipt.upstream)
    result = kind.compute(read.frames, spec, context)
    again = {name: frame_digest(frame) for name, frame in result.tables.items()}
    names = sorted(set(again) | set(receipt.digests))
    differing = tuple(name for name in names if again.get(name) != receipt.digests.get(name))
    programme.audited("verify", {"run": run_id, "same": not differing})
    return Verified(run_id, not differing, differing, tuple(notes), erased)


def erased_since(programme: Programme, receipt: Receipt) -> bool:
    """Whether rows that a run read were erased, or ended their keeping, since it was made."""
    versions = {read.dataset: read.version for read in receipt.reads}
    return bool(programme.store.erased_since(versions, manifest=receipt.manifest))


def frame_digest(frame: pl.DataFrame) -> str:
    """Hash of a frame's content, floats to nine significant digits of their scale."""
    import polars as pl

    rounded = frame.with_columns(pl.col(pl.Float32, pl.Float64).round_sig_figs(FRAME_DIGITS))
    content = rounded.write_ndjson()
    return hashlib.sha256(content.encode()).hexdigest()


class _Steps:
    """Names and times the steps of a run."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._started: list[tuple[str, float]] = []

    def step(self, name: str) -> None:
        self._started.append((name, time.perf_counter()))
        self._progress(name)

    def total(self) -> float:
        return round(time.perf_counter() - self._started[0][1], 3)

    def seconds(self) -> dict[str, float]:
        ends = [at for _, at in self._started[1:]] + [time.perf_counter()]
        return {
            name: round(end - at, 3) for (name, at), end in zip(self._started, ends, strict=True)
        }


def _write(programme: Programme, receipt: Receipt, result: Result, blocks: list[Block]) -> None:
    failed = [check for check in receipt.checks if not check.passed]
    if any(check.name == SMALL_NUMBERS for check in failed):
        programme.audited("run refused", {"run": receipt.run_id, "why": "small numbers"})
        raise DisclosureError(
            "The run would publish a small number, so nothing was written.",
            where=next(c.found for c in failed if c.name == SMALL_NUMBERS),
            remedy="Publish a coarser level in the kind's tables.",
        )
    stored, drawings = detach(blocks)
    values = {"values": dict(result.values), "metrics": dict(result.metrics)}
    documents = {"receipt": receipt.as_json(), "values": values, "blocks": stored}
    files = RunFiles(documents, result.tables, drawings)
    programme.audited(
        "run",
        {"run": receipt.run_id, "insight": receipt.insight, "seconds": receipt.seconds},
    )
    programme.runs.write(receipt.insight, receipt.run_id, files)
