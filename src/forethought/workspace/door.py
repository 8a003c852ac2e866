"""`ft.open`: what a person may do in a workspace, every step decided and recorded."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from forethought.errors import UsageError
from forethought.workspace.showing import Listed, Shown, listed, shown
from forethought.workspace.watching import Watched
from forethought.workspace.wiring import Wiring

if TYPE_CHECKING:
    import polars as pl

    from forethought.data.ingest import IngestReport
    from forethought.insights.blocks import Published
    from forethought.insights.receipt import Receipt
    from forethought.insights.runner import RunOutcome, Verified
    from forethought.trust.audit import AuditEntry, Verification
    from forethought.workspace.approving import ApprovalState
    from forethought.workspace.rounds import MonthlyRound
    from forethought.workspace.stewarding import Ended


class RowsLeftOut(UserWarning):
    """A read gave the rows of some partners only; the text says whose were left out, and why."""


def quiet(_: str) -> None:
    """Says nothing."""


class Workspace(Watched):
    """A workspace, opened by a person for a purpose.

    Args:
        wiring: The parts of the workspace.
        person: Username; empty where only public declarations are read.
        purpose: Purpose of direct reads (`read`); an insight brings its own.
    """

    def read(self, dataset: str, columns: Iterable[str] = ()) -> pl.DataFrame:
        """Rows of a dataset, as agreements allow: ids re-keyed, masked columns empty.

        Args:
            dataset: Name of the dataset.
            columns: Columns wanted; all of them by default.

        Raises:
            AccessDenied: The gate refuses, with its reason and whom to ask.
            NotFound: No such dataset or column.
            UsageError: The workspace was opened without a purpose.

        Warns:
            RowsLeftOut: Rows of partners without a live agreement are not among them.
        """
        from forethought.data.gate import ReadRequest, left_out_words

        if not self.purpose:
            raise UsageError(
                "Say what you read for.",
                remedy='Open with one: ft.open(path, person="...", purpose="plan-services").',
            )
        request = ReadRequest(
            person=self._someone().username,
            purpose=self.purpose,
            dataset=dataset,
            columns=tuple(columns),
            reason="direct read",
        )
        got = self.wiring.store.read(request)
        if got.left_out:
            warnings.warn("\n".join(left_out_words(got.left_out)), RowsLeftOut, stacklevel=2)
        return got.frame

    def ingest(
        self,
        files: Iterable[Path] = (),
        *,
        dataset: str = "",
        partner: str = "",
        progress: Callable[[str], None] = quiet,
    ) -> list[IngestReport]:
        """Load files, or all of the inbox: contract, quality, pseudonyms, then a new version.

        Raises:
            AccessDenied: The person's role does not load data.
            UsageError: A file's dataset or partner cannot be told.
            DataError: A file cannot be read; what was loaded before it stays.
        """
        from forethought.workspace.loading import load

        self._may("ingest_data", "load data")
        return load(
            self.wiring, self._username, list(files), dataset=dataset, partner=partner, say=progress
        )

    def run(
        self, insight: str, as_of: date | None = None, progress: Callable[[str], None] = quiet
    ) -> RunOutcome:
        """Run an insight, or find the run made of the same question.

        Raises:
            NotFound: No such insight, or data that was never loaded.
            AccessDenied: The role runs no insights, or the gate refuses a read.
        """
        from forethought.insights.runner import run

        self._may("run_insights", "run insights")
        return run(self.programme, insight, person=self._username, as_of=as_of, progress=progress)

    def run_due(
        self, as_of: date | None = None, progress: Callable[[str], None] = quiet
    ) -> list[RunOutcome]:
        """Run what new data made stale, upstream first."""
        from forethought.insights.runner import due

        outcomes = []
        for insight in due(self.programme, as_of):
            progress(f"Run {insight}")
            outcomes.append(self.run(insight, as_of))
        return outcomes

    def round(self, progress: Callable[[str], None] = quiet) -> MonthlyRound:
        """The month's work: load the inbox, run what is due, hold forecasts against what came.

        Doing it again changes nothing and says the same.

        Raises:
            AccessDenied: The role loads no data or runs no insights.
        """
        from forethought.workspace.rounds import monthly_round

        self._may("ingest_data", "load data")
        self._may("run_insights", "run insights")
        return monthly_round(self, progress)

    def verify(self, run_id: str) -> Verified:
        """Recompute a run and compare it with what was published."""
        from forethought.insights.runner import verify

        self._may("run_insights", "recompute runs")
        return verify(self.programme, run_id, person=self._username)

    def publish(self, run_id: str) -> str:
        """Make a run the one that pages show.

        Raises:
            CheckFailed: A check of the run failed.
            ApprovalMissing: An approval is absent, expired, refused or withdrawn.
            AccessDenied: An agreement has ended under which the run read rows.
        """
        from forethought.insights.publication import failed_checks
        from forethought.workspace.standing import standing_of

        self._may("decide", "publish runs")
        receipt = self.programme.receipt(run_id)
        failed_checks(receipt)
        standing_of(self.wiring, receipt).or_raise(run_id)
        self.wiring.audit.append(
            "publish", person=self._username, subject=receipt.insight, details={"run": run_id}
        )
        return f"Pages show {receipt.label} for {receipt.insight} from now on."

    def insights(self) -> list[Listed]:
        """The insights and their newest runs."""
        return listed(self)

    def page(self, run_id: str, view: Mapping[str, str]) -> Published:
        """The blocks of a run for a view of its form.

        Raises:
            ApprovalMissing: The insight lacks an approval that its file asks for.
            AccessDenied: An agreement has ended under which the run read rows.
        """
        from forethought.insights.publication import page
        from forethought.workspace.answering import offered
        from forethought.workspace.standing import standing_of

        self._may("see_results", "see results")
        receipt = self.programme.receipt(run_id)
        standing_of(self.wiring, receipt, self._username).or_raise(run_id)
        return offered(self, receipt, page(self.programme, run_id, view))

    def keep(self, run_id: str, name: str, view: Mapping[str, str]) -> Path:
        """Keep a what-if of a run as a named scenario file of the workspace.

        Raises:
            UsageError: No name, a name that is taken, no what-if, or answers that are refused.
            AccessDenied: The role sees no results, or the run may not be shown.
        """
        from forethought.workspace.keeping import keep
        from forethought.workspace.standing import standing_of

        self._may("see_results", "keep scenarios")
        receipt = self.receipt(run_id)
        standing_of(self.wiring, receipt, self._username).or_raise(receipt.run_id)
        return keep(self, receipt.run_id, name, view)

    def show(self, name: str, view: Mapping[str, str], *, refine: bool = False) -> Shown:
        """What a run found, in words and tables; with `refine` in all the detail there is."""
        receipt = self.receipt(name)
        published = self.page(receipt.run_id, view)
        if refine:
            from forethought.insights.refinement import refined

            published = refined(self.programme, published)
        return shown(self, receipt, published)

    def export(self, name: str, form: str, view: Mapping[str, str], to: Path) -> list[Path]:
        """Write the tables of a run as `csv` or `xlsx`; every file names its receipt."""
        from forethought.workspace.exporting import files_of, write_files

        receipt = self.receipt(name)
        published = self.page(receipt.run_id, view)
        files = files_of(self.wiring, receipt, published, form)
        self.exported(receipt, form)
        return write_files(files, to)

    def exported(self, receipt: Receipt, form: str) -> None:
        """Record that a run's tables leave as a file."""
        self.wiring.audit.append(
            "export",
            person=self._username,
            subject=receipt.insight,
            details={"run": receipt.run_id, "format": form},
        )

    def heal(self, dataset: str, progress: Callable[[str], None] = quiet) -> list[IngestReport]:
        """Check the landed files of a dataset again under its mended contract.

        Raises:
            NotFound: No such dataset.
            StoreError: A landed file is there no more.
        """
        from forethought.workspace.loading import sentence
        from forethought.workspace.stewarding import heal

        reports = heal(self.wiring, self._may("ingest_data", "heal data"), dataset)
        for report in reports:
            progress(sentence(report))
        return reports

    def erase_person(
        self, *, nhs_number: str = "", partner: str = "", source_id: str = ""
    ) -> Ended:
        """Remove somebody from every version, quarantine, landing and vault, for good.

        Args:
            nhs_number: The person's NHS number; or
            partner: who knows the person, and
            source_id: under which id.
        """
        from forethought.workspace.stewarding import erase_person

        person = self._may("erase", "erase people")
        return erase_person(
            self.wiring, person, nhs_number=nhs_number, partner=partner, source_id=source_id
        )

    def retain(self, *, apply: bool = False) -> Ended:
        """Count, or with `apply` remove, what is older than its contract keeps it."""
        from forethought.workspace.stewarding import apply_retention

        person = self._may("erase", "end the keeping of data")
        return apply_retention(self.wiring, person, apply=apply)

    def withdraw(self, agreement: str, reason: str) -> str:
        """Withdraw an agreement, at once and for every reader."""
        from forethought.workspace.stewarding import withdraw

        person = self._may("withdraw", "withdraw agreements")
        return withdraw(self.wiring, person, agreement, reason)

    def reinstate(self, agreement: str, reason: str) -> str:
        """Take the withdrawal of an agreement back."""
        from forethought.workspace.stewarding import reinstate

        person = self._may("withdraw", "withdraw agreements")
        return reinstate(self.wiring, person, agreement, reason)

    def approvals(self, insight: str = "") -> list[ApprovalState]:
        """The approvals that an insight, or every one, asks for, and how each stands."""
        from forethought.workspace.approving import states

        return states(self.wiring, insight)

    def judge(
        self, insight: str, verdict: str, reason: str, until: date | None, *, stage: str = ""
    ) -> str:
        """Advise on a stage of an insight (the ethics committee), or decide on it.

        Args:
            insight: Id of the insight.
            verdict: `advised`, `approved`, `refused` or `withdrawn`.
            reason: Why, and with which conditions.
            until: Last day that it holds; None takes the insight's review date.
            stage: Stage of the advice; empty for a decision.

        Raises:
            AccessDenied: The person is on no body that is asked.
        """
        from forethought.workspace.approving import judge

        return judge(self.wiring, self._someone(), insight, verdict, reason, until, stage)

    def audit_entries(self, last: int = 20) -> list[AuditEntry]:
        """The newest entries of the audit."""
        self._may("see_audit", "see the audit")
        return self.wiring.audit.entries(limit=last)

    def audit_verify(self) -> Verification:
        """Check every entry against the chain and the heads that manifests signed."""
        from forethought.workspace.checking import verify_audit

        self._may("see_audit", "verify the audit")
        return verify_audit(self.wiring)

    def set_password(self, username: str, password: str) -> None:
        """Set someone's password; administrators set anybody's, others their own."""
        if username != self._username:
            self._may("manage_accounts", "set other people's passwords")
        self.wiring.accounts.set_password(username, password, by=self._username)

    def backup(self, target: Path) -> str:
        """Write the store into one archive; keys are never inside."""
        from forethought.data.backup import backup

        self._may("ingest_data", "back up the store")
        self.wiring.audit.append("backup", person=self._username)
        report = backup(self.wiring.store_path, target, self.wiring.keys)
        return (
            f"Wrote {target}: {report.datasets} datasets, {report.files:,} files. "
            "Keep the key file elsewhere; the archive cannot be read without it."
        )


def open_workspace(path: Path | str, *, person: str = "", purpose: str = "") -> Workspace:
    """Open a workspace: the one door for web, command line and notebooks.

    Args:
        path: Folder of the workspace.
        person: Username, as `people.yaml` names it.
        purpose: Purpose of direct reads, as contracts name it.

    Raises:
        NotFound: The folder is no workspace, or the person is not named in it.
        AccessDenied: The person's access has ended.
    """
    wiring = Wiring(Path(path))
    _ = wiring.settings
    return Workspace(wiring, person, purpose)
