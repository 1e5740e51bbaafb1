"""The report in a real browser: it draws every plot, without an error, and answers the reader, on a screen and on a phone."""

import json
import re
import shutil
import subprocess

import pytest

from experiments.report import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-dev-shm-usage --enable-logging=stderr --allow-file-access-from-files --virtual-time-budget=10000 --dump-dom"
)

# looks into the page in a frame of a phone's width, presses the first key of the legend and picks the other value of the first choice
READER = """<!DOCTYPE html><title>reader</title>
<iframe id="frame" src="r.html" style="border:0;width:WIDTHpx;height:4000px"></iframe><pre id="found"></pre>
<script>
onload = () => setTimeout(() => {
  const page = document.getElementById("frame").contentDocument, plots = [...page.querySelectorAll(".plot")];
  const shown = (plot) => plot.data.map((trace) => trace.visible);
  const section = plots[0].closest("section"), key = section.querySelector(".key"), choice = section.querySelector("select");
  const found = { plots: plots.length, drawn: plots.filter((p) => p.querySelector(".scatterlayer .trace, .heatmaplayer .hm")).length,
    width: page.documentElement.scrollWidth, widest: Math.max(...plots.map((p) => p.querySelector("svg.main-svg").clientWidth)),
    before: shown(plots[0]), first: plots[0].data[2].y };
  key.click();
  found.after = shown(plots[0]);
  choice.selectedIndex = 1 - choice.selectedIndex;
  choice.dispatchEvent(new Event("change"));
  found.second = plots[0].data[2].y;
  found.kept = shown(plots[0]);
  document.getElementById("found").textContent = JSON.stringify(found);
}, 1000);
</script>
"""


@pytest.fixture
def browse(tmp_path):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")

    def look(page):
        command = [CHROMIUM, *QUIET.split(), f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return look


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_draws_and_answers(width, browse, results_file, curves, tmp_path):
    axes = {"device.c2c": [0.0, 1.0], "rule.name": ["bp", "fa"], "rule.lr": [0.01, 0.02], "train.seed": [0, 1]}
    path = results_file(axes, lambda at: curves(0.1, 0.4, 0.8 - 0.1 * at["device.c2c"] - 5 * at["rule.lr"] - 0.01 * at["train.seed"]))
    write_report(path, tmp_path / "r.html")
    (tmp_path / "reader.html").write_text(READER.replace("WIDTH", str(width)))
    dom, complaints = browse(tmp_path / "reader.html")
    assert complaints == []
    found = json.loads(re.search(r'<pre id="found">(.*?)</pre>', dom)[1])
    assert found["drawn"] == found["plots"] == 2 + 2 + 4 + 1 + 2 + 1
    assert found["width"] <= width  # nothing makes the page scroll sideways
    assert found["widest"] <= width
    assert found["before"] == [True] * 4
    assert found["after"] == found["kept"] == [False, True, False, True]  # two bands, two curves
    # learning rate 0.01, then 0.02; the spec's own rate is not on the axis, so that the first comes first
    assert found["first"] == pytest.approx([0.745, 0.645])
    assert found["second"] == pytest.approx([0.695, 0.595])


def test_a_console_error_would_be_seen(browse, tmp_path):
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><script>throw new Error('seen')</script>")
    assert any("seen" in line for line in browse(tmp_path / "bad.html")[1])
