"""significance: several cells hold a weight like the digits of a number; the least significant one is written, and carries over."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.cell_reads import read_cells
from crossbar.several import Several
from crossbar.surroundings import Surroundings


class Significance(Several):
    """W = sum_k base^k w_k / sum_k base^k, k = 0 the least significant.

    Updates and pulses go to w_0, whose steps are the finest. After every ``every`` writes each digit but the last is read; where |w_k|
    exceeds ``carry`` the next one is pulsed by the whole steps that it is worth, m = trunc(w_k / (base step)), and w_k is pulsed back by
    round(base m) steps, open loop. Source: the 2T1F hybrid cell (Sun et al., IEDM 2018, doi 10.1109/IEDM.2018.8614611) and periodic
    carry (Agarwal et al., VLSI Technology 2017, doi 10.23919/VLSIT.2017.7998164).

    Programming splits w over the digits: each gets what the more significant ones leave, within [-1, 1].

    Digital memory: none. Extra reads: each read is one of every array; a carry reads all columns of all digits but the last, one-hot.

    Args:
        least: the array of w_0.
        around: makes the others.
        count: cells per weight.
        base: significance of each cell over the one below.
        every: writes from one carry to the next; 0: never.
        carry: a digit beyond +- this carries over [weight].

    Raises:
        ValueError: an option is out of its range.
    """

    def __init__(
        self, least: Array, around: Surroundings, *, count: int = 2, base: float = 4.0, every: int = 10, carry: float = 0.5
    ) -> None:
        if count < 2 or not base >= 1 or every < 0 or not carry > 0:
            raise ValueError(
                f"count is at least 2, base at least 1, every at least 0 and carry positive: not {count}, {base}, {every} and {carry}"
            )
        super().__init__({"digit0": least, **{f"digit{k}": around.another(f"digit{k}", least.shape) for k in range(1, count)}})
        self._digits = list(self.arrays.values())
        total = sum(base**k for k in range(count))
        self._worth = [base**k / total for k in range(count)]
        self._base, self._every, self._carry, self._writes = base, every, carry, 0

    def forward(self, x_KBI: Tensor) -> Tensor:
        self.spend(digital_ops=x_KBI.shape[1] * self.shape[0] * len(self._digits))
        return self._sum([digit.forward(x_KBI) for digit in self._digits])

    def backward(self, d_KBO: Tensor) -> Tensor:
        self.spend(digital_ops=d_KBO.shape[1] * self.shape[1] * len(self._digits))
        return self._sum([digit.backward(d_KBO) for digit in self._digits])

    def _sum(self, parts: list[Tensor]) -> Tensor:
        whole = self._worth[0] * parts[0]
        for worth, part in zip(self._worth[1:], parts[1:], strict=True):
            whole = whole + worth * part
        return whole

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        rate = torch.as_tensor(lr, dtype=self.dtype, device=self.device)
        self._digits[0].update(x_KBI, d_KBO, rate / self._worth[0])
        self._written((rate.reshape(-1) > 0).expand(self.chips))

    def pulse(self, n_KOI: Tensor) -> None:
        self._digits[0].pulse(n_KOI)
        self._written((n_KOI != 0).any(2).any(1))

    def _written(self, written_K: Tensor) -> None:
        """Count a write, and carry over where it is time, on the chips that were written."""
        self._writes += 1
        if self._every and self._writes % self._every == 0:
            for low, high in zip(self._digits[:-1], self._digits[1:], strict=True):
                self._carry_over(low, high, written_K)

    def _carry_over(self, low: Array, high: Array, written_K: Tensor) -> None:
        digit_KOI = read_cells(low)
        up_KOI = digit_KOI > 0
        (up_K, down_K), (low_up_K, low_down_K) = high.steps(), low.steps()
        step_KOI = torch.where(up_KOI, up_K[:, None, None], down_K[:, None, None])
        back_KOI = torch.where(up_KOI, low_down_K[:, None, None], low_up_K[:, None, None])
        m_KOI = torch.trunc(digit_KOI / (self._base * step_KOI))
        m_KOI = torch.where((digit_KOI.abs() > self._carry) & written_K[:, None, None], m_KOI, 0.0)
        high.pulse(m_KOI)
        low.pulse(-torch.round(self._base * m_KOI * step_KOI / back_KOI))
        self.spend(digital_ops=2 * self.shape[0] * self.shape[1])

    def program(self, w_KOI: Tensor) -> None:
        left_KOI = w_KOI.to(self.dtype)
        for digit, worth in zip(reversed(self._digits), reversed(self._worth), strict=True):
            digit.program((left_KOI / worth).clamp(-1.0, 1.0))
            left_KOI = left_KOI - worth * digit.weights()

    def weights(self) -> Tensor:
        return self._sum([digit.weights() for digit in self._digits])

    def steps(self) -> tuple[Tensor, Tensor]:
        up_K, down_K = self._digits[0].steps()
        return up_K * self._worth[0], down_K * self._worth[0]

    def own_state(self) -> State:
        return {"writes": torch.tensor(self._writes)}

    def load_own_state(self, state: State) -> None:
        self._writes = int(state["writes"])


def weight(
    array: Array,
    around: Surroundings,
    *,
    count: Annotated[int, Field(ge=2)] = 2,
    base: Annotated[float, Field(ge=1)] = 4.0,
    every: Annotated[int, Field(ge=0)] = 10,
    carry: Annotated[float, Field(gt=0)] = 0.5,
) -> Array:
    """The array as the least significant of several."""
    return Significance(array, around, count=count, base=base, every=every, carry=carry)
