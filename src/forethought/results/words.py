"""Numbers in words: one place for how figures, ranges, chances, money and dates read.

A published count is rounded to the nearest 10 unless its contract says otherwise; a chance is
never 0% or 100%; a range reads "a to b"; a minus is a minus sign, not a hyphen.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

MINUS = "\u2212"
SUPPRESSED = "[c]"
ROUNDING = 10
NONE = "none"

_LONGEST_ODDS = 100
_EVEN = (0.45, 0.55)
_RARE, _SURE = 0.01, 0.99
_SAID = ("1/20", "1/10", "1/5", "1/4", "3/10", "1/3", "2/5")
_FRACTIONS = (*map(Fraction, _SAID), *(1 - Fraction(part) for part in _SAID))


def rounded(value: float, to: float = ROUNDING) -> str:
    """A count to the nearest `to`, halves away from zero: `15,680`.

    Args:
        value: A finite number.
        to: Size of the step, above 0; 1 gives whole numbers.

    Raises:
        ValueError: `value` is not finite or `to` is not above 0.
    """
    return _grouped(_nearest(value, to))


def cell(value: float | None, to: float = ROUNDING) -> str:
    """A count in a table: rounded, or `[c]` where it is suppressed."""
    return SUPPRESSED if value is None else rounded(value, to)


def signed(value: float, to: float = ROUNDING) -> str:
    """A change to the nearest `to`, with its sign, a minus sign for losses: `+410`, `0`."""
    return _with_plus(_nearest(value, to))


def decimal(value: float, places: int = 1) -> str:
    """A number with a fixed number of decimals: `1.2`."""
    return _grouped(_nearest(value, 10.0**-places), places)


def range_words(low: float, high: float, to: float = ROUNDING) -> str:
    """A range, the lower end first: `15,130 to 16,240`."""
    return f"{rounded(min(low, high), to)} to {rounded(max(low, high), to)}"


def pounds(gbp: float, to: float = 1_000) -> str:
    """Pounds to the nearest `to`: `£84,000`."""
    return _money(_nearest(gbp, to), 0, "")


def pounds_m(gbp: float, places: int = 1) -> str:
    """Pounds as millions: `£371.2m`."""
    return _money(_nearest(gbp / 1e6, 10.0**-places), places, "m")


def signed_pounds_m(gbp: float, places: int = 1) -> str:
    """A change of pounds as millions, with its sign: `+£5.9m`, `£0.0m`."""
    value = _nearest(gbp / 1e6, 10.0**-places)
    return ("+" if value > 0 else "") + _money(value, places, "m")


def pounds_m_range(low: float, high: float, places: int = 1) -> str:
    """A range of pounds as millions: `£409.1m to £428.3m`."""
    return f"{pounds_m(min(low, high), places)} to {pounds_m(max(low, high), places)}"


def over_or_under(gbp: float, places: int = 1) -> str:
    """Money against a budget: `£3.6m over`, `£0.1m under`, `on budget`."""
    value = _nearest(gbp / 1e6, 10.0**-places)
    if not value:
        return "on budget"
    return f"{_money(abs(value), places, 'm')} {'over' if value > 0 else 'under'}"


def percent(share: float, places: int = 0) -> str:
    """A share, 0-1, as a percentage: `12%`."""
    return f"{_grouped(_nearest(share * 100, 10.0**-places), places)}%"


def percent_change(new: float, old: float, places: int = 0) -> str:
    """The change from `old` to `new` with its sign: `+10%`, `0%`.

    Raises:
        ValueError: `old` is 0, from which nothing can be a percentage.
    """
    if not old:
        raise ValueError("a change from 0 has no percentage")
    value = _nearest((new - old) / abs(old) * 100, 10.0**-places)
    return f"{_with_plus(value, places)}%"


def change_words(new: float, old: float, to: float = ROUNDING) -> str:
    """A change in words: `410 more`, `170 fewer`, `no change`."""
    value = _nearest(new - old, to)
    if not value:
        return "no change"
    return f"{_grouped(abs(value))} {'more' if value > 0 else 'fewer'}"


def up_or_down(new: float, old: float, places: int = 0) -> str:
    """A change as a percentage in words: `up 10%`, `down 3%`, `no change`."""
    change = percent_change(new, old, places)
    if change[0] not in ("+", MINUS):
        return "no change"
    return f"{'up' if change[0] == '+' else 'down'} {change[1:]}"


def odds(probability: float) -> str:
    """A chance as people say it: `9 in 10`, `an even chance`, `under 1 in 100`.

    Raises:
        ValueError: Not between 0 and 1.
    """
    _check_probability(probability)
    if probability < _RARE:
        return "under 1 in 100"
    if probability > _SURE:
        return "over 99 in 100"
    if _EVEN[0] <= probability <= _EVEN[1]:
        return "an even chance"
    near = min(_FRACTIONS, key=lambda part: abs(float(part) - probability))
    if abs(float(near) - probability) > _tolerance(probability):
        return f"{_whole_percent(probability)} in 100"
    return f"{near.numerator} in {near.denominator}"


def chance(probability: float) -> str:
    """A chance with its percentage: `9 in 10 (92%)`; never 0% or 100%.

    Raises:
        ValueError: Not between 0 and 1.
    """
    words = odds(probability)
    if words.endswith(" in 100"):
        return words
    return f"{words} ({_whole_percent(probability)}%)"


def chance_percent(probability: float) -> str:
    """A chance as a percentage for a cell of a heat map: `92%`, `<1%`, `>99%`."""
    _check_probability(probability)
    if probability < _RARE:
        return "<1%"
    return ">99%" if probability > _SURE else f"{_whole_percent(probability)}%"


def of_level(level: float) -> str:
    """How sure a range is, from its level in per cent: `8 in 10`, `19 in 20`."""
    part = Fraction(round(level * 10), 1000)
    if part.denominator > _LONGEST_ODDS:
        return f"{level:g} in 100"
    if 10 % part.denominator == 0:
        return f"{part * 10} in 10"
    return f"{part.numerator} in {part.denominator}"


def counted(value: float, one: str, many: str, to: float = ROUNDING) -> str:
    """A count with its noun: `1 person`, `12,340 people`."""
    return f"{rounded(value, to)} {one if _nearest(value, to) == 1 else many}"


def month(day: date) -> str:
    """`March 2030`."""
    return f"{day:%B} {day.year}"


def month_short(day: date) -> str:
    """`Mar 2030`: on axes only."""
    return f"{day:%b} {day.year}"


def day_words(day: date) -> str:
    """`31 October 2026`."""
    return f"{day.day} {month(day)}"


def when(day: date, *, monthly: bool = True) -> str:
    """`in March 2030`, or `on 3 March 2030` where periods are shorter than a month."""
    return f"in {month(day)}" if monthly else f"on {day_words(day)}"


def weekday(day: date) -> str:
    """`Tuesday 24 November 2026`."""
    return f"{day:%A} {day_words(day)}"


def years(first: int, last: int | None = None) -> str:
    """A financial year or a span of years: `2027 to 2028`."""
    return f"{first} to {first + 1 if last is None else last}"


def listed(items: list[str] | tuple[str, ...]) -> str:
    """A list in a sentence: `care at home, nursing and direct payments`."""
    if not items:
        return NONE
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def sentence(text: str) -> str:
    """The text with a capital at its start and one full stop at its end."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _nearest(value: float, to: float) -> Decimal:
    number, step = Decimal(str(value)), Decimal(str(round(to, 12)))
    if not number.is_finite():
        raise ValueError("only a finite number has words")
    if step <= 0:
        raise ValueError("the step of rounding must be above 0")
    nearest = (number / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
    return nearest + 0  # no minus before a zero


def _grouped(value: Decimal, places: int | None = None) -> str:
    if places is None:
        places = max(0, -int(value.normalize().as_tuple().exponent)) if value else 0
    text = f"{abs(value):,.{places}f}"
    return f"{MINUS}{text}" if value < 0 else text


def _with_plus(value: Decimal, places: int | None = None) -> str:
    return ("+" if value > 0 else "") + _grouped(value, places)


def _money(value: Decimal, places: int, unit: str) -> str:
    return f"{MINUS if value < 0 else ''}£{abs(value):,.{places}f}{unit}"


def _whole_percent(probability: float) -> int:
    return min(99, max(1, int(_nearest(probability * 100, 1))))


def _tolerance(probability: float) -> float:
    """How far a fraction may lie from what it stands for: less where a chance is slim."""
    return min(0.035, 0.26 * min(probability, 1 - probability))


def _check_probability(probability: float) -> None:
    if not 0 <= probability <= 1:
        raise ValueError("a chance lies between 0 and 1")
