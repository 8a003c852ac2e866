"""Random numbers by counter: the n-th number of a key, in any order, on any worker.

A key belongs to (seed, replication, purpose, queue). Number n of a key is the splitmix64 mixer at
position n, so that whoever asks for it gets the same bits: scenarios share their random numbers,
and blocks and threads change nothing.

References:
    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators;
    Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3;
    Marsaglia and Tsang (2000), A simple method for generating gamma variables;
    Hörmann (1993), The transformed rejection method for generating Poisson random variables, and
    The generation of binomial random variates;
    Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution.
"""

from __future__ import annotations

import math

import numpy as np

from forethought.plan.simulation.kernels import kernel

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53

# What a key is for. A new purpose gets a new number; a number is never used again. They are typed,
# or each of them would compile a function of its own.
ARRIVALS, ARRIVAL_TIMES, EFFORT, ROUTE, DELAY = (np.int64(n) for n in range(1, 6))
LENGTH, RENEGE, ESCALATE, SICKNESS, SPLIT = (np.int64(n) for n in range(6, 11))
DISPERSION, HANDBACK, RESIDUAL, PARAMETER = (np.int64(n) for n in range(11, 15))

FIXED, EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL, UNIFORM = 0, 1, 2, 3, 4, 5
FAMILIES = ("fixed", "exponential", "gamma", "lognormal", "weibull", "uniform")


@kernel
def mix(word: np.uint64) -> np.uint64:
    """Scramble 64 bits."""
    word = (word ^ (word >> _30)) * _FIRST
    word = (word ^ (word >> _27)) * _SECOND
    return word ^ (word >> _31)


@kernel
def key_of(seed: int, replication: int, purpose: int, queue: int) -> np.uint64:
    """The key of a replication, a purpose and a queue (or pool, or flow)."""
    word = mix(np.uint64(seed) * GOLDEN + np.uint64(0x632BE59BD9B4E019))
    word = mix((word ^ np.uint64(replication)) * GOLDEN + np.uint64(purpose))
    return mix((word ^ np.uint64(queue)) * GOLDEN + np.uint64(0x2545F4914F6CDD1D))


@kernel
def uniform(key: np.uint64, n: int) -> float:
    """Number n of a key, above 0 and below 1."""
    word = mix(key + np.uint64(n) * GOLDEN)
    return (np.float64(word >> _11) + 0.5) * _UNIT


@kernel
def subkey(key: np.uint64, n: int) -> np.uint64:
    """A key of its own for number n, where one number is not enough."""
    return mix((key ^ np.uint64(n)) * GOLDEN + np.uint64(0xD1B54A32D192ED03))


