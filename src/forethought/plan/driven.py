"""What drivers do to each history: taken off before the members see it, and put back ahead.

All members forecast what the drivers leave. So the whole effect enters the forecast, however the
members are weighted, and what the drivers cannot tell is forecast by the models that do it best.
The coefficients of a rehearsal are learnt from what came before its origin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.driver_pooling import Coefficients, pooled_coefficients
from forethought.plan.driver_regression import CONSTANT, Evidence, evidence_of
from forethought.plan.drivers import Drivers
from forethought.plan.series import Panel, periods_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FURTHEST = 7.0  # a logarithm of an effect beyond this (a thousandfold) counts as this


@dataclass(frozen=True, eq=False)
class Effect:
    """What the drivers do to a history of one length, against their mean there.

    Args:
        known: Drivers beside the history, shape (n, P); 0 where not used.
        coming: Drivers ahead, shape (h, P).
        coefficients: What a unit moves.
        log: Whether they move y in proportion.
    """

    known: Floats
    coming: Floats
    coefficients: Coefficients
    log: bool

    def off(self, y: Floats) -> Floats:
        """The history, shape (n,), as it would have been with the drivers at their mean."""
        moved = self._moved(self.known - self.known.mean(axis=0))
        return np.asarray(y / np.exp(moved) if self.log else y - moved)

    def back(self, mean: Floats) -> Floats:
        """A forecast, shape (..., h), with the drivers at what they will be."""
        moved = self._moved(self.coming - self.known.mean(axis=0))
        return np.asarray(mean * np.exp(moved) if self.log else mean + moved)

    def without(self, mean: Floats) -> Floats:
        """A forecast, shape (h,), with the drivers at their mean instead."""
        moved = self._moved(self.coming - self.known.mean(axis=0))
        return np.asarray(mean / np.exp(moved) if self.log else mean - moved)

    def held(self, mean: Floats, driver: int) -> Floats:
        """A forecast, shape (h,), with one driver held at its last value instead."""
        change = np.zeros_like(self.coming)
        change[:, driver] = self.coming[:, driver] - self.known[-1, driver]
        moved = self._moved(change)
        return np.asarray(mean / np.exp(moved) if self.log else mean - moved)

    def widened(self, spread: Floats, correlation: Floats, mean: Floats) -> tuple[Floats, Floats]:
        """Spread and correlation of the forecast from those of the rest.

        What is not known of the coefficients matters as far as the drivers move on from where
        they are.

        Args:
            spread: Of what the drivers leave, shape (h,).
            correlation: Of its errors at two horizons, shape (h, h).
            mean: The forecast, shape (h,).
        """
        stretched = spread * np.exp(self._moved(self.coming - self.known.mean(axis=0)))
        own = stretched if self.log else spread
        away = self.coming - self.known[-1]
        unknown = away @ self.coefficients.covariance @ away.T
        unknown *= np.outer(mean, mean) if self.log else 1.0
        both = correlation * np.outer(own, own) + unknown
        size = np.sqrt(np.diag(both))
        if not np.isfinite(both).all() or not (size > 0).all():
            return own, correlation
        return size, both / np.outer(size, size)

    def _moved(self, x: Floats) -> Floats:
        moved = x @ self.coefficients.value
        return np.clip(moved, -FURTHEST, FURTHEST) if self.log else moved


@dataclass(frozen=True, eq=False)
class Driven:
    """The drivers of one series.

    Args:
        names: P of them.
        used: Whether each varies in the history, shape (P,).
        effects: By length of the history: at its end and at the rolling origins.
    """

    names: tuple[str, ...]
    used: Flags
    effects: Mapping[int, Effect]


@dataclass(frozen=True, eq=False)
class Histories:
    """Histories that have drivers, S of them.

    Args:
        y: Shape (n,) each.
        x: Drivers beside and ahead of them, shape (n + h, P) each, 0 where not used.
        used: Shape (P,) each.
        ends: Index of the last period on an axis that all share.
        set_aside: Periods that tell nothing, shape (n,) each.
        names: Of the drivers.
    """

    y: tuple[Floats, ...]
    x: tuple[Floats, ...]
    used: tuple[Flags, ...]
    ends: tuple[int, ...]
    set_aside: tuple[Flags, ...]
    names: tuple[str, ...]

    def effects_at(
        self, lengths: Sequence[int | None], seasons: Sequence[Sequence[int]]
    ) -> list[Effect | None]:
        """Effects learnt from the first periods of every history; None where none are asked."""
        asked = [place for place, length in enumerate(lengths) if length is not None]
        told = [self._evidence(place, lengths[place] or 0, seasons[place]) for place in asked]
        positive = [k for k, forms in enumerate(told) if "log" in forms]
        log = sum(told[k]["log"].likelihood - told[k]["level"].likelihood for k in positive) > 0
        answers: list[Effect | None] = [None] * len(lengths)
        for form in ("log", "level"):
            group = [k for k in range(len(asked)) if (form == "log") == (log and k in positive)]
            if not group:
                continue
            places = [asked[k] for k in group]
            ends = [self.ends[p] - (self.y[p].size - (lengths[p] or 0)) for p in places]
            found = pooled_coefficients([told[k][form] for k in group], ends)
            for place, coefficients in zip(places, found, strict=True):
                n, h = lengths[place] or 0, self.x[place].shape[0] - self.y[place].size
                known, coming = self.x[place][:n], self.x[place][n : n + h]
                answers[place] = Effect(known, coming, coefficients, form == "log")
        return answers

    def _evidence(self, place: int, n: int, seasons: Sequence[int]) -> dict[str, Evidence]:
        y, x, aside = self.y[place][:n], self.x[place][:n], self.set_aside[place][:n]
        forms = {"level": False, "log": True} if y.min() > 0 else {"level": False}
        return {form: evidence_of(y, x, seasons, aside, log=log) for form, log in forms.items()}


def histories_with(
    panel: Panel,
    drivers: Drivers,
    histories: Sequence[Floats],
    set_aside: Sequence[Flags],
    usual: Sequence[int],
) -> Histories:
    """The usual histories of a panel beside their drivers.

    Args:
        panel: All series.
        drivers: Of all series.
        histories: Without shocks, one a series.
        set_aside: Periods that tell nothing, one array a series.
        usual: Which of the series are driven.
    """
    used = [varies(drivers.values[k][: histories[k].size]) for k in usual]
    axis = {ds: k for k, ds in enumerate(_axis(panel))}
    return Histories(
        y=tuple(histories[k] for k in usual),
        x=tuple(drivers.values[k] * own for k, own in zip(usual, used, strict=True)),
        used=tuple(used),
        ends=tuple(axis[panel.series[k].last] for k in usual),
        set_aside=tuple(set_aside[k] for k in usual),
        names=drivers.names,
    )


def varies(x: Floats) -> Flags:
    """Whether each driver changes beside its history, shape (P,)."""
    size = np.maximum(np.abs(x).max(axis=0), CONSTANT)
    return np.asarray(np.ptp(x, axis=0) > CONSTANT * size)


def _axis(panel: Panel) -> list[object]:
    """All periods of all histories, in order."""
    spans = {(series.first, series.last): series for series in panel.series}
    return sorted({ds for series in spans.values() for ds in periods_of(series, panel).to_list()})
