"""Where a record comes from: versions, machine, commit, sources."""

import importlib.metadata
import platform
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from device_models.cell import Cell

PACKAGES = ("analogdecor", "torch", "aihwkit", "numpy", "h5py")


def now() -> str:
    """UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@lru_cache(maxsize=1)
def environment() -> Mapping[str, str]:
    """Versions, machine and commit."""
    versions = {f"{name}_version": importlib.metadata.version(name) for name in PACKAGES}
    return {**versions, "python_version": platform.python_version(), "hostname": socket.gethostname(), **commit()}


def commit() -> dict[str, str]:
    """Commit of the checkout that this file is part of, and whether tracked files were changed; "unknown" outside of a checkout."""
    here = Path(__file__)
    tracked = _git(here.parent, "ls-files", "--error-unmatch", here.name)
    head = _git(here.parent, "rev-parse", "HEAD") if tracked is not None else None
    if head is None:
        return {"git_commit": "unknown", "git_dirty": "unknown"}
    changed = _git(here.parent, "status", "--porcelain", "--untracked-files=no")
    return {"git_commit": head, "git_dirty": "yes" if changed else "no"}


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def command_line() -> str:
    """What was typed, so that a shell takes it back."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def cell_source(cell: Cell) -> dict[str, str]:
    """Where a cell's numbers come from."""
    source = cell.source
    return {
        "preset": cell.name,
        "preset_citation": source.citation,
        "preset_doi": source.doi or "none",
        "preset_confidence": source.confidence,
        "preset_note": source.note or "none",
    }
