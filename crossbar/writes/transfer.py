"""transfer: gradients go to a fast array by coincidence pulses, and from there, column by column, to the slow array of the weights."""

from typing import Annotated, Literal, get_args

import torch
from pydantic import Field
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.cell_reads import read_cells, read_columns, to_symmetric_point
from crossbar.rates import rate_per_chip
from crossbar.several import Several
from crossbar.surroundings import Surroundings

Algorithm = Literal["ttv2", "chopped", "agad"]
"""Tiki-Taka version 2; the same with choppers; and with a reference that follows the fast array (AGAD)."""

NonNegative = Annotated[float, Field(ge=0)]
Whole = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]

_LONGEST_TRAIN = 31
_AUTO_MOMENTUM = 0.99


class Transfer(Several):
    """Every sample: A <- A - fast rate c d x^T (coincidence pulses);  every ``every`` samples, for the next ``columns`` input lines i:

        H_i <- H_i + scale c_i (A_i - reference_i);   n_i = whole steps in H_i, at most ``pulses``;   pulse n_i on column i of W.

    c_i is +1 or -1, the chopper of line i, which changes sign after every 1 / ``chop`` reads of the line (at random with that probability
    where ``chop_random``). The reference is

    * ttv2: 0, or what ``calibrate`` found; no chopping. Source: Gokmen, Front. Artif. Intell. 4 (2021), doi 10.3389/frai.2021.699148.
    * chopped: the same, with choppers, so that an offset of A averages out. Source: Rasch, Carta, Fagbohungbe, Gokmen,
      Nat. Commun. 15, 7133 (2024), arXiv 2303.04721.
    * agad: a running mean of the reads of the chopper's previous period, so that no symmetric point needs to be known. Same source.

    Reads and transposed reads are those of W; A is never seen by the network. Near a symmetric point that is not 0 A settles at an offset,
    which ttv2 would transfer for ever; ``calibrate`` pairs of pulses drive A to its symmetric points first, and what is read there
    is the reference.

    Rates. ``fast_lr`` is A's own rate [cell weights]; with ``auto_scale`` it is how many times the longest train (31 pulses) the largest
    product of the recent past becomes. scale = transfer_lr lr / (threshold step); with ``correct`` also divided by A's rate, so that
    what A has accumulated counts as the change that was wanted. After a write H keeps ``momentum`` of itself where ``forget``, else H
    loses 1 - ``momentum`` times what was written.

    Digital memory: one number per cell (H), agad three, calibration one more; a sign per line. Extra reads: ``columns`` one-hot vectors
    of A per transfer, counted among the forward reads; calibration reads every line once. The ledger's pulses are those of both arrays.

    Args:
        slow: the array that holds W.
        around: makes the fast array.
        algorithm: see above.
        every: samples from one transfer to the next.
        columns: input lines read per transfer.
        fast_lr: see above.
        auto_scale: see above.
        transfer_lr: see above [1].
        correct: see above.
        threshold: steps that H must reach before a write [steps].
        pulses: most pulses per cell and transfer.
        momentum: see above [1].
        forget: see above.
        chop: how often a chopper changes sign, per read of its line.
        chop_random: at random, or regularly.
        tail: weight of the last reads of a chopper's period in agad's running mean [1].
        calibrate: pairs of pulses that drive A to its symmetric points at the start; 0: A = 0 is taken for it.

    Raises:
        ValueError: the cell has no smallest step, or an option is not accepted.
    """

    def __init__(
        self,
        slow: Array,
        around: Surroundings,
        *,
        algorithm: Algorithm = "agad",
        every: int = 64,
        columns: int = 64,
        fast_lr: float = 0.1,
        auto_scale: bool = True,
        transfer_lr: float = 1.0,
        correct: bool = True,
        threshold: float = 1.0,
        pulses: int = 1,
        momentum: float = 0.0,
        forget: bool = True,
        chop: float = 0.1,
        chop_random: bool = False,
        tail: float = 5.0,
        calibrate: int = 0,
    ) -> None:
        super().__init__({"slow": slow, "fast": around.another("fast", slow.shape)})
        up_K, down_K = slow.steps()
        if not bool((up_K > 0).all() and (down_K > 0).all()):
            raise ValueError("transfer writes whole steps, and this cell has none; use the write scheme 'direct'")
        if algorithm not in get_args(Algorithm):
            raise ValueError(f"algorithm must be one of {', '.join(get_args(Algorithm))}, not {algorithm!r}")
        for name, value in (("every", every), ("columns", columns), ("pulses", pulses)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        for name, number in (("fast_lr", fast_lr), ("threshold", threshold), ("tail", tail)):
            if not number > 0:
                raise ValueError(f"{name} must be positive, not {number}")
        if not (0 <= chop <= 1 and 0 <= momentum <= 1 and transfer_lr >= 0 and calibrate >= 0):
            raise ValueError(
                f"chop and momentum must be in [0, 1] and transfer_lr and calibrate not negative: "
                f"not {chop}, {momentum}, {transfer_lr}, {calibrate}"
            )
        self._around, self._algorithm = around, algorithm
        self._every, self._columns = every, min(columns, slow.shape[1])
        self._fast_lr, self._auto_scale, self._transfer_lr, self._correct = fast_lr, auto_scale, transfer_lr, correct
        self._pulses, self._momentum, self._forget = pulses, momentum, forget
        self._chop = chop if algorithm != "ttv2" else 0.0
        self._period = max(2, round(1 / chop)) if chop > 0 else 0
        self._chop_random, self._tail = chop_random, tail
        self._step_K11 = torch.maximum(up_K, down_K)[:, None, None]
        self._threshold = threshold
        self._own = self._started()
        if calibrate:
            to_symmetric_point(self.arrays["fast"], calibrate)
            self._own["reference_KOI"] = read_cells(self.arrays["fast"])

    def _started(self) -> State:
        chips, (outputs, inputs), dtype, device = self.chips, self.shape, self.dtype, self.device
        zeros = torch.zeros(chips, outputs, inputs, dtype=dtype, device=device)
        own = {
            "buffer_KOI": zeros,
            "reference_KOI": zeros.clone(),
            "chopper_KI": torch.ones(chips, inputs, dtype=dtype, device=device),
            "largest_K2": torch.zeros(chips, 2, dtype=dtype, device=device),
            "counters_3": torch.zeros(3, dtype=torch.int64),  # samples, next column, sweeps over all columns
        }
        if self._algorithm == "agad":
            own |= {"running_KOI": zeros.clone(), "switched_KI": torch.zeros(chips, inputs, dtype=dtype, device=device)}
        return own

    def forward(self, x_KBI: Tensor) -> Tensor:
        return self.arrays["slow"].forward(x_KBI)

    def backward(self, d_KBO: Tensor) -> Tensor:
        return self.arrays["slow"].backward(d_KBO)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        lr_K = rate_per_chip(lr, self.chips, torch.float64, self.device)
        start, samples = 0, x_KBI.shape[1]
        while start < samples:
            until = min(samples, start + self._every - int(self._own["counters_3"][0]) % self._every)
            self._learn(x_KBI[:, start:until], d_KBO[:, start:until], lr_K)
            start = until

    def _learn(self, x_KBI: Tensor, d_KBO: Tensor, lr_K: Tensor) -> None:
        """Samples up to the next transfer, and the transfer where it is due."""
        rate_K = self._rate(x_KBI, d_KBO)
        chopped_KBI = x_KBI.to(self.dtype) * self._own["chopper_KI"][:, None, :]
        self.arrays["fast"].update(chopped_KBI, d_KBO, torch.where(lr_K > 0, rate_K, 0.0))
        self._own["counters_3"][0] += x_KBI.shape[1]
        if int(self._own["counters_3"][0]) % self._every == 0:
            left = self._columns
            while left > 0:  # a sweep ends at the last column
                first = int(self._own["counters_3"][1])
                count = min(left, self.shape[1] - first)
                self._transfer(slice(first, first + count), lr_K, rate_K)
                self._own["counters_3"][1] = (first + count) % self.shape[1]
                self._own["counters_3"][2] += int(first + count == self.shape[1])
                left -= count

    def _rate(self, x_KBI: Tensor, d_KBO: Tensor) -> Tensor:
        """The rate of the fast array [K]."""
        if not self._auto_scale:
            return torch.full((self.chips,), self._fast_lr, dtype=torch.float64, device=self.device)
        now_K2 = torch.stack([x_KBI.abs().amax(2).mean(1), d_KBO.abs().amax(2).mean(1)], 1).to(self.dtype)
        past_K2 = self._own["largest_K2"]
        self._own["largest_K2"] = torch.where(past_K2 > 0, torch.lerp(now_K2, past_K2, _AUTO_MOMENTUM), now_K2)
        product_K = self._own["largest_K2"].double().prod(1)
        train_K = self._fast_lr * _LONGEST_TRAIN * self._step_K11.reshape(-1).double()
        return torch.where(product_K > 0, train_K / product_K, 0.0)

    def _transfer(self, columns: slice, lr_K: Tensor, rate_K: Tensor) -> None:
        own, fast = self._own, self.arrays["fast"]
        read_KOC = read_columns(fast, torch.arange(columns.start, columns.stop, device=self.device)).contiguous()
        change_KOC = self._signal(read_KOC, columns) * own["chopper_KI"][:, None, columns]
        scale_K = self._transfer_lr * lr_K / (self._threshold * self._step_K11.reshape(-1).double())
        if self._correct:
            scale_K = torch.where(rate_K > 0, scale_K / rate_K, 0.0)
        wanted_KOC = own["buffer_KOI"][..., columns] + change_KOC * scale_K.to(self.dtype)[:, None, None]
        n_KOC = torch.trunc(wanted_KOC).clamp(-self._pulses, self._pulses)
        n_KOC = torch.where((lr_K > 0)[:, None, None], n_KOC, 0.0)
        kept_KOC = wanted_KOC * self._momentum if self._forget else wanted_KOC - (1 - self._momentum) * n_KOC
        own["buffer_KOI"][..., columns] = torch.where(n_KOC != 0, kept_KOC, wanted_KOC)
        self.spend(digital_ops=3 * read_KOC[0].numel())
        if self._algorithm == "agad" and int(own["counters_3"][2]) <= self._period:
            n_KOC = torch.zeros_like(n_KOC)  # the reference is not known yet
        n_KOI = torch.zeros(self.chips, *self.shape, dtype=self.dtype, device=self.device)
        n_KOI[..., columns] = n_KOC
        self.arrays["slow"].pulse(n_KOI)  # even where all are 0, as in accumulate
        self._switch(columns)

    def _signal(self, read_KOC: Tensor, columns: slice) -> Tensor:
        """What was read above the reference."""
        own = self._own
        if self._algorithm != "agad":
            return read_KOC - own["reference_KOI"][..., columns]
        switched_K1C = own["switched_KI"][:, None, columns] > 0
        running_KOC = own["running_KOI"][..., columns]
        own["reference_KOI"][..., columns] = torch.where(switched_K1C, running_KOC, own["reference_KOI"][..., columns])
        share = min(self._tail / self._period, 1.0) if self._period else 1.0
        own["running_KOI"][..., columns] = torch.lerp(running_KOC, read_KOC, share)
        own["switched_KI"][:, columns] = 0.0
        self.spend(digital_ops=2 * read_KOC[0].numel())
        return read_KOC - own["reference_KOI"][..., columns]

    def _switch(self, columns: slice) -> None:
        """Change the sign of the choppers that are due."""
        if self._chop == 0:
            return
        sweeps = int(self._own["counters_3"][2])
        if self._chop_random:
            drawn_KI = self._around.uniform((self.shape[1],), self.dtype, "choppers", sweeps).to(self.device)
            due_KC = drawn_KI[:, columns] < self._chop
        else:
            due_KC = torch.full((self.chips, columns.stop - columns.start), sweeps % self._period == self._period - 1, device=self.device)
        flipped_KC = torch.where(due_KC, -self._own["chopper_KI"][:, columns], self._own["chopper_KI"][:, columns])
        self._own["chopper_KI"][:, columns] = flipped_KC
        if self._algorithm == "agad":
            self._own["switched_KI"][:, columns] = due_KC.to(self.dtype)

    def pulse(self, n_KOI: Tensor) -> None:
        self.arrays["slow"].pulse(n_KOI)

    def program(self, w_KOI: Tensor) -> None:
        """Write W; the fast array and its reference stay, the buffer is forgotten."""
        self._own["buffer_KOI"] = torch.zeros_like(self._own["buffer_KOI"])
        self.arrays["slow"].program(w_KOI)

    def weights(self) -> Tensor:
        return self.arrays["slow"].weights()

    def steps(self) -> tuple[Tensor, Tensor]:
        return self.arrays["slow"].steps()

    def own_state(self) -> State:
        return self._own

    def load_own_state(self, state: State) -> None:
        self._own = {name: value.to("cpu" if name == "counters_3" else self.device, copy=True) for name, value in state.items()}


def scheme(
    array: Array,
    around: Surroundings,
    *,
    algorithm: Algorithm = "agad",
    every: Whole = 64,
    columns: Whole = 64,
    fast_lr: NonNegative = 0.1,
    auto_scale: bool = True,
    transfer_lr: NonNegative = 1.0,
    correct: bool = True,
    threshold: NonNegative = 1.0,
    pulses: Whole = 1,
    momentum: Share = 0.0,
    forget: bool = True,
    chop: Share = 0.1,
    chop_random: bool = False,
    tail: NonNegative = 5.0,
    calibrate: Annotated[int, Field(ge=0)] = 0,
) -> Array:
    """The array as the slow one of two."""
    return Transfer(
        array,
        around,
        algorithm=algorithm,
        every=every,
        columns=columns,
        fast_lr=fast_lr,
        auto_scale=auto_scale,
        transfer_lr=transfer_lr,
        correct=correct,
        threshold=threshold,
        pulses=pulses,
        momentum=momentum,
        forget=forget,
        chop=chop,
        chop_random=chop_random,
        tail=tail,
        calibrate=calibrate,
    )
