"""Write the tables of `docs/explanation/early-warning.md` from the committed benchmark results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
RESULTS = CHECKOUT / "benchmarks" / "results"
PAGE = CHECKOUT / "docs" / "explanation" / "early-warning.md"
BEGIN, END = "<!-- measured: {} -->", "<!-- end of measured: {} -->"

Result = Mapping[str, Any]


def page(text: str) -> str:
    """The page with its tables made anew.

    Args:
        text: The page as it stands.
    """
    watch, rules = (
        json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("signals-watch", "signals-rules")
    )
    made = {
        "false alarms": _false_alarms(watch),
        "false share": _false_share(watch),
        "power": _power(watch),
        "sizes": _sizes(watch),
        "rules": _rules(rules),
    }
    for name, lines in made.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = before + "\n".join([begin, *lines, end]) + after
    return text


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _between(ends: list[float]) -> str:
    return f"{100 * max(0.0, ends[0]):.1f} to {100 * ends[1]:.1f}%"


def _false_alarms(watch: Result) -> list[str]:
    twelve = watch["accuracy"]["no change, twelve months watched"]
    newest = watch["accuracy"]["no change, newest month alone"]
    rows = [
        [kind, f"{each['with an alarm']} of {each['months']}", _per_cent(each["share"]),
         _between(each["95% interval"]),
         f"{newest[kind]['with an alarm']} of {newest[kind]['months']}"]
        for kind, each in twelve.items()
    ]  # fmt: skip
    heads = ["histories", "months with an alarm", "share", "95% interval", "newest month alone"]
    return _table(heads, rows)


def _false_share(watch: Result) -> list[str]:
    rows = []
    for kind, each in watch["accuracy"]["2% changed"].items():
        mean = _per_cent(each["false share"]) if "false share" in each else ""
        ends = _between(each["95% interval"]) if "95% interval" in each else ""
        rows.append(
            [kind, str(each["months"]), f"{each['alarms']:,}", mean, ends,
             _per_cent(each["false of all alarms"]), _between(each["binomial 95% interval"])]
        )  # fmt: skip
    heads = ["histories", "months", "alarms", "false share, mean of months", "95% interval",
             "false of all alarms", "binomial 95% interval"]  # fmt: skip
    return _table(heads, rows)


def _power(watch: Result) -> list[str]:
    kinds = {k: v for k, v in watch["accuracy"]["2% changed"].items() if "found" in v}
    sizes = list(next(iter(kinds.values()))["found"])
    rows = [
        [kind, *(f"{100 * each['found'][size]:.0f}%" for size in sizes),
         f"{each['median delay in months']:g}"]
        for kind, each in kinds.items()
    ]  # fmt: skip
    return _table(["histories", *sizes, "median delay, months"], rows)


def _sizes(watch: Result) -> list[str]:
    rows = [
        [name, f"{each['found']} of {each['planted']}", f"{each['told over true, median']:.2f}",
         f"{each['quartiles'][0]:.2f} to {each['quartiles'][1]:.2f}",
         f"{100 * each['truth inside the 95% interval']:.0f}%"]
        for name, each in watch["accuracy"]["size of jumps"].items()
    ]  # fmt: skip
    heads = ["jump", "found", "told size over true, median", "quartiles",
             "true size inside the 95% interval"]  # fmt: skip
    return _table(heads, rows)


def _rules(rules: Result) -> list[str]:
    accuracy = dict(rules["accuracy"])
    theory, of_scan = accuracy.pop("cusum by theory"), accuracy.pop("scan")
    sizes = list(next(iter(next(iter(accuracy.values())).values())))
    rows = [
        [kind, f"`{rule.split(',')[0]}`" + rule[len(rule.split(",")[0]) :],
         *(f"{value:,.1f}" if isinstance(value, float) else value for value in each.values())]
        for kind, by_rule in accuracy.items()
        for rule, each in by_rule.items()
    ]  # fmt: skip
    rows += [
        ["theory, " + name, "`cusum`", *(f"{each[size]:,.1f}" if size in each else "" for size in
                                         sizes)]
        for name, each in theory.items()
    ]  # fmt: skip
    lines = _table(["histories", "rule", *sizes], rows)
    scanned = [
        [name, f"{value:,.1f}" if isinstance(value, float) else value]
        for name, value in of_scan.items()
    ]
    return [*lines, "", *_table(["five areas of a hundred", "`scan`, months"], scanned)]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
