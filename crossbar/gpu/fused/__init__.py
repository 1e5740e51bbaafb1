"""What pulses, streams and converters do, as Triton kernels: one launch each for all chips, the same law as ``crossbar.gpu.plain``.

Products and sums are kept apart (no fused multiply-add) and roots are rounded to nearest, so that draws are those of the CPU bit for bit.
Every program works on cells or lines of one chip by numbers of its own, so that a chip's bits do not depend on the fleet.

Shapes: K chips, B samples, W words per line, O x I cells, M lines in, N lines out.
"""
