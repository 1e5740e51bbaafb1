"""A Ag/PZT/Nb:SrTiO3 ferroelectric tunnel junction with 256 states."""

from device_models.ageing import Ageing, Endurance
from device_models.cell import Cell, Source
from device_models.neurosim import linear_step

_LIFE = Source(
    citation="Z. Luo et al., Nature Communications 13, 699 (2022), abstract: more than 1e9 cycles",
    doi="10.1038/s41467-022-28303-x",
    confidence="assumed",
    note="A lower bound, taken as the characteristic life; the slope 2 is assumed.",
)
CELL = Cell(
    name="ftj_luo2022",
    response=linear_step(label_up=1.0, label_down=-1.0, pulses_up=256, pulses_down=256, c2c=0.0206),
    source=Source(
        citation="Z. Luo et al., Nature Communications 13, 699 (2022), abstract",
        doi="10.1038/s41467-022-28303-x",
        confidence="single-device",
        note=(
            "Non-linearity <1: the upper bound 1 is taken as the label of both directions, with mirrored curves "
            "(assumed). c2c 2.06 % is taken as the spread of one pulse as a fraction of the range, which is five mean "
            "steps. Up to 5 V at 630 ps for 150 of the states; the absolute conductances are not in the abstract. "
            "Device-to-device spread is not given: all such fields are 0."
        ),
    ),
    levels=256,
    pulse_width=630e-12,
    endurance=1e9,  # lower bound
    ageing=Ageing(endurance=Endurance(eta=1e9, k=2.0, source=_LIFE)),
)
