"""Make a workspace: empty, or the demonstration with its synthetic county."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.errors import ForethoughtError, UsageError
from forethought.place.calendar import long_date
from forethought.workspace.door import Workspace, open_workspace
from forethought.workspace.settings import SETTINGS_FILE
from forethought.workspace.warming import warm
from forethought.workspace.wiring import Wiring

if TYPE_CHECKING:
    from forethought.data.ingest import IngestReport
    from forethought.insights.runner import RunOutcome

DEMO_PEOPLE_SHOWN = ("priya.nair", "sam.okoro", "elin.marsh", "ines.caldwell")
STEWARD, ANALYST = "joe.pell", "sam.okoro"
EXAMPLE_BODIES = {"ethics_committee": "ruth.hale", "sponsors_board": "dev.anand"}
EXAMPLE_ADVICE = "An example's advice: groups only, small numbers hidden, reviewed every year."
EXAMPLE_DECISION = "An example's decision, as the committee advises."
PASSWORDS_FILE = "demo-passwords.txt"
SETTINGS = """\
# Settings of this workspace. All keys: docs/reference/settings.md
{today}[place]
name = "{name}"
council = "{council}"
synthetic = {synthetic}
{partner}{contact}
[store]
id = "{store}"
format = 1
"""


@dataclass(frozen=True)
class DemoTold:
    """What the demonstration found, for a person at a terminal.

    Args:
        findings: Ten plain lines at most.
        times: Seconds of each step.
        passwords: Usernames and passwords of a few personas.
    """

    findings: tuple[str, ...]
    times: str
    passwords: tuple[tuple[str, str], ...]


def init_workspace(path: Path, *, name: str, council: str) -> list[str]:
    """Make an empty workspace, its store, and its key outside both.

    A folder that holds settings and no store (a copied example) gets its store and key.

    Raises:
        UsageError: The folder holds a workspace already, or its name or council is missing.
    """
    if (path / SETTINGS_FILE).is_file() and not Wiring(path).store_path.exists():
        return [f"Made the store of {path}.", _keep(settle(Wiring(path)))]
    _fresh(path)
    if not (name and council):
        raise UsageError("Name the place and the council.", remedy="--name and --council.")
    _settings(path, name=name, council=council, synthetic=False, today="")
    for folder in ("contracts", "agreements", "insights", "scenarios", "pathways", "inbox"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    (path / "people.yaml").write_text("people: []\n", encoding="utf-8")
    return [
        f"Made {path}.",
        _keep(settle(Wiring(path))),
        "Next: name people in people.yaml, draft a contract (forethought draft FILE).",
    ]


def _keep(key: Path) -> str:
    return f"Its key is {key}. Keep a copy elsewhere: without it nothing stored can be read."


def make_demo(path: Path, *, scale: float, seed: int, progress: Callable[[str], None]) -> DemoTold:
    """Build the synthetic county, load it, run every insight.

    A second call on the same folder builds and loads only what changed.

    Args:
        path: Folder to make.
        scale: Share of a county of 1.5 million residents, above 0 to 1.
        seed: Same seed, same county.
        progress: Called with each step in words.

    Raises:
        UsageError: The scale is not above 0 and at most 1, or the folder holds something else.
    """
    if not 0 < scale <= 1:
        raise UsageError(f"Scale {scale} is not above 0 and at most 1.", where="--scale")
    clock = _Clock(progress)
    if not (path / SETTINGS_FILE).is_file():
        _fresh(path)
        _build(path, scale=scale, seed=seed)
        clock.lap("county")
    ws = open_workspace(path, person=STEWARD)
    reports = ws.ingest(progress=progress)
    clock.lap("ingest")
    warm(progress, ("cohort", "watch"))
    clock.lap("loops compiled, once on a machine")
    outcomes = open_workspace(path, person=ANALYST).run_due(progress=progress)
    clock.lap("insights")
    _approve(path)
    passwords = _passwords(ws)
    findings = _findings(open_workspace(path, person=ANALYST), reports, outcomes)
    clock.lap("pages")
    return DemoTold(tuple(findings), clock.told(), passwords)


def _approve(path: Path) -> None:
    """The approvals that the example's insights ask for, by its own committee, board and owners."""
    from forethought.trust.approvals import COMMITTEE

    for need in open_workspace(path).approvals():
        if need.given or need.reason:  # a verdict that somebody gave stays
            continue
        who = EXAMPLE_BODIES.get(need.body, need.of)
        ws = open_workspace(path, person=who)
        if need.body == COMMITTEE:
            ws.judge(need.insight, "advised", EXAMPLE_ADVICE, None, stage=need.of)
        else:
            ws.judge(need.insight, "approved", EXAMPLE_DECISION, None)


def restore_store(path: Path, archive: Path) -> str:
    """Put a backup back where the workspace has no store.

    Raises:
        StoreError: There is a store already, or a file of the archive is not what it was.
    """
    from forethought.data.backup import restore

    wiring = Wiring(path)
    report = restore(archive, wiring.store_path, wiring.keys)
    return f"Restored {report.datasets} datasets ({report.files:,} files), each file verified."


