"""The public series of the forecast benchmarks, read from the open data beside the checkout."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
from common_forecast import BenchmarkSet, split_last

M3_FREQUENCY = {"YEARLY": "1y", "OTHER": "1i", "QUARTERLY": "1q", "MONTHLY": "1mo"}
TOURISM_LEVELS = (
    (), ("state",), ("purpose",), ("state", "purpose"), ("state", "region"),
    ("state", "region", "purpose"),
)  # fmt: skip


def m3(folder: Path, name: str) -> BenchmarkSet:
    """One period of the M3 competition; dates are made up, as many series have none."""
    meta = pl.read_parquet(folder / "m3_meta.parquet").filter(pl.col("period") == name)
    series = (
        pl.read_parquet(folder / "m3_series.parquet")
        .with_columns(unique_id=pl.col("series").cast(pl.String), step=pl.col("t").cast(pl.Int64))
        .filter(pl.col("unique_id").is_in(meta["series"].to_list()))
        .sort("unique_id", "step")
    )
    freq = M3_FREQUENCY[name]
    ds = pl.col("step")
    if freq != "1i":
        ds = pl.lit(date(1900, 1, 1)).dt.offset_by(pl.format("{}" + freq[1:], pl.col("step") - 1))
    dated = series.select("unique_id", ds.alias("ds"), "y", "is_test")
    return BenchmarkSet(
        name=f"m3_{name.lower()}",
        freq=freq,
        m=meta["m"][0],
        h=meta["h"][0],
        train=dated.filter(~pl.col("is_test")).drop("is_test"),
        test=dated.filter("is_test").drop("is_test"),
    )


def tourism(folder: Path) -> BenchmarkSet:
    """Visitor nights in Australia by region and purpose, monthly; the last two years are hidden."""
    frame = pl.read_parquet(folder / "tourism_au_monthly_304.parquet").select(
        unique_id=pl.format("{}/{}/{}", "state", "region", "purpose"),
        ds=pl.col("month").cast(pl.Date),
        y="trips",
        state="state",
        region="region",
        purpose="purpose",
    )
    return split_last("tourism_au", frame, freq="1mo", m=12, h=24, hierarchy=TOURISM_LEVELS)


def _daily(folder: Path, file: str, column: str, name: str) -> BenchmarkSet:
    """Boards that returned a figure every day of 23 months, the last four weeks hidden.

    0 is no return, not "none": most boards have such days before November 2022.
    """
    frame = pl.read_parquet(folder / file).select(
        unique_id="icb22_code", ds=pl.col("date").cast(pl.Date), y=pl.col(column).cast(pl.Float64)
    )
    frame = frame.filter(pl.col("ds") >= date(2022, 11, 1))
    complete = pl.col("y").min().over("unique_id") > 0
    longest = pl.len().over("unique_id") == pl.len().over("unique_id").max()
    return split_last(name, frame.filter(complete & longest), freq="1d", m=7, h=28)


def discharges(folder: Path) -> BenchmarkSet:
    """Hospital discharges a day by integrated care board, England."""
    file = "nhs_england_icb_discharges_daily_2022_2024.parquet"
    return _daily(folder, file, "discharged_total", "nhs_discharges_daily")


def no_criteria(folder: Path) -> BenchmarkSet:
    """Patients in hospital who need not be, a day and integrated care board, England."""
    file = "nhs_england_icb_no_criteria_to_reside_daily_2022_2024.parquet"
    return _daily(folder, file, "do_not_meet_criteria_to_reside", "nhs_no_criteria_daily")


def accident_and_emergency(folder: Path) -> BenchmarkSet:
    """Attendances a month by provider and type, England; those with all 36 months."""
    frame = pl.read_csv(
        folder / "nhs_england_ae_monthly_2016_2019.csv.gz", try_parse_dates=True
    ).select(unique_id=pl.format("{}/{}", "org_code", "type"), ds="period", y="attendances")
    complete = pl.len().over("unique_id") == 36
    return split_last("nhs_ae_monthly", frame.filter(complete), freq="1mo", m=12, h=6)


def scotland(folder: Path) -> BenchmarkSet:
    """Bed days of delayed discharge a month by council, age and reason, Scotland."""
    frame = pl.read_csv(
        folder / "scotland_delayed_discharge_council_monthly_2016_2023.csv.gz",
        try_parse_dates=True,
    ).filter(
        pl.col("ltla_code").is_not_null()
        & pl.col("ltla_code").ne("S92000003")
        & pl.col("age_group").ne("18plus")
        & pl.col("delay_reason").is_in(
            ["Health and Social Care Reasons", "Patient and Family Related Reasons", "Code 9 AWI"]
        )
    )
    series = frame.select(
        unique_id=pl.format("{}/{}/{}", "ltla_code", "age_group", "delay_reason"),
        ds="date",
        y=pl.col("num_delayed_bed_days").cast(pl.Float64),
    )
    return split_last("scotland_delayed_monthly", series, freq="1mo", m=12, h=12)


def london(folder: Path) -> BenchmarkSet:
    """Recorded crimes a month by borough and major type, London."""
    frame = (
        pl.read_parquet(folder / "london_police_recorded_crime_borough_monthly.parquet")
        .filter(pl.col("major").cast(pl.String) != "Historical Fraud and Forgery")
        .group_by("major", "borough", "month")
        .agg(pl.col("n").sum())
        .select(
            unique_id=pl.format("{}/{}", "borough", "major"),
            ds=pl.col("month").cast(pl.Date),
            y=pl.col("n").cast(pl.Float64),
        )
    )
    complete = pl.len().over("unique_id") == pl.len().over("unique_id").max()
    return split_last("london_crime_monthly", frame.filter(complete), freq="1mo", m=12, h=12)


def prisons(folder: Path) -> BenchmarkSet:
    """Prisoners a quarter by state, gender, legal status and Indigenous status, Australia."""
    frame = pl.read_csv(folder / "prison_au_quarterly.csv.gz", try_parse_dates=True).select(
        unique_id=pl.format("{}/{}/{}/{}", "State", "Gender", "Legal", "Indigenous"),
        ds=pl.col("Date"),
        y=pl.col("Count").cast(pl.Float64),
    )
    return split_last("prison_au_quarterly", frame, freq="1q", m=4, h=8)


PUBLIC_SERVICES: tuple[Callable[[Path], BenchmarkSet], ...] = (
    discharges, no_criteria, accident_and_emergency, scotland, london, prisons,
)  # fmt: skip
