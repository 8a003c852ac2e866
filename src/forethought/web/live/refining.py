"""The background worker of refinements: one at a time, at the lowest priority, in bounded memory.

A page asks for the refinement of what it shows. One thread works through what was asked, the
newest first; it stops where another run has taken the place of the one it works on. What is ready
is held in memory only, for all who may see the run: who that is, is decided at every request.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from forethought.insights.refinement import Finer

log = logging.getLogger("forethought.web")

MOST_BYTES = 24 * 1024 * 1024
MOST_WAITING = 8
MOST_HELD = 64
STEPS_HELD = 4
"""Newest steps of a view that are held: a page shown a moment ago still asks for its drawings."""
LOWEST_PRIORITY = 19
Key = tuple[str, tuple[tuple[str, str], ...]]
"""A run and the answers of its form."""
Work = Callable[[], Iterator[Finer]]
Current = Callable[[], bool]


@dataclass
class Refinement:
    """How far the refinement of one view has come.

    `state` is `working` (waiting or in work), `done`, or `stopped` (given up: what is ready
    stands). `steps` are the newest that are ready, by their number.
    """

    state: Literal["working", "done", "stopped"] = "working"
    steps: dict[int, Finer] = field(default_factory=dict)

    @property
    def best(self) -> Finer | None:
        """The newest step, or none yet."""
        return self.steps[max(self.steps)] if self.steps else None

    @property
    def size(self) -> int:
        """Bytes held, nearly."""
        return sum(step.size for step in self.steps.values())


class Refiner:
    """Refines what pages show, in one thread of its own.

    Args:
        most_bytes: Memory for what is ready; the longest unseen is dropped first.
        most_waiting: Views that wait at most; the oldest are given up first.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_waiting: int = MOST_WAITING) -> None:
        self._most_bytes, self._most_waiting = most_bytes, most_waiting
        self._found: OrderedDict[Key, Refinement] = OrderedDict()
        self._waiting: OrderedDict[Key, tuple[Work, Current]] = OrderedDict()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, run_id: str, view: Mapping[str, str], work: Work, current: Current) -> Refinement:
        """How far the refinement of a view has come; begun where nobody has asked yet.

        Args:
            run_id: The run.
            view: The answers of its form.
            work: Makes the steps.
            current: Whether the run is still the one that pages show.
        """
        key = _key(run_id, view)
        with self._lock:
            found = self._found.get(key)
            if found is None:
                found = self._found[key] = Refinement()
                self._waiting[key] = (work, current)
                self._give_up_oldest()
                self._forget_oldest(key)
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, name="forethought-refine", daemon=True
                    )
                    self._thread.start()
            self._found.move_to_end(key)
            return Refinement(found.state, dict(found.steps))

    def step(self, run_id: str, view: Mapping[str, str], number: int) -> Finer | None:
        """A step that is ready, or None."""
        with self._lock:
            found = self._found.get(_key(run_id, view))
            return found.steps.get(number) if found else None

    @property
    def held(self) -> int:
        """Bytes held, nearly."""
        with self._lock:
            return sum(each.size for each in self._found.values())

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is in work; whether that came in time. For tests and shutting down."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        _lower_priority()
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                key, (work, current) = self._waiting.popitem()
            self._refine(key, work, current)

    def _refine(self, key: Key, work: Work, current: Current) -> None:
        state: Literal["done", "stopped"] = "stopped"
        try:
            if current():
                for finer in work():
                    if not self._keep(key, finer) or not current():
                        break
                else:
                    state = "done"
        except Exception as error:  # noqa: BLE001 - a page must not miss it: the coarse map stands
            log.warning("refinement of %s given up: %s", key[0], type(error).__name__)
        with self._lock:
            if key in self._found:
                self._found[key].state = state

    def _keep(self, key: Key, finer: Finer) -> bool:
        """Hold a step, if somebody may still want it; drop the longest unseen where full."""
        with self._lock:
            found = self._found.get(key)
            if found is None:
                return False
            found.steps[finer.step] = finer
            for old in [n for n in found.steps if n <= finer.step - STEPS_HELD]:
                del found.steps[old]
            self._forget_oldest(key)
            return True

    def _forget_oldest(self, key: Key) -> None:
        """Drop the longest unseen until all fits, never what waits or what has just been asked."""
        total = sum(each.size for each in self._found.values())
        for other in list(self._found):
            if total <= self._most_bytes and len(self._found) <= MOST_HELD:
                return
            if other != key and other not in self._waiting:
                total -= self._found.pop(other).size

    def _give_up_oldest(self) -> None:
        while len(self._waiting) > self._most_waiting:
            key, _ = self._waiting.popitem(last=False)
            self._found.pop(key, None)


def _key(run_id: str, view: Mapping[str, str]) -> Key:
    return run_id, tuple(sorted((name, value) for name, value in view.items() if value))


def _lower_priority() -> None:
    """The lowest priority for this thread, where the system gives threads one of their own."""
    if sys.platform == "linux":  # elsewhere a number names a whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
