from pathlib import Path

import numpy as np
import pytest

from experiments.data.arrays import load


def arrays(**changes):
    generator = np.random.default_rng(0)
    good = {
        "x_train": generator.normal(size=(6, 3)).astype(np.float32),
        "y_train": np.arange(6) % 3,
        "x_test": generator.normal(size=(4, 3)),
        "y_test": np.arange(4) % 3,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def saved(tmp_path, **changes) -> str:
    np.savez(tmp_path / "a.npz", **arrays(**changes))
    return str(tmp_path / "a.npz")


def test_round_trip(tmp_path) -> None:
    parts = load(path=saved(tmp_path))
    assert np.array_equal(parts.train_inputs, arrays()["x_train"])
    assert parts.test_labels.tolist() == [0, 1, 2, 0]
    assert parts.classes == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"y_test": None}, "it has no y_test"),
        ({"y_train": np.arange(5)}, r"x_train \(6, 3\) and y_train \(5,\) do not fit"),
        ({"x_test": np.zeros(4)}, r"x_test \(4,\)"),
        ({"y_train": np.zeros(6)}, "y_train float64"),
        ({"x_train": np.zeros((6, 3), dtype=complex)}, "x_train is complex128"),
        ({"x_train": np.array([[object()] * 3] * 6)}, "is not accepted: an .npz file"),
        ({"x_test": np.zeros((0, 3)), "y_test": np.zeros(0, dtype=int)}, "do not fit"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, changes, expected) -> None:
    with pytest.raises(ValueError, match=expected) as caught:
        load(path=saved(tmp_path, **changes))
    assert "\n" not in str(caught.value)


def test_missing_and_truncated_files_are_named(tmp_path) -> None:
    with pytest.raises(ValueError, match="there is no such file"):
        load(path=str(tmp_path / "nothing.npz"))
    whole = Path(saved(tmp_path)).read_bytes()
    (tmp_path / "b.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"is not accepted: an \.npz file"):
        load(path=str(tmp_path / "b.npz"))
    np.save(tmp_path / "c.npz.npy", np.zeros(3))
    with pytest.raises(ValueError, match=r"is not accepted: an \.npz file"):
        load(path=str(tmp_path / "c.npz.npy"))
