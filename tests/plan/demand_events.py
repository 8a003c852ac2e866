"""Made events in the layout of client level data, for tests of demand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

COMMUNITY = "Long term support: Community"
RESIDENTIAL = "Long term support: Residential care"
NURSING = "Long term support: Nursing care"
HOME_CARE = "Home support or domiciliary care"
PHYSICAL = "Physical support: Personal care support"

SCHEMA = {
    "person_id": pl.String,
    "client_type": pl.String,
    "event_type": pl.String,
    "event_start_date": pl.Date,
    "event_end_date": pl.Date,
    "event_outcome": pl.String,
    "service_type": pl.String,
    "service_component": pl.String,
    "delivery_mechanism": pl.String,
    "primary_support_reason": pl.String,
    "birth_month": pl.Date,
    "lsoa21": pl.String,
    "unit_cost": pl.Float64,
    "cost_frequency_unit_type": pl.String,
    "planned_units_per_week": pl.Float64,
    "recorded_on": pl.Date,
}
KINDS = (
    (NURSING, "Long term nursing care", 1200.0, "Weekly", 1.0),
    (RESIDENTIAL, "Long term residential care", 1000.0, "Weekly", 1.0),
    (COMMUNITY, HOME_CARE, 25.0, "Hourly", 12.0),
)
LEAVING_A_MONTH = {0: 0.05, 1: 0.03, 2: 0.04}
STARTS_A_MONTH = {0: 3.0, 1: 9.0, 2: 20.0}


def event(
    person: str, kind: str, start: date, end: date | None = None, **fields: Any
) -> dict[str, Any]:
    """One row, with what is not given left as usual."""
    row = dict.fromkeys(SCHEMA)
    row |= {
        "person_id": person,
        "client_type": "Service user",
        "event_type": kind,
        "event_start_date": start,
        "event_end_date": end,
        "primary_support_reason": PHYSICAL,
        "birth_month": date(1940, 5, 1),
        "lsoa21": "A1",
        "recorded_on": start,
    }
    return row | fields


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as the store would give them."""
    return pl.DataFrame(rows, schema=SCHEMA)


def areas(districts: int = 2) -> pl.DataFrame:
    """Two small areas in each of some districts."""
    pairs = [(f"{'ABCDEFGH'[d]}{n}", f"D{d + 1}") for d in range(districts) for n in (1, 2)]
    return pl.DataFrame(
        {
            "lsoa21": [area for area, _ in pairs],
            "district_code": [district for _, district in pairs],
            "district_name": [f"District {district[1:]}" for _, district in pairs],
            "valid_from": [date(2010, 1, 1)] * len(pairs),
        }
    )


def made_events(
    *, months: int, last: date, seed: int, districts: int = 2, late_days: float = 0.0
) -> pl.DataFrame:
    """A steady county: Poisson starts, one leaving rate a service, one request before a start."""
    rng = np.random.default_rng(seed)
    lsoas = areas(districts)["lsoa21"].to_list()
    rows, person = [], 0
    for back in range(months + 60, -1, -1):
        index = last.year * 12 + last.month - 1 - back
        month = date(index // 12, index % 12 + 1, 1)
        for kind, mean in STARTS_A_MONTH.items():
            service, component, price, frequency, units = KINDS[kind]
            for _ in range(rng.poisson(mean)):
                person += 1
                start = month + timedelta(days=int(rng.integers(28)))
                days = int(rng.exponential(30.44 / LEAVING_A_MONTH[kind]))
                age = int(rng.integers(66, 92) if rng.random() < 0.8 else rng.integers(25, 60))
                facts: dict[str, Any] = {
                    "birth_month": date(start.year - age, int(rng.integers(1, 13)), 1),
                    "lsoa21": str(rng.choice(lsoas)),
                    "recorded_on": start + timedelta(days=int(rng.exponential(late_days + 1e-9))),
                }
                name = f"p{person}"
                if back < months:
                    rows.append(event(name, "Request", start, start, **facts))
                rows.append(
                    event(
                        name,
                        "Service",
                        start,
                        start + timedelta(days=days),
                        service_type=service,
                        service_component=component,
                        unit_cost=price,
                        cost_frequency_unit_type=frequency,
                        planned_units_per_week=units,
                        event_outcome="NFA: Deceased",
                        **facts,
                    )
                )
    return frame(rows)
