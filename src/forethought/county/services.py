"""Packages of long-term support cut into the rows of a case system, with their prices."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from forethought.county.arrays import Floats, unfolded
from forethought.county.county import County
from forethought.county.days import NEVER, number
from forethought.county.packages import UNITS, financial_year_of, unit_price
from forethought.stats.streams import Stream

_COMMUNITY = "Long term support: Community"
SERVICE_WORDS = (
    (_COMMUNITY, "Home support or domiciliary care", "Hourly"),
    (_COMMUNITY, "Direct payment", "Weekly"),
    (_COMMUNITY, "Community supported living", "Weekly"),
    (_COMMUNITY, "Extra care housing", "Weekly"),
    (_COMMUNITY, "Day support", "Per session"),
    (_COMMUNITY, "Other long term support", "Weekly"),
    ("Long term support: Residential care", "Long term residential care", "Weekly"),
    ("Long term support: Nursing care", "Long term nursing care", "Weekly"),
)
"""Type, component and price unit of each setting."""
END_WORDS = np.array(
    [
        "",
        "NFA: Deceased",
        "NFA: Responsibility moved to another local authority",
        "NFA: Support ended as planned",
        "NFA: Support ended for other reason",
        "NFA: Referral to NHS services or NHS funded social care",
        "Continuation of support or services",
    ]
)
_PROVIDER_SPREAD = 0.10


def service_rows(county: County) -> dict[str, Any]:
    """Packages cut at each April since 2017.

    Returns:
        client, person, group, setting, level, segment (row of the package), piece (from 0),
        start, end (days), begins_year (cut at an April), unit_cost, outcome.
    """
    whole = county.supported.segments
    last = np.minimum(whole["end"], county.last_day)
    april = np.array([number(date(2016, 4, 1))])
    first_year = financial_year_of(np.maximum(whole["start"], april))
    pieces = financial_year_of(np.maximum(last, april)) - first_year + 1
    segment, piece = unfolded(pieces)
    year = first_year[segment] + piece
    aprils = np.array([number(date(y, 4, 1)) for y in range(2010, 2040)])
    start = np.where(piece > 0, aprils[year - 2010], whole["start"][segment])
    is_last = piece == pieces[segment] - 1
    end = np.where(is_last, whole["end"][segment], aprils[year + 1 - 2010] - 1)
    rows = {name: values[segment] for name, values in whole.items() if name != "end"}
    spread = Stream(county.seed, "provider prices").normal(rows["client"] * 8 + rows["setting"])
    price = unit_price(rows["setting"], rows["level"], rows["group"], year)
    outcome = np.where(is_last, END_WORDS[rows["reason"]], END_WORDS[6])
    return rows | {
        "segment": segment,
        "piece": piece,
        "start": start,
        "end": np.where(end >= NEVER, NEVER, end),
        "begins_year": piece > 0,
        "unit_cost": price * np.exp(_PROVIDER_SPREAD * spread),
        "outcome": outcome,
    }


def weekly_gbp(rows: dict[str, Any]) -> Floats:
    """Cost a week of service rows."""
    cost: Floats = rows["unit_cost"] * UNITS[rows["setting"].astype(int), rows["level"].astype(int)]
    return cost
