"""`forecast`: combined members, calibrated intervals, joint paths, for any number of series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from forethought.errors import Problem, UsageError, did_you_mean
from forethought.plan.assembly import assemble, assemble_coherent
from forethought.plan.distributions import distributions_of
from forethought.plan.drivers import checked_histories, driver_problems, named_drivers
from forethought.plan.forecast_result import Forecast
from forethought.plan.hierarchy import checked_hierarchy, tree_of
from forethought.plan.preparation import EFFORTS, Settings, prepare
from forethought.plan.readings import Make, open_break, under_readings
from forethought.plan.series import checked_series, history_of
from forethought.plan.shocks import Shock, checked_shocks

Effort = Literal["fast", "standard", "thorough"]


def forecast(  # noqa: PLR0913, PLR0917  the public surface; all but the frame by keyword in practice
    frame: Any,
    h: int = 24,
    freq: str = "1mo",
    season_length: int | Sequence[int] | None = None,
    level: Sequence[float] = (50, 80, 95),
    effort: Effort = "standard",
    hierarchy: Sequence[Sequence[str]] | None = None,
    shocks: Sequence[Shock] = (),
    paths: int = 0,
    seed: int = 0,
    *,
    n_jobs: int | None = None,
    nonnegative: bool | None = None,
    integer: bool = False,
    drivers: Sequence[str] | str = (),
    future: Any = None,
) -> Forecast:
    """What comes next, how sure that is, and in which joint ways it may come.

    Args:
        frame: Long frame `unique_id`, `ds` (period start or month end), `y`; columns that are
            fixed by the series are kept. polars, pandas or Arrow.
        h: Periods ahead.
        freq: Distance of two periods as polars writes it: `1h`, `1d`, `1w`, `1mo`, `1q`, `1y`;
            `1i` for whole numbers.
        season_length: None looks whether each history shows the frequency's seasons (12 for
            months, 24 and 168 for hours, 7 and 365 for days); a number, or several, are obeyed.
        level: Prediction intervals, per cent, each between 0 and 100.
        effort: `fast` leaves AutoETS out and rehearses at 3 origins, `standard` at 5 with a
            short search of AutoETS, `thorough` at 8 with its full search.
        hierarchy: Levels as tuples of key columns; `()` is the total. All levels are forecast
            and add up, on every path.
        shocks: What happened once and is not to be repeated. One of them may have readings: the
            forecast is then made under each.
        paths: Joint sample paths to draw.
        seed: Same seed, same answer, whatever the order of the series and the processes.
        n_jobs: Processes; None takes what the machine has where the series are many.
        nonnegative: None forecasts no negative value where the history has none.
        integer: Whether intervals, medians and paths are whole numbers.
        drivers: Columns of the frame that vary with time and move y: a price, visits, the
            temperature. Not together with `hierarchy` or with a shock that has readings.
        future: `unique_id`, `ds` and the drivers, known or assumed, for exactly the `h` periods
            after each history.

    Raises:
        UsageError: Arguments that cannot be used, all at once.
        DataError: Every gap, duplicate and value that is missing, at once; those of the drivers
            and of their future too.

    References:
        Petropoulos and Svetunkov (2020), A simple combination of univariate models;
        Hyndman et al. (2008); Schefzik et al. (2013); Wickramasuriya et al. (2019).
    """
    names = named_drivers(drivers)
    settings = checked_settings(
        driver_problems(names, future, frame, hierarchy, shocks),
        h=h, season_length=season_length, level=level, effort=effort, paths=paths, seed=seed,
        nonnegative=nonnegative, integer=integer, shocks=shocks, freq=freq, n_jobs=n_jobs,
    )  # fmt: skip
    panel, known = checked_histories(frame, freq, names, future, h)
    unsettled = open_break(settings.shocks)
    if unsettled is not None:
        make = _maker(settings, hierarchy)
        return under_readings(panel, settings.shocks, unsettled, h, paths, make)
    if hierarchy is None:
        prepared = prepare(panel, settings, known)
        return assemble(panel, prepared, distributions_of(prepared, settings), settings)
    levels = checked_hierarchy(hierarchy, panel)
    tree = tree_of(panel, history_of(panel), levels)
    every = checked_series(tree.frame, freq)
    prepared = prepare(every, settings)
    return assemble_coherent(every, tree, prepared, distributions_of(prepared, settings), settings)


def _maker(settings: Settings, hierarchy: Sequence[Sequence[str]] | None) -> Make:
    """A forecast of any history under these settings, without some shocks."""

    def make(history: Any, h: int, shocks: Sequence[Shock], paths: int) -> Forecast:
        return forecast(
            history, h, settings.freq, settings.season_length, settings.level,
            settings.effort,  # type: ignore[arg-type]
            hierarchy, shocks, paths, settings.seed,
            n_jobs=settings.n_jobs, nonnegative=settings.nonnegative, integer=settings.integer,
        )  # fmt: skip

    return make


def checked_settings(also: Sequence[Problem] = (), **given: Any) -> Settings:
    """Settings that make sense.

    Args:
        also: Problems that were found elsewhere, to be told with the others.
        given: The arguments.

    Raises:
        UsageError: All that do not, at once.
    """
    problems = list(also)
    if isinstance(given["h"], bool) or not isinstance(given["h"], int) or given["h"] < 1:
        problems.append(Problem(f"{given['h']!r} is no horizon.", "h", "Give periods, from 1."))
    season = given["season_length"]
    if isinstance(season, Sequence) and not isinstance(season, str):
        season = given["season_length"] = tuple(season)
    if season is not None and not _seasons(season):
        problems.append(
            Problem(f"{season!r} is no season.", "season_length", "Give periods, from 1.")
        )
    level = tuple(given["level"])
    if not level or not all(0 < value < 100 for value in level):  # noqa: PLR2004  per cent
        problems.append(
            Problem(f"{level} are no intervals.", "level", "Give per cent, such as 95.")
        )
    if given["effort"] not in EFFORTS:
        problems.append(
            Problem(
                f"{given['effort']!r} is no effort.",
                "effort",
                did_you_mean(str(given["effort"]), EFFORTS),
            )
        )
    if given["paths"] < 0:
        problems.append(Problem("paths is negative.", "paths", "Give a number from 0."))
    if problems:
        raise UsageError("The arguments cannot be used.", problems=problems)
    shocks = tuple(given["shocks"])
    checked_shocks(shocks)
    return Settings(**{**given, "level": level, "shocks": shocks})


def _seasons(given: Any) -> bool:
    """Whether these are periods, from 1; several, each from 2."""
    if isinstance(given, tuple):
        return bool(given) and all(isinstance(one, int) and one > 1 for one in given)
    return isinstance(given, int) and given >= 1
