"""The rule's update against backpropagation's."""

import numpy as np


def test_bp_agrees_with_itself_and_others_less(records) -> None:
    values = {rule: records(rule, ["gradient"])[0].variables["gradient_alignment"].values for rule in ("bp", "fa", "np")}
    np.testing.assert_allclose(values["bp"], 1.0, rtol=1e-12)
    assert values["fa"].shape == (3,)
    assert all(-1 < value < 0.9999 for value in values["fa"]), values["fa"]
    assert all(abs(value) < 0.6 for value in values["np"])  # 256 samples of one perturbation each, of 15 units


def test_looking_changes_nothing(records, unprobed) -> None:
    for rule in ("np", "fa"):
        for one, two in zip(records(rule, []), records(rule, ["gradient", "natural"]), strict=True):
            unprobed(one, two)
