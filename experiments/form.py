"""The image of a shard. Runs with the same variables give files that differ in numbers and texts only: such a file is laid out once, and
every shard is a copy that is filled in, which takes a third of the time.
"""

from collections.abc import Mapping
from functools import lru_cache

import h5py
import numpy as np

from experiments.record import STATUSES, Record, Variable
from experiments.results import put_attributes
from experiments.rows import COLUMNS, Rows
from experiments.whole import image

Form = tuple[tuple[str, str, str, tuple[str, ...], tuple[int, ...], str], ...]
"""Name, units, long name, dimensions, shape and type of every variable."""

KEPT = 16
"""Forms that a process remembers."""


def form_of(record: Record) -> Form:
    """What records have in common whose files have the same layout."""
    return tuple((name, v.units, v.long_name, v.dims, v.values.shape, v.values.dtype.str) for name, v in record.variables.items())


def filled(record: Record, attributes: Mapping[str, str]) -> bytes:
    """The results file of one record, without its checksum.

    Args:
        record: what is filled in.
        attributes: of the file.
    """

    def fill(file: h5py.File) -> None:
        file["status"][()] = STATUSES.index(record.status)
        for name, (field, _) in COLUMNS.items():
            file[name][()] = getattr(record, field)
        for name, variable in record.variables.items():
            file[name][...] = variable.values
        put_attributes(file, attributes)

    return image(fill, _blank(form_of(record)))


@lru_cache(KEPT)
def _blank(form: Form) -> bytes:
    variables = {name: Variable(np.zeros(shape, dtype), units, long_name, dims) for name, units, long_name, dims, shape, dtype in form}
    record = Record(spec="", spec_hash="", status="missing", variables=variables)
    return image(lambda file: Rows(file, []).put_all([record]))
