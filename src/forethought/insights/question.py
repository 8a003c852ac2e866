"""The question that a run answers: what decides its result, and so its name."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from forethought.data.gate import ReadRequest
from forethought.errors import NotFound
from forethought.insights.base import Insight, InsightSpec
from forethought.insights.programme import Programme
from forethought.insights.receipt import code_hash, run_identity
from forethought.insights.specs import upstream_of


def request_of(
    spec: InsightSpec, dataset: str, columns: tuple[str, ...], *, person: str, run_id: str
) -> ReadRequest:
    """How a run of an insight asks for one of its datasets."""
    return ReadRequest(
        person=person,
        purpose=spec.purpose,
        dataset=dataset,
        columns=columns,
        reason=f"run of insight {spec.id}",
        insight=spec.id,
        run_id=run_id,
    )


def identity(
    programme: Programme,
    spec: InsightSpec,
    kind: Insight[Any],
    *,
    person: str,
    upstream: Mapping[str, str],
    day: date,
) -> str:
    """Hash of all that decides the result of a run.

    Args:
        programme: The insight programme.
        spec: The insight.
        kind: Its kind.
        person: In whose name data is read: an agreement may be for some roles alone.
        upstream: Run whose results are used, by insight.
        day: Last day that the run may know of.

    Raises:
        NotFound: A dataset that it reads was never ingested.
    """
    missing = missing_data(programme, kind, spec)
    if missing:
        raise NotFound(
            f"Insight {spec.id} reads {', '.join(missing)}, of which there is no data yet.",
            remedy="Load it: forethought ingest.",
        )
    there = programme.store.manifest().datasets
    reads = kind.reads(spec)
    return run_identity(
        spec=spec.model_dump(mode="json", exclude={"approvals"}),
        versions={
            name: _what_is_read(programme, spec, name, columns, person)
            for name, columns in reads.items()
        },
        fingerprints={name: there[name].contract_fingerprint for name in reads},
        upstream=upstream,
        as_of=day,
        code=code_of(kind),
    )


def missing_data(programme: Programme, kind: Insight[Any], spec: InsightSpec) -> list[str]:
    """Datasets that an insight reads and that were never ingested."""
    there = programme.store.manifest().datasets
    return [name for name in kind.reads(spec) if name not in there]


def code_of(kind: Insight[Any]) -> str:
    """Hash of the code that makes a result, the module of another package's kind included."""
    own = code_hash()
    module = inspect.getmodule(type(kind))
    if module is None or module.__name__.startswith("forethought."):
        return own
    source = Path(str(module.__file__)).read_bytes()
    return hashlib.sha256(own.encode() + source).hexdigest()


def upstream_runs(programme: Programme, spec: InsightSpec, day: date) -> dict[str, str]:
    """The run of each insight that this one follows.

    Raises:
        NotFound: One of them has no run for the day.
    """
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


def _what_is_read(
    programme: Programme, spec: InsightSpec, name: str, columns: tuple[str, ...], person: str
) -> str:
    """Version of a dataset, the erasures it went through, and the partners left out of it."""
    manifest = programme.store.manifest()
    held = manifest.datasets[name]
    erasures = [e for e in manifest.erasures if held.version in e.versions.get(name, ())]
    erased = f", erased in {erasures[-1].manifest}" if erasures else ""
    out = _left_out(programme, spec, name, columns, person)
    without = sorted({part.partner for part in held.parts.values()} & out)
    return f"{held.version}{erased}" + (f", without {' '.join(without)}" if without else "")


def _left_out(
    programme: Programme, spec: InsightSpec, name: str, columns: tuple[str, ...], person: str
) -> set[str]:
    """Partners whose rows would stay, for this person or else for who made the newest run."""
    latest = programme.latest(spec.id)
    for reader in (person, latest.made_by if latest else ""):
        if reader:
            request = request_of(spec, name, columns, person=reader, run_id="")
            decision = programme.store.foreseen(request)
            if decision.allowed:
                return set(decision.left_out)
    return set()
