"""Draws in torch are those of the compiled streams, bit for bit."""

import numpy as np
import torch

from crossbar.gpu import streams
from crossbar.gpu.streams import Stream
from crossbar.kernels import streams as compiled
from crossbar.kernels.streams import Purpose

SEEDS = (3, 2**62 + 5, 2**63 - 1)


def test_keys_are_the_same_integers():
    ours = streams.keys(torch.tensor(SEEDS), int(Purpose.FORWARD), 7, 2)
    np.testing.assert_array_equal(ours.numpy().view(np.uint64), compiled.keys(SEEDS, Purpose.FORWARD, 7, 2))


def test_a_stream_under_a_stream_is_seeded_by_its_first_word():
    ours = Stream(torch.tensor(SEEDS), (int(Purpose.FORWARD), 7, 2), (int(Purpose.ADC), 1)).keys()
    first = compiled.keys(SEEDS, Purpose.FORWARD, 7, 2)[:, 0]
    np.testing.assert_array_equal(ours.numpy().view(np.uint64), compiled.keys(tuple(map(int, first)), Purpose.ADC, 1))


def test_bits_normals_and_uniforms_are_the_same():
    keys, own = streams.keys(torch.tensor(SEEDS), int(Purpose.PULSE), 1), compiled.keys(SEEDS, Purpose.PULSE, 1)
    h = streams.bits(keys, streams.counters((200, 500), torch.device("cpu")))
    for counter in (0, 1, 99_999):
        words = [int(compiled.one_word(key, counter)) for key in own]
        assert [int(word) & (2**64 - 1) for word in h.flatten(1)[:, counter]] == words
    np.testing.assert_array_equal(streams.normal(h).numpy(), np.stack([compiled.normals(key, 200, 500) for key in own]))
    np.testing.assert_array_equal(streams.uniform(h).numpy(), np.stack([compiled.uniforms(key, 200, 500) for key in own]))
