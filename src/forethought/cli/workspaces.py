"""Commands to start: demo, init, serve, doctor, warm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forethought.cli.options import HERE, START, Json, Workspace
from forethought.cli.output import as_json, result, rows, say
from forethought.errors import CheckFailed

Port = Annotated[int, typer.Option(help="Port on this machine.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
LOOPBACK = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (demo, init, serve, doctor, warm):
        app.command(rich_help_panel=START)(command)


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make it.")] = Path("my-county"),
    scale: Annotated[float, typer.Option(help="Share of a county of 1.5 million.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Same seed, same county.")] = 1,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve at the end.")] = True,
    port: Port = 8000,
    host: Host = LOOPBACK,
) -> None:
    """Build a synthetic county, load it, run every insight, and serve it.

    Example: forethought demo my-county --scale 0.1
    """
    from forethought.workspace import make_demo

    told = make_demo(folder, scale=scale, seed=seed, progress=say)
    for line in told.findings:
        result(line)
    say(f"Times: {told.times}")
    if serve_it:
        say("Sign in with: " + "; ".join(f"{name} / {word}" for name, word in told.passwords))
        serve(folder, port, host)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to make it.")],
    name: Annotated[str, typer.Option(help="Name of the place.")] = "",
    council: Annotated[str, typer.Option(help="Name of the council.")] = "",
) -> None:
    """Make an empty workspace and its key, or the store of a copied example.

    Example: forethought init my-county --name Saltmarshire --council "Saltmarshire Council"
    """
    from forethought.workspace import init_workspace

    for line in init_workspace(folder, name=name, council=council):
        say(line)


def serve(workspace: Workspace = HERE, port: Port = 8000, host: Host = LOOPBACK) -> None:
    """Serve the dashboard.

    Example: forethought serve --workspace my-county --port 8000
    """
    from forethought.web.server import serve as serve_workspace

    serve_workspace(workspace, host=host, port=port, say=say)


def warm() -> None:
    """Compile the loops of simulations and watches once on this machine, so that no page waits.

    Example: forethought warm
    """
    from forethought.workspace.warming import warm as warm_up

    seconds = warm_up(say)
    result(f"Compiled loops ready in {seconds:.1f} s")


def doctor(workspace: Workspace = HERE, json: Json = False) -> None:
    """Look at Python, parts, disk, keys and files; say what to do.

    Example: forethought doctor --workspace my-county
    """
    from forethought.workspace import examine

    found = examine(workspace)
    if json:
        as_json(found)
    else:
        rows(("", "What", "To do"), [(item.state, item.what, item.remedy) for item in found])
    if any(item.state == "fail" for item in found):
        raise CheckFailed("Something stands in the way.", where=str(workspace))
