"""Compiled loops: one cache folder for each state of a package's sources, no Python inside.

Compiled code is kept in a folder that is named by the hash of all files of a package of loops,
because a compiler that looks at one file at a time would go on using an old helper of another
file. Where numba cannot be imported the same functions run interpreted on numpy arrays: the same
bits, slower.
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

numba: Any
try:
    numba = import_module("numba")
    COMPILED = not bool(numba.config.DISABLE_JIT)
except ImportError:  # pragma: no cover  a platform without it
    numba = None
    COMPILED = False


class Compiler:
    """Compiles the loops of one package.

    Args:
        package: The folder that holds the package's sources.
    """

    def __init__(self, package: Path) -> None:
        self.folder = _cache_folder(package)

    def kernel(self, function: F) -> F:
        """Compile a loop: arrays in, arrays out, other threads go on meanwhile."""
        return self._compiled(function, cache=True)

    def lean(self, function: F) -> F:
        """Compile a loop as `kernel` does, without counting who refers to an array.

        It must make no array; those that it is given outlive it. Counting them at each step would
        take most of the time of a loop with many arrays.
        """
        return self._compiled(function, cache=True, _nrt=False)

    def inlined(self, function: F) -> F:
        """Compile a piece of a lean loop that always becomes part of its caller."""
        return self._compiled(function, _nrt=False, forceinline=True)

    def _compiled(self, function: F, **options: Any) -> F:
        if numba is None:  # pragma: no cover  a platform without it
            return function
        numba.config.CACHE_DIR = str(self.folder)  # looked at when a function is wrapped
        return cast("F", numba.njit(nogil=True, error_model="numpy", **options)(function))


def _cache_folder(package: Path) -> Path:
    """Where compiled code lies: one folder for each state of the sources of a package."""
    digest = hashlib.sha256()
    for source in sorted(package.glob("*.py")):
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