@kernel
def normal_quantile(p: float) -> float:
    """Standard normal quantile of p (AS 241, 16 digits)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = (
            (
                (
                    (
                        (
                            (2509.0809287301226727 * r + 33430.575583588128105) * r
                            + 67265.770927008700853
                        )
                        * r
                        + 45921.953931549871457
                    )
                    * r
                    + 13731.693765509461125
                )
                * r
                + 1971.5909503065514427
            )
            * r
            + 133.14166789178437745
        ) * r + 3.387132872796366608
        low = (
            (
                (
                    (
                        (
                            (5226.495278852854561 * r + 28729.085735721942674) * r
                            + 39307.89580009271061
                        )
                        * r
                        + 21213.794301586595867
                    )
                    * r
                    + 5394.1960214247511077
                )
                * r
                + 687.1870074920579083
            )
            * r
            + 42.313330701600911252
        ) * r + 1.0
        return q * top / low
    r = p if q < 0 else 1.0 - p
    r = math.sqrt(-math.log(r))
    if r <= 5.0:
        r -= 1.6
        top = (
            (
                (
                    (
                        (
                            (7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r
                            + 0.24178072517745061177
                        )
                        * r
                        + 1.27045825245236838258
                    )
                    * r
                    + 3.64784832476320460504
                )
                * r
                + 5.7694972214606914055
            )
            * r
            + 4.6303378461565452959
        ) * r + 1.42343711074968357734
        low = (
            (
                (
                    (
                        (
                            (1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r
                            + 0.0151986665636164571966
                        )
                        * r
                        + 0.14810397642748007459
                    )
                    * r
                    + 0.68976733498510000455
                )
                * r
                + 1.6763848301838038494
            )
            * r
            + 2.05319162663775882187
        ) * r + 1.0
    else:
        r -= 5.0
        top = (
            (
                (
                    (
                        (
                            (2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
                            + 0.0012426609473880784386
                        )
                        * r
                        + 0.026532189526576123093
                    )
                    * r
                    + 0.29656057182850489123
                )
                * r
                + 1.7848265399172913358
            )
            * r
            + 5.4637849111641143699
        ) * r + 6.6579046435011037772
        low = (
            (
                (
                    (
                        (
                            (2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r
                            + 1.8463183175100546818e-5
                        )
                        * r
                        + 7.868691311456132591e-4
                    )
                    * r
                    + 0.0148753612908506148525
                )
                * r
                + 0.13692988092273580531
            )
            * r
            + 0.59983220655588793769
        ) * r + 1.0
    return -top / low if q < 0 else top / low


@kernel
def normal(key: np.uint64, n: int) -> float:
    """Standard normal number n of a key."""
    return normal_quantile(uniform(key, n))


@kernel
def exponential(key: np.uint64, n: int) -> float:
    """Exponential number n of a key, mean 1."""
    return -math.log(uniform(key, n))


@kernel
def gamma(shape: float, key: np.uint64, n: int) -> float:
    """Gamma number n of a key, scale 1 (mean `shape`)."""
    own = subkey(key, n)
    boosted = shape if shape >= 1.0 else shape + 1.0
    d = boosted - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    at = 0
    value = d
    while True:
        x = normal(own, at)
        v = 1.0 + c * x
        at += 2
        if v <= 0.0:
            continue
        v = v * v * v
        u = uniform(own, at - 1)
        if u < 1.0 - 0.0331 * (x * x) * (x * x) or (
            math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v)
        ):
            value = d * v
            break
    if shape < 1.0:
        value *= uniform(own, at + 1) ** (1.0 / shape)
    return value


@kernel
def sample(family: int, mean: float, cv: float, shape: float, key: np.uint64, n: int) -> float:
    """Number n of a key from a distribution with a mean and a cv.

    `shape` is the third parameter, worked out once (see `model.shape_of`): 1/cv² (gamma), sigma
    (lognormal), k (weibull).
    """
    if family == EXPONENTIAL:
        return mean * exponential(key, n)
    if family == GAMMA:
        return mean / shape * gamma(shape, key, n)
    if family == LOGNORMAL:
        return mean * math.exp(shape * normal(key, n) - 0.5 * shape * shape)
    if family == WEIBULL:
        return mean / math.gamma(1.0 + 1.0 / shape) * exponential(key, n) ** (1.0 / shape)
    if family == UNIFORM:
        return mean * (1.0 + cv * math.sqrt(3.0) * (2.0 * uniform(key, n) - 1.0))
    return mean


@kernel
def poisson(mean: float, key: np.uint64, n: int) -> int:
    """Poisson number n of a key; one uniform below a mean of 30, so monotone in the mean."""
    if mean <= 0.0:
        return 0
    if mean < 30.0:
        chance = uniform(key, n)
        count = 0
        term = math.exp(-mean)
        while chance > term and count < 400:
            chance -= term
            count += 1
            term *= mean / count
        return count
    own = subkey(key, n)
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    accept = 0.9277 - 3.6224 / (b - 2.0)
    at = 0
    while True:
        u = uniform(own, at) - 0.5
        v = uniform(own, at + 1)
        at += 2
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= accept:
            return int(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        left = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if left <= k * math.log(mean) - mean - math.lgamma(k + 1.0):
            return int(k)


@kernel
def binomial(trials: int, chance: float, key: np.uint64, n: int) -> int:
    """Binomial number n of a key."""
    if trials <= 0 or chance <= 0.0:
        return 0
    if chance >= 1.0:
        return trials
    p = chance if chance <= 0.5 else 1.0 - chance
    if trials * p < 10.0:
        found = _binomial_inversion(trials, p, uniform(key, n))
    else:
        found = _binomial_rejection(trials, p, subkey(key, n))
    return found if chance <= 0.5 else trials - found


@kernel
def _binomial_inversion(trials: int, p: float, chance: float) -> int:
    if chance <= 1.0 - trials * p:  # at most (1 - p)^trials: none, most often where they are rare
        return 0
    odds = p / (1.0 - p)
    term = math.exp(trials * math.log1p(-p))
    count = 0
    while chance > term and count < trials:
        chance -= term
        count += 1
        term *= odds * (trials - count + 1) / count
    return count


@kernel
def _binomial_rejection(trials: int, p: float, own: np.uint64) -> int:
    q = 1.0 - p
    spread = math.sqrt(trials * p * q)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = trials * p + 0.5
    accept = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    mode = math.floor((trials + 1) * p)
    at = 0
    while True:
        u = uniform(own, at) - 0.5
        v = uniform(own, at + 1)
        at += 2
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + c)
        if us >= 0.07 and v <= accept:
            return int(k)
        if k < 0 or k > trials:
            continue
        v = math.log(v * alpha / (a / (us * us) + b))
        bound = math.lgamma(mode + 1.0) + math.lgamma(trials - mode + 1.0)
        bound -= math.lgamma(k + 1.0) + math.lgamma(trials - k + 1.0)
        if v <= bound + (k - mode) * math.log(p / q):
            return int(k)
