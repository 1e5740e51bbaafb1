"""From measured pulses to a cell file and a picture."""

from pathlib import Path

from device_models.cell_file import read_cell, write_cell
from device_models.fit import fit
from device_models.fit.report import report
from experiments.fit_plot import plot_fit
from experiments.outputs import check_folder, check_picture


def fit_cell(pulses: Path, out: Path, picture: Path | None) -> str:
    """Fit, write the cell file and, where asked for, the picture; what was found, in words.

    Raises:
        ValueError: the measurement cannot be used, or an output cannot be written or would replace something else; nothing is written.
    """
    if not pulses.is_file():
        raise ValueError(f"cannot read {pulses}: there is no such file")
    check_folder(out)
    if out.suffix != ".toml":
        raise ValueError(f"cannot write {out}: the name of a cell file ends in .toml")
    if out.exists():
        _check_is_cell(out)
    if picture is not None:
        check_picture(picture)
    found = fit(pulses)
    write_cell(found.cell, out)
    if picture is not None:
        plot_fit(found, picture)
    return "\n".join([report(found), *(f"written to {path}" for path in (out, picture) if path is not None)])


def _check_is_cell(out: Path) -> None:
    try:
        read_cell(out)
    except ValueError:
        raise ValueError(f"{out} exists and is not a cell file; choose another output with -o") from None
