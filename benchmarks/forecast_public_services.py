"""Public-service series: ours beside single models and their plain combinations, in the same run.

Hospital discharges a day, A&E attendances, delayed discharges in Scotland, recorded crime in
London, prisoners in Australia. The last horizon of every series is hidden and read only to score;
nothing was tuned on it. `--quick` takes some series of each set.
"""

from __future__ import annotations

from common import shared_data
from common_forecast import all_measured, arguments, printed
from common_forecast_sets import PUBLIC_SERVICES

ARIMA_SERIES = 400


def main() -> None:
    """Run the benchmark and print its JSON last."""
    chosen = arguments(__doc__)
    folder = shared_data() / "forecast"
    found = all_measured([read(folder) for read in PUBLIC_SERVICES], chosen, arima=ARIMA_SERIES)
    printed("forecast-public-services", found, chosen)


if __name__ == "__main__":
    main()
