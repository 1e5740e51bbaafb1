"""The page on the paper says what its results files give: drawn again, nothing changes."""

import shutil
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "docs" / "results"


def test_every_table_of_the_page_comes_from_its_results_file(tmp_path: Path) -> None:
    for path in (RESULTS / "paper_figures.py", RESULTS / "pages.py", RESULTS / "paper.md", *RESULTS.glob("paper_*.h5")):
        shutil.copy(path, tmp_path)
    shutil.copytree(RESULTS / "paper", tmp_path / "paper")
    done = subprocess.run([sys.executable, tmp_path / "paper_figures.py"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "paper.md").read_text() == (RESULTS / "paper.md").read_text()
    assert {path.name for path in tmp_path.glob("*.png")} == {path.name for path in RESULTS.glob("paper_*.png")}
