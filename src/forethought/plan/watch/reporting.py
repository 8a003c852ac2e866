"""From p-values to what people read: signals, alarms, and the record of every test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.series import Panel
from forethought.plan.watch.evidence import Evidence
from forethought.plan.watch.onset import Change, change_of
from forethought.plan.watch.rules import Judged
from forethought.plan.watch.scores import RESIDUAL_PARTS, XMR_PARTS
from forethought.plan.watch.signal import Meaning, Signal
from forethought.plan.watch.stored import PARTS as STORED_PARTS
from forethought.plan.watch.watched import Block
from forethought.plan.watch.xmr import Desired, Xmr

Floats = NDArray[np.float64]

UNITS = {"mo": "month", "w": "week", "d": "day", "q": "quarter", "y": "year", "h": "hour"}
MOVED = 3.0  # standard errors from which a related series moved, too
CUSUM_PARTS = ("upper", "lower")
FARRINGTON_PARTS = ("earlier years",)


def signals_of(
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    found: Sequence[Evidence],
    wanted: Mapping[str, Desired],
    drivers: Mapping[str, Sequence[str]],
    freq: str,
    fdr: float,
) -> tuple[Signal, ...]:
    """One signal for each series with an alarm, the surest first."""
    unit = UNITS.get(freq.lstrip("0123456789"), "period") if freq[:1] == "1" else "period"
    at = {name: (b, row) for b, block in enumerate(blocks) for row, name in enumerate(block.names)}
    told = []
    for b, (block, seen, evidence) in enumerate(zip(blocks, judged, found, strict=True)):
        for row in np.flatnonzero(evidence.series_q <= fdr).tolist():
            q, p = evidence.q[row], evidence.p[row]
            raised = q <= fdr
            if not raised.any():
                # the family passes, no row alone does: the row that speaks loudest stands for it
                raised = p == np.nanmin(p)
            rule, period = np.unravel_index(np.nanargmin(np.where(raised, p, np.nan)), p.shape)
            score = seen.scores[evidence.rules[rule]]
            sign = float(score.sign[row, period]) or 1.0
            first = int(np.flatnonzero(raised.any(axis=0))[0])
            change = change_of(
                row, block.values, seen.surprise, seen.listed, seen.cut, seen.cut + first,
                block.nature, sign,
            )  # fmt: skip
            latest = int(np.flatnonzero(raised.any(axis=0))[-1])
            name = block.names[row]
            related = [each for each in drivers.get(name, ()) if each in at and each != name]
            told.append(
                Signal(
                    unique_id=name,
                    since=block.ds[change.start],
                    latest=block.ds[seen.cut + latest],
                    direction="up" if sign > 0 else "down",
                    meaning=_meaning(wanted[name], sign),
                    shape=change.shape,
                    size=change.size,
                    size_low=change.low,
                    size_high=change.high,
                    usual=change.usual,
                    p=float(np.nanmin(p)),
                    q=float(evidence.series_q[row]),
                    rules=tuple(
                        each for number, each in enumerate(evidence.rules) if raised[number].any()
                    ),
                    drivers=_moved(related, change, b, blocks, judged, at),
                    unit=unit,
                )
            )
    return tuple(sorted(told, key=lambda each: (each.q, each.p, each.unique_id)))


def _meaning(wanted: Desired, sign: float) -> Meaning:
    if wanted == "neutral":
        return "neutral"
    return "improvement" if (wanted == "up") == (sign > 0) else "concern"


def _moved(
    related: Sequence[str],
    change: Change,
    home: int,
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    at: Mapping[str, tuple[int, int]],
) -> tuple[str, ...]:
    """Related series whose surprises since the change add up to more than chance."""
    back = blocks[home].values.shape[1] - change.start
    moved = []
    for name in related:
        b, row = at[name]
        u = judged[b].surprise.u[row][-back:]
        if change.shape == "one-off":
            u = u[:1]
        z = float(u.sum()) / np.sqrt(max(1, u.size))
        if abs(z) >= MOVED:
            moved.append((abs(z), name))
    return tuple(name for _, name in sorted(moved, reverse=True))


def evidence_of(
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    found: Sequence[Evidence],
    drawn: Xmr,
    *,
    stored: bool,
) -> pl.DataFrame:
    """A row for each series, rule and watched period."""
    parts = {
        "xmr": XMR_PARTS, "farrington": FARRINGTON_PARTS, "cusum": CUSUM_PARTS,
        "residual": STORED_PARTS if stored else RESIDUAL_PARTS,
    }  # fmt: skip
    tables = [
        _evidence_of(block, seen, evidence, number, rule, parts[rule])
        for block, seen, evidence in zip(blocks, judged, found, strict=True)
        for number, rule in enumerate(evidence.rules)
    ]
    if not tables:
        ds = drawn.frame.schema["ds"]
        return pl.DataFrame(
            schema={"unique_id": pl.String, "ds": ds, "rule": pl.String, "part": pl.String,
                    "direction": pl.String, "p": pl.Float64, "q": pl.Float64,
                    "beyond": pl.Boolean}
        )  # fmt: skip
    table = pl.concat(tables)
    marks = drawn.frame.select("unique_id", "ds", marked=pl.col("cause") != "common cause")
    return (
        table.join(marks, on=["unique_id", "ds"], how="left", maintain_order="left")
        .with_columns(
            beyond=pl.when(pl.col("rule") == "xmr").then("marked").otherwise("beyond")
        )
        .drop("marked")
    )  # fmt: skip


def _evidence_of(
    block: Block, seen: Judged, evidence: Evidence, number: int, rule: str, parts: Sequence[str]
) -> pl.DataFrame:
    score = seen.scores.get(rule)
    shape = evidence.p[:, number].shape
    zeros = np.zeros(shape, dtype=np.int64)
    p, q = evidence.p[:, number].ravel(), evidence.q[:, number].ravel()
    detail = zeros if score is None else score.detail
    sign = zeros if score is None else score.sign
    beyond = zeros.astype(bool) if score is None else score.beyond
    watched = block.ds[seen.cut :]
    known = pl.col("p").is_not_null()
    return pl.DataFrame(
        {
            "unique_id": np.repeat(np.array(block.names, dtype=object), shape[1]).tolist(),
            "ds": pl.concat([watched] * shape[0]),
            "detail": detail.ravel(),
            "sign": sign.ravel(),
            "p": p,
            "q": q,
            "beyond": beyond.ravel(),
        }
    ).with_columns(pl.col("p", "q").fill_nan(None)).select(
        "unique_id",
        "ds",
        pl.lit(rule).alias("rule"),
        pl.when(known)
        .then(pl.col("detail").replace_strict(dict(enumerate(parts)), return_dtype=pl.String))
        .alias("part"),
        pl.when(known)
        .then(pl.when(pl.col("sign") < 0).then(pl.lit("down")).otherwise(pl.lit("up")))
        .alias("direction"),
        "p",
        "q",
        "beyond",
    )  # fmt: skip


def alarms_of(
    table: pl.DataFrame,
    told: Sequence[Signal],
    panel: Panel,
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    fdr: float,
) -> pl.DataFrame:
    """The rows of evidence that are alarms, with what is known of their series."""
    ds = panel.ds_type
    signals = pl.DataFrame(
        [_row(signal) for signal in told],
        schema={"unique_id": pl.String, "meaning": pl.String, "since": ds, "shape": pl.String,
                "size": pl.Float64, "size_low": pl.Float64, "size_high": pl.Float64,
                "sure": pl.String, "drivers": pl.List(pl.String), "action": pl.String,
                "order": pl.Int64, "best": pl.Float64},
        orient="row",
    )  # fmt: skip
    signals = signals.with_columns(order=pl.int_range(pl.len()))
    raised = table.join(signals, on="unique_id", how="inner").filter(
        (pl.col("q") <= fdr) | (pl.col("p") == pl.col("best"))
    )
    expected = _expected(raised, blocks, judged)
    return (
        raised.with_columns(expected)
        .sort("order", "ds", "rule")
        .select(
            "unique_id", "ds", "rule", "direction", "meaning", "part", "y", "expected", "p", "q",
            "since", "shape", "size", "size_low", "size_high", "sure", "drivers", "action",
        )
    )  # fmt: skip


def _row(signal: Signal) -> tuple[Any, ...]:
    return (
        signal.unique_id, signal.meaning, signal.since, signal.shape, signal.size, signal.size_low,
        signal.size_high, signal.sure, list(signal.drivers), signal.action, 0, signal.p,
    )  # fmt: skip


def _expected(
    raised: pl.DataFrame, blocks: Sequence[Block], judged: Sequence[Judged]
) -> list[pl.Series]:
    """What came and what the periods before led one to expect, for each alarm."""
    at = {name: (b, row) for b, block in enumerate(blocks) for row, name in enumerate(block.names)}
    places = [dict(zip(block.ds, range(len(block.ds)), strict=True)) for block in blocks]
    y, expected = [], []
    for name, ds in raised.select("unique_id", "ds").iter_rows():
        b, row = at[name]
        t = places[b][ds]
        y.append(float(blocks[b].values[row, t]))
        expected.append(float(judged[b].surprise.expected[row, t]))
    return [pl.Series("y", y, dtype=pl.Float64), pl.Series("expected", expected, dtype=pl.Float64)]


def report_of(
    panel: Panel,
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    found: Sequence[Evidence],
    short: Mapping[str, str],
    rules: Sequence[str],
) -> pl.DataFrame:
    """A row for each series: what was made of it, and what could not be answered."""
    from forethought.plan.watch.signalling import CLEAR
    from forethought.plan.watch.surprise import nature_of

    rows: dict[str, tuple[Any, ...]] = {}
    for block, seen, evidence in zip(blocks, judged, found, strict=True):
        answered = np.asarray(np.isfinite(evidence.p).any(axis=2))
        for row, name in enumerate(block.names):
            silent = [rule for rule, ok in zip(rules, answered[row], strict=True) if not ok]
            chart = "residuals" if seen.surprise.fitted.gain[row] > CLEAR else "values"
            rows[name] = (
                name, block.nature, block.values.shape[1], block.ahead, chart,
                float(evidence.series_q[row]),
                [rule for rule in rules if rule not in silent],
                _note(silent, block),
            )  # fmt: skip
    for series in panel.series:
        if series.unique_id in short:
            rows[series.unique_id] = (
                series.unique_id, nature_of(series.y), series.y.size, 0, "values", None, [],
                short[series.unique_id],
            )  # fmt: skip
    return pl.DataFrame(
        [rows[series.unique_id] for series in panel.series],
        schema={"unique_id": pl.String, "nature": pl.String, "periods": pl.Int64,
                "watched": pl.Int64, "chart": pl.String, "q": pl.Float64,
                "answered": pl.List(pl.String), "note": pl.String},
        orient="row",
    )  # fmt: skip


def _note(silent: Sequence[str], block: Block) -> str:
    notes = []
    if "farrington" in silent:
        notes.append(
            "farrington: values are no counts"
            if block.nature != "count"
            else "farrington: too few earlier years, or a frequency without a baseline"
        )
    if "residual" in silent:
        notes.append("residual: no stored forecast of these periods")
    if not block.rehearsals:
        notes.append("history too short to rehearse on: chances come from the watch itself")
    return "; ".join(notes)
