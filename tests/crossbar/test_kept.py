"""What is kept is made anew whenever what it was made of is another object, or a tensor whose numbers have changed."""

import torch

from crossbar.kept import Kept


class Maker:
    """Counts how often something is made."""

    def __init__(self):
        self.made = 0

    def __call__(self, of):
        self.made += 1
        return float(torch.as_tensor(of).sum()), self.made


def test_the_same_object_is_made_of_once():
    kept, make, rate = Kept(), Maker(), torch.tensor([0.1, 0.2])
    assert kept.get(rate, make) is kept.get(rate, make)
    assert make.made == 1
    kept.get(rate.clone(), make)
    assert make.made == 2


def test_a_tensor_that_changes_is_seen():
    kept, make, rate = Kept(), Maker(), torch.tensor([0.5, 0.25])
    assert kept.get(rate, make)[0] == 0.75
    rate.mul_(2)
    assert kept.get(rate, make)[0] == 1.5
    view = rate[:1]
    view.copy_(torch.tensor([3.0]))
    assert kept.get(rate, make)[0] == 3.5


def test_numbers_are_told_apart_and_forgotten_when_asked():
    kept, make = Kept(), Maker()
    assert [kept.get(rate, make)[0] for rate in (1.0, 2.0, 2.0, 1.0)] == [1.0, 2.0, 2.0, 1.0]
    made = make.made
    kept.get(rate := 7.0, make)
    kept.get(rate, make)
    assert make.made == made + 1
    kept.forget()
    kept.get(rate, make)
    assert make.made == made + 2
