"""Who opened a workspace, and what their role permits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forethought.data.runs import Runs
from forethought.errors import AccessDenied, NotFound
from forethought.workspace.wiring import Wiring, now

if TYPE_CHECKING:
    from forethought.insights.programme import Programme
    from forethought.insights.receipt import Receipt
    from forethought.trust.people import Person


class Opened:
    """A workspace that somebody opened for a purpose.

    Args:
        wiring: The parts of the workspace.
        person: Username; empty where only public declarations are read.
        purpose: Purpose of direct reads; an insight brings its own.
    """

    def __init__(self, wiring: Wiring, person: str = "", purpose: str = "") -> None:
        self.wiring = wiring
        self.purpose = purpose
        self._username = person
        if person:
            self._someone()

    @property
    def username(self) -> str:
        """Who opened it; empty where only declarations are read."""
        return self._username

    @property
    def path(self) -> Path:
        """Folder of the workspace."""
        return self.wiring.path

    def current(self, insight: str) -> Receipt | None:
        """The run that pages show: the last one published, else the newest."""
        for entry in self.wiring.audit.entries(subject=insight, action="publish", limit=1):
            return self.programme.receipt(str(entry.details["run"]))
        return self.programme.latest(insight)

    def receipt(self, name: str) -> Receipt:
        """The receipt of a run, or of an insight's current run.

        Raises:
            NotFound: No run or insight of that name.
        """
        if name in self.wiring.specs:
            found = self.current(name)
            if found is None:
                raise NotFound(
                    f"Insight {name} has no run yet.", remedy=f"Make one: forethought run {name}."
                )
            return found
        return self.programme.receipt(name)

    @property
    def programme(self) -> Programme:
        """The insight programme of this workspace."""
        from forethought.insights.programme import Programme
        from forethought.workspace.answering import kept_responses
        from forethought.workspace.keeping import kept_scenarios, unusable_scenarios
        from forethought.workspace.standing import standing_of

        wiring = self.wiring
        return Programme(
            store=wiring.store,
            runs=Runs(wiring.store_path / "runs"),
            specs=wiring.specs,
            contracts=wiring.contracts,
            place=wiring.settings.place.name,
            today=wiring.settings.day(),
            geometry=wiring.geometry,
            now=now,
            audited=self._audited,
            person=self._username,
            kept=lambda: kept_scenarios(wiring),
            unusable=lambda: unusable_scenarios(wiring),
            responses=lambda insight: kept_responses(wiring, insight),
            people=lambda: {person.username: person.name for person in wiring.people},
            shown=lambda receipt: standing_of(wiring, receipt, self._username).live,
        )

    def _audited(self, action: str, details: Mapping[str, Any]) -> None:
        subject = str(details.get("insight", details.get("run", "")))
        self.wiring.audit.append(action, person=self._username, subject=subject, details=details)

    def may(self, permission: str, what: str) -> None:
        """Refuse, and record, what the person's role may not do: `erase`, "erase people".

        Raises:
            AccessDenied: Their role may not.
        """
        self._may(permission, what)

    def _someone(self) -> Person:
        if not self._username:
            raise AccessDenied(
                "Say who you are.", remedy="--as NAME, or the variable FORETHOUGHT_AS."
            )
        person = self.wiring.people.person(self._username)
        if not person.active(self.wiring.settings.day()):
            raise AccessDenied("Your access has ended.", where=self._username)
        return person

    def _may(self, permission: str, what: str) -> Person:
        person = self._someone()
        if not person.may(permission):
            ask = self.wiring.people.who_to_ask("administrator", self.wiring.settings.day())
            self.wiring.audit.append(
                "refused", person=person.username, subject=what, details={"allowed": False}
            )
            raise AccessDenied(
                f"The role {person.role.name.lower()} may not {what}.", remedy=f"Ask {ask}."
            )
        return person
