"""`signals`: which of many series changed, with few false alarms among those that are raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.plan.series import Panel, checked_series
from forethought.plan.watch.evidence import evidence
from forethought.plan.watch.periods import Periods
from forethought.plan.watch.reporting import alarms_of, evidence_of, report_of, signals_of
from forethought.plan.watch.rules import RULES, Judged, judge
from forethought.plan.watch.signals_result import Signals
from forethought.plan.watch.stored import errors_of, stored_score
from forethought.plan.watch.watched import Block, Watch, blocks_of
from forethought.plan.watch.xmr import Desired, Starts, Xmr, charts, stretches_of, wanted_of

Floats = NDArray[np.float64]

CLEAR = 3.0  # log likelihood by which season or memory is clear enough to chart residuals


def signals(  # noqa: PLR0913  the public surface; all but the frame by keyword in practice
    frame: Any,
    rules: Sequence[str] = RULES,
    fdr: float = 0.1,
    seed: int = 0,
    *,
    freq: str = "1mo",
    season_length: int | None = None,
    desired: Mapping[str, Desired] | Desired = "neutral",
    target: Mapping[str, float] | float | None = None,
    rebase: Starts = None,
    forecasts: Any = None,
    drivers: Mapping[str, Sequence[str]] | None = None,
    watch: Watch | None = None,
) -> Signals:
    """Tell special causes from ordinary variation, in any number of series.

    Each series' season, trend and memory are learned from its past; what remains of the last
    periods is held against four rules. The past of all series, watched in the same way, says how
    often chance does as well, so that every rule, series and period has a p-value without a floor.
    Alarms are then kept so that at most `fdr` of the series raised are expected to be false.

    Args:
        frame: Long frame `unique_id`, `ds` (period start), `y`. polars, pandas or Arrow.
        rules: Any of `xmr` (the four rules of Making Data Count, on what season and memory leave),
            `farrington` (counts against earlier years), `cusum` (small lasting shifts), `residual`
            (errors of forecasts from earlier cutoffs).
        fdr: Share of the alarmed series that may be false, 0-1.
        seed: Says where on its step a small count lies; same seed, same answer.
        freq: Distance of two periods.
        season_length: Periods of the season; None takes the frequency's.
        desired: Where a measure should go: `up`, `down` or `neutral`; one for all or by series.
        target: What it should reach, for the assurance icon; one for all or by series.
        rebase: First periods of new stretches, for all series or by series: what came before is
            another process.
        forecasts: Frame of `ft.plan.forecast`, made before the watched periods; the residual rule
            then holds the periods against it instead of its own forecasts.
        drivers: Related series of a series, in the same frame: those that moved at the same time
            are named.
        watch: How the watch is kept; see `Watch`.

    Raises:
        UsageError: Settings that cannot be used, all at once.
        DataError: Every gap, duplicate and value that is missing, at once.

    References:
        Wheeler (2000); Noufaily et al. (2013); Hawkins and Olwell (1998); Benjamini and Hochberg
        (1995); Benjamini and Bogomolov (2014), Selective inference on multiple families.
    """
    watch = watch or Watch()
    asked = _checked(rules, fdr, seed)
    panel = checked_series(frame, freq, at_least=1)
    names = [series.unique_id for series in panel.series]
    wanted = wanted_of(desired, names)
    periods = Periods(panel)
    stretches = stretches_of(panel, rebase, periods)
    blocks, short = blocks_of(panel, stretches, season_length, watch, seed, periods)
    judged = [judge(block, block.cut, asked, freq, watch) for block in blocks]
    rehearsed = [
        [judge(block, cut, asked, freq, watch, like=seen) for cut in block.rehearsals]
        for block, seen in zip(blocks, judged, strict=True)
    ]
    if forecasts is not None and "residual" in asked:
        _hold_against_stored(forecasts, blocks, judged, rehearsed, periods, panel)
    found = evidence(blocks, judged, rehearsed, asked, watch, fdr)
    drawn, residual = _charts(panel, periods, stretches, blocks, judged, wanted, target, watch)
    told = signals_of(blocks, judged, found, wanted, drivers or {}, freq, fdr)
    table = evidence_of(blocks, judged, found, drawn, stored=forecasts is not None)
    raised = np.concatenate([each.series_q for each in found] or [np.zeros(0)])
    raised = raised[raised <= fdr]
    return Signals(
        frame=alarms_of(table, told, panel, blocks, judged, fdr),
        signals=told,
        evidence=table,
        charts=residual,
        icons=drawn.icons,
        report=report_of(panel, blocks, judged, found, short, asked),
        fdr=fdr,
        expected_false=float(raised.max() * raised.size) if raised.size else 0.0,
    )


def _checked(rules: Sequence[str], fdr: float, seed: int) -> tuple[str, ...]:
    asked = (rules,) if isinstance(rules, str) else tuple(dict.fromkeys(rules))
    problems = [
        Problem(f'"{rule}" is no rule.', "rules", did_you_mean(str(rule), RULES))
        for rule in asked
        if rule not in RULES
    ]
    if not asked:
        problems.append(Problem("no rule is asked.", "rules", f"Give some of {', '.join(RULES)}."))
    if not 0 < fdr < 1:
        problems.append(Problem(f"{fdr} is no rate.", "fdr", "Give 0 to 1, such as 0.1."))
    if isinstance(seed, bool) or not isinstance(seed, int):
        problems.append(Problem(f"{seed!r} is no seed.", "seed", "Give a whole number."))
    if problems:
        raise UsageError("The arguments cannot be used.", problems=problems)
    return asked


def _hold_against_stored(
    forecasts: Any,
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    rehearsed: Sequence[Sequence[Judged]],
    periods: Periods,
    panel: Panel,
) -> None:
    """Put the stored forecasts' score in the place of the built-in one."""
    series = {each.unique_id: each for each in panel.series}
    for block, seen, earlier in zip(blocks, judged, rehearsed, strict=True):
        ds = [periods.of(series[name])[-block.ahead :] for name in block.names]
        errors = errors_of(forecasts, block.names, ds, block.values[:, block.cut :])
        seen.scores["residual"] = stored_score(errors)
        for each in earlier:
            # another kind of score: the pool is the watch's own
            each.scores.pop("residual", None)


