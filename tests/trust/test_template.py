"""The synthetic county's own people, contracts and agreements under the gate."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from forethought.data.contracts import Contract, load_contracts
from forethought.data.gate import Decision, ReadRequest
from forethought.trust.agreements import Agreements, load_agreements
from forethought.trust.audit import AuditLog
from forethought.trust.gate import TrustGate
from forethought.trust.people import People, load_people

FOLDER = Path(str(files("forethought.county"))) / "template"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def county() -> tuple[dict[str, Contract], Agreements, People]:
    return (
        load_contracts(FOLDER / "contracts"),
        load_agreements(FOLDER / "agreements"),
        load_people(FOLDER),
    )


def decide(
    county: tuple[dict[str, Contract], Agreements, People],
    audit: AuditLog,
    request: ReadRequest,
    on: date = TODAY,
) -> Decision:
    contracts, agreements, people = county
    gate = TrustGate(contracts, agreements, people, audit, on, council="saltmarshire")
    return gate.decide(request)


def test_agreements_say_what_contracts_bear_out(
    county: tuple[dict[str, Contract], Agreements, People],
) -> None:
    contracts, agreements, people = county
    assert agreements.problems(contracts) == []
    for contract in contracts.values():
        assert contract.owner in people, contract.id
        assert contract.steward in people, contract.id


def test_the_analyst_may_read_all_that_planning_needs(
    county: tuple[dict[str, Contract], Agreements, People], audit: AuditLog
) -> None:
    for dataset in county[0]:
        decision = decide(county, audit, ReadRequest("sam.okoro", "plan-services", dataset))
        assert decision.allowed, (dataset, decision.reason)


def test_one_group_of_districts_expiring_leaves_their_rows_out_and_the_others_in(
    county: tuple[dict[str, Contract], Agreements, People], audit: AuditLog
) -> None:
    request = ReadRequest("sam.okoro", "plan-services", "district_housing")
    held = decide(county, audit, request)
    assert held.allowed
    assert held.rekey == "", "several agreements share the key of the purpose"
    later = decide(county, audit, request, date(2027, 1, 1))
    assert later.allowed
    assert later.rekey == "", "nobody's ids change with a partner who leaves"
    assert set(later.left_out) == {"wexlow", "yarnbourne", "glasswater"}
    assert "agreement housing-middle ended on 31 December 2026" in later.reason
    assert len(later.partners or ()) == 9
    last = decide(county, audit, request, date(2028, 4, 1))
    assert not last.allowed
    assert last.ask == "Ines Caldwell (information governance lead)"


def test_nobody_but_analyst_owner_and_steward_reads_rows_about_people_unlimited(
    county: tuple[dict[str, Contract], Agreements, People], audit: AuditLog
) -> None:
    contracts, _, people = county
    found = {
        person.role.id
        for person in people
        for name, contract in contracts.items()
        for purpose in contract.purposes
        if contract.identifiers
        and (
            decision := decide(county, audit, ReadRequest(person.username, purpose.id, name))
        ).allowed
        and not decision.row_filter
    }
    assert found == {"analyst", "data_owner", "data_steward"}
