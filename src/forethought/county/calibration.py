"""How near the county comes to public values of a real council of its size.

Counts are for 1.5 million residents, so that any scale can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forethought.county.council import staff_frame
from forethought.county.county import County
from forethought.county.days import NEVER, OLD_AGE, age_at, number
from forethought.county.packages import DIRECT, HOME_CARE, RESIDENTIAL
from forethought.county.services import service_rows, weekly_gbp
from forethought.county.therapy import ASSISTANTS, TEAMS, THERAPISTS, therapy
from forethought.county.work import DUE_DAYS, work

RESIDENTS = 1_500_000
ESSEX = "Essex, benchmarking insight (essexproviderhub.org)"
FINANCE = "England, DHSC finance report 2024 to 2025 (careledger.co.uk)"
LIBERTY = "England, DoLS 2022 to 2023, per 1.5 million residents"
THERAPY = "Devon, information request (devon.gov.uk), per 1.5 million of 812,000 residents"


@dataclass(frozen=True)
class Public:
    """A public value and what the county may make of it.

    Args:
        name: Name of the measure.
        value: The public value.
        low: Smallest value that the county may have.
        high: Largest.
        source: Where the public value comes from.
    """

    name: str
    value: float
    low: float
    high: float
    source: str


PUBLIC = (
    Public("residents", 1_500_000, 1_440_000, 1_560_000, "set for the county"),
    Public("households", 630_000, 600_000, 665_000, "set for the county"),
    Public("share aged 65 and over, 2020", 0.205, 0.185, 0.225, "Essex, ONS estimates 2020"),
    Public("requests recorded, 2020 to 2021", 72_431, 62_000, 80_000, ESSEX + ", other method"),
    Public("requests, 2021 to 2022", 42_054, 36_000, 46_500, ESSEX),
    Public("requests, 2022 to 2023", 37_087, 32_500, 42_000, ESSEX),
    Public("requests that led to support, 2022 to 2023", 14_756, 12_500, 17_500, ESSEX),
    Public("reablement, 2022 to 2023", 9_377, 7_900, 10_800, ESSEX),
    Public("reablement with nothing further", 0.695, 0.66, 0.73, ESSEX),
    Public("new long-term support, 2022 to 2023", 3_428, 2_700, 4_200, ESSEX),
    Public("new in a care home, 2022 to 2023", 748, 480, 1_020, ESSEX),
    Public("long-term support in the year, 2021 to 2022", 19_494, 17_800, 22_500, ESSEX),
    Public("long-term support in the year, 2022 to 2023", 20_249, 17_800, 22_500, ESSEX),
    Public("share supported at home, 2021 to 2022", 0.692, 0.65, 0.74, ESSEX),
    Public("share with a direct payment, 2021 to 2022", 0.156, 0.12, 0.19, ESSEX),
    Public("care home a week, 2024 to 2025 (GBP)", 1_185.55, 1_120, 1_250, FINANCE),
    Public("home care an hour, 2024 to 2025 (GBP)", 23.56, 22.8, 24.4, FINANCE),
    Public("DoLS applications, 2022 to 2023", 7_900, 5_200, 9_000, LIBERTY),
    Public("DoLS within 21 days", 0.19, 0.14, 0.30, LIBERTY),
    Public("therapy assessments, 2021 to 2022", 7_784, 6_400, 9_200, THERAPY),
    Public("share of them for equipment", 0.422, 0.36, 0.48, THERAPY),
    Public("share of them for a grant", 0.248, 0.19, 0.30, THERAPY),
    Public("waiting for therapy, 31 March 2022", 973, 550, 1_650, THERAPY),
    Public("therapists and assistants in post, 2022", 114, 90, 140, THERAPY),
)
"""What the county is held against. Ranges allow for the chance of a small county."""


def measures(county: County) -> Mapping[str, float]:
    """The county's own values, by the names in `PUBLIC`."""
    people = county.people
    living = people.stays_on(county.last_day)
    per = RESIDENTS / living.size
    found = {
        "residents": living.size / county.where.count * 900,
        "households": np.unique(people.stay_household[living]).size / county.where.count * 900,
        "share aged 65 and over, 2020": _old_share(county, date(2020, 6, 30)),
        "reablement with nothing further": float((county.assessed.reablement_outcome == 0).mean()),
    }
    counts = _requests(county) | _long_term(county) | _liberty(county) | _therapy(county)
    shares = {name for name in counts if name.startswith(("share", "DoLS within"))}
    return (
        found
        | {name: value * (1.0 if name in shares else per) for name, value in counts.items()}
        | _prices(county)
    )


