"""What a person wants to look at: correlation, conditioning, alignment of updates, spending."""

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor, nn

from analogdecor import passes
from analogdecor.linear import crossbar_layers
from analogdecor.training import for_chips
from analogdecor.update import Update
from crossbar import products
from crossbar.array import Array


def second_moment(x_KBI: Tensor) -> Tensor:
    """C = <x x^T> over the batch [K, I, I]."""
    return products.product(x_KBI.mT, x_KBI) / x_KBI.shape[1]


def off_diagonal_correlation(x_KBI: Tensor) -> Tensor:
    """||C - diag C|| / ||diag C||, Frobenius norms, of each chip [K]; 0 where no line ever carries a signal."""
    c_KII = second_moment(x_KBI.double())
    diagonal_KI = c_KII.diagonal(dim1=1, dim2=2)
    off_K = torch.linalg.matrix_norm(c_KII - torch.diag_embed(diagonal_KI))
    on_K = diagonal_KI.norm(dim=1)
    return torch.where(on_K > 0, off_K / on_K.clamp(min=torch.finfo(on_K.dtype).tiny), 0.0)


def condition_number(x_KBI: Tensor) -> Tensor:
    """Largest over smallest eigenvalue of the covariance of x, of each chip [K]; inf where a direction carries nothing."""
    centred = x_KBI.double() - x_KBI.double().mean(1, keepdim=True)
    eigenvalues_KI = torch.linalg.eigvalsh(second_moment(centred))
    largest_K, smallest_K = eigenvalues_KI[:, -1], eigenvalues_KI[:, 0]
    none = smallest_K <= torch.finfo(torch.float64).eps * eigenvalues_KI.shape[1] * largest_K
    return torch.where(none, torch.inf, largest_K / torch.where(none, 1.0, smallest_K))


def alignment(updates: Sequence[Update], reference: Sequence[Update]) -> Tensor:
    """Cosine between two proposals over the arrays of both, of each chip [K].

    cos = <dW, dW'> / (||dW|| ||dW'||) with dW = -lr sum_b d_b x_b^T over all arrays; nan where either is zero.

    Raises:
        ValueError: the proposals are for different arrays.
    """
    mine, theirs = wanted_changes(updates), wanted_changes(reference)
    if mine.keys() != theirs.keys():
        raise ValueError(
            f"an alignment needs proposals for the same arrays; these write {len(mine)} and {len(theirs)} arrays, not the same"
        )
    dot_K = reduce(torch.add, [(mine[array] * theirs[array]).sum((1, 2)) for array in theirs])
    norms = [reduce(torch.add, [change[array].square().sum((1, 2)) for array in theirs]).sqrt() for change in (mine, theirs)]
    return dot_K / (norms[0] * norms[1])


def wanted_changes(updates: Sequence[Update]) -> dict[Array, Tensor]:
    """-lr sum_b d_b x_b^T of every array, summed over its updates [K, O, I], float64."""
    changes: dict[Array, Tensor] = {}
    for array, x_KBI, d_KBO, lr in updates:
        lr_K11 = torch.as_tensor(lr, dtype=torch.float64, device=x_KBI.device).reshape(-1, 1, 1)
        change = -lr_K11 * products.product(d_KBO.double().mT, x_KBI.double())
        changes[array] = changes[array] + change if array in changes else change
    return changes


def correlations(network: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Off-diagonal correlation of what enters each layer's weights (x*, or x without a decorrelator), by layer [K], on samples [N, ...]."""
    layers = crossbar_layers(network)
    chips = next(iter(layers.values())).chips
    network.eval()
    trace = passes.run(network, for_chips(x, chips))
    names = {layer: name for name, layer in layers.items()}
    return {names[visit.layer]: off_diagonal_correlation(visit.xstar_KBI) for visit in trace.visits}
