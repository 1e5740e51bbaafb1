"""A convolution whose kernels live on a crossbar array: patches are the inputs."""

import torch.nn.functional as F
from torch import Tensor, nn

from analogdecor.linear import CrossbarLinear


class CrossbarConv2d(nn.Module):
    """y[o, p] = sum_i W[o, i] x*[i, p] + b[o], x* the decorrelated patch at position p, of C k k values.

    A convolution is a linear layer on patches: spatial positions count as extra samples of the batch, and the decorrelator is C k k x C k k
    (Ahmad, arXiv 2407.10780). Patches are unrolled digitally, channel-major as in ``torch.nn.functional.unfold``.

    Input [K*B, C, H, W], output [K*B, O, H', W'] with H' = (H + 2 padding - kernel) / stride + 1.

    Args:
        linear: O x (C k k) crossbar layer.
        kernel: k, side of the square kernel [pixels].
        stride: step between patches [pixels].
        padding: zeros around the image [pixels].

    Raises:
        ValueError: the layer's input lines are no multiple of k k.
    """

    def __init__(self, linear: CrossbarLinear, *, kernel: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        inputs = linear.weight.shape[1]
        if inputs % kernel**2:
            raise ValueError(f"a layer with {inputs} input lines cannot see patches of {kernel} x {kernel} pixels")
        self.linear = linear
        self.kernel = kernel
        self.stride = stride
        self.padding = padding

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """[K*B, C, H, W] -> [K*B, O, H', W']."""
        patches_NIP = F.unfold(x_NCHW, self.kernel, padding=self.padding, stride=self.stride)
        y_NPO = self.linear(patches_NIP.mT)
        height = (x_NCHW.shape[2] + 2 * self.padding - self.kernel) // self.stride + 1
        return y_NPO.mT.reshape(y_NPO.shape[0], y_NPO.shape[2], height, -1)
