"""From the search for rates to the [[when]] tables of the studies: the best accuracy on the validation part after the last epoch.

    python docs/results/write_tolerance_rates.py RATES.h5... STUDY.toml...

Writes the tables behind the last line of every study, in place of those it wrote before; a study that sweeps no cell gets its own cell's.
"""

import json
import sys
import tomllib
from pathlib import Path

import h5py
import numpy as np

MARK = "\n# Rates, as docs/results/write_tolerance_rates.py wrote them.\n"


def best_rates(path: Path) -> dict[tuple[str, ...], float]:
    """(cell, rule, decorrelator) -> the rate with the best last accuracy on the validation part; diverged runs count as 0."""
    with h5py.File(path) as file:
        accuracy = np.nan_to_num(file["validation_accuracy"][..., -1]).ravel()
        specs = [json.loads(text) for text in file["run_spec"].asstr()[...].ravel()]
    found: dict[tuple[str, ...], tuple[float, float]] = {}
    for worth, spec in zip(accuracy, specs, strict=True):
        condition = (spec["device"]["preset"], spec["rule"]["name"], spec["decorrelation"]["on"])
        found[condition] = max(found.get(condition, (-1.0, 0.0)), (float(worth), float(spec["rule"]["lr"])))
    return {condition: rate for condition, (_, rate) in found.items()}


def tables(study: Path, rates: dict[tuple[str, ...], float]) -> str:
    """The [[when]] tables of one study."""
    spec = tomllib.loads(study.read_text())
    swept = spec["sweep"]
    cells = swept.get("device.preset", [spec.get("device", {}).get("preset")])
    lines = []
    for (cell, rule, on), rate in rates.items():
        if cell in cells and rule in swept["rule.name"] and on in swept["decorrelation.on"]:
            where = f'if.device.preset = "{cell}"\n' if "device.preset" in swept else ""
            lines.append(f'[[when]]\n{where}if.rule.name = "{rule}"\nif.decorrelation.on = "{on}"\nset.rule.lr = {rate}\n')
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """See the module."""
    rates: dict[tuple[str, ...], float] = {}
    for path in (Path(a) for a in arguments if a.endswith(".h5")):
        rates |= best_rates(path)
    for study in (Path(a) for a in arguments if a.endswith(".toml")):
        text = study.read_text().split(MARK)[0].rstrip("\n") + "\n"
        study.write_text(text + MARK + "\n" + tables(study, rates))


if __name__ == "__main__":
    main(sys.argv[1:])
