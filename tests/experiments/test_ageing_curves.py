from dataclasses import replace

import numpy as np
import pytest

from device_models import preset
from device_models.ageing import Ageing
from experiments.ageing_curves import LEVELS, TEN_YEARS, retention_fan, wear

AGEING = preset("fefet_jerry2017_mirror").ageing


def test_a_fan_is_the_law_from_every_level():
    fan = retention_fan(AGEING, devices=3)
    assert fan.w_LTD.shape == (len(LEVELS), len(fan.seconds_T), 3)
    assert fan.seconds_T[[0, -1]] == pytest.approx([1.0, TEN_YEARS])
    for level, w_TD in zip(LEVELS, fan.w_LTD, strict=True):
        np.testing.assert_allclose(w_TD, np.repeat(level * _left(fan.seconds_T)[:, None], 3, axis=1))


def _left(seconds):
    return np.array([float(AGEING.retention.remaining(0.0, float(t))) for t in seconds])


def test_devices_spread_where_the_cell_says_so():
    fan = retention_fan(replace(AGEING, d2d=0.5), devices=500)
    assert fan.w_LTD[-1, -1].std() > 0.05
    assert fan.w_LTD[LEVELS.index(0.0)].std() == 0


def test_wear_is_the_window_and_the_survivors():
    worn = wear(AGEING)
    np.testing.assert_allclose(worn.alive_N, np.exp(-((worn.cycles_N / 5e6) ** 2)), atol=1e-12)
    assert worn.window_N[0] == pytest.approx(1 / 1.1, abs=1e-3)
    assert worn.window_N.max() <= 1


def test_what_is_not_known_is_not_drawn():
    assert retention_fan(Ageing()) is None
    assert wear(Ageing()) is None
    assert wear(Ageing(fatigue=AGEING.fatigue)).alive_N is None
    assert wear(Ageing(endurance=AGEING.endurance)).window_N is None
