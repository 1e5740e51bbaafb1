"""What a network file returns: the layers in order, as values, so that memory can be counted before anything is built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {
    "leaky_relu": lambda: nn.LeakyReLU(0.01),
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
}


@dataclass(frozen=True)
class Kernel:
    """How a convolution layer looks at pictures.

    Attributes:
        size: side of the square kernel [pixels].
        stride: step between patches [pixels].
        padding: zeros around the picture [pixels].
    """

    size: int
    stride: int
    padding: int


@dataclass(frozen=True)
class Layer:
    """A layer of weights.

    Attributes:
        name: of the layer and its array.
        outputs: output lines.
        inputs: input lines; of a convolution the values of one patch.
        positions: patches that it sees of one sample; 1 where it is dense.
        kernel: of a convolution, else None.
        last: whether it gives the network's outputs.
    """

    name: str
    outputs: int
    inputs: int
    positions: int = 1
    kernel: Kernel | None = None
    last: bool = False


@dataclass(frozen=True)
class Plain:
    """An ordinary torch module between layers.

    Attributes:
        name: of the module.
        make: makes it.
    """

    name: str
    make: Callable[[], nn.Module]


Plan = tuple[Layer | Plain, ...]
"""A network, in the order of a pass."""


def layers_of(plan: Plan) -> list[Layer]:
    """The layers of weights."""
    return [step for step in plan if isinstance(step, Layer)]


def dense(names: Sequence[str], lines: Sequence[int], activation: str) -> Plan:
    """Dense layers with an activation in front of each but the first; the last one gives the outputs.

    Args:
        names: of the layers.
        lines: of the input and of every layer's output, one more than names.
        activation: a key of ``ACTIVATIONS``.
    """
    steps: list[Layer | Plain] = []
    for place, name in enumerate(names):
        if place:
            steps.append(Plain(f"activation_{names[place - 1]}", ACTIVATIONS[activation]))
        steps.append(Layer(name, lines[place + 1], lines[place], last=place == len(names) - 1))
    return tuple(steps)
