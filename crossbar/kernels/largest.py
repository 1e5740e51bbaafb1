"""max |v| inside compiled code: by the bits without the sign, which have the order of the numbers and compare in lanes."""

from typing import Any

import numpy as np

from crossbar.kernels.compiling import inlined


@inlined
def largest(v_N: Any) -> Any:
    """max |v| of float32 numbers, not a number where one is not; 0 of none."""
    most = np.int32(0)
    for n in range(v_N.size):
        most = np.int32(max(most, np.int32(np.float32(v_N[n]).view(np.int32) & np.int32(0x7FFFFFFF))))
    return np.int32(most).view(np.float32)
