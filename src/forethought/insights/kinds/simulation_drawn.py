"""Charts that a what-if leaves as they are: drawn once, shown on every view of the run.

A drawing is a pure function of its arguments, so the last ones are kept by their arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forethought.results.drawing import Drawing

MOST_KEPT = 64


@lru_cache(maxsize=MOST_KEPT)
def drawn(draw: Callable[..., Drawing], *parts: Hashable, **words: Hashable) -> Drawing:
    """What a function of `forethought.results.charts` draws; the same arguments, the same drawing.

    Args:
        draw: The function.
        *parts: Its arguments, sequences as tuples of frozen values.
        **words: Its keywords.
    """
    arguments: tuple[Any, ...] = parts
    return draw(*arguments, **words)