def _between(first_year: int) -> Callable[[np.ndarray], np.ndarray]:
    first, after = number(date(first_year, 4, 1)), number(date(first_year + 1, 4, 1))
    return lambda days: (days >= first) & (days < after)


def _old_share(county: County, day: date) -> float:
    people, when = county.people, number(day)
    age = age_at(people.born[people.stay_person[people.stays_on(when)]], when)
    return float((age >= OLD_AGE).mean())


def _requests(county: County) -> dict[str, float]:
    asked, done = county.asked, county.assessed
    as_request = ~county.in_support(asked.person, asked.day)
    during = _between(2022)
    short = float(during(done.reablement_from).sum())
    led = short + during(done.low_from).sum() + _new(county, 2022).sum()
    return {
        "requests recorded, 2020 to 2021": float((as_request & _between(2020)(asked.day)).sum()),
        "requests, 2021 to 2022": float((as_request & _between(2021)(asked.day)).sum()),
        "requests, 2022 to 2023": float((as_request & during(asked.day)).sum()),
        "requests that led to support, 2022 to 2023": float(led),
        "reablement, 2022 to 2023": short,
    }


def _new(county: County, year: int) -> np.ndarray:
    """Packages with which long-term support began in a financial year."""
    rows = county.supported.segments
    return np.asarray((rows["start"] == rows["entered"]) & _between(year)(rows["entered"]))


def _long_term(county: County) -> dict[str, float]:
    rows = county.supported.segments
    new = _new(county, 2022)
    found = {
        "new long-term support, 2022 to 2023": float(new.sum()),
        "new in a care home, 2022 to 2023": float((new & (rows["setting"] >= RESIDENTIAL)).sum()),
    }
    for year in (2021, 2022):
        first, after = number(date(year, 4, 1)), number(date(year + 1, 4, 1))
        here = (rows["start"] < after) & (rows["end"] >= first)
        name = f"long-term support in the year, {year} to {year + 1}"
        found[name] = float(np.unique(rows["client"][here]).size)
    at_end = (rows["start"] < number(date(2022, 4, 1))) & (rows["end"] >= number(date(2022, 4, 1)))
    setting = rows["setting"][at_end]
    found["share supported at home, 2021 to 2022"] = float((setting < RESIDENTIAL).mean())
    found["share with a direct payment, 2021 to 2022"] = float((setting == DIRECT).mean())
    return found


def _prices(county: County) -> dict[str, float]:
    rows = service_rows(county)
    day = number(date(2024, 10, 1))
    running = (rows["start"] <= day) & (rows["end"] >= day)
    home = running & (rows["setting"] >= RESIDENTIAL)
    hourly = running & (rows["setting"] == HOME_CARE)
    return {
        "care home a week, 2024 to 2025 (GBP)": float(weekly_gbp(rows)[home].mean()),
        "home care an hour, 2024 to 2025 (GBP)": float(rows["unit_cost"][hourly].mean()),
    }


def _liberty(county: County) -> dict[str, float]:
    items = work(county).items.filter(stage="dols")
    received = items["received_on"].cast(int).to_numpy()
    completed = items["completed_on"].cast(int).fill_null(NEVER).to_numpy()
    during, waited = _between(2022)(received), completed - received
    return {
        "DoLS applications, 2022 to 2023": float(during.sum()),
        "DoLS within 21 days": float((waited[during] <= DUE_DAYS["dols"]).mean()),
    }


def _therapy(county: County) -> dict[str, float]:
    done = therapy(county)
    first, after = date(2021, 4, 1), date(2022, 4, 1)
    number_of = pl.col("therapy_item_id").str.slice(2)
    items = done.items.with_columns(number_of.alias("number"))
    assessed = items.filter(stage="therapy_assessment")
    year = assessed.filter(pl.col("completed_on").is_between(first, after, closed="left"))
    open_ = pl.col("completed_on").is_null() | (pl.col("completed_on") >= after)
    led = {
        stage: items.filter(stage=stage).join(year, on="number", how="semi").height
        for stage in ("equipment", "grant_decision")
    }
    staff = staff_frame(county, done.staff, TEAMS)
    of_therapy = pl.col("team").is_in([TEAMS[THERAPISTS], TEAMS[ASSISTANTS]])
    in_post = staff.filter((pl.col("month") == after) & of_therapy)["fte_in_post"].sum()
    return {
        "therapy assessments, 2021 to 2022": float(year.height),
        "share of them for equipment": led["equipment"] / year.height,
        "share of them for a grant": led["grant_decision"] / year.height,
        "waiting for therapy, 31 March 2022": float(
            assessed.filter((pl.col("received_on") < after) & open_).height
        ),
        "therapists and assistants in post, 2022": float(in_post),
    }
