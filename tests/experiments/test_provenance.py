"""Where a record comes from."""

import shlex
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from device_models import preset
from experiments import provenance


def test_now_is_utc() -> None:
    assert datetime.fromisoformat(provenance.now()).utcoffset() == timedelta(0)


def test_the_commit_of_a_checkout(tmp_path, monkeypatch) -> None:
    def git(*command: str) -> str:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        return subprocess.run(["git", "-C", str(tmp_path), *identity, *command], capture_output=True, text=True, check=True).stdout.strip()

    file = tmp_path / "provenance.py"
    file.write_text("first")
    monkeypatch.setattr(provenance, "__file__", str(file))
    assert provenance.commit() == {"git_commit": "unknown", "git_dirty": "unknown"}
    git("init")
    assert provenance.commit() == {"git_commit": "unknown", "git_dirty": "unknown"}
    git("add", ".")
    git("commit", "-m", "first")
    assert provenance.commit() == {"git_commit": git("rev-parse", "HEAD"), "git_dirty": "no"}
    file.write_text("second")
    assert provenance.commit()["git_dirty"] == "yes"


def test_without_git_the_commit_is_unknown(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() == {"git_commit": "unknown", "git_dirty": "unknown"}


@pytest.mark.parametrize("arguments", [["run", "rule.lr=1"], ["run", "data.root=a b", "x='y'"]])
def test_a_shell_takes_the_command_line_back(monkeypatch, arguments) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/analogdecor", *arguments])
    assert shlex.split(provenance.command_line()) == ["analogdecor", *arguments]


def test_the_environment_names_every_package() -> None:
    environment = provenance.environment()
    assert all(environment[f"{name}_version"] for name in (*provenance.PACKAGES, "python"))
    assert environment["hostname"]


def test_the_source_of_a_cell() -> None:
    source = provenance.cell_source(preset("fefet_jerry2017_mirror"))
    assert source["preset"] == "fefet_jerry2017_mirror"
    assert source["preset_doi"] == "10.1109/IEDM.2017.8268338"
    assert provenance.cell_source(preset("ideal"))["preset_doi"] == "none"
    assert Path(provenance.__file__).is_file()
