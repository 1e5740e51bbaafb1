"""Random numbers for K chips, each from its own streams: a chip's draws do not depend on which chips share its fleet."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from crossbar.gpu.streams import Stream
from crossbar.kernels import pairs
from crossbar.kernels.streams import Purpose
from crossbar.seeds import derive


class Draws:
    """K independent streams for one purpose.

    Normal numbers are a function of the chip's seed, the purpose and how many tensors of them came before; the others come one after the
    other from a torch generator of each chip.

    Args:
        seeds: one seed per chip.
        purpose: what the numbers are for; another purpose gives independent numbers from the same seed.
    """

    def __init__(self, seeds: Sequence[int], *purpose: str | int) -> None:
        self._seed_K = np.array([derive(seed, *purpose) for seed in seeds], dtype=np.uint64)
        self._drawn = 0  # tensors of normal numbers
        self._generators = tuple(torch.Generator().manual_seed(int(seed)) for seed in self._seed_K)

    @property
    def chips(self) -> int:
        """K, the number of chips."""
        return len(self._generators)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32, device: torch.device | None = None) -> Tensor:
        """Standard normal numbers of float32's resolution [K, *shape], on the CPU if no device is given; a GPU draws others of its own."""
        self._drawn += 1
        if device is not None and device.type == "cuda":
            return self._elsewhere(shape, device).to(dtype)
        return torch.from_numpy(pairs.normals(self._seed_K, Purpose.PERTURBATION, self._drawn, shape)).to(device, dtype)

    def _elsewhere(self, shape: Sequence[int], device: torch.device) -> Tensor:
        """The numbers as a GPU draws them, float32."""
        from crossbar.gpu.functions import functions  # brings the device simulator; only a GPU needs it

        seed_K = torch.from_numpy(self._seed_K.view(np.int64)).to(device)
        return functions(device).normals(Stream(seed_K, (int(Purpose.PERTURBATION), self._drawn)), shape)

    def uniform(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Numbers from U[0, 1) [K, *shape]."""
        return torch.stack([torch.rand(shape, generator=g, dtype=dtype) for g in self._generators])

    def state(self) -> Tensor:
        """Where the streams are, as bytes [K, S]."""
        own_K2 = np.stack([self._seed_K, np.full_like(self._seed_K, self._drawn)], 1)
        return torch.cat([torch.from_numpy(own_K2.view(np.uint8)), torch.stack([g.get_state() for g in self._generators])], 1)

    def load_state(self, state_KS: Tensor) -> None:
        """Continue from where ``state`` was taken.

        Raises:
            ValueError: the state is of another number of chips, or of another kind of streams.
        """
        if len(state_KS) != self.chips:
            raise ValueError(f"the state of {len(state_KS)} streams does not fit {self.chips} chips")
        size = self.state().shape[1]
        if state_KS.shape[1] != size:
            raise ValueError(f"the state of a stream is of {size} bytes, not {state_KS.shape[1]}: it was written by another version")
        own_K2 = state_KS[:, :16].contiguous().numpy().view(np.uint64)
        self._seed_K, self._drawn = own_K2[:, 0].copy(), int(own_K2[0, 1])
        for g, state_S in zip(self._generators, state_KS[:, 16:], strict=True):
            g.set_state(state_S.clone())  # torch reads from the start of the storage, not of the view

    def permutation(self, n: int) -> Tensor:
        """A random order of n things for each chip [K, n]."""
        return torch.stack([torch.randperm(n, generator=g) for g in self._generators])
