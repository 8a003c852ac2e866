"""The gate: purpose, agreement, role and remit, each able to refuse on its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from forethought.data.gate import Decision, Gate, ReadRequest
from forethought.trust.agreements import Agreements
from forethought.trust.audit import AuditLog
from forethought.trust.gate import TrustGate
from forethought.trust.people import People
from forethought.trust.withdrawals import restore_agreement, withdraw_agreement

GateWith = Callable[..., TrustGate]


def ask(
    gate: TrustGate,
    person: str,
    dataset: str,
    purpose: str = "plan-services",
    columns: tuple[str, ...] = (),
) -> Decision:
    return gate.decide(ReadRequest(person, purpose, dataset, columns, "to plan"))


def test_it_is_a_gate_as_the_store_asks_for(gate_with: GateWith) -> None:
    assert isinstance(gate_with(), Gate)


def test_an_analyst_reads_the_councils_data_under_its_record_of_processing(
    gate_with: GateWith,
) -> None:
    decision = ask(gate_with(), "sam.okoro", "asc_events")
    assert decision.allowed
    assert decision.basis == (
        "record of processing ropa-asc, Article 6(1)(e) public task; "
        "Article 9(2)(h) health or social care; DPA 2018 Schedule 1 paragraph 2"
    )
    assert decision.rekey == "ropa-asc"
    assert decision.minimum_count == 10
    assert decision.row_filter is None
    assert decision.masked == ()


def test_a_refusal_says_why_and_names_the_person_to_ask(gate_with: GateWith) -> None:
    decision = ask(gate_with(), "sam.okoro", "asc_events", "public-health")
    assert not decision.allowed
    assert decision.reason.startswith(
        'The contract of asc_events does not allow the purpose "public-health"; '
        "it allows plan-services, review-care."
    )
    assert decision.ask == "Elin Marsh (data owner)"


def test_a_purpose_in_the_contract_alone_is_not_enough(gate_with: GateWith) -> None:
    decision = ask(gate_with(), "sam.okoro", "district_housing", "public-health")
    assert not decision.allowed
    assert "No information sharing agreement covers district_housing" in decision.reason
    assert decision.ask == "Ines Caldwell (information governance lead)"


def test_a_purpose_in_the_agreement_alone_is_not_enough(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    wider = agreements_of(ropa_asc=("[plan-services, review-care]", "[public-health]"))
    assert not ask(gate_with(wider), "sam.okoro", "asc_events", "public-health").allowed


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2025, 3, 31), "starts on 1 April 2025"),
        (date(2025, 4, 1), "may read"),
        (date(2027, 3, 31), "may read"),
        (date(2027, 4, 1), "expired on 31 March 2027"),
    ],
)
def test_an_agreement_holds_from_its_first_day_to_its_last(
    gate_with: GateWith, day: date, words: str
) -> None:
    decision = ask(gate_with(today=day), "sam.okoro", "district_housing")
    assert decision.allowed is (words == "may read")
    assert words in decision.reason


def test_an_expired_agreement_names_its_contact(gate_with: GateWith) -> None:
    decision = ask(gate_with(today=date(2028, 1, 1)), "sam.okoro", "district_housing")
    assert decision.ask == "Ines Caldwell (information governance lead)"


def test_withdrawal_in_the_file_stops_a_read(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    gone = agreements_of(isa_housing=("kind: sharing", "kind: sharing\n        status: withdrawn"))
    decision = ask(gate_with(gone), "sam.okoro", "district_housing")
    assert not decision.allowed
    assert "was withdrawn" in decision.reason


def test_withdrawal_stops_the_next_read_of_an_open_gate(
    gate_with: GateWith,
    agreements_of: Callable[..., Agreements],
    people: People,
    audit: AuditLog,
) -> None:
    held = agreements_of()
    gate, ines = gate_with(held), people.person("ines.caldwell")
    assert ask(gate, "sam.okoro", "district_housing").allowed
    withdraw_agreement(held, "isa-housing", person=ines, reason="breach", audit=audit)
    assert not ask(gate, "sam.okoro", "district_housing").allowed
    assert ask(gate, "sam.okoro", "asc_events").allowed
    restore_agreement(held, "isa-housing", person=ines, reason="mended", audit=audit)
    assert ask(gate, "sam.okoro", "district_housing").allowed


def two_papers(agreements_of: Callable[..., Agreements], ends_on: str = "2026-11-23") -> Agreements:
    """Each district under an agreement of its own; the one of westwold ends on a day."""
    held = agreements_of(isa_housing=("[eastwold, westwold]", "[eastwold]"))
    east = held.get("isa-housing")
    assert east is not None
    west = replace(east, id="isa-west", partners=("westwold",), ends_on=date.fromisoformat(ends_on))
    return Agreements((*held, west))


def test_a_partner_without_an_agreement_is_left_out_and_the_others_are_read(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    narrower = agreements_of(isa_housing=("[eastwold, westwold]", "[eastwold]"))
    decision = ask(gate_with(narrower), "sam.okoro", "district_housing")
    assert decision.allowed
    assert decision.partners == ("eastwold",)
    assert "Rows of Westwold left out: no information sharing agreement" in decision.reason


@pytest.mark.parametrize(
    ("ends_on", "partners"),
    [("2026-11-24", ("eastwold", "westwold")), ("2026-11-23", ("eastwold",))],
)
def test_a_partner_is_left_out_from_the_day_after_the_agreement_ends(
    gate_with: GateWith,
    agreements_of: Callable[..., Agreements],
    ends_on: str,
    partners: tuple[str, ...],
) -> None:
    decision = ask(gate_with(two_papers(agreements_of, ends_on)), "sam.okoro", "district_housing")
    assert decision.allowed
    assert decision.partners == partners
    assert set(decision.left_out) == {"eastwold", "westwold"} - set(partners)


def test_who_is_left_out_stands_in_decision_and_audit(
    gate_with: GateWith, agreements_of: Callable[..., Agreements], audit: AuditLog
) -> None:
    gate = gate_with(two_papers(agreements_of))
    request = ReadRequest("sam.okoro", "plan-services", "district_housing", (), "to plan")
    decision = gate.decide(request)
    why = "the information sharing agreement isa-west ended on 23 November 2026"
    assert decision.left_out == {"westwold": why}
    gate.record(request, decision)
    assert audit.entries(limit=1)[0].details["left_out"] == {"westwold": why}
    assert why in audit.entries(limit=1)[0].details["why"]


def test_withdrawal_of_one_partners_agreement_leaves_the_others_rows(
    gate_with: GateWith,
    agreements_of: Callable[..., Agreements],
    people: People,
    audit: AuditLog,
) -> None:
    held = two_papers(agreements_of, "2027-11-23")
    gate, ines = gate_with(held), people.person("ines.caldwell")
    withdraw_agreement(held, "isa-housing", person=ines, reason="breach", audit=audit)
    decision = ask(gate, "sam.okoro", "district_housing")
    assert decision.partners == ("westwold",)
    assert "isa-housing was withdrawn" in decision.reason


def test_the_read_is_refused_where_no_partners_agreement_lives(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    gate = gate_with(two_papers(agreements_of), today=date(2028, 1, 1))
    assert not ask(gate, "sam.okoro", "district_housing").allowed


def test_a_partner_who_lapses_changes_nobodys_ids(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    both = ask(gate_with(two_papers(agreements_of, "2027-01-01")), "sam.okoro", "district_housing")
    one = ask(gate_with(two_papers(agreements_of)), "sam.okoro", "district_housing")
    assert len(one.partners or ()) == 1
    assert one.rekey == both.rekey == ""


def test_a_record_of_processing_does_not_cover_a_partners_data(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    relabelled = agreements_of(isa_housing=("kind: sharing", "kind: record_of_processing"))
    assert not ask(gate_with(relabelled), "sam.okoro", "district_housing").allowed


def test_an_open_licence_does_not_cover_personal_data(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    relabelled = agreements_of(ropa_asc=("kind: record_of_processing", "kind: open_licence"))
    assert not ask(gate_with(relabelled), "sam.okoro", "asc_events").allowed


def test_an_agreement_for_some_roles_refuses_the_others(
    gate_with: GateWith, agreements_of: Callable[..., Agreements]
) -> None:
    owners = agreements_of(ropa_asc=("contact:", "roles: [data_owner]\n        contact:"))
    assert "not for the role analyst" in ask(gate_with(owners), "sam.okoro", "asc_events").reason
    assert ask(gate_with(owners), "elin.marsh", "asc_events").allowed


def test_ended_access_is_refused_from_the_day_after(gate_with: GateWith) -> None:
    assert ask(gate_with(today=date(2026, 11, 23)), "old.hand", "asc_events").allowed
    decision = ask(gate_with(), "old.hand", "asc_events")
    assert decision.reason == "Olga Hand's access ended on 23 November 2026."
    assert decision.ask == "Robin Root (administrator)"


def test_every_reason_is_told_at_once(gate_with: GateWith) -> None:
    gate = gate_with(today=date(2028, 1, 1))
    decision = ask(gate, "old.hand", "district_housing")
    assert "access ended" in decision.reason
    assert "expired on 31 March 2027" in decision.reason


def test_unknown_person_and_dataset_are_refused_with_the_nearest_name(
    gate_with: GateWith,
) -> None:
    assert 'Did you mean "sam.okoro"?' in ask(gate_with(), "sam.okaro", "asc_events").reason
    assert 'Did you mean "asc_events"?' in ask(gate_with(), "sam.okoro", "asc_event").reason


def test_identifiers_never_leave_by_a_read(gate_with: GateWith) -> None:
    decision = ask(gate_with(), "sam.okoro", "asc_events", columns=("nhs_number", "event_type"))
    assert not decision.allowed
    assert "nhs_number of asc_events lie in the identity vault" in decision.reason


def test_a_lead_reads_the_rows_of_the_team(gate_with: GateWith) -> None:
    decision = ask(gate_with(), "amara.lewis", "asc_work_items", "review-care")
    assert decision.allowed
    assert decision.row_filter == {"team": ("Coast review team",)}


def test_a_remit_that_rows_cannot_tell_is_refused(gate_with: GateWith) -> None:
    decision = ask(gate_with(), "kit.moore", "asc_work_items", "review-care")
    assert not decision.allowed
    assert "does not say specialism" in decision.reason


def test_restricted_records_pass_no_remit(gate_with: GateWith) -> None:
    decision = ask(gate_with(), "kit.moore", "asc_clients", "review-care")
    assert decision.row_filter == {
        "team": ("Coast",),
        "specialism": ("Older people",),
        "restricted": ("false",),
    }


def test_practitioners_read_people_for_no_other_purpose(gate_with: GateWith) -> None:
    assert not ask(gate_with(), "amara.lewis", "asc_work_items", "plan-services").allowed


def test_names_are_for_practitioners_alone(gate_with: GateWith) -> None:
    gate = gate_with()
    asked = ("nhs_number",)
    lead = ask(gate, "amara.lewis", "vault/asc_work_items", "review-care", asked)
    assert lead.allowed
    for other in ("sam.okoro", "elin.marsh", "root.admin", "ines.caldwell"):
        refused = ask(gate, other, "vault/asc_work_items", "review-care", asked)
        assert not refused.allowed, other
        assert refused.reason


def test_restricted_columns_leave_empty_for_stewards(gate_with: GateWith) -> None:
    assert ask(gate_with(), "joe.pell", "asc_events").masked == ("ethnicity",)
    assert ask(gate_with(), "sam.okoro", "asc_events").masked == ()


def test_record_writes_who_what_why_and_the_answer(gate_with: GateWith, audit: AuditLog) -> None:
    gate = gate_with()
    request = ReadRequest(
        "sam.okoro", "plan-services", "asc_events", ("event_type",), "943 476 5919 asked", "", "r1"
    )
    gate.record(request, gate.decide(request))
    (entry,) = audit.entries()
    assert (entry.action, entry.person, entry.subject) == ("read", "sam.okoro", "asc_events")
    assert entry.purpose == "plan-services"
    assert entry.details["allowed"] is True
    assert entry.details["columns"] == ["event_type"]
    assert entry.details["run"] == "r1"
    assert entry.details["reason"] == "[number removed] asked"


def test_refusals_are_recorded_too(gate_with: GateWith, audit: AuditLog) -> None:
    gate = gate_with()
    request = ReadRequest("dev.anand", "plan-services", "asc_events", (), "curious")
    gate.record(request, gate.decide(request))
    (entry,) = audit.entries()
    assert entry.details["allowed"] is False
    assert "was refused asc_events" in entry.sentence()
    assert "sees results, not data" in entry.sentence()
