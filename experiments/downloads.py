"""Data sets that torchvision can fetch: its failures as one line."""

from collections.abc import Callable
from typing import TypeVar

Loaded = TypeVar("Loaded")


def torchvision_set(name: str, root: str, make: Callable[[], Loaded]) -> Loaded:
    """What torchvision makes.

    Args:
        name: of the data set, for the message.
        root: the folder that was searched, for the message.
        make: builds the torchvision data set.

    Raises:
        ValueError: it is not there, is damaged, or could not be fetched.
    """
    try:
        return make()
    except (RuntimeError, OSError, EOFError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"data.root = {root!r}: no usable {name} there ({reason})") from None
