import numpy as np
import torch

from device_models.switching import AmplitudeRamp, Film, IdenticalPulses, PulseScheme
from device_models.switching.expected import switched_path
from device_models.switching.response import film_response, switching_map
from device_models.switching.tables import DENG_FEFET

TRAIN = IdenticalPulses(field=1.4e8, width=75e-9, count=16)


def test_the_mean_of_many_devices_is_the_settled_way():
    """500 cells of 100 domains: within 5 standard errors of the mean weight, and 3 % for a window that has not quite settled."""
    film = Film(model=DENG_FEFET, scheme=PulseScheme(TRAIN, TRAIN), domains=100)
    w_ND = film_response(film, devices=500, generator=torch.Generator().manual_seed(0), cycles=6)
    assert w_ND.shape == (33, 500)
    ways = film.settled()
    wanted = film.weight(np.concatenate([ways.up, ways.down[1:]]))
    assert np.abs(w_ND.mean(axis=1) - wanted).max() < 0.06 + 5 * w_ND.std(axis=1).max() / 500**0.5


def test_a_map_is_the_first_pulse_of_a_train():
    fields, widths = np.array([1.0e8, 1.5e8, 2.5e8]), np.array([75e-9, 1e-6])
    found = switching_map(DENG_FEFET, fields, widths)
    for w, width in enumerate(widths):
        for f, field in enumerate(fields):
            wanted = switched_path(DENG_FEFET, IdenticalPulses(field=field, width=width, count=1))[1]
            assert abs(found[w, f] - wanted) < 2e-3
    assert bool((np.diff(found, axis=0) > 0).all())
    assert bool((np.diff(found, axis=1) > 0).all())


def test_ramps_answer_too():
    ramp = AmplitudeRamp(start=1.1e8, step=0.03e8, width=75e-9, count=32)
    film = Film(model=DENG_FEFET, scheme=PulseScheme(ramp, ramp), domains=20)
    w_ND = film_response(film, devices=50, generator=torch.Generator().manual_seed(0))
    assert w_ND[32].mean() > 0.9
    assert w_ND[-1].mean() < -0.9
