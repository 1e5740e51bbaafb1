"""The exact natural gradient of small networks, and what of it decorrelated inputs and decorrelated deltas would each give.

A layer computes a = A x + c in its *effective* weights, A = g W R and c = b - A mu, whatever form it has on the chip. Everything here is
said in them, with the inputs extended by a 1: a row of the layer's matrix [A | c] has I + 1 numbers. For K = 1.

Shapes: N samples, T positions of a sample in a layer, C outputs of the network, O and I lines of a layer, P effective weights in all.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from analogdecor import passes
from analogdecor.linear import CrossbarLinear
from analogdecor.passes import Trace
from analogdecor.update import Update


class Curvature(NamedTuple):
    """What the data say about a network's loss to second order, in the Fisher metric.

    Attributes:
        gradient_P: of the mean loss with the true labels.
        fisher_PP: E[J^T (diag p - p p^T) J], the expectation over the network's own softmax outputs p: exact, not sampled.
        inputs: <x x^T> of every layer [I + 1, I + 1], x extended by 1, over samples and positions.
        deltas: sum over the positions of <delta delta^T> of every layer [O, O], deltas of the network's own log-probabilities.
        shapes: (O, I + 1) of every layer.
    """

    gradient_P: Tensor
    fisher_PP: Tensor
    inputs: tuple[Tensor, ...]
    deltas: tuple[Tensor, ...]
    shapes: tuple[tuple[int, int], ...]

    def layers(self, direction_P: Tensor) -> list[Tensor]:
        """A direction layer by layer [O, I + 1]."""
        sizes = [outputs * inputs for outputs, inputs in self.shapes]
        return [part.reshape(shape) for part, shape in zip(direction_P.split(sizes), self.shapes, strict=True)]


def curvature(network: nn.Module, x_N: Tensor, label_N: Tensor) -> Curvature:
    """The exact Fisher matrix of a softmax classifier on samples, with one backward pass per class.

    Source: Martens, J. Mach. Learn. Res. 21:146 (2020), section 5; Amari, Neural Comput. 10, 251 (1998).

    Args:
        network: of one chip; every layer is visited once. It is read in evaluation mode.
        x_N: inputs.
        label_N: labels.

    Raises:
        ValueError: the network has several chips.
    """
    network.eval()
    trace = passes.run(network, x_N, gradient=True)
    _check(trace)
    samples, classes = trace.output_NC.shape
    output_NC = trace.output_NC.double()
    p_NC = output_NC.detach().softmax(1)
    by_class = [_deltas(trace, trace.output_NC[:, c].sum(), samples, keep=True) for c in range(classes)]
    inputs = [_inputs(visit.x_KBI, samples) for visit in trace.visits]
    error_NC = p_NC - nn.functional.one_hot(label_N, classes).to(p_NC)
    root_NCC = _root(p_NC)
    jacobians, moments, deltas = [], [], []
    for layer, x_NTI in enumerate(inputs):
        delta_NCTO = torch.stack([deltas_of[layer] for deltas_of in by_class], dim=1)
        jacobians.append(torch.einsum("ncto,nti->ncoi", delta_NCTO, x_NTI).flatten(2))
        moments.append(torch.einsum("nti,ntj->ij", x_NTI, x_NTI) / (x_NTI.shape[0] * x_NTI.shape[1]))
        drawn_NCTO = torch.einsum("nce,ncto->neto", root_NCC, delta_NCTO)
        deltas.append(torch.einsum("neto,netq->oq", drawn_NCTO, drawn_NCTO) / samples)
    jacobian_NCP = torch.cat(jacobians, dim=2)
    drawn_NCP = torch.einsum("nce,ncp->nep", root_NCC, jacobian_NCP).flatten(0, 1)
    shapes = tuple((visit.a_KBO.shape[2], visit.x_KBI.shape[2] + 1) for visit in trace.visits)
    gradient_P = torch.einsum("nc,ncp->p", error_NC, jacobian_NCP) / samples
    return Curvature(gradient_P, drawn_NCP.T @ drawn_NCP / samples, tuple(moments), tuple(deltas), shapes)


def _check(trace: Trace) -> None:
    chips = trace.visits[0].x_KBI.shape[0]
    if chips != 1:
        raise ValueError(f"the exact natural gradient is of one chip at a time, not of {chips}")


def _deltas(trace: Trace, total: Tensor, samples: int, *, keep: bool) -> list[Tensor]:
    """d total / d a of every visit [N, T, O]."""
    found = torch.autograd.grad(total, [visit.a_KBO for visit in trace.visits], retain_graph=keep)
    return [delta[0].double().unflatten(0, (samples, -1)) for delta in found]


def _inputs(x_KBI: Tensor, samples: int) -> Tensor:
    """What arrives, extended by 1 [N, T, I + 1]."""
    x_NTI = x_KBI[0].detach().double().unflatten(0, (samples, -1))
    return torch.cat([x_NTI, torch.ones_like(x_NTI[..., :1])], dim=2)


def _root(p_NC: Tensor) -> Tensor:
    """L with L L^T = diag p - p p^T, the Fisher matrix of the logits: column e of L is sqrt(p_e) (one-hot(e) - p)."""
    centred_NCE = torch.diag_embed(torch.ones_like(p_NC)) - p_NC[:, :, None]
    return centred_NCE * p_NC.sqrt()[:, None, :]


def effective(updates: Sequence[Update], layers: Sequence[CrossbarLinear]) -> Tensor:
    """What updates for W and b do to the effective weights [P], to first order and with R, gain and mean at rest.

    dA = g dW R and dc = db - dA mu, dW = -lr sum_b d_b x_b^T.

    Args:
        updates: of a learning rule, for arrays of one chip.
        layers: in the order of a pass.
    """
    changes = {
        id(array): torch.zeros(array.shape, dtype=torch.float64) for layer in layers for array in (layer.weight, layer.bias) if array
    }
    for array, x_KBI, d_KBO, lr in updates:
        changes[id(array)] -= float(torch.as_tensor(lr, dtype=torch.float64)) * (d_KBO[0].double().T @ x_KBI[0].double())
    return torch.cat([_of_layer(layer, changes).flatten() for layer in layers])


def _of_layer(layer: CrossbarLinear, changes: dict[int, Tensor]) -> Tensor:
    change_OI = changes[id(layer.weight)]
    bias_O1 = torch.zeros_like(change_OI[:, :1]) if layer.bias is None else changes[id(layer.bias)]
    if layer.decorrelator is not None:
        held_II = layer.decorrelator.array.weights()[0].double()
        rotation_II = held_II if layer.decorrelator.form == "matrix" else torch.linalg.inv(held_II)
        change_OI = layer.decorrelator.gain_K[0].double() * change_OI @ rotation_II
        bias_O1 = bias_O1 - change_OI @ layer.decorrelator.mean_KI[0].double()[:, None]
    return torch.cat([change_OI, bias_O1], dim=1)


def natural(found: Curvature, damping: float) -> Tensor:
    """F^-1 gradient [P], with ``damping`` times the mean eigenvalue of F added to its diagonal [1]; nan where F is 0 or not finite."""
    return _solved(_damped(found.fisher_PP, damping), found.gradient_P[:, None])[:, 0]


def factored(found: Curvature, damping: float, *, inputs: bool, deltas: bool) -> Tensor:
    """S^-1 G X^-1 layer by layer [P]: the gradient with the input factor X, the delta factor S, or both taken off (K-FAC).

    Each factor has ``damping`` times its mean eigenvalue added to its diagonal [1]. A decorrelator that whitens does the X^-1 part; the
    S^-1 part is what decorrelating inputs alone leaves out.
    """
    parts = []
    for g_OI, x_II, s_OO in zip(found.layers(found.gradient_P), found.inputs, found.deltas, strict=True):
        if inputs:
            g_OI = _solved(_damped(x_II, damping), g_OI.T).T
        if deltas:
            g_OI = _solved(_damped(s_OO, damping), g_OI)
        parts.append(g_OI.flatten())
    return torch.cat(parts)


def _damped(moment: Tensor, damping: float) -> Tensor:
    return moment + damping * moment.diagonal().mean() * torch.eye(len(moment), dtype=moment.dtype)


def _solved(moment: Tensor, right: Tensor) -> Tensor:
    factor, failed = torch.linalg.cholesky_ex(moment)
    return torch.full_like(right, torch.nan) if bool(failed) else torch.cholesky_solve(right, factor)


def cosine(one_P: Tensor, two_P: Tensor, metric_PP: Tensor | None = None) -> Tensor:
    """<one, two> / (|one| |two|), in the Euclidean metric or in that of a matrix []; nan where either is zero.

    In the Fisher metric the cosine of a direction with the natural gradient is the same in any parameters: its square is the share of the
    steepest possible descent per change of the outputs that the direction reaches.
    """
    dual_P = two_P if metric_PP is None else metric_PP @ two_P
    own_P = one_P if metric_PP is None else metric_PP @ one_P
    return (one_P @ dual_P) / ((one_P @ own_P) * (two_P @ dual_P)).sqrt()
