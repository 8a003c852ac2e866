"""What is public is documented, and what is documented runs."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
DOCS = CHECKOUT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), CHECKOUT / "README.md"])
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#]+)(?:#[^)]*)?\)")


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", CHECKOUT / "scripts/reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["cli.md", "settings.md"])
def test_generated_reference_is_true(page: str) -> None:
    written = (DOCS / "reference" / page).read_text(encoding="utf-8")
    assert written == reference().PAGES[page](), "run scripts/reference.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    gone = [target for target in targets if not (page.parent / target).exists()]
    assert gone == []


def test_every_direct_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    named = [*project["project"]["dependencies"], *groups["dev"], *groups["bench"]]
    reasons = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    missing = [
        name for name in (re.split(r"[>=<\[]", item)[0] for item in named) if name not in reasons
    ]
    assert missing == []


def python_fences() -> list[tuple[Path, bool, str]]:
    """Python code of every page, in order, and whether it changes the county for good.

    A page's fences share their names.
    """
    found = []
    for page in PAGES:
        fences = [
            (marks, code)
            for language, marks, code in FENCE.findall(page.read_text(encoding="utf-8"))
            if language == "python" and "no-run" not in marks
        ]
        if fences:
            changes = any("changes" in marks for marks, _ in fences)
            found.append((page, changes, "\n".join(code for _, code in fences)))
    return found


@pytest.mark.parametrize(
    ("page", "changes", "code"),
    python_fences(),
    ids=[str(page.relative_to(CHECKOUT)) for page, _, _ in python_fences()],
)
def test_code_of_the_docs_runs(
    page: Path,
    changes: bool,  # noqa: FBT001 - a column of the table above
    code: str,
    demo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if changes:
        shutil.copytree(demo, tmp_path / "my-county")
    else:
        (tmp_path / "my-county").symlink_to(demo)
    names: dict[str, object] = {"__name__": f"docs_{page.stem}"}
    monkeypatch.setitem(sys.modules, f"docs_{page.stem}", ModuleType(f"docs_{page.stem}"))
    exec(compile(code, str(page), "exec"), names)  # noqa: S102 - the docs' own code
