"""The words of demand: services, client groups, age bands, and how a record is read into them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

ALL = "all"
UNKNOWN_DISTRICT = "unknown"

SERVICES: Mapping[str, str] = {
    "nursing": "Nursing care",
    "residential": "Residential care",
    "supported_living": "Supported living and extra care",
    "home_care": "Home care",
    "direct_payment": "Direct payment",
    "day": "Day support",
    "other": "Other long-term support",
}
"""Long-term services in the order that names a person's main one."""

GROUPS: Mapping[str, str] = {
    "older_people": "Older people (65 and over)",
    "learning_disability": "Learning disability (18 to 64)",
    "physical_disability": "Physical disability (18 to 64)",
    "mental_health": "Mental health (18 to 64)",
    "other": "Other reasons (18 to 64)",
}

AGE_BANDS: Mapping[str, str] = {
    "18-64": "18 to 64",
    "65-74": "65 to 74",
    "75-84": "75 to 84",
    "85+": "85 and over",
}

PROFILES: tuple[tuple[str, str], ...] = (
    ("learning_disability", "18-64"),
    ("physical_disability", "18-64"),
    ("mental_health", "18-64"),
    ("other", "18-64"),
    ("older_people", "65-74"),
    ("older_people", "75-84"),
    ("older_people", "85+"),
)
"""Client group and age band together: the seven that exist, as older people are those over 65."""

FIRST_AGES: tuple[int, ...] = (18, 65, 75, 85)
UNKNOWN_PROFILE = PROFILES.index(("older_people", "75-84"))

_GROUP_BY_REASON: Mapping[str, str] = {
    "learning disability": "learning_disability",
    "physical support": "physical_disability",
    "sensory support": "physical_disability",
    "mental health": "mental_health",
}
_SERVICE_BY_COMPONENT: Mapping[str, str] = {
    "direct payment": "direct_payment",
    "community supported living": "supported_living",
    "extra care housing": "supported_living",
    "shared lives": "supported_living",
    "home support": "home_care",
    "day support": "day",
}
WEEKS_BY_FREQUENCY: Mapping[str, float] = {
    "no charge": 0.0,
    "one-off": 0.0,
    "per session": 1.0,
    "hourly": 1.0,
    "daily": 1.0,
    "weekly": 1.0,
    "fortnightly": 1 / 2,
    "4-weekly": 1 / 4,
    "monthly": 12 / 52,
    "quarterly": 4 / 52,
    "annually": 1 / 52,
}
"""Weekly cost = unit cost x units x this (source: DHSC's dashboard code, `6.Costs_fact.sql`)."""

_PER_UNIT = ("per session", "hourly", "daily")


def is_long_term() -> pl.Expr:
    """Whether a row is long-term support of an adult who uses services, not of a carer."""
    return (
        (_lower("event_type") == "service")
        & _lower("service_type").str.starts_with("long term support")
        & (_lower("client_type").fill_null("service user") == "service user")
    )


def is_request() -> pl.Expr:
    """Whether a row is a request for support for an adult, not for a carer."""
    return (_lower("event_type") == "request") & (
        _lower("client_type").fill_null("service user") == "service user"
    )


def continues() -> pl.Expr:
    """Whether a row's outcome says that support goes on after it."""
    return _lower("event_outcome").str.starts_with("continuation").fill_null(value=False)


def service_rank() -> pl.Expr:
    """The row's service as its place in SERVICES: 0 nursing to 6 other."""
    order = list(SERVICES)
    kind, component = _lower("service_type"), _lower("service_component").fill_null("")
    found = pl.lit(order.index("other"))
    for words, service in _SERVICE_BY_COMPONENT.items():
        found = (
            pl.when(component.str.starts_with(words)).then(order.index(service)).otherwise(found)
        )
    direct = _lower("delivery_mechanism").fill_null("") == "direct payment"
    found = pl.when(direct).then(order.index("direct_payment")).otherwise(found)
    for service in ("residential", "nursing"):
        found = (
            pl.when(kind.str.contains(service, literal=True).fill_null(value=False))
            .then(order.index(service))
            .otherwise(found)
        )
    return found.cast(pl.Int32)


def reason_group() -> pl.Expr:
    """The client group that the primary support reason names, null where it is not known."""
    reason = _lower("primary_support_reason").fill_null("")
    found = pl.lit("other")
    for words, group in _GROUP_BY_REASON.items():
        found = pl.when(reason.str.starts_with(words)).then(pl.lit(group)).otherwise(found)
    return pl.when(~reason.is_in(["", "unknown"])).then(found)


def weekly_cost() -> pl.Expr:
    """Cost of a row in pounds a week by the official rule, null where it cannot be told.

    A price per session, hour or day needs the planned units; other prices stand for one unit
    where the units are missing. Negative prices count as positive.
    """
    frequency = _lower("cost_frequency_unit_type")
    factor = frequency.replace_strict(
        list(WEEKS_BY_FREQUENCY), list(WEEKS_BY_FREQUENCY.values()), default=None
    )
    units = (
        pl.when(frequency.is_in(list(_PER_UNIT)))
        .then(pl.col("planned_units_per_week"))
        .otherwise(pl.col("planned_units_per_week").fill_null(1.0))
    )
    return pl.col("unit_cost").cast(pl.Float64).abs() * units.cast(pl.Float64).abs() * factor


def profile_of(group: pl.Expr, age: pl.Expr) -> pl.Expr:
    """The place in PROFILES by client group and age in years; null under 18.

    Where the age is not known: the group's own, or 75 to 84 where the reason is none of
    working age.
    """
    working = [name for name, band in PROFILES if band == "18-64"]
    by_group = group.fill_null("other").replace_strict(
        working, list(range(len(working))), default=working.index("other"), return_dtype=pl.Int32
    )
    known_reason = group.is_not_null() & (group != "other")
    _, first_old, second_old, third_old = FIRST_AGES
    return (
        pl.when(age.is_null() & known_reason)
        .then(by_group)
        .when(age.is_null())
        .then(UNKNOWN_PROFILE)
        .when(age < FIRST_AGES[0])
        .then(None)
        .when(age < first_old)
        .then(by_group)
        .when(age < second_old)
        .then(len(working))
        .when(age < third_old)
        .then(len(working) + 1)
        .otherwise(len(working) + 2)
        .cast(pl.Int32)
    )


def _lower(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase()
