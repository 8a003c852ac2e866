"""How well the hours of a case are known: from weekly counts, tried on weeks that were held out.

The hours of a case are measured from staff hours and closed cases (`simulation_records`). Weekly
counts, calibrated in the same number of weeks, say how far such a measurement can be off; the last
13 weeks, which the calibration has not seen, say whether to believe it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from forethought.errors import DataError
from forethought.plan.simulation.calibration import HELD_OUT_WEEKS, Calibration, calibrate
from forethought.plan.simulation.model import Floats
from forethought.plan.simulation.pathway import Pathway, Resource, Stage

DRAWS = 200
HELD_OUT_FUTURES = 200
_STREAM = 83


@dataclass(frozen=True, eq=False)
class Effort:
    """What weekly counts say of the hours of a case.

    Args:
        draws: `pool`, `stage`, `draw`, `factor`: how far the hours of a case may be off, drawn
            again from blocks of weeks; all stages of a pool share a draw.
        held_out: `stage`, `ds`, `measure` (`waiting`, `closed`), `observed`, `median`, `lo-80`,
            `hi-80`, `lo-95`, `hi-95`: weeks that the calibration has not seen.
        unknown: `pool`, `why`: staff of whom the counts say nothing, and why.
    """

    draws: pl.DataFrame
    held_out: pl.DataFrame
    unknown: pl.DataFrame


def no_effort() -> pl.DataFrame:
    """Draws of nothing: effort counts as known for sure."""
    schema = {"pool": pl.String, "stage": pl.String, "draw": pl.Int64, "factor": pl.Float64}
    return pl.DataFrame(schema=schema)


def effort_factor(
    draws: pl.DataFrame, pathway: Pathway, *, replications: int, seed: int
) -> Floats | None:
    """Factors on mean effort for `simulate` and all that simulates, (replications, stages).

    A future's draw depends on seed, pool and the future alone, so that fewer futures are the first
    of more. None: nothing is drawn.

    Args:
        draws: `Effort.draws`.
        pathway: The pathway, or a part of it.
        replications: Simulated futures.
        seed: Seed.
    """
    names = [stage.name for stage in pathway.stages]
    if not set(draws["stage"].unique()) & set(names):
        return None
    found = np.ones((replications, len(names)))
    pools = draws["pool"].unique().sort().to_list()
    for number, pool in enumerate(pools):
        own = draws.filter(pl.col("pool") == pool)
        drawn = np.random.default_rng([seed, _STREAM, number]).random(replications)
        place = (drawn * own["draw"].n_unique()).astype(np.int64)
        for stage in own["stage"].unique().sort():
            if stage in names:
                factors = own.filter(pl.col("stage") == stage).sort("draw")["factor"].to_numpy()
                found[:, names.index(stage)] = factors[place]
    return found


def staffed_stages(pathway: Pathway, pool: Resource) -> list[Stage]:
    """Stages of recorded work that a pool serves first."""
    return [
        stage
        for stage in pathway.stages
        if stage.kind == "work" and stage.resources[:1] == (pool.name,) and stage.records
    ]


def listed(weeks: pl.DataFrame, stages: list[Stage]) -> pl.DataFrame:
    """Weeks whose `waiting` is the list alone.

    Open cases also hold those in the elapsed time after the work, as many as its length and the
    closings make (Little's law); staff have nothing to do with them any more.

    Args:
        weeks: `stage`, `ds`, `incoming`, `closed`, `waiting` (open cases).
        stages: The stages that count.
    """
    count = max(weeks["ds"].n_unique(), 1)
    parts = [weeks.clear()]
    for stage in stages:
        rows = weeks.filter(pl.col("stage") == stage.name)
        lengths = [each.mean for each in stage.delay.values()]
        days = sum(lengths) / len(lengths) if lengths else 0.0
        inside = round(float(rows["closed"].sum()) / count / 7 * days)
        parts.append(rows.with_columns((pl.col("waiting") - inside).clip(0)))
    return pl.concat(parts)


def is_pressed(weeks: pl.DataFrame) -> bool:
    """Whether more waited than a week's closings, so that staff had no time to spare.

    Args:
        weeks: `ds`, `closed`, `waiting` of all stages of a pool, as `listed` gives them.
    """
    return float(weeks["waiting"].sum()) > float(weeks["closed"].sum())


def known_effort(
    pathway: Pathway,
    weeks: pl.DataFrame,
    staff: pl.DataFrame,
    *,
    last: date,
    measured_weeks: int,
    seed: int,
) -> Effort:
    """Calibrate each pool of staff on its recorded weeks.

    Args:
        pathway: As measured; its efforts are the ones that draws are factors of.
        weeks: `stage`, `ds`, `incoming`, `closed`, `waiting`: recorded weeks.
        staff: `team`, `month`, `fte_in_post`.
        last: End of the last week that is wholly recorded.
        measured_weeks: Weeks that the effort is measured from, and calibrated on.
        seed: Seed.
    """
    first = last - timedelta(weeks=measured_weeks + HELD_OUT_WEEKS + 1)
    recent = weeks.filter((pl.col("ds") > first) & (pl.col("ds") <= last))
    draws, held, unknown = [no_effort()], [_no_weeks()], []
    for pool in pathway.resources:
        stages = staffed_stages(pathway, pool)
        names = [stage.name for stage in stages]
        own = recent.filter(pl.col("stage").is_in(names))
        if pool.kind != "staff" or own.is_empty():
            continue
        own = listed(own, stages)
        if not is_pressed(own):
            unknown.append((pool.name, "its list is shorter than a week's work"))
            continue
        try:
            found = calibrate(
                pathway, _observed(own, pool, staff), apart=False, draws=DRAWS,
                replications=HELD_OUT_FUTURES, seed=seed,
            )  # fmt: skip
        except DataError as refusal:
            unknown.append((pool.name, refusal.what[:1].lower() + refusal.what[1:].rstrip(".")))
            continue
        draws.append(_draws(found, pathway, pool, names))
        held.append(found.held_out)
    schema = {"pool": pl.String, "why": pl.String}
    return Effort(
        pl.concat(draws), pl.concat(held), pl.DataFrame(unknown, schema=schema, orient="row")
    )


def _no_weeks() -> pl.DataFrame:
    names = ("observed", "median", "lo-80", "hi-80", "lo-95", "hi-95")
    words = {"stage": pl.String, "ds": pl.Date, "measure": pl.String}
    return pl.DataFrame(schema=words | dict.fromkeys(names, pl.Float64))


def _observed(own: pl.DataFrame, pool: Resource, staff: pl.DataFrame) -> pl.DataFrame:
    """Weekly counts with the staff there were."""
    by_month = (
        staff.filter(pl.col("team").is_in(list(pool.records)))
        .drop_nulls("fte_in_post")
        .group_by(pl.col("month").dt.truncate("1mo").alias("month"))
        .agg(pl.col("fte_in_post").sum().alias("fte"))
    )
    counted = own.with_columns(pl.col("ds").dt.offset_by("-3d").dt.truncate("1mo").alias("month"))
    joined = counted.join(by_month, on="month", how="left", maintain_order="left")
    usual = by_month["fte"].tail(1).item() if by_month.height else pool.capacity
    return joined.with_columns(pl.col("fte").fill_null(usual)).select(
        "stage", "ds", "incoming", "closed", "waiting", "fte"
    )


def _draws(found: Calibration, pathway: Pathway, pool: Resource, names: list[str]) -> pl.DataFrame:
    places = {stage.name: place for place, stage in enumerate(pathway.stages)}
    return pl.concat(
        pl.DataFrame({"factor": found.draws[:, places[name]]})
        .with_row_index("draw")
        .select(
            pl.lit(pool.name).alias("pool"),
            pl.lit(name).alias("stage"),
            pl.col("draw").cast(pl.Int64),
            "factor",
        )
        for name in names
    )