def _charts(
    panel: Panel,
    periods: Periods,
    stretches: Mapping[str, tuple[int, ...]],
    blocks: Sequence[Block],
    judged: Sequence[Judged],
    wanted: Mapping[str, Desired],
    target: Mapping[str, float] | float | None,
    watch: Watch,
) -> tuple[Xmr, pl.DataFrame]:
    """Charts of values, or of residuals where season or memory would break the rules."""
    values = {series.unique_id: series.y for series in panel.series}
    expected: dict[str, Floats] = {}
    starts = dict(stretches)
    for block, seen in zip(blocks, judged, strict=True):
        length = block.values.shape[1]
        for row in np.flatnonzero(seen.surprise.fitted.gain > CLEAR):
            name = block.names[row]
            y = values[name]
            told = np.full(y.size, np.nan)
            told[y.size - length :] = seen.surprise.expected[row]
            expected[name], values[name] = told, y - told
            # the model has seen only the newest stretch, or the newest years of it
            starts[name] = (y.size - length,)
    drawn = charts(
        panel, values, starts, periods, desired=wanted, target=None, screen=watch.screen,
        fix_after=watch.fix_after,
    )  # fmt: skip
    drawn = Xmr(drawn.frame, _assured(drawn, expected, wanted, target))
    keys = periods.keys().with_columns(
        y=np.concatenate([series.y for series in panel.series]),
        expected=np.concatenate(
            [expected.get(s.unique_id, np.full(s.y.size, np.nan)) for s in panel.series]
        ),
    )
    table = drawn.frame.rename({"y": "charted"}).join(
        keys, on=["unique_id", "ds"], how="left", maintain_order="left"
    )
    plain = pl.col("expected").is_nan()
    return drawn, table.select(
        "unique_id", "ds", "y", pl.when(~plain).then("expected").alias("expected"), "charted",
        pl.when(plain).then(pl.lit("values")).otherwise(pl.lit("residuals")).alias("on"),
        "group", "mean", "lower", "upper", "near_lower", "near_upper", "cause", "mark", "trial",
    )  # fmt: skip


def _assured(
    drawn: Xmr,
    expected: Mapping[str, Floats],
    wanted: Mapping[str, Desired],
    target: Mapping[str, float] | float | None,
) -> pl.DataFrame:
    """Icons, with assurance: whether the next value, by its limits, will reach the target."""
    if target is None:
        return drawn.icons
    rows: list[str | None] = []
    last = drawn.frame.group_by("unique_id", maintain_order=True).last()
    for name, lower, upper in last.select("unique_id", "lower", "upper").iter_rows():
        goal = target.get(name) if isinstance(target, Mapping) else target
        shift = float(expected[name][-1]) if name in expected else 0.0
        if goal is None or wanted[name] == "neutral":
            rows.append(None)
        elif lower + shift <= goal <= upper + shift:
            rows.append("inconsistent")
        else:
            rows.append("pass" if (goal < lower + shift) == (wanted[name] == "up") else "fail")
    return drawn.icons.with_columns(assurance=pl.Series(rows, dtype=pl.String))
