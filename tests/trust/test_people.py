"""People, roles and what each may do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forethought.errors import NotFound, SpecificationError
from forethought.trust.people import People, load_people
from forethought.trust.roles import ROLES, Permission, role


def test_a_person_has_name_role_and_remit(people: People) -> None:
    lead = people.person("amara.lewis")
    assert (lead.name, lead.role.id) == ("Amara Lewis", "review_team_lead")
    assert lead.remit.teams == ("Coast review team",)
    assert lead.may("see_people")
    assert not lead.may(Permission.RUN_INSIGHTS)


def test_access_holds_through_its_last_day(people: People) -> None:
    person = people.person("old.hand")
    assert person.active(date(2026, 11, 23))
    assert not person.active(date(2026, 11, 24))
    assert people.person("sam.okoro").active(date(2999, 1, 1))


def test_an_unknown_name_gets_the_nearest(people: People) -> None:
    with pytest.raises(NotFound, match=r'Did you mean "sam\.okoro"'):
        people.person("sam.okaro")


def test_an_unknown_permission_is_an_error_and_no_refusal(people: People) -> None:
    with pytest.raises(ValueError, match="run_insight"):
        people.person("sam.okoro").may("run_insight")


def test_an_unknown_role_gets_the_nearest() -> None:
    with pytest.raises(SpecificationError, match='Did you mean "analyst"'):
        role("analist")


def test_whom_to_ask_is_somebody_whose_access_runs(people: People) -> None:
    assert people.who_to_ask("analyst", date(2026, 11, 24)) == "Sam Okoro (analyst)"
    assert People(()).who_to_ask("analyst", date(2026, 11, 24)) == "Analyst"


def test_only_administrators_manage_accounts_and_they_run_nothing() -> None:
    for item in ROLES.values():
        manages = Permission.MANAGE_ACCOUNTS in item.permissions
        assert manages == (item.id == "administrator")
        assert not (manages and Permission.RUN_INSIGHTS in item.permissions)


def test_every_problem_of_the_file_comes_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(
        """people:
  - {username: a.b, name: A, role: analist}
  - {username: a.b, name: B, role: analyst}
  - {username: c.d, name: C, role: social_worker}
"""
    )
    with pytest.raises(SpecificationError) as error:
        load_people(path)
    text = str(error.value)
    assert "people.yaml: 3 problems" in text
    assert 'line 2  people[0].role: "analist" is no role. Did you mean "analyst"?' in text
    assert 'line 3  people[1].username: The username "a.b" stands on line 2 already.' in text
    assert "line 4  people[2].remit" in text


def test_an_unknown_key_gets_the_nearest_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(
        "people:\n  - {username: a.b, name: A, rolle: analyst, role: analyst}\n"
    )
    with pytest.raises(SpecificationError) as error:
        load_people(tmp_path)
    assert 'line 2  people[0].rolle: "rolle" is no setting here. Did you mean "role"?' in str(
        error.value
    )
