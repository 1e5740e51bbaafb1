"""Read disturb: every read is a weak pulse, always in the same direction."""

from dataclasses import dataclass

import torch
from torch import Tensor

from device_models.ageing.ranges import Quantity, interval, within
from device_models.cell import Source


@dataclass(frozen=True, kw_only=True)
class ReadDisturb:
    """The distance to the end that reads push towards shrinks as exp(-(n / n_r)^beta), n reads since the write.

    This is switching under the field of the read with one activation field: n_r = tau / (duration of a read), beta the exponent of the
    history (``switching.nucleation``). A film with many activation fields has domains that go much earlier; the domains themselves are
    then the law. A slow read can destroy the state, a fast one does not: H. Mulaosmanovic et al., IEEE EDL 41, 1420 (2020),
    doi 10.1109/LED.2020.3007220.

    Attributes:
        n_r: reads after which 63 % of the distance is gone [1].
        beta: exponent [1].
        towards: weight that the reads push towards [1].
        most: largest number of reads for which the law is trusted [1].
        source: where the numbers come from.
    """

    n_r: Quantity
    beta: Quantity
    towards: Quantity
    most: float
    source: Source

    def __post_init__(self) -> None:
        within("n_r", self.n_r, 0, float("inf"), "reads")
        within("beta", self.beta, 0, float("inf"), "")
        within("most", self.most, 0, float("inf"), "reads")

    def disturb(self, w: Tensor, start: Quantity, stop: Quantity) -> Tensor:
        """The weights after reads number ``start`` to ``stop`` since the write, of the dtype of w; w is not changed.

        Raises:
            ValueError: not 0 <= start <= stop <= most.
        """
        first, last = interval(start, stop, self.most, "reads")
        left = torch.exp((first / self.n_r) ** self.beta - (last / self.n_r) ** self.beta)
        return self.towards + (w - self.towards) * left.to(w)
