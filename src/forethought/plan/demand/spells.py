"""From service events to spells: who had which main service, from when to when.

A person with two services at once counts once, by the main one (the order of `SERVICES`), with
the weekly cost of both. A stretch of time with one main service, age band and district is one
row; its last day is exclusive.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from forethought.plan.demand.vocabulary import (
    FIRST_AGES,
    UNKNOWN_DISTRICT,
    continues,
    is_long_term,
    profile_of,
    reason_group,
    service_rank,
    weekly_cost,
)

OPEN = date(2999, 1, 1)
BRIDGED_DAYS = 400
_KEY = ("person_id", "event_start_date", "service_type", "service_component", "delivery_mechanism")


def known_events(events: pl.DataFrame, *, known_by: date) -> pl.DataFrame:
    """The events as the council knew them on a day.

    Rows recorded later are left out, an end that lay ahead is open, and of rows of one event
    the one recorded last stands.

    Args:
        events: Rows in the layout of client level data, with `recorded_on`.
        known_by: The day.
    """
    end = pl.col("event_end_date")
    return events.filter(
        (pl.col("recorded_on") <= known_by).fill_null(value=True)
        & (pl.col("event_start_date") <= known_by)
    ).with_columns(pl.when(end <= known_by).then(end).alias("event_end_date"))


def districts_of(areas: pl.DataFrame, *, known_by: date) -> pl.DataFrame:
    """`lsoa21`, `district`: one row for each small area, as the lookup stood on a day."""
    valid = areas
    if "valid_from" in areas.columns:
        started = (pl.col("valid_from") <= known_by).fill_null(value=True)
        valid = areas.sort(started, pl.col("valid_from"), nulls_last=False)
    return valid.unique("lsoa21", keep="last", maintain_order=True).select(
        "lsoa21", pl.col("district_code").alias("district")
    )


def people(events: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """What a row may lack, from the person's other rows: birth month, district, client group.

    Args:
        events: Known events.
        areas: `lsoa21`, `district`.

    Returns:
        `person_id`, `birth_month`, `any_district`, `any_group`; the latest known of each.
    """
    return (
        events.sort("event_start_date", "recorded_on")
        .join(areas, on="lsoa21", how="left", maintain_order="left")
        .group_by("person_id", maintain_order=True)
        .agg(
            pl.col("birth_month").drop_nulls().last(),
            pl.col("district").drop_nulls().last().alias("any_district"),
            reason_group().drop_nulls().last().alias("any_group"),
        )
    )


def support_spells(events: pl.DataFrame, areas: pl.DataFrame, *, known_by: date) -> pl.DataFrame:
    """Who had which main long-term service, from when to when.

    Args:
        events: Known events (see `known_events`).
        areas: `lsoa21`, `district` (see `districts_of`).
        known_by: The day as of which they are known.

    Returns:
        `person_id`, `begins`, `stops` (exclusive; 2999 where open), `service` and `profile`
        (places in SERVICES and PROFILES), `district`, `weekly_gbp`, `starts` and `ends` (the
        service starts or ends here, moves from and to another service included), `new` and
        `left` (all long-term support starts or ends here).
    """
    facts = people(events, areas)
    services = _services(events, areas, known_by=known_by)
    segments = _segments(services, facts)
    main = _main_service(segments, services)
    return _spells(main, facts)


def _services(events: pl.DataFrame, areas: pl.DataFrame, *, known_by: date) -> pl.DataFrame:
    """One row for each long-term service event: rank, dates, weekly cost, district, group."""
    chosen = (
        events.filter(is_long_term())
        .sort(
            "recorded_on",
            pl.col("event_end_date").fill_null(OPEN),
            nulls_last=False,
            maintain_order=True,
        )
        .unique(list(_KEY), keep="last", maintain_order=True)
        .join(areas, on="lsoa21", how="left", maintain_order="left")
    )
    services = chosen.select(
        "person_id",
        pl.col("event_start_date").alias("begins"),
        (pl.col("event_end_date") + pl.duration(days=1)).fill_null(OPEN).alias("stops"),
        service_rank().alias("service"),
        weekly_cost().alias("weekly_gbp"),
        "district",
        reason_group().alias("group"),
        continues().alias("continues"),
    ).filter(pl.col("stops") > pl.col("begins"))
    return bridged(services, known_by=known_by).with_columns(
        pl.col("weekly_gbp").fill_null(pl.col("weekly_gbp").mean().over("service")).fill_null(0.0)
    )


def bridged(services: pl.DataFrame, *, known_by: date) -> pl.DataFrame:
    """Services whose last row says that support continued, carried on to the next row.

    Councils write a row for each year's price; where the next row is missing or still to be
    recorded the person has not left. A gap of up to 400 days (one year's row missing) is
    bridged, and a last row that ended no longer ago stays open.

    Args:
        services: `person_id`, `begins`, `stops`, `continues`.
        known_by: The day as of which events are known.
    """
    begins = services.select("person_id", pl.col("begins").alias("next")).sort("next")
    found = services.sort("stops").join_asof(
        begins,
        left_on="stops",
        right_on="next",
        by="person_id",
        strategy="forward",
        check_sortedness=False,
    )
    gap = (pl.col("next") - pl.col("stops")).dt.total_days()
    quiet = (pl.lit(known_by) - pl.col("stops")).dt.total_days()
    stops = (
        pl.when(pl.col("continues") & (gap <= BRIDGED_DAYS))
        .then(pl.col("next"))
        .when(pl.col("continues") & pl.col("next").is_null() & (quiet <= BRIDGED_DAYS))
        .then(pl.lit(OPEN))
        .otherwise(pl.col("stops"))
    )
    return found.with_columns(stops.alias("stops")).drop("next", "continues")


def _segments(services: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Each person's time cut wherever a service or an age band begins or ends."""
    span = services.group_by("person_id").agg(
        pl.col("begins").min().alias("first"), pl.col("stops").max().alias("last")
    )
    birthdays = (
        span.join(facts.select("person_id", "birth_month"), on="person_id")
        .drop_nulls("birth_month")
        .with_columns(
            pl.concat_list(
                [pl.col("birth_month").dt.offset_by(f"{age}y") for age in FIRST_AGES]
            ).alias("cut")
        )
        .explode("cut")
        .filter((pl.col("cut") > pl.col("first")) & (pl.col("cut") < pl.col("last")))
        .select("person_id", "cut")
    )
    cuts = pl.concat(
        [
            services.select("person_id", pl.col("begins").alias("cut")),
            services.select("person_id", pl.col("stops").alias("cut")),
            birthdays,
        ]
    )
    return (
        cuts.unique()
        .sort("person_id", "cut")
        .with_columns(pl.col("cut").shift(-1).over("person_id").alias("until"))
        .drop_nulls("until")
    )


def _main_service(segments: pl.DataFrame, services: pl.DataFrame) -> pl.DataFrame:
    """For each segment the main service, its district and group, and the cost of all."""
    return (
        segments.join(services, on="person_id")
        .filter((pl.col("begins") <= pl.col("cut")) & (pl.col("stops") >= pl.col("until")))
        .sort("person_id", "cut", "service", "begins", "stops", "weekly_gbp", "district", "group")
        .group_by("person_id", "cut", maintain_order=True)
        .agg(
            pl.col("until").first(),
            pl.col("service").first(),
            pl.col("district").first(),
            pl.col("group").first(),
            pl.col("weekly_gbp").sum(),
        )
    )


def _spells(main: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Segments with their flags; one district and client group for each spell of one service.

    They are those first recorded, so that what is recorded later changes no earlier month: else
    last year's count of a group would move with each person who is written down anew.
    """
    same_person_before = pl.col("person_id") == pl.col("person_id").shift(1)
    touches = same_person_before & (pl.col("cut") == pl.col("until").shift(1))
    same_service = touches & (pl.col("service") == pl.col("service").shift(1))
    age = (pl.col("cut").dt.year() - pl.col("birth_month").dt.year()) - (
        pl.col("cut").dt.month() < pl.col("birth_month").dt.month()
    ).cast(pl.Int32)
    adults = (
        main.join(facts, on="person_id", how="left", maintain_order="left")
        .filter((age >= FIRST_AGES[0]).fill_null(value=True))
        .with_columns(
            (~touches).fill_null(value=True).alias("new"),
            (~same_service).fill_null(value=True).alias("starts"),
        )
        .with_columns(pl.col("starts").cum_sum().alias("spell"))
    )
    first_known = pl.col("district", "group").drop_nulls().first().over("spell")
    return (
        adults.with_columns(first_known)
        .with_columns(
            profile_of(pl.coalesce("group", "any_group"), age).alias("profile"),
            pl.coalesce("district", "any_district", pl.lit(UNKNOWN_DISTRICT)).alias("district"),
            pl.col("starts").shift(-1).fill_null(value=True).alias("ends"),
            pl.col("new").shift(-1).fill_null(value=True).alias("left"),
        )
        .select(
            "person_id",
            pl.col("cut").alias("begins"),
            pl.col("until").alias("stops"),
            "service",
            "profile",
            "district",
            "weekly_gbp",
            "starts",
            "ends",
            "new",
            "left",
        )
    )
