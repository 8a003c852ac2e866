"""Do calibrated bands hold what they promise: 1,000 simulated services, last 13 weeks held out.

Each service has its own staff, effort, spread, sickness, leaving, demand and waiting list; only its
weekly counts are seen. Required: 80% bands hold 77-83% of the held-out weeks, 95% bands 93-97%.
`--quick` takes 100 services.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from common import peak_memory_mb, print_result, timed

from forethought.plan import calibrate

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "plan" / "simulation"))

from truths import truth


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="100 services")
    services = 100 if options.parse_args().quick else 1000
    shares: dict[str, list[float]] = {}
    errors: dict[str, list[float]] = {"effort": [], "cv": [], "leaving per day": []}
    inside = {80: 0, 95: 0}
    with timed() as cost:
        for number in range(services):
            known = truth(number)
            found = calibrate(known.pathway, known.counts, draws=100, seed=5)
            for row in found.coverage.iter_rows(named=True):
                shares.setdefault(f"{row['measure']} {row['level']}%", []).append(row["share"])
            values = {row["parameter"]: row for row in found.parameters.iter_rows(named=True)}
            effort = values["effort_hours"]
            errors["effort"].append(effort["value"] / known.effort_hours - 1)
            errors["cv"].append(values["effort_cv"]["value"] - known.cv)
            leaving = values["leaving_per_day"]["value"]
            errors["leaving per day"].append(leaving - known.leaving_per_day)
            for level in inside:
                low, high = effort[f"lo-{level}"], effort[f"hi-{level}"]
                inside[level] += low <= known.effort_hours <= high
    print_result(
        name="sim-calibration",
        work={"services": services, "weeks": 78, "held_out": 13, "futures": 500, "draws": 100},
        packages=["numba", "numpy", "polars", "scipy"],
        ours=cost.rounded() | {"memory_mb": peak_memory_mb()},
        peers={},
        ratio={},
        accuracy={
            "share of held-out weeks in their band": {
                name: round(float(np.mean(each)), 4) for name, each in shares.items()
            },
            "standard error of that share": {
                name: round(float(np.std(each) / len(each) ** 0.5), 4)
                for name, each in shares.items()
            },
            "services whose effort lies in its interval": {
                f"{level}%": count / services for level, count in inside.items()
            },
            "mean error": {name: round(float(np.mean(e)), 6) for name, e in errors.items()},
            "spread of the error": {name: round(float(np.std(e)), 6) for name, e in errors.items()},
        },
    )


if __name__ == "__main__":
    main()
