"""Pulsed arrays on any torch device: plain torch, and fused Triton kernels of the same law where there is a GPU."""
