"""Compile the loops of simulations and watches once on a machine, so that no page waits for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from forethought.plan.simulation.pathway import Pathway

log = logging.getLogger("forethought")

_TINY = """
version: 1
pathway: tiny
classes: {CLASSES}
resources:
  team: {fte: 5, hours: 37h a week}
stages:
  work:
    arrivals: {flow: work, mix: MIX, per_year: 1000}
    resource: team
    effort: {exponential: {mean: 5h}}
DELAY    next: {end: 1}
"""
_TWO = {
    "CLASSES": "usual: {priority: 1}, urgent: {priority: 1}",
    "MIX": "{usual: 50%, urgent: 50%}",
    "DELAY": "    delay: {exponential: {mean: 2d}}\n",
}
_ONE = {"CLASSES": "usual: {priority: 1}", "MIX": "{usual: 100%}", "DELAY": ""}


Loops = Literal["cohort", "event", "watch"]


def warm(
    say: Callable[[str], None], loops: Sequence[Loops] = ("cohort", "event", "watch")
) -> float:
    """Run every compiled loop once on something tiny; gives the seconds it took.

    The compiled code is kept in a folder of the user's cache, for every later process.

    Args:
        say: Told where that folder is.
        loops: What to compile: insights count by day (`cohort`) unless they ask for more.
    """
    from forethought.plan.simulation.kernels import cache_folder
    from forethought.stats.blocks import cpu_count, run_blocks

    started = time.perf_counter()
    run_blocks(warm_loops, list(loops), n_jobs=min(cpu_count(), len(loops)))
    seconds = time.perf_counter() - started
    say(f"Compiled code lies in {cache_folder()}.")
    return seconds


def warm_what_ifs(workspace: Path) -> None:
    """Work one what-if of each kind out, unchanged, so that the first question is fast.

    What it needs is loaded into this process then; nothing is shown or written.
    """
    from forethought.errors import ForethoughtError
    from forethought.insights.programme import spec_of
    from forethought.insights.question import code_of
    from forethought.insights.registry import kind_of
    from forethought.workspace.door import open_workspace

    programme = open_workspace(workspace).programme
    done: set[str] = set()
    for insight, declared in programme.specs.items():
        kind = kind_of(declared.kind)
        newest = programme.latest(insight) if kind.what_ifs and declared.kind not in done else None
        if newest is None or newest.code_hash != code_of(kind):
            continue  # none, or one of an earlier version
        done.add(declared.kind)
        try:
            kind.vary(programme.result(newest.run_id), {}, spec_of(newest))
        except ForethoughtError as refusal:
            log.warning("%s is not warm: %s", insight, refusal)


def warm_loops(loops: Loops) -> None:
    """Run one kind of compiled loops (a block of work of its own)."""
    if loops == "watch":
        _warm_watch()
    else:
        _warm_engine(loops)


def _warm_watch() -> None:
    """Watch a few series of counts, and scan a map of four areas."""
    import numpy as np
    import polars as pl

    from forethought.plan.watch.scan import scan
    from forethought.plan.watch.signalling import signals

    counts = np.random.default_rng(1).poisson(20, size=(8, 60)).astype(float)
    months = pl.date_range(date(2021, 1, 1), date(2025, 12, 1), "1mo", eager=True)
    names = [str(n) for n in range(len(counts))]
    signals(
        pl.DataFrame(
            {
                "unique_id": np.repeat(names, len(months)),
                "ds": pl.concat([months] * len(names)),
                "y": counts.ravel(),
            }
        )
    )
    places = pl.DataFrame({"area": names[:4], "x": [0.0, 1.0, 0.0, 1.0], "y": [0.0, 0.0, 1.0, 1.0]})
    people = places.select("area", population=pl.lit(100.0))
    cases = pl.DataFrame(
        {"area": names[:4] * 2, "ds": [months[0]] * 4 + [months[1]] * 4, "cases": [3, 2, 4, 9] * 2}
    )
    scan(cases, people, places, permutations=99)


def _warm_engine(engine: Literal["cohort", "event"]) -> None:
    """Run the compiled loops of one engine on a tiny pathway."""
    from forethought.plan.simulation.futures import futures_of
    from forethought.plan.simulation.goals import Goal
    from forethought.plan.simulation.initial import Initial
    from forethought.plan.simulation.simulate import simulate

    start = date(2026, 1, 1)
    end = start + timedelta(days=30)
    simulate(_tiny(_TWO), start=start, end=end, replications=2, engine=engine, workers=1)
    if engine == "cohort":
        futures = futures_of(
            _tiny(_ONE), None, Initial.empty(), resource="team", start=start, end=end,
            scenario=None, seed=1, replications=2, engine="cohort",
        )  # fmt: skip
        futures.counts(Goal("work", 5, end), [()])


def _tiny(parts: Mapping[str, str]) -> Pathway:
    from forethought.plan.simulation.pathway import Pathway

    text = _TINY
    for name, part in parts.items():
        text = text.replace(name, part)
    return Pathway.from_yaml(text)
