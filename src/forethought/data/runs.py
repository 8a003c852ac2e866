"""Runs on disk: `runs/<insight>/<run id>/`, written whole or not at all, never changed after.

A view of a run (other choices of its form) is drawn when first asked for and kept beside it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.errors import NotFound, StoreError

if TYPE_CHECKING:
    import polars as pl

SAFE_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]*$")


@dataclass(frozen=True)
class RunFiles:
    """What a run or a view of it writes.

    Args:
        documents: JSON documents by file stem.
        tables: Frames by file stem, written as Parquet.
        drawings: SVG text by file stem.
    """

    documents: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]
    drawings: Mapping[str, str]


class Runs:
    """The runs of a store.

    Args:
        folder: The `runs` folder of the store.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def exists(self, insight: str, run_id: str) -> bool:
        """Whether the run was made."""
        return (self._path(insight, run_id) / "receipt.json").is_file()

    def ids(self, insight: str) -> list[str]:
        """Run ids of an insight, newest first."""
        found = self._folder.glob(f"{_safe(insight)}/*/receipt.json")
        made = {path.parent.name: path.stat().st_mtime_ns for path in found}
        return sorted(made, key=lambda run_id: made[run_id], reverse=True)

    def insight_of(self, run_id: str) -> str:
        """The insight of a run.

        Raises:
            NotFound: No insight has that run.
        """
        for path in self._folder.glob(f"*/{_safe(run_id)}/receipt.json"):
            return path.parent.parent.name
        raise NotFound(
            f'There is no run "{run_id}" here.', remedy="forethought list names the runs."
        )

    def write(self, insight: str, run_id: str, files: RunFiles) -> None:
        """Write a run; a run that exists stays as it is.

        Raises:
            StoreError: The disk refuses.
        """
        if not self.exists(insight, run_id):
            self._write(self._path(insight, run_id), files)

    def write_view(self, insight: str, run_id: str, view: str, files: RunFiles) -> None:
        """Keep a view of a run beside it."""
        target = self._path(insight, run_id) / "views" / _safe(view)
        if not target.is_dir():
            self._write(target, files)

    def document(self, insight: str, run_id: str, name: str, view: str = "") -> Any:
        """A JSON document of a run or view; None where there is none."""
        path = self._at(insight, run_id, view) / f"{_safe(name)}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def drawing(self, insight: str, run_id: str, name: str, view: str = "") -> bytes:
        """The SVG of a run or view.

        Raises:
            NotFound: The run has no such drawing.
        """
        path = self._at(insight, run_id, view) / f"{_safe(name)}.svg"
        if not path.is_file():
            raise NotFound("The run has no such drawing.", where=run_id)
        return path.read_bytes()

    def tables(
        self, insight: str, run_id: str, names: Collection[str] | None = None
    ) -> dict[str, pl.DataFrame]:
        """The result frames of a run by name: all, or those of some names that it has."""
        import polars as pl

        folder = self._path(insight, run_id)
        return {
            path.stem: pl.read_parquet(path)
            for path in sorted(folder.glob("*.parquet"))
            if names is None or path.stem in names
        }

    def _path(self, insight: str, run_id: str) -> Path:
        return self._folder / _safe(insight) / _safe(run_id)

    def _at(self, insight: str, run_id: str, view: str) -> Path:
        run = self._path(insight, run_id)
        return run / "views" / _safe(view) if view else run

    def _write(self, target: Path, files: RunFiles) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            staged = Path(tempfile.mkdtemp(prefix=".staged-", dir=target.parent))
            staged.chmod(0o700)
            try:
                _fill(staged, files)
                staged.replace(target)
            except OSError:
                if not target.is_dir():  # else another process made the same run first
                    raise
            finally:
                shutil.rmtree(staged, ignore_errors=True)
        except OSError as error:
            raise StoreError(
                f"The run cannot be written: {error.strerror}.",
                where=target.name,
                remedy="Free some disk or mend the folder's permissions, then run it again.",
            ) from error


def _fill(folder: Path, files: RunFiles) -> None:
    for name, frame in files.tables.items():
        frame.write_parquet(folder / f"{_safe(name)}.parquet")
    for name, svg in files.drawings.items():
        _write_whole(folder / f"{_safe(name)}.svg", svg)
    for name, document in files.documents.items():
        text = json.dumps(document, indent=1, ensure_ascii=False, default=str)
        _write_whole(folder / f"{_safe(name)}.json", text)


def _write_whole(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _safe(name: str) -> str:
    if not SAFE_NAME.match(name) or ".." in name:
        raise NotFound("That is no name of a run, view or drawing.")
    return name
