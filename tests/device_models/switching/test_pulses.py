import numpy as np
import pytest

from device_models.switching.pulses import AmplitudeRamp, IdenticalPulses, PulseScheme, WidthRamp

SAME = IdenticalPulses(field=1e8, width=75e-9, count=3)
RAMP = AmplitudeRamp(start=1e8, step=2e7, width=75e-9, count=3)
WIDER = WidthRamp(field=1e8, start=75e-9, step=5e-9, count=3)


@pytest.mark.parametrize(
    ("train", "fields", "widths", "reads"),
    [
        (SAME, [1e8, 1e8, 1e8], [75e-9, 75e-9, 75e-9], False),
        (RAMP, [1e8, 1.2e8, 1.4e8], [75e-9, 75e-9, 75e-9], True),
        (WIDER, [1e8, 1e8, 1e8], [75e-9, 80e-9, 85e-9], True),
    ],
)
def test_a_train_lists_its_pulses(train, fields, widths, reads):
    assert np.allclose(train.fields(), fields)
    assert np.allclose(train.widths(), widths)
    assert train.fields().dtype == train.widths().dtype == np.float64
    assert train.requires_read_before_write is reads


def test_a_scheme_reads_if_either_direction_does():
    assert not PulseScheme(SAME, SAME).requires_read_before_write
    assert PulseScheme(SAME, RAMP).requires_read_before_write
    assert PulseScheme(WIDER, SAME).requires_read_before_write


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: IdenticalPulses(field=-1e8, width=75e-9, count=3), "all positive; the lowest is -1e"),
        (lambda: IdenticalPulses(field=1e8, width=0.0, count=3), "the shortest is 0 s"),
        (lambda: AmplitudeRamp(start=1e8, step=-6e7, width=75e-9, count=3), "the lowest is -2e"),
        (lambda: WidthRamp(field=1e8, start=75e-9, step=-5e-8, count=3), "positive durations"),
        (lambda: AmplitudeRamp(start=1e8, step=0.0, width=75e-9, count=0), "at least one pulse, not 0"),
    ],
)
def test_a_train_that_no_driver_can_make_is_an_error(make, words):
    with pytest.raises(ValueError, match=words):
        make()
