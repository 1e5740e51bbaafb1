import numpy as np
import pytest

from device_models import as_cell
from device_models.cell_file import write_cell
from device_models.fit import fit
from device_models.fit.report import report
from device_models.steps import bounds, mean_step


@pytest.fixture(scope="module")
def one_device(simulate, write, linear, tmp_path_factory):
    """Write noise that scales with the step, read noise, ten cycles."""
    folder = tmp_path_factory.mktemp("one")
    return fit(write(simulate(linear, 0, cycles=10, mult=0.5, read=0.02), folder / "mine.csv"))


def _holds(estimate, true, width):
    """The interval holds the truth and is no wider than ``width``."""
    return estimate.low <= true <= estimate.high and estimate.high - estimate.low < width


def test_mean_response_write_noise_and_read_noise_are_recovered(one_device):
    """Seven 95 % intervals of one data set; the widths are twice what 1280 reads give."""
    found = one_device
    assert found.law == "LinearStepDevice"
    for name, true in {"step_up": 0.04, "step_down": 0.05}.items():
        assert _holds(found.parameters[name], true, 0.008), (name, found.parameters[name])
    for name, true in {"gamma_up": 0.6, "gamma_down": 0.5}.items():
        assert _holds(found.parameters[name], true, 0.3), (name, found.parameters[name])
    assert found.noise_form == "mult"
    assert _holds(found.variability["dw_min_std"], 0.5, 0.25)
    assert _holds(found.variability["read_noise"], 0.01, 0.003)
    assert _holds(found.variability["drift"], 0.0, 0.01)
    assert found.cell.g_min == pytest.approx(1e-6, rel=0.02)
    assert found.cell.g_max == pytest.approx(5e-6, rel=0.01)
    assert found.outliers == 0


def test_the_cell_is_the_fit(one_device, tmp_path):
    found = one_device
    response = found.cell.response
    assert mean_step(response, 0.5, 1) == pytest.approx(0.04 * 0.7, rel=0.1)
    assert mean_step(response, 0.5, -1) == pytest.approx(-0.05 * 1.25, rel=0.1)
    assert bounds(response) == (-1, 1)
    assert response.mult_noise is True
    assert response.dw_min_std == found.variability["dw_min_std"].value
    assert found.cell.read_noise == found.variability["read_noise"].value
    assert {name for name in vars(response) if name.endswith("_dtod") and getattr(response, name)} == set()
    write_cell(found.cell, tmp_path / "cell.toml")
    assert as_cell(tmp_path / "cell.toml") == found.cell


def test_what_the_data_do_not_tell_is_said(one_device):
    text = "\n".join(one_device.undetermined)
    assert "one device was measured" in text
    assert "write_noise_std" in text
    assert "g_min" not in text
    for line in (*one_device.undetermined, "LinearStepDevice", "gamma_up", "read_noise"):
        assert line in report(one_device)


@pytest.fixture(scope="module")
def many_devices(simulate, write, tmp_path_factory):
    """Six devices that differ in step and slope; wrong reads, missing reads, drift of the baseline."""
    rng = np.random.default_rng(5)
    scale, gamma = 0.06 * (1 + 0.15 * rng.standard_normal(6)), 0.5 + 0.1 * rng.standard_normal(6)

    def step(w, polarity, device):
        return scale[device] * (1 - gamma[device] * w) if polarity > 0 else -scale[device] * (1 + 0.4 * w)

    rows = []
    for device, cycle, pulse, polarity, w in simulate(step, 1, devices=6, cycles=5, up=44, down=44, add=0.01, read=0.01):
        u = rng.random()
        rows.append((device, cycle, pulse, polarity, None if u < 0.02 else w + 0.02 * cycle + (0.7 if u > 0.99 else 0)))
    folder = tmp_path_factory.mktemp("many")
    return fit(write(rows, folder / "array.csv")), scale.std(ddof=1) / scale.mean(), gamma.std(ddof=1), rows


def test_device_to_device_spread_is_told_from_noise(many_devices):
    found, scale_spread, gamma_spread, _ = many_devices
    assert found.law == "LinearStepDevice"
    assert found.noise_form == "add"
    assert _holds(found.variability["c2c"], 0.005, 0.004)
    assert _holds(found.variability["read_noise"], 0.005, 0.004)
    assert _holds(found.variability["dw_min_dtod"], scale_spread, 5 * scale_spread)  # six devices say no more
    assert _holds(found.variability["gamma_up_dtod"], gamma_spread, 5 * gamma_spread)
    assert found.variability["gamma_down_dtod"].low < 0.05  # none in truth
    assert found.cell.response.dw_min_dtod == found.variability["dw_min_dtod"].value
    assert found.cell.source.confidence == "array"


