import numpy as np
import pytest
from aihwkit.simulator.configs.devices import ConstantStepDevice, IdealDevice

from device_models.presets import preset
from device_models.ramp import ramp
from device_models.steps import bounds, mean_step


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("name", ["fefet_jerry2017_mirror", "fefet_jerry2017_retrace", "ftj_luo2022", "ecram"])
def test_a_ramp_is_the_pulse_train_walked_one_by_one(name, direction):
    response = preset(name).response
    one, low_high = ramp(response, direction), bounds(response)
    w = np.array([0.2])
    for n in range(1, 6):
        w = np.clip(w + mean_step(response, w, direction), *low_high)
        assert one.after(np.array([0.2]), np.array([n * direction]))[0] == pytest.approx(w[0], abs=2e-3)
        assert one.pulses(np.array([0.2]), w)[0] == pytest.approx(n * direction, abs=0.05)


def test_the_fefet_has_its_32_levels():
    one = ramp(preset("fefet_jerry2017_mirror").response, 1)
    assert len(one.weight_N) == 33
    assert one.pulses(np.array([-5.0]), np.array([5.0]))[0] == 32


def test_what_has_no_programming_curve_is_refused():
    with pytest.raises(ValueError, match="IdealDevice"):
        ramp(IdealDevice(), 1)
    with pytest.raises(ValueError, match="do not cross the window of a ConstantStepDevice"):
        ramp(ConstantStepDevice(dw_min=1e-6), 1)
