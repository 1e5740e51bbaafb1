"""Batch normalisation for fleets: every chip has its own statistics."""

from torch import Tensor, nn


class ChipBatchNorm(nn.Module):
    """y = (x - mean) / sqrt(var + 1e-5) of every channel, over the samples and positions of one chip; no learned scale or shift.

    The batch's statistics in training, running ones (momentum 0.1) in evaluation. What a learned scale and shift would do is left to
    the next layer. A digital operation between arrays. Training couples the samples of a batch, see ``Decorrelator``.
    Source: Ioffe, Szegedy, ICML 2015, arXiv 1502.03167.

    Input and output [K*B, C, ...], chip by chip.

    Args:
        chips: K.
        channels: C.
    """

    def __init__(self, chips: int, channels: int) -> None:
        super().__init__()
        self.chips = chips
        self.statistics = nn.BatchNorm1d(chips * channels, affine=False)

    def forward(self, x_NC: Tensor) -> Tensor:
        """Normalise [K*B, C, ...]."""
        x_KBCP = x_NC.reshape(self.chips, -1, x_NC.shape[1], x_NC[0, 0].numel())
        y_BCP = self.statistics(x_KBCP.transpose(0, 1).flatten(1, 2))
        return y_BCP.unflatten(1, (self.chips, -1)).transpose(0, 1).reshape(x_NC.shape)
