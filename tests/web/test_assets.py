"""The built styles are ours: own font, no crown, no addresses; the recipe is whole."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from forethought.errors import UsageError
from forethought.web.templating import inline_script_hash, make_environment, read_manifest

SOURCE = Path(__file__).resolve().parents[2] / "src/forethought/web/assets"
FOREIGN = re.compile(rb"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)


def test_no_font_or_mark_of_gov_uk_is_in_the_styles(assets: Path) -> None:
    style = (assets / read_manifest(assets)["forethought.css"]).read_text()
    assert "GDS Transport" not in style
    assert "@font-face" not in style
    assert "url(" not in style
    assert "Helvetica Neue" in style


def test_each_asset_is_named_by_its_content(assets: Path) -> None:
    manifest = read_manifest(assets)
    assert set(manifest) == {
        "forethought.css",
        "govuk-frontend.js",
        "htmx.js",
        "icon.svg",
        "mark.svg",
        "start.js",
    }
    for name in manifest.values():
        digest = sha256((assets / name).read_bytes()).hexdigest()[:12]
        assert f"-{digest}." in name
    assert {p.name for p in assets.iterdir()} == {*manifest.values(), "manifest.json"}


def test_the_script_loads_the_file_that_was_built(assets: Path) -> None:
    manifest = read_manifest(assets)
    assert f"./{manifest['govuk-frontend.js']}" in (assets / manifest["start.js"]).read_text()


def test_the_lock_names_no_address() -> None:
    lock = (SOURCE / "package-lock.json").read_bytes()
    packages = json.loads(lock)["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_missing_assets_say_how_to_build_them(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        read_manifest(tmp_path)
    assert "make assets" in refusal.value.remedy


def test_the_policy_allows_the_template_s_one_line_and_no_other(assets: Path) -> None:
    environment = make_environment(read_manifest(assets))
    assert inline_script_hash(environment).startswith("sha256-")


def test_templates_hold_no_inline_style_script_or_foreign_address() -> None:
    folder = SOURCE.parent / "templates"
    for path in folder.rglob("*.html"):
        text = path.read_bytes()
        assert b"style=" not in text, path
        assert not re.search(rb"<script(?! type=\"module\" src=)", text), path
        assert not re.search(rb"\son[a-z]+=", text), path
        assert not FOREIGN.search(text), path


def test_templates_neither_sum_nor_round() -> None:
    folder = SOURCE.parent / "templates"
    forbidden = re.compile(r"\|\s*(?:sum|round|int|float|format)\b|\b(?:role|permission)s?\s*[=!]=")
    for path in folder.rglob("*.html"):
        assert not forbidden.search(path.read_text()), path


def test_every_class_of_ours_in_a_template_has_a_style_and_the_other_way_round(
    assets: Path,
) -> None:
    style = (assets / read_manifest(assets)["forethought.css"]).read_text()
    styled = set(re.findall(r"\.(ft-[a-z_-]+)", style))
    folder = SOURCE.parent
    sources = [*folder.rglob("*.html"), folder / "tables.py"]
    text = " ".join(path.read_text() for path in sources)
    used = set(re.findall(r"ft-[a-z]+(?:__[a-z]+)?(?:--[a-z]+)?(?:-[a-z]+)*", text))
    used |= {"ft-tag--good", "ft-tag--bad"}  # put together in a template
    assert used - styled - {"ft-tag--"} == set()
    assert styled - used == set()
