"""mnist: handwritten digits, 28 x 28, 60,000 + 10,000."""

from experiments.downloads import torchvision_set
from experiments.idx import load_family
from experiments.splits import Parts

SOURCE = "LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86(11), 1998, doi 10.1109/5.726791"


def load(*, root: str = "data", download: bool = False) -> Parts:
    """Inputs [N, 1, 28, 28] as pixels, labels 0 to 9.

    Args:
        root: torchvision's folder; the files lie in root/MNIST/raw, plain or gzipped.
        download: let torchvision fetch what is missing.

    Raises:
        ValueError: a file is missing or damaged.
    """
    if download:
        from torchvision.datasets import MNIST

        torchvision_set("MNIST", root, lambda: MNIST(root, download=True))
    return load_family(root, "MNIST", SOURCE)
