"""fashion_mnist: articles of clothing, 28 x 28, 60,000 + 10,000."""

from experiments.downloads import torchvision_set
from experiments.idx import load_family
from experiments.splits import Parts

SOURCE = "Xiao, Rasul, Vollgraf, arXiv 1708.07747 (2017)"


def load(*, root: str = "data", download: bool = False) -> Parts:
    """Inputs [N, 1, 28, 28] as pixels, labels 0 to 9.

    Args:
        root: torchvision's folder; the files lie in root/FashionMNIST/raw, plain or gzipped.
        download: let torchvision fetch what is missing.

    Raises:
        ValueError: a file is missing or damaged.
    """
    if download:
        from torchvision.datasets import FashionMNIST

        torchvision_set("FashionMNIST", root, lambda: FashionMNIST(root, download=True))
    return load_family(root, "FashionMNIST", SOURCE)
