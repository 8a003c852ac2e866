"""What the pages need of a workspace, and the views that it hands them.

`WebWorkspace` is the whole contract between this room and the one door below it. Every view is
frozen and holds text that is ready to be read: pages place it, they compute nothing. Wherever a
method takes `person` it is a username, and the workspace decides and records what that person may
see; a refusal is `AccessDenied`.
"""

from __future__ import annotations

from typing import Protocol

from forethought.web.sessions import Keeper
from forethought.web.views import (
    AgreementView,
    AuditEntry,
    AuditPage,
    Change,
    CheckMade,
    Choices,
    DataRead,
    DatasetEntry,
    DatasetView,
    Decision,
    DimensionScore,
    Download,
    Export,
    HomeFigure,
    HomeView,
    InsightEntry,
    InsightPage,
    Line,
    PersonView,
    PlaceView,
    PublicUse,
    ReceiptView,
    Refining,
    Room,
    Row,
    RuleCount,
    SettingView,
    Size,
    Span,
    State,
    StateBox,
    Target,
    VersionView,
)

__all__ = [
    "AgreementView",
    "AuditEntry",
    "AuditPage",
    "Change",
    "CheckMade",
    "Choices",
    "DataRead",
    "DatasetEntry",
    "DatasetView",
    "Decision",
    "DimensionScore",
    "Download",
    "Export",
    "HomeFigure",
    "HomeView",
    "InsightEntry",
    "InsightPage",
    "Line",
    "PersonView",
    "PlaceView",
    "PublicUse",
    "ReceiptView",
    "Refining",
    "Room",
    "Row",
    "RuleCount",
    "SettingView",
    "Size",
    "Span",
    "State",
    "StateBox",
    "Target",
    "VersionView",
    "WebWorkspace",
]


class WebWorkspace(Protocol):
    """The one door, as pages use it. Calls come from several threads at once."""

    def place(self) -> PlaceView:
        """The county and council."""

    def public_uses(self) -> tuple[PublicUse, ...]:
        """What is done with data about residents; needs no sign-in."""

    def sign_in(self, username: str, password: str) -> PersonView:
        """The person with this password.

        Raises:
            AccessDenied: Unknown name, wrong password, or too many attempts.
        """

    def sessions(self) -> Keeper:
        """Where sessions are kept, for every process of the site."""

    def person(self, username: str) -> PersonView:
        """The person, as they are now.

        Raises:
            NotFound: The account is gone or closed.
        """

    def home(self, person: str) -> HomeView:
        """The person's home page, by their roles."""

    def insights(self, person: str, room: Room) -> tuple[InsightEntry, ...]:
        """Insights of a room that the person may know of."""

    def page(self, person: str, insight_id: str, view: Choices) -> InsightPage:
        """An insight's page.

        Raises:
            NotFound: No insight of that id.
            UsageError: A choice that its form does not offer; `where` names the choice.
        """

    def chart(self, person: str, run_id: str, name: str, *, size: Size, view: Choices) -> bytes:
        """A drawing of a run's chart as SVG; the same question always gives the same bytes.

        Raises:
            NotFound: No run or chart of that name.
            AccessDenied: The person may not see the run.
        """

    def export(self, person: str, run_id: str, view: Choices, file_format: str) -> Export:
        """A run's tables as a file that names the run.

        Raises:
            NotFound: No such run or format.
            AccessDenied: The person may not see the run.
        """

    def keep(self, person: str, run_id: str, name: str, view: Choices) -> None:
        """Keep a what-if of a run as a named scenario.

        Raises:
            UsageError: The name is missing or taken, or the form refuses an answer.
            AccessDenied: The person may not.
        """

    def respond(self, person: str, insight_id: str, subject: str, state: str, reason: str) -> None:
        """Answer a signal: `acknowledged` or `resolved`.

        Raises:
            NotFound: No such insight or signal.
            UsageError: No reason (`where` is "reason"), or no such state.
            AccessDenied: The person may not.
        """

    def receipt(self, person: str, run_id: str) -> ReceiptView:
        """How a run was made.

        Raises:
            NotFound: No such run.
            AccessDenied: The person may not see the run.
        """

    def datasets(self, person: str) -> tuple[DatasetEntry, ...]:
        """The data catalogue."""

    def dataset(self, person: str, name: str) -> DatasetView:
        """One dataset's page.

        Raises:
            NotFound: No dataset of that name.
        """

    def agreements(self, person: str) -> tuple[AgreementView, ...]:
        """Who shares what, for which purpose, until when."""

    def may_audit(self, person: str) -> bool:
        """Whether the person may read the audit chain."""

    def audit(self, person: str, page: int) -> AuditPage:
        """A page of the audit chain.

        Raises:
            AccessDenied: Not one of the roles that check.
        """
