"""The monthly round: load, run, hold to account, say what is new; again it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forethought.workspace.digesting import MadeAnew, cause_lines, made_anew, made_line

if TYPE_CHECKING:
    from forethought.data.ingest import IngestReport
    from forethought.plan.demand.reviewed import Reviewed
    from forethought.workspace.answering import SignalState
    from forethought.workspace.door import Workspace

NO_CHANGE, REFUSED = "no change", "refused"


@dataclass(frozen=True, eq=False)
class MonthlyRound:
    """What a monthly round found.

    Args:
        loaded: Reports of the files that were new.
        refused: Reports of files that were refused whole.
        unchanged: Files of the inbox that were loaded before.
        made: Runs that were made.
        records: The record of kept forecasts by insight.
        signals: Causes that the watch of the month before did not have.
        waiting: How many causes nobody has answered.
        failed: Checks that failed in the newest run of an insight, by its run.
    """

    loaded: tuple[IngestReport, ...]
    refused: tuple[IngestReport, ...]
    unchanged: int
    made: tuple[MadeAnew, ...]
    records: Mapping[str, Reviewed]
    signals: tuple[SignalState, ...]
    waiting: int
    failed: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """The round in plain values; of a record its summary."""
        records = {name: found.as_json() for name, found in self.records.items()}
        for found in records.values():
            found.pop("rows")
        return {**vars(self), "records": records}

    def lines(self) -> list[str]:
        """The round as text, part by part."""
        from forethought.workspace.loading import sentence

        came = [f"- {sentence(each)}" for each in (*self.loaded, *self.refused)]
        told = [line for each in self.signals for line in cause_lines(each)]
        records = [
            line
            for name, found in self.records.items()
            for line in (f"- {name}: {found.headline()}", *(f"  {n}" for n in found.notes()))
        ]
        failed = [f"- {run}: {', '.join(names)}" for run, names in self.failed.items()]
        waits = "cause waits" if self.waiting == 1 else "causes wait"
        return [
            f"What came in ({self.unchanged} files had come before):",
            *(came or ["- Nothing."]),
            "",
            "What was made anew:",
            *([made_line(each) for each in self.made] or ["- Nothing: no new data."]),
            "",
            "Forecast and what came:",
            *(records or ["- No forecast is kept yet."]),
            "",
            f"New signals ({self.waiting} {waits} for an answer):",
            *(told or ["- None.", ""]),
            "Checks that failed:",
            *(failed or ["- None."]),
        ]


def monthly_round(ws: Workspace, progress: Callable[[str], None]) -> MonthlyRound:
    """Load the inbox, run what is due, and gather what a month's meeting asks about.

    Args:
        ws: Who does it.
        progress: Told each step.

    Raises:
        DataError: A file cannot be read, or a run fails; what was done before it stays.
    """
    from forethought.workspace.loading import INBOX

    files = any(path.is_file() for path in (ws.path / INBOX).glob("*/*/*"))
    reports = ws.ingest(progress=progress) if files else []
    outcomes = ws.run_due(progress=progress)
    signals = [each for each in ws.signals() if not each.under]
    newest = [ws.programme.latest(name) for name in ws.wiring.specs]
    failed = {
        receipt.run_id: tuple(check.name for check in receipt.checks if not check.passed)
        for receipt in newest
        if receipt is not None
    }
    return MonthlyRound(
        loaded=tuple(each for each in reports if each.status not in {NO_CHANGE, REFUSED}),
        refused=tuple(each for each in reports if each.status == REFUSED),
        unchanged=sum(each.status == NO_CHANGE for each in reports),
        made=tuple(made_anew(each.receipt) for each in outcomes if each.status == "made"),
        records=_records(ws),
        signals=tuple(each for each in signals if each.fresh),
        waiting=sum(each.state == "new" for each in signals),
        failed={run_id: names for run_id, names in failed.items() if names},
    )


def _records(ws: Workspace) -> dict[str, Reviewed]:
    """The record of each demand insight whose newest run may be shown."""
    from forethought.errors import AccessDenied, ApprovalMissing
    from forethought.workspace.recording import recorded

    found = {}
    for name in recorded(ws):
        try:
            found[name] = ws.record_of(name)
        except (AccessDenied, ApprovalMissing):
            continue
    return found
