"""From a data set as published to the three parts that a run uses.

Shapes: N samples, then the features of one sample.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from crossbar.seeds import generator
from experiments import data as data_sets
from experiments.augment import Window
from experiments.options import given
from experiments.sections import Data


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A data set as its publisher divides it.

    Attributes:
        train_inputs: [N, features...], float32, or uint8 pixels.
        train_labels: [N], 0 ... classes - 1.
        test_inputs: as train_inputs.
        test_labels: as train_labels.
        classes: number of classes.
        source: where it comes from, in words.
    """

    train_inputs: np.ndarray
    train_labels: np.ndarray
    test_inputs: np.ndarray
    test_labels: np.ndarray
    classes: int
    source: str


@dataclass(frozen=True)
class Part:
    """Samples with labels.

    Attributes:
        inputs: [N, features...], float32.
        labels: [N], int64.
    """

    inputs: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> "Part":
        """The same samples on a device."""
        return Part(self.inputs.to(device), self.labels.to(device))


@dataclass(frozen=True, kw_only=True)
class Splits:
    """What a run learns from and is judged on.

    Attributes:
        train: the training samples.
        validation: cut from the published training part; may be empty.
        test: the test samples.
        classes: number of classes.
        provenance: source, sizes, and SHA-256 of every array.
        window: what a network sees of a picture; the training part is whole, the others are cut to it.
    """

    train: Part
    validation: Part
    test: Part
    classes: int
    provenance: Mapping[str, str]
    window: Window

    @property
    def sample(self) -> tuple[int, ...]:
        """Shape of what a network sees."""
        return tuple(self.test.inputs.shape[1:])

    def seen(self, part: Part) -> Part:
        """A part as it is judged: the middle windows."""
        return Part(self.window.middle(part.inputs), part.labels)

    def to(self, device: torch.device) -> "Splits":
        """The same parts on a device."""
        return replace(self, train=self.train.to(device), validation=self.validation.to(device), test=self.test.to(device))


def load(section: Data) -> Splits:
    """The parts that a [data] section asks for. Kept for the next run with the same section in this process.

    Raises:
        ValueError: the data set is missing, damaged or smaller than asked for.
    """
    return _load(_Key(section))


class _Key:
    """A data section as a cache key: sections hold lists and are no keys by themselves."""

    def __init__(self, section: Data) -> None:
        self.section = section
        self.text = section.model_dump_json()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(maxsize=2)
def _load(key: _Key) -> Splits:
    section = key.section
    parts = data_sets.FOLDER.load(section.name).load(**given(section, Data))
    return cut(parts, section)


def cut(parts: Parts, section: Data) -> Splits:
    """Cut sizes out of the published parts and scale them.

    Samples are taken from one fixed random order, the same for every seed: the first ``validation_size`` of the training part are the
    validation part, the next ``train_size`` the training part, so that the validation part does not depend on ``train_size``. Pixels are
    divided by 255. The mean and the standard deviation come from the training part alone.

    Raises:
        ValueError: more samples are asked for than there are.
    """
    available, tests = len(parts.train_labels), len(parts.test_labels)
    _enough("validation_size + train_size", section.validation_size + max(section.train_size, 1), available, "training")
    _enough("test_size", max(section.test_size, 1), tests, "test")
    order, test_order = _order(available, "train"), _order(tests, "test")
    first = section.validation_size
    last = first + section.train_size if section.train_size else available
    chosen = {"train": order[first:last], "validation": order[:first], "test": test_order[: section.test_size or tests]}
    raw = {
        name: _part(*((parts.test_inputs, parts.test_labels) if name == "test" else (parts.train_inputs, parts.train_labels)), index)
        for name, index in chosen.items()
    }
    _check_labels(raw, parts.classes)
    scaled = _scaled(raw, section)
    window = Window(section.pad, section.crop, section.flip, _black(section))
    window.shape(scaled["train"].inputs.shape[1:])
    judged = {name: Part(window.middle(part.inputs), part.labels) for name, part in scaled.items() if name != "train"}
    return Splits(train=scaled["train"], **judged, classes=parts.classes, provenance=_provenance(parts, scaled), window=window)


def _enough(what: str, wanted: int, available: int, part: str) -> None:
    if wanted > available:
        raise ValueError(f"data.{what} = {wanted} is not accepted: there are {available} {part} samples")


def _order(samples: int, part: str) -> np.ndarray:
    return torch.randperm(samples, generator=generator(0, "data split", part)).numpy()


def _part(inputs: np.ndarray, labels: np.ndarray, index: np.ndarray) -> Part:
    chosen = inputs[index]
    floats = chosen.astype(np.float32) / 255 if inputs.dtype == np.uint8 else chosen.astype(np.float32)
    if not np.isfinite(floats).all():
        raise ValueError("the data set holds inputs that are not finite")
    return Part(torch.from_numpy(floats), torch.from_numpy(labels[index].astype(np.int64)))


def _check_labels(parts: Mapping[str, Part], classes: int) -> None:
    for name, part in parts.items():
        if len(part) and (int(part.labels.min()) < 0 or int(part.labels.max()) >= classes):
            raise ValueError(f"labels of the {name} part run from {part.labels.min()} to {part.labels.max()}; accepted: 0 to {classes - 1}")


def _scaled(parts: Mapping[str, Part], section: Data) -> dict[str, Part]:
    train = parts["train"].inputs
    mean = _channels("mean", section.mean, train)
    mean = train.mean(0) if section.centre else torch.zeros(()) if mean is None else mean
    spread = _channels("std", section.std, train)
    if spread is None:
        spread = (train - train.mean(0)).square().mean().sqrt() if section.scale else torch.ones(())
    if not bool((spread > 0).all()):
        raise ValueError("data.scale = True is not accepted: the training inputs are all the same")
    return {name: Part((part.inputs - mean) / spread, part.labels) for name, part in parts.items()}


def _channels(name: str, numbers: tuple[float, ...], inputs: Tensor) -> Tensor | None:
    """One number per channel, so that it meets inputs [N, C, ...]; None where none are given."""
    if not numbers:
        return None
    if len(numbers) != inputs.shape[1]:
        raise ValueError(f"data.{name} = {list(numbers)} is not accepted: the samples have {inputs.shape[1]} channels")
    return torch.tensor(numbers).reshape(-1, *(1 for _ in inputs.shape[2:]))


def _black(section: Data) -> Tensor:
    """What a pixel of 0 has become [C] or []; windows are padded with it."""
    mean = torch.tensor(section.mean) if section.mean else torch.zeros(())
    return -mean / torch.tensor(section.std) if section.std else -mean


def _provenance(parts: Parts, chosen: Mapping[str, Part]) -> dict[str, str]:
    sizes = {f"{name}_size": str(len(part)) for name, part in chosen.items()}
    hashes = {f"{name}_sha256": _sha256(part) for name, part in chosen.items()}
    return {"source": parts.source, **sizes, **hashes}


def _sha256(part: Part) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(part.inputs.numpy()).tobytes())
    digest.update(part.labels.numpy().tobytes())
    return digest.hexdigest()
