"""A small kind of insight for tests: tenancies by district's landlord, from several partners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from forethought.insights.base import Insight, InsightSpec, Result, RunContext
from forethought.insights.blocks import Block, Headline

if TYPE_CHECKING:
    from forethought.insights.base import Frames


class Tenancies(Insight[InsightSpec]):
    """How many tenancies there are."""

    kind = "tenancies"
    Spec = InsightSpec

    def reads(self, spec: InsightSpec) -> Mapping[str, tuple[str, ...]]:
        """The tenancies."""
        assert spec.purpose
        return {"district_housing": ("household_id", "tenure")}

    def compute(self, frames: Frames, spec: InsightSpec, context: RunContext) -> Result:
        """Count them."""
        assert spec.id
        assert context.minimum_count
        counts = frames["district_housing"].group_by("tenure").len("people").sort("tenure")
        total = int(counts.select(pl.col("people").sum()).item())
        return Result({"counts": counts}, {"total": total})

    def publish(
        self, result: Result, spec: InsightSpec, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        """Say it."""
        assert spec.id
        assert context.place
        assert not view
        return [Headline(f"There are **{result.values['total']:,}** tenancies.", level="county")]
