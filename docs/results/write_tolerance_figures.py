"""Draw the figures and write the tables of write_tolerance.md from the results files beside it, and from nothing else.

    python docs/results/write_tolerance_figures.py               everything there is a file for
    python docs/results/write_tolerance_figures.py full screen   only these sections, modules of the folder tolerance

Where rates were searched, the one with the best accuracy on the validation part after the last epoch is taken, a diverged run counting as
0; all that is shown is of that run. Tables go between the marks of their names in write_tolerance.md.
"""

import sys

import pages
import tolerance

if __name__ == "__main__":
    pages.draw("write_tolerance", tolerance, sys.argv[1:])
