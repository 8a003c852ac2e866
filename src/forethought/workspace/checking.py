"""Check what a workspace declares, a file against its contract, the audit, the machine."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.errors import ForethoughtError, NotFound, Problem, SpecificationError, did_you_mean
from forethought.place.scenario_files import FOLDER, read_scenarios
from forethought.workspace.scenario_checks import scenario_problems
from forethought.workspace.wiring import Wiring

if TYPE_CHECKING:
    from forethought.trust.audit import Verification

DECLARED = ("contracts", "agreements", "people", "specs", "pathways")
GIB = 1024**3
LEAST_FREE_GIB = 2


@dataclass(frozen=True)
class Declared:
    """What a workspace declares, counted once everything in it has been read."""

    contracts: int
    agreements: int
    people: int
    insights: int
    pathways: int
    scenarios: int
    advice: tuple[str, ...] = ()
    """What could be said better, in sentences; nothing of it is wrong."""

    @property
    def summary(self) -> str:
        """One line."""
        return (
            f"{self.contracts} contracts, {self.agreements} agreements, {self.people} people, "
            f"{self.insights} insights, {self.pathways} pathways and {self.scenarios} scenarios: "
            "all in order."
        )


@dataclass(frozen=True)
class FileChecked:
    """A file against its contract."""

    dataset: str
    rows: int
    refused: int
    allowed_share: float
    lines: tuple[str, ...]
    passed: bool


@dataclass(frozen=True)
class Examined:
    """One line of `doctor`: `ok`, `warn` or `fail`, and what to do."""

    state: str
    what: str
    remedy: str = ""


def check_workspace(path: Path) -> Declared:
    """Read every file that the workspace declares.

    Raises:
        SpecificationError: The problems of all files at once.
    """
    wiring = Wiring(path)
    problems: list[Problem] = []
    found: dict[str, int] = {}
    _ = wiring.settings
    for name in DECLARED:
        try:
            found[name] = len(getattr(wiring, name))
        except ForethoughtError as error:
            problems += error.problems or [Problem(error.what, error.where, error.remedy)]
    if not problems:
        problems += wiring.agreements.problems(wiring.contracts)
        problems += _unknown_names(wiring)
    problems += _of_scenarios(wiring, declared=len(found) == len(DECLARED))
    if problems:
        raise SpecificationError(f"{len(problems)} problems", where=str(path), problems=problems)
    return Declared(
        contracts=found["contracts"],
        agreements=found["agreements"],
        people=found["people"],
        insights=found["specs"],
        pathways=found["pathways"],
        scenarios=len(read_scenarios(wiring.path / FOLDER).good),
        advice=_advice(wiring),
    )


def _advice(wiring: Wiring) -> tuple[str, ...]:
    from forethought.insights.registry import kind_of

    return tuple(line for spec in wiring.specs.values() for line in kind_of(spec.kind).advice(spec))


def _of_scenarios(wiring: Wiring, *, declared: bool) -> list[Problem]:
    """Problems of the scenario files; only of their form where what they name cannot be read."""
    if declared:
        return scenario_problems(wiring)
    return [p for each in read_scenarios(wiring.path / FOLDER).broken for p in each.problems]


def _unknown_names(wiring: Wiring) -> list[Problem]:
    from forethought.insights.registry import kind_of

    problems = []
    usernames = [person.username for person in wiring.people]
    for spec in wiring.specs.values():
        where = f"insights/{spec.id}.yaml"
        if spec.owner not in wiring.people:
            problems.append(
                Problem(
                    f'The owner "{spec.owner}" is nobody here.',
                    where,
                    did_you_mean(spec.owner, usernames),
                )
            )
        problems += [
            Problem(
                f'It reads "{dataset}", which no contract describes.',
                where,
                did_you_mean(dataset, wiring.contracts),
            )
            for dataset in kind_of(spec.kind).reads(spec)
            if dataset not in wiring.contracts
        ]
    for contract in wiring.contracts.values():
        problems += [
            Problem(
                f'The {role} "{name}" is nobody here.',
                f"contracts/{contract.id}.yaml",
                did_you_mean(name, usernames),
            )
            for role, name in (("owner", contract.owner), ("steward", contract.steward))
            if name not in wiring.people
        ]
    return problems


def check_file(path: Path, file: Path, dataset: str) -> FileChecked:
    """Check a file against its contract, storing nothing.

    Raises:
        NotFound: No such file or contract.
        DataError: The file cannot be read.
    """
    from forethought.data.checks import check
    from forethought.data.deliveries import read_delivery

    wiring = Wiring(path)
    if not file.is_file():
        raise NotFound("There is no such file.", where=str(file))
    name = dataset or file.resolve().parent.name
    if name not in wiring.contracts:
        raise NotFound(
            f'No contract describes "{name}".',
            where=file.name,
            remedy=did_you_mean(name, wiring.contracts) or "Say which with --dataset.",
        )
    contract = wiring.contracts[name]
    day = wiring.settings.day()
    checked = check(read_delivery(file, contract, as_of=day), contract, as_of=day)
    lines = [f"{checked.rows:,} rows, {checked.refused_rows:,} would be set aside."]
    lines += [str(reason) for reason in checked.reasons(10)]
    share = checked.refused_rows / checked.rows if checked.rows else 0.0
    return FileChecked(
        dataset=name,
        rows=checked.rows,
        refused=checked.refused_rows,
        allowed_share=contract.maximum_error_share,
        lines=tuple(lines),
        passed=share <= contract.maximum_error_share,
    )


def verify_audit(wiring: Wiring) -> Verification:
    """The audit chain against every signed head that the manifests carry."""
    heads = wiring.store.audit_heads()
    return wiring.audit.verify(json.loads(head) for head in heads if head)


def examine(path: Path) -> list[Examined]:
    """What `doctor` says: each line ok, warn or fail, with what to do."""
    lines = [Examined("ok", f"Python {sys.version.split()[0]}")]
    free = shutil.disk_usage(path if path.exists() else Path.cwd()).free / GIB
    lines.append(
        Examined("ok", f"{free:.0f} GiB of disk free")
        if free >= LEAST_FREE_GIB
        else Examined("warn", f"{free:.1f} GiB of disk free", "Free some disk.")
    )
    lines += [_tried("Settings", lambda: Wiring(path).settings)]
    if lines[-1].state == "fail":
        return lines
    wiring = Wiring(path)
    lines.append(_tried("Contracts, agreements, people, insights", lambda: check_workspace(path)))
    lines.append(_tried("Key", lambda: wiring.keys))
    lines.append(_tried("Store", lambda: wiring.store))
    lines.append(_built_pages())
    lines += _kinds()
    return lines


def _tried(what: str, attempt: Any) -> Examined:
    try:
        attempt()
    except ForethoughtError as error:
        return Examined("fail", f"{what}: {error.what}", error.remedy)
    return Examined("ok", what)


def _built_pages() -> Examined:
    from importlib.resources import files

    built = files("forethought").joinpath("web/static/built/manifest.json")
    if built.is_file():
        return Examined("ok", "Style and script of pages")
    return Examined("fail", "Style and script of pages are not built", "Run make assets.")


def _kinds() -> list[Examined]:
    from forethought.insights.registry import broken_kinds, kind_names

    broken = broken_kinds()
    lines = [Examined("ok", f"Kinds of insight: {', '.join(kind_names())}")]
    return lines + [
        Examined("warn", f"Kind {item.kind} of {item.package}: {item.reason}", "Mend the package.")
        for item in broken
    ]
