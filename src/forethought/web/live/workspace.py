"""The workspace as pages use it; each call opens the one door for the person who asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forethought.errors import NotFound
from forethought.insights.refinement import step_of
from forethought.trust.sessions import KeptSessions
from forethought.web.interface import (
    AgreementView,
    AuditPage,
    Choices,
    DatasetEntry,
    DatasetView,
    Export,
    HomeView,
    InsightEntry,
    InsightPage,
    PersonView,
    PlaceView,
    PublicUse,
    ReceiptView,
    Room,
    Size,
)
from forethought.web.live import catalogue, homes, insight_pages, receipts, trust_pages
from forethought.web.live.refining import Refiner
from forethought.web.sessions import Keeper
from forethought.workspace.door import Workspace, open_workspace

if TYPE_CHECKING:
    from forethought.trust.people import Person
    from forethought.workspace.wiring import Wiring


class LiveWorkspace:
    """Implements `WebWorkspace` over a workspace folder.

    Args:
        path: Folder of the workspace.
    """

    def __init__(self, path: Path) -> None:
        self._wiring: Wiring = open_workspace(path).wiring
        self._refiner = Refiner()

    @property
    def refiner(self) -> Refiner:
        """What works out more detail in the background."""
        return self._refiner

    @property
    def wiring(self) -> Wiring:
        """The parts of the workspace."""
        return self._wiring

    def place(self) -> PlaceView:
        """The county and council."""
        place = self._wiring.settings.place
        return PlaceView(place.name, place.council, place.synthetic, place.contact)

    def public_uses(self) -> tuple[PublicUse, ...]:
        """What is done with data about residents."""
        return trust_pages.public_uses(self._wiring)

    def sign_in(self, username: str, password: str) -> PersonView:
        """The person with this password; attempts are counted and recorded."""
        return _view(self._wiring.accounts.sign_in(username, password))

    def sessions(self) -> Keeper:
        """Where sessions are kept: the control records."""
        return KeptSessions(self._wiring.control, self._wiring.audit)

    def person(self, username: str) -> PersonView:
        """The person, as they are now."""
        found = self._wiring.people.person(username)
        if not found.active(self._wiring.settings.day()):
            raise NotFound("The account has ended.")
        return _view(found)

    def home(self, person: str) -> HomeView:
        """The person's home page."""
        return homes.home(self._open(person))

    def insights(self, person: str, room: Room) -> tuple[InsightEntry, ...]:
        """Insights of a room."""
        return insight_pages.entries(self._open(person), room)

    def page(self, person: str, insight_id: str, view: Choices) -> InsightPage:
        """An insight's page."""
        return insight_pages.page(self._open(person), insight_id, view, self._refiner)

    def chart(self, person: str, run_id: str, name: str, *, size: Size, view: Choices) -> bytes:
        """A chart of a run as SVG."""
        ws = self._open(person)
        if step_of(name):
            return insight_pages.finer_chart(ws, run_id, name, size, view, self._refiner)
        return insight_pages.chart(ws, run_id, name, size=size, view=view)

    def export(self, person: str, run_id: str, view: Choices, file_format: str) -> Export:
        """A run's tables as a file."""
        return insight_pages.export(self._open(person), run_id, view, file_format)

    def keep(self, person: str, run_id: str, name: str, view: Choices) -> None:
        """Keep a what-if as a scenario."""
        self._open(person).keep(run_id, name, view)

    def respond(self, person: str, insight_id: str, subject: str, state: str, reason: str) -> None:
        """Answer a signal."""
        self._open(person).respond(insight_id, subject, state, reason)

    def receipt(self, person: str, run_id: str) -> ReceiptView:
        """How a run was made."""
        return receipts.receipt(self._open(person), run_id)

    def datasets(self, person: str) -> tuple[DatasetEntry, ...]:
        """The data catalogue."""
        return catalogue.entries(self._open(person))

    def dataset(self, person: str, name: str) -> DatasetView:
        """One dataset's page."""
        return catalogue.dataset(self._open(person), name)

    def agreements(self, person: str) -> tuple[AgreementView, ...]:
        """Who shares what, for which purpose, until when."""
        return trust_pages.agreements(self._open(person))

    def may_audit(self, person: str) -> bool:
        """Whether the person may read the audit chain."""
        return self._wiring.people.person(person).may("see_audit")

    def audit(self, person: str, page: int) -> AuditPage:
        """A page of the audit chain."""
        return trust_pages.audit(self._open(person), page)

    def _open(self, person: str) -> Workspace:
        return Workspace(self._wiring, person)


def _view(person: Person) -> PersonView:
    return PersonView(person.username, person.name, person.role.name.lower())
