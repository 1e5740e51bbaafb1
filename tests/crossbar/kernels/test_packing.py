"""Packing: the same slots, numbers and trains whether samples have words of their own or lie close together."""

import numpy as np
import pytest

from crossbar.kernels import packing, streams, trains
from crossbar.kernels.streams import Purpose


@pytest.mark.parametrize("longest", [7, 31, 100])
def test_numbers_of_slots_and_trains_do_not_depend_on_the_packing(longest):
    """Two chips, in words of each sample's own and close together: the same numbers have the same bits and signs, and nothing is left."""
    rng = np.random.default_rng(longest)
    length_KB = rng.integers(0, longest + 1, (2, 9))
    length_KB[:, 3] = longest - np.arange(2)
    v, gain_B = rng.normal(size=(9, 50)).astype(np.float32), np.full(9, 0.5, np.float32)
    seen = []
    for apart in (True, False):
        next_K = np.array([5, 0])
        places, trains_of = packing.placed(length_KB, next_K, apart=apart), {}
        for k in range(2):
            out = [np.zeros((places.words, 50), dtype=places.dtype) for _ in range(2)]
            stream = streams.key(0, Purpose.X_TRAIN, k)
            trains.fill(stream, 0, v, gain_B, length_KB[k], places.start_KB[k], places.width, 0.0, False, 0, 50, *out)
            assert not any(words[places.words_K[k] :].any() for words in out)
            for b, length in enumerate(length_KB[k]):
                for s in places.start_KB[k, b] + np.arange(length):
                    bits = tuple(tuple(words[s // places.width] >> places.dtype(s % places.width) & places.dtype(1)) for words in out)
                    trains_of[k, int(places.number_KS[k, s])] = bits
        assert len(trains_of) == length_KB.sum()
        seen.append((trains_of, next_K.tolist()))
    assert seen[0] == seen[1]


def test_samples_without_trains_take_no_place():
    """Of two chips, one silent; and of none that sends anything."""
    length_KB, first_K = np.array([[0, 3, 0, 20], [0, 0, 0, 0]]), np.array([32, 16])
    places = packing.placed(length_KB, first_K, apart=False)
    assert places.start_KB[0].tolist() == [0, 0, 4, 4]
    assert (places.words_K.tolist(), places.words) == ([1, 0], 1)
    assert places.number_KS[0].tolist() == [32, 33, 34, 0, *range(64, 84), *[0] * 8]
    assert first_K.tolist() == [96, 16]
    nothing = packing.placed(np.zeros((2, 4), dtype=np.int64), first_K, apart=True)
    assert (nothing.words, nothing.number_KS.shape, first_K.tolist()) == (0, (2, 0), [96, 16])
