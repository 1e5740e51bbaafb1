import torch

from crossbar.seeds import derive, generator


def test_the_same_words_give_the_same_number_everywhere():
    """The first 16 hexadecimal digits of ``printf '0\\037pulses' | sha256sum``, halved; frozen, because results files cite seeds."""
    assert derive(0, "pulses") == 0x94E876BC0792DD3B // 2
    assert derive(0, "pulses", "layer1", 3) == 0x55443363694A2181 // 2


def test_other_words_or_seeds_give_other_numbers():
    words = [(0,), (1,), (0, "a"), (0, "b"), (0, "a", "b"), (0, "ab"), (0, "a", 1), (0, "a", 11), (0, 1), (0, 1, 1), (0, 11)]
    numbers = {derive(*each) for each in words}
    assert len(numbers) == len(words)
    assert all(0 <= number < 2**63 for number in numbers)


def test_a_generator_repeats_and_is_its_own():
    first, same, other = (torch.rand(5, generator=generator(0, word)) for word in ("a", "a", "b"))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
