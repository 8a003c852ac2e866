"""Whether what a run was made from may still be shown today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forethought.insights.receipt import Receipt
    from forethought.workspace.wiring import Wiring


@dataclass(frozen=True)
class Standing:
    """How a run stands today.

    Args:
        live: Whether its figures may be shown.
        why: What stands in the way, in a sentence.
        ask: Whom to ask.
        erased: Whether people were erased from the data since it was made.
    """

    live: bool
    why: str = ""
    ask: str = ""
    erased: bool = False


def standing_of(wiring: Wiring, receipt: Receipt) -> Standing:
    """Ask the gate again for every dataset of the run: an expired or withdrawn agreement stops it.

    Nothing is read, so nothing is recorded.
    """
    from forethought.data.gate import ReadRequest

    for read in receipt.reads:
        request = ReadRequest(
            person=receipt.made_by,
            purpose=receipt.purpose,
            dataset=read.dataset,
            columns=read.columns,
            reason="standing of a published run",
            insight=receipt.insight,
            run_id=receipt.run_id,
        )
        decision = wiring.gate.decide(request)
        if not decision.allowed:
            return Standing(live=False, why=decision.reason, ask=decision.ask)
    versions = {read.dataset: read.version for read in receipt.reads}
    erased = bool(wiring.store.erased_since(versions, manifest=receipt.manifest))
    return Standing(live=True, erased=erased)
