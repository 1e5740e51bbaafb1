"""The cells of one chip: their drawn parameters, their weights, and what pulses do to both."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from aihwkit.simulator.parameters.training import UpdateParameters
from numpy.typing import NDArray

from crossbar.kernels import coincident, device, packing, streams, trains
from crossbar.kernels.laws import law_module, law_of
from crossbar.kernels.own import Own
from crossbar.kernels.streams import Purpose
from crossbar.kernels.write_noise import write_noise

Floats = NDArray[np.float32]


@dataclass
class Cells:
    """One chip's cells.

    Attributes:
        response: the aihwkit device.
        law: the name of its law.
        seed: the chip's seed.
        p_POI: the law's parameters per cell [P, O, I]; the first two are the bounds under pulses.
        g: the law's constants.
        bounds_2OI: lower and upper bound of what can be written; the bounds under pulses, unless a reference shifts those.
        rest_3OI: decay factor, diffusion and reset value per cell [3, O, I]; [0, O, I] where the device has neither decay nor diffusion.
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
    bounds_2OI: Floats
    rest_3OI: Floats
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
        p_POI, bounds_2OI, rest_3OI = _drawn(response, law, device.Draws(seed, shape))
        w = np.clip(np.zeros(shape, dtype=np.float32), *bounds_2OI)
        persistent = write_noise_std(response) > 0
        counts = np.zeros((2, *shape), dtype=np.uint32)
        g = np.array(law_module(law).constants(response), dtype=np.float32)
        return Cells(response, law, seed, p_POI, g, bounds_2OI, rest_3OI, w, w.copy() if persistent else w, counts[0], counts[1])

    def live_in(self, own: dict[str, NDArray[Any]], apparent_OI: Floats | None) -> None:
        """Keep the named arrays in this memory, which already holds them; read from ``apparent_OI``, or what is held where None."""
        if np.shares_memory(self.bounds_2OI, self.p_POI):
            self.bounds_2OI = own["p_POI"][:2]
        for name, array in own.items():
            setattr(self, name, array)
        self.apparent = self.w if apparent_OI is None else apparent_OI

    def update(self, x_BI: Floats, d_BO: Floats, lr: float, parameters: UpdateParameters, step: int, order: str, samples: int) -> None:
        """Pulse trains of a batch and what they do, in pieces of ``samples`` samples so that trains stay small."""
        before = self.touched()
        rate, granularity = np.array([float(lr)]), np.array([self.granularity])
        coincident.update(self.step, order, self._own, x_BI[None], d_BO[None], rate, granularity, parameters, step, samples)
        self.show(before, step)

    def _lines(self, x: Floats, d: Floats, plan: trains.Plan, parameters: UpdateParameters, step: int, first_draw: int) -> list[Any]:
        """The trains of all lines: pulses and signs of x, pulses and signs of d."""
        each = trains.Plan(plan.length_B[None], plan.x_gain_B[None], plan.d_gain_B[None])
        places = packing.placed(each.length_B, np.zeros(1, dtype=np.int64), apart=True)
        made = coincident.lines(self._own.seeds_K, x[None], d[None], each, places, parameters, step, np.array([first_draw]))
        return [words_KWN[0] for words_KWN in made]

    @property
    def step(self) -> Any:
        """The law's compiled step."""
        return law_module(self.law).step

    @property
    def granularity(self) -> float:
        """The step that pulse trains count with."""
        return float(law_module(self.law).granularity(self.response))

    @property
    def _own(self) -> Own:
        seeds_K = np.array([self.seed & 2**64 - 1], dtype=np.uint64)
        return Own(seeds_K, self.w[None], self.p_POI[None], self.g[None], self.up[None], self.down[None])

    def program(self, w_OI: Floats, step: int) -> None:
        """Write targets, clipped to each cell's range; with write noise on what is read, where the device says so."""
        np.copyto(self.w, np.clip(w_OI, *self.bounds_2OI))
        if self._persistent:
            np.copyto(self.apparent, self.w)
            if self.response.apply_write_noise_on_set:
                self._noise(np.ones(self.w.shape, dtype=np.bool_), Purpose.PROGRAM, step)

    def rest(self, step: int) -> None:
        """What happens to every cell once per batch, without pulses: decay towards its reset value, diffusion."""
        decays, diffuses = self.response.lifetime > 0, self.response.diffusion > 0
        if not (decays or diffuses):
            return
        low, high = self.bounds_2OI
        decay, diffusion, reset = self.rest_3OI
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
        p_POI = _drawn(self.response, self.law, device.Draws(0, (1, 1), spread=False))[0]
        zero = np.float32(0.0)
        up, down = (float(module.step(zero, is_down, zero, p_POI, 0, 0, self.g)) for is_down in (False, True))
        return up, -down

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of everything that makes these cells what they are."""
        arrays = {name: getattr(self, name) for name in ("p_POI", "g", "bounds_2OI", "rest_3OI", "w", "up", "down")}
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

    def touched(self) -> Any:
        """The pulse counters before a write, which say afterwards whose write noise is new."""
        return (self.up.copy(), self.down.copy()) if self._persistent else None

    def show(self, before: Any, step: int) -> None:
        if self._persistent:
            self._noise((self.up != before[0]) | (self.down != before[1]), Purpose.WRITE_NOISE, step)

    def _noise(self, touched_OI: NDArray[np.bool_], purpose: Purpose, step: int) -> None:
        std = write_noise_std(self.response) * self.response.dw_min
        write_noise(streams.key(self.seed, purpose, step), touched_OI, 0, len(self.w), std, self.w, self.apparent)


def write_noise_std(response: Any) -> float:
    """The device's write noise in units of dw_min; ConstantStep has none."""
    return float(getattr(response, "write_noise_std", 0.0))


def _drawn(response: Any, law: str, draws: device.Draws) -> tuple[Floats, Floats, Floats]:
    """Pulse parameters [P, O, I], bounds [2, O, I] and rest parameters [3, O, I] of one chip's cells."""
    cells = device.common(response, draws)
    p_POI = np.stack(law_module(law).draw(response, cells, draws)).astype(np.float32)
    bounds_2OI = np.stack([cells.low, cells.high]).astype(np.float32)
    if np.array_equal(bounds_2OI, p_POI[:2]):
        bounds_2OI = p_POI[:2]
    rests = response.lifetime > 0 or response.diffusion > 0
    rest_3OI = np.stack([cells.decay, cells.diffusion, cells.reset]) if rests else np.empty((0, *draws.shape))
    return p_POI, bounds_2OI, rest_3OI.astype(np.float32)
