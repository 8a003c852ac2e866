"""What a budget's run keeps for its what-ifs: support at today's prices, residents, finance."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from forethought.insights.base import Result
from forethought.insights.kinds.budget import BudgetSettings
from forethought.insights.kinds.budget_assumed import other_lines_of
from forethought.plan.demand.prices import Uplift
from forethought.plan.money.finance import Finance, Reconciled, finance
from forethought.plan.money.population import Population
from forethought.plan.money.support import Support


def tables_of(support: Support, records: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Support and finance as tables."""
    services, profiles, months, paths = support.real.shape
    index = np.indices((services, profiles, months)).reshape(3, -1)
    real = support.real.reshape(-1, paths)
    people = support.people
    variants = {"estimate": (people.past_years, people.past)} | {
        name: (people.years, values) for name, values in people.variants.items()
    }
    residents = [
        (name, year, band, float(values[band, at]))
        for name, (years, values) in variants.items()
        for at, year in enumerate(years)
        for band in range(values.shape[0])
    ]
    return {
        "support": pl.DataFrame(
            {
                "service": index[0].astype(np.int16),
                "profile": index[1].astype(np.int16),
                "month": pl.Series(support.months).gather(index[2]),
                "gbp": pl.Series(real, dtype=pl.Array(pl.Float32, paths)),
            }
        ),
        "requests_ahead": pl.DataFrame(
            {
                "month": list(support.months[: support.requests_ahead.shape[0]]),
                "requests": pl.Series(
                    support.requests_ahead.astype(np.float32), dtype=pl.Array(pl.Float32, paths)
                ),
            }
        ),
        "committed": pl.DataFrame(
            {
                "month": list(support.past_months),
                "requests": support.requests,
                **{str(n): support.committed[n] for n in range(services)},
            }
        ),
        "residents": pl.DataFrame(
            residents, schema=["variant", "year", "band", "people"], orient="row"
        ),
        "scores": pl.DataFrame({"score": support.scores}),
        "reconciled": support.reconciled.frame,
        "finance": records,
    }


def support_from(result: Result) -> Support:
    """The support that a run kept."""
    tables, values = result.tables, result.values
    kept = tables["support"]
    months = tuple(kept["month"].unique().sort().to_list())
    committed = tables["committed"]
    names = [name for name in committed.columns if name.isdigit()]
    rows = kept["gbp"].to_numpy()
    profiles = int(kept["profile"].max()) + 1  # type: ignore[arg-type]
    return Support(
        months=months,
        real=np.asarray(rows.reshape(len(names), profiles, len(months), -1)),
        people=_population(tables["residents"]),
        scores=tables["scores"]["score"].to_numpy(),
        variant=None,
        forecast_months=int(values["forecast_months"]),
        past_months=tuple(committed["month"].to_list()),
        committed=np.vstack([committed[name].to_numpy() for name in names]),
        requests=committed["requests"].to_numpy(),
        requests_ahead=np.asarray(
            tables["requests_ahead"]["requests"].to_numpy(), dtype=np.float64
        ),
        reconciled=Reconciled(tables["reconciled"], int(values["reconciled_months"])),
    )


def finance_from(result: Result, settings: BudgetSettings) -> Finance:
    """The finance records that a run kept."""
    since = date.fromisoformat(result.values["data_to"])
    return finance(result.tables["finance"], others=other_lines_of(settings), until=since)


def complexity_words(complexity: Uplift | None) -> dict[str, float] | None:
    """The measured rise of a week's cost as JSON."""
    if complexity is None:
        return None
    return {"low": complexity.low, "likely": complexity.likely, "high": complexity.high}


def complexity_from(values: dict[str, Any]) -> Uplift | None:
    """The measured rise that a run kept."""
    kept = values["complexity"]
    return None if kept is None else Uplift(kept["low"], kept["likely"], kept["high"])


def _population(rows: pl.DataFrame) -> Population:
    def wide(name: str) -> tuple[tuple[int, ...], Any]:
        part = rows.filter(pl.col("variant") == name).sort("band", "year")
        years = tuple(part["year"].unique().sort().to_list())
        return years, part["people"].to_numpy().reshape(-1, len(years))

    past_years, past = wide("estimate")
    names = [name for name in rows["variant"].unique(maintain_order=True) if name != "estimate"]
    variants = {name: wide(name)[1] for name in names}
    return Population(past, past_years, variants, wide(names[0])[0])
