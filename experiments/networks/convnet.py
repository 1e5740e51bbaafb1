"""convnet: convolutions, then dense layers. The default is the ConvNet of arXiv 2407.10780: 32-32-64-64 channels and 1000 dense units."""

import math
from collections.abc import Sequence

from torch import nn

from experiments.plan import ACTIVATIONS, Kernel, Layer, Plain, Plan, dense
from experiments.sections import Count, Whole


def plan(
    sample: Sequence[int],
    classes: int,
    *,
    activation: str,
    channels: tuple[Whole, ...] = (32, 32, 64, 64),
    kernel: Whole = 3,
    stride: Whole = 1,
    pool: Count = 2,
    hidden: tuple[Whole, ...] = (1000,),
) -> Plan:
    """Square convolutions with padding kernel // 2, each with its activation, a 2 x 2 maximum after every ``pool`` of them, dense layers.

    Args:
        sample: (channels, height, width) of one picture.
        classes: output lines.
        activation: a key of ``ACTIVATIONS``.
        channels: output channels of each convolution.
        kernel: side of the kernels [pixels].
        stride: of every convolution [pixels].
        pool: convolutions between two poolings; 0 for none.
        hidden: units of each dense hidden layer.

    Raises:
        ValueError: the samples are no pictures, or a picture has shrunk to nothing.
    """
    if len(sample) != 3:
        raise ValueError(f"network.layers = 'convnet' needs pictures [channels, height, width], not samples of shape {tuple(sample)}")
    seen = Kernel(kernel, stride, kernel // 2)
    steps: list[Layer | Plain] = []
    depth, height, width = sample
    for number, outputs in enumerate(channels, start=1):
        height, width = (_patches(side, seen) for side in (height, width))
        steps.append(Layer(f"conv{number}", outputs, depth * kernel**2, height * width, seen))
        steps.append(Plain(f"activation_conv{number}", ACTIVATIONS[activation]))
        if pool and number % pool == 0:
            height, width = height // 2, width // 2
            steps.append(Plain(f"pool{number}", lambda: nn.MaxPool2d(2)))
        if not height * width:
            raise ValueError(f"network.channels = {list(channels)} is not accepted: after conv{number} nothing is left of {tuple(sample)}")
        depth = outputs
    names = [f"layer{number}" for number in range(1, len(hidden) + 2)]
    return (*steps, Plain("flat", nn.Flatten), *dense(names, (math.prod((depth, height, width)), *hidden, classes), activation))


def _patches(side: int, kernel: Kernel) -> int:
    return (side + 2 * kernel.padding - kernel.size) // kernel.stride + 1
