"""The oracle: exact arithmetic, any change, no noise. Also the digital register that biases and digital decorrelators live in."""

import torch
from torch import Tensor

from crossbar import products
from crossbar.array import Rate, State
from crossbar.ledger import Ledger, slots
from crossbar.rates import Rates
from crossbar.rows import Outer, Rowwise, Weighted

_ALIKE = ("forward_reads_K", "backward_reads_K", "digital_ops_K")
"""What all chips spend alike, counted in plain numbers: a tensor of K would take longer to add to than a small layer to read."""


class Exact(Rowwise):
    """An array without faults: y = W x, e = W^T d, W <- W - lr sum_b d_b x_b^T, in one floating-point format.

    Weights are unbounded. An addressed pulse changes a weight by exactly ``step``. A continuous ``update`` is not made of pulses, so the
    ledger counts only addressed pulses and reads, and of the digital work one multiply-accumulate per cell and sample.

    Args:
        w_KOI: initial weights [K, O, I]; copied, on the device where they are.
        step: size of one addressed pulse [1].
        dtype: float64 (the oracle) or float32 (a digital register).

    Raises:
        ValueError: the weights are not three-dimensional, or step is not positive.
    """

    def __init__(self, w_KOI: Tensor, *, step: float = 1e-3, dtype: torch.dtype = torch.float64) -> None:
        if w_KOI.ndim != 3:
            raise ValueError(f"weights must be [K, O, I], not of shape {tuple(w_KOI.shape)}")
        if not step > 0:
            raise ValueError(f"step must be positive, not {step}")
        self._w_KOI = w_KOI.detach().to(dtype).clone(memory_format=torch.contiguous_format)  # as updates in place need it
        self._step = step
        self._counts = self._here(Ledger.empty(self.chips, self.shape).tensors())
        self._alike = dict.fromkeys(_ALIKE, 0)
        self._lent = False
        self._rates = Rates(self.chips, self.dtype, self.device)

    @property
    def chips(self) -> int:
        return self._w_KOI.shape[0]

    @property
    def shape(self) -> tuple[int, int]:
        return (self._w_KOI.shape[1], self._w_KOI.shape[2])

    @property
    def dtype(self) -> torch.dtype:
        return self._w_KOI.dtype

    @property
    def device(self) -> torch.device:
        return self._w_KOI.device

    def forward(self, x_KBI: Tensor) -> Tensor:
        self._alike["forward_reads_K"] += x_KBI.shape[1]
        self._operate(x_KBI.shape[1])
        return products.product(x_KBI.to(self.dtype), self._w_KOI.mT)

    def backward(self, d_KBO: Tensor) -> Tensor:
        self._alike["backward_reads_K"] += d_KBO.shape[1]
        self._operate(d_KBO.shape[1])
        return products.product(d_KBO.to(self.dtype), self._w_KOI)

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self._operate(x_KBI.shape[1])
        products.descend(self._own(), self._rates(lr), Outer(x_KBI, d_KBO))

    def rows(self) -> Tensor:
        """Every row, read one by one: what transposed reads of one-hot vectors give, [K, O, I]. Later writes leave it alone."""
        self._alike["backward_reads_K"] += self.shape[0]
        self._operate(self.shape[0])
        self._lent = True
        return self._w_KOI

    def add_rows(self, rows: Weighted, lr: Rate, beside: Outer | None = None) -> None:
        """W <- W - lr (diag(factor) rows + beside): what outer products with one-hot vectors write, row by row."""
        self._operate(self.shape[0] + (0 if beside is None else beside.x_KBI.shape[1]))
        products.descend(self._own(), self._rates(lr), beside, rows)

    def _own(self) -> Tensor:
        """The weights, to be written into: a copy where rows have been lent, which stay as they were read."""
        if self._lent:
            self._w_KOI, self._lent = self._w_KOI.clone(), False
        return self._w_KOI

    def _operate(self, samples: int) -> None:
        self._alike["digital_ops_K"] += samples * self.shape[0] * self.shape[1]

    def pulse(self, n_KOI: Tensor) -> None:
        n = n_KOI.to(self.dtype)
        self._counts["write_slots_K"] += slots(n)
        self._w_KOI = self._w_KOI + self._step * n
        self._counts["pulses_up_KOI"] += n.clamp(min=0)
        self._counts["pulses_down_KOI"] += (-n).clamp(min=0)

    def program(self, w_KOI: Tensor) -> None:
        self._w_KOI = w_KOI.detach().to(self.device, self.dtype).clone(memory_format=torch.contiguous_format)

    def weights(self) -> Tensor:
        return self._w_KOI.clone()

    def steps(self) -> tuple[Tensor, Tensor]:
        step_K = torch.full((self.chips,), self._step, dtype=self.dtype, device=self.device)
        return step_K, step_K

    def elapse(self, seconds: float) -> None:
        pass  # an exact array does not age

    def state(self) -> State:
        return {"w_KOI": self._w_KOI.to("cpu", copy=True), **self._spent()}

    def load_state(self, state: State) -> None:
        self._w_KOI = state["w_KOI"].to(self.device, self.dtype, copy=True)
        self._counts = self._here({name: state[name] for name in self._counts})
        self._alike = dict.fromkeys(_ALIKE, 0)

    def ledger(self) -> Ledger:
        return Ledger(counting="counted", **self._spent())

    def _here(self, counts: State) -> State:
        """Copies that can be counted on: pulses where the weights are, reads on the CPU."""
        return {name: count.to(self.device if name.endswith("KOI") else "cpu", copy=True) for name, count in counts.items()}

    def _spent(self) -> State:
        return {name: count.to("cpu", copy=True) + self._alike.get(name, 0) for name, count in self._counts.items()}
