"""Write the generated pages of `docs/reference`: commands and settings. A test compares."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

DOCS = Path(__file__).resolve().parent.parent / "docs" / "reference"


def commands() -> str:
    """`cli.md`: every command with its words, arguments and options."""
    from forethought.cli.app import app

    group: Any = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Results go to stdout, words to stderr; `--json` gives one JSON document. Exit codes:",
        "[exit-codes.md](exit-codes.md). Written by `scripts/reference.py`.",
    ]
    for name, command in group.commands.items():
        lines += ["", f"## forethought {name}", "", *_help(command), "", "| option | meaning |"]
        lines += ["|---|---|"]
        for parameter in command.params:
            if parameter.name == "help":
                continue
            names = ", ".join(f"`{text}`" for text in [*parameter.opts, *parameter.secondary_opts])
            if parameter.param_type_name == "argument":
                names = f"`{parameter.name}`"
            lines.append(f"| {names} | {parameter.help or ''} |")
    return "\n".join(lines) + "\n"


def _help(command: Any) -> list[str]:
    text = inspect.cleandoc(command.callback.__doc__ or "")
    words, _, example = text.partition("Example: ")
    lines = [words.strip()]
    if example:
        lines += ["", "```console", f"$ {example.strip()}", "```"]
    return lines


def settings() -> str:
    """`settings.md`: every key of `forethought.toml`."""
    from forethought.workspace.settings import Settings

    lines = [
        "# Settings",
        "",
        "`forethought.toml` at the root of a workspace. Unknown keys are refused.",
        "Written by `scripts/reference.py`.",
        "",
        "| key | meaning | default |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            lines += [_row(f"{name}.{key}", inner) for key, inner in part.model_fields.items()]
        else:
            lines.append(_row(name, field))
    return "\n".join(lines) + "\n"


def _row(name: str, field: Any) -> str:
    default = "required" if field.is_required() else f"`{field.default!r}`"
    return f"| `{name}` | {field.description or ''} | {default} |"


def pathway_schema() -> str:
    """`pathway.schema.json`: the JSON Schema of pathway files."""
    from forethought.plan.simulation.pathway_schema import json_schema

    return json.dumps(json_schema(), indent=2) + "\n"


def pathway_file() -> str:
    """`pathway-file.md` with its tables of keys written anew."""
    page = (DOCS / "pathway-file.md").read_text(encoding="utf-8")
    return re.sub(
        r"(<!-- keys: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}{_keys(found[2])}{found[3]}",
        page,
        flags=re.DOTALL,
    )


def _keys(part: str) -> str:
    """The table of a part of a pathway file."""
    from forethought.plan.simulation import pathway_schema, pathway_shapes

    model = getattr(pathway_schema, part, None) or getattr(pathway_shapes, part)
    lines = ["| key | meaning | left out |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        left_out = "" if field.default is None or field.default_factory else f"`{field.default}`"
        left_out = "must be given" if field.is_required() else left_out.replace("``", "empty")
        lines.append(f"| `{field.alias or name}` | {field.description or ''} | {left_out} |")
    return "\n".join(lines) + "\n"


PAGES = {
    "cli.md": commands,
    "settings.md": settings,
    "pathway-file.md": pathway_file,
    "pathway.schema.json": pathway_schema,
}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
