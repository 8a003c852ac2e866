"""A process that writes to copies of a store and kills itself at a chosen operation.

Called by test_kill.py: `writer_to_kill.py ACTION STORE KEYS CONTRACT FILE TIMES SEED`. A first
write runs to its end and counts its changes to the disk. Then, for each point drawn, the store is
copied to `STORE.ACTION.POINT`, and a forked child writes to the copy until it is about to make
its POINT-th change; there it ends by SIGKILL. Prints the points. The hook is Python's own
auditing; the product has none.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

# Imported once, before the forks, because the writers would each import them.
import duckdb  # noqa: F401
import pyarrow as pa  # noqa: F401

import forethought.data.checks
import forethought.data.deliveries  # noqa: F401
from forethought.data.contracts import Contract, load_contract
from forethought.data.erasure import erase, person_key
from forethought.data.gate import Decision, ReadRequest
from forethought.data.ingest import ingest
from forethought.data.keys import KeyRing
from forethought.data.store import Store

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
NOW = datetime(2026, 11, 3, tzinfo=UTC)


class NoGate:
    """Nothing is read here."""

    def decide(self, request: ReadRequest) -> Decision:
        return Decision(allowed=False)

    def record(self, request: ReadRequest, decision: Decision) -> None:
        """Nothing to record."""


class Countdown:
    """Counts changes to the disk below a folder and kills the process before one of them."""

    def __init__(self, folder: str, point: int) -> None:
        self.folder = folder
        self.point = point
        self.seen = 0
        self.on = True
        self.sync = os.fsync
        os.fsync = self.fsync  # type: ignore[assignment]
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on or not args or not str(args[0]).startswith(self.folder):
            return
        writes = (
            event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if event in CHANGES or writes:
            self.count()

    def fsync(self, descriptor: int) -> None:
        self.count()
        self.sync(descriptor)

    def count(self) -> None:
        self.seen += 1
        if self.seen == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


def write(
    action: str, path: Path, keys: KeyRing, contract: Contract, file: str, point: int
) -> None:
    """One write, killed at the point."""
    countdown = Countdown(str(path), point)
    store = Store.open(path, keys, NoGate())
    if action == "ingest":
        ingest(store, contract, Path(file), received_at=NOW, as_of=date(2026, 11, 24))
    else:
        key = person_key(store, partner=contract.partners[0], source_id="A2")
        erase(store, key, at=NOW)
    countdown.on = False
    Path(f"{path}.changes").write_text(str(countdown.seen), encoding="utf-8")


def main(
    action: str, store: str, key_file: str, contract: str, file: str, times: str, seed: str
) -> None:
    """Kill one forked writer at each of some random points."""
    keys = KeyRing.load(Path(key_file))
    loaded = load_contract(contract)

    def forked(point: int) -> Path:
        copy = Path(f"{store}.{action}.{point}")
        shutil.copytree(store, copy)
        child = os.fork()
        if child == 0:
            write(action, copy, keys, loaded, file, point)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != (signal.SIGKILL if point else 0):
            sys.exit(f"point {point}: status {status}")
        return copy

    changes = int(Path(f"{forked(0)}.changes").read_text(encoding="utf-8"))
    points = random.Random(int(seed)).sample(range(1, changes + 1), int(times))  # noqa: S311
    for point in points:
        forked(point)
    sys.stdout.write(" ".join(map(str, points)))


if __name__ == "__main__":
    main(*sys.argv[1:])
