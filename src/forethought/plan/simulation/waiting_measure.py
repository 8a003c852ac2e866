"""The official waiting time of adult social care, from events in the Client Level Data layout.

How long new clients wait from a request for support to the first response (an assessment, or a
service where that comes first) and to the first service: the median of each quarter by age. The
rules are those of the Department of Health and Social Care's method, version 1.1 of 19 May 2026
(`Waiting_times/waiting_times_method.sql` of DataS-DHSC/ASC-CLD-LA-Dashboard, MIT licence).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from forethought.errors import DataError

VERSION = "1.1 (19 May 2026)"
SINCE = date(2023, 4, 1)
RELEASE_2 = date(2025, 7, 1)
YOUNGEST, OLDER = 25, 65
LONG_TERM = tuple(
    f"Long term support: {name}" for name in ("Nursing care", "Residential care", "Community",
                                              "Prison")
)  # fmt: skip
SHORT_TERM = ("Short term support: ST-Max", "Short term support: Other short term")
LOW_LEVEL = "Short term support: Ongoing low level"
TO_SERVICE = (
    "Progress to reablement/ST-Max",
    "Progress to support planning or services",
    "Continuation of support or services",
)
PROGRESS = (
    *TO_SERVICE,
    "Progress to assessment, review or reassessment",
    "Release 1 specification only: Not mapped",
)
ASSESSMENTS = ("Short term", "Short term assessment", "Long term", "Long term assessment")
COLUMNS = (
    "event_type", "event_start_date", "event_end_date", "event_outcome", "client_type",
    "assessment_type", "service_type",
)  # fmt: skip
_REQUEST, _ASSESSMENT, _SERVICE = 1, 2, 3


@dataclass(frozen=True, eq=False)
class WaitingTimes:
    """Official waiting times.

    Args:
        frame: `metric` (`first response`, `first service`), `quarter` (its first day, of the
            response or service), `age_band` (`25 to 64`, `65 and above`), `median_days`, `waits`
            (how many).
        waits: One row for each request that counts, without the person: `request_on`,
            `response_on`, `response_by` (`Request`, `Assessment`, `Service`), `response_days`,
            `response_age_band`, `service_on`, `service_days`, `service_age_band`.
        requests: Requests at each step: `step`, `requests`.
    """

    frame: pl.DataFrame
    waits: pl.DataFrame
    requests: pl.DataFrame

    def headline(self) -> str:
        """The latest quarter in one sentence."""
        if self.frame.height == 0:
            return "No request counts for the official waiting time."
        last = self.frame.filter(pl.col("quarter") == self.frame["quarter"].max())
        row = last.sort("metric", "age_band").row(-1, named=True)
        return (
            f"Of those aged {row['age_band']}, half waited {row['median_days']:g} days or less "
            f"for their {row['metric']} in the quarter from {row['quarter']}."
        )


def waiting_times(
    events: pl.DataFrame,
    *,
    person: str = "person_id",
    born: str = "birth_month",
    reference: str | None = "event_reference",
    conversation: str | None = None,
    since: date = SINCE,
) -> WaitingTimes:
    """Official waiting times of one authority.

    Ages come from the day of birth; where only its month is known they are up to a month too high.

    Args:
        events: One row for each event, duplicates removed: `event_type`, `event_start_date`,
            `event_end_date`, `event_outcome`, `client_type`, `assessment_type`, `service_type`,
            and the columns named below.
        person: Column of the person.
        born: Column of the day (or month) of birth.
        reference: Column that orders events of one kind on one day, latest first; None: as given.
        conversation: Column that is true for a request (release 1) that was itself the first
            conversation, and so the response; None: not recorded.
        since: Requests from this day on count.

    Raises:
        DataError: Columns that are missing.
    """
    named = [*COLUMNS, person, born, *(name for name in (reference, conversation) if name)]
    lacking = [name for name in named if name not in events.columns]
    if lacking:
        raise DataError(
            f"The events have no column {', '.join(lacking)}.",
            remedy="They need the columns of Client Level Data, release 2.",
        )
    prepared = _prepared(events, person, born, reference, conversation)
    requests, steps = _valid_requests(prepared, since)
    ordered = _ordered(prepared, requests)
    linked = _without_overlaps(_linked(ordered))
    waits = _waits(linked)
    steps.append(("counted", waits.height))
    counted = pl.DataFrame(steps, schema=["step", "requests"], orient="row")
    return WaitingTimes(frame=_medians(waits), waits=waits, requests=counted)


def _prepared(
    events: pl.DataFrame, person: str, born: str, reference: str | None, conversation: str | None
) -> pl.DataFrame:
    """The columns that are used, with kind (1 request, 2 assessment, 3 service), age and order."""
    kind = pl.col("event_type").str.to_lowercase()
    start, birth = pl.col("event_start_date"), pl.col(born)
    before = (start.dt.month() < birth.dt.month()) | (
        (start.dt.month() == birth.dt.month()) & (start.dt.day() < birth.dt.day())
    )
    return events.with_row_index("row").select(
        pl.col(person).alias("person"),
        pl.when(kind.str.contains("service"))
        .then(_SERVICE)
        .when(kind.str.contains("assessment"))
        .then(_ASSESSMENT)
        .when(kind.str.contains("request"))
        .then(_REQUEST)
        .alias("kind"),
        start.alias("start"),
        pl.col("event_end_date").alias("end"),
        pl.col("event_outcome").alias("outcome"),
        "client_type",
        "assessment_type",
        "service_type",
        (start.dt.year() - birth.dt.year() - before.cast(pl.Int32)).alias("age"),
        pl.col("row" if reference is None else reference).alias("reference"),
        (pl.lit(value=False) if conversation is None else pl.col(conversation).fill_null(False))
        .alias("conversation"),
        "row",
    )  # fmt: skip


def _valid_requests(
    events: pl.DataFrame, since: date
) -> tuple[pl.DataFrame, list[tuple[str, int]]]:
    """Requests of new clients aged 25 or more that led on, and how many each step left."""
    asked = events.filter(
        pl.col("kind") == _REQUEST,
        pl.col("client_type") == "Service user",
        pl.col("start") >= since,
    )
    old_enough = asked.filter(pl.col("age") >= YOUNGEST)
    services = events.filter(pl.col("kind") == _SERVICE).select(
        "person", "service_type", pl.col("start").alias("from"), pl.col("end").alias("until")
    )
    long_term = pl.col("service_type").is_in(LONG_TERM) & pl.col("until").ge(
        pl.col("start").dt.offset_by("-12mo")
    ).fill_null(value=True)
    short_term = pl.col("service_type").is_in(SHORT_TERM) & pl.col("until").ge(
        pl.col("start").dt.offset_by("-3mo")
    ).fill_null(value=True)
    known = (
        old_enough.select("row", "person", "start")
        .join(services, on="person")
        .filter(pl.col("from") < pl.col("start"), long_term | short_term)
        .select("row")
        .unique()
    )
    new = old_enough.join(known, on="row", how="anti")
    stopped = pl.col("outcome").str.starts_with("NFA") | (
        pl.col("outcome") == "Admitted to hospital"
    )
    led_on = new.filter(~stopped)
    steps = [
        ("requests of service users", asked.height),
        ("aged 25 or more", old_enough.height),
        ("of new clients", new.height),
        ("that led on", led_on.height),
    ]
    return led_on, steps


def _ordered(events: pl.DataFrame, requests: pl.DataFrame) -> pl.DataFrame:
    """Valid requests, assessments and services of people with a valid request, in order."""
    follow = events.filter(
        ((pl.col("kind") == _ASSESSMENT) & pl.col("assessment_type").is_in(ASSESSMENTS))
        | (
            (pl.col("kind") == _SERVICE)
            & pl.col("service_type").is_in([*LONG_TERM, *SHORT_TERM, LOW_LEVEL])
        ),
        pl.col("age") >= YOUNGEST,
    ).join(requests.select("person").unique(), on="person", how="semi")
    return (
        pl.concat([requests, follow])
        .sort(
            "person", "start", "kind", "reference", "row",
            descending=[False, False, False, True, False],
        )
        .with_columns(
            pl.int_range(1, pl.len() + 1).over("person").alias("order"),
            pl.when(pl.col("age") >= OLDER)
            .then(pl.lit("65 and above"))
            .otherwise(pl.lit("25 to 64"))
            .alias("band"),
            (pl.col("kind") != _ASSESSMENT).cum_sum().over("person").alias("block"),
        )
        .with_columns(
            (
                (pl.col("kind") == _ASSESSMENT)
                & pl.col("outcome").is_in(TO_SERVICE).fill_null(value=False)
            )
            .max()
            .over("person", "block")
            .alias("block_leads_to_service")
        )
    )  # fmt: skip


def _linked(ordered: pl.DataFrame) -> pl.DataFrame:
    """Each request with the first assessment and the first service that follow it."""
    ahead = ordered.with_columns(
        pl.when(pl.col("kind") == kind)
        .then(pl.col("order"))
        .fill_null(strategy="backward")
        .over("person")
        .alias(name)
        for name, kind in (("assessment_order", _ASSESSMENT), ("service_order", _SERVICE))
    ).filter(pl.col("kind") == _REQUEST)
    for name in ("assessment", "service"):
        found = ordered.select(
            "person",
            pl.col("order").alias(f"{name}_order"),
            pl.col("start").alias(f"{name}_on"),
            pl.col("band").alias(f"{name}_band"),
            pl.col("block_leads_to_service").alias(f"{name}_leads"),
        )
        ahead = ahead.join(found, on=["person", f"{name}_order"], how="left")
    talked = (
        pl.col("conversation")
        & pl.col("outcome").is_in(PROGRESS)
        & (pl.col("start") < RELEASE_2)
        & (pl.col("start") < pl.col("assessment_on")).fill_null(value=True)
    ).fill_null(value=False)
    first = pl.when(talked).then(pl.col("order")).otherwise(pl.col("assessment_order"))
    served = (first > pl.col("service_order")) | (
        first.is_null() & pl.col("service_order").is_not_null()
    )
    by = (
        pl.when(served.fill_null(value=False)).then(pl.lit("Service"))
        .when(talked).then(pl.lit("Request"))
        .when(pl.col("assessment_order").is_not_null()).then(pl.lit("Assessment"))
    )  # fmt: skip
    return _responses(ahead.with_columns(by.alias("response_by")))


def _responses(linked: pl.DataFrame) -> pl.DataFrame:
    """The event that counts as the response; no service behind assessments that led to none."""

    def chosen(request: str, assessment: str, service: str) -> pl.Expr:
        by = pl.col("response_by")
        return (
            pl.when(by == "Request").then(pl.col(request))
            .when(by == "Assessment").then(pl.col(assessment))
            .when(by == "Service").then(pl.col(service))
        )  # fmt: skip

    refused = ((pl.col("response_by") == "Assessment") & ~pl.col("assessment_leads")).fill_null(
        value=False
    )
    return linked.with_columns(
        chosen("order", "assessment_order", "service_order").alias("response_order"),
        chosen("start", "assessment_on", "service_on").alias("response_on"),
        chosen("band", "assessment_band", "service_band").alias("response_band"),
        *(
            pl.when(~refused).then(pl.col(name)).alias(name)
            for name in ("service_order", "service_on", "service_band")
        ),
    )


def _without_overlaps(linked: pl.DataFrame) -> pl.DataFrame:
    """Leave out requests that come while an earlier request is still being followed up."""
    ordered = linked.sort("person", "order")
    followed = pl.max_horizontal("response_order", "service_order").shift(1).over("person")

    def highest_before(name: str) -> pl.Expr:
        highest = pl.col(name).cum_max().fill_null(strategy="forward").shift(1)
        return highest.over("person").fill_null(0)

    overlaps = (
        (followed > pl.col("order")).fill_null(value=False)
        | (pl.col("response_order") <= highest_before("response_order")).fill_null(value=False)
        | (pl.col("service_order") <= highest_before("service_order")).fill_null(value=False)
    )
    return ordered.filter(~overlaps)


def _waits(linked: pl.DataFrame) -> pl.DataFrame:
    """Days of each request that counts."""
    return linked.select(
        pl.col("start").alias("request_on"),
        "response_on",
        "response_by",
        (pl.col("response_on") - pl.col("start")).dt.total_days().alias("response_days"),
        pl.col("response_band").alias("response_age_band"),
        "service_on",
        (pl.col("service_on") - pl.col("start")).dt.total_days().alias("service_days"),
        pl.col("service_band").alias("service_age_band"),
    ).sort("request_on")


def _medians(waits: pl.DataFrame) -> pl.DataFrame:
    parts = [
        waits.drop_nulls(f"{name}_days")
        .group_by(
            pl.lit(f"first {name}").alias("metric"),
            pl.col(f"{name}_on").dt.truncate("1q").alias("quarter"),
            pl.col(f"{name}_age_band").alias("age_band"),
        )
        .agg(
            pl.col(f"{name}_days").median().alias("median_days"),
            pl.len().cast(pl.Int64).alias("waits"),
        )
        for name in ("response", "service")
    ]
    return pl.concat(parts).sort("metric", "quarter", "age_band")
