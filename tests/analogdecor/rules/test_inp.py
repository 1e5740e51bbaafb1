import pytest

from analogdecor.linear import crossbar_layers
from analogdecor.rules.inp import IterativeNodePerturbation


@pytest.mark.parametrize("case", ["deep", "positions"], indirect=True)
@pytest.mark.parametrize("passes", [1, 4])
def test_is_unbiased_with_the_predicted_variance(case, check, passes):
    """Variance N/(N+2) (|g|^2 + 2 g_i^2) - g_i^2 with g and N of each layer alone, divided by the passes."""
    for draws, g in zip(case.draws(IterativeNodePerturbation(sigma=1e-4, passes=passes)), case.gradient, strict=True):
        units, square_K11 = g[0].numel(), g.square().sum((1, 2), keepdim=True)
        check(draws, g, (units / (units + 2) * (square_K11 + 2 * g.square()) - g.square()) / passes)


@pytest.mark.parametrize("case", ["deep"], indirect=True)
def test_reads_every_array_once_clean_and_once_per_layer_and_pass(case):
    case.draws(IterativeNodePerturbation(sigma=1e-4, passes=3), repeats=1)
    before = {layer: layer.weight.ledger().forward_reads_K for layer in crossbar_layers(case.network).values()}
    case.draws(IterativeNodePerturbation(sigma=1e-4, passes=3), repeats=1)
    for layer, reads_K in before.items():
        assert (layer.weight.ledger().forward_reads_K - reads_K).tolist() == [1.0 + 2 * 3] * 2
