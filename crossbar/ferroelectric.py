"""Arrays of ferroelectric cells, domain by domain: history, granularity, ramps and half-select disturb, for K chips at once.

Shapes: K chips, B batch, I input lines, O output lines, D domains of one cell, N pulses of a train.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from aihwkit.simulator.parameters.io import IOParameters
from aihwkit.simulator.parameters.training import UpdateParameters
from torch import Tensor

from crossbar.array import Rate, State
from crossbar.kernels import domains, packing, streams, trains
from crossbar.kernels.streams import Purpose
from crossbar.kernels.threads import shared
from crossbar.ledger import Ledger, slots
from crossbar.pulsed import Pulsed
from crossbar.rates import rate_per_chip
from crossbar.seeds import generator
from device_models.cell import as_cell
from device_models.switching import draw_state
from device_models.switching.disturb import half_select
from device_models.switching.film import Film

_SAMPLES = 64  # samples whose coincidences are counted together
_DOMAIN = 8.0  # nanoseconds of a domain under one pulse


class Ferroelectric:
    """Cells of D domains that switch by chance and remember; reads are those of ``Pulsed`` on the weights that the domains make.

    Nothing is drawn but the domains' activation fields and whether they switch: spread from cell to cell, from cycle to cycle and the
    number of levels all follow from D. Random numbers are those of the chip's seed, as in ``Pulsed``.

    * ``pulse``: row by row. In a ramp a cell is read once before its write, without noise, and starts at the pulse that belongs to where
      it is on the mean way from saturation; such reads are verify reads.
    * ``update``: coincidences of stochastic trains, for identical pulses only. Those of 64 samples are counted and written up first and
      then down.
    * Half-select: cells on the row or a column of a written cell see the film's fraction of the field (its strongest pulse, in a ramp),
      all such pulses of one write as one longer pulse up and one down. A coincidence write disturbs with every pulse of a line that
      meets none, half of them up.
    * ``program`` sets the easiest domains up, to the nearest whole domain, without history.
    * ``elapse``: history fades, if the film's does; no domain switches.

    Args:
        shape: (O, I).
        film: the cell.
        seeds: K integers.
        forward_io: periphery of ``forward``.
        backward_io: periphery of ``backward``.
        update_parameters: pulse trains of ``update``; aihwkit's defaults where None.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        film: Film,
        *,
        seeds: Sequence[int],
        forward_io: IOParameters,
        backward_io: IOParameters,
        update_parameters: UpdateParameters | None = None,
    ) -> None:
        self._film, self._seeds = film, tuple(int(seed) for seed in seeds)
        self._trains = update_parameters or UpdateParameters()
        trains.check(self._trains)
        self._read = Pulsed(shape, as_cell("ideal"), seeds=seeds, forward_io=forward_io, backward_io=backward_io)
        drawn = [draw_state(film.model, shape, film.domains, generator(seed, "domains")).activation_XD for seed in self._seeds]
        self._activation = np.stack([activation.reshape(-1, film.domains).numpy() for activation in drawn])
        cells = self._activation.shape
        self._up, self._history = np.zeros(cells, dtype=np.bool_), np.zeros(cells, dtype=np.float32)
        self._count = np.zeros(cells[:2], dtype=np.int64)
        self._prepare()
        zeros = np.zeros((2, self.chips, *shape))
        self._counts = {"up": zeros[0].copy(), "down": zeros[1].copy()}
        self._spent = {name: torch.zeros(self.chips, dtype=torch.float64) for name in ("write_slots_K", "verify_reads_K")}
        self._writes = torch.zeros((), dtype=torch.int64)
        self.program(torch.zeros(self.chips, *shape))

    def _prepare(self) -> None:
        """What follows from the film: trains, where ramps stand, the weight of every number of domains, exposures of half a field."""
        film, scheme = self._film, self._film.scheme
        ways = (scheme.up, scheme.down)
        longest = max(way.count for way in ways)
        self._field = np.stack([_extended(way.fields(), longest) for way in ways]).astype(np.float32)
        self._exposure = np.stack([_extended(way.widths() / film.model.tau0, longest) for way in ways]).astype(np.float32)
        self._last = np.array([way.count - 1 for way in ways], dtype=np.int64)
        self._ramps = scheme.requires_read_before_write
        self._nearest = [_nearest(switched, film.domains) for switched in film.positions()]
        self._weight = film.weight(np.arange(film.domains + 1) / film.domains).astype(np.float32)
        self._rank = np.argsort(np.argsort(self._activation, axis=2), axis=2).astype(np.int16)  # how easy a domain is in its cell
        self._half = self._half_exposures() if film.selection != "none" else None

    def _half_exposures(self) -> Any:
        """Exposure of every domain to one half-selected pulse of either direction [2, K, C, D]."""
        fraction = half_select(self._film.selection).line
        made = []
        for way in (self._film.scheme.up, self._film.scheme.down):
            strongest = int(np.argmax(way.fields()))
            field, width = fraction * way.fields()[strongest], way.widths()[strongest]
            made.append(width / self._film.model.tau0 * np.exp(-((self._activation / field) ** self._film.model.alpha)))
        return np.stack(made).astype(np.float32)

    @property
    def chips(self) -> int:
        return len(self._seeds)

    @property
    def shape(self) -> tuple[int, int]:
        return self._read.shape

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def forward(self, x_KBI: Tensor) -> Tensor:
        return self._read.forward(x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        return self._read.backward(d_KBO)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        if self._ramps:
            raise ValueError("coincidence pulses are identical, and this cell is written by a ramp; use the write scheme 'accumulate'")
        x, d = x_KBI.detach().float().contiguous().numpy(), d_KBO.detach().float().contiguous().numpy()
        if x.shape[:2] != d.shape[:2]:
            raise ValueError(f"x and d must have the same number of samples, not {x.shape[1]} and {d.shape[1]}")
        lr_K = rate_per_chip(lr, self.chips, torch.float64, self.device)
        if not bool((lr_K >= 0).all()):
            raise ValueError(f"lr must not be negative, not {lr}")
        self._spent["write_slots_K"] += float(x.shape[1] * self._trains.desired_bl) * (lr_K > 0)
        step = self._next()
        granularity = float(np.mean(self._film.steps()))
        for k, rate in enumerate(lr_K.tolist()):
            first = 0
            for block, b in enumerate(range(0, x.shape[1] if rate > 0 else 0, _SAMPLES)):
                samples = slice(b, b + _SAMPLES)
                up, down, half, first = self._coincidences(k, x[k, samples], d[k, samples], rate, granularity, step, first)
                self._write(k, up, down, (half, half), step, block)
        self._show()

    def _coincidences(
        self, k: int, x_BI: Any, d_BO: Any, lr: float, granularity: float, step: int, first: int
    ) -> tuple[Any, Any, Any, int]:
        """Pulses up and down [O, I] of one block of samples, half-selected pulses either way [O, I], and random numbers used so far."""
        plan = trains.plan(x_BI, d_BO, lr, granularity, self._trains)
        layout = packing.packed(plan)
        lines = []
        for purpose, v, gain_B in ((Purpose.X_TRAIN, x_BI, plan.x_gain_B), (Purpose.D_TRAIN, d_BO, plan.d_gain_B)):
            out = [np.zeros((layout.words, v.shape[1]), dtype=layout.dtype) for _ in range(2)]
            stream = streams.key(self._seeds[k], purpose, step)
            numbers = (gain_B, plan.length_B, layout.start_B, layout.width, float(self._trains.res), bool(self._trains.sto_round))
            trains.fill(stream, first, v, *numbers, 0, v.shape[1], *out)
            lines.append(_signed(*out))
        x_SI, d_SO = lines
        together_OI, signed_OI = np.abs(d_SO).T @ np.abs(x_SI), d_SO.T @ x_SI
        alone_OI = np.abs(x_SI).sum(0)[None, :] + np.abs(d_SO).sum(0)[:, None] - 2 * together_OI
        up, down = (together_OI - signed_OI) / 2, (together_OI + signed_OI) / 2
        return np.rint(up).astype(np.int64), np.rint(down).astype(np.int64), alone_OI / 2, first + int(trains.draws(plan))

    def pulse(self, n_KOI: Tensor) -> None:
        n = n_KOI.detach().cpu().double().numpy()
        if n.shape != (self.chips, *self.shape) or not np.array_equal(np.rint(n), n):
            found = f"{tuple(n_KOI.shape)} of {n_KOI.dtype}"
            raise ValueError(f"pulses must be whole numbers of shape {(self.chips, *self.shape)}, not {found}")
        self._spent["write_slots_K"] += slots(torch.from_numpy(n))
        if self._ramps:
            self._spent["verify_reads_K"] += torch.from_numpy((n != 0).sum((1, 2)).astype(np.float64))
        step = self._next()
        for k, n_OI in enumerate(n.astype(np.int64)):
            up, down = n_OI.clip(min=0), (-n_OI).clip(min=0)
            half = (0.0, 0.0) if self._half is None else self._half_selected(up, down)
            self._write(k, up, down, half, step, 0)
        self._show()

    def _half_selected(self, up_OI: Any, down_OI: Any) -> tuple[Any, Any]:
        """Half-selected pulses towards up and towards down of an addressed write [O, I]."""
        fractions = half_select(self._film.selection)
        line = [n.max(1, keepdims=True) - n + n.sum(0, keepdims=True) - n for n in (up_OI, down_OI)]
        if fractions.rest == 0:
            return line[0], line[1]
        rest = [n.max(1).sum() - n.max(1, keepdims=True) - n.sum(0, keepdims=True) + n for n in (up_OI, down_OI)]
        return line[0] + rest[1].clip(min=0), line[1] + rest[0].clip(min=0)  # the other cells are biased the other way

    def _write(self, k: int, up_OI: Any, down_OI: Any, halves: tuple[Any, Any], step: int, block: int) -> None:
        """Pulses up and then down on one chip, and what they do to the cells that they do not address."""
        self._counts["up"][k] += up_OI
        self._counts["down"][k] += down_OI
        cells = (self._activation[k], self._up[k], self._history[k], self._count[k])
        law = (np.float32(self._film.model.alpha), np.float32(self._film.model.beta))
        for way, n_OI in enumerate((up_OI, down_OI)):
            n_C = n_OI.reshape(-1)
            if n_C.any():
                start_C = self._start(self._count[k], way) if self._ramps else np.zeros_like(n_C)
                stream = streams.key(self._seeds[k], Purpose.ADDRESSED, step, block, way)
                signed_C = -n_C if way else n_C
                kernel = partial(domains.pulse, stream, signed_C, start_C, self._field, self._exposure, self._last, *law, *cells)
                shared(kernel, len(n_C), _DOMAIN * float(n_C.sum()) * self._film.domains)
        if self._half is not None:
            times = np.stack([np.broadcast_to(half, self.shape).reshape(-1) for half in halves]).astype(np.float32)
            stream = streams.key(self._seeds[k], Purpose.REST, step, block)
            kernel = partial(domains.disturb, stream, times, self._half[:, k], law[1], *cells[1:])
            shared(kernel, times.shape[1], _DOMAIN * times.shape[1] * self._film.domains)

    def _start(self, count_C: Any, way: int) -> Any:
        """Number of the pulse in the ramp that belongs to where a cell is."""
        return self._nearest[way][count_C if way == 0 else self._film.domains - count_C]

    def program(self, w_KOI: Tensor) -> None:
        w = w_KOI.detach().cpu().double().numpy().clip(-1, 1).reshape(self.chips, -1)
        wanted = np.rint(self._film.fraction(w) * self._film.domains).astype(np.int64)
        self._up[...] = self._rank < wanted[:, :, None]
        self._history[...] = 0
        self._count[...] = wanted
        self._show()

    def _show(self) -> None:
        """Let the reads see what the domains are."""
        self._read.program(torch.from_numpy(self._weight[self._count].reshape(self.chips, *self.shape)))

    def weights(self) -> Tensor:
        return self._read.weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        """Along the settled ways of the film, of infinitely many domains."""
        up, down = self._film.steps()
        return torch.full((self.chips,), up), torch.full((self.chips,), down)

    def elapse(self, seconds: float) -> None:
        if not seconds >= 0:
            raise ValueError(f"time does not run backwards: {seconds} s")
        self._history *= np.float32(np.exp(-seconds / self._film.model.relaxation))

    def polarisation(self) -> Tensor:
        """Relative polarisation of every cell, -1 to +1 [K, O, I]."""
        return torch.from_numpy(2 * self._count / self._film.domains - 1).reshape(self.chips, *self.shape)

    def state(self) -> State:
        own = {"activation": self._activation, "up": self._up, "history": self._history, "count": self._count, **self._numbers()}
        tensors = {name: torch.from_numpy(array.copy()) for name, array in own.items()}
        spent = {name: count.clone() for name, count in self._spent.items()}
        return {**self._read.state(), **{f"domains.{name}": value for name, value in {**tensors, **spent, "writes": self._writes}.items()}}

    def _numbers(self) -> dict[str, Any]:
        return {f"pulses_{name}": count for name, count in self._counts.items()}

    def load_state(self, state: State) -> None:
        self._read.load_state({name: value for name, value in state.items() if not name.startswith("domains.")})
        own = {name.removeprefix("domains."): value for name, value in state.items() if name.startswith("domains.")}
        self._activation, self._up = own["activation"].numpy().copy(), own["up"].numpy().copy()
        self._history, self._count = own["history"].numpy().copy(), own["count"].numpy().copy()
        self._counts = {name: own[f"pulses_{name}"].numpy().copy() for name in self._counts}
        self._spent = {name: own[name].clone() for name in self._spent}
        self._writes = own["writes"].clone()
        self._prepare()

    def ledger(self) -> Ledger:
        read = self._read.ledger()
        verify_K = self._spent["verify_reads_K"].clone()
        own = Ledger.of_cells(
            pulses_up_KOI=torch.from_numpy(self._counts["up"].copy()),
            pulses_down_KOI=torch.from_numpy(self._counts["down"].copy()),
            forward_reads_K=read.forward_reads_K,
            backward_reads_K=read.backward_reads_K,
            write_slots_K=self._spent["write_slots_K"].clone(),
            counting="counted",
        )
        return own.plus(verify_reads_K=verify_K, adc_conversions_K=verify_K)

    def _next(self) -> int:
        self._writes = self._writes + 1
        return int(self._writes)


def _nearest(switched_N: Any, domains: int) -> Any:
    """Number of the pulse before which the mean cell has as many switched domains, for 0 to D of them [D + 1]."""
    at = np.arange(domains + 1) / domains
    return np.abs(at[:, None] - switched_N[None, :]).argmin(axis=1)


def _extended(values: Any, count: int) -> Any:
    return np.pad(values, (0, count - len(values)), mode="edge")


def _signed(pulses: Any, negative: Any) -> Any:
    """Trains of lines as 0, +1 and -1 per slot [slots, lines], float32."""
    bits, signs = (np.unpackbits(words.view(np.uint8).reshape(*words.shape, -1), axis=2) for words in (pulses, negative))
    return (bits * (1.0 - 2.0 * signs)).transpose(0, 2, 1).reshape(-1, pulses.shape[1]).astype(np.float32)