def test_wrong_and_missing_reads_and_drift_do_no_harm(many_devices):
    found, _, _, rows = many_devices
    missing = sum(w is None for *_, w in rows)
    assert found.missing == missing
    assert found.reads == len(rows) - missing
    wrong = sum(w is not None and w > 1.2 for *_, w in rows)  # of all that are wrong, those that stick out of the window
    assert wrong < found.outliers < 0.03 * len(rows)
    assert _holds(found.variability["drift"], 0.01, 0.006)  # 0.02 of a window of 2
    # q = R = 1e-4 in weights: the filter settles at S = q (3 + sqrt(5)) / 2, half of whose root is 0.0081; 2000 reads tell it to 2 %
    assert found.residual_rms == pytest.approx(0.0081, rel=0.15)


LEVELS = 2 * np.array([0, 0.02, 0.05, 0.1, 0.17, 0.26, 0.36, 0.46, 0.56, 0.66, 0.75, 0.83, 0.9, 0.95, 0.98, 1]) - 1


def test_a_staircase_of_sixteen_levels(simulate, write, tmp_path):
    """One pulse per level, levels far from evenly spaced. Followed from level to level the fitted steps are right to 4 standard errors of
    a read mean of ten cycles, 4 x 0.01 / sqrt(10) = 0.013, and the width of a node, whose interpolation errs by 0.01."""

    def step(w, polarity, device):
        i = int(np.abs(LEVELS - w).argmin())
        return LEVELS[min(max(i + polarity, 0), 15)] - LEVELS[i]

    found = fit(write(simulate(step, 0, cycles=10, up=15, down=15, read=0.01), tmp_path / "stairs.csv"))
    assert found.law == "PiecewiseStepDevice"
    assert all(found.scores["PiecewiseStepDevice"] < score for name, score in found.scores.items() if name != found.law)
    window = found.evidence.window
    low, high = (2 * (g * 1e6 - 1) / 4 - 1 for g in (window.low, window.high))
    inside = 2 * (LEVELS - low) / (high - low) - 1
    up = mean_step(found.cell.response, inside[:-1], 1)
    np.testing.assert_allclose(up, np.diff(inside), atol=0.023)


@pytest.mark.parametrize(
    ("name", "step", "noise"),
    [
        ("SoftBoundsDevice", lambda w, p, _: 0.06 * (1 - w) if p > 0 else -0.08 * (1 + w), {"mult": 0.4, "read": 0.01}),
        (
            "ExpStepDevice",
            lambda w, p, _: 0.05 * (1 - 0.08 * np.exp(2.5 * w)) if p > 0 else -0.06 * (1 - 0.1 * np.exp(-2.2 * w)),
            {"mult": 0.2, "read": 0.005},
        ),
        ("PowStepDevice", lambda w, p, _: p * 0.1 * ((1 - p * w) / 2) ** 1.8, {"mult": 0.2, "read": 0.005}),
    ],
)
def test_every_law_is_told_by_its_steps(name, step, noise, simulate, write, tmp_path):
    """The chosen law is the true one, or one that fits as well with fewer parameters; its steps are right to 5 % of the largest."""
    found = fit(write(simulate(step, 0, cycles=6, **noise), tmp_path / "pulses.csv"))
    equal = [found.law, *(law for law in found.scores if any(law in sentence for sentence in found.undetermined))]
    assert name in equal, found.scores
    window = found.evidence.window
    w = np.linspace(-0.8, 0.8, 17)
    true_w = (window.conductance(w) * 1e6 - 1) / 2 - 1
    half = (window.high - window.low) * 1e6 / 4
    for polarity in (1, -1):
        true = np.array([step(x, polarity, 0) for x in true_w]) / half
        np.testing.assert_allclose(mean_step(found.cell.response, w, polarity), true, atol=0.05 * np.abs(true).max())


def test_two_columns_without_unit(linear, tmp_path):
    """The bare form, without noise: everything is exact, and what it cannot tell is said."""
    up, down = [-1.0], [1.0]
    for _ in range(59):
        up.append(min(up[-1] + linear(up[-1], 1, 0), 1.0))
        down.append(max(down[-1] + linear(down[-1], -1, 0), -1.0))
    path = tmp_path / "bare.csv"
    path.write_text("".join(f"{u!r},{d!r}\n" for u, d in zip(up, down, strict=True)), encoding="utf-8")
    found = fit(path)
    assert found.law == "LinearStepDevice"
    values = [found.parameters[name].value for name in ("step_up", "step_down", "gamma_up", "gamma_down")]
    np.testing.assert_allclose(values, [0.04, 0.05, 0.6, 0.5], rtol=1e-4)
    assert found.cell.g_min is None
    assert any("no unit" in sentence for sentence in found.undetermined)
    assert found.variability["c2c"].high < 1e-3
