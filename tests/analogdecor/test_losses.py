import math

import torch

from analogdecor.losses import accuracy, cross_entropy, squared_error

OUTPUT = torch.tensor([[0.0, math.log(3.0)], [2.0, 2.0]], dtype=torch.float64)


def test_cross_entropy_in_nats():
    torch.testing.assert_close(cross_entropy(OUTPUT, torch.tensor([0, 1])), torch.tensor([math.log(4.0), math.log(2.0)]).double())


def test_squared_error_is_half_the_distance():
    found = squared_error(OUTPUT, torch.tensor([0, 1]))
    torch.testing.assert_close(found, torch.tensor([0.5 * (1 + math.log(3.0) ** 2), 0.5 * (4 + 1)], dtype=torch.float64))


def test_accuracy_counts_an_output_with_a_nan_as_wrong():
    output = torch.tensor([[1.0, 2.0], [1.0, 2.0], [float("nan"), 2.0], [float("inf"), 2.0]])
    assert accuracy(output, torch.tensor([1, 0, 1, 0])).tolist() == [1.0, 0.0, 0.0, 0.0]
