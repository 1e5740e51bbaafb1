"""What a fit returns."""

from collections.abc import Mapping
from dataclasses import dataclass

from device_models.cell import Cell
from device_models.fit.estimate import Estimate, Floats
from device_models.fit.law import Law
from device_models.fit.noise import Form
from device_models.fit.reading import Train
from device_models.fit.segments import Segments
from device_models.fit.tracking import Noise
from device_models.fit.window import Window


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What the cell was fitted to, for pictures.

    Attributes:
        trains: the trains, without drift, in the file's unit of conductance.
        unit: that unit, or None.
        window: between which conductances the weights run.
        segments: the reads as weights.
        law: the chosen step law.
        theta_P: its parameters.
        noise: write and read noise, in weights.
    """

    trains: tuple[Train, ...]
    unit: str | None
    window: Window
    segments: Segments
    law: Law
    theta_P: Floats
    noise: Noise


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """A cell fitted to measured pulses. Intervals are 95 %; weights run from -1 to 1 over the window.

    Attributes:
        cell: the cell.
        law: name of the aihwkit class that was chosen.
        parameters: of the step law, in weights; the cell's response has them in aihwkit's convention.
        scores: mean cross-validation loss of every law, minus twice the log of a held-out read's predicted density; lower is better.
        residual_rms: one-step prediction error, outliers left out, as a fraction of the range [1].
        noise_form: ``add`` where a pulse's noise has one size, ``mult`` where it scales with the step.
        variability: ``c2c`` (one pulse) and ``read_noise`` (one read), as fractions of the range; ``dw_min_std`` as aihwkit has it; every
            fitted ``*_dtod``; ``drift`` of the baseline per cycle, as a fraction of the range, where there were cycles enough.
        reads: number of reads that were used.
        missing: number that were missing.
        outliers: number further than 5 standard deviations from their prediction.
        undetermined: what the data do not tell, in sentences.
        evidence: what it was fitted to.
    """

    cell: Cell
    law: str
    parameters: Mapping[str, Estimate]
    scores: Mapping[str, float]
    residual_rms: float
    noise_form: Form
    variability: Mapping[str, Estimate]
    reads: int
    missing: int
    outliers: int
    undetermined: tuple[str, ...]
    evidence: Evidence
