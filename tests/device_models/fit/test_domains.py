"""Cells of domains as a measurement: the fit finds the step that their physics predicts."""

import numpy as np
import torch

from device_models.fit import fit
from device_models.steps import mean_step
from device_models.switching import AmplitudeRamp, PulseScheme, as_cell
from device_models.switching.response import film_response
from device_models.switching.tables import DENG_FEFET

RAMP = AmplitudeRamp(start=1.1e8, step=0.03e8, width=75e-9, count=32)


def test_a_piecewise_cell_is_fitted_to_simulated_domains(tmp_path):
    """Three ways up and down of a cell of 2000 domains, reads of 0.2 % noise: the step within 20 % of that of infinitely many domains, over
    the middle of the window."""
    cell = as_cell(DENG_FEFET, PulseScheme(RAMP, RAMP), domains=2000)
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    w_ND = film_response(cell.film, devices=3, generator=generator)
    rows = ["cycle,pulse,polarity,conductance [uS]"]
    for cycle in range(3):
        g = 0.5 * (1 + w_ND[:, cycle]) + 0.002 * rng.standard_normal(len(w_ND))
        rows += [f"{cycle},{n},{0 if n == 0 else 1 if n <= 32 else -1},{value:.5f}" for n, value in enumerate(g)]
    path = tmp_path / "domains.csv"
    path.write_text("\n".join(rows) + "\n")
    found = fit(path).cell
    assert type(found.response).__name__ == "PiecewiseStepDevice"
    for sign in (1, -1):
        w = np.linspace(-0.6, 0.6, 13)
        ratio = mean_step(found.response, w, sign) / mean_step(cell.response, w, sign)
        assert np.abs(ratio - 1).max() < 0.2, (sign, ratio)
