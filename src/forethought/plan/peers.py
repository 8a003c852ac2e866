"""Single models with their own intervals, as others use them: what a combination must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.forecast_result import interval_name
from forethought.plan.member_models import CES, ETS, SEASONAL_NAIVE, THETA
from forethought.plan.members import quiet

Floats = NDArray[np.float64]

PEERS = (ETS, CES, THETA, SEASONAL_NAIVE)


@dataclass(frozen=True, eq=False)
class PeerTask:
    """One history for one peer.

    Args:
        peer: Its name in statsforecast.
        y: Shape (n,).
        m: Season length; not used where the history has less than two seasons.
        h: Horizon.
        level: Prediction intervals, per cent.
    """

    peer: str
    y: Floats
    m: int
    h: int
    level: tuple[float, ...]


def peer_forecast(task: PeerTask) -> list[Floats] | None:
    """Point forecast, then the interval bounds narrow to wide, each of shape (h,).

    Returns:
        None where the model has no answer for this history.
    """
    from statsforecast import models

    m = task.m if task.y.size >= 2 * task.m else 1
    levels = [int(one) if float(one).is_integer() else one for one in sorted(task.level)]
    with quiet():
        try:
            model = getattr(models, task.peer)(season_length=m).fit(task.y)
            answer = model.predict(task.h, level=levels)
        except Exception:  # noqa: BLE001  statsforecast raises bare Exception
            return None
    rows = [answer["mean"]]
    for one in levels:
        rows += [answer[interval_name("lo", one)], answer[interval_name("hi", one)]]
    columns = [np.asarray(row, dtype=np.float64) for row in rows]
    return columns if all(np.isfinite(column).all() for column in columns) else None
