"""Where Triton's kernels run in these tests: compiled on a GPU where there is one, else interpreted on the CPU."""

import os

import pytest
import torch

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # read when crossbar.gpu.fused.streams is imported

WHERE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@pytest.fixture
def where() -> torch.device:
    """The device of the Triton kernels."""
    return WHERE
