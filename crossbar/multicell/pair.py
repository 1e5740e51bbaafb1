"""pair: two cells hold a weight as half their difference, and every pulse on one comes with the opposite pulse on the other."""

from torch import Tensor

from crossbar.array import Array, Rate, State
from crossbar.several import Several
from crossbar.surroundings import Surroundings


class Pair(Several):
    """W = (w_plus - w_minus) / 2.

    A change is written to both, with opposite signs: an up pulse of the weight is an up pulse on w_plus and a down pulse on w_minus. At
    W = 0 the step up of two equal cells, (up + down) / 2, is then their step down: the symmetric point of the pair is 0, wherever that
    of its cells lies. Away from 0 steps still shrink towards the bound that they approach. Programming puts +w and -w. Both arrays
    convert their own outputs and the difference is digital.

    Digital memory: none. Extra reads: each read is one of either array. A pulse of the weight is one up and one down pulse.

    Args:
        plus: array that is added.
        around: makes the array that is subtracted.
    """

    def __init__(self, plus: Array, around: Surroundings) -> None:
        super().__init__({"plus": plus, "minus": around.another("minus", plus.shape)})

    def forward(self, x_KBI: Tensor) -> Tensor:
        self.spend(digital_ops=x_KBI.shape[1] * self.shape[0])
        return (self.arrays["plus"].forward(x_KBI) - self.arrays["minus"].forward(x_KBI)) / 2

    def backward(self, d_KBO: Tensor) -> Tensor:
        self.spend(digital_ops=d_KBO.shape[1] * self.shape[1])
        return (self.arrays["plus"].backward(d_KBO) - self.arrays["minus"].backward(d_KBO)) / 2

    def update(self, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> None:
        self.arrays["plus"].update(x_KBI, d_KBO, lr)
        self.arrays["minus"].update(x_KBI, -d_KBO, lr)

    def pulse(self, n_KOI: Tensor) -> None:
        self.arrays["plus"].pulse(n_KOI)
        self.arrays["minus"].pulse(-n_KOI)

    def program(self, w_KOI: Tensor) -> None:
        self.arrays["plus"].program(w_KOI)
        self.arrays["minus"].program(-w_KOI)

    def weights(self) -> Tensor:
        return (self.arrays["plus"].weights() - self.arrays["minus"].weights()) / 2

    def steps(self) -> tuple[Tensor, Tensor]:
        up_K, down_K = self.arrays["plus"].steps()
        mean_K = (up_K + down_K) / 2
        return mean_K, mean_K.clone()

    def own_state(self) -> State:
        return {}

    def load_own_state(self, state: State) -> None:
        pass


def weight(array: Array, around: Surroundings) -> Array:
    """The array with another one that is subtracted."""
    return Pair(array, around)
