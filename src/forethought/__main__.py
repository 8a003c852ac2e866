"""`forethought` and `python -m forethought`."""

from __future__ import annotations

from forethought.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
