"""Work: what comes in, what is closed, what is open, and the staff who do it, as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from forethought.insights.base import Insight, InsightSpec, Result, RunContext
from forethought.insights.blocks import Block

if TYPE_CHECKING:
    from forethought.insights.base import Frames

ITEM_COLUMNS = (
    "stage",
    "work_class",
    "team",
    "received_on",
    "started_on",
    "completed_on",
    "due_on",
    "recorded_on",
)
STAFF_COLUMNS = ("team", "month", "fte_funded", "fte_in_post", "fte_available", "agency_fte")


class WorkSettings(BaseModel):
    """What a person may set of a work insight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: str = Field("asc_work_items", description="Dataset of work items.")
    staff: str = Field("asc_staff", description="Dataset of staff by team and month.")
    weeks_shown: int = Field(52, ge=13, le=156, description="Weeks on the chart.")
    months_shown: int = Field(36, ge=12, le=120, description="Months where weeks are too small.")
    recent_weeks: int = Field(13, ge=4, le=52, description="Weeks that the answer speaks of.")


class WorkSpec(InsightSpec):
    """A work insight's file. It may follow a demand insight, whose requests it shows beside."""

    settings: WorkSettings = Field(WorkSettings(), description="What it reads and shows.")


class WorkInsight(Insight[WorkSpec]):
    """Whether the work that is closed keeps up with the work that comes in."""

    kind: ClassVar[str] = "work"
    Spec: ClassVar[type[WorkSpec]] = WorkSpec

    def reads(self, spec: WorkSpec) -> Mapping[str, tuple[str, ...]]:
        """Work items and staff."""
        return {spec.settings.items: ITEM_COLUMNS, spec.settings.staff: STAFF_COLUMNS}

    def compute(self, frames: Frames, spec: WorkSpec, context: RunContext) -> Result:
        """Count work in, out and open; hide small numbers."""
        from forethought.insights.kinds.work_counts import compute_work

        return compute_work(frames, spec, context)

    def publish(
        self, result: Result, spec: WorkSpec, context: RunContext, view: Mapping[str, str]
    ) -> list[Block]:
        """The page of one view: all work, a stage or a team."""
        from forethought.insights.kinds.work_page import publish_work

        return publish_work(result, spec, context, view)
