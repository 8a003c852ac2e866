"""The one door to a council's material: web, command line and notebooks all open it.

```python
import forethought as ft
ws = ft.open("my-county", person="sam.okoro", purpose="plan-services")
ws.read("asc_staff")
```
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forethought.workspace.checking import check_file, check_workspace, examine
    from forethought.workspace.door import Workspace, open_workspace
    from forethought.workspace.drafting import draft_contract
    from forethought.workspace.making import init_workspace, make_demo, restore_store, upgrade_store

_HOMES = {
    "Workspace": "door",
    "open_workspace": "door",
    "check_file": "checking",
    "check_workspace": "checking",
    "examine": "checking",
    "draft_contract": "drafting",
    "init_workspace": "making",
    "make_demo": "making",
    "restore_store": "making",
    "upgrade_store": "making",
}
__all__ = [
    "Workspace",
    "check_file",
    "check_workspace",
    "draft_contract",
    "examine",
    "init_workspace",
    "make_demo",
    "open_workspace",
    "restore_store",
    "upgrade_store",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"forethought.workspace has no {name!r}")
    return getattr(import_module(f"forethought.workspace.{_HOMES[name]}"), name)
