import numpy as np
import pytest
from matplotlib.figure import Figure

from device_models.fit import fit
from device_models.fit.prediction import open_loop, residuals
from experiments.fit_plot import plot_fit


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Four short cycles of a straight device with read noise and one wrong read."""
    rng = np.random.default_rng(0)
    ramp = np.concatenate([np.linspace(1, 3, 11), np.linspace(2.8, 1, 10)])
    rows = ["cycle,polarity,conductance [uS]"]
    for cycle in range(4):
        read = ramp + 0.02 * rng.standard_normal(21)
        read[5] += 1.5 * (cycle == 2)
        rows += [f"{cycle},{1 if 0 < i <= 10 else -1 if i else 0},{float(g)!r}" for i, g in enumerate(read)]
    path = tmp_path_factory.mktemp("plot") / "pulses.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return fit(path)


@pytest.fixture
def drawn(found, tmp_path, monkeypatch):
    """The figure as it was saved."""
    saved = []
    monkeypatch.setattr(Figure, "savefig", lambda self, path, **options: saved.append(self))
    plot_fit(found, tmp_path / "fit.png")
    return saved[0]


def test_the_picture_is_written(found, tmp_path):
    plot_fit(found, tmp_path / "fit.png")
    assert (tmp_path / "fit.png").read_bytes()[:4] == b"\x89PNG"


def test_data_mean_bands_and_residuals_are_in_it(found, drawn):
    response, step, residual, histogram = drawn.axes
    data = np.concatenate([line.get_ydata() for line in response.lines if line.get_marker() == "."])
    reads = np.concatenate([train.conductance_T for train in found.evidence.trains])
    np.testing.assert_allclose(np.sort(data), np.sort(1e6 * reads))
    mean, _, spread = open_loop(found.evidence, found.evidence.trains[0])
    np.testing.assert_allclose(response.lines[-1].get_ydata(), 1e6 * mean)
    edge = np.concatenate([path.vertices[:, 1] for path in response.collections[0].get_paths()])
    assert edge.max() == pytest.approx(1e6 * (mean + 2 * spread).max())
    _, z = residuals(found.evidence)
    assert residual.lines[0].get_ydata().size + residual.lines[1].get_ydata().size == z.size
    assert len(step.collections) == 2
    assert sum(patch.get_height() for patch in histogram.patches) * 0.25 == pytest.approx(1)
    assert "µS" in response.get_ylabel()


def test_open_loop_follows_the_ramp(found):
    """No read but the first is used; steps of 0.2 known to a few per cent add up to the ramp."""
    mean, state, read = open_loop(found.evidence, found.evidence.trains[0])
    np.testing.assert_allclose(1e6 * mean[:11], np.linspace(1, 3, 11), atol=0.15)
    assert (state <= read).all()
    assert read[0] > 0
