"""What changes from month to month: signals and their answers, the digest, kept forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forethought.workspace.opened import Opened

if TYPE_CHECKING:
    from forethought.plan.demand.reviewed import Reviewed
    from forethought.workspace.answering import SignalState
    from forethought.workspace.digesting import MonthlyDigest


class Watched(Opened):
    """The part of a workspace that watches."""

    def signals(self, insight: str = "") -> list[SignalState]:
        """The signals of an insight's current run, or of every one, with how each stands.

        Raises:
            NotFound: No such insight.
            UsageError: It raises no signals.
            AccessDenied: The role sees no results.
        """
        from forethought.workspace.answering import answerable, signals_of

        self._may("see_results", "see signals")
        names = [insight] if insight else answerable(self.wiring)
        return [each for name in names for each in signals_of(self, name)]

    def respond(self, insight: str, subject: str, state: str, reason: str) -> SignalState:
        """Answer a signal: `acknowledged` or `resolved`, with a reason; kept for good.

        Raises:
            NotFound: No such insight or signal; the nearest is named.
            AccessDenied: The person is neither asked to act nor in a role that answers.
            UsageError: No such state, or no reason.
        """
        from forethought.insights.specs import spec_named
        from forethought.workspace.answering import answer
        from forethought.workspace.standing import standing_of

        self._may("see_results", "answer signals")
        receipt = self.receipt(spec_named(self.wiring.specs, insight).id)
        standing_of(self.wiring, receipt, self._username).or_raise(receipt.run_id)
        return answer(self, receipt.insight, subject, state, reason)

    def digest(self) -> MonthlyDigest:
        """The month's list for the person's role: causes, their state, what is new.

        Raises:
            AccessDenied: The role sees no results.
        """
        from forethought.workspace.digesting import digest_of

        self._may("see_results", "see signals")
        return digest_of(self)

    def record_of(self, insight: str) -> Reviewed:
        """Every forecast of an insight that was kept, beside what the newest run observed.

        Raises:
            NotFound: No such insight, or no run.
            UsageError: It keeps no forecasts of demand.
            AccessDenied: The role sees no results, or the newest run may not be shown.
        """
        from forethought.workspace.recording import record_of

        self._may("see_results", "see results")
        return record_of(self, insight)
