import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import beta
from scipy.stats import truncnorm

from device_models.switching.activation import MV_PER_CM, GeneralisedBetaField, NormalField, SingleField

U = np.array([1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 1e-6])


def test_single_field_is_the_same_everywhere():
    assert np.array_equal(SingleField(field=3e8).quantile(U), np.full(len(U), 3e8))


@pytest.mark.parametrize(("mean", "spread"), [(2.3e8, 0.4e8), (1e8, 1e8)])
def test_normal_field_is_scipys_truncated_normal(mean, spread):
    oracle = truncnorm(-mean / spread, np.inf, loc=mean, scale=spread).ppf(U)
    assert np.allclose(NormalField(mean=mean, spread=spread).quantile(U), oracle, rtol=1e-6)


@pytest.mark.parametrize(("a", "b", "p", "q"), [(6.7582, 1.6686, 2.0998, 1.3641), (6.9307, 1.6698, 0.5724, 0.7239)])
def test_generalised_beta_quantile_inverts_the_integral_of_its_density(a, b, p, q):
    def density(x):
        return a / b * (x / b) ** (a * p - 1) / beta(p, q) / (1 + (x / b) ** a) ** (p + q)

    fields = GeneralisedBetaField(a=a, b=b * MV_PER_CM, p=p, q=q).quantile(U) / MV_PER_CM
    below = [quad(density, 0, x, epsabs=1e-12, epsrel=1e-12, limit=200)[0] for x in fields]
    assert np.allclose(below, U, rtol=1e-8, atol=1e-10)


def test_the_hardest_domain_never_switches_and_raises_no_warning():
    assert np.isinf(GeneralisedBetaField(a=7.0, b=1e8, p=2.0, q=1.0).quantile(np.array([1.0])))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SingleField(field=0.0),
        lambda: NormalField(mean=1e8, spread=-1.0),
        lambda: GeneralisedBetaField(a=7.0, b=1e8, p=0.0, q=1.0),
        lambda: GeneralisedBetaField(a=float("nan"), b=1e8, p=1.0, q=1.0),
    ],
)
def test_parameters_must_be_positive(make):
    with pytest.raises(ValueError, match="must be positive and finite"):
        make()
