"""A record: a spec with what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Status = Literal["ok", "diverged", "failed", "missing"]

STATUSES: tuple[Status, ...] = ("ok", "diverged", "failed", "missing")
"""In the order of their codes in a file: 0, 1, 2, 3."""


@dataclass(frozen=True)
class Variable:
    """One measured quantity.

    Attributes:
        values: over ``dims``, floating point; nan where there is none. Over the epochs: [epochs + 1], the first one before training.
        units: SI, or "1" for what has none.
        long_name: what it is, in words.
        dims: names of its dimensions: ``epoch``, and for what is known of every cell the lines of the array. A variable that has its own
            name as its only dimension labels that dimension.
    """

    values: np.ndarray
    units: str
    long_name: str
    dims: tuple[str, ...] = ("epoch",)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one run left.

    Attributes:
        spec: canonical JSON of its spec.
        spec_hash: SHA-256 of that text.
        status: ok; diverged, where a loss stopped being finite; failed, where an exception ended it.
        message: the traceback of a failed run, else empty.
        variables: by name.
        attributes: where it comes from: versions, seeds, sources, times.
    """

    spec: str
    spec_hash: str
    status: Status
    message: str = ""
    variables: Mapping[str, Variable] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
