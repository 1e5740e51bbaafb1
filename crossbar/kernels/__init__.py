"""Compiled kernels of the pulsed array: counter-based streams, pulse trains, device laws, updates and reads."""
