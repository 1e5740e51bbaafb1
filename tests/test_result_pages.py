"""The pages of results say what their results files give: drawn again, nothing changes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[1] / "docs" / "results"


@pytest.mark.parametrize(("page", "sections"), [("paper", "paper"), ("write_tolerance", "tolerance")])
def test_every_table_of_a_page_comes_from_its_results_file(tmp_path: Path, page: str, sections: str) -> None:
    for path in (RESULTS / f"{page}_figures.py", RESULTS / "pages.py", RESULTS / f"{page}.md", *RESULTS.glob(f"{page}_*.h5")):
        shutil.copy(path, tmp_path)
    shutil.copytree(RESULTS / sections, tmp_path / sections)
    done = subprocess.run([sys.executable, tmp_path / f"{page}_figures.py"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{page}.md").read_text() == (RESULTS / f"{page}.md").read_text()
    assert {path.name for path in tmp_path.glob("*.png")} == {path.name for path in RESULTS.glob(f"{page}_*.png")}
