"""cifar10: colour photographs in 10 classes, 32 x 32, 50,000 + 10,000."""

import numpy as np

from experiments.downloads import torchvision_set
from experiments.splits import Parts

SOURCE = "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, technical report, Toronto 2009"


def load(*, root: str = "data", download: bool = False) -> Parts:
    """Inputs [N, 3, 32, 32] as pixels, labels 0 to 9.

    Args:
        root: torchvision's folder.
        download: let torchvision fetch what is missing.

    Raises:
        ValueError: the data set is missing or damaged (torchvision compares its MD5 sums).
    """
    from torchvision.datasets import CIFAR10

    def part(train: bool) -> CIFAR10:
        return torchvision_set("CIFAR10", root, lambda: CIFAR10(root, train=train, download=download))

    train, test = part(True), part(False)
    return Parts(
        train_inputs=train.data.transpose(0, 3, 1, 2),
        train_labels=np.array(train.targets),
        test_inputs=test.data.transpose(0, 3, 1, 2),
        test_labels=np.array(test.targets),
        classes=10,
        source=SOURCE,
    )
