"""Where the slots of pulse trains lie in words, and the numbers that count them for the noise of their pulses.

Shapes: K chips, B samples, S slots.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossbar.kernels.compiling import compiled, inlined
from crossbar.kernels.trains import Plan

_WORDS: dict[int, type[np.uint16] | type[np.uint32] | type[np.uint64]] = {16: np.uint16, 32: np.uint32, 64: np.uint64}


@dataclass(frozen=True)
class Layout:
    """How a batch's slots are packed into words.

    Attributes:
        dtype: of the words.
        width: slots per word.
        start_B: first slot of each sample [B].
        words: words per line.
    """

    dtype: type[np.uint16] | type[np.uint32] | type[np.uint64]
    width: int
    start_B: NDArray[np.int64]
    words: int


@dataclass(frozen=True)
class Places:
    """How the slots of several chips are packed.

    Attributes:
        width: slots per word.
        start_KB: first slot of each sample.
        words_K: words per line.
        number_KS: what counts the slots for the noise of their pulses, whatever the packing: a sample's slots are numbered one after
            another, from a multiple of 16, 32 or 64, whichever holds the chip's longest train (at most 64).
    """

    width: int
    start_KB: NDArray[np.int64]
    words_K: NDArray[np.int64]
    number_KS: NDArray[np.uint64]

    @property
    def dtype(self) -> Any:
        """Of the words."""
        return _WORDS[self.width]

    @property
    def words(self) -> int:
        """The most words per line."""
        return int(self.words_K.max())


def packed(plan: Plan) -> Layout:
    """Where the slots of each sample lie: in words of its own, of the narrowest width that holds the longest train, at most 64 slots.

    So all slots of a word have one sign per line.
    """
    places = placed(plan.length_B[None], np.zeros(1, dtype=np.int64), apart=True)
    return Layout(_WORDS[places.width], places.width, places.start_KB[0], places.words)


def placed(length_KB: NDArray[np.int64], first_K: NDArray[np.int64], *, apart: bool) -> Places:
    """Pack the slots of each chip, whose numbers begin at ``first``, which is moved behind them.

    With ``apart`` every sample has words of its own, as in ``packed``; else they are of 32 slots and a sample begins at any even one.
    """
    width = int(_width(length_KB.max())) if apart else 32
    start_KB, number_KB = np.empty_like(length_KB), np.empty_like(length_KB)
    words_K = np.empty_like(first_K)
    _begin(length_KB, width if apart else 2, width, first_K, start_KB, number_KB, words_K)
    number_KS = np.zeros((len(length_KB), int(words_K.max()) * width), dtype=np.uint64)
    _number(length_KB, start_KB, number_KB, number_KS)
    return Places(width, start_KB, words_K, number_KS)


@inlined
def _width(longest: Any) -> Any:
    """Slots per word that trains are numbered with."""
    return 16 if longest <= 16 else 32 if longest <= 32 else 64


@compiled
def _begin(length_KB: Any, multiple: int, width: int, first_K: Any, start_KB: Any, number_KB: Any, words_K: Any) -> None:
    """The slot at which each sample begins, a multiple of ``multiple``, and the number of that slot; words per line."""
    for k in range(len(length_KB)):
        longest = 0
        for length in length_KB[k]:
            longest = max(longest, length)
        own, slot, number = _width(longest), 0, first_K[k]
        for b, length in enumerate(length_KB[k]):
            start_KB[k, b], number_KB[k, b] = slot, number
            slot += -(-length // multiple) * multiple
            number += -(-length // own) * own
        first_K[k] = number
        words_K[k] = -(-slot // width)


@compiled
def _number(length_KB: Any, start_KB: Any, number_KB: Any, number_KS: Any) -> None:
    for k in range(len(length_KB)):
        for b in range(len(length_KB[k])):
            for s in range(length_KB[k, b]):
                number_KS[k, start_KB[k, b] + s] = number_KB[k, b] + s
