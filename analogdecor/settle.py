"""The recurrent form of a linear layer: lateral connections that settle."""

from collections.abc import Callable

from torch import Tensor


def settle(read: Callable[[Tensor], Tensor], z: Tensor, *, iterations: int, damping: float) -> Tensor:
    """The fixed point of y <- y + c (z - M y), which is M^-1 z, after a number of reads of M.

    Each iteration is one analog read. The error shrinks by the factor max |1 - c lambda(M)| per iteration, so it settles where all
    eigenvalues of M lie in (0, 2/c).

    Args:
        read: y -> M y.
        z: what drives the layer.
        iterations: number of reads [1].
        damping: c, the step of the relaxation [1].
    """
    y = z
    for _ in range(iterations):
        y = y + damping * (z - read(y))
    return y
