"""Names, inks and dashes that all sections use."""

from collections.abc import Iterator

import pages
import xarray as xr

PAGE = "write_tolerance"
RULES = ("bp", "fa", "dfa", "np", "anp")
ON = ("none", "digital", "crossbar")
SCHEMES = ("direct", "accumulate", "transfer", "verify")
INK = {"bp": "#000000", "fa": "#0072b2", "dfa": "#56b4e9", "np": "#e69f00", "anp": "#d55e00"}
DASH = {"none": "-", "digital": ":", "crossbar": "--"}
MARK = {"bp": "o", "fa": "s", "dfa": "D", "np": "^", "anp": "v"}
WORDS = {"none": "no R", "digital": "digital R", "crossbar": "R on cells"}
CELLS = {
    "fefet_jerry2017_mirror": "FeFET, mirrored",
    "fefet_jerry2017_retrace": "FeFET, retracing",
    "ftj_luo2022": "FTJ",
    "fetft_kwon2023": "FeTFT",
    "reram_sb": "ReRAM",
    "ecram": "ECRAM",
    "ideal": "ideal",
}


def opened(name: str) -> xr.Dataset:
    """One of this page's results files in memory."""
    return pages.opened(f"{PAGE}_{name}")


def there(*names: str) -> list[xr.Dataset]:
    """Those of this page's results files that exist."""
    return [opened(name) for name in names if pages.exists(f"{PAGE}_{name}")]


def filled(name: str, head: list[str], rows: list[list[str]]) -> None:
    """Write a table into this page."""
    pages.filled(PAGE, name, head, rows)


def conditions(sets: list[xr.Dataset]) -> Iterator[tuple[str, str, xr.Dataset]]:
    """Rule, decorrelator and their runs, in the order of ``RULES`` and ``ON``, from all files that have them."""
    for rule in RULES:
        for on in ON:
            for ds in sets:
                if rule in ds.rule_name.values and on in ds.decorrelation_on.values:
                    yield rule, on, ds.sel(rule_name=rule, decorrelation_on=on)
