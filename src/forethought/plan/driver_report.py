"""Which driver mattered: coefficients, what they do over the horizon, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.driven import Effect
from forethought.plan.preparation import Prepared, Settings
from forethought.plan.series import Panel

Floats = NDArray[np.float64]

SCHEMA = pl.Schema(
    {
        "unique_id": pl.String(), "driver": pl.String(), "used": pl.Boolean(), "unit": pl.String(),
        "coefficient": pl.Float64(), "standard_error": pl.Float64(), "p_value": pl.Float64(),
        "shared_p_value": pl.Float64(), "last": pl.Float64(), "effect": pl.Float64(),
        "effect_share": pl.Float64(),
    }
)  # fmt: skip
AS_KNOWN = "the drivers' futures count as known, so the intervals do not hold that they differ"
CLEAR = 0.001  # p-values below this are told as below it


def effect_of(one: Prepared) -> Effect | None:
    """What the drivers do to the whole history and ahead of it, where they are used."""
    return None if one.driven is None else one.driven.effects.get(one.adjusted.y.size)


def held_medians(
    prepared: Sequence[Prepared], medians: Sequence[Floats]
) -> list[dict[str, Floats]]:
    """By series and driver: the median, shape (h,), with that driver held at its last value."""
    answers: list[dict[str, Floats]] = []
    for one, median in zip(prepared, medians, strict=True):
        effect, names = effect_of(one), () if one.driven is None else one.driven.names
        held = [median if effect is None else effect.held(median, d) for d in range(len(names))]
        floor = -np.inf if one.floor is None else one.floor
        answers.append({n: np.maximum(v, floor) for n, v in zip(names, held, strict=True)})
    return answers


def held_frame(
    panel: Panel,
    prepared: Sequence[Prepared],
    held: Sequence[dict[str, Floats]],
    settings: Settings,
) -> pl.DataFrame:
    """`unique_id`, `ds`, `driver`, `median` with that driver held at its last value."""
    return pl.concat(
        pl.DataFrame({"ds": panel.future(one.series, settings.h), "median": values}).select(
            pl.lit(one.series.unique_id).alias("unique_id"),
            "ds",
            pl.lit(name).alias("driver"),
            "median",
        )
        for one, own in zip(prepared, held, strict=True)
        for name, values in own.items()
    )


def drivers_frame(
    prepared: Sequence[Prepared], medians: Sequence[Floats], held: Sequence[dict[str, Floats]]
) -> pl.DataFrame:
    """One row a series and driver, as `Forecast.drivers` has it."""
    rows = [
        row
        for one, median, own in zip(prepared, medians, held, strict=True)
        for row in _rows(one, median, own)
    ]
    table = pl.DataFrame(rows, schema=SCHEMA)
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def _rows(one: Prepared, median: Floats, held: dict[str, Floats]) -> list[dict[str, object]]:
    effect, driven = effect_of(one), one.driven
    if driven is None:
        return []
    rows: list[dict[str, object]] = []
    for d, name in enumerate(driven.names):
        row: dict[str, object] = {"unique_id": one.series.unique_id, "driver": name, "used": False}
        if effect is not None and driven.used[d]:
            found, without = effect.coefficients, float(held[name].mean())
            change = float(median.mean()) - without
            row |= {
                "used": True,
                "unit": "share of y" if effect.log else "y",
                "coefficient": float(found.value[d]),
                "standard_error": float(np.sqrt(found.covariance[d, d])),
                "p_value": float(found.own_p_value[d]),
                "shared_p_value": float(found.shared_p_value[d]),
                "last": float(effect.known[-1, d]),
                "effect": change,
                "effect_share": change / abs(without) if without else None,
            }
        rows.append(row)
    return rows


def told_of(one: Prepared) -> list[str]:
    """What was done with each driver of a series, for its report."""
    effect, driven = effect_of(one), one.driven
    if driven is None:
        return []
    if effect is None:
        return [f"{', '.join(driven.names)} not used: such a history tells nothing of drivers"]
    words = [
        _told(name, d, effect, used=bool(driven.used[d])) for d, name in enumerate(driven.names)
    ]
    return [*words, AS_KNOWN] if driven.used.any() else words


def _told(name: str, d: int, effect: Effect, *, used: bool) -> str:
    if not used:
        return f"{name} never changed: not used"
    found = effect.coefficients
    value, error = float(found.value[d]), float(np.sqrt(found.covariance[d, d]))
    words = f"{name}: {per_unit(value, error, log=effect.log)}, taken off and put back"
    if value == 0:
        words = f"{name}: no effect that could be told from noise"
    known, coming = effect.known[:, d], effect.coming[:, d]
    outside = int(((coming > known.max()) | (coming < known.min())).sum())
    if outside and value != 0:
        words += f"; in {outside} of {coming.size} periods ahead it is where it never was"
    return words


def per_unit(value: float, error: float, *, log: bool) -> str:
    """What a unit more goes with."""
    if log:
        return f"a unit more goes with {np.expm1(value):+.3g} of y in proportion (+- {error:.2g})"
    return f"a unit more goes with {value:+.4g} (+- {error:.2g})"


def explanation(rows: pl.DataFrame, periods: int, *, alone: bool) -> str:
    """Which driver mattered in one series, the largest first.

    Args:
        rows: The series' rows of `Forecast.drivers`.
        periods: Periods ahead.
        alone: Whether there is no other series, which could say more.
    """
    used = rows.filter("used", pl.col("coefficient") != 0)
    ordered = used.sort(pl.col("effect").abs(), "driver", descending=[True, False])
    sentences = [_moved(row, periods, alone=alone) for row in ordered.iter_rows(named=True)]
    noise = rows.filter("used", pl.col("coefficient") == 0)["driver"].to_list()
    if noise:
        sentences.append(f"No effect that could be told from noise: {', '.join(noise)}.")
    left = rows.filter(~pl.col("used"))["driver"].to_list()
    if left:
        sentences.append(f"Not used, for this history tells nothing of it: {', '.join(left)}.")
    if not used.is_empty():
        sentences.append(f"{AS_KNOWN[0].upper()}{AS_KNOWN[1:]}.")
    return " ".join(sentences)


def _moved(row: dict[str, object], periods: int, *, alone: bool) -> str:
    change, share = float(str(row["effect"])), row["effect_share"]
    size = f"{abs(change):,.4g}" + ("" if share is None else f" ({float(str(share)):+.1%})")
    way = "raises" if change > 0 else "lowers"
    moved = f"{way} the forecast by {size} a period" if change else "moves the forecast by nothing"
    value, error = float(str(row["coefficient"])), float(str(row["standard_error"]))
    sure = [_p(row["p_value"], "" if alone else " by this history alone")]
    sure += [] if alone else [_p(row["shared_p_value"], " by all series")]
    return (
        f"{row['driver']} {moved} over the {periods} periods ahead, beside staying at "
        f"{float(str(row['last'])):,.4g}: {per_unit(value, error, log=row['unit'] != 'y')}; "
        f"{', '.join(one for one in sure if one)}."
    )


def _p(value: object, of: str) -> str:
    if value is None:
        return ""
    number = float(str(value))
    return f"p {f'< {CLEAR}' if number < CLEAR else f'{number:.2g}'}{of}"
