"""Distributions of a pathway file as mean and coefficient of variation."""

from __future__ import annotations

import math
from typing import Any

from forethought.place.yaml_files import Place
from forethought.plan.simulation.lengths import HIGHEST_SHAPE, LOWEST_SHAPE, weibull_cv
from forethought.plan.simulation.pathway import Distribution, Family
from forethought.plan.simulation.pathway_shapes import FAMILIES, Shapes
from forethought.plan.simulation.units import Span

LARGEST_UNIFORM_CV = 1 / math.sqrt(3)
_KNOWN = ", ".join(FAMILIES)
_SPREAD_REMEDY = "Write cv (standard deviation over mean) or sd, one of them, above 0."
_CLOCK_REMEDY = "Write hours or minutes of work: 11h, 30min."


def distribution(
    given: Any, place: Place, *, hours: bool, problems: list[tuple[Place, str, str]]
) -> Distribution | None:
    """A distribution of hours (staff time) or of days; None where the file's is wrong.

    Args:
        given: A time (always the same), or `Shapes`.
        place: Where it stands.
        hours: Give hours, not days; days are refused then.
        problems: Gets what is wrong.
    """
    if isinstance(given, Span):
        return _checked("fixed", given, 0.0, place, hours=hours, problems=problems)
    named = [family for family in FAMILIES if getattr(given, family) is not None]
    if len(named) != 1:
        problems.append((place, f"{len(named)} distributions stand here.", f"Name one: {_KNOWN}."))
        return None
    return _of_family(given, named[0], place, hours=hours, problems=problems)


def _of_family(
    given: Shapes[Any],
    family: str,
    place: Place,
    *,
    hours: bool,
    problems: list[tuple[Place, str, str]],
) -> Distribution | None:
    part = getattr(given, family)
    at = (*place, family)
    if family == "uniform" and part.mean is None:
        return _between(part, at, hours=hours, problems=problems)
    mean = part if family == "fixed" else part.mean
    cv = {"fixed": 0.0, "exponential": 1.0}.get(family)
    if cv is None:
        cv, remedy = _spread(family, part)
        if cv is None:
            problems.append((at, "Its spread is not told, or cannot be.", remedy))
            return None
    return _checked(family, mean, cv, at, hours=hours, problems=problems)  # type: ignore[arg-type]


def _spread(family: str, part: Any) -> tuple[float | None, str]:
    """The coefficient of variation of a part that tells its mean, and what it may write."""
    if family == "uniform":
        right = part.start is None and part.to is None and part.cv is not None
        cv = part.cv if right and 0 < part.cv <= LARGEST_UNIFORM_CV else None
        return cv, "Write from and to: {from: 1h, to: 3h}."
    if family == "weibull":
        cv = part.cv if part.shape is None else weibull_cv(part.shape)
        low, high = weibull_cv(HIGHEST_SHAPE), weibull_cv(LOWEST_SHAPE)
        right = (part.cv is None) != (part.shape is None) and cv is not None and low <= cv <= high
        remedy = f"Write one of shape ({LOWEST_SHAPE:g} to {HIGHEST_SHAPE:g}) and cv."
        return (cv if right else None), remedy
    cv = part.cv
    if part.sd is not None:
        cv = part.sd.days / part.mean.days if part.mean.number > 0 and cv is None else None
    return (cv or None), _SPREAD_REMEDY


def _between(
    part: Any, at: Place, *, hours: bool, problems: list[tuple[Place, str, str]]
) -> Distribution | None:
    if part.start is None or part.to is None or part.start.days >= part.to.days:
        problems.append((at, "It has no two ends in order.", "Write {from: 1h, to: 3h}."))
        return None
    if hours and "d" in {part.start.unit, part.to.unit}:
        problems.append((at, "A day of work is not clear.", _CLOCK_REMEDY))
        return None
    low, high = (end.hours if hours else end.days for end in (part.start, part.to))
    mean = (low + high) / 2
    return Distribution("uniform", mean, (high - low) / math.sqrt(12) / mean)


def _checked(
    family: Family,
    mean: Span,
    cv: float,
    place: Place,
    *,
    hours: bool,
    problems: list[tuple[Place, str, str]],
) -> Distribution | None:
    if hours and mean.unit not in {"h", "min"}:
        problems.append((place, f"A day of work is not clear: {mean.number:g}d.", _CLOCK_REMEDY))
        return None
    if family != "fixed" and mean.number <= 0:
        problems.append((place, "The mean is 0.", "Write a mean above 0, or fixed: 0h."))
        return None
    return Distribution(family, mean.hours if hours else mean.days, cv)
