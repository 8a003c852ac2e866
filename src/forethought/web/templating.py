"""The templates' surroundings: where they lie, what they may call, and the built assets."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from forethought.errors import UsageError
from forethought.web import links

BUILT = Path(str(resources.files("forethought.web"))) / "static" / "built"
BASE_TEMPLATE = "govuk_frontend_jinja/template.html"
BOLD = re.compile(r"\*\*(.+?)\*\*")
INLINE_SCRIPT = re.compile(r"<script[^>]*>(.+?)</script>", re.DOTALL)


def bold(text: str) -> Markup:
    """Text as HTML, `**phrases**` bold and everything else escaped."""
    return Markup(BOLD.sub(r"<strong>\1</strong>", str(escape(text))))  # noqa: S704 - escaped above


def read_manifest(folder: Path = BUILT) -> Mapping[str, str]:
    """Names of the built assets, by the names that templates use.

    Raises:
        UsageError: They were never built.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise UsageError(
            "The pages' styles are not built.",
            where=str(folder),
            remedy="Run `make assets` in the checkout, or install the wheel.",
        )
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


def make_environment(manifest: Mapping[str, str]) -> Environment:
    """The Jinja environment: our templates, the GOV.UK base template and macros, filters."""
    loaders = [
        PackageLoader("forethought.web"),
        PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    ]
    environment = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"bold": bold, "href": links.href}
    environment.globals |= {"asset": lambda name: f"/static/{manifest[name]}", "links": links}
    return environment


def inline_script_hash(environment: Environment) -> str:
    """The hash that allows the one inline line of the base template, as the policy writes it."""
    loader = environment.loader
    if loader is None:  # pragma: no cover - `make_environment` always sets one
        raise UsageError("The templates have no loader.")
    source, _, _ = loader.get_source(environment, BASE_TEMPLATE)
    line = INLINE_SCRIPT.search(source)
    if line is None:
        raise UsageError(
            "The base template has lost its inline line.",
            where=BASE_TEMPLATE,
            remedy="Compare govuk-frontend-jinja with the version in the lock file.",
        )
    digest = hashlib.sha256(line[1].encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def warm(environment: Environment) -> None:
    """Compile every template of ours, so that no first visitor waits for it."""
    for name in environment.list_templates(
        filter_func=lambda name: not name.startswith("govuk_frontend_jinja/")
    ):
        environment.get_template(name)


def render(environment: Environment, template: str, context: Mapping[str, Any]) -> str:
    """A template as text."""
    return environment.get_template(template).render(context)
