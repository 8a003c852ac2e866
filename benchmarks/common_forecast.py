"""What the forecast benchmarks share: peers with quantiles, scores, and the table of one set.

Every model answers with its point forecast and the bounds of central intervals. A peer that has no
answer for a history (too short, all zero) is answered for by the naive forecast, and counted.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from common import Cost, print_result, timed
from numpy.typing import NDArray

from forethought.plan import forecast
from forethought.plan.peers import PeerTask, peer_forecast
from forethought.plan.preparation import usual_change
from forethought.stats.blocks import run_blocks

Floats = NDArray[np.float64]

LEVEL = (20.0, 40.0, 60.0, 80.0, 95.0)
DECILES = np.arange(1, 10) / 10
SINGLES = ("AutoETS", "AutoCES", "AutoTheta", "DynamicOptimizedTheta", "SeasonalNaive")
PLAIN = ("AutoETS", "AutoCES", "DynamicOptimizedTheta", "SeasonalNaive")  # of the plain mean
SLOW = "AutoARIMA"
PATHS = 200
QUICK = 100


@dataclass(frozen=True)
class BenchmarkSet:
    """Histories and what came after them.

    Args:
        name: Of the set.
        freq: Distance of two periods.
        m: Season length, of the peers and of the scale of MASE.
        h: Horizon.
        train: `unique_id`, `ds`, `y`, and keys.
        test: `unique_id`, `ds`, `y`.
        hierarchy: Levels of keys, where the set is one.
    """

    name: str
    freq: str
    m: int
    h: int
    train: pl.DataFrame
    test: pl.DataFrame
    hierarchy: tuple[tuple[str, ...], ...] | None = None

    def histories(self) -> dict[str, Floats]:
        """Training parts by name, in the order of the names."""
        parts = self.train.sort("unique_id", "ds").partition_by(
            "unique_id", as_dict=True, maintain_order=True
        )
        return {str(key[0]): part["y"].to_numpy().astype(float) for key, part in parts.items()}

    def came(self) -> Floats:
        """Test parts in the same order, shape (S, h)."""
        ordered = self.test.sort("unique_id", "ds")
        return ordered["y"].to_numpy().astype(float).reshape(-1, self.h)

    def sampled(self, most: int | None, seed: int = 0) -> BenchmarkSet:
        """The set with `most` of its series, drawn at random."""
        names = sorted(self.histories())
        if most is None or most >= len(names):
            return self
        chosen = np.random.default_rng(seed).choice(len(names), most, replace=False)
        keep = pl.col("unique_id").is_in([names[k] for k in sorted(chosen)])
        return BenchmarkSet(
            self.name, self.freq, self.m, self.h, self.train.filter(keep), self.test.filter(keep)
        )


def split_last(
    name: str, frame: pl.DataFrame, *, freq: str, m: int, h: int, hierarchy: Any = None
) -> BenchmarkSet:
    """A set whose test part is the last `h` periods of every series."""
    ordered = frame.sort("unique_id", "ds").with_columns(
        back=pl.len().over("unique_id") - pl.int_range(pl.len()).over("unique_id")
    )
    train = ordered.filter(pl.col("back") > h).drop("back")
    test = ordered.filter(pl.col("back") <= h).select("unique_id", "ds", "y")
    return BenchmarkSet(name, freq, m, h, train, test, hierarchy)


@dataclass(frozen=True, eq=False)
class Answers:
    """One model's answers to one set.

    Args:
        point: Shape (S, h).
        bounds: Lower and upper bound by level, shape (S, L, 2, h).
        cost: What they cost.
        naive_instead: Series that the model had no answer for.
    """

    point: Floats
    bounds: Floats
    cost: dict[str, float]
    naive_instead: int = 0


def ours(one: BenchmarkSet, *, jobs: int, paths: int, **options: Any) -> tuple[Answers, Any]:
    """Our answers, with joint paths, and the whole result."""
    train = one.train if one.hierarchy is not None else one.train.select("unique_id", "ds", "y")
    with timed() as cost:
        result = forecast(
            train, one.h, one.freq, level=LEVEL, paths=paths, n_jobs=jobs,
            hierarchy=one.hierarchy, **options,
        )  # fmt: skip
    wanted = pl.col("unique_id").is_in(list(one.histories()))
    frame = result.frame.filter(wanted).sort("unique_id", "ds")
    bounds = [
        [frame[f"{side}-{level:g}"].to_numpy().reshape(-1, one.h) for side in ("lo", "hi")]
        for level in LEVEL
    ]
    answers = Answers(
        frame["median"].to_numpy().reshape(-1, one.h),
        np.moveaxis(np.array(bounds), 2, 0),
        cost.rounded(),
    )
    return answers, result


def of_peer(one: BenchmarkSet, peer: str, *, jobs: int, cache: Path | None = None) -> Answers:
    """A single model's answers with its own intervals.

    Args:
        one: The set.
        peer: The model's name in statsforecast.
        jobs: Processes.
        cache: Folder where answers of an earlier run, with their CPU seconds, may lie.
    """
    kept = None if cache is None else cache / f"{_key(one, peer)}.pickle"
    if kept is not None and kept.exists():
        found = pickle.loads(kept.read_bytes())  # noqa: S301  written by this benchmark
        if isinstance(found, Answers):
            return found
    histories = one.histories()
    tasks = [PeerTask(peer, y, one.m, one.h, LEVEL) for y in histories.values()]
    with timed() as cost:
        raw = run_blocks(peer_forecast, tasks, n_jobs=jobs)
    answers = _stacked(raw, list(histories.values()), one.h, cost)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(answers))
    return answers


def _key(one: BenchmarkSet, peer: str) -> str:
    histories = one.histories()
    digest = hashlib.blake2b(digest_size=8)
    for name, y in histories.items():
        digest.update(name.encode())
        digest.update(y.tobytes())
    return f"{one.name}-{peer}-{one.m}-{one.h}-{digest.hexdigest()}"


def _stacked(
    raw: Sequence[list[Floats] | None], histories: Sequence[Floats], h: int, cost: Cost
) -> Answers:
    rows = []
    for answer, y in zip(raw, histories, strict=True):
        rows.append(np.array(answer) if answer is not None else naive_rows(y, h))
    table = np.array(rows)
    return Answers(
        point=table[:, 0],
        bounds=table[:, 1:].reshape(len(rows), len(LEVEL), 2, h),
        cost=cost.rounded(),
        naive_instead=sum(answer is None for answer in raw),
    )


def naive_rows(y: Floats, h: int) -> Floats:
    """The last value, with the normal intervals of a random walk; rows as a peer answers."""
    from scipy.special import ndtri

    change = float(np.sqrt(np.mean(np.diff(y) ** 2))) if y.size > 1 else 0.0
    spread = change * np.sqrt(np.arange(1, h + 1))
    rows = [np.full(h, y[-1])]
    for level in LEVEL:
        reach = ndtri(0.5 + level / 200) * spread
        rows += [y[-1] - reach, y[-1] + reach]
    return np.array(rows)


def scores_of(one: BenchmarkSet, answers: Answers) -> dict[str, float]:
    """MASE, sMAPE, MSIS of the 95% interval, coverage, and the scaled quantile loss.

    The quantile loss is twice the pinball loss at the nine deciles over the scale of MASE.

    References:
        Makridakis, Spiliotis and Assimakopoulos (2020), The M4 competition, for MASE and MSIS.
    """
    y = one.came()
    scale = np.array([usual_change(h, one.m) for h in one.histories().values()])[:, None]
    size = np.abs(y) + np.abs(answers.point)
    error = np.abs(y - answers.point)
    low, high = answers.bounds[:, -1, 0], answers.bounds[:, -1, 1]
    outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    found = {
        "mase": float(np.mean(error / scale)),
        "smape": float(np.mean(np.where(size > 0, 200 * error / np.where(size > 0, size, 1), 0.0))),
        "msis_95": float(np.mean((high - low + 40 * outside) / scale)),
        "scaled_quantile_loss": quantile_loss(answers, y, scale),
        "bias": float(np.mean((answers.point - y) / scale)),
    }
    for k, level in enumerate(LEVEL):
        if level >= 80:
            inside = (y >= answers.bounds[:, k, 0]) & (y <= answers.bounds[:, k, 1])
            found[f"coverage_{level:g}"] = float(np.mean(inside))
    return {key: round(value, 4) for key, value in found.items()}


def quantile_loss(answers: Answers, y: Floats, scale: Floats) -> float:
    """Mean of twice the pinball loss at the deciles, over the scale."""
    quantiles = [
        *(answers.bounds[:, k, 0] for k in (3, 2, 1, 0)),
        answers.point,
        *(answers.bounds[:, k, 1] for k in (0, 1, 2, 3)),
    ]
    losses = [
        2 * np.maximum(p * (y - q), (p - 1) * (y - q)) / scale
        for p, q in zip(DECILES, quantiles, strict=True)
    ]
    return float(np.mean(losses))


def plain(answers: dict[str, Answers], kind: str) -> Answers:
    """The plain mean or median of the four usual models, bounds by the same rule."""
    middle = np.median if kind == "median" else np.mean
    parts = [answers[name] for name in PLAIN]
    return Answers(
        point=np.asarray(middle([part.point for part in parts], axis=0)),
        bounds=np.asarray(middle([part.bounds for part in parts], axis=0)),
        cost={key: round(sum(p.cost[key] for p in parts), 2) for key in parts[0].cost},
    )


def measured(
    one: BenchmarkSet, *, jobs: int, paths: int, cache: Path | None, arima: int = 0
) -> dict[str, Any]:
    """All figures of one set: ours, every peer, and the plain combinations.

    Args:
        one: The set.
        jobs: Processes.
        paths: Joint sample paths that ours draws.
        cache: Folder with peers' answers.
        arima: Series that AutoARIMA, the slowest peer, is asked for: a sample, or the whole set;
            0 asks none.
    """
    answers, result = ours(one, jobs=jobs, paths=paths)
    whole = arima >= len(one.histories())
    singles = (*SINGLES, SLOW) if whole else SINGLES
    peers = {peer: of_peer(one, peer, jobs=jobs, cache=cache) for peer in singles}
    models = {"ours": scores_of(one, answers) | answers.cost}
    for peer, answer in peers.items():
        models[peer] = scores_of(one, answer) | answer.cost
        models[peer]["naive_instead"] = answer.naive_instead
    for kind in ("mean", "median"):
        both = plain(peers, kind)
        models[f"plain_{kind}"] = scores_of(one, both) | both.cost
    found: dict[str, Any] = {"series": len(one.histories()), "models": models}
    found["coverage_by_horizon"] = coverage_by_horizon(one, answers)
    if arima and not whole:
        found["sample_with_arima"] = _beside_arima(one, answers, jobs, cache, arima)
    found["result"] = result
    return found


def _beside_arima(
    one: BenchmarkSet, answers: Answers, jobs: int, cache: Path | None, most: int
) -> dict[str, Any]:
    """Ours and AutoARIMA on a random sample of the set."""
    part = one.sampled(most)
    arima = of_peer(part, SLOW, jobs=jobs, cache=cache)
    place = {name: k for k, name in enumerate(one.histories())}
    rows = [place[name] for name in part.histories()]
    same = Answers(answers.point[rows], answers.bounds[rows], {})
    return {
        "series": len(rows),
        "ours": scores_of(part, same),
        SLOW: scores_of(part, arima) | arima.cost,
    }


def coverage_by_horizon(one: BenchmarkSet, answers: Answers) -> dict[str, list[float]]:
    """Share inside the 80% and 95% interval at each horizon."""
    y = one.came()
    return {
        f"{level:g}": [
            round(float(share), 3)
            for share in np.mean(
                (y >= answers.bounds[:, k, 0]) & (y <= answers.bounds[:, k, 1]), axis=0
            )
        ]
        for k, level in enumerate(LEVEL)
        if level >= 80
    }


def ratios(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Ours over the best single model and over the plain median, by set and over all."""
    tables: dict[str, dict[str, float]] = {
        "mase_to_best_single": {},
        "mase_to_plain_median": {},
        "msis_to_best_single": {},
        "quantile_loss_to_best_single": {},
    }
    for name, of in found.items():
        models = of["models"]
        for table, key in (
            ("mase_to_best_single", "mase"),
            ("msis_to_best_single", "msis_95"),
            ("quantile_loss_to_best_single", "scaled_quantile_loss"),
        ):
            best = min(models[peer][key] for peer in (*SINGLES, SLOW) if peer in models)
            tables[table][name] = round(models["ours"][key] / best, 4)
        tables["mase_to_plain_median"][name] = round(
            models["ours"]["mase"] / models["plain_median"]["mase"], 4
        )
    return {
        table: rows
        | {"geometric_mean": round(float(np.exp(np.mean(np.log(list(rows.values()))))), 4)}
        for table, rows in tables.items()
    }


