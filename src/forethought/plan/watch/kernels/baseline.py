"""Quasi-Poisson regressions on season blocks and a trend, one for each series and period.

Dummies of blocks and one trend make an arrow: a diagonal with one border. Its solution, leverages
and prediction error take a pass over the rows instead of a dense factorisation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forethought.plan.watch.kernels import kernel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_STEPS = 25
_TOLERANCE = 1e-8


class Task(NamedTuple):
    """One baseline, and room to work in; N rows, G season blocks.

    Args:
        response: (N) counts.
        block: (N) season block, from 0.
        time: (N) periods from the middle of the baseline.
        offset: (N) logarithm of people at risk, or zeros.
        weight: (N) prior weights.
        eta: (N) linear predictors.
        working: (N) weights of the last step.
        beta: (G + 1) levels of the blocks, and the slope.
        sums: (3, G + 1) of each block: weights, weighted times; `sums[2, 0]`: sum of squares of
            the trend, its blocks taken out.
    """

    response: Floats
    block: Integers
    time: Floats
    offset: Floats
    weight: Floats
    eta: Floats
    working: Floats
    beta: Floats
    sums: Floats


@kernel
def _step(task: Task, trend: bool) -> None:
    """One step of iteratively reweighted least squares: levels, slope, working weights."""
    response, block, time, offset, weight, eta, working, beta, sums = task
    blocks = beta.size - 1
    sums[:] = 0.0
    squares, cross = 0.0, 0.0
    for i in range(response.size):
        mu = math.exp(eta[i])
        w = weight[i] * mu
        z = eta[i] - offset[i] + (response[i] - mu) / mu
        g = block[i]
        working[i] = w
        sums[0, g] += w
        sums[1, g] += w * time[i]
        sums[2, g] += w * z
        squares += w * time[i] * time[i]
        cross += w * time[i] * z
    for g in range(blocks):
        if sums[0, g] > 0:
            squares -= sums[1, g] * sums[1, g] / sums[0, g]
            cross -= sums[1, g] * sums[2, g] / sums[0, g]
    slope = cross / squares if trend and squares > 0 else 0.0
    for g in range(blocks):
        beta[g] = (sums[2, g] - sums[1, g] * slope) / sums[0, g] if sums[0, g] > 0 else 0.0
    beta[blocks] = slope
    sums[2, 0] = squares


@kernel
def _fit(task: Task, trend: bool) -> bool:
    """Fit to convergence of the deviance; whether it came."""
    response, block, time, offset, weight, eta, _, beta, _ = task
    for i in range(response.size):
        eta[i] = math.log(response[i] + 0.1)
    before = np.inf
    for _ in range(_MOST_STEPS):
        _step(task, trend)
        deviance = 0.0
        for i in range(response.size):
            eta[i] = beta[block[i]] + beta[-1] * time[i] + offset[i]
            mu = math.exp(eta[i])
            y = response[i]
            deviance += 2 * weight[i] * ((y * math.log(y / mu) if y > 0 else 0.0) - (y - mu))
        if not np.isfinite(deviance):
            return False
        if abs(deviance - before) / (abs(deviance) + 0.1) < _TOLERANCE:
            return True
        before = deviance
    return False


@kernel
def _dispersion(task: Task, weight: Floats, degrees: int) -> float:
    """Weighted squares of relative errors, a degree of freedom."""
    total = 0.0
    for i in range(task.response.size):
        mu = math.exp(task.eta[i])
        if weight[i] > 0:
            total += weight[i] * ((task.response[i] - mu) / mu) ** 2
    return total / degrees


@kernel
def _reweigh(task: Task, trend: bool, phi: float, threshold: float) -> None:
    """Weights that fall with the square of the Anscombe residual beyond the threshold."""
    response, block, time, _, weight, eta, working, _, sums = task
    n = response.size
    total = 0.0
    for i in range(n):
        mu = math.exp(eta[i])
        g = block[i]
        leverage = working[i] / sums[0, g]
        if trend and sums[2, 0] > 0:
            leverage += working[i] * (time[i] - sums[1, g] / sums[0, g]) ** 2 / sums[2, 0]
        a = 1.5 * (response[i] ** (2 / 3) * mu ** (-1 / 6) - math.sqrt(mu))
        a /= math.sqrt(phi * (1 - leverage))
        weight[i] = a**-2 if a > threshold else 1.0
        total += weight[i]
    for i in range(n):
        weight[i] *= n / total


@kernel
def _model(
    task: Task, used: int, trend: bool, reweight: bool, threshold: float
) -> tuple[bool, bool, float]:
    """One model, reweighted once: whether there is one, its trend, its dispersion."""
    task.weight[:] = 1.0
    fine = _fit(task, trend)
    if not fine and trend:
        trend = False
        fine = _fit(task, trend)
    if not fine:
        return False, trend, 1.0
    degrees = task.response.size - used - (1 if trend else 0)
    phi = max(_dispersion(task, task.working, degrees), 1.0)
    if reweight:
        _reweigh(task, trend, phi, threshold)
        _fit(task, trend)
        phi = max(_dispersion(task, task.working, degrees), 1.0)
    return True, trend, phi


@kernel
def _predicted(
    task: Task,
    used: int,
    trend: bool,
    critical: float,
    reweight: bool,
    threshold: float,
    ahead: float,
    people: float,
    out: Floats,
) -> None:
    """Choose and fit the model, predict `ahead` periods from the middle; see `baselines`."""
    last = task.beta.size - 2
    found, kept, phi = _model(task, used, trend, reweight, threshold)
    if found and kept:
        weight = task.weight if reweight else task.working
        error = math.sqrt(_dispersion(task, weight, task.response.size - used - 1))
        t = abs(task.beta[-1]) * math.sqrt(task.sums[2, 0]) / error
        mean = math.exp(task.beta[last] + task.beta[-1] * ahead + people)
        if not (t > critical and mean <= task.response.max()):
            found, kept, phi = _model(task, used, False, reweight, threshold)
    out[4] = 1.0 if found else 0.0
    if not found:
        return
    sums, slope = task.sums, task.beta[-1] if kept else 0.0
    spread = 1 / sums[0, last]
    if kept:
        spread += (ahead - sums[1, last] / sums[0, last]) ** 2 / sums[2, 0]
    degrees = task.response.size - used - (1 if kept else 0)
    dispersion = _dispersion(task, task.weight if reweight else task.working, degrees)
    out[0] = task.beta[last] + slope * ahead + people
    out[1] = math.sqrt(dispersion * spread)
    out[2] = phi
    out[3] = slope if kept else np.nan


@kernel
def baselines(
    counts: Floats,
    exposure: Floats,
    rows: Integers,
    block: Integers,
    sizes: Integers,
    now: Integers,
    blocks: int,
    trend: NDArray[np.bool_],
    critical: Floats,
    reweight: bool,
    threshold: float,
    out: Floats,
) -> None:
    """Fit each series at each period that is looked at.

    Args:
        counts: (S, T) counts.
        exposure: (S, T) logarithm of the population, or zeros.
        rows: (P, N) periods of the baseline of each period looked at; -1 fills.
        block: (P, N) season block of each.
        sizes: (P) rows in use.
        now: (P) the period looked at; its block is the last, `blocks` - 1.
        blocks: Season blocks.
        trend: (P) whether a trend is tried.
        critical: (P) absolute t from which a trend is kept.
        reweight: Whether past outbreaks lose weight.
        threshold: Anscombe residual from which they do.
        out: (S, P, 5) expected log mean, its standard error on the log scale, dispersion, slope
            (nan: no trend), whether there is a model; overwritten.
    """
    for p in range(rows.shape[0]):
        n = sizes[p]
        index, group = rows[p, :n], block[p, :n].copy()
        present = np.zeros(blocks, dtype=np.int64)
        present[group] = 1
        centre = index.sum() / n
        task = Task(
            np.empty(n), group, index - centre, np.empty(n), np.empty(n), np.empty(n),
            np.empty(n), np.empty(blocks + 1), np.empty((3, blocks + 1)),
        )  # fmt: skip
        for s in range(counts.shape[0]):
            for i in range(n):
                task.response[i] = counts[s, index[i]]
                task.offset[i] = exposure[s, index[i]]
            _predicted(
                task, present.sum(), trend[p], critical[p], reweight, threshold,
                now[p] - centre, exposure[s, now[p]], out[s, p],
            )  # fmt: skip
