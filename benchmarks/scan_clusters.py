"""The spatial scan: 900 areas, 999 shuffled maps, windows to half the people, against plain numpy.

Three maps (seeds 1,000 to 1,002) with a planted cluster each. Both scan the same windows; numpy
takes each shuffled map's counts in the order of the windows, sums along, and takes logarithms.
`--new-york FOLDER` also scans the leukaemia cases of upstate New York, where somebody has them:
files `cases_pop.txt` (area, cases, people) and `coords.txt` (area, x, y), separated by spaces.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from common import peak_memory_mb, print_result, timed
from numpy.typing import NDArray

from forethought.plan import scan
from forethought.plan.watch.circles import circles

AREAS, PERMUTATIONS, SEEDS = 900, 999, (1000, 1001, 1002)
Floats = NDArray[np.float64]
SATSCAN = {0.5: (14.083511, 9.019716, 6.114140, 4.651839, 3.363518, 3.209485),
           0.1: (11.577255, 9.019716, 6.114140, 4.651839, 4.169203)}  # fmt: skip


def county(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, Floats, set[str]]:
    """900 areas of about 1,500 people; the rate is doubled in twelve neighbours."""
    rng = np.random.default_rng(seed)
    points, people = rng.random((AREAS, 2)) * 60, rng.integers(1000, 2000, AREAS)
    near = np.argsort(np.hypot(*(points - points[seed % AREAS]).T))[:12]
    rate = np.full(AREAS, 0.003)
    rate[near] *= 2
    names = [f"area {number:03d}" for number in range(AREAS)]
    return (
        pl.DataFrame({"area": names, "cases": rng.poisson(people * rate)}),
        pl.DataFrame({"area": names, "population": people}),
        pl.DataFrame({"area": names, "x": points[:, 0], "y": points[:, 1]}),
        np.column_stack([points, people]),
        {names[number] for number in near},
    )


def plain_numpy(cases: Floats, known: Floats, permutations: int, seed: int) -> tuple[float, float]:
    """The best ratio, and its rank among shuffled maps, from arrays alone."""
    points, people = known[:, :2], known[:, 2]
    held = circles(points, people, 0.5)
    order, total = held.order.astype(np.int64), cases.sum()
    expected = people[order].cumsum(axis=1) * total / people.sum()
    rest_expected = total - expected

    def best(counts: Floats) -> float:
        c = counts[order].cumsum(axis=1)
        rest = total - c
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = c * np.log(c / expected) + rest * np.log(rest / rest_expected)
        return float(np.where(held.ends & (c > expected) & (c >= 2), ratio, 0.0).max())

    rng = np.random.default_rng(seed)
    top = best(cases)
    shuffled = rng.multinomial(int(total), people / people.sum(), size=permutations)
    above = sum(best(counts.astype(np.float64)) >= top for counts in shuffled)
    return top, (1 + above) / (permutations + 1)


def new_york(folder: Path) -> dict[str, Any]:
    """Largest difference to the ratios that SaTScan 9.6 gives."""
    rows = [line.split() for line in (folder / "cases_pop.txt").read_text().splitlines()]
    places = [line.split() for line in (folder / "coords.txt").read_text().splitlines()]
    frames = (
        pl.DataFrame({"area": [r[0] for r in rows], "cases": [int(r[1]) for r in rows]}),
        pl.DataFrame({"area": [r[0] for r in rows], "population": [int(r[2]) for r in rows]}),
        pl.DataFrame({"area": [r[0] for r in places], "x": [float(r[1]) for r in places],
                      "y": [float(r[2]) for r in places]}),
    )  # fmt: skip
    told = {}
    for share, theirs in SATSCAN.items():
        ours = scan(*frames, largest_share=share).frame["llr"].head(len(theirs)).to_list()
        told[f"largest share {share}"] = {
            "clusters compared": len(theirs),
            "largest difference": float(np.abs(np.array(ours) - theirs).max()),
        }
    return told


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--new-york", type=Path, help="folder with the leukaemia cases")
    options.add_argument("--permutations", type=int, default=PERMUTATIONS)
    asked = options.parse_args()
    made = [county(seed) for seed in SEEDS]
    with timed() as first:
        scan(*made[0][:3], permutations=19)
    ours, theirs, agree, found = [], [], [], []
    windows = 0
    for seed, (cases, people, areas, known, truth) in zip(SEEDS, made, strict=True):
        with timed() as cost:
            answer = scan(cases, people, areas, permutations=asked.permutations, seed=seed)
        ours.append(cost)
        counts = cases["cases"].to_numpy().astype(np.float64)
        with timed() as cost:
            top, rank = plain_numpy(counts, known, asked.permutations, seed)
        theirs.append(cost)
        agree.append(abs(top - answer.frame["llr"][0]))
        windows = answer.windows
        inside = set(answer.frame["areas"][0])
        found.append(
            {"p": answer.frame["p"][0], "p_rank": answer.frame["p_rank"][0], "p_rank numpy": rank,
             "areas of the planted twelve": len(inside & truth), "areas": len(inside)}
        )  # fmt: skip
    cpu = [statistics.median(each.cpu_s for each in costs) for costs in (ours, theirs)]
    wall = [statistics.median(each.wall_s for each in costs) for costs in (ours, theirs)]
    print_result(
        name="scan-clusters",
        work={"areas": AREAS, "permutations": asked.permutations, "windows": windows,
              "seeds": list(SEEDS), "gate_wall_s": 10.0, "gate_ratio": 20.0},
        packages=["numba", "numpy", "polars"],
        ours={"wall_s": round(wall[0], 3), "cpu_s": round(cpu[0], 3),
              "first_call": first.rounded(), "memory_mb": peak_memory_mb()},
        peers={"plain numpy": {"wall_s": round(wall[1], 2), "cpu_s": round(cpu[1], 2)}},
        ratio={"numpy / ours, wall": round(wall[1] / wall[0], 1),
               "numpy / ours, CPU": round(cpu[1] / cpu[0], 1)},
        accuracy={
            "largest difference of the best ratio": float(max(agree)),
            "planted clusters": found,
            **({"New York leukaemia, to SaTScan 9.6": new_york(asked.new_york)}
               if asked.new_york else {}),
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
