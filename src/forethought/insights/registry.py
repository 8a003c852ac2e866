"""Kinds of insight, found through entry points; a broken one never stops the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from forethought.errors import NotFound, SpecificationError, did_you_mean
from forethought.insights.base import Insight

GROUP = "forethought.insights"


@dataclass(frozen=True)
class BrokenKind:
    """A kind whose module does not load, and why."""

    kind: str
    package: str
    reason: str


@lru_cache(maxsize=1)
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def kind_names() -> tuple[str, ...]:
    """Names of all kinds installed here, without importing them."""
    return tuple(sorted(_entries()))


def kind_of(name: str) -> Insight[Any]:
    """The kind of that name.

    Raises:
        NotFound: No installed package offers it.
        SpecificationError: Its module does not load or is no `Insight`.
    """
    entry = _entries().get(name)
    if entry is None:
        raise NotFound(
            f'There is no kind of insight "{name}".', remedy=did_you_mean(name, kind_names())
        )
    try:
        loaded = entry.load()
        kind = loaded()
    except Exception as error:
        raise SpecificationError(
            f"The kind does not load: {error}.",
            where=entry.value,
            remedy="Mend or remove the package that offers it.",
        ) from error
    if not isinstance(kind, Insight):
        raise SpecificationError(
            "The entry point is no subclass of forethought.insights.Insight.", where=entry.value
        )
    return kind


def broken_kinds() -> tuple[BrokenKind, ...]:
    """Kinds that are installed and do not load, for `forethought doctor`."""
    broken = []
    for name, entry in sorted(_entries().items()):
        try:
            kind_of(name)
        except SpecificationError as error:
            package = entry.dist.name if entry.dist else entry.module
            broken.append(BrokenKind(name, package, error.what))
    return tuple(broken)
