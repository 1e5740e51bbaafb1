"""The cells of one chip: their drawn parameters, their weights, and what pulses do to both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numba
import numpy as np
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels import device, streams, trains
from crossbar.kernels.laws import law_module, law_of
from crossbar.kernels.streams import Purpose
from crossbar.kernels.threads import blocks, together
from crossbar.kernels.update import kernels, write_noise

Floats = NDArray[np.float32]


@dataclass
class Cells:
    """One chip's cells. ``p_POI`` are its parameters (lower bound, upper bound, then the law's), ``g`` its law's constants.

    Attributes:
        response: the aihwkit device.
        seed: the chip's seed.
        w: the weights that pulses act on [O, I].
        apparent: the weights that are read [O, I]; the same memory as ``w`` unless the device has write noise.
        up: up pulses per cell [O, I].
        down: down pulses per cell [O, I].
    """

    response: Any
    law: str
    seed: int
    p_POI: Floats
    g: Floats
    rest_POI: Floats
    w: Floats
    apparent: Floats
    up: NDArray[np.uint32]
    down: NDArray[np.uint32]

    @staticmethod
    def made(response: Any, shape: tuple[int, int], seed: int) -> "Cells":
        """Draw the cells of one chip; their weights are 0, clipped to each cell's range.

        Raises:
            ValueError: no compiled law answers for the device, or it drifts.
        """
        law = law_of(response)
        if response.drift.nu != 0:
            raise ValueError(f"power-law drift (nu = {response.drift.nu}) is not modelled; use the host 'hosted'")
        p_POI, rest_POI = _drawn(response, law, device.Draws(seed, shape))
        w = np.clip(np.zeros(shape, dtype=np.float32), p_POI[0], p_POI[1])
        persistent = write_noise_std(response) > 0
        counts = np.zeros((2, *shape), dtype=np.uint32)
        g = np.array(law_module(law).constants(response), dtype=np.float32)
        return Cells(response, law, seed, p_POI, g, rest_POI, w, w.copy() if persistent else w, counts[0], counts[1])

    def update(self, x_BI: Floats, d_BO: Floats, lr: float, parameters: UpdateParameters, step: int, order: str, samples: int) -> None:
        """Pulse trains of a batch and what they do, in pieces of ``samples`` samples so that trains stay small."""
        if lr == 0 or len(x_BI) == 0:
            return
        before = self._touched()
        first_draw = first_slot = 0
        for b in range(0, len(x_BI), samples):
            x, d = x_BI[b : b + samples], d_BO[b : b + samples]
            plan = trains.plan(x, d, lr, law_module(self.law).granularity(self.response), parameters)
            if plan.length_B.any():
                self._coincide(self._lines(x, d, plan, parameters, step, first_draw), step, first_slot)
            first_draw += trains.draws(plan)
            first_slot += int(plan.length_B.sum())
        self._show(before, step)

    def _lines(self, x: Floats, d: Floats, plan: trains.Plan, parameters: UpdateParameters, step: int, first_draw: int) -> list[Any]:
        """The trains of all lines: pulses and signs of x, pulses and signs of d."""
        made: list[Any] = []
        tasks: list[Callable[[], None]] = []
        threads = numba.get_num_threads()
        for purpose, v_BN, gain_B in ((Purpose.X_TRAIN, x, plan.x_gain_B), (Purpose.D_TRAIN, d, plan.d_gain_B)):
            stream = streams.key(self.seed, purpose, step)
            out = [np.zeros((trains.words(plan), v_BN.shape[1]), dtype=np.uint64) for _ in range(2)]
            numbers = (gain_B, plan.length_B, float(parameters.res), bool(parameters.sto_round))
            tasks += [partial(trains.fill, stream, first_draw, v_BN, *numbers, b, e, *out) for b, e in blocks(v_BN.shape[1], threads, 8)]
            made += out
        together(tasks, 2.0 * float(plan.length_B.sum()) * (x.shape[1] + d.shape[1]))
        return made

    def _coincide(self, words: list[Any], step: int, first_slot: int) -> None:
        stream = streams.key(self.seed, Purpose.PULSE, step)
        walk = kernels(self.law).walk
        own = (self.w, self.p_POI, self.g, self.up, self.down)
        tasks = [partial(walk, stream, *words, first_slot, b, e, *own) for b, e in blocks(len(self.w), 4 * numba.get_num_threads())]
        together(tasks, 2.0 * words[0].shape[0] * self.w.size)

    def pulse(self, n_OI: NDArray[np.int64], step: int) -> None:
        """Exactly n pulses on every cell."""
        before = self._touched()
        stream = streams.key(self.seed, Purpose.ADDRESSED, step)
        own = (self.w, self.p_POI, self.g, self.up, self.down)
        tasks = [
            partial(kernels(self.law).addressed, stream, n_OI, b, e, *own) for b, e in blocks(len(self.w), 4 * numba.get_num_threads())
        ]
        together(tasks, 5.0 * float(np.abs(n_OI).sum()))
        self._show(before, step)

    def program(self, w_OI: Floats, step: int) -> None:
        """Write targets, clipped to each cell's range; with write noise on what is read, where the device says so."""
        np.copyto(self.w, np.clip(w_OI, self.p_POI[0], self.p_POI[1]))
        if self._persistent:
            np.copyto(self.apparent, self.w)
            if self.response.apply_write_noise_on_set:
                self._noise(np.ones(self.w.shape, dtype=np.bool_), Purpose.PROGRAM, step)

    def rest(self, step: int) -> None:
        """What happens to every cell once per batch, without pulses: decay towards its reset value, diffusion."""
        decays, diffuses = self.response.lifetime > 0, self.response.diffusion > 0
        if not (decays or diffuses):
            return
        decay, diffusion, reset = self.rest_POI
        low, high = self.p_POI[:2]
        if decays:
            np.copyto(self.w, np.clip((self.w - reset) * decay + reset, low, high))
        if diffuses:
            xi = streams.normals(streams.key(self.seed, Purpose.DIFFUSION, step), *self.w.shape)
            np.copyto(self.w, np.clip(self.w + diffusion * xi, low, high))
        if self._persistent:
            self._noise(np.ones(self.w.shape, dtype=np.bool_), Purpose.REST, step)

    def nominal(self) -> tuple[float, float]:
        """Steps up and down of the mean cell at weight 0, both positive."""
        module = law_module(self.law)
        p_POI, _ = _drawn(self.response, self.law, device.Draws(0, (1, 1), spread=False))
        zero = np.float32(0.0)
        up, down = (float(module.step(zero, is_down, zero, p_POI, 0, 0, self.g)) for is_down in (False, True))
        return up, -down

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of everything that makes these cells what they are."""
        arrays = {name: getattr(self, name) for name in ("p_POI", "g", "rest_POI", "w", "up", "down")}
        if self._persistent:
            arrays["apparent"] = self.apparent
        return {name: array.copy() for name, array in arrays.items()}

    def load_state(self, state: dict[str, NDArray[Any]]) -> None:
        """Restore what ``state`` returned."""
        for name, value in state.items():
            np.copyto(getattr(self, name), value)

    @property
    def _persistent(self) -> bool:
        return self.apparent is not self.w

    def _touched(self) -> Any:
        """The pulse counters before a write, which say afterwards whose write noise is new."""
        return (self.up.copy(), self.down.copy()) if self._persistent else None

    def _show(self, before: Any, step: int) -> None:
        if self._persistent:
            self._noise((self.up != before[0]) | (self.down != before[1]), Purpose.WRITE_NOISE, step)

    def _noise(self, touched_OI: NDArray[np.bool_], purpose: Purpose, step: int) -> None:
        std = write_noise_std(self.response) * self.response.dw_min
        write_noise(streams.key(self.seed, purpose, step), touched_OI, 0, len(self.w), std, self.w, self.apparent)


def write_noise_std(response: Any) -> float:
    """The device's write noise in units of dw_min; ConstantStep has none."""
    return float(getattr(response, "write_noise_std", 0.0))


def _drawn(response: Any, law: str, draws: device.Draws) -> tuple[Floats, Floats]:
    """Pulse parameters [P, O, I] and rest parameters [3, O, I] of one chip's cells."""
    cells = device.common(response, draws)
    own = law_module(law).draw(response, cells, draws)
    p_POI = np.stack([cells.low, cells.high, *own]).astype(np.float32)
    return p_POI, np.stack([cells.decay, cells.diffusion, cells.reset]).astype(np.float32)
