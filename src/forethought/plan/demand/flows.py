"""Stock and flow on every sample path: supported = supported last month + starts - ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forethought.plan.demand.margins import Margin, rake, ratio, scattered
from forethought.plan.demand.vocabulary import PROFILES

Floats = NDArray[np.float64]

_OLDER_BANDS = [place for place, (_, band) in enumerate(PROFILES) if band != "18-64"]


@dataclass(frozen=True, eq=False)
class Flow:
    """Sample paths of one flow, modelled on one or two margins.

    Args:
        share: Each cell's share of its unit in the first margin: cells x paths.
        first: Margin that the cells meet exactly.
        values: Its paths: units x months x paths.
        second: Margin that they are raked to.
        wanted: Its paths.
    """

    share: Floats
    first: Margin
    values: Floats
    second: Margin
    wanted: Floats

    def month(self, step: int, rng: np.random.Generator) -> Floats:
        """Cells x paths of one month ahead (0 is the first).

        Within a unit cells differ from their shares as counts do (a Dirichlet split), so that
        a small cell's range is as wide as its smallness deserves.
        """
        values = self.values[:, step]
        likely = self.share * self.first.spread(values)
        return rake(
            scattered(likely, rng), (self.first, values), (self.second, self.wanted[:, step])
        )


@dataclass(frozen=True, eq=False)
class Leaving:
    """Leaving rates: ends in a month as a share of those supported at the month's start.

    Args:
        margin: Units over service x profile.
        rates: Paths: units x months x paths, each from 0 to 1.
        relative: How fast each cell is left beside its unit (1 = alike): service x profile
            x district x path.
    """

    margin: Margin
    rates: Floats
    relative: Floats

    def month(self, step: int, stock: Floats, rng: np.random.Generator) -> Floats:
        """Ends of a month by cell and path: each unit's rate met where its cells can give it.

        Never more than a cell holds: what a small cell cannot give is not taken elsewhere.
        """
        rate = np.clip(self.rates[:, step], 0.0, 1.0)
        likely = stock * self.relative * self._over_places(rate)
        drawn = scattered(likely, rng)
        wanted = self.margin.sums(stock.sum(axis=2)) * rate
        scale = ratio(wanted, self.margin.sums(drawn.sum(axis=2)))
        return np.asarray(np.minimum(drawn * self._over_places(scale), stock))

    def _over_places(self, units: Floats) -> Floats:
        return self.margin.spread(units)[:, :, None, :]


@dataclass(frozen=True, eq=False)
class Month:
    """One month of every path: service x profile x district x path.

    `supported` = the last month's + starts - ends + ageing, and ageing sums to zero over
    profiles.
    """

    starts: Floats
    ends: Floats
    ageing: Floats
    supported: Floats


def walk(
    stock: Floats,
    starts: Flow,
    leaving: Leaving,
    ageing: Floats,
    rng: np.random.Generator,
    judged: tuple[Floats, Floats] | None = None,
) -> Iterator[Month]:
    """The months ahead, one after the other.

    Args:
        stock: People supported at the last month's end: service x profile x district.
        starts: Starts by service x profile x district.
        leaving: Leaving rates.
        ageing: Share that passes into the next age band in a month: service x profile x path.
        rng: Where the scatter of cells within units comes from.
        judged: Factors on starts and on leaving by judgement: each service x month.

    Yields:
        Each month's flows and stock, on every path.
    """
    _, horizon, paths = starts.values.shape
    supported = np.repeat(stock[..., None], paths, axis=-1)
    for step in range(horizon):
        arriving = starts.month(step, rng)
        ends = leaving.month(step, supported, rng)
        if judged is not None:
            more, fewer = (each[:, step, None, None, None] for each in judged)
            arriving, ends = arriving * more, np.minimum(ends * fewer, supported)
        stayed = supported - ends
        older = grown_older(stayed, ageing, rng)
        moved = passed_on(older) - older
        supported = stayed + arriving + moved
        yield Month(arriving, ends, moved, supported)


def grown_older(stayed: Floats, rates: Floats, rng: np.random.Generator) -> Floats:
    """How many pass into the next age band: by service and profile as counts scatter.

    Args:
        stayed: People: service x profile x district x path.
        rates: Share that passes in a month: service x profile x path.
        rng: Where the scatter comes from.
    """
    likely = stayed.sum(axis=2) * rates
    drawn = np.where(likely > 0, scattered(likely, rng), 0.0)
    share = np.divide(drawn, stayed.sum(axis=2), out=np.zeros_like(drawn), where=likely > 0)
    return np.asarray(stayed * np.minimum(share, 1.0)[:, :, None, :])


def passed_on(older: Floats) -> Floats:
    """Where those who grow older come in: all of working age at 65 to 74, then band by band."""
    into = np.zeros_like(older)
    first, second, third = _OLDER_BANDS
    into[:, first] = older[:, :first].sum(axis=1)
    into[:, second] = older[:, first]
    into[:, third] = older[:, second]
    return into


def ageing_rates(
    supported: Floats, ageing: Floats, *, paths: int, rng: np.random.Generator
) -> Floats:
    """Share passing into the next band in a month, by service, profile and path.

    Each path draws its rates once, as uncertain as the counts behind them leave them.

    Args:
        supported: Stock at month ends over the window: service x profile x months.
        ageing: Net ageing of each month, same shape.
        paths: Sample paths.
        rng: Where the draws come from.
    """
    held = supported.sum(axis=-1)
    net = ageing.sum(axis=-1)
    out = np.zeros_like(net)
    first, second, third = _OLDER_BANDS
    out[:, :first] = np.maximum(-net[:, :first], 0.0)
    out[:, first] = np.maximum(out[:, :first].sum(axis=1) - net[:, first], 0.0)
    out[:, second] = np.maximum(out[:, first] - net[:, second], 0.0)
    out[:, third] = 0.0
    drawn = np.repeat(out[..., None], paths, axis=-1)
    drawn = np.where(drawn > 0, scattered(drawn, rng), 0.0)
    rates = np.divide(drawn, held[..., None], out=np.zeros_like(drawn), where=held[..., None] > 0)
    return np.asarray(np.clip(rates, 0.0, 1.0))
