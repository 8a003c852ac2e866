"""Pages over a real workspace: implements `forethought.web.interface.WebWorkspace`."""

from forethought.web.live.workspace import LiveWorkspace

__all__ = ["LiveWorkspace"]
