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
    """Ask the gate again for every dataset of the run, and of the runs whose results it uses.

    An agreement that has ended stops a run that read rows under it, whoever else's rows it read.
    Nothing is read, so nothing is recorded.
    """
    from forethought.data.gate import ReadRequest, left_out_words

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
        lost = {name: why for name, why in decision.left_out.items() if name in read.partners}
        if lost:
            words = " ".join(left_out_words(lost))
            return Standing(
                live=False,
                why=f"{words} The next run counts without them.",
                ask=wiring.people.name_of(receipt.owner),
            )
    for run_id in receipt.upstream.values():
        standing = standing_of(wiring, _receipt(wiring, run_id))
        if not standing.live:
            return standing
    versions = {read.dataset: read.version for read in receipt.reads}
    erased = bool(wiring.store.erased_since(versions, manifest=receipt.manifest))
    return Standing(live=True, erased=erased)


def left_out_of(receipt: Receipt) -> tuple[str, ...]:
    """Whose rows a run left out, a sentence for each dataset and reason."""
    return tuple(
        f"{read.name}: {words[0].lower()}{words[1:]}"
        for read in receipt.reads
        for words in read.left_out_words
    )


def _receipt(wiring: Wiring, run_id: str) -> Receipt:
    from forethought.data.runs import Runs
    from forethought.insights.receipt import Receipt

    runs = Runs(wiring.store_path / "runs")
    return Receipt.from_json(runs.document(runs.insight_of(run_id), run_id, "receipt"))
