"""Make the data of the study neurosim_budget: MNIST as MLP+NeuroSim takes it, the middle 20 x 20 pixels in black and white.

python docs/results/neurosim_mnist.py ROOT      # torchvision's folder of MNIST; writes mnist_400.npz
"""

import sys

import numpy as np

from experiments.data import mnist

parts = mnist.load(root=sys.argv[1] if len(sys.argv) > 1 else "data")
arrays = {
    f"{name}": values
    for part in ("train", "test")
    for name, values in (
        (f"x_{part}", (getattr(parts, f"{part}_inputs").reshape(-1, 28, 28)[:, 4:24, 4:24].reshape(-1, 400) > 127) * np.uint8(255)),
        (f"y_{part}", getattr(parts, f"{part}_labels").astype(np.int64)),
    )
}
np.savez_compressed("mnist_400.npz", **arrays)
