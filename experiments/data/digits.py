"""digits: 1797 images of handwritten digits, 8 x 8, embedded in scikit-learn. Small enough for a first run."""

import numpy as np
import torch
from sklearn.datasets import load_digits

from crossbar.seeds import generator
from experiments.splits import Parts

TRAINING = 1437
"""Four fifths; the publisher's own division is by writer and is not kept in scikit-learn's copy."""


def load() -> Parts:
    """Inputs [N, 64] in [0, 1] (16 grey levels), labels 0 to 9. Training and test part are divided once, for every seed."""
    inputs, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=generator(0, "digits")).numpy()
    pixels = (inputs[order] / 16).astype(np.float32)
    return Parts(
        train_inputs=pixels[:TRAINING],
        train_labels=labels[order][:TRAINING],
        test_inputs=pixels[TRAINING:],
        test_labels=labels[order][TRAINING:],
        classes=10,
        source="Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998, doi 10.24432/C50P49; scikit-learn's copy",
    )
