import pytest

from device_models.switching.stack import Stack


def test_a_capacitor_has_voltage_over_thickness():
    stack = Stack(thickness=10e-9, permittivity=28.0)
    assert stack.field(2.0) == pytest.approx(2e8)
    assert stack.voltage(2e8) == pytest.approx(2.0)


def test_an_interlayer_takes_the_voltage_of_equal_displacement():
    """Continuity of eps E and the sum of both drops: Deng's 8 nm of 28 over 1 nm of 3.9."""
    stack = Stack(thickness=8e-9, permittivity=28.0, interlayer_thickness=1e-9)
    field = stack.field(3.0)
    interlayer = field * 28.0 / 3.9
    assert field * 8e-9 + interlayer * 1e-9 == pytest.approx(3.0)
    assert stack.voltage(field) == pytest.approx(3.0)


def test_errors_name_the_value():
    with pytest.raises(ValueError, match="thickness of a stack must be positive, not 0"):
        Stack(thickness=0, permittivity=28.0)
    with pytest.raises(ValueError, match="0 m or more, not -1e-09"):
        Stack(thickness=8e-9, permittivity=28.0, interlayer_thickness=-1e-9)
