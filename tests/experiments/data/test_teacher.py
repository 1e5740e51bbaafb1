import numpy as np
import pytest
import torch

from experiments.data.teacher import load, rotation, spectrum


def test_spectrum_is_a_power_law_of_mean_one() -> None:
    for exponent in (0.0, 0.5, 2.0):
        values = spectrum(20, exponent)
        torch.testing.assert_close(values.mean(), torch.tensor(1.0, dtype=torch.float64))
        torch.testing.assert_close(values[0] / values[9], torch.tensor(10.0**exponent, dtype=torch.float64))


def test_rotation_is_orthogonal() -> None:
    q = rotation(30, 3)
    torch.testing.assert_close(q @ q.T, torch.eye(30, dtype=torch.float64))


def test_inputs_have_the_wanted_variance_along_every_axis_of_the_rotation() -> None:
    """z_i = (Q^T x)_i / lambda_i^1/2 is N(0, 1): sum z_i^2 over n samples has mean n and variance 2 n.

    And z_i z_j, i != j, has mean 0 and variance 1. Bound: 5.5 sigma on 30 + 435 numbers, false alarm 465 * 3.8e-8 < 2e-5 for a normal
    statistic; the seed is fixed.
    """
    n, lines, exponent = 4000, 30, 1.5
    parts = load(features=lines, exponent=exponent, train_samples=n, test_samples=1, data_seed=7)
    z = torch.from_numpy(parts.train_inputs).double() @ rotation(lines, 7) / spectrum(lines, exponent).sqrt()
    moments = z.T @ z
    diagonal = (moments.diagonal() - n) / (2 * n) ** 0.5
    crossed = moments[np.triu_indices(lines, 1)] / n**0.5
    assert float(diagonal.abs().max()) < 5.5, diagonal
    assert float(crossed.abs().max()) < 5.5, crossed.abs().max()


def test_the_task_does_not_depend_on_the_exponent() -> None:
    white, coloured = (load(exponent=exponent) for exponent in (0.0, 2.0))
    assert np.array_equal(white.train_labels, coloured.train_labels)
    assert not np.array_equal(white.train_inputs, coloured.train_inputs)


def test_seeds_give_different_data() -> None:
    assert not np.array_equal(load(data_seed=0).train_inputs, load(data_seed=1).train_inputs)
    assert np.array_equal(load(data_seed=1).train_inputs, load(data_seed=1).train_inputs)


def test_every_class_occurs() -> None:
    assert set(load().train_labels) == set(range(10))


@pytest.mark.parametrize("wrong", [{"features": 0}, {"train_samples": 0}, {"classes": 1}, {"exponent": -1.0}])
def test_wrong_options_are_named(wrong: dict) -> None:
    with pytest.raises(ValueError, match=rf"data\.{next(iter(wrong))} = "):
        load(**wrong)
