import numpy as np
from sklearn.datasets import load_digits

from experiments.data.digits import load


def test_all_digits_are_there_once() -> None:
    parts = load()
    inputs = np.concatenate([parts.train_inputs, parts.test_inputs])
    labels = np.concatenate([parts.train_labels, parts.test_labels])
    published, published_labels = load_digits(return_X_y=True)

    def rows(x, y):
        return sorted(map(tuple, np.column_stack([x, y]).tolist()))

    assert rows(inputs * 16, labels) == rows(published, published_labels)
    assert parts.train_inputs.shape == (1437, 64)
    assert (inputs.min(), inputs.max()) == (0, 1)


def test_the_division_is_fixed() -> None:
    assert np.array_equal(load().train_inputs, load().train_inputs)


def test_every_class_is_in_both_parts() -> None:
    parts = load()
    assert set(parts.train_labels) == set(parts.test_labels) == set(range(parts.classes))
