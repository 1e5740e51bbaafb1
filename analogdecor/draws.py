"""Random numbers for K chips, each from its own stream: a chip's draws do not depend on which chips share its fleet."""

from collections.abc import Sequence

import torch
from torch import Tensor

from crossbar.gpu.streams import Stream
from crossbar.kernels.streams import Purpose
from crossbar.seeds import generator


class Draws:
    """K independent streams for one purpose.

    Args:
        seeds: one seed per chip.
        purpose: what the numbers are for; another purpose gives independent numbers from the same seed.
    """

    def __init__(self, seeds: Sequence[int], *purpose: str | int) -> None:
        self._generators = tuple(generator(seed, *purpose) for seed in seeds)

    @property
    def chips(self) -> int:
        """K, the number of streams."""
        return len(self._generators)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32, device: torch.device | None = None) -> Tensor:
        """Standard normal numbers [K, *shape], on the CPU if no device is given.

        On a GPU the numbers are others than on the CPU: every chip's stream gives a key, and the GPU draws what it stands for, in float32.
        """
        if device is not None and device.type == "cuda":
            return self._keyed(shape, device).to(dtype)
        drawn = torch.empty(self.chips, *shape, dtype=dtype)
        for chip, g in zip(drawn, self._generators, strict=True):
            chip.normal_(generator=g)
        return drawn if device is None else drawn.to(device)

    def _keyed(self, shape: Sequence[int], device: torch.device) -> Tensor:
        """Standard normal numbers of counter-based streams that begin with one draw of each chip's own [K, *shape], float32."""
        from crossbar.gpu.functions import functions  # brings the device simulator; only a GPU needs it

        keys_K = torch.stack([torch.randint(-(2**63), 2**63 - 1, (), generator=g) for g in self._generators]).to(device)
        return functions(device).normals(Stream(keys_K, (int(Purpose.PERTURBATION), 0)), shape)

    def uniform(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Numbers from U[0, 1) [K, *shape]."""
        return torch.stack([torch.rand(shape, generator=g, dtype=dtype) for g in self._generators])

    def state(self) -> Tensor:
        """Where the streams are, as bytes [K, S]."""
        return torch.stack([g.get_state() for g in self._generators])

    def load_state(self, state_KS: Tensor) -> None:
        """Continue from where ``state`` was taken.

        Raises:
            ValueError: the state is of another number of chips.
        """
        if len(state_KS) != self.chips:
            raise ValueError(f"the state of {len(state_KS)} streams does not fit {self.chips} chips")
        for g, state_S in zip(self._generators, state_KS, strict=True):
            g.set_state(state_S.clone())  # torch reads from the start of the storage, not of the view

    def permutation(self, n: int) -> Tensor:
        """A random order of n things for each chip [K, n]."""
        return torch.stack([torch.randperm(n, generator=g) for g in self._generators])
