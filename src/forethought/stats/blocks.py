"""Run a pure function over blocks of work, in this process or in several.

The same bits come out either way, because a block knows all that it needs. Worker processes are
started by their own command, not by copying or re-importing the caller: a notebook, a script
without a main guard and a web server may all ask for them.
"""

from __future__ import annotations

import os
import pickle  # between our own processes only, over private pipes
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, TypeVar, cast

Block = TypeVar("Block")
Answer = TypeVar("Answer")

_WORKER = (sys.executable, "-c", "from forethought.stats.blocks import serve; serve()")


def run_blocks(
    function: Callable[[Block], Answer], blocks: Sequence[Block], *, n_jobs: int = 1
) -> list[Answer]:
    """Answers of `function`, in the order of the blocks.

    Args:
        function: A pure function at the top level of a module.
        blocks: What it is asked; both sides are pickled when processes are used.
        n_jobs: Worker processes; 1 works in this process.

    Raises:
        RuntimeError: A worker ended without an answer; its own words are in the message.
    """
    jobs = min(n_jobs, len(blocks))
    if jobs <= 1:
        return [function(block) for block in blocks]
    shares = [list(blocks[start::jobs]) for start in range(jobs)]
    with ThreadPoolExecutor(jobs) as pool:
        answered = list(pool.map(lambda share: _ask_worker(function, share), shares))
    return [answered[i % jobs][i // jobs] for i in range(len(blocks))]


def cpu_count() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ask_worker(function: Callable[[Block], Answer], share: list[Block]) -> list[Answer]:
    name = (function.__module__, function.__qualname__)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
    }
    done = subprocess.run(  # noqa: S603  our own interpreter and code
        _WORKER,
        input=pickle.dumps((name, share)),
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()[-2000:]
        raise RuntimeError(f"A worker process ended with code {done.returncode}: {words}")
    return cast("list[Answer]", pickle.loads(done.stdout))  # noqa: S301  from our own process


def serve() -> None:
    """What a worker process does: read one share from stdin, answer on stdout."""
    (module, qualname), share = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  from our own process
    answers_to = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's print is not an answer
    function: Any = import_module(module)
    for part in qualname.split("."):
        function = getattr(function, part)
    with os.fdopen(answers_to, "wb") as out:
        pickle.dump([function(block) for block in share], out)