def upgrade_store(path: Path) -> str:
    """Bring a store that an earlier version wrote to today's format.

    Raises:
        StoreError: It is of a later format, or a step fails; the store stays as it was.
    """
    from forethought.data.upgrade import upgrade

    wiring = Wiring(path)
    before, current = upgrade(wiring.store_path, wiring.keys)
    if before == current:
        return f"The store is of format {current} already; nothing was changed."
    return f"The store was of format {before} and is of format {current} now."


class _Clock:
    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._last = time.perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, name: str) -> None:
        instant = time.perf_counter()
        self._laps.append((name, instant - self._last))
        self._last = instant
        self._say(f"{name.capitalize()}: {self._laps[-1][1]:.1f} s")

    def told(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self._laps)


def _fresh(path: Path) -> None:
    if (path / SETTINGS_FILE).exists():
        raise UsageError("There is a workspace here already.", where=str(path))
    if path.exists() and any(path.iterdir()):
        raise UsageError(
            "The folder is not empty.", where=str(path), remedy="Name a new or empty folder."
        )
    path.mkdir(parents=True, exist_ok=True)


def _settings(
    path: Path,
    *,
    name: str,
    council: str,
    synthetic: bool,
    today: str,
    contact: str = "",
    partner: str = "",
) -> None:
    text = SETTINGS.format(
        name=name.replace('"', "'"),
        council=council.replace('"', "'"),
        synthetic=str(synthetic).lower(),
        store=uuid.uuid4(),
        partner=f'partner = "{partner}"\n' if partner else "",
        contact=f'contact = "{contact}"\n' if contact else "",
        today=f"today = {today}  # a demonstration does not age\n\n" if today else "",
    )
    (path / SETTINGS_FILE).write_text(text, encoding="utf-8")


def settle(wiring: Wiring) -> Path:
    """Make the key and the empty store of a workspace; gives the place of the key."""
    from forethought.data.keys import KeyRing, key_path
    from forethought.data.store import Store

    identity = wiring.settings.store.id
    place = key_path(identity)
    keys = KeyRing.create(place)
    Store.create(wiring.store_path, keys, store_id=identity)
    return place


def _build(path: Path, *, scale: float, seed: int) -> None:
    from forethought.county import TODAY, build_county, write_template

    write_template(path)
    build_county(path, scale=scale, seed=seed, today=TODAY)
    settle_demo(path)


def settle_demo(path: Path) -> None:
    """Settings, store and key for a folder that holds the synthetic county's files."""
    from forethought.county import TODAY

    _settings(
        path,
        name="Saltmarshire",
        council="Saltmarshire County Council",
        synthetic=True,
        today=TODAY.isoformat(),
        contact="analytics@saltmarshire.example",
        partner="saltmarshire",
    )
    settle(Wiring(path))


def _passwords(ws: Workspace) -> tuple[tuple[str, str], ...]:
    """Passwords of the personas: made once, kept beside the workspace for its owner alone."""
    path = ws.path / PASSWORDS_FILE
    if not path.is_file():
        made = {person.username: secrets.token_urlsafe(9) for person in ws.wiring.people}
        for username, password in made.items():
            ws.wiring.accounts.set_password(username, password, by="")
        path.touch(mode=0o600)
        lines = [f"{username} {password}" for username, password in made.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kept = dict(line.split(" ") for line in path.read_text(encoding="utf-8").splitlines())
    return tuple((name, kept[name]) for name in DEMO_PEOPLE_SHOWN if name in kept)


def _findings(ws: Workspace, reports: list[IngestReport], outcomes: list[RunOutcome]) -> list[str]:
    from forethought.insights.blocks import Headline

    settings = ws.wiring.settings
    manifest = ws.wiring.store.manifest()
    rows = sum(version.rows for version in manifest.datasets.values())
    aside = sum(version.quarantined for version in manifest.datasets.values())
    new = sum(report.status == "new version" for report in reports)
    lines = [
        f"{settings.place.council}: a synthetic county, as of {long_date(settings.day())}.",
    ]
    lines.append(
        f"{len(manifest.datasets)} datasets hold {rows:,} rows; {aside:,} rows were set aside "
        f"with their reasons ({new} of {len(reports)} files brought something new)."
    )
    for item in ws.insights():
        receipt = ws.current(item.id)
        if receipt is None:
            continue
        blocks = ws.page(receipt.run_id, {}).blocks
        answer = next((block.text for block in blocks if isinstance(block, Headline)), "")
        lines.append(f"{receipt.question} {answer.replace('**', '')}")
    made = sum(outcome.status == "made" for outcome in outcomes)
    lines.append(f"{made} insights were run anew; each figure leads to its receipt.")
    try:
        verified = open_workspace(ws.path, person="ines.caldwell").audit_verify()
        lines.append(f"The audit chain of {verified.entries:,} entries is whole.")
    except ForethoughtError as error:
        lines.append(f"The audit chain: {error.what}")
    return lines
