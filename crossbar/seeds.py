"""Seeds: one number per purpose, derived from the spec's seed, so that adding a draw somewhere changes no other draw."""

import hashlib

import torch


def derive(seed: int, *purpose: str | int) -> int:
    """A 63-bit seed for one purpose: the SHA-256 of the seed and the purpose's words.

    ``derive(0, "pulses", "layer1")`` and ``derive(0, "data order")`` are independent streams; the same words give the same number
    on every machine and in every version.
    """
    text = "\x1f".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """A torch generator on the CPU seeded for one purpose."""
    return torch.Generator().manual_seed(derive(seed, *purpose))
