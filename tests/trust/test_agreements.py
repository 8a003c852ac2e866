"""Agreements: what they cover, on which day, and whether their files are right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from forethought.data.contracts import Contract
from forethought.errors import AccessDenied, NotFound, SpecificationError
from forethought.trust.agreements import Agreements, Status, load_agreements
from forethought.trust.audit import AuditLog
from forethought.trust.people import People
from forethought.trust.withdrawals import (
    restore_agreement,
    withdraw_agreement,
    withdrawn_agreements,
)

Load = Callable[..., Agreements]


def test_status_by_day(agreements_of: Load) -> None:
    housing = agreements_of().get("isa-housing")
    assert housing is not None
    days = {
        date(2025, 3, 31): Status.NOT_YET,
        date(2025, 4, 1): Status.LIVE,
        date(2027, 3, 31): Status.LIVE,
        date(2027, 4, 1): Status.EXPIRED,
    }
    assert {day: housing.status(day) for day in days} == days
    assert housing.status(date(2026, 1, 1), {"isa-housing"}) is Status.WITHDRAWN


def test_an_agreement_covers_only_its_datasets_partners_and_purposes(agreements_of: Load) -> None:
    held = agreements_of()
    assert [item.id for item in held.covering("district_housing", "eastwold", "plan-services")] == [
        "isa-housing"
    ]
    assert not held.covering("district_housing", "eastwold", "public-health")
    assert not held.covering("district_housing", "northwold", "plan-services")
    assert not held.covering("asc_events", "eastwold", "plan-services")
    assert [item.id for item in held.of_dataset("deprivation")] == ["ogl"]


def test_only_those_who_may_withdraw_can_and_it_is_audited(
    agreements_of: Load, people: People, audit: AuditLog
) -> None:
    held = agreements_of()
    with pytest.raises(AccessDenied, match="may not withdraw"):
        withdraw_agreement(held, "ogl", person=people.person("sam.okoro"), reason="", audit=audit)
    ines = people.person("ines.caldwell")
    with pytest.raises(NotFound):
        withdraw_agreement(held, "none", person=ines, reason="", audit=audit)
    assert audit.entries() == []
    withdraw_agreement(held, "ogl", person=ines, reason="breach", audit=audit)
    assert withdrawn_agreements(audit.control) == {"ogl"}
    restore_agreement(held, "ogl", person=ines, reason="mended", audit=audit)
    assert withdrawn_agreements(audit.control) == frozenset()
    assert [entry.action for entry in audit.entries()] == [
        "restore agreement",
        "withdraw agreement",
    ]


def test_every_problem_of_every_file_comes_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        """id: isa
title: Housing
kind: sharing
partner: eastwold
datasets: [district_housing]
purposes: [plan-services]
article6: public_task
starts_on: 2027-01-01
ends_on: 2026-01-01
"""
    )
    (tmp_path / "b.yaml").write_text(
        """id: other
title: Other
kind: shearing
partner: eastwold
datasets: []
purpose: [plan-services]
purposes: [plan-services]
starts_on: soon
"""
    )
    (tmp_path / "c.yaml").write_text(
        """id: ogl
title: Open
kind: open_licence
partner: statistics
datasets: [deprivation]
purposes: [plan-services]
starts_on: 2020-01-01
roles: [analist]
"""
    )
    (tmp_path / "d.yaml").write_text("id: [")
    (tmp_path / "e.yaml").write_text((tmp_path / "c.yaml").read_text().replace("analist", "leader"))
    with pytest.raises(SpecificationError) as error:
        load_agreements(tmp_path)
    text = str(error.value)
    for words in (
        "a.yaml",
        "It ends before it starts",
        'b.yaml line 3  kind: "shearing" is not known. Did you mean "sharing"?',
        "b.yaml line 5  datasets",
        'b.yaml line 6  purpose: "purpose" is no setting here. Did you mean "purposes"?',
        "b.yaml line 8  starts_on",
        'c.yaml line 8  roles[0]: "analist" is no role. Did you mean "analyst"?',
        "d.yaml line",
        'The id "ogl" is that of c.yaml already.',
    ):
        assert words in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("article6: public_task", ""), "name article6"),
        (("ends_on: 2027-03-31", ""), "needs an end"),
        (("partners: [eastwold, westwold]", ""), "Name the partner"),
    ],
)
def test_an_agreement_without_basis_end_or_partner_is_refused(
    agreements_of: Load, change: tuple[str, str], words: str
) -> None:
    with pytest.raises(SpecificationError, match=words):
        agreements_of(isa_housing=change)


def test_agreements_are_checked_against_contracts(
    agreements_of: Load, contracts: dict[str, Contract]
) -> None:
    assert agreements_of().problems(contracts) == []
    wrong = agreements_of(ropa_asc=("asc_events", "asc_event"))
    (problem,) = wrong.problems(contracts)
    assert problem.remedy == 'Did you mean "asc_events"?'
    other = agreements_of(ogl=("public-health", "public-wealth"))
    (problem,) = other.problems(contracts)
    assert problem.remedy == 'Did you mean "public-health"?'
    stranger = agreements_of(isa_housing=("[eastwold, westwold]", "[statistics]"))
    (problem,) = stranger.problems(contracts)
    assert "None of its partners delivers district_housing" in problem.what


def test_special_categories_need_a_condition_of_article_9(
    agreements_of: Load, contracts: dict[str, Contract]
) -> None:
    without = agreements_of(isa_housing=("article9: health_or_social_care", ""))
    (problem,) = without.problems(contracts)
    assert "district_housing has special categories" in problem.what
