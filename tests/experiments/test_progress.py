"""What a person sees of a sweep: lines, bars, or nothing."""

import pytest

from experiments.beats import Beat
from experiments.progress import display, duration, epochs


def test_lines_count_name_and_forecast(capsys) -> None:
    with display(total=5, before=1) as shown:
        shown.ended("rule.name = [bp]: ok", None)
        shown.running([Beat("a", 1, 1, 2)], {}, 3.0)
        shown.ended("rule.name = fa: failed", 6.0)
    assert capsys.readouterr().err.splitlines() == ["2/5 rule.name = [bp]: ok", "3/5 rule.name = fa: failed (6 s left)"]


@pytest.fixture
def _terminal(monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "dumb")


@pytest.mark.usefixtures("_terminal")
def test_a_terminal_gets_a_bar_for_the_sweep_and_one_for_every_fleet(capsys, monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    names = {"a": "rule.name = [bp]", "b": "rule.name = fa"}
    with display(total=5, before=1) as shown:
        shown.ended("rule.name = np: ok", 30.0)
        shown.running([Beat("a", 1, 3, 20), Beat("b", 8, 0, 20)], names, 600.0)
        shown.running([Beat("b", 8, 7, 20)], names, 590.0)
    seen = capsys.readouterr().err
    last = seen[seen.rindex("runs") :]
    for wanted in ("2/5", "10 min left", "rule.name = np: ok", "7/20", "rule.name = fa and 7 more"):
        assert wanted in last
    assert "rule.name = [bp]" not in last


def test_quiet_is_quiet(capsys, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with display(total=5, before=1, quiet=True) as shown:
        shown.ended("rule.name = [bp]: ok", 1.0)
        shown.running([], {}, None)
    with epochs(3, quiet=True) as told:
        told(1, "test loss 3")
    shown_ = capsys.readouterr()
    assert shown_.out + shown_.err == ""


def test_one_run_tells_its_epochs(capsys) -> None:
    with epochs(3) as told:
        told(1, "test loss 3")
    assert capsys.readouterr().err == "epoch 1: test loss 3\n"


def test_one_run_has_a_bar_on_a_terminal(capsys, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with epochs(3) as told:
        told(2, "test loss 3")
    seen = capsys.readouterr().err
    assert "2/3" in seen
    assert "test loss 3" in seen


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2.0 h"), (180000, "2.1 d")]
)
def test_durations_have_two_digits_or_so(seconds: float, text: str) -> None:
    assert duration(seconds) == text
