"""How stored rows and permissions end or change: erasure, retention, healing, agreements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forethought.errors import NotFound, UsageError, did_you_mean
from forethought.workspace.wiring import Wiring, now

if TYPE_CHECKING:
    from forethought.data.reports import IngestReport
    from forethought.data.rewrite import ErasureReport
    from forethought.trust.people import Person


@dataclass(frozen=True)
class Ended:
    """What an erasure or the end of keeping removed; names nobody.

    Args:
        rows: Rows removed, over all versions of all datasets.
        datasets: Datasets that lost rows.
        landed: Landed files removed, because they held the rows as they came.
        runs: Runs whose receipts are marked "erased since" from now on.
        done: Whether it happened; False for a look ahead.
    """

    rows: int
    datasets: tuple[str, ...]
    landed: int
    runs: tuple[str, ...]
    done: bool = True

    @property
    def summary(self) -> str:
        """One sentence."""
        verb = "removed" if self.done else "would be removed"
        if not (self.rows or self.landed):
            return f"No row {'was' if self.done else 'would be'} removed."
        marked = "marked" if self.done else "would be marked"
        return (
            f"{self.rows:,} rows {verb} from {', '.join(self.datasets) or 'no dataset'}, and "
            f"{self.landed:,} landed files; {len(self.runs):,} receipts {marked} as erased since."
        )


def erase_person(
    wiring: Wiring, person: Person, *, nhs_number: str, partner: str, source_id: str
) -> Ended:
    """Remove somebody from every version, quarantine, landing and vault, for good.

    Raises:
        UsageError: It names nobody, or a partner that delivers nothing here.
        StoreError: Another process writes.
    """
    from forethought.data.erasure import erase, person_key

    partners = {name for contract in wiring.contracts.values() for name in contract.partners}
    if partner and partner not in partners:
        raise UsageError(
            f'"{partner}" delivers nothing here.', remedy=did_you_mean(partner, partners)
        )
    key = person_key(wiring.store, nhs_number=nhs_number, partner=partner, source_id=source_id)
    by = "partner's own number" if partner else "NHS number"
    wiring.audit.append("erase", person=person.username, details={"by": by, "partner": partner})
    ended = _ended(wiring, erase(wiring.store, key, at=now()), done=True)
    _note(wiring, person, ended, "erased")
    return ended


def apply_retention(wiring: Wiring, person: Person, *, apply: bool) -> Ended:
    """Remove, or only count, what is older than its contract keeps it.

    Raises:
        StoreError: Another process writes.
    """
    from forethought.data.erasure import apply_retention as end_keeping

    day = wiring.settings.day()
    if not apply:
        return _ended(wiring, end_keeping(wiring.store, as_of=day, at=now(), dry_run=True))
    wiring.audit.append("retain", person=person.username, details={"as_of": day.isoformat()})
    ended = _ended(wiring, end_keeping(wiring.store, as_of=day, at=now()), done=True)
    _note(wiring, person, ended, "retained")
    return ended


def heal(wiring: Wiring, person: Person, dataset: str) -> list[IngestReport]:
    """Check the landed files of a dataset again, under its contract as it is now.

    Raises:
        NotFound: No contract describes the dataset, or nothing of it was ever loaded.
        StoreError: A landed file was removed by an erasure or at the end of its keeping.
    """
    from forethought.data.heal import heal as check_again

    if dataset not in wiring.contracts:
        raise NotFound(
            f'No contract describes "{dataset}".', remedy=did_you_mean(dataset, wiring.contracts)
        )
    contract = wiring.contracts[dataset]
    reports = check_again(wiring.store, contract, as_of=wiring.settings.day(), received_at=now())
    for report in reports:
        details = {
            "part": report.part,
            "status": report.status,
            "healed": len(report.healed),
            "quarantined": report.quarantined,
        }
        wiring.audit.append("heal", person=person.username, subject=dataset, details=details)
    return reports


def withdraw(wiring: Wiring, person: Person, agreement: str, reason: str) -> str:
    """Withdraw an agreement: the next read that it allowed is refused or leaves its rows out.

    Raises:
        NotFound: There is no such agreement.
        AccessDenied: The role may not.
        UsageError: No reason is given.
    """
    from forethought.trust.withdrawals import withdraw_agreement

    _known(wiring, agreement, reason)
    withdraw_agreement(
        wiring.agreements, agreement, person=person, reason=reason, audit=wiring.audit
    )
    return f"Agreement {agreement} is withdrawn: no read is allowed by it from now on."


def reinstate(wiring: Wiring, person: Person, agreement: str, reason: str) -> str:
    """Take a withdrawal back.

    Raises:
        NotFound: There is no such agreement.
        AccessDenied: The role may not.
        UsageError: No reason is given, or the agreement's own file withdraws it.
    """
    from forethought.trust.withdrawals import restore_agreement

    _known(wiring, agreement, reason)
    held = wiring.agreements.get(agreement)
    if held is not None and held.withdrawn:
        raise UsageError(
            "The agreement's own file says that it is withdrawn.",
            where=f"agreements/{agreement}.yaml",
            remedy="Set status: live there.",
        )
    restore_agreement(
        wiring.agreements, agreement, person=person, reason=reason, audit=wiring.audit
    )
    return f"Agreement {agreement} is no longer withdrawn."


def _known(wiring: Wiring, agreement: str, reason: str) -> None:
    if wiring.agreements.get(agreement) is None:
        names = [item.id for item in wiring.agreements]
        raise NotFound(
            f'There is no agreement "{agreement}".', remedy=did_you_mean(agreement, names)
        )
    if not reason.strip():
        raise UsageError("Say why: the reason stands in the audit.", where=agreement)


def _ended(wiring: Wiring, report: ErasureReport, *, done: bool = False) -> Ended:
    return Ended(
        rows=report.rows,
        datasets=tuple(report.versions),
        landed=report.landed,
        runs=_runs_that_read(wiring, report),
        done=done,
    )


def _runs_that_read(wiring: Wiring, report: ErasureReport) -> tuple[str, ...]:
    """Runs that read a version which lost rows."""
    from forethought.data.runs import Runs
    from forethought.insights.receipt import Receipt

    runs = Runs(wiring.store_path / "runs")
    found = []
    for insight in wiring.specs:
        for run_id in runs.ids(insight):
            receipt = Receipt.from_json(runs.document(insight, run_id, "receipt"))
            if any(read.version in report.versions.get(read.dataset, ()) for read in receipt.reads):
                found.append(run_id)
    return tuple(found)


def _note(wiring: Wiring, person: Person, ended: Ended, action: str) -> None:
    details = {
        "rows": ended.rows,
        "datasets": list(ended.datasets),
        "landed": ended.landed,
        "runs": len(ended.runs),
    }
    wiring.audit.append(action, person=person.username, details=details)
