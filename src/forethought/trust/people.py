"""People of a workspace: name, role, organisation and remit, from `people.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from forethought.errors import NotFound, Problem, SpecificationError, did_you_mean
from forethought.place.yaml_files import Located, parse, read_yaml
from forethought.trust.roles import ROLES, Permission, Role

PEOPLE_FILE = "people.yaml"


@dataclass(frozen=True)
class Remit:
    """The people someone works with: rows that match every part that is not empty.

    Args:
        teams: Teams, as the council's files name them.
        localities: Districts or other areas, as the council's files name them.
        specialisms: Specialisms, as the council's files name them.
    """

    teams: tuple[str, ...] = ()
    localities: tuple[str, ...] = ()
    specialisms: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no part is set, so that it covers nobody."""
        return not (self.teams or self.localities or self.specialisms)


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in.

    Args:
        username: Name in files and at sign-in.
        name: Name on pages.
        role: Their one role.
        organisation: Whom they work for.
        remit: The people they work with, for roles that see people.
        ends_on: Last day of their access; None for no end.
    """

    username: str
    name: str
    role: Role
    organisation: str = ""
    remit: Remit = field(default_factory=Remit)
    ends_on: date | None = None

    def may(self, permission: Permission | str) -> bool:
        """Whether their role has a permission."""
        return Permission(permission) in self.role.permissions

    def active(self, on: date) -> bool:
        """Whether their access still runs on a day."""
        return self.ends_on is None or on <= self.ends_on


class People:
    """The people of a workspace, by username."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._people = {person.username: person for person in people}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def __len__(self) -> int:
        return len(self._people)

    def __contains__(self, username: object) -> bool:
        return username in self._people

    def get(self, username: str) -> Person | None:
        """The person of that username, if there is one."""
        return self._people.get(username)

    def person(self, username: str) -> Person:
        """The person of that username.

        Raises:
            NotFound: There is none; the nearest one is named.
        """
        found = self._people.get(username)
        if found is None:
            raise NotFound(
                f'"{username}" is nobody here.', remedy=did_you_mean(username, self._people)
            )
        return found

    def name_of(self, username: str) -> str:
        """How pages write a person: `Elin Marsh (data owner)`, or the username if unknown."""
        found = self._people.get(username)
        return f"{found.name} ({found.role.name.lower()})" if found else username

    def of_role(self, role: str) -> tuple[Person, ...]:
        """Everybody of a role, in the order of the file."""
        return tuple(person for person in self if person.role.id == role)

    def who_to_ask(self, role: str, on: date) -> str:
        """The first active person of a role, or the role's name where there is none."""
        for person in self.of_role(role):
            if person.active(on):
                return self.name_of(person.username)
        return ROLES[role].name


class _RemitForm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    teams: tuple[str, ...] = ()
    localities: tuple[str, ...] = ()
    specialisms: tuple[str, ...] = ()


class _PersonForm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str = Field(pattern=r"^[a-z][a-z0-9._-]{1,62}$")
    name: str = Field(min_length=1)
    role: str
    organisation: str = ""
    remit: _RemitForm = _RemitForm()
    ends_on: date | None = None


class _PeopleForm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[_PersonForm, ...]


def load_people(path: Path) -> People:
    """Read `people.yaml` (the file, or the folder that it lies in).

    Raises:
        SpecificationError: Every problem of the file at once, with its line.
    """
    located = read_yaml(path / PEOPLE_FILE if path.is_dir() else path)
    form = parse(located, _PeopleForm)
    problems = list(_problems(form, located))
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise SpecificationError(count, where=located.path.name, problems=problems)
    return People(_person(item) for item in form.people)


def _problems(form: _PeopleForm, located: Located) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for position, item in enumerate(form.people):
        place = ("people", position)
        if item.username in seen:
            first = located.line(("people", seen[item.username]))
            what = f'The username "{item.username}" stands on line {first} already.'
            yield located.problem((*place, "username"), what, "Give each person their own.")
        seen.setdefault(item.username, position)
        if item.role not in ROLES:
            what = f'"{item.role}" is no role.'
            yield located.problem((*place, "role"), what, did_you_mean(item.role, ROLES))
        elif ROLES[item.role].person_level and not any(_parts(item.remit).values()):
            yield located.problem(
                (*place, "remit"),
                f'The role "{item.role}" sees people, but the remit names none.',
                "Name teams, localities or specialisms.",
            )


def _parts(remit: _RemitForm) -> Mapping[str, tuple[str, ...]]:
    return {
        "teams": remit.teams,
        "localities": remit.localities,
        "specialisms": remit.specialisms,
    }


def _person(form: _PersonForm) -> Person:
    return Person(
        username=form.username,
        name=form.name,
        role=ROLES[form.role],
        organisation=form.organisation,
        remit=Remit(**_parts(form.remit)),
        ends_on=form.ends_on,
    )
