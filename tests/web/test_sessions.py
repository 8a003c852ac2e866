"""Sessions end when they should, and no cookie can be made up."""

from __future__ import annotations

import pytest
from tests.web.fake import MemoryKeeper

from forethought.web.sessions import LONGEST_HOURS, Sessions


class Clock:
    """Seconds that move when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(b"k" * 32, MemoryKeeper(), idle_minutes=15, clock=clock)


def test_a_started_session_is_found(sessions: Sessions) -> None:
    assert sessions.find(sessions.start("ada")) == "ada"


def test_a_session_ends_after_idle_minutes(sessions: Sessions, clock: Clock) -> None:
    token = sessions.start("ada")
    clock.now += 15 * 60 + 1
    assert sessions.find(token) is None


def test_each_request_keeps_a_session_alive(sessions: Sessions, clock: Clock) -> None:
    token = sessions.start("ada")
    for _ in range(4):
        clock.now += 14 * 60
        assert sessions.find(token) == "ada"


def test_no_session_outlives_the_working_day(sessions: Sessions, clock: Clock) -> None:
    token = sessions.start("ada")
    while clock.now <= LONGEST_HOURS * 3600 - 600:
        clock.now += 600
        assert sessions.find(token) == "ada"
    clock.now += 601
    assert sessions.find(token) is None


def test_an_ended_session_stays_ended_though_the_cookie_is_kept(sessions: Sessions) -> None:
    token = sessions.start("ada")
    sessions.end(token)
    assert sessions.find(token) is None


def test_ending_all_sessions_of_a_person_leaves_others(sessions: Sessions) -> None:
    ada, again, bel = sessions.start("ada"), sessions.start("ada"), sessions.start("bel")
    sessions.end_all("ada")
    assert [sessions.find(token) for token in (ada, again, bel)] == [None, None, "bel"]


@pytest.mark.parametrize("forged", ["", "x", "a.b", "é.é", "\ud800"])
def test_a_made_up_cookie_opens_nothing(sessions: Sessions, forged: str) -> None:
    assert sessions.find(forged) is None


def test_a_changed_signature_opens_nothing(sessions: Sessions) -> None:
    token = sessions.start("ada")
    other = Sessions(b"o" * 32, MemoryKeeper()).start("ada")
    assert sessions.find(token.rsplit(".", 1)[0] + "." + other.rsplit(".", 1)[1]) is None
