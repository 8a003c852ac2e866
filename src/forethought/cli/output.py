"""How commands speak: results on stdout, words on stderr, errors without a traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from forethought.errors import ForethoughtError

words = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A word to the person, on stderr."""
    words.print(text, markup=False)


def result(text: str) -> None:
    """A line of the result, on stdout."""
    sys.stdout.write(text + "\n")


def as_json(value: Any) -> None:
    """The result as one JSON document on stdout."""
    sys.stdout.write(json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n")


def plain(value: Any) -> Any:
    """Values that JSON has: dataclasses as mappings, dates and paths as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date | Path):
        return str(value)
    return value


def rows(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """A table on stdout: drawn on a terminal, tab-separated in a pipe."""
    if not sys.stdout.isatty():
        for line in lines:
            result("\t".join(str(cell) for cell in line))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    for line in lines:
        table.add_row(*(str(cell) for cell in line))
    Console(highlight=False).print(table)


def explain(error: ForethoughtError, *, json_wanted: bool) -> int:
    """Tell an error and give its exit code."""
    if json_wanted:
        as_json(error.as_json())
    else:
        say(str(error))
    return error.exit_code
