"""Draw the README's picture from a results file: accuracy against write noise, per rule.

    python examples/accuracy_against_noise.py [results.h5 [picture.png]]

Without a file: the committed results of `analogdecor sweep demo`.
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import xarray as xr

results, picture = (*sys.argv[1:], *(None, None))[:2]
dataset = xr.open_dataset(results or Path(__file__).parents[1] / "docs" / "results" / "demo.h5")
accuracy = 100 * dataset.test_accuracy.isel(epoch=-1)
mean, least, most = accuracy.mean("train_seed"), accuracy.min("train_seed"), accuracy.max("train_seed")

figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
colours = {"bp": "#0072B2", "fa": "#D55E00", "anp": "#009E73"}
dashes = {"none": "--", "crossbar": "-"}
for rule in dataset.rule_name.values:
    for place in dataset.decorrelation_on.values:
        one = {"rule_name": rule, "decorrelation_on": place}
        label = f"{rule}, R on a crossbar" if place == "crossbar" else f"{rule}, no decorrelation"
        (line,) = axes.plot(dataset.device_c2c, mean.sel(one), dashes[place], color=colours[rule], marker="o", ms=4, label=label)
        axes.fill_between(dataset.device_c2c, least.sel(one), most.sel(one), color=line.get_color(), alpha=0.12, lw=0)
axes.set_xscale("symlog", linthresh=1)
axes.set_xticks(dataset.device_c2c.values, [f"{value:g}" for value in dataset.device_c2c.values])
axes.minorticks_off()
axes.set_xlabel("cycle-to-cycle write noise, in multiples of the published value")
axes.set_ylabel("test accuracy [%]")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="lower left", fontsize=9)
figure.savefig(picture or "accuracy_against_noise.png", dpi=160)
