"""Before anything runs: can the output be written, and does it replace nothing that is not ours?"""

import os
from pathlib import Path

from experiments.results import attributes_of, is_ours


def check_output(out: Path, attribute: str, *accepted: str) -> None:
    """An output file may be new, or an older one of the very same request.

    Args:
        out: where results will go.
        attribute: of the results file that names the request, ``spec_hash`` or ``sweep_hash``.
        accepted: its values for this request.

    Raises:
        ValueError: the folder does not exist or cannot be written, or the file exists and is something else.
    """
    check_replaceable(out)
    if out.exists() and attributes_of(out).get(attribute) not in accepted:
        raise ValueError(f"{out} holds the results of another request; choose another output with -o")


def check_replaceable(out: Path) -> None:
    """Raises ValueError where a file exists that is not ours, or its folder does not exist or cannot be written."""
    check_folder(out)
    if out.exists() and not is_ours(out):
        raise ValueError(f"{out} exists and is not an analogdecor results file; choose another output with -o")


def check_new(out: Path) -> None:
    """Raises ValueError where a file exists already, or its folder does not exist or cannot be written."""
    check_folder(out)
    if out.exists():
        raise ValueError(f"{out} exists; choose another output with -o")


def check_folder(out: Path) -> None:
    """Raises ValueError where the folder of a file does not exist or cannot be written, or the name is a folder's."""
    if out.is_dir():
        raise ValueError(f"cannot write {out}: it is a folder")
    if not out.parent.is_dir():
        raise ValueError(f"cannot write {out}: there is no folder {out.parent}")
    if not os.access(out.parent, os.W_OK):
        raise ValueError(f"cannot write {out}: no permission to write in {out.parent}")


PICTURES = (".png", ".pdf", ".svg")


def check_picture(path: Path) -> None:
    """Raises ValueError where a picture cannot be written there, or its name's ending is no format."""
    if path.suffix.lower() not in PICTURES:
        raise ValueError(f"a picture is written as {', '.join(PICTURES)}, not as {path.suffix or path.name!r}")
    check_folder(path)
