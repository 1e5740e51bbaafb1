"""Draw the figures and write the tables of write_tolerance.md from the results files beside it, and from nothing else.

    python docs/results/write_tolerance_figures.py               everything there is a file for
    python docs/results/write_tolerance_figures.py full screen   only these sections, modules of the folder tolerance

Where rates were searched, the one with the best accuracy on the validation part after the last epoch is taken, a diverged run counting as
0; all that is shown is of that run. Tables go between the marks of their names in write_tolerance.md.
"""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import pages
import tolerance


def main(names: Sequence[str]) -> None:
    """See the module."""
    for found in pkgutil.iter_modules(tolerance.__path__):
        section = importlib.import_module(f"tolerance.{found.name}")
        needs = getattr(section, "NEEDS", None)
        if needs and (found.name in names or (not names and all(pages.exists(f"write_tolerance_{name}") for name in needs))):
            section.draw()
            print(found.name)


if __name__ == "__main__":
    main(sys.argv[1:])
