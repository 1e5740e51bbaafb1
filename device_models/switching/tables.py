"""Published parameter sets of nucleation-limited switching.

The numbers are those of the scripts that S. Deng et al. published with their model (repository boltma/Scalable-FeFET), converted with
1 MV/cm = 1e8 V/m and 1 uC/cm^2 = 0.01 C/m^2.
"""

from device_models.cell import Source
from device_models.switching.activation import MV_PER_CM, GeneralisedBetaField, NormalField
from device_models.switching.nucleation import NucleationModel

_DOI = "10.1109/VLSITechnology18217.2020.9265014"

DENG_FEFET = NucleationModel(
    name="deng2020_fefet",
    activation=NormalField(mean=2.3 * MV_PER_CM, spread=0.4 * MV_PER_CM),
    tau0=19e-9,
    alpha=3.0,
    beta=2.0,
    remanence=0.25,
    source=Source(
        citation="S. Deng et al., VLSI Technology 2020; parameter list of the published Verilog-A model",
        doi=_DOI,
        confidence="single-device",
        note=(
            "Calibrated by the authors on the memory window of a FeFET against pulse width and amplitude (8 nm ferroelectric, "
            "relative permittivity 28, 1 nm interlayer; 20 domains). History does not fade without a field."
        ),
    ),
)
"""HZO FeFET, 8 nm film over 1 nm interlayer."""

MFM_LITERATURE = NucleationModel(
    name="mfm_literature",
    activation=GeneralisedBetaField(a=6.7582, b=1.6686 * MV_PER_CM, p=2.0998, q=1.3641),
    tau0=446.33e-9,
    alpha=4.2408,
    beta=1.9134,
    remanence=0.227186,
    source=Source(
        citation="S. Deng et al., VLSI Technology 2020, scripts: fit to data from the literature",
        doi=_DOI,
        confidence="single-device",
        note=(
            "Metal-ferroelectric-metal capacitor, in the form of C. Alessandri et al., IEEE TED 66, 3527 (2019). The scripts cut the "
            "distribution at 4 or 8 MV/cm; here it is not cut."
        ),
    ),
)
"""HZO capacitor, data from the literature."""

MFM_DENG = NucleationModel(
    name="deng2020_mfm",
    activation=GeneralisedBetaField(a=6.9307, b=1.6698 * MV_PER_CM, p=0.5724, q=0.7239),
    tau0=3.5725e-6,
    alpha=3.2975,
    beta=2.0,
    remanence=0.243608,
    source=Source(
        citation="S. Deng et al., VLSI Technology 2020, scripts: fit to the authors' own 10 nm HZO capacitor",
        doi=_DOI,
        confidence="single-device",
        note="Metal-ferroelectric-metal capacitor. The scripts cut the distribution at 4 or 8 MV/cm; here it is not cut.",
    ),
)
"""HZO capacitor of 10 nm, the authors' own."""
