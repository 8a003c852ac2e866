"""What the county's areas are like: deprivation by domain, ages, tenure, growth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forethought.county.arrays import Flags, Floats, Integers
from forethought.county.geography import geography
from forethought.county.names import DISTRICTS
from forethought.stats.streams import Stream

TENURES = ("Owned outright", "Mortgage", "Social rent: council", "Social rent: association",
           "Private rent")  # fmt: skip
OUTRIGHT, MORTGAGE, COUNCIL, ASSOCIATION, PRIVATE = range(len(TENURES))
DOMAINS = ("income", "employment", "education", "health", "crime", "housing", "living_environment")
DOMAIN_WEIGHTS = (0.225, 0.225, 0.135, 0.135, 0.093, 0.093, 0.093)
"""Weights of the English Indices of Deprivation (MHCLG)."""
_WITH_LATENT = (0.92, 0.88, 0.80, 0.78, 0.62, 0.15, 0.10)
_SCORE_SCALE = 23.0
_REACH_KM = 4.0
VINTAGES = (2019, 2025)


@dataclass(frozen=True, eq=False)
class Areas:
    """The areas taken into this county, one position each.

    Args:
        position: Position on the map (`geography()`).
        district: Position of the district.
        deprivation: Overall deprivation in standard deviations of the whole county.
        domains: Domain scores in standard deviations, shape (areas, 7), newest vintage.
        age: How old the area's people are, in standard deviations.
        tenure: Shares of the five tenures, shape (areas, 5).
        households: Households at the start.
        growth: Growth of its people a year, as a share.
        is_rural: Whether few live around.
    """

    position: Integers
    district: Integers
    deprivation: Floats
    domains: Floats
    age: Floats
    tenure: Floats
    households: Integers
    growth: Floats
    is_rural: Flags

    @property
    def count(self) -> int:
        """Number of areas."""
        return int(self.position.size)


def areas(seed: int, scale: float) -> Areas:
    """The areas of a county at a scale, with what is known of each.

    Args:
        seed: Seed of the county.
        scale: Share of the areas.
    """
    chosen = geography().sample(scale)
    whole = _whole(seed)
    return Areas(
        position=chosen,
        district=whole.district[chosen],
        deprivation=whole.deprivation[chosen],
        domains=whole.domains[chosen],
        age=whole.age[chosen],
        tenure=whole.tenure[chosen],
        households=whole.households[chosen],
        growth=whole.growth[chosen],
        is_rural=whole.is_rural[chosen],
    )


@lru_cache(maxsize=4)
def _whole(seed: int) -> Areas:
    place = geography()
    stream = Stream(seed, "areas")
    everywhere = np.arange(place.district.size)
    is_rural = place.density < np.quantile(place.density, 0.3)
    of_district = np.array([district.deprivation for district in DISTRICTS])[place.district]
    smooth = _smooth(stream.normal(everywhere, "place"))
    latent = _standard(
        0.75 * of_district
        + 0.65 * smooth
        + 0.45 * np.log(place.density)
        + 0.35 * place.is_coastal
        + 0.35 * stream.normal(everywhere, "own")
    )
    domains = np.empty((everywhere.size, len(DOMAINS)))
    for column, (name, share) in enumerate(zip(DOMAINS, _WITH_LATENT, strict=True)):
        own = _standard(
            stream.normal(everywhere, name) + _smooth(stream.normal(everywhere, f"near {name}"))
        )
        own = own + (0.9 * is_rural if name == "housing" else 0.0)
        domains[:, column] = _standard(share * latent + np.sqrt(1 - share**2) * own)
    overall = _standard(domains @ np.array(DOMAIN_WEIGHTS))
    age = _standard(
        np.array([district.age for district in DISTRICTS])[place.district]
        + 0.6 * place.is_coastal
        + 0.5 * is_rural
        - 0.25 * overall
        + 0.5 * stream.normal(everywhere, "age")
    )
    return Areas(
        position=everywhere,
        district=place.district,
        deprivation=overall,
        domains=domains,
        age=age,
        tenure=_tenure(overall, age, stream.normal(everywhere, "tenure")),
        households=np.round(628 * np.exp(0.12 * stream.normal(everywhere, "size"))).astype(
            np.int64
        ),
        growth=0.0032 + 0.004 * np.abs(stream.normal(everywhere, "growth")) - 0.001 * overall,
        is_rural=is_rural,
    )


def deprivation_table(seed: int, chosen: Areas) -> dict[str, list[object]]:
    """Deprivation of the areas taken, by vintage, as the statistics office publishes it.

    Scores follow the exponential form of the English Indices; ranks and deciles are those among
    all areas of the county, 1 the most deprived.
    """
    whole = _whole(seed)
    table: dict[str, list[object]] = {"lsoa21": [], "vintage": []}
    table |= {name: [] for name in (*DOMAINS, "overall_score", "overall_rank", "overall_decile")}
    everywhere = np.arange(whole.count)
    codes = [geography().lsoa21[position] for position in chosen.position]
    for vintage in VINTAGES:
        drift = Stream(seed, f"deprivation {vintage}")
        domains = np.column_stack(
            [
                whole.domains[:, i]
                + (VINTAGES[-1] - vintage) * 0.04 * drift.normal(everywhere, name)
                for i, name in enumerate(DOMAINS)
            ]
        )
        scores = np.column_stack([_score(domains[:, i]) for i in range(len(DOMAINS))])
        overall = scores @ np.array(DOMAIN_WEIGHTS) / sum(DOMAIN_WEIGHTS)
        rank = np.empty(whole.count, dtype=np.int64)
        rank[np.argsort(-overall, kind="stable")] = np.arange(1, whole.count + 1)
        table["lsoa21"] += codes
        table["vintage"] += [vintage] * chosen.count
        for i, name in enumerate(DOMAINS):
            table[name] += np.round(scores[chosen.position, i], 3).tolist()
        table["overall_score"] += np.round(overall[chosen.position], 3).tolist()
        table["overall_rank"] += rank[chosen.position].tolist()
        table["overall_decile"] += ((rank[chosen.position] - 1) * 10 // whole.count + 1).tolist()
    return table


def _tenure(overall: Floats, age: Floats, noise: Floats) -> Floats:
    weights = np.exp(
        np.column_stack(
            [
                -1.10 + 0.30 * age - 0.25 * overall,
                -1.05 - 0.20 * age - 0.30 * overall,
                -2.75 + 0.75 * overall + 0.25 * noise,
                -2.75 + 0.55 * overall - 0.25 * noise,
                -1.75 - 0.20 * age + 0.20 * overall,
            ]
        )
    )
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _smooth(values: Floats) -> Floats:
    """Values drawn together over a few kilometres, of variance 1."""
    return _standard(_weights() @ values)


@lru_cache(maxsize=1)
def _weights() -> Floats:
    """How much each area counts at each other: less and less over a few kilometres."""
    x, y = geography().centre.T
    apart = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    weights = np.exp(-apart / (2 * _REACH_KM**2))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _standard(values: Floats) -> Floats:
    shaped: Floats = (values - values.mean()) / values.std()
    return shaped


def _score(values: Floats) -> Floats:
    """The exponential score of the English Indices: 100 for the most deprived."""
    rank = np.argsort(np.argsort(values)) + 0.5
    share = rank / values.size
    score: Floats = -_SCORE_SCALE * np.log(1 - share * (1 - np.exp(-100 / _SCORE_SCALE)))
    return score
