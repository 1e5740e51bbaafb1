"""shampoo: Shampoo on weights in digital memory."""

from crossbar.array import Array
from crossbar.digital import Digital
from crossbar.library import Library


def optimizer(array: Array, *, every: int = 1) -> Array:
    """W <- W - lr L^(-1/4) G R^(-1/4) with L = sum G G^T and R = sum G^T G.

    Digital memory: W, both factors and their roots: 2 (I^2 + O^2) numbers more.
    Source: Gupta et al., ICML 2018, arXiv 1802.09568; as implemented in pytorch-optimizer, with its defaults.

    Args:
        array: an exact one.
        every: steps between two computations of the preconditioner.

    Raises:
        ValueError: the array is not digital, the library is not installed, or every is not positive.
    """
    if every < 1:
        raise ValueError(f"optimizer.every = {every} is not accepted: a number of steps from 1 on is")
    return Digital(array, Library("shampoo", preconditioning_compute_steps=every), "shampoo")
