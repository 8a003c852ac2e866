"""The catalogue and the register, as pages show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from forethought.data.contracts import Contract
from forethought.trust.agreements import Agreements, Status
from forethought.trust.basis import basis_words
from forethought.trust.catalogue import (
    VersionFacts,
    catalogue,
    ending_soon,
    public_uses,
    register_of,
    years,
)
from forethought.trust.people import People

TODAY = date(2026, 11, 24)
Load = Callable[..., Agreements]


def test_a_dataset_shows_who_answers_for_it_and_what_covers_it(
    contracts: dict[str, Contract], agreements_of: Load, people: People
) -> None:
    facts = VersionFacts(3, TODAY, 1_200, 14, 96.4)
    views = catalogue(contracts, agreements_of(), people, TODAY, versions={"asc_events": facts})
    assert [view.id for view in views] == sorted(contracts)
    events = next(view for view in views if view.id == "asc_events")
    assert events.owner == "Elin Marsh (data owner)"
    assert events.steward == "Joe Pell (data steward)"
    assert (events.about_people, events.minimum_count, events.retention) == (True, 10, "8 years")
    assert [item.id for item in events.agreements] == ["ropa-asc"]
    assert [(item.id, item.open_on) for item in events.purposes] == [
        ("plan-services", True),
        ("review-care", True),
    ]
    assert events.version == facts
    assert next(view for view in views if view.id == "deprivation").version is None


def test_a_purpose_closes_with_its_agreement(
    contracts: dict[str, Contract], agreements_of: Load, people: People
) -> None:
    def open_purposes(on: date, withdrawn: tuple[str, ...] = ()) -> list[str]:
        views = catalogue(contracts, agreements_of(), people, on, withdrawn=withdrawn)
        housing = next(view for view in views if view.id == "district_housing")
        return [item.id for item in housing.purposes if item.open_on]

    assert open_purposes(TODAY) == ["plan-services"]
    assert open_purposes(date(2027, 4, 1)) == []
    assert open_purposes(TODAY, ("isa-housing",)) == []


def test_the_register_says_where_each_agreement_stands(
    contracts: dict[str, Contract], agreements_of: Load, people: People
) -> None:
    def states(on: date, withdrawn: tuple[str, ...] = ()) -> dict[str, str]:
        views = register_of(agreements_of(), contracts, people, on, withdrawn)
        return {view.id: view.state for view in views}

    assert states(TODAY)["isa-housing"] == "Live"
    assert states(date(2027, 3, 1))["isa-housing"] == "Ends in 30 days"
    assert states(date(2027, 3, 31))["isa-housing"] == "Ends today"
    assert states(date(2027, 4, 1))["isa-housing"] == "Expired on 31 March 2027"
    assert states(date(2025, 3, 1))["isa-housing"] == "Starts on 1 April 2025"
    assert states(TODAY, ("isa-housing",))["isa-housing"] == "Withdrawn"


def test_what_ends_first_stands_first_and_what_is_over_last(
    contracts: dict[str, Contract], agreements_of: Load, people: People
) -> None:
    def order(on: date) -> list[str]:
        return [view.id for view in register_of(agreements_of(), contracts, people, on)]

    assert order(TODAY) == ["isa-housing", "ogl", "ropa-asc"]
    assert order(date(2028, 1, 1)) == ["ogl", "ropa-asc", "isa-housing"]


def test_agreements_that_end_soon_are_told_ahead(
    contracts: dict[str, Contract], agreements_of: Load, people: People
) -> None:
    register = register_of(agreements_of(), contracts, people, date(2027, 2, 1))
    assert [(view.id, view.days_left) for view in ending_soon(register)] == [("isa-housing", 58)]
    assert ending_soon(register, within_days=30) == ()
    assert register[0].status is Status.LIVE


def test_residents_read_of_the_uses_that_run_today(
    contracts: dict[str, Contract], agreements_of: Load
) -> None:
    uses = public_uses(contracts, agreements_of(), TODAY)
    assert ("district_housing", "Planning services and budgets") in {
        (use.data, use.purpose) for use in uses
    }
    assert all(use.data not in {"deprivation", "asc_finance"} for use in uses)
    later = public_uses(contracts, agreements_of(), date(2028, 1, 1))
    assert all(use.data != "district_housing" for use in later)


def test_bases_and_spans_are_written_in_words() -> None:
    assert basis_words("public_task", "health_or_social_care", "paragraph 2") == (
        "Article 6(1)(e) public task; Article 9(2)(h) health or social care; "
        "DPA 2018 Schedule 1 paragraph 2"
    )
    assert basis_words("") == ""
    assert basis_words("crown_prerogative") == "Article 6 crown prerogative"
    assert [years(number) for number in (0.5, 1, 8, 2.5)] == [
        "6 months",
        "1 year",
        "8 years",
        "2.5 years",
    ]
