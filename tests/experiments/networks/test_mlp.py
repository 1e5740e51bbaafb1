"""The paper's multilayer perceptron."""

from experiments.build import plan_of
from experiments.plan import layers_of
from experiments.spec import Spec


def test_four_hidden_layers_and_an_activation_behind_each() -> None:
    """The public code has none behind the fourth."""
    plan = plan_of(Spec.from_tree({"network": {"hidden": [1000] * 4}}), (3, 32, 32), 10)
    assert [(layer.outputs, layer.inputs) for layer in layers_of(plan)] == [(1000, 3072), *[(1000, 1000)] * 3, (10, 1000)]
    assert [step.name for step in plan] == [
        "flat",
        *[name for n in range(1, 5) for name in (f"layer{n}", f"activation_layer{n}")],
        "layer5",
    ]
