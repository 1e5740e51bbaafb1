"""A cell whose response is what the switching physics predicts for a write scheme."""

import math

import numpy as np
from aihwkit.simulator.configs.devices import PiecewiseStepDevice

from device_models.cell import Cell, Source
from device_models.neurosim import up_down_bias
from device_models.switching.activation import MV_PER_CM
from device_models.switching.expected import switched_path
from device_models.switching.film import LINEAR, Film, Readout
from device_models.switching.granularity import step_spread
from device_models.switching.nodes import NODES, Branches, piecewise_nodes
from device_models.switching.nucleation import NucleationModel
from device_models.switching.pulses import PulseScheme, PulseTrain


def as_cell(
    model: NucleationModel,
    scheme: PulseScheme,
    *,
    domains: int | None,
    cycles: int = 10,
    nodes: int = NODES,
    readout: Readout | None = None,
    selection: str = "none",
    thickness: float | None = None,
    area: float | None = None,
) -> Cell:
    """The piecewise cell of a film under a scheme: weight -1 where the settled way up begins, +1 where it ends.

    The response holds the mean step as a function of the weight; what it cannot hold is the
    history of each domain, which makes the first steps after a change of direction smaller.

    Cycle-to-cycle noise is that of the domains, at the mean step: dw_min_std = rms step spread over mean step. aihwkit multiplies it by the
    step, while the domains' noise grows as its root, so that it is exact where the relative step is 1. Device-to-device fields are 0:
    ``granularity.step_spread`` has the spread, and the domains themselves have it too.

    Args:
        model: the film.
        scheme: trains up and down.
        domains: D, domains of one cell; None for no noise.
        cycles: ways up and down before the window is measured.
        nodes: nodes of the response.
        readout: conductance of a polarisation; linear from 10 nS to 1 uS where None.
        selection: half-select scheme of the film; the response has none.
        thickness: voltage over field [m]; voltages are those of the mean pulse.
        area: of the film; with the thickness it gives the mean energy of a pulse, V times the charge that switches [m^2].

    Raises:
        ValueError: the trains switch nothing, or fewer than two nodes.
    """
    film = Film(model=model, scheme=scheme, domains=domains or 1, readout=readout or LINEAR, selection=selection, cycles=cycles)
    settled = film.settled()
    low, high = (float(film.conductance(np.array([end]))[0]) for end in film.window())
    volts = [None if thickness is None else thickness * float(np.mean(train.fields())) for train in (scheme.up, scheme.down)]
    energies = [_energy(model, train, volt, area) for train, volt in zip((scheme.up, scheme.down), volts, strict=True)]
    dw_min, up_down = up_down_bias(2 / scheme.up.count, 2 / scheme.down.count)
    response = PiecewiseStepDevice(
        w_min=-1.0,
        w_max=1.0,
        dw_min=dw_min,
        up_down=up_down,
        piecewise_up=piecewise_nodes(film.weight(settled.up), nodes).tolist(),
        piecewise_down=piecewise_nodes(film.weight(settled.down), nodes).tolist(),
        dw_min_std=_relative_noise(model, scheme, domains),
        dw_min_dtod=0.0,
        up_down_dtod=0.0,
        w_min_dtod=0.0,
        w_max_dtod=0.0,
    )
    return Cell(
        name=f"{model.name}_switching",
        response=response,
        source=_source(model, scheme, settled, domains, film.readout),
        levels=max(scheme.up.count, scheme.down.count),
        g_min=low,
        g_max=high,
        pulse_voltage_up=volts[0],
        pulse_voltage_down=None if volts[1] is None else -volts[1],
        pulse_energy_up=energies[0],
        pulse_energy_down=energies[1],
        pulse_width=_one_width(scheme),
        film=None if domains is None else film,
    )


def _relative_noise(model: NucleationModel, scheme: PulseScheme, domains: int | None) -> float:
    """Root mean square over both trains of the cycle-to-cycle spread over the mean step."""
    if domains is None:
        return 0.0
    return math.sqrt(np.mean([_relative_variance(model, train, domains) for train in (scheme.up, scheme.down)]))


def _relative_variance(model: NucleationModel, train: PulseTrain, domains: int) -> float:
    mean_step = switched_path(model, train)[-1] / train.count
    return float(np.mean(step_spread(model, train, domains).c2c ** 2)) / mean_step**2


def _energy(model: NucleationModel, train: PulseTrain, volts: float | None, area: float | None) -> float | None:
    """V 2 P_r A times the mean share of the film that one pulse switches [J]."""
    if volts is None or area is None:
        return None
    return volts * 2 * model.remanence * area * float(switched_path(model, train)[-1]) / train.count


def _told(train: PulseTrain) -> str:
    """A train in words."""
    fields, widths = train.fields() / MV_PER_CM, train.widths() * 1e9
    first, last = (f"{field:.4g} MV/cm, {width:.4g} ns" for field, width in zip(fields[[0, -1]], widths[[0, -1]], strict=True))
    return f"{train.count} pulses of {first}" if first == last else f"{train.count} pulses from {first} to {last}"


def _one_width(scheme: PulseScheme) -> float | None:
    widths = np.concatenate([scheme.up.widths(), scheme.down.widths()])
    return float(widths[0]) if np.all(widths == widths[0]) else None


def _source(model: NucleationModel, scheme: PulseScheme, settled: Branches, domains: int | None, readout: Readout) -> Source:
    order = "read before each write" if scheme.requires_read_before_write else "open loop"
    return Source(
        citation=f"nucleation-limited switching with the parameters of: {model.source.citation}",
        doi=model.source.doi,
        confidence="simulated",
        note=(
            f"{_told(scheme.up)} up, {_told(scheme.down)} down ({order}); {domains} domains per cell. The window covers the fraction "
            f"up from {settled.up[0]:.3f} to {settled.up[-1]:.3f}; the way down misses its start by {settled.gap:.1%} of it. Conductance: "
            f"{readout!r}. History across a change of direction is not in the response."
        ),
    )
