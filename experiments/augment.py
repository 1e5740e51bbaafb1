"""Random windows and mirror images of training pictures, and the middle window that pictures are judged on.

Shapes: K chips, N = K B pictures chip by chip, C channels, H and W the sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from analogdecor.draws import Draws


@dataclass(frozen=True)
class Window:
    """What a network sees of a picture.

    Attributes:
        pad: black pixels put around training pictures.
        crop: side of the square window; 0 takes the picture's own sides.
        flip: mirror half of the training pictures.
        black_C: what a black pixel has become by centring and scaling.
    """

    pad: int
    crop: int
    flip: bool
    black_C: Tensor

    @property
    def moves(self) -> bool:
        """Whether training pictures change at all."""
        return bool(self.pad or self.crop or self.flip)

    def shape(self, sample: Sequence[int]) -> tuple[int, ...]:
        """Of what a network sees, from the shape of one sample.

        Raises:
            ValueError: the samples are no pictures, or smaller than the window.
        """
        if not self.moves:
            return tuple(sample)
        if len(sample) != 3:
            raise ValueError(f"data.pad, data.crop and data.flip need pictures [channels, height, width], not samples {tuple(sample)}")
        if self.crop > min(sample[1:]):
            raise ValueError(f"data.crop = {self.crop} is not accepted: the pictures are {sample[1]} x {sample[2]} pixels")
        return (sample[0], self.crop or sample[1], self.crop or sample[2])

    def middle(self, x_NCHW: Tensor) -> Tensor:
        """The middle window, for evaluation."""
        if not self.crop:
            return x_NCHW
        top, left = ((side - self.crop) // 2 for side in x_NCHW.shape[2:])
        return x_NCHW[:, :, top : top + self.crop, left : left + self.crop].contiguous()

    def random(self, x_NCHW: Tensor, draws: Draws) -> Tensor:
        """A random window of every padded picture, mirrored with probability 1/2 where ``flip``; every chip draws from its own stream."""
        samples, channels = x_NCHW.shape[0] // draws.chips, x_NCHW.shape[1]
        _, height, width = self.shape(x_NCHW.shape[1:])
        u_N3 = draws.uniform(samples, 3).flatten(0, 1).to(x_NCHW.device)
        black_C11 = self.black_C.to(x_NCHW).expand(channels)[:, None, None]
        padded = F.pad(x_NCHW - black_C11, (self.pad,) * 4) + black_C11
        spare = [whole + 1 - seen for whole, seen in zip(padded.shape[2:], (height, width), strict=True)]
        row_N, column_N = ((u_N3[:, axis] * places).long() for axis, places in enumerate(spare))
        rows_NH = row_N[:, None] + torch.arange(height, device=x_NCHW.device)
        along_W = torch.arange(width, device=x_NCHW.device)
        mirrored_N1 = (u_N3[:, 2:] < 0.5) & self.flip
        columns_NW = column_N[:, None] + torch.where(mirrored_N1, along_W.flip(0), along_W)
        picture_N = torch.arange(len(x_NCHW), device=x_NCHW.device)
        return padded[picture_N[:, None, None], :, rows_NH[:, :, None], columns_NW[:, None, :]].movedim(3, 1).contiguous()
