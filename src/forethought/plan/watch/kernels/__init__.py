"""Compiled loops of the early-warning signals."""

from __future__ import annotations

from pathlib import Path

from forethought.stats.compiled import COMPILED, Compiler

__all__ = ["COMPILED", "cache_folder", "kernel"]

_COMPILER = Compiler(Path(__file__).parent)
kernel = _COMPILER.kernel


def cache_folder() -> Path:
    """Where the compiled code lies."""
    return _COMPILER.folder
