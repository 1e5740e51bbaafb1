import hashlib
import pickle

import numpy as np
import pytest
import torchvision.datasets

from experiments.data import cifar10, cifar100


@pytest.mark.parametrize("module", [cifar10, cifar100])
def test_a_missing_data_set_is_one_line(tmp_path, module) -> None:
    with pytest.raises(ValueError, match=r"no usable CIFAR100? there \(Dataset not found or corrupted") as caught:
        module.load(root=str(tmp_path))
    assert "\n" not in str(caught.value)


def test_colours_come_before_rows_and_columns(tmp_path, monkeypatch) -> None:
    """A tiny data set in the published format: 3072 bytes per picture, the red plane first, row by row."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    rows = {name: np.random.default_rng(n).integers(0, 255, (4, 3072), dtype=np.uint8) for n, name in enumerate(("train_1", "test_1"))}
    contents = {name: pickle.dumps({"data": row, "labels": [0, 1, 2, 3]}) for name, row in rows.items()}
    contents["batches.meta"] = pickle.dumps({"label_names": list("abcdefghij")})
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    sums = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "train_list", [["train_1", sums["train_1"]]])
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "test_list", [["test_1", sums["test_1"]]])
    monkeypatch.setattr(
        torchvision.datasets.CIFAR10, "meta", {"filename": "batches.meta", "key": "label_names", "md5": sums["batches.meta"]}
    )
    parts = cifar10.load(root=str(tmp_path))
    assert np.array_equal(parts.train_inputs.reshape(4, 3072), rows["train_1"])
    assert np.array_equal(parts.test_inputs.reshape(4, 3072), rows["test_1"])
    assert parts.test_labels.tolist() == [0, 1, 2, 3]
    (folder / "train_1").write_bytes(contents["train_1"][:100])
    with pytest.raises(ValueError, match="no usable CIFAR10"):
        cifar10.load(root=str(tmp_path))
