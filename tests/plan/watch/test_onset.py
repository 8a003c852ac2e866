"""How large a change is told to be, and since when."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plan.watch.made import frame_of, jumped

import forethought as ft


@pytest.mark.parametrize(
    ("kind", "factor", "level"),
    [("counts", 1.2, 1500), ("counts", 2, 120), ("counts", 5, 120), ("counts", 0.4, 120),
     ("over-dispersed counts", 1.5, 400), ("over-dispersed counts", 5, 40),
     ("values", 1.5, 300), ("values", 5, 300)],
)  # fmt: skip
def test_jumps_are_told_at_their_size(kind: str, factor: float, level: float) -> None:
    most = 20  # too few for the watch to take them for what is usual
    values, truth = jumped(kind, factor, level, 5, most=most)
    answer = ft.plan.signals(frame_of(values))
    told = {int(signal.unique_id[1:]): signal for signal in answer.signals}
    found = [(told[row], truth[row]) for row in range(most) if row in told]
    assert len(found) >= 0.85 * most  # else those that are told are those that chance made larger
    assert np.median([each.size / size for each, size in found]) == pytest.approx(1, abs=0.1)
    inside = [each.size_low <= size <= each.size_high for each, size in found]
    assert np.mean(inside) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / len(found)) - 0.05
    usual = [size / (factor - 1) for _, size in found]
    assert np.median(
        [each.usual / size for (each, _), size in zip(found, usual, strict=True)]
    ) == pytest.approx(1, abs=0.1)


def test_one_bad_month_is_told_as_one() -> None:
    values, _ = jumped("counts", 1, 100, 6, most=0)
    values[3, 53] += 250
    signal = next(each for each in ft.plan.signals(frame_of(values)).signals)
    assert (signal.unique_id, signal.shape) == ("s0003", "one-off")
    assert signal.size == pytest.approx(250, rel=0.15)
