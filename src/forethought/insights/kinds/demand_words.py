"""How a demand page names what was chosen: services, people and places in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forethought.errors import UsageError, did_you_mean
from forethought.plan.demand.vocabulary import AGE_BANDS, ALL, GROUPS, SERVICES

WHOLE_COUNTY = "Whole county"

SERVICE_WORDS: Mapping[str, str] = {
    ALL: "long-term support",
    "nursing": "nursing care",
    "residential": "residential care",
    "supported_living": "supported living or extra care",
    "home_care": "home care",
    "direct_payment": "a direct payment",
    "day": "day support",
    "other": "other long-term support",
}
PEOPLE_WORDS: Mapping[str, str] = {
    ALL: "adults",
    "older_people": "older people",
    "learning_disability": "adults under 65 with a learning disability",
    "physical_disability": "adults under 65 with a physical disability",
    "mental_health": "adults under 65 with a mental health need",
    "other": "other adults under 65",
    "65-74": "people aged 65 to 74",
    "75-84": "people aged 75 to 84",
    "85+": "people aged 85 and over",
}
SERVICE_LABELS: Mapping[str, str] = {ALL: "All long-term support", **SERVICES}
PEOPLE_LABELS: Mapping[str, str] = {
    ALL: "All adults",
    **GROUPS,
    **{band: f"Aged {label}" for band, label in AGE_BANDS.items() if band != "18-64"},
}
FLOW_WORDS: Mapping[str, str] = {
    "requests": "requests",
    "starts": "starts",
    "leaving": "leaving",
}
SHAPE_WORDS: Mapping[str, str] = {
    "pulse": "set aside",
    "level_shift": "months before moved to the level after it",
    "ramp": "months before moved to the level at its end",
}
QUESTIONS: Mapping[str, str] = {
    "service": "Service",
    "who": "Client group",
    "district": "District",
}


@dataclass(frozen=True)
class Chosen:
    """What a reader chose to look at.

    Args:
        service: A service or "all".
        who: A client group, an older age band or "all".
        district: A district's code or "all".
        places: Names of the districts by code.
        county: Name of the county.
    """

    service: str
    who: str
    district: str
    places: Mapping[str, str]
    county: str

    @property
    def level(self) -> tuple[str, ...]:
        """The axes on which something was chosen."""
        answers = {"service": self.service, "who": self.who, "district": self.district}
        return tuple(axis for axis, answer in answers.items() if answer != ALL)

    @property
    def people(self) -> str:
        """`older people`."""
        return PEOPLE_WORDS[self.who]

    @property
    def support(self) -> str:
        """`home care`."""
        return SERVICE_WORDS[self.service]

    @property
    def place(self) -> str:
        """The district or the county."""
        return self.county if self.district == ALL else self.places[self.district]

    @property
    def what(self) -> str:
        """`Older people with home care`, for charts."""
        people = self.people[:1].upper() + self.people[1:]
        return f"{people} with {self.support}"

    def options(self, axis: str) -> tuple[tuple[str, str], ...]:
        """Choices of an axis, "all" first."""
        if axis == "service":
            return tuple(SERVICE_LABELS.items())
        if axis == "who":
            return tuple(PEOPLE_LABELS.items())
        named = sorted(self.places.items(), key=lambda item: item[1])
        return ((ALL, WHOLE_COUNTY), *named)


def chosen(view: Mapping[str, str], places: Mapping[str, str], county: str) -> Chosen:
    """The reader's choice.

    Raises:
        UsageError: A question or an answer that the form does not have.
    """
    base = Chosen(ALL, ALL, ALL, places, county)
    for name, answer in view.items():
        if name not in QUESTIONS:
            raise UsageError(
                f'This page has no choice "{name}".', remedy=did_you_mean(name, QUESTIONS)
            )
        known = [value for value, _ in base.options(name)]
        if answer and answer not in known:
            raise UsageError(
                f'"{answer}" is no choice of "{QUESTIONS[name]}".',
                where=name,
                remedy=did_you_mean(answer, known),
            )
    answers = {name: view.get(name) or ALL for name in QUESTIONS}
    return Chosen(answers["service"], answers["who"], answers["district"], places, county)
