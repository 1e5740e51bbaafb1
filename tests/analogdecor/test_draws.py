import pytest
import torch

from analogdecor.draws import Draws


def test_a_chips_numbers_do_not_depend_on_the_fleet():
    fleet, alone = Draws([3, 4, 5], "noise"), Draws([4], "noise")
    for shape in ((2, 3), (5,)):
        assert torch.equal(fleet.normal(*shape)[1], alone.normal(*shape)[0])
        assert torch.equal(fleet.uniform(*shape)[1], alone.uniform(*shape)[0])
    assert torch.equal(fleet.permutation(9)[1], alone.permutation(9)[0])


def test_another_purpose_or_seed_gives_other_numbers():
    first, second = Draws([3, 4], "noise").normal(4)
    assert not torch.equal(first, second)
    assert not torch.equal(first, Draws([3], "order").normal(4)[0])


class OnAGpu(Draws):
    """What a GPU would draw, computed here."""

    def normal(self, *shape, **_):
        self._drawn += 1
        return self._elsewhere(shape, torch.device("cpu"))


@pytest.mark.parametrize("kind", [Draws, OnAGpu])
def test_numbers_are_normal_and_each_chips_own(kind):
    fleet, alone = kind([3, 4, 5], "noise"), kind([4], "noise")
    seen = []
    for _ in range(2):
        drawn = fleet.normal(101, 999)
        assert torch.equal(drawn[1], alone.normal(101, 999)[0])
        # false alarms: 4.5 sigmas for each of 2 x 9 numbers, 1.2e-4 in all
        assert (drawn.mean((1, 2)).abs() < 4.5 / drawn[0].numel() ** 0.5).all()
        assert (drawn.square().mean((1, 2)) - 1).abs().max() < 4.5 * (2 / drawn[0].numel()) ** 0.5
        assert (drawn * drawn.roll(1, 0)).mean((1, 2)).abs().max() < 4.5 / drawn[0].numel() ** 0.5
        seen.append(drawn)
    # false alarms: 4.5 sigmas for each of 3 numbers, 2e-5 in all
    assert (seen[0] * seen[1]).mean((1, 2)).abs().max() < 4.5 / seen[0][0].numel() ** 0.5


@pytest.mark.parametrize("kind", [Draws, OnAGpu])
def test_normal_numbers_continue_from_a_state(kind):
    again = kind([3, 4, 5], "noise")
    assert not torch.equal(again.normal(2), again.normal(2))
    state = again.state()
    wanted = again.normal(2)
    again.load_state(state)
    assert torch.equal(again.normal(2), wanted)


def test_a_state_of_another_version_is_refused():
    draws = Draws([3, 4], "noise")
    with pytest.raises(ValueError, match="bytes, not 7: it was written by another version"):
        draws.load_state(torch.zeros(2, 7, dtype=torch.uint8))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (2, 8), (0, 3)])
def test_every_shape_is_filled(shape):
    drawn = Draws([3, 4], "noise").normal(*shape)
    assert drawn.shape == (2, *shape)
    assert len(drawn.unique()) == drawn.numel()


def test_continues_from_a_state():
    draws, other = Draws([1, 2], "noise"), Draws([7, 8], "noise")
    draws.normal(3)
    state = draws.state()
    wanted = [draws.normal(3), draws.uniform(2), draws.permutation(5)]
    other.load_state(state)
    for one, two in zip(wanted, [other.normal(3), other.uniform(2), other.permutation(5)], strict=True):
        assert torch.equal(one, two)
    with pytest.raises(ValueError, match="2 streams does not fit 3 chips"):
        Draws([1, 2, 3]).load_state(state)
