import math

import pytest
from aihwkit.simulator.configs import AnalogMVType, BoundManagementType, IOParameters, NoiseManagementType, WeightNoiseType

from crossbar.io import Periphery, io_parameters, resolution, with_read_noise


def test_the_defaults_are_aihwkits():
    assert io_parameters() == IOParameters()
    assert Periphery().forward_io() == Periphery().backward_io() == IOParameters()


@pytest.mark.parametrize(("bits", "step"), [(0, 0.0), (2, 1 / 2), (7, 1 / 126), (9, 1 / 510)])
def test_bits_are_a_resolution_that_keeps_zero_a_level(bits, step):
    assert resolution(bits) == step


@pytest.mark.parametrize("bits", [1, -3])
def test_a_converter_has_no_single_bit(bits):
    with pytest.raises(ValueError, match=f"at least 2, not {bits}"):
        io_parameters(dac_bits=bits)


def test_a_converter_has_no_end_of_bits():
    with pytest.raises(ValueError, match="at most 64 bits, not 65"):
        io_parameters(adc_bits=65)


def test_every_number_arrives_in_its_field():
    io = io_parameters(
        dac_bits=5,
        adc_bits=6,
        inp_noise=0.01,
        out_noise=0.02,
        w_noise=0.03,
        out_bound=4.0,
        noise_management="CONSTANT",
        bound_management="SHIFT",
        ir_drop=0.5,
        more={"nm_thres": 2, "mv_type": "POS_NEG_SEPARATE", "inp_sto_round": True, "max_bm_factor": 7},
    )
    assert io == IOParameters(
        inp_res=1 / 30,
        out_res=1 / 62,
        inp_noise=0.01,
        out_noise=0.02,
        w_noise=0.03,
        w_noise_type=WeightNoiseType.ADDITIVE_CONSTANT,
        out_bound=4.0,
        noise_management=NoiseManagementType.CONSTANT,
        bound_management=BoundManagementType.SHIFT,
        ir_drop=0.5,
        nm_thres=2,
        mv_type=AnalogMVType.POS_NEG_SEPARATE,
        inp_sto_round=True,
        max_bm_factor=7,
    )
    assert io_parameters(is_perfect=True).is_perfect


def test_one_direction_may_differ():
    periphery = Periphery(adc_bits=8, out_noise=0.1, forward={"r_series": 0.01}, backward={"out_noise": 0.2})
    assert (periphery.forward_io().r_series, periphery.forward_io().out_noise) == (0.01, 0.1)
    assert (periphery.backward_io().r_series, periphery.backward_io().out_noise) == (0.0, 0.2)
    assert periphery.backward_io().out_res == 1 / 254


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"out_nose": 0.1}, r"unknown field of IOParameters 'out_nose' \(did you mean 'out_noise'\?\)"),
        ({"out_noise": "much"}, "out_noise of IOParameters is a float, not 'much'"),
        ({"out_noise": True}, "out_noise of IOParameters is a float, not True"),
        ({"is_perfect": 1}, "is_perfect of IOParameters is a bool, not 1"),
        ({"max_bm_factor": 1.5}, "max_bm_factor of IOParameters is a int, not 1.5"),
        ({"mv_type": "ONE_PAS"}, r"unknown AnalogMVType 'ONE_PAS' \(did you mean 'ONE_PASS'\?\)"),
    ],
)
def test_a_wrong_field_is_refused(more, message):
    with pytest.raises(ValueError, match=message):
        Periphery(forward=more)
    with pytest.raises(ValueError, match=message):
        Periphery(backward=more)


def test_a_wrong_management_is_refused():
    with pytest.raises(ValueError, match=r"unknown NoiseManagementType 'ABSMAX' \(did you mean 'ABS_MAX'\?\)"):
        Periphery(noise_management="ABSMAX")
    with pytest.raises(ValueError, match="unknown BoundManagementType 'none'"):
        Periphery(bound_management="none")


def test_read_noise_adds_in_quadrature_over_a_range_of_two():
    io = io_parameters(w_noise=0.03)
    noisy = with_read_noise(io, 0.02)
    assert noisy.w_noise == pytest.approx(math.hypot(0.03, 0.04))
    assert noisy.w_noise_type is WeightNoiseType.ADDITIVE_CONSTANT
    assert io.w_noise == 0.03, "the argument is not written to"
    assert with_read_noise(io_parameters(), 0.02).w_noise == pytest.approx(0.04)
    assert with_read_noise(io_parameters(), 0.0) == io_parameters()


def test_read_noise_does_not_combine_with_another_law():
    io = io_parameters(w_noise=0.03, more={"w_noise_type": "PCM_READ"})
    assert with_read_noise(io, 0.0) == io
    with pytest.raises(ValueError, match=r"read_noise 0.02 does not combine with w_noise_type PCM_READ"):
        with_read_noise(io, 0.02)


def test_a_weight_noise_without_its_type_is_not_lost():
    """aihwkit ignores w_noise where the type is NONE, its default."""
    assert io_parameters(more={"w_noise": 0.5}).w_noise_type is WeightNoiseType.ADDITIVE_CONSTANT
