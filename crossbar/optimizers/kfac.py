"""kfac: Kronecker-factored natural gradient on weights in digital memory, from what an update brings: inputs and deltas."""

import torch
from torch import Tensor

from crossbar import products
from crossbar.array import Array, Rate, State
from crossbar.digital import Digital, gradient, rates


class Kfac:
    """W <- W - lr (S + sqrt(damping) / pi)^-1 G (A + sqrt(damping) pi)^-1 with A ~ <x x^T>, S ~ <(B d)(B d)^T>, G = sum_b d_b x_b^T.

    A and S are running means of what the updates bring; d holds the deltas of the batch's mean loss, so that B d are those of the samples.
    They come from the labels, as in an empirical Fisher. pi^2 = (tr A / I) / (tr S / O) shares the damping out between the factors.
    Inverses are made anew every ``every`` steps by Cholesky factors.
    Digital memory: W, A, S and both inverses: I^2 + O^2 numbers twice. Extra reads: none.
    Source: Martens, Grosse, ICML 2015, arXiv 1503.05671, sections 3 and 6.3.

    Args:
        decay: of the running means [1].
        damping: added to the Fisher matrix's factors [1].
        every: steps between two inversions.
    """

    def __init__(self, *, decay: float, damping: float, every: int) -> None:
        self._decay, self._damping, self._every = decay, damping, every
        self._t = 0
        self._held: dict[str, Tensor] = {}

    def change(self, w_KOI: Tensor, x_KBI: Tensor, d_KBO: Tensor, lr: Rate) -> Tensor:
        samples = x_KBI.shape[1]
        self._track("inputs", products.product(x_KBI.mT, x_KBI) / samples)
        self._track("deltas", products.product(d_KBO.mT, d_KBO) * samples)
        if self._t % self._every == 0:
            self._invert()
        self._t += 1
        wanted_KOI = products.product(products.product(self._held["deltas_inverse"], gradient(x_KBI, d_KBO)), self._held["inputs_inverse"])
        return -rates(lr, w_KOI) * wanted_KOI

    def _track(self, name: str, moment: Tensor) -> None:
        self._held[name] = moment if name not in self._held else self._held[name].lerp(moment, 1 - self._decay)

    def _invert(self) -> None:
        means = {name: self._held[name].diagonal(dim1=1, dim2=2).mean(1) for name in ("inputs", "deltas")}
        tiny = torch.finfo(means["inputs"].dtype).tiny
        pi_K = ((means["inputs"] + tiny) / (means["deltas"] + tiny)).sqrt()
        for name, share_K in (("inputs", pi_K), ("deltas", 1 / pi_K)):
            moment = self._held[name]
            damped = moment + torch.diag_embed((self._damping**0.5 * share_K)[:, None].expand(moment.shape[:2]))
            inverses = [torch.cholesky_inverse(torch.linalg.cholesky_ex(one)[0]) for one in damped]
            self._held[f"{name}_inverse"] = torch.stack(inverses)

    def state(self) -> State:
        return {"t": torch.tensor(self._t), **self._held}

    def load_state(self, state: State) -> None:
        self._t = int(state["t"])
        self._held = {name: value.clone() for name, value in state.items() if name != "t"}


def optimizer(array: Array, *, decay: float = 0.95, damping: float = 1e-3, every: int = 10) -> Array:
    """The array, an exact one, as a digital memory that K-FAC writes.

    Raises:
        ValueError: the array is not digital, or a number is out of range.
    """
    if not (0 <= decay < 1 and damping > 0 and every >= 1):
        raise ValueError(f"kfac takes decay in [0, 1), damping above 0 and every from 1 on, not {decay}, {damping} and {every}")
    return Digital(array, Kfac(decay=decay, damping=damping, every=every), "kfac")
