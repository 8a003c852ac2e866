"""Whether what a run was made from may still be shown today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forethought.errors import AccessDenied, ApprovalMissing

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
        waits: Approvals that it lacks, in words. Those who run, advise or decide see it even so.
    """

    live: bool
    why: str = ""
    ask: str = ""
    erased: bool = False
    waits: tuple[str, ...] = ()

    def or_raise(self, run_id: str) -> None:
        """Refuse what may not be shown.

        Raises:
            ApprovalMissing: It lacks an approval.
            AccessDenied: An agreement has ended.
        """
        if self.live:
            return
        refusal = ApprovalMissing if self.waits else AccessDenied
        raise refusal(self.why, where=run_id, remedy=f"Ask {self.ask}." if self.ask else "")


def standing_of(wiring: Wiring, receipt: Receipt, viewer: str = "") -> Standing:
    """Ask for the approvals, and ask the gate again for every dataset of the run.

    An agreement that has ended stops a run that read rows under it, whoever else's rows it read,
    and the runs that use its results. Nothing is read, so nothing is recorded.

    Args:
        wiring: The parts of the workspace.
        receipt: Receipt of the run.
        viewer: Username of who looks; empty for anybody.
    """
    data = _of_data(wiring, receipt)
    if not data.live:
        return data
    waits = _waits(wiring, receipt)
    if not waits:
        return data
    owner = wiring.people.name_of(receipt.owner)
    why = f"It waits for approval: {'; '.join(waits)}."
    return replace(data, live=_judges(wiring, viewer), why=why, ask=owner, waits=waits)


def _waits(wiring: Wiring, receipt: Receipt) -> tuple[str, ...]:
    """Approvals lacking: what the insight's file asks today, about what the run did read."""
    from forethought.insights.programme import spec_of
    from forethought.workspace.approving import lacking

    today = wiring.specs.get(receipt.insight)
    spec = spec_of(receipt)
    if today is not None:
        spec = spec.model_copy(update={"approvals": today.approvals})
    return lacking(wiring, spec)


def _judges(wiring: Wiring, viewer: str) -> bool:
    """Whether somebody's work is to make, to advise on or to decide on what is not yet approved."""
    person = wiring.people.get(viewer)
    return person is not None and any(
        person.may(permission) for permission in ("run_insights", "advise", "decide")
    )


def _of_data(wiring: Wiring, receipt: Receipt) -> Standing:
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
        standing = _of_data(wiring, _receipt(wiring, run_id))
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
