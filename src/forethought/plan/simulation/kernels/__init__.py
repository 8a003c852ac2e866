"""Compiled loops of the simulation."""

from __future__ import annotations

from pathlib import Path

from forethought.stats.compiled import COMPILED, Compiler

__all__ = ["COMPILED", "cache_folder", "inlined", "kernel", "lean"]

_COMPILER = Compiler(Path(__file__).parent)
kernel, lean, inlined = _COMPILER.kernel, _COMPILER.lean, _COMPILER.inlined


def cache_folder() -> Path:
    """Where the compiled code lies."""
    return _COMPILER.folder
