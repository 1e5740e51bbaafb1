"""Cutting a published data set into the parts of a run."""

import hashlib

import numpy as np
import pytest
import torch

from experiments.sections import Data
from experiments.splits import Parts, cut, load


def parts(train: int = 40, test: int = 10, dtype=np.float32) -> Parts:
    """Every sample is its own number, so that samples can be told apart."""
    x = np.arange(train + test, dtype=dtype)[:, None].repeat(3, 1)
    y = np.arange(train + test) % 5
    return Parts(train_inputs=x[:train], train_labels=y[:train], test_inputs=x[train:], test_labels=y[train:], classes=5, source="counted")


def numbers(part) -> set[int]:
    return set(part.inputs[:, 0].int().tolist())


def test_sizes_and_no_overlap() -> None:
    splits = cut(parts(), Data(train_size=20, validation_size=12, test_size=4))
    train, validation, test = map(numbers, (splits.train, splits.validation, splits.test))
    assert (len(train), len(validation), len(test)) == (20, 12, 4)
    assert not train & validation
    assert train | validation <= set(range(40))
    assert test <= set(range(40, 50))


def test_zero_takes_everything() -> None:
    splits = cut(parts(), Data(validation_size=5))
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (35, 5, 10)


def test_the_validation_part_does_not_depend_on_the_training_size() -> None:
    few, many = (cut(parts(), Data(train_size=size, validation_size=8)) for size in (5, 30))
    assert torch.equal(few.validation.inputs, many.validation.inputs)
    assert torch.equal(few.train.inputs, many.train.inputs[:5])


def test_labels_follow_their_inputs() -> None:
    splits = cut(parts(), Data(validation_size=8))
    for part in (splits.train, splits.validation, splits.test):
        assert torch.equal(part.inputs[:, 0].long() % 5, part.labels)
    assert splits.train.labels.dtype == torch.int64


def test_pixels_become_fractions() -> None:
    assert torch.equal(cut(parts(dtype=np.uint8), Data()).train.inputs * 255, cut(parts(), Data()).train.inputs)


def test_centre_and_scale_come_from_the_training_part_alone() -> None:
    section = Data(train_size=20, validation_size=10)
    raw, scaled = cut(parts(), section), cut(parts(), section.model_copy(update={"centre": True, "scale": True}))
    mean = raw.train.inputs.mean(0)
    sd = (raw.train.inputs - mean).square().mean().sqrt()
    torch.testing.assert_close(scaled.train.inputs.mean(0), torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(scaled.train.inputs.square().mean(), torch.tensor(1.0))
    torch.testing.assert_close(scaled.test.inputs, (raw.test.inputs - mean) / sd)


def test_provenance_hashes_what_is_used() -> None:
    splits = cut(parts(), Data(train_size=7))
    text = splits.train.inputs.numpy().tobytes() + splits.train.labels.numpy().tobytes()
    assert splits.provenance["train_sha256"] == hashlib.sha256(text).hexdigest()
    assert splits.provenance["train_size"] == "7"
    assert splits.provenance["source"] == "counted"


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (Data(train_size=41), r"data\.validation_size \+ train_size = 41 is not accepted: there are 40 training samples"),
        (Data(validation_size=40), "= 41 is not accepted"),
        (Data(test_size=11), r"data\.test_size = 11 is not accepted: there are 10 test samples"),
    ],
)
def test_more_than_there_is_is_refused(section: Data, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        cut(parts(), section)


def test_bad_numbers_are_refused() -> None:
    broken = parts()
    broken.train_inputs[3] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        cut(broken, Data())
    wrong = parts()
    wrong.train_labels[3] = 5
    with pytest.raises(ValueError, match="accepted: 0 to 4"):
        cut(wrong, Data())


def test_constant_inputs_cannot_be_scaled() -> None:
    x = np.ones((4, 2), dtype=np.float32)
    y = np.zeros(4, dtype=np.int64)
    same = Parts(train_inputs=x, train_labels=y, test_inputs=x, test_labels=y, classes=1, source="constant")
    with pytest.raises(ValueError, match=r"data\.scale"):
        cut(same, Data(scale=True))


def test_the_same_section_is_loaded_once() -> None:
    assert load(Data()) is load(Data())
    assert load(Data(train_size=10)) is not load(Data())


def test_channels_are_centred_and_scaled_by_given_numbers() -> None:
    pictures = np.full((6, 2, 4, 4), 51, dtype=np.uint8)  # 0.2
    parts = Parts(
        train_inputs=pictures,
        train_labels=np.arange(6) % 2,
        test_inputs=pictures,
        test_labels=np.arange(6) % 2,
        classes=2,
        source="made up",
    )
    splits = cut(parts, Data(mean=(0.1, 0.2), std=(0.5, 2.0), pad=1, crop=2, flip=True))
    torch.testing.assert_close(splits.test.inputs[0, :, 0, 0], torch.tensor([0.2, 0.0]))
    torch.testing.assert_close(splits.window.black_C, torch.tensor([-0.2, -0.1]))
    assert splits.sample == (2, 2, 2)
    assert splits.train.inputs.shape[1:] == (2, 4, 4)
    with pytest.raises(ValueError, match="the samples have 2 channels"):
        cut(parts, Data(mean=(0.1,)))
    with pytest.raises(ValueError, match="either mean or centre"):
        Data(mean=(0.1, 0.1), centre=True)
    with pytest.raises(ValueError, match="what black has become"):
        Data(pad=1, centre=True)
