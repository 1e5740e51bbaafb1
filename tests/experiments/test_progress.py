"""Plain lines where there is no terminal."""

import time

from experiments.progress import progress


def test_lines_count_name_and_estimate(capsys, monkeypatch) -> None:
    clock = iter([100.0, 103.0, 106.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with progress(total=5, done=1) as report:
        report("rule.name = [bp]: ok")
        report("rule.name = fa: failed")
    assert capsys.readouterr().err.splitlines() == ["2/5 rule.name = [bp]: ok (9 s left)", "3/5 rule.name = fa: failed (6 s left)"]


def test_a_terminal_gets_a_bar(capsys, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    with progress(total=5, done=1) as report:
        report("rule.name = [bp]: ok")
    shown = capsys.readouterr().err
    assert "2/5" in shown
    assert "rule.name = [bp]: ok" in shown
