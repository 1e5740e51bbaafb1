"""Devices by name."""

import pytest
import torch

from crossbar.computing import device_of


def test_names():
    assert device_of("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="one of cpu, cuda, not 'tpu'"):
        device_of("tpu")


def test_no_gpu_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"^device = 'cuda' needs an NVIDIA GPU, and torch \S+ finds none here; use device = 'cpu'$"):
        device_of("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_of("cuda") == torch.device("cuda")
