"""Members that take the drivers themselves, beside those that forecast what the drivers leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forethought.plan.member_models import MemberFit, Question

if TYPE_CHECKING:
    from forethought.plan.driven import Effect

Floats = NDArray[np.float64]


def arima_with_drivers(y: Floats, asked: Question, effect: Effect) -> MemberFit:
    """AutoARIMA whose regressors are the drivers, its coefficients its own.

    Its search is short: regressors double what a form costs, and beside them the errors are simple.

    Args:
        y: Shape (n,), with what the drivers do.
        asked: Season and horizon.
        effect: The drivers beside and ahead, and whether they move y in proportion.

    Raises:
        Exception: No form could be fitted (statsforecast's own).
    """
    from statsforecast.models import AutoARIMA

    used = np.ptp(effect.known, axis=0) > 0
    if not used.any():
        raise ValueError("no driver varies")
    size = np.abs(effect.known[:, used]).max(axis=0)
    known, coming = effect.known[:, used] / size, effect.coming[:, used] / size
    model = AutoARIMA(
        season_length=asked.m, max_p=1, max_q=1, max_P=1, max_Q=1, nmodels=10, approximation=True
    ).fit(np.log(y) if effect.log else y, X=known)
    mean = np.asarray(model.predict(asked.h, X=coming)["mean"], dtype=np.float64)
    p, q, seasonal_p, seasonal_q, m, d, seasonal_d = (int(k) for k in model.model_["arma"])
    form = f"ARIMA({p},{d},{q})({seasonal_p},{seasonal_d},{seasonal_q})[{m}] with drivers"
    mean = np.exp(np.minimum(mean, 300.0)) if effect.log else mean
    if not np.isfinite(mean).all():
        raise ValueError("no finite forecast")
    return MemberFit(mean, np.full(asked.h, np.nan), np.full(y.size, np.nan), form)
