"""What leaves the store by a read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from forethought.data.gate import Decision
from forethought.data.versions import DatasetVersion

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Read:
    """Rows that left the store, with what stands behind them.

    Args:
        frame: The rows, limited to the columns asked for.
        version: The version that they come from, with the parts that were read alone.
        quality: Its quality score.
        decision: What allowed it.
        as_of: Last day on which a row may have been recorded, where that was asked for and the
            dataset records it.
        left_out: Partner to why the rows they delivered were left out.
    """

    frame: pl.DataFrame
    version: DatasetVersion
    quality: Mapping[str, object]
    decision: Decision
    as_of: date | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
