"""Local accounts: passwords, locks, and nothing told to strangers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
from argon2 import PasswordHasher

from forethought.data.control import Control, account, accounts
from forethought.errors import AccessDenied, NotFound, UsageError
from forethought.trust.accounts import Accounts, generated_password, lock_after
from forethought.trust.audit import AuditLog
from forethought.trust.people import People

GOOD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def wait(self, span: timedelta) -> None:
        self.at += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def held(control: Control, people: People, audit: AuditLog, clock: Clock) -> Accounts:
    made = Accounts(control, people, audit, today=date(2026, 11, 24), now=clock, hasher=CHEAP)
    made.set_password("sam.okoro", GOOD)
    return made


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(AccessDenied) as error:
        attempt()
    return str(error.value)


def test_the_right_password_opens(held: Accounts) -> None:
    assert held.sign_in("sam.okoro", GOOD).name == "Sam Okoro"


def test_wrong_password_and_unknown_name_are_told_alike(held: Accounts) -> None:
    wrong = refusal(lambda: held.sign_in("sam.okoro", "no"))
    unknown = refusal(lambda: held.sign_in("no.body", GOOD))
    without = refusal(lambda: held.sign_in("elin.marsh", GOOD))
    assert wrong == unknown == without == "The user name or password is wrong."


def test_an_unknown_name_costs_a_hash_like_any_other(held: Accounts) -> None:
    with mock.patch.object(PasswordHasher, "verify", side_effect=CHEAP.verify) as verify:
        for name in ("no.body", "elin.marsh", "sam.okoro"):
            refusal(lambda name=name: held.sign_in(name, "wrong password"))  # type: ignore[misc]
    assert verify.call_count == 3


@pytest.mark.parametrize("name", ["sam.okoro", "no.body"])
def test_five_failures_lock_a_name_whether_or_not_it_has_an_account(
    held: Accounts, clock: Clock, name: str
) -> None:
    for _ in range(5):
        assert "is wrong" in refusal(lambda: held.sign_in(name, "wrong"))
    assert "Too many failed" in refusal(lambda: held.sign_in(name, GOOD))
    clock.wait(timedelta(seconds=31))
    if name == "sam.okoro":
        assert held.sign_in(name, GOOD)
    else:
        assert "is wrong" in refusal(lambda: held.sign_in(name, GOOD))


def test_locks_double_up_to_half_an_hour() -> None:
    seconds = [lock_after(failures).total_seconds() for failures in (0, 4, 5, 6, 7, 12, 99)]
    assert seconds == [0, 0, 30, 60, 120, 1800, 1800]


def test_success_forgets_failures_and_so_does_a_day(held: Accounts, clock: Clock) -> None:
    for _ in range(4):
        refusal(lambda: held.sign_in("sam.okoro", "wrong"))
    held.sign_in("sam.okoro", GOOD)
    for _ in range(4):
        refusal(lambda: held.sign_in("sam.okoro", "wrong"))
    clock.wait(timedelta(days=1, seconds=1))
    refusal(lambda: held.sign_in("sam.okoro", "wrong"))
    assert held.sign_in("sam.okoro", GOOD)


def test_a_new_password_ends_the_old_one_and_the_lock(held: Accounts) -> None:
    for _ in range(6):
        refusal(lambda: held.sign_in("sam.okoro", "wrong"))
    held.set_password("sam.okoro", "another good one")
    assert held.sign_in("sam.okoro", "another good one")
    assert "is wrong" in refusal(lambda: held.sign_in("sam.okoro", GOOD))


def test_ended_access_is_told_to_who_has_the_password_alone(held: Accounts) -> None:
    held.set_password("old.hand", GOOD)
    assert "is wrong" in refusal(lambda: held.sign_in("old.hand", "wrong"))
    assert "access has ended" in refusal(lambda: held.sign_in("old.hand", GOOD))


def test_a_disabled_account_opens_no_more(held: Accounts) -> None:
    held.disable("sam.okoro", by="root.admin")
    assert "is wrong" in refusal(lambda: held.sign_in("sam.okoro", GOOD))
    with pytest.raises(NotFound):
        held.disable("elin.marsh")


def test_somebody_removed_from_the_file_signs_in_no_more(
    control: Control, audit: AuditLog, held: Accounts
) -> None:
    assert held.sign_in("sam.okoro", GOOD)
    nobody = Accounts(control, People(()), audit, today=date(2026, 11, 24), hasher=CHEAP)
    assert "is wrong" in refusal(lambda: nobody.sign_in("sam.okoro", GOOD))


@pytest.mark.parametrize("bad", ["short", "aaaaaaaaaaaaaaaa", "sam.okoro-12345", "x" * 1001])
def test_poor_passwords_are_refused(held: Accounts, bad: str) -> None:
    with pytest.raises(UsageError):
        held.set_password("sam.okoro", bad)


def test_only_people_of_the_workspace_get_an_account(held: Accounts) -> None:
    with pytest.raises(NotFound):
        held.set_password("no.body", GOOD)


def test_the_hash_is_argon2id_and_nothing_else_is_kept(
    held: Accounts, control: Control, audit: AuditLog
) -> None:
    found = account(control, "sam.okoro")
    assert found is not None
    assert found.password_hash.startswith("$argon2id$")
    refusal(lambda: held.sign_in(GOOD, "typed into the wrong field"))
    assert all(GOOD not in str(vars(entry)) for entry in audit.entries())


def test_a_hash_of_an_older_cost_is_renewed_at_sign_in(
    control: Control, people: People, audit: AuditLog, held: Accounts
) -> None:
    assert held.sign_in("sam.okoro", GOOD)
    dearer = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    Accounts(control, people, audit, today=date(2026, 11, 24), hasher=dearer).sign_in(
        "sam.okoro", GOOD
    )
    found = account(control, "sam.okoro")
    assert found is not None
    assert "m=16,t=2" in found.password_hash


def test_accounts_with_generated_passwords_for_those_who_have_none(
    held: Accounts, control: Control
) -> None:
    made = held.provide(["sam.okoro", "priya.nair", "tom.adeyemi"])
    assert sorted(made) == ["priya.nair", "tom.adeyemi"]
    assert held.sign_in("priya.nair", made["priya.nair"])
    assert held.provide(["priya.nair"]) == {}
    assert accounts(control) == ["priya.nair", "sam.okoro", "tom.adeyemi"]


def test_generated_passwords_differ_and_can_be_read_out() -> None:
    made = {generated_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(word) == 19 and not set(word) & set("01ilo") for word in made)


def test_sign_ins_are_audited_good_and_bad(held: Accounts, audit: AuditLog) -> None:
    refusal(lambda: held.sign_in("sam.okoro", "wrong"))
    held.sign_in("sam.okoro", GOOD)
    good, bad = audit.entries(action="sign in")
    assert (good.person, good.details["allowed"]) == ("sam.okoro", True)
    assert (bad.person, bad.details["why"]) == ("sam.okoro", "wrong")