def arguments(description: str | None, extra: Sequence[str] = ()) -> Any:
    """The options that all forecast benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} series a set, no AutoARIMA")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--sets", default="", help="names, such as m3_monthly,m3_yearly")
    parser.add_argument(
        "--peers-cache", type=Path, default=None, help="folder that keeps peers' answers and costs"
    )
    for name in extra:
        parser.add_argument(name, action="store_true")
    return parser.parse_args()


def all_measured(sets: Sequence[BenchmarkSet], chosen: Any, *, arima: int) -> dict[str, Any]:
    """Figures of every set that was asked for, told on the way."""
    wanted = [name for name in chosen.sets.split(",") if name]
    found = {}
    for one in sets:
        if wanted and one.name not in wanted:
            continue
        part = one.sampled(QUICK) if chosen.quick else one
        found[one.name] = measured(
            part,
            jobs=chosen.jobs,
            paths=PATHS,
            cache=chosen.peers_cache,
            arima=0 if chosen.quick else arima,
        )
        print(one.name, found[one.name]["models"]["ours"], file=sys.stderr, flush=True)
    return found


def printed(name: str, found: dict[str, Any], chosen: Any, **more: Any) -> None:
    """The JSON object of a benchmark over several sets."""
    peers = sorted({model for of in found.values() for model in of["models"]} - {"ours"})
    print_result(
        name=name,
        work={
            "series": {name: of["series"] for name, of in found.items()},
            "paths": PATHS,
            "jobs": chosen.jobs,
            "quick": chosen.quick,
            "peers_kept_from_an_earlier_run": chosen.peers_cache is not None,
        },
        packages=("forethought", "statsforecast", "hierarchicalforecast", "numpy", "scipy"),
        ours={name: of["models"]["ours"] for name, of in found.items()},
        peers={
            peer: {name: of["models"][peer] for name, of in found.items() if peer in of["models"]}
            for peer in peers
        },
        ratio=ratios(found),
        accuracy={
            name: {
                key: of[key] for key in ("coverage_by_horizon", "sample_with_arima") if key in of
            }
            | more.get("accuracy", {}).get(name, {})
            for name, of in found.items()
        },
    )
