"""B against W under feedback alignment."""

import numpy as np
import pytest


def test_feedback_comes_to_agree_with_the_weights(records) -> None:
    """Layer 2 alone carries a signal back: B and W start as independent draws of 50 numbers, |cos| < 4 / sqrt(50), and then agree more."""
    for record in records("fa", ["feedback"], seeds=(0, 1, 2)):
        found = record.variables["feedback_alignment"].values
        np.testing.assert_array_equal(found, record.variables["feedback_alignment_of_layer2"].values)
        assert abs(found[0]) < 4 / 50**0.5
        assert found[2] > found[0]
        assert record.variables["effective_feedback_alignment"].values[0] == pytest.approx(found[0])  # R is the identity at the start


def test_other_rules_have_no_feedback(records) -> None:
    with pytest.raises(ValueError, match=r"for feedback alignment \(fa\)"):
        records("bp", ["feedback"])
