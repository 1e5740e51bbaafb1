"""mlp: a multilayer perceptron. ``hidden = [1000, 1000, 1000, 1000]`` is that of arXiv 2407.10780."""

import math
from collections.abc import Sequence

from torch import nn

from experiments.plan import Plain, Plan, dense
from experiments.sections import Whole


def plan(sample: Sequence[int], classes: int, *, activation: str, hidden: tuple[Whole, ...] = (64,)) -> Plan:
    """Dense layers on the flattened sample.

    Args:
        sample: shape of one sample.
        classes: output lines.
        activation: a key of ``ACTIVATIONS``.
        hidden: units of each hidden layer; empty for a linear classifier.
    """
    names = [f"layer{number}" for number in range(1, len(hidden) + 2)]
    return (Plain("flat", nn.Flatten), *dense(names, (math.prod(sample), *hidden, classes), activation))
