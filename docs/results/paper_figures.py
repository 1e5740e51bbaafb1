"""Draw the figures and write the tables of paper.md from the results files beside it, and from nothing else.

    python docs/results/paper_figures.py               everything there are files for
    python docs/results/paper_figures.py small chips   only these sections, modules of the folder paper

A rate is chosen by the accuracy on the validation part after the last epoch, averaged over the seeds; a diverged run counts as 0. Tables go
between the marks of their names in paper.md.
"""

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import pages
import paper


def main(names: Sequence[str]) -> None:
    """See the module."""
    for found in pkgutil.iter_modules(paper.__path__):
        section = importlib.import_module(f"paper.{found.name}")
        needs = getattr(section, "NEEDS", None)
        if needs and (found.name in names or (not names and all(pages.exists(f"paper_{name}") for name in needs))):
            section.draw()
            print(found.name)


if __name__ == "__main__":
    main(sys.argv[1:])
