"""The watch: cost, false alarms where nothing changed, power and false share where something did.

Six kinds of histories (`common_watch`), 5,000 series each. Months without any change: how many
raise an alarm at all. Months in which 2% of the series changed, for good or for one month, at a
time of the last twelve: which share of the alarms is false, and how many changes are found, by
kind and size. Each month is a draw of its own; seeds from 5,000, none of which built the watch.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import peak_memory_mb, print_result, timed
from common_watch import (
    HELD_OUT,
    KINDS,
    MONTHS,
    SHARE,
    WATCHED,
    Histories,
    Shift,
    frame_of,
    interval,
    made,
)
from threadpoolctl import threadpool_limits

from forethought.plan import Signals, Watch, signals
from forethought.plan.watch.rules import RULES

SHIFTS = (
    *(Shift("lasting", size) for size in (2.0, 3.0, 4.0, 6.0)),
    *(Shift("one-off", size) for size in (4.0, 6.0, 8.0)),
)
SETTLED = 3  # months that a lasting change has been there, for power apart from the newest ones
JUMPED = 30  # of 400 series
FACTORS = (1.2, 1.5, 2.0, 3.0, 5.0, 0.5)


Row = dict[str, Any]


def null(kind: str, series: int, n: int, periods: int) -> Row:
    """A month without a change: how many series are raised."""
    seed = HELD_OUT + n + (0 if periods > 1 else 1000)
    answer = signals(made(kind, series, seed).frame, seed=n, watch=Watch(periods=periods))
    return {"raised": len(answer.signals)}


def shifted(kind: str, series: int, n: int) -> Row:
    """A month with changes: alarms, false ones, what was found of each kind and size, delays."""
    histories = made(kind, series, HELD_OUT + 2000 + n, shifts=SHIFTS)
    answer = signals(histories.frame, seed=n)
    told = np.zeros(series, dtype=bool)
    told[[int(signal.unique_id) for signal in answer.signals]] = True
    planted = {}
    for number, shift in enumerate(SHIFTS):
        mine = histories.kind == number
        old = mine & (histories.start <= MONTHS - SETTLED)
        counts = (mine, mine & told, old, old & told)
        planted[str(shift)] = [int(each.sum()) for each in counts]
    right = [signal for signal in answer.signals if histories.kind[int(signal.unique_id)] >= 0]
    return {
        "alarms": int(told.sum()),
        "false": int((told & (histories.kind < 0)).sum()),
        "expected false": answer.expected_false,
        "planted": planted,
        "by rule": {rule: sum(rule in signal.rules for signal in right) for rule in RULES},
        "delays": delays_of(answer, histories),
    }


def of_null(rows: Sequence[Row]) -> Row:
    """Months without a change, put together."""
    hits, months = sum(row["raised"] > 0 for row in rows), len(rows)
    return {
        "months": months,
        "with an alarm": hits,
        "share": round(hits / months, 3),
        "95% interval": interval(hits, months),
        "alarmed series": sum(row["raised"] for row in rows),
    }


def of_shifted(rows: Sequence[Row]) -> Row:
    """Months with changes, put together."""
    shares = [row["false"] / max(1, row["alarms"]) for row in rows]
    mean, months = statistics.mean(shares), len(rows)
    error = statistics.stdev(shares) / np.sqrt(months) if months > 1 else 1.0
    alarms, false = (sum(row[name] for row in rows) for name in ("alarms", "false"))
    planted = {
        name: np.sum([row["planted"][name] for row in rows], axis=0) for name in rows[0]["planted"]
    }
    delays = [delay for row in rows for delay in row["delays"]]
    return {
        "months": months,
        "alarms": alarms,
        "false share": round(mean, 3),
        "95% interval": [round(max(0.0, mean - 1.96 * error), 3), round(mean + 1.96 * error, 3)],
        "false of all alarms": round(false / max(1, alarms), 3),
        "binomial 95% interval": interval(false, alarms),
        "expected false of all alarms, at most": round(
            sum(row["expected false"] for row in rows) / max(1, alarms), 3
        ),
        "found": {name: round(float(each[1] / each[0]), 3) for name, each in planted.items()},
        f"found, there for {SETTLED} months or more": {
            name: round(float(each[3] / each[2]), 3)
            for name, each in planted.items()
            if name.startswith("lasting")
        },
        "changed series alarmed by": {
            rule: sum(row["by rule"][rule] for row in rows) for rule in RULES
        },
        "median delay in months": statistics.median(delays) if delays else None,
    }


def tasks(nulls: int, newest: int, changed: int) -> list[tuple[str, str, int]]:
    """What is asked of each kind: so many months of each question, all kinds abreast."""
    asked = [("null", n / nulls, n) for n in range(nulls)]
    asked += [("newest", n / newest, n) for n in range(newest)]
    asked += [("changed", n / changed, n) for n in range(changed)]
    asked.sort(key=lambda each: each[1])
    return [(question, kind, n) for question, _, n in asked for kind in KINDS]


def answer(question: str, kind: str, n: int, series: int) -> Row:
    """One month of one question."""
    if question == "changed":
        return shifted(kind, series, n)
    return null(kind, series, n, WATCHED if question == "null" else 1)


def measured(
    asked: argparse.Namespace, series: int, wanted: list[tuple[str, str, int]]
) -> dict[str, dict[str, list[Row]]]:
    """Rows by question and kind; those that lie in the file of rows are taken from there."""
    known: dict[tuple[str, str, int], Row] = {}
    files = sorted(asked.rows.parent.glob(asked.rows.name + "*")) if asked.rows else []
    for line in (line for file in files for line in file.read_text().splitlines()):
        row = json.loads(line)
        known[row["question"], row["kind"], row["n"]] = row
    part, parts = asked.part
    for number, task in enumerate(wanted):
        if task in known or asked.known_only or number % parts != part:
            continue
        began = time.process_time()
        row = dict(zip(("question", "kind", "n"), task, strict=True)) | answer(*task, series)
        known[task] = row | {"cpu_s": round(time.process_time() - began, 2)}
        if asked.rows:
            with asked.rows.with_name(f"{asked.rows.name}.{part}").open("a") as out:
                out.write(json.dumps(known[task]) + "\n")
    told: dict[str, dict[str, list[Row]]] = {}
    for (question, kind, _), row in sorted(known.items()):
        told.setdefault(question, {}).setdefault(kind, []).append(row)
    return told


def delays_of(answer: Signals, histories: Histories) -> list[int]:
    """Months from each lasting change to its first alarm at or after it."""
    first = answer.frame.group_by("unique_id").agg("ds")
    delays = []
    for name, periods in first.iter_rows():
        row = int(name)
        if histories.kind[row] >= 0 and SHIFTS[histories.kind[row]].shape == "lasting":
            late = [12 * (ds.year - 2010) + ds.month - 1 - histories.start[row] for ds in periods]
            delays += [int(min(after))] if (after := [each for each in late if each >= 0]) else []
    return delays


def sizes(months: int, seed: int) -> dict[str, Any]:
    """Told over true size of jumps by a factor, and how often the interval holds the true one."""
    told: dict[str, Any] = {}
    for factor in FACTORS:
        ratios, inside, planted = [], [], 0
        for n in range(months):
            rng = np.random.default_rng([seed, n, int(10 * factor)])
            at = np.arange(MONTHS)
            # large series where the jump is small, else only those that chance made larger are told
            level = np.exp(rng.uniform(np.log(80), np.log(600), 400)) * (
                4 if factor < FACTORS[1] else 1
            )
            phase = rng.uniform(0, 12, 400)[:, None]
            mean = level[:, None] * np.exp(0.25 * np.cos(2 * np.pi * (at - phase) / 12))
            start = rng.integers(MONTHS - WATCHED, MONTHS - SETTLED + 1, 400)
            after = (at >= start[:, None]) & (np.arange(400) < JUMPED)[:, None]
            seen = np.where(after, factor * mean, mean)
            y = rng.negative_binomial(seen, 0.5).astype(np.float64)  # variance twice the mean
            planted += JUMPED
            for signal in signals(frame_of(y)).signals:
                row = int(signal.unique_id)
                if row < JUMPED:
                    size = (factor - 1) * float(mean[row, start[row] :].mean())
                    ratios.append(signal.size / size)
                    inside.append(signal.size_low <= size <= signal.size_high)
        told[f"x{factor:g}"] = {
            "planted": planted,
            "found": len(ratios),
            "told over true, median": round(statistics.median(ratios), 3),
            "quartiles": [round(float(q), 3) for q in np.quantile(ratios, [0.25, 0.75])],
            "truth inside the 95% interval": round(float(np.mean(inside)), 3),
        }
    return told


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="a look: fewer series and months")
    options.add_argument("--rows", type=Path, help="file that keeps each month; goes on from there")
    options.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("K", "OF"),
                         help="every OF-th month from K on, for several processes")  # fmt: skip
    options.add_argument("--known-only", action="store_true", help="tell what lies in --rows")
    asked = options.parse_args()
    series, nulls, newest, changed = (1000, 3, 2, 2) if asked.quick else (5000, 18, 3, 7)
    rows = measured(asked, series, tasks(nulls, newest, changed))
    if asked.part[1] > 1:
        return  # one of several processes: --known-only tells what all of them found
    histories = made("Poisson counts", series, HELD_OUT - 1).frame
    with timed() as first:
        signals(histories)
    costs = []
    for _ in range(5):
        with timed() as cost:
            signals(histories)
        costs.append(cost)
    every = {name: [row for part in kinds.values() for row in part] for name, kinds in rows.items()}
    kinds = {
        name: {kind: rows[name][kind] for kind in KINDS if kind in rows[name]} for name in rows
    }
    calm, new, moved = (
        {kind: told(part) for kind, part in kinds[name].items()} | {"all": told(every[name])}
        for name, told in (("null", of_null), ("newest", of_null), ("changed", of_shifted))
    )
    print_result(
        name="signals-watch",
        work={"series": series, "months": MONTHS, "watched": WATCHED, "fdr": 0.1,
              "rules": list(RULES), "changed": SHARE, "seeds from": HELD_OUT, "gate_wall_s": 10.0},
        packages=["numba", "numpy", "polars", "scipy"],
        ours={
            "wall_s": round(statistics.median(cost.wall_s for cost in costs), 2),
            "cpu_s": round(statistics.median(cost.cpu_s for cost in costs), 2),
            "first_call": first.rounded(),
            "memory_mb": peak_memory_mb(),
            "all months, CPU s": round(
                sum(row["cpu_s"] for some in every.values() for row in some)
            ),
        },
        peers={},
        ratio={},
        accuracy={
            "no change, twelve months watched": calm,
            "no change, newest month alone": new,
            "2% changed": moved,
            "size of jumps": sizes(1 if asked.quick else 3, HELD_OUT + 3000),
        },
    )  # fmt: skip


if __name__ == "__main__":
    with threadpool_limits(1):  # threads that wait for work would be counted as CPU seconds
        main()
