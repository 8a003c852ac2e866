"""Invented names: districts, wards, streets and people. None is taken from a real county."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class District:
    """A district of the county.

    Args:
        code: Code like those of the national statistics, but of no nation.
        name: Name.
        partner: Name of its council as a partner.
        town_km: Where its main town lies, kilometres east and north.
        town_radius_km: Spread of the town's areas.
        deprivation: Mean deprivation against the county, in standard deviations.
        age: Age of its people against the county, in standard deviations of areas.
        locality: Locality whose social care teams serve it.
        successor: Council that takes over in April 2028.
    """

    code: str
    name: str
    partner: str
    town_km: tuple[float, float]
    town_radius_km: float
    deprivation: float
    age: float
    locality: str
    successor: str


_EAST, _WEST, _MIDDLE = (
    "Saltmarshire Coast Council", "Saltmarshire Vale Council", "Mid Saltmarshire Council",
)  # fmt: skip
DISTRICTS = (
    District("X07000001", "Ternmouth", "ternmouth", (75, 27), 2.6, 0.5, 0.5, "East", _EAST),
    District("X07000002", "Oysterhythe", "oysterhythe", (76, 48), 2.6, 0.9, 0.9, "East", _EAST),
    District("X07000003", "Quillmere", "quillmere", (62, 48), 2.4, -0.3, 0.1, "North", _EAST),
    District("X07000004", "Wexlow", "wexlow", (50, 58), 2.6, -0.6, 0.2, "North", _MIDDLE),
    District("X07000005", "Harrowfen", "harrowfen", (32, 58), 2.8, 0.2, -0.5, "North", _WEST),
    District("X07000006", "Marlhaven", "marlhaven", (14, 57), 2.2, -0.9, 0.3, "West", _WEST),
    District("X07000007", "Yarnbourne", "yarnbourne", (44, 42), 3.0, 0.1, -0.6, "Middle", _MIDDLE),
    District("X07000008", "Osmerton", "osmerton", (17, 40), 2.4, -0.7, 0.1, "West", _WEST),
    District("X07000009", "Thrushmoor", "thrushmoor", (30, 31), 2.5, -0.4, 0.0, "Middle", _WEST),
    District("X07000010", "Pellingsea", "pellingsea", (61, 21), 2.3, 0.4, 0.6, "South", _EAST),
    District("X07000011", "Brackholme", "brackholme", (14, 20), 2.6, 1.1, -0.7, "South", _WEST),
    District("X07000012", "Glasswater", "glasswater", (54, 31), 2.3, -0.5, 0.2, "Middle", _MIDDLE),
)  # fmt: skip
COUNTY_CODE, COUNTY_NAME = "X10000001", "Saltmarshire"
COUNCIL_NAME = "Saltmarshire County Council"

_WARD_FIRST = (
    "Amble", "Brindle", "Candle", "Dunnock", "Eelpie", "Fennel", "Gorse", "Heron", "Ister",
    "Jessamy", "Kittle", "Lapwing", "Mallow", "Nettle", "Osier", "Plover", "Quince", "Redshank",
    "Samphire", "Teasel", "Umber", "Vetch", "Widgeon", "Yarrow",
)  # fmt: skip
_WARD_LAST = ("gate", "croft", "haugh", "strand", "thwaite", "quay", "mere", "fold")


def ward_names(count: int) -> tuple[str, ...]:
    """That many invented names of wards, all different."""
    names = [first + last for last, first in product(_WARD_LAST, _WARD_FIRST)]
    return tuple(names[:count])


STREET_FIRST = (
    "Alder", "Barley", "Curlew", "Dovecote", "Elder", "Farthing", "Goldfinch", "Hawthorn", "Ivy",
    "Juniper", "Kestrel", "Lantern", "Mulberry", "Nightjar", "Orchard", "Pipit", "Quarry", "Rook",
    "Saltern", "Thistle", "Vicarage", "Willow", "Windmill", "Yew",
)  # fmt: skip
STREET_LAST = ("Road", "Lane", "Close", "Way", "Avenue", "Drive", "Crescent", "Street", "Court")


def _separate(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WOMEN = _separate(
    "Margaret Jean Patricia Mary Joan Barbara Sheila Doreen Eileen Maureen Brenda Pauline Susan "
    "Christine Linda Carol Janet Jacqueline Julie Karen Deborah Alison Tracey Sharon Nicola Sarah "
    "Claire Emma Joanne Rachel Rebecca Laura Gemma Amy Jessica Charlotte Sophie Chloe Olivia "
    "Amelia Isla Ava Freya Poppy Amina Fatima Priya Anjali Agnieszka Ewa Mei Oluwaseun Zainab Elena"
)
MEN = _separate(
    "John William George Ronald Kenneth Derek Raymond Dennis Peter Brian Alan Roger Michael David "
    "Anthony Keith Graham Stephen Paul Andrew Kevin Mark Ian Gary Simon Nigel Richard Darren Lee "
    "Matthew Daniel James Christopher Robert Thomas Joshua Jack Samuel Oliver Harry Noah Leo "
    "Arthur Mohammed Ahmed Raj Sanjay Piotr Tomasz Wei Emeka Yusuf Andrei Joseph"
)
NICKNAMES = {
    "Margaret": "Maggie", "Patricia": "Pat", "Barbara": "Babs", "Susan": "Sue",
    "Christine": "Chris", "Jacqueline": "Jackie", "Deborah": "Debbie", "Rebecca": "Becky",
    "Jessica": "Jess", "Charlotte": "Lottie", "Joanne": "Jo", "Nicola": "Nicky",
    "William": "Bill", "Ronald": "Ron", "Kenneth": "Ken", "Raymond": "Ray", "Michael": "Mick",
    "David": "Dave", "Anthony": "Tony", "Stephen": "Steve", "Andrew": "Andy", "Richard": "Dick",
    "Matthew": "Matt", "Daniel": "Dan", "Christopher": "Chris", "Robert": "Bob",
    "Thomas": "Tom", "Joshua": "Josh", "Samuel": "Sam", "Joseph": "Joe", "Peter": "Pete",
}  # fmt: skip
_SURNAME_FIRST = (
    "Ash", "Bar", "Black", "Brad", "Brook", "Cald", "Chal", "Cope", "Dar", "Den", "Dray", "East",
    "Elling", "Fair", "Farn", "Gar", "Green", "Hal", "Har", "Hather", "Hol", "Kemp", "Lang", "Lin",
    "Lock", "Mar", "Mid", "Nor", "Oak", "Pres", "Rad", "Ring", "Roth", "Sand", "Sel", "Stan",
    "Thorn", "Til", "Wake", "Wal", "War", "Whit", "Win", "Wood",
)  # fmt: skip
_SURNAME_LAST = (
    "bourne", "bury", "by", "combe", "croft", "dale", "den", "field", "ford", "grave", "ham",
    "hurst", "ley", "low", "man", "mere", "more", "row", "son", "stead", "stock", "stone", "ton",
    "well", "wick", "wood", "worth",
)  # fmt: skip
SURNAMES = (
    *(first + last for first, last in product(_SURNAME_FIRST, _SURNAME_LAST)),
    *_separate(
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Evans Walker White "
        "Roberts Green Hall Wood Jackson Clarke Khan Begum Ali Singh Kaur Kowalski Nowak Popescu "
        "Okafor Mensah Adeyinka Chen Wong Murphy O'Brien Kelly Campbell Stewart Hughes Edwards"
    ),
)
