"""soap: Adam in the eigenbasis of Shampoo's preconditioner, on weights in digital memory."""

from crossbar.array import Array
from crossbar.digital import Digital
from crossbar.library import Library


def optimizer(array: Array, *, every: int = 10) -> Array:
    """Adam of the gradient turned into the eigenbases of <G G^T> and <G^T G>.

    Digital memory: W, both moments of Adam, both factors and their eigenbases: of the order of 2 (I^2 + O^2) numbers more.
    Source: Vyas et al., arXiv 2409.11321; as implemented in pytorch-optimizer, with its defaults.

    Args:
        array: an exact one.
        every: steps between two computations of the preconditioner.

    Raises:
        ValueError: the array is not digital, the library is not installed, or every is not positive.
    """
    if every < 1:
        raise ValueError(f"optimizer.every = {every} is not accepted: a number of steps from 1 on is")
    return Digital(array, Library("soap", precondition_frequency=every), "soap")
