"""A form that is filled in is the file that would have been written from nothing."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from experiments.form import filled, form_of
from experiments.record import Record, Variable
from experiments.results import write_results


def record(number: int, epochs: int = 4) -> Record:
    draw = np.random.default_rng(number)
    variables = {
        "test_accuracy": Variable(draw.random(epochs), "1", "test accuracy"),
        "fleet_chips": Variable(np.array(3.0 + number), "1", "chips of the fleet", ()),
        "age": Variable(np.array([1.0, 60.0, 3600.0]), "s", "time on the shelf", ("age",)),
        "aged_accuracy": Variable(draw.random(3), "1", "accuracy at that age", ("age",)),
        "conductance": Variable(draw.random((40, 30)).astype(np.float32), "S", "of every cell", ("row", "column")),
    }
    attributes = {"seed": str(number), "note": "µ\nn" * number}
    return Record(spec=f'{{"n":{number}}}', spec_hash=f"{number:064x}", status="diverged", variables=variables, attributes=attributes)


FAILED = Record(spec="{}", spec_hash="6", status="failed", message="Traceback\nZeroDivisionError: ≠", attributes={"seed": "6"})


def contents(path: Path) -> list[object]:
    """Everything that a reader sees, in its order; of references to dimensions, which ones."""
    seen: list[object] = [(name, text) for name, text in path_attributes(path)]
    with h5py.File(path) as file:
        for name, array in file.items():
            values = array.asstr()[...] if h5py.check_string_dtype(array.dtype) else array[...]
            dims = [scale.name for dim in array.dims for scale in dim.values()]
            attributes = [(key, str(value)) for key, value in array.attrs.items() if key not in ("REFERENCE_LIST", "DIMENSION_LIST")]
            seen.append((name, array.dtype.str, array.shape, array.compression, dims, attributes, values.tolist()))
    return seen


def path_attributes(path: Path) -> list[tuple[str, str]]:
    with h5py.File(path) as file:
        return list(file.attrs.items())


@pytest.mark.parametrize("one", [record(1), record(2), record(2, epochs=7), FAILED, record(3)])
def test_it_is_the_same_file(tmp_path, one: Record) -> None:
    attributes = {**one.attributes, "spec": one.spec}
    (tmp_path / "filled.h5").write_bytes(filled(one, attributes))
    write_results(tmp_path / "written.h5", {}, [one], attributes)
    assert contents(tmp_path / "filled.h5") == contents(tmp_path / "written.h5")


def test_the_same_record_gives_the_same_bytes_whatever_came_before() -> None:
    first = filled(record(1), {})
    filled(record(2), {"note": "longer" * 100})
    assert filled(record(1), {}) == first != filled(record(2), {})


def test_what_else_differs_is_another_form() -> None:
    assert form_of(record(1)) == form_of(record(2))
    assert len({form_of(record(1)), form_of(record(1, epochs=7)), form_of(FAILED)}) == 3
