"""Compiled loops of the simulation.

Compiled code is kept in a folder that is named by the hash of all files here, because a compiler
that looks at one file at a time would go on using an old helper of another file. Where numba
cannot be imported the same functions run interpreted on numpy arrays: the same bits, slower.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def cache_folder() -> Path:
    """Where compiled code lies: one folder for each state of the sources of this package."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("FORETHOUGHT_CACHE") or os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else Path.home() / ".cache"
    folder = root / "forethought" / f"kernels-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"forethought-kernels-{digest.hexdigest()[:16]}"
        folder.mkdir(parents=True, exist_ok=True)
    return folder


numba: Any
try:
    numba = import_module("numba")
    numba.config.CACHE_DIR = str(cache_folder())
    COMPILED = not bool(numba.config.DISABLE_JIT)
except ImportError:  # pragma: no cover  a platform without it
    numba = None
    COMPILED = False


def kernel(function: F) -> F:
    """Compile a loop: arrays in, arrays out, no Python objects, other threads go on meanwhile."""
    if numba is None:  # pragma: no cover  a platform without it
        return function
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def lean(function: F) -> F:
    """Compile a loop as `kernel` does, without counting who refers to an array.

    It must make no array; those that it is given outlive it. Counting them at each step would take
    most of the time of a loop with many arrays.
    """
    if numba is None:  # pragma: no cover  a platform without it
        return function
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)
    return cast("F", compiled)


def inlined(function: F) -> F:
    """Compile a piece of a lean loop that always becomes part of its caller."""
    if numba is None:  # pragma: no cover  a platform without it
        return function
    compiled = numba.njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)(function)
    return cast("F", compiled)
