"""From the settings of a budget insight to the assumptions of the method."""

from __future__ import annotations

from forethought.insights.kinds.budget import BudgetSettings, Range, RiseSettings
from forethought.plan.demand.prices import Uplift
from forethought.plan.money.assumptions import Assumptions, OneOff, Rise, Saving
from forethought.plan.money.finance import OtherLine


def assumptions_of(settings: BudgetSettings) -> Assumptions:
    """Prices, income, savings and one-offs as the settings say."""
    prices = settings.prices
    return Assumptions(
        wage=_rise(prices.national_living_wage),
        prices=_rise(prices.consumer_prices),
        wage_share=prices.wage_share,
        usual_share=prices.usual_wage_share,
        pay=_rise(prices.pay),
        contributions=_rise(prices.contributions),
        nhs=_rise(prices.nhs),
        grants=_rise(prices.grants),
        grants_by_year=prices.grants_gbp_by_year,
        deflator=_rise(prices.deflator),
        past_uplifts={year: pct / 100 for year, pct in prices.past_uplifts_pct.items()},
        savings=tuple(
            Saving(s.name, s.gbp_by_year, _uplift(s.delivered), s.source) for s in settings.savings
        ),
        one_offs=tuple(OneOff(o.name, o.year, o.gbp, o.source) for o in settings.one_offs),
    )


def other_lines_of(settings: BudgetSettings) -> dict[str, OtherLine]:
    """What moves each line that is no package of care."""
    return {name: OtherLine(line.volume, line.price) for name, line in settings.other_lines.items()}


def _rise(given: RiseSettings) -> Rise:
    by_year = {year: _uplift(each) for year, each in given.by_year.items()}
    return Rise(_uplift(given), by_year, given.source)


def _uplift(given: Range) -> Uplift:
    return Uplift(given.low_pct / 100, given.likely_pct / 100, given.high_pct / 100)
