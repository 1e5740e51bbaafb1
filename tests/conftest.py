import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_global_draws():
    """Nothing draws from torch's global generator: its state is the same after every test."""
    before = torch.random.get_rng_state()
    yield
    assert torch.equal(before, torch.random.get_rng_state()), "a draw from the global generator"
