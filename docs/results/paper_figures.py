"""Draw the figures and write the tables of paper.md from the results files beside it, and from nothing else.

    python docs/results/paper_figures.py               everything there are files for
    python docs/results/paper_figures.py small chips   only these sections, modules of the folder paper

A rate is chosen by the accuracy on the validation part after the last epoch, averaged over the seeds; a diverged run counts as 0. Tables go
between the marks of their names in paper.md.
"""

import sys

import pages
import paper

if __name__ == "__main__":
    pages.draw("paper", paper, sys.argv[1:])
