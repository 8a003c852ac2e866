"""Make a run: read through the gate, compute, check, publish, write the receipt.

The same question twice is a look-up; new data makes stale only what reads it.
"""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.data.gate import ReadRequest
from forethought.data.runs import RunFiles
from forethought.errors import DisclosureError, NotFound
from forethought.insights.base import Insight, InsightSpec, Result
from forethought.insights.blocks import Block
from forethought.insights.programme import Programme, spec_of
from forethought.insights.publication import SMALL_NUMBERS, detach, small_number_check
from forethought.insights.receipt import (
    DatasetRead,
    Receipt,
    code_hash,
    instant,
    run_identity,
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
    """What recomputing a run found: the tables that differ, and what stands in the way."""

    run_id: str
    same: bool
    differing: tuple[str, ...]
    notes: tuple[str, ...]


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
    upstream = _upstream_runs(programme, spec, day)
    identity = _identity(programme, spec, kind, upstream, day)
    run_id = run_name(insight, day, identity)
    if programme.runs.exists(insight, run_id):
        return RunOutcome(programme.receipt(run_id), "found")
    clock = _Steps(progress)
    clock.step("read")
    frames, reads, minimum = _read(programme, kind, spec, person, run_id, day)
    context = programme.context(spec, day, minimum, upstream)
    clock.step("compute")
    result = kind.compute(frames, spec, context)
    clock.step("publish")
    blocks = kind.publish(result, spec, context, {})
    checks = (*result.checks, small_number_check(blocks, minimum))
    clock.step("write")
    receipt = Receipt(
        run_id=run_id,
        label=run_label(insight, day, identity),
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
        code_hash=_code_of(kind),
        made_at=instant(programme.now()),
        made_by=person,
        seconds=clock.total(),
        manifest=programme.store.manifest().number,
        reads=reads,
        upstream=upstream,
        checks=checks,
        metrics=dict(result.metrics),
        digests={name: frame_digest(frame) for name, frame in result.tables.items()},
        minimum_count=minimum,
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
        if _missing(programme, kind, spec):
            continue
        if any(up in stale for up in upstream_of(spec)):
            stale.append(insight)
            continue
        upstream = _upstream_runs(programme, spec, day)
        identity = _identity(programme, spec, kind, upstream, day)
        if not programme.runs.exists(insight, run_name(insight, day, identity)):
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
    if receipt.code_hash != _code_of(kind):
        notes.append("The code has changed since the run was made.")
    day = date.fromisoformat(receipt.as_of)
    frames, _, _ = _read(programme, kind, spec, person, run_id, day, receipt=receipt)
    context = programme.context(spec, day, receipt.minimum_count, receipt.upstream)
    result = kind.compute(frames, spec, context)
    again = {name: frame_digest(frame) for name, frame in result.tables.items()}
    names = sorted(set(again) | set(receipt.digests))
    differing = tuple(name for name in names if again.get(name) != receipt.digests.get(name))
    programme.audited("verify", {"run": run_id, "same": not differing})
    return Verified(run_id, not differing, differing, tuple(notes))


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


def _missing(programme: Programme, kind: Insight[Any], spec: InsightSpec) -> list[str]:
    there = programme.store.manifest().datasets
    return [name for name in kind.reads(spec) if name not in there]


def _identity(
    programme: Programme,
    spec: InsightSpec,
    kind: Insight[Any],
    upstream: Mapping[str, str],
    day: date,
) -> str:
    missing = _missing(programme, kind, spec)
    if missing:
        raise NotFound(
            f"Insight {spec.id} reads {', '.join(missing)}, of which there is no data yet.",
            remedy="Load it: forethought ingest.",
        )
    there = programme.store.manifest().datasets
    return run_identity(
        spec=spec.model_dump(mode="json"),
        versions={name: there[name].version for name in kind.reads(spec)},
        fingerprints={name: there[name].contract_fingerprint for name in kind.reads(spec)},
        upstream=upstream,
        as_of=day,
        code=_code_of(kind),
    )


def _code_of(kind: Insight[Any]) -> str:
    own = code_hash()
    module = inspect.getmodule(type(kind))
    if module is None or module.__name__.startswith("forethought."):
        return own
    source = Path(str(module.__file__)).read_bytes()
    return hashlib.sha256(own.encode() + source).hexdigest()


def _upstream_runs(programme: Programme, spec: InsightSpec, day: date) -> dict[str, str]:
    found = {}
    for name in upstream_of(spec):
        receipt = programme.latest(name)
        if receipt is None or receipt.as_of != day.isoformat():
            raise NotFound(
                f"Insight {spec.id} follows {name}, which has no run for {day.isoformat()}.",
                remedy=f"Make it first: forethought run {name}, or forethought run --due.",
            )
        found[name] = receipt.run_id
    return found


def _read(
    programme: Programme,
    kind: Insight[Any],
    spec: InsightSpec,
    person: str,
    run_id: str,
    day: date,
    receipt: Receipt | None = None,
) -> tuple[dict[str, pl.DataFrame], tuple[DatasetRead, ...], int]:
    frames, reads, minimum = {}, [], 1
    pinned = {read.dataset: read.version for read in receipt.reads} if receipt else {}
    for dataset, columns in kind.reads(spec).items():
        request = ReadRequest(
            person=person,
            purpose=spec.purpose,
            dataset=dataset,
            columns=columns,
            reason=f"run of insight {spec.id}",
            insight=spec.id,
            run_id=run_id,
        )
        got = programme.store.read(request, version=pinned.get(dataset), as_of=day)
        contract = programme.contracts[dataset]
        frames[dataset] = got.frame
        minimum = max(minimum, got.decision.minimum_count)
        reads.append(
            DatasetRead(
                dataset=dataset,
                name=contract.name,
                version=got.version.version,
                rows=got.frame.height,
                quarantined=got.version.quarantined,
                quality=float(got.version.quality.get("overall", 0)),
                worst=str(got.version.quality.get("worst_critical", "")),
                partner=", ".join(contract.partners),
                received=str(got.version.created_at)[:10],
                basis=got.decision.basis,
                columns=tuple(columns),
            )
        )
    return frames, tuple(reads), minimum


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
