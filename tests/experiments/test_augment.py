"""Windows of pictures: where they come from, how often, and the same for a chip in any fleet."""

import pytest
import torch

from analogdecor.draws import Draws
from experiments.augment import Window

BLACK = torch.tensor([-1.0, -2.0])


def _pictures(samples: int) -> torch.Tensor:
    """Every pixel has a number of its own."""
    return torch.arange(samples * 2 * 6 * 6, dtype=torch.float32).reshape(samples, 2, 6, 6)


def test_every_window_is_a_shifted_and_mirrored_picture_with_black_around() -> None:
    x = _pictures(40)
    seen = Window(2, 0, True, BLACK).random(x, Draws([0, 1], "augmentation"))
    padded = BLACK[:, None, None].expand(2, 10, 10).repeat(40, 1, 1, 1)
    padded[:, :, 2:8, 2:8] = x
    places = set()
    for picture in range(40):
        fits = [
            (row, column, mirrored)
            for row in range(5)
            for column in range(5)
            for mirrored in (False, True)
            if torch.equal(
                padded[picture, :, row : row + 6, column : column + 6].flip(2)
                if mirrored
                else padded[picture, :, row : row + 6, column : column + 6],
                seen[picture],
            )
        ]
        assert len(fits) == 1
        places.add(fits[0])
    assert len(places) > 20


def test_places_and_mirrors_are_uniform() -> None:
    """4000 windows over 3 rows, 3 columns and 2 mirrors: 8 chi-squared-like z-scores within 4.5 sigma, false alarm 5e-5."""
    ramp = torch.arange(16.0).reshape(1, 1, 4, 4).repeat(4000, 1, 1, 1)
    corner = Window(0, 2, True, torch.zeros(())).random(ramp, Draws([3], "augmentation"))[:, 0, 0]
    mirrored, left = corner[:, 0] > corner[:, 1], corner.min(1).values
    for share, p in [
        (mirrored, 1 / 2),
        *((left // 4 == n, 1 / 3) for n in range(3)),
        *((left % 4 == n, 1 / 3) for n in range(3)),
        (left == 5, 1 / 9),
    ]:
        z = (share.double().mean() - p) / (p * (1 - p) / 4000) ** 0.5
        assert abs(z) < 4.5, z


def test_a_chip_sees_the_same_windows_in_any_fleet() -> None:
    x, window = _pictures(3), Window(1, 4, True, torch.zeros(()))
    together = window.random(x.repeat(3, 1, 1, 1), Draws([5, 6, 7], "augmentation")).unflatten(0, (3, 3))
    assert torch.equal(together[1], window.random(x, Draws([6], "augmentation")))
    assert not torch.equal(together[0], together[1])


def test_pictures_are_judged_on_the_middle() -> None:
    x = _pictures(2)
    assert torch.equal(Window(1, 4, True, BLACK).middle(x), x[:, :, 1:5, 1:5])
    assert Window(2, 0, True, BLACK).middle(x) is x


@pytest.mark.parametrize(("sample", "message"), [((5,), "need pictures"), ((1, 3, 8), "3 x 8 pixels")])
def test_what_cannot_be_cut_is_refused(sample, message) -> None:
    with pytest.raises(ValueError, match=message):
        Window(0, 4, False, torch.zeros(())).shape(sample)
