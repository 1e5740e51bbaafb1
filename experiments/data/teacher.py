"""teacher: correlated Gaussian inputs, labelled by a random network. The correlation is set by one number."""

import numpy as np
import torch
from torch import Tensor

from crossbar.seeds import generator
from experiments.splits import Parts


def load(
    *,
    features: int = 64,
    classes: int = 10,
    exponent: float = 1.0,
    teacher_hidden: int = 32,
    train_samples: int = 2000,
    test_samples: int = 1000,
    data_seed: int = 0,
) -> Parts:
    """x = Q diag(lambda)^1/2 n with n ~ N(0, 1);  lambda_i = i^-exponent, scaled to mean 1;  Q a random orthogonal matrix.

    Labels are the largest output of a random two-layer tanh network that looks at x with whitened statistics, n, so that the task itself is
    equally hard at every exponent and only the inputs' correlation changes.

    Args:
        features: I, input lines.
        classes: C.
        exponent: of the covariance spectrum; 0 is white.
        teacher_hidden: units of the teacher's hidden layer.
        train_samples: size of the training part.
        test_samples: size of the test part.
        data_seed: of inputs and teacher.

    Raises:
        ValueError: a size below 1 (below 2 for classes), or a negative exponent.
    """
    sizes = {"features": features, "teacher_hidden": teacher_hidden, "train_samples": train_samples, "test_samples": test_samples}
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"data.{name} = {size} is not accepted: at least 1 is")
    if classes < 2:
        raise ValueError(f"data.classes = {classes} is not accepted: at least 2 is")
    if exponent < 0:
        raise ValueError(f"data.exponent = {exponent} is not accepted: a number >= 0 is")
    n_NI = _normal(data_seed, "inputs", train_samples + test_samples, features)
    x_NI = (n_NI * spectrum(features, exponent).sqrt()) @ rotation(features, data_seed).T
    inputs = x_NI.float().numpy()
    labels = _labels(n_NI, data_seed, teacher_hidden, classes)
    return Parts(
        train_inputs=inputs[:train_samples],
        train_labels=labels[:train_samples],
        test_inputs=inputs[train_samples:],
        test_labels=labels[train_samples:],
        classes=classes,
        source=f"generated: teacher, {features} features, spectrum exponent {exponent}, data_seed {data_seed}",
    )


def spectrum(features: int, exponent: float) -> Tensor:
    """lambda_i = i^-exponent, i = 1 ... I, scaled to mean 1 [I], float64."""
    power_I = torch.arange(1, features + 1, dtype=torch.float64) ** -exponent
    return power_I / power_I.mean()


def rotation(features: int, data_seed: int) -> Tensor:
    """A random orthogonal matrix [I, I] from the uniform (Haar) measure: QR of a Gaussian matrix, without the signs of R's diagonal."""
    q_II, r_II = torch.linalg.qr(_normal(data_seed, "rotation", features, features))
    return q_II * r_II.diagonal().sign()


def _labels(n_NI: Tensor, data_seed: int, hidden: int, classes: int) -> np.ndarray:
    first_HI = _normal(data_seed, "teacher", hidden, n_NI.shape[1]) / n_NI.shape[1] ** 0.5
    second_CH = _normal(data_seed, "teacher output", classes, hidden)
    return (torch.tanh(2 * n_NI @ first_HI.T) @ second_CH.T).argmax(1).numpy()


def _normal(data_seed: int, purpose: str, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator(data_seed, "teacher data", purpose), dtype=torch.float64)
