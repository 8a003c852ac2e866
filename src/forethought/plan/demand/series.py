"""The series that are modelled: starts and requests by two margins, leaving rates by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.plan.demand.breaks import LEAVING, REQUESTS, STARTS
from forethought.plan.demand.flows import Flow, Leaving
from forethought.plan.demand.margins import (
    SHARE_MONTHS,
    Margin,
    large_enough,
    nested,
    ratio,
    scattered,
    shares,
)
from forethought.plan.demand.panel import Panel
from forethought.plan.demand.vocabulary import PROFILES, SERVICES

Floats = NDArray[np.float64]

LARGE_A_MONTH = 2.0  # starts, requests or ends a month that let a cell be modelled alone
RATE_PER = 1000.0
PROFILE_DRIFT = 0.15  # how far a profile's share and pace of leaving move on by themselves (log)
EXPECTED_ENDS = 3.0  # ends against which a cell's own leaving rate is weighed
PROFILE_NAMES = tuple(f"{group} {band}" for group, band in PROFILES)


@dataclass(frozen=True, eq=False)
class FlowMargins:
    """How one flow is modelled: from the county's total down, and by district.

    Args:
        levels: Margins from coarse to fine over all cells, each inside the one before.
        local: District units over all cells.
    """

    levels: tuple[Margin, ...]
    local: Margin

    def named(self) -> list[tuple[object, Margin]]:
        """The margins with the name of their level."""
        return [*enumerate(self.levels), ("d", self.local)]


@dataclass(frozen=True, eq=False)
class Modelled:
    """Which margins are modelled and the history of each.

    Args:
        starts: All, services, service x profile; district x service.
        requests: All, profiles; districts.
        leaving: All and services, over service x profile.
        frame: `unique_id` ("starts 2: home_care, older_people 85+"), `ds`, `y`; the number is
            the level, "d" the districts.
        services: By series the services that it sums; none for requests.
    """

    starts: FlowMargins
    requests: FlowMargins
    leaving: tuple[Margin, Margin]
    frame: pl.DataFrame
    services: Mapping[str, frozenset[str]]

    @property
    def count(self) -> int:
        """How many series are modelled."""
        return self.frame["unique_id"].n_unique()


def modelled_series(panel: Panel, *, most: int, minimum: float = LARGE_A_MONTH) -> Modelled:
    """Choose the units and lay out their history.

    Args:
        panel: The history.
        most: Most series to model; the smallest volume of a unit rises until they fit.
        minimum: Smallest monthly volume of a unit of its own.
    """
    while True:
        starts = _start_margins(panel, minimum)
        requests = _request_margins(panel, minimum)
        leaving = _leaving_margins(panel, 2 * minimum)
        series = {
            **_flow_history("starts", panel.starts, starts),
            **_flow_history("requests", panel.requests, requests),
            **_rate_history(panel, leaving),
        }
        if len(series) <= most or minimum > panel.starts.sum():
            services = {
                **_services(STARTS, starts.named()),
                **_services(REQUESTS, requests.named(), none=True),
                **_services(LEAVING, list(enumerate(leaving))),
            }
            return Modelled(starts, requests, leaving, _long(series, panel), services)
        minimum *= 1.25


def flows_of(
    panel: Panel,
    modelled: Modelled,
    by_name: Mapping[str, Floats],
    *,
    rng: np.random.Generator,
) -> tuple[Flow, Leaving, Flow]:
    """Starts, leaving rates and requests as paths of the modelled margins with learnt shares.

    Args:
        panel: The history.
        modelled: The margins.
        by_name: Paths of every modelled series by its `unique_id`: months x paths.
        rng: Where the draws of shares come from.
    """
    paths = next(iter(by_name.values())).shape[-1]

    moved = np.exp(PROFILE_DRIFT * rng.normal(size=(len(PROFILES), paths)))

    def values(kind: str, level: object, margin: Margin) -> Floats:
        return np.stack([by_name[f"{kind} {level}: {name}"] for name in margin.names])

    def flow(kind: str, counts: Floats, margins: FlowMargins) -> Flow:
        above = margins.levels[0]
        fitted = values(kind, 0, above)
        for level, margin in enumerate(margins.levels[1:], start=1):
            fitted = nested((above, fitted), (margin, values(kind, level, margin)))
            above = margin
        window = counts[..., -SHARE_MONTHS:].sum(axis=-1)
        local = values(kind, "d", margins.local)
        share = shares(window, above, paths=paths, rng=rng) * moved[:, None]
        share = share / above.spread(above.sums(share))
        return Flow(share, above, fitted, margins.local, local)

    every, service = modelled.leaving
    rates = _nested_rates(
        panel,
        (every, values("leaving", 0, every) / RATE_PER),
        service,
        values("leaving", 1, service) / RATE_PER,
    )
    return (
        flow("starts", panel.starts, modelled.starts),
        Leaving(service, rates, _relative_rates(panel, service, paths=paths, rng=rng)),
        flow("requests", panel.requests, modelled.requests),
    )


def _nested_rates(
    panel: Panel, whole: tuple[Margin, Floats], margin: Margin, rates: Floats
) -> Floats:
    """Services' rates scaled so that today's people would leave at the county's modelled rate.

    Who is supported may change later, and the county's rate with it.
    """
    every, county = whole
    held = panel.supported[..., -1].sum(axis=2)
    weight = margin.sums(held)[:, None, None]
    expected = (weight * rates).sum(axis=0)
    target = every.sums(held)[0] * county[0]
    scale = np.divide(target, expected, out=np.ones_like(target), where=expected > 0)
    return np.asarray(rates * scale)


def _start_margins(panel: Panel, minimum: float) -> FlowMargins:
    services, places = tuple(SERVICES), panel.districts
    volume = panel.starts[..., -SHARE_MONTHS:].mean(axis=-1)
    shape = volume.shape
    by_profile = large_enough(volume.sum(axis=2), services, PROFILE_NAMES, minimum=minimum)
    by_place = large_enough(volume.sum(axis=1).T, places, services, minimum=minimum)
    service = np.broadcast_to(np.arange(shape[0])[:, None, None], shape).copy()
    return FlowMargins(
        levels=(
            Margin(("all",), np.zeros(shape, dtype=np.int64)),
            Margin(services, service),
            Margin(by_profile.names, _wide(by_profile.unit[:, :, None], shape)),
        ),
        local=Margin(by_place.names, _wide(by_place.unit.T[:, None, :], shape)),
    )


def _request_margins(panel: Panel, minimum: float) -> FlowMargins:
    volume = panel.requests[..., -SHARE_MONTHS:].mean(axis=-1)
    profiles = large_enough(volume.sum(axis=1)[None, :], ("all",), PROFILE_NAMES, minimum=minimum)
    places = large_enough(volume.sum(axis=0)[None, :], ("all",), panel.districts, minimum=minimum)
    return FlowMargins(
        levels=(
            Margin(("all",), np.zeros(volume.shape, dtype=np.int64)),
            Margin(profiles.names, _wide(profiles.unit[0][:, None], volume.shape)),
        ),
        local=Margin(places.names, _wide(places.unit, volume.shape)),
    )


def _leaving_margins(panel: Panel, minimum: float) -> tuple[Margin, Margin]:
    volume = panel.ends[..., -SHARE_MONTHS:].mean(axis=-1).sum(axis=2)
    services = large_enough(volume.sum(axis=1)[None, :], ("all",), tuple(SERVICES), minimum=minimum)
    every = Margin(("all",), np.zeros(volume.shape, dtype=np.int64))
    return every, Margin(services.names, _wide(services.unit[0][:, None], volume.shape))


def _wide(unit: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.int64]:
    return np.broadcast_to(unit, shape).copy()


def _flow_history(kind: str, counts: Floats, margins: FlowMargins) -> dict[str, Floats]:
    return {
        f"{kind} {level}: {name}": y
        for level, margin in margins.named()
        for name, y in zip(margin.names, margin.sums(counts), strict=True)
    }


def _rate_history(panel: Panel, margins: tuple[Margin, Margin]) -> dict[str, Floats]:
    """Ends of each month over those held at the month before, per thousand."""
    series = {}
    for level, margin in enumerate(margins):
        held = margin.sums(panel.supported.sum(axis=2))[:, :-1]
        gone = margin.sums(panel.ends.sum(axis=2))[:, 1:]
        usual = gone.sum(axis=1, keepdims=True) / np.maximum(held.sum(axis=1, keepdims=True), 1.0)
        rate = np.where(held > 0, gone / np.maximum(held, 1.0), usual)
        for name, y in zip(margin.names, rate, strict=True):
            series[f"leaving {level}: {name}"] = y * RATE_PER
    return series


def _long(series: Mapping[str, Floats], panel: Panel) -> pl.DataFrame:
    months = pl.Series("ds", panel.months)
    return pl.concat(
        pl.DataFrame({"unique_id": [name] * len(y), "ds": months[len(months) - len(y) :], "y": y})
        for name, y in series.items()
    )


def _services(
    flow: str, margins: Sequence[tuple[object, Margin]], *, none: bool = False
) -> dict[str, frozenset[str]]:
    """By series the services (first axis of the cells) that it sums."""
    order = tuple(SERVICES)
    return {
        f"{flow} {level}: {name}": frozenset()
        if none
        else frozenset(order[place] for place in np.unique(np.argwhere(margin.unit == unit)[:, 0]))
        for level, margin in margins
        for unit, name in enumerate(margin.names)
    }


def _relative_rates(
    panel: Panel, margin: Margin, *, paths: int, rng: np.random.Generator
) -> Floats:
    """Each cell's leaving rate beside its unit's on each path, as uncertain as the ends leave it.

    A profile's rate over all services stands behind its rate in one service, as a gamma prior
    that weighs as much as `EXPECTED_ENDS` ends; 1 stands behind the profile's and the district's.
    """
    held = panel.supported[..., -SHARE_MONTHS - 1 : -1].sum(axis=-1)
    gone = panel.ends[..., -SHARE_MONTHS:].sum(axis=-1)
    rate = ratio(margin.sums(gone.sum(axis=2)), margin.sums(held.sum(axis=2)))
    expected = margin.spread(rate)[:, :, None] * held

    def beside(found: Floats, likely: Floats) -> Floats:
        return np.asarray((found + EXPECTED_ENDS) / (likely + EXPECTED_ENDS))

    def unsure(found: Floats) -> Floats:
        seen = np.repeat((found + EXPECTED_ENDS)[..., None], paths, axis=-1)
        return np.asarray(scattered(seen, rng) / seen)

    profile = beside(gone.sum(axis=(0, 2)), expected.sum(axis=(0, 2)))[None, :]
    service = beside(gone.sum(axis=2), expected.sum(axis=2) * profile)
    known = expected * (profile * service)[:, :, None]
    place = beside(gone.sum(axis=(0, 1)), known.sum(axis=(0, 1)))
    moved = np.exp(PROFILE_DRIFT * rng.normal(size=(len(PROFILES), paths)))
    inner = (profile * service)[..., None] * unsure(gone.sum(axis=2)) * moved
    outer = place[:, None] * unsure(gone.sum(axis=(0, 1)))
    return np.asarray(inner[:, :, None, :] * outer[None, None])
