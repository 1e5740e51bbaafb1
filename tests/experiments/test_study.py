"""Studies: a file or an embedded one, with what the command line changes."""

import pytest

from experiments.axes import points
from experiments.study import load_run, load_sweep, read, study_names

TEXT = """
[rule]
name = "bp"
[train]
epochs = 3
[sweep]
"device.c2c" = [0, 1]
"train.seed" = [0, 1, 2]
[[when]]
if.rule.name = "fa"
set.rule.lr = 0.3
"""


@pytest.fixture
def path(tmp_path) -> str:
    file = tmp_path / "study.toml"
    file.write_text(TEXT)
    return str(file)


def test_run_leaves_the_sweep_out_and_keeps_conditions(path) -> None:
    assert load_run(path, []).train.epochs == 3
    assert load_run(path, ["rule.name=fa"]).rule.lr == 0.3
    assert load_run(path, ["rule.name=fa", "rule.lr=0.4"]).rule.lr == 0.4


def test_without_a_file_the_defaults_hold() -> None:
    assert load_run(None, []).data.name == "digits"


def test_the_command_line_replaces_adds_and_ends_axes(path) -> None:
    study = load_sweep(path, ["device.c2c=0:4:3", "train.seed=7", "rule.name=bp,fa"])
    assert dict(study.axes) == {"device.c2c": [0, 2, 4], "rule.name": ["bp", "fa"]}
    assert {spec.train.seed for _, spec in points(study)} == {7}


def test_an_axis_of_the_command_line_wins_over_conditions(path) -> None:
    study = load_sweep(path, ["rule.name=fa", "rule.lr=0.4,0.5", "device.c2c=1", "train.seed=0"])
    assert [spec.rule.lr for _, spec in points(study)] == [0.4, 0.5]


def test_a_list_can_be_one_value(path) -> None:
    study = load_sweep(path, ["network.hidden=[8, 4]"])
    assert {spec.network.hidden for _, spec in points(study)} == {(8, 4)}


@pytest.mark.parametrize("name", study_names())
def test_every_embedded_study_is_a_study(name: str) -> None:
    found = points(load_sweep(name, []))
    assert len(found) > 1
    assert load_run(name, []).hash


def test_a_file_dropped_into_the_folder_is_a_study(tmp_path, monkeypatch) -> None:
    (tmp_path / "noise_of_mine.toml").write_text('[sweep]\n"device.c2c" = [0, 3]\n')
    monkeypatch.setattr("experiments.study.STUDIES", tmp_path)
    assert study_names() == ("noise_of_mine",)
    assert [spec.device.c2c for _, spec in points(load_sweep("noise_of_mine", []))] == [0, 3]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("dmo", r"unknown study 'dmo' \(did you mean 'demo'\?\)"),
        ("no/such.toml", "cannot read no/such.toml: No such file"),
        ("x.toml", "cannot read x.toml"),
    ],
)
def test_what_is_no_study_is_named(source: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        read(source)


def test_what_is_no_toml_is_named(tmp_path) -> None:
    (tmp_path / "a.toml").write_text("[rule\nname = 3")
    with pytest.raises(ValueError, match="is not TOML"):
        read(str(tmp_path / "a.toml"))
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="not UTF-8"):
        read(str(tmp_path / "b.toml"))


def test_a_sweep_that_is_no_table_is_refused(tmp_path) -> None:
    (tmp_path / "a.toml").write_text("sweep = 3")
    with pytest.raises(ValueError, match="sweep = 3 is not accepted"):
        load_sweep(str(tmp_path / "a.toml"), [])


EVERYTHING = """
[sweep]
"train.seed" = "0:2:3"
[[sweep.zip]]
"rule.name" = ["bp", "np"]
"rule.lr" = [0.1, 0.2]
[[when]]
if.rule.name = "np"
sweep.rule.sigma = "0.01:1:3:log"
"""


def test_axes_of_every_kind_come_from_one_file(tmp_path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(EVERYTHING)
    study = load_sweep(str(file), [])
    assert dict(study.axes) == {"train.seed": [0, 1, 2], "rule.name": ["bp", "np"], "rule.sigma": [0.01, 0.1, 1.0]}
    found = points(study)
    assert len(found) == 18
    assert len({spec.hash for _, spec in found}) == 3 + 9
    assert load_run(str(file), ["rule.name=np"]).rule.name == "np"
    with pytest.raises(ValueError, match=r"rule\.lr goes together with rule\.name"):
        load_sweep(str(file), ["rule.lr=3"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('sweep."rule.lr" = [1]\nwhen = [{if.rule.name = "bp", sweep.rule.lr = [2]}]', r"rule\.lr is an axis twice"),
        ('[[when]]\nif.rule.name = "bp"\nsweep.rule.lr = [2]\n[[when]]\nif.rule.name = "fa"\nsweep.rule.lr = [3]', "different values"),
        ('sweep."rule.lr" = [1]\nsweep.zip = [{"train.seed" = [1], "rule.lr" = [1]}]', r"rule\.lr is an axis twice"),
    ],
)
def test_an_axis_has_one_place(tmp_path, text: str, expected: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(ValueError, match=expected):
        load_sweep(str(tmp_path / "a.toml"), [])
