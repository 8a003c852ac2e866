"""The words that pages use, each in one sentence."""

from __future__ import annotations

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("8 in 10 chance", "If we made ten such statements, the truth would fall inside eight times."),
    ("19 in 20 chance", "As 8 in 10, but wider: the truth falls outside once in twenty times."),
    (
        "Agreement",
        "A signed paper that says which partner shares which data, for which purpose, until when.",
    ),
    ("[c]", "A count too small to publish, or one that would let you work such a count out."),
    (
        "Data contract",
        "What a dataset promises: its columns and rules, its owner and steward, its purposes.",
    ),
    ("Data owner", "The person who decides who may use a dataset, and who answers for it."),
    ("Data steward", "The person who keeps a dataset right from day to day."),
    (
        "Enough on average",
        "Staff that would do if every month went as expected; about half of the time it does not.",
    ),
    ("Forecast", "What we expect if what shaped the past goes on, with the range it may fall in."),
    (
        "Identity vault",
        "The locked store for names, NHS numbers and addresses, apart from everything else.",
    ),
    (
        "Incoming and closed work",
        "Work that arrived in a period, beside work that was finished in it.",
    ),
    ("Insight", "One declared use of data: a question, a purpose, an owner and a review date."),
    ("Most likely figure", "The middle of what we expect: it is as likely too high as too low."),
    ("Open work", "Work that has arrived and is not finished yet."),
    (
        "Pseudonym",
        "A code that stands for a person, so that records join without saying who it is.",
    ),
    ("Purpose", "What data is used for; each reading names one, and others are refused."),
    (
        "Quality score",
        "How good a dataset is, of 100, over six dimensions from completeness to accuracy.",
    ),
    ("Receipt", "The record of a run: its data, method, settings and checks."),
    ("Run", "One computation of an insight from data as it stood at a moment; it never changes."),
    (
        "Scenario",
        "A what-if that was given a name and kept, with who kept it and what it changes.",
    ),
    (
        "Set aside",
        "Rows that break a rule wait in quarantine until the file or the rule is corrected.",
    ),
    (
        "Simulated future",
        "One way in which the months ahead may go: who comes, who is ill, how long work takes.",
    ),
    ("Synthetic county", "An invented county for trying the system; nobody in it exists."),
    ("What-if", "The answer to other numbers than today's, worked out at once and not saved."),
)
