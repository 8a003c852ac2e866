"""What the benchmarks share: the shape of their answer, the machine, and CPU seconds."""

from __future__ import annotations

import json
import os
import platform
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


@dataclass
class Cost:
    """Seconds of a stretch of work; `cpu_s` counts the processes that it started and awaited."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def rounded(self) -> dict[str, float]:
        """For the answer."""
        return {"wall_s": round(self.wall_s, 2), "cpu_s": round(self.cpu_s, 2)}


@contextmanager
def timed() -> Iterator[Cost]:
    """Measure what happens inside."""
    cost = Cost()
    wall, cpu = time.perf_counter(), _cpu_seconds()
    try:
        yield cost
    finally:
        cost.wall_s = time.perf_counter() - wall
        cost.cpu_s = _cpu_seconds() - cpu


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def machine(packages: Sequence[str]) -> dict[str, Any]:
    """What it ran on."""
    versions = {}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "absent"
    return {
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "versions": versions,
    }


def shared_data() -> Path:
    """The folder of open data: `FORETHOUGHT_SHARED`, or `shared` beside the checkout."""
    checkout = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("FORETHOUGHT_SHARED", checkout.parent / "shared")) / "data"


def print_result(
    *,
    name: str,
    work: dict[str, Any],
    packages: Sequence[str],
    ours: dict[str, Any],
    peers: dict[str, dict[str, Any]],
    ratio: dict[str, Any],
    accuracy: dict[str, Any],
) -> None:
    """The one JSON object that a benchmark prints last."""
    answer = {
        "name": name,
        "work": work,
        "machine": machine(packages),
        "ours": ours,
        "peers": peers,
        "ratio": ratio,
        "accuracy": accuracy,
    }
    print(json.dumps(answer, indent=2))
