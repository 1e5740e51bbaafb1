"""Make pulses.csv: what a measurement of four devices might look like. The truth is in the constants, to compare a fit with."""

from pathlib import Path

import numpy as np

LOW, HIGH = 1.0, 5.0  # µS
STEP_UP, STEP_DOWN = 0.05, 0.06  # of a window from -1 to 1
GAMMA_UP, GAMMA_DOWN = 0.6, 0.4  # steps at the end of the way, relative to the middle: 1 - gamma
DEVICES, CYCLES, PULSES = 4, 5, 60
DEVICE_SPREAD = 0.1  # of the step
WRITE_NOISE, READ_NOISE = 0.012, 0.008  # per pulse, per read


def main() -> None:
    """Write the file beside this one."""
    rng = np.random.default_rng(0)
    lines = ["device,cycle,pulse,polarity,conductance [uS]"]
    for device in range(1, DEVICES + 1):
        size, w = 1 + DEVICE_SPREAD * rng.standard_normal(), -1.0
        for cycle in range(1, CYCLES + 1):
            for pulse in range(2 * PULSES + 1):
                polarity = 0 if pulse == 0 else 1 if pulse <= PULSES else -1
                step = STEP_UP * (1 - GAMMA_UP * w) if polarity > 0 else -STEP_DOWN * (1 + GAMMA_DOWN * w)
                if polarity:
                    w = float(np.clip(w + size * step + WRITE_NOISE * rng.standard_normal(), -1, 1))
                read = w + READ_NOISE * rng.standard_normal()
                lines.append(f"{device},{cycle},{pulse},{polarity},{LOW + (read + 1) / 2 * (HIGH - LOW):.5f}")
    Path("pulses.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
