"""Measured pulses made by a plain float64 simulator that shares no code with the fit."""

import numpy as np
import pytest


def _simulate(step, seed, *, devices=1, cycles=5, up=64, down=64, add=0.0, mult=0.0, read=0.0, start=-1.0):
    """Rows (device, cycle, pulse, polarity, read weight); step(w, polarity, device) is the signed mean change."""
    rng = np.random.default_rng(seed)
    rows = []
    for device in range(devices):
        w = start
        for cycle in range(cycles):
            rows.append((device, cycle, 0, 0, w + read * rng.standard_normal()))
            for polarity, count in ((1, up), (-1, down)):
                for pulse in range(1, count + 1):
                    change = step(w, polarity, device)
                    w += change * (1 + mult * rng.standard_normal()) + add * rng.standard_normal()
                    w = min(max(w, -1.0), 1.0)
                    rows.append((device, cycle, pulse, polarity, w + read * rng.standard_normal()))
    return rows


def _write(rows, path, g_min=1.0, g_max=5.0):
    """The long form in microsiemens; a weight of None is a missing read."""
    lines = ["device,cycle,pulse,polarity,conductance [uS]"]
    for device, cycle, pulse, polarity, w in rows:
        g = "" if w is None else repr(float(g_min + (w + 1) / 2 * (g_max - g_min)))
        lines.append(f"{device},{cycle},{pulse},{polarity},{g}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def simulate():
    return _simulate


@pytest.fixture(scope="session")
def write():
    return _write


@pytest.fixture(scope="session")
def linear():
    def step(w, polarity, device):
        return 0.04 * (1 - 0.6 * w) if polarity > 0 else -0.05 * (1 + 0.5 * w)

    return step
