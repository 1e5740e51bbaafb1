"""The clock of a chip that learns: time passes for its cells with every sample, read and write."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from analogdecor.linear import crossbar_layers
from analogdecor.rule import RuleState
from crossbar.array import Array


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How long a step takes: t = samples per_sample + reads per_read + writes per_write, one array after the other.

    Attributes:
        per_sample: every sample [s].
        per_read: every vector that an array reads, forward or transposed [s].
        per_write: every write of an array, all rows of it [s].
    """

    per_sample: float = 0.0
    per_read: float = 0.0
    per_write: float = 0.0

    def __post_init__(self) -> None:
        for name in ("per_sample", "per_read", "per_write"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} of a clock is 0 s or more, not {getattr(self, name)}")

    def seconds(self, samples: int, reads: float, writes: int) -> float:
        """How long so much takes [s]."""
        return samples * self.per_sample + reads * self.per_read + writes * self.per_write


def let_pass(network: nn.Module, state: RuleState, seconds: float) -> None:
    """Time for every array of a network and its rule."""
    for layer in crossbar_layers(network).values():
        if layer.bias is not None:
            layer.bias.elapse(seconds)
    for array in read_arrays(network, state):
        array.elapse(seconds)


def read_arrays(network: nn.Module, state: RuleState) -> Iterator[Array]:
    """The arrays that reading takes time: weights, decorrelators and feedback, but not biases."""
    for layer in crossbar_layers(network).values():
        yield layer.weight
        if layer.decorrelator is not None:
            yield layer.decorrelator.array
    yield from state.values()


def reads(network: nn.Module, state: RuleState) -> float:
    """Vectors that the arrays of one chip have read so far; all chips of a fleet read together."""
    ledgers = [array.ledger() for array in read_arrays(network, state)]
    return float(sum(ledger.forward_reads_K[0] + ledger.backward_reads_K[0] for ledger in ledgers))
