"""What arrays that wrap one array share: everything that passes through unchanged."""

from abc import abstractmethod

import torch
from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.ledger import Ledger
from crossbar.reading import NOTHING, After, Drives, Finishing, Way, reader

_SPENDS = ("verify_reads_K", "adc_conversions_K", "digital_ops_K")


class Wrapper(Finishing):
    """An array around one array. Abstract, with pass-throughs: a wrapper defines what is abstract here and overrides nothing
    but ``read``, where it works behind the ADC.

    What a wrapper spends beside its array it counts with ``spend``; it is part of its state and of its ledger.

    Attributes:
        inner: the array that is wrapped.
        read_inner: ``Finishing.read`` of it.
        chips: its K.
        shape: its (O, I).
        dtype: its dtype.
        device: where it lives.

    Args:
        inner: the array that is wrapped.
    """

    def __init__(self, inner: Array) -> None:
        self.inner, self.read_inner = inner, reader(inner)
        self.chips, self.shape, self.dtype, self.device = inner.chips, inner.shape, inner.dtype, inner.device
        self._spent = {name: torch.zeros(inner.chips, dtype=torch.float64) for name in _SPENDS}
        self._alike = dict.fromkeys(_SPENDS, 0.0)  # by all chips alike: adding to a tensor takes longer than many a read

    def spend(
        self, *, verify_reads: Tensor | float | None = None, converted: bool = False, digital_ops: Tensor | float | None = None
    ) -> None:
        """Count what the wrapper does by itself, one number or one per chip [K].

        Args:
            verify_reads: cells read, each with an ADC conversion.
            converted: the reads went through ``forward``, which has already counted their conversions.
            digital_ops: digital operations.
        """
        if digital_ops is not None:
            self._spend("digital_ops_K", digital_ops)
        if verify_reads is not None:
            self._spend("verify_reads_K", verify_reads)
            if not converted:
                self._spend("adc_conversions_K", verify_reads)

    def _spend(self, name: str, spent: Tensor | float) -> None:
        if isinstance(spent, Tensor):
            self._spent[name] += spent.cpu()
        else:
            self._alike[name] += spent

    def _all_spent(self) -> State:
        return {name: spent_K + self._alike[name] for name, spent_K in self._spent.items()}

    def read(self, way: Way, v: Drives, after: After = NOTHING) -> Tensor:
        """The wrapped array's reads."""
        return self.read_inner(way, v, after)

    def pulse(self, n_KOI: Tensor) -> None:
        """Addressed pulses go to the cells unchanged."""
        self.inner.pulse(n_KOI)

    def elapse(self, seconds: float) -> None:
        """Time passes for the wrapped array."""
        self.inner.elapse(seconds)

    def ledger(self) -> Ledger:
        """What the wrapped array has spent, and the wrapper itself."""
        return self.inner.ledger().plus(**self._all_spent())

    def state(self) -> State:
        """The wrapped array's state and, behind the prefix of its class name, the wrapper's own."""
        remembered = {**self._all_spent(), **self.own_state()}
        own = {f"{type(self).__name__}.{name}": value.to("cpu", copy=True) for name, value in remembered.items()}
        return {**self.inner.state(), **own}

    def load_state(self, state: State) -> None:
        """Restore the wrapped array and the wrapper."""
        self.inner.load_state(state)
        prefix = f"{type(self).__name__}."
        own = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        self._spent = {name: own.pop(name).clone() for name in _SPENDS}
        self._alike = dict.fromkeys(_SPENDS, 0.0)
        self.load_own_state(own)

    @abstractmethod
    def own_state(self) -> State:
        """What the wrapper itself remembers (empty for most)."""

    @abstractmethod
    def load_own_state(self, state: State) -> None:
        """Restore what ``own_state`` returned."""

    @abstractmethod
    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        """As ``Array.update``."""

    @abstractmethod
    def program(self, w_KOI: Tensor) -> None:
        """As ``Array.program``."""

    @abstractmethod
    def weights(self) -> Tensor:
        """As ``Array.weights``."""

    @abstractmethod
    def steps(self) -> tuple[Tensor, Tensor]:
        """As ``Array.steps``."""
