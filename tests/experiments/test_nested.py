"""Text from strangers: no deeper and no larger than what we read."""

import json

import pytest

from experiments import nested
from experiments.nested import DEEPEST, json_of, text_of, toml_of
from experiments.results import write_results
from experiments.study import load_run, load_sweep
from experiments.summary import read_results


def test_what_is_shallow_is_read() -> None:
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert json_of(deep) == json.loads(deep)
    assert toml_of('[a.b]\nc = [1, {d = "e"}]') == {"a": {"b": {"c": [1, {"d": "e"}]}}}


@pytest.mark.parametrize("depth", [DEEPEST + 2, 100_000])
@pytest.mark.parametrize(("read", "around"), [(json_of, "{}"), (toml_of, "a = {}")])
def test_what_is_deep_is_refused(read, around: str, depth: int) -> None:
    with pytest.raises(ValueError, match="nested more than 20 deep"):
        read(around.replace("{}", "[" * depth + "]" * depth))


@pytest.mark.parametrize(
    "request_",
    [
        "rule.lr=" + "[" * 5000,
        "rule.lr=" + "[" * 5000 + "]" * 5000,
        "rule.lr=" + "{a=" * 5000 + "1" + "}" * 5000,
        ".".join("a" * 3000) + "=1",
    ],
)
def test_deep_requests_are_one_line(request_: str) -> None:
    for load in (load_run, load_sweep):
        with pytest.raises(ValueError) as refused:  # whatever the sentence
            load(None, [request_])
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["[rule]\nlr=" + "[" * 5000, "[" + ".".join("a" * 3000) + "]\nb=1", "[tune]\n" + ".".join("a" * 3000) + '="1:2"']
)
def test_deep_files_are_one_line(tmp_path, text: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match="nested more than 20 deep"):
        load_sweep(str(path), [])


def test_a_large_file_is_refused_unread(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(nested, "LARGEST", 100)
    (tmp_path / "a.toml").write_text("#" * 101)
    with pytest.raises(ValueError, match="more than 100 bytes"):
        text_of(tmp_path / "a.toml")


def test_a_deep_spec_in_a_results_file_is_one_line(tmp_path) -> None:
    write_results(tmp_path / "a.h5", {}, [None], {"spec": "[" * 100_000})
    with pytest.raises(ValueError, match="nested more than 20 deep"):
        _ = read_results(tmp_path / "a.h5").spec
