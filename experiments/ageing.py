"""[ageing] and [shelf]: how cells age while they learn and after, and the laws that the numbers make."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from analogdecor.clock import Clock
from device_models.ageing import Ageing, Endurance, Fatigue, Imprint, LogTime, PowerLaw, ReadDisturb, StretchedExponential
from device_models.cell import Cell, Source
from experiments.sections import Count, NonNegative, Positive, Section, Share

_LONGEST, _MOST = 1e9, 1e15
"""30 years, and more cycles than any cell has been through."""

_LAWS: dict[str, tuple[type, tuple[str, str]]] = {
    "log_time": (LogTime, ("r", "t0")),
    "stretched_exponential": (StretchedExponential, ("tau", "m")),
    "power_law": (PowerLaw, ("nu", "t0")),
}
_GIVEN = Source(citation="given in the spec", confidence="assumed")


class Retention(Section):
    """[ageing.retention]: what is left of a written weight after a time.

    Attributes:
        law: log_time, 1 - r log10(1 + t / t0); stretched_exponential, exp(-(t / tau)^m); power_law, (1 + t / t0)^-nu.
        r: loss per decade [1].
        nu: exponent of the power law [1].
        t0: time at which the loss sets in [s].
        tau: time constant [s].
        m: exponent of the stretched exponential [1].
        relaxed: weight of a cell that has forgotten; 0 is the middle of the window [1].
        longest: longest time since a write for which the law is trusted [s].
    """

    law: Literal["log_time", "stretched_exponential", "power_law"] = "log_time"
    r: Share | None = None
    nu: Positive | None = None
    t0: Positive | None = None
    tau: Positive | None = None
    m: Share | None = None
    relaxed: Annotated[float, Field(ge=-1, le=1)] = 0.0
    longest: Positive = _LONGEST

    @model_validator(mode="after")
    def _the_laws_own_numbers(self) -> "Retention":
        wanted = _LAWS[self.law][1]
        given = tuple(name for name in ("r", "nu", "t0", "tau", "m") if getattr(self, name) is not None)
        if set(given) != set(wanted):
            raise ValueError(f"the law {self.law} takes {' and '.join(wanted)}, not {' and '.join(given) or 'nothing'}")
        return self

    def made(self) -> LogTime | StretchedExponential | PowerLaw:
        """The law."""
        kind, names = _LAWS[self.law]
        law: Any = kind(**{name: getattr(self, name) for name in names}, longest=self.longest, source=_GIVEN)
        return law


class ImprintNumbers(Section):
    """[ageing.imprint]: shift k log10(1 + t / t0) of the loop towards the state that is held.

    Attributes:
        k: shift per decade, for a saturated cell [V/m].
        t0: time at which it sets in [s].
        sensitivity: d ln(step) / d field, by which a shift unbalances up and down steps [m/V].
        longest: longest time for which the law is trusted [s].
    """

    k: Positive
    t0: Positive = 1.0
    sensitivity: Positive
    longest: Positive = _LONGEST


class FatigueNumbers(Section):
    """[ageing.fatigue]: window 1 + wake_up (1 - exp(-n / n_wake_up)) - loss log10(1 + n / n_fatigue) of the fresh cell's.

    Attributes:
        wake_up: growth by wake-up [1].
        n_wake_up: cycles of wake-up.
        loss: loss per decade of cycles [1].
        n_fatigue: cycles at which fatigue sets in.
        most: most cycles for which the law is trusted.
    """

    wake_up: NonNegative = 0.0
    n_wake_up: Positive = 1e3
    loss: NonNegative = 0.0
    n_fatigue: Positive = 1e5
    most: Positive = _MOST


class EnduranceNumbers(Section):
    """[ageing.endurance]: a cell survives n cycles with probability exp(-(n / eta)^k).

    Attributes:
        eta: characteristic life [cycles].
        k: Weibull slope [1].
        stuck_at: weight of a broken cell; where it was if not given [1].
    """

    eta: Positive
    k: Positive = 2.0
    stuck_at: Annotated[float, Field(ge=-1, le=1)] | None = None


class ReadDisturbNumbers(Section):
    """[ageing.read_disturb]: the distance to where reads push shrinks as exp(-(n / n_r)^beta).

    Attributes:
        n_r: reads after which 63 % of the distance is gone.
        beta: exponent [1].
        towards: weight that reads push towards [1].
        most: most reads since a write for which the law is trusted.
    """

    n_r: Positive
    beta: Positive = 1.0
    towards: Annotated[float, Field(ge=-1, le=1)] = 1.0
    most: Positive = _MOST


class ClockNumbers(Section):
    """[ageing.clock]: how long learning takes on the chip.

    Attributes:
        per_sample: every sample of a batch [s].
        per_read: every vector read by an array, forward or transposed [s].
        per_write: every write of an array, all its rows [s].
    """

    per_sample: NonNegative = 0.0
    per_read: NonNegative = 0.0
    per_write: NonNegative = 0.0

    def made(self) -> Clock:
        """The clock."""
        return Clock(per_sample=self.per_sample, per_read=self.per_read, per_write=self.per_write)


class AgeingLaws(Section):
    """[ageing]: how the cells of all arrays age. Nothing ages where nothing is given.

    Attributes:
        of_cell: take the laws of the preset or cell file, where it has any that are not given here.
        retention: forgetting.
        imprint: imbalance of up and down.
        fatigue: wake-up and fatigue.
        endurance: breakdown.
        read_disturb: reads as weak pulses.
        d2d: standard deviation of the logarithm of each law's rate from cell to cell [1]; that of the cell where it is not given.
        cycles: write cycles that every cell has been through before the first programming.
        clock: how long learning takes; no time passes where it is not given.
    """

    of_cell: bool = False
    retention: Retention | None = None
    imprint: ImprintNumbers | None = None
    fatigue: FatigueNumbers | None = None
    endurance: EnduranceNumbers | None = None
    read_disturb: ReadDisturbNumbers | None = None
    d2d: NonNegative | None = None
    cycles: NonNegative = 0.0
    clock: ClockNumbers | None = None


class Shelf(Section):
    """[shelf]: what becomes of the chip after training.

    Attributes:
        times: on the shelf, after the training, at which it is tested [s]; rising.
        cycles: further write cycles of every cell, after the training, at which it is tested; rising.
        heal_epochs: epochs of further learning by the same rule after a time on the shelf; beside it, as many of a chip that was not on
            the shelf.
        heal_after: that time; the longest of ``times`` where it is not given [s].
    """

    times: tuple[Positive, ...] = ()
    cycles: tuple[Positive, ...] = ()
    heal_epochs: Count = 0
    heal_after: Positive | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Shelf":
        for name, values in (("times", self.times), ("cycles", self.cycles)):
            if list(values) != sorted(set(values)):
                raise ValueError(f"{name} must rise, not {list(values)}")
        if self.heal_epochs and not self.times and self.heal_after is None:
            raise ValueError("heal_epochs is healing after a time on the shelf: give heal_after, or times")
        return self


def ageing_of(section: AgeingLaws, cell: Cell) -> Ageing | None:
    """The laws of a [ageing] section for a cell, or None where nothing ages.

    Raises:
        ValueError: the cell has no laws to take, or it has write noise, so that it does not hold what it is told.
    """
    given = _given(section)
    own = cell.ageing if section.of_cell else None
    if section.of_cell and own is None:
        raise ValueError(f"ageing.of_cell: the cell {cell.name!r} has no laws of ageing; give them, for example ageing.retention.r")
    if own is None and not given:
        return None
    if getattr(cell.response, "write_noise_std", 0.0) > 0:
        raise ValueError(f"ageing of the cell {cell.name!r} is not modelled: it has write noise (write_noise_std)")
    kept = {name: getattr(own, name) for name in Ageing.__dataclass_fields__} if own else {}
    return Ageing(**{**kept, **given})


def _given(section: AgeingLaws) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if (retention := section.retention) is not None:
        made |= {"retention": retention.made(), "relaxed": retention.relaxed}
    if (imprint := section.imprint) is not None:
        law = Imprint(k=imprint.k, t0=imprint.t0, longest=imprint.longest, source=_GIVEN)
        made |= {"imprint": law, "sensitivity": imprint.sensitivity}
    if (fatigue := section.fatigue) is not None:
        made["fatigue"] = Fatigue(**fatigue.model_dump(), source=_GIVEN)
    if (endurance := section.endurance) is not None:
        made |= {"endurance": Endurance(eta=endurance.eta, k=endurance.k, source=_GIVEN), "stuck_at": endurance.stuck_at}
    if (reads := section.read_disturb) is not None:
        made["read_disturb"] = ReadDisturb(**reads.model_dump(), source=_GIVEN)
    if section.d2d is not None:
        made["d2d"] = section.d2d
    return made
