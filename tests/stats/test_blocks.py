from __future__ import annotations

import os
from math import isqrt

import pytest

from forethought.stats.blocks import cpu_count, run_blocks


def test_processes_give_the_same_answers_in_the_same_order() -> None:
    blocks = [81, 100, 4, 9, 16]
    assert run_blocks(isqrt, blocks, n_jobs=2) == run_blocks(isqrt, blocks) == [9, 10, 2, 3, 4]


def test_no_blocks_are_no_work() -> None:
    assert run_blocks(isqrt, [], n_jobs=4) == []


def test_a_worker_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="nonnegative"):
        run_blocks(isqrt, [4, -1], n_jobs=2)


def test_what_a_library_prints_is_no_answer() -> None:
    assert run_blocks(print, ["noise", "more noise"], n_jobs=2) == [None, None]


def test_the_processors_of_this_process_are_counted() -> None:
    assert 1 <= cpu_count() <= (os.cpu_count() or 1)
