"""Write the generated pages of `docs/reference`: commands and settings. A test compares."""

from __future__ import annotations

import inspect
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


PAGES = {"cli.md": commands, "settings.md": settings}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (DOCS / page).write_text(write(), encoding="utf-8")
