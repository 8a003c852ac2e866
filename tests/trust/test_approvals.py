"""Approvals: the committee advises by stage, the board and the data owners decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forethought.errors import AccessDenied, UsageError
from forethought.trust.approvals import Asked, Verdict, judge, missing, needs
from forethought.trust.audit import AuditLog
from forethought.trust.people import People

TODAY = date(2026, 11, 24)
UNTIL = date(2027, 3, 31)
ASKED = Asked(
    insight="demand",
    scope="as it is",
    stages=("method", "use"),
    board=True,
    owners={"elin.marsh": ("asc_events",)},
)


class Register:
    """The approvals of one insight, with everybody who may speak."""

    def __init__(self, people: People, audit: AuditLog) -> None:
        self.people, self.audit = people, audit

    def say(
        self,
        who: str,
        verdict: Verdict,
        stage: str = "",
        *,
        until: date = UNTIL,
        reason: str = "As proposed",
    ) -> tuple[str, ...]:
        person = self.people.person(who)
        return judge(
            ASKED,
            verdict,
            person=person,
            reason=reason,
            audit=self.audit,
            today=TODAY,
            until=until,
            stage=stage,
        )

    def all_say_yes(self) -> None:
        for stage in ASKED.stages:
            self.say("ruth.hale", Verdict.ADVISED, stage)
        for who in ("dev.anand", "elin.marsh"):
            self.say(who, Verdict.APPROVED)

    def lacking(self, on: date = TODAY, asked: Asked = ASKED) -> tuple[str, ...]:
        return missing(needs(asked, self.audit.control, self.people, on))


@pytest.fixture
def register(people: People, audit: AuditLog) -> Register:
    return Register(people, audit)


def test_everybody_asked_is_named_until_they_have_spoken(register: Register) -> None:
    assert register.lacking() == (
        'advice of the ethics committee on "method": not given yet',
        'advice of the ethics committee on "use": not given yet',
        "decision of the sponsors board: not given yet",
        "decision of Elin Marsh (data owner) for asc_events: not given yet",
    )
    register.all_say_yes()
    assert register.lacking() == ()


def test_an_insight_that_asks_nothing_lacks_nothing(register: Register) -> None:
    assert register.lacking(asked=Asked("free", "as it is")) == ()


def test_an_approval_holds_to_its_last_day_and_no_longer(register: Register) -> None:
    register.all_say_yes()
    assert register.lacking(date(2027, 3, 31)) == ()
    late = register.lacking(date(2027, 4, 1))
    assert len(late) == 4
    assert all(words.endswith("expired on 31 March 2027") for words in late)


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.WITHDRAWN])
def test_the_newest_decision_of_a_body_holds(register: Register, verdict: Verdict) -> None:
    register.all_say_yes()
    register.say("dev.anand", verdict)
    (words,) = register.lacking()
    assert words.startswith(f"decision of the sponsors board: {verdict} on")
    register.say("dev.anand", Verdict.APPROVED)
    assert register.lacking() == ()


def test_advice_against_is_advice_and_decisions_taken_before_it_no_longer_count(
    register: Register,
) -> None:
    register.all_say_yes()
    register.say("ruth.hale", Verdict.REFUSED, "use")
    lacking = register.lacking()
    assert len(lacking) == 2
    assert all("before the ethics committee advised against" in words for words in lacking)
    for who in ("dev.anand", "elin.marsh"):
        register.say(who, Verdict.APPROVED)
    assert register.lacking() == (), "the committee advises, the others decide"


def test_another_set_of_columns_needs_new_approvals(register: Register) -> None:
    register.all_say_yes()
    wider = replace(ASKED, scope="with ethnicity")
    assert len(register.lacking(asked=wider)) == 4


def test_another_owner_of_the_data_must_decide_for_themselves(register: Register) -> None:
    register.all_say_yes()
    moved = replace(ASKED, owners={"tom.adeyemi": ("asc_events",)})
    assert register.lacking(asked=moved) == (
        "decision of Tom Adeyemi (finance partner) for asc_events: not given yet",
    )


@pytest.mark.parametrize(
    ("who", "stage"),
    [
        ("sam.okoro", ""),
        ("ruth.hale", ""),
        ("ines.caldwell", ""),
        ("dev.anand", "use"),
        ("ines.caldwell", "use"),
        ("elin.marsh", "use"),
    ],
)
def test_nobody_speaks_for_a_body_that_they_are_not_on(
    register: Register, who: str, stage: str
) -> None:
    with pytest.raises(AccessDenied, match="is on no body"):
        register.say(who, Verdict.APPROVED, stage)
    assert len(register.lacking()) == 4


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stage": "usage"}, 'no advice on "usage"'),
        ({"reason": " "}, "Say why"),
        ({"until": date(2026, 11, 23)}, "from today to three years ahead"),
        ({"until": date(2031, 1, 1)}, "from today to three years ahead"),
    ],
)
def test_a_verdict_without_stage_reason_or_sensible_end_is_not_kept(
    register: Register, changes: dict[str, str | date], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        register.say("ruth.hale", Verdict.ADVISED, **{"stage": "use", **changes})  # type: ignore[arg-type]
    assert len(register.lacking()) == 4


def test_each_verdict_stands_in_the_audit_without_long_numbers(register: Register) -> None:
    register.say("dev.anand", Verdict.APPROVED, reason="After the case of 943 476 5919")
    entry = register.audit.entries(limit=1)[0]
    assert (entry.action, entry.subject, entry.person) == ("approval", "demand", "dev.anand")
    assert entry.details["verdict"] == "approved"
    assert "943" not in str(entry.details)
    need = needs(ASKED, register.audit.control, register.people, TODAY)[2]
    assert need.record is not None
    assert "943" not in need.record.reason
