"""aihwkit's own schemes and ours on the same cells, images and epochs."""

import pages

from tolerance.words import WORDS, conditions, filled, opened, there

NEEDS = ("compounds",)
_NAMES = {
    "": "plain pulsed SGD",
    "ChoppedTransferCompound": "Tiki-Taka v2",
    "DynamicTransferCompound": "AGAD",
    "MixedPrecisionCompound": "mixed precision",
}


def draw() -> None:
    """One table, the best of the epochs beside the last."""
    ds = opened("compounds")
    found = [(["aihwkit", _NAMES[str(name)], "bp"], ds.sel(device_compound=name)) for name in ds.device_compound.values]
    for slower in there("transfers"):
        found += [
            (["aihwkit", f"{_NAMES[str(name)]}, slower", "bp"], pages.best(slower.sel(device_compound=name)))
            for name in slower.device_compound.values
        ]
    for rule, on, one in conditions(there("full", "full_perturbation")):
        if on != "digital":
            found.append((["here", f"accumulate, {WORDS[on]}", rule], pages.best(one)))
    rows = []
    for words, one in found:
        top = one.test_accuracy.isel(epoch=slice(1, None)).max("epoch")
        rows.append([*words, pages.used(one), pages.stated(one.test_accuracy.isel(epoch=-1)), pages.stated(top)])
    filled("compounds", ["arrays", "scheme", "rule", "rate", "test, last epoch [%]", "best epoch [%]"], rows)
