"""Random requests: an accepted one builds, any other is one line. Never a traceback."""

import json
import tomllib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.axes import points
from experiments.build import build
from experiments.parsing import SECTIONS
from experiments.run import run
from experiments.spec import Spec
from experiments.study import load_run, load_sweep

FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
TINY = ["data.name=teacher", "data.features=3", "data.train_samples=6", "data.test_samples=4", "network.hidden=[2]", "train.epochs=1"]

DEFAULT = Spec.from_tree({}).tree()
KEYS = [f"{section}.{name}" for section, table in DEFAULT.items() for name in table]
WORDS = [
    "bp",
    "fa",
    "dfa",
    "np",
    "anp",
    "inp",
    "wp",
    "direct",
    "accumulate",
    "copi",
    "dbp",
    "none",
    "digital",
    "crossbar",
    "exact",
    "pulsed",
]
NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 0.0, 0.5, 1.0, 1e-12, 1e30, 2**70, -0.0])
VALUES = st.one_of(
    NUMBERS.map(json.dumps),
    st.sampled_from(
        [*WORDS, "true", "false", "nan", "inf", "-inf", "[]", "[2]", "[[1]]", "[1, 'a']", "{}", "{x=1}", "", "''", "1e999", "0:1:3"]
    ),
    st.text(max_size=8),
)
OVERRIDES = st.tuples(st.one_of(st.sampled_from(KEYS), st.text("abc._ ü", max_size=12)), VALUES).map("=".join)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
TREES = st.dictionaries(
    st.sampled_from([*SECTIONS, "sweep", "when", "x"]),
    st.one_of(JSON, st.dictionaries(st.sampled_from([key.split(".")[1] for key in KEYS]), JSON, max_size=3)),
    max_size=3,
)


def _small(spec: Spec) -> bool:
    """Whether it can be built here: sizes are the user's own to choose."""
    return max(spec.network.hidden, default=0) <= 64


def _one_line(error: ValueError) -> None:
    assert str(error).strip()
    assert "\n" not in str(error).strip()


@FEW
@given(st.lists(OVERRIDES, max_size=2))
def test_overrides_of_a_run(overrides) -> None:
    try:
        spec = load_run(None, [*TINY, *overrides])
        assert Spec.from_tree(json.loads(spec.json())) == spec
        if _small(spec):
            assert build([spec], 3, 2).seeds == (spec.train.seed,)
    except ValueError as error:
        _one_line(error)


@FEW
@given(st.lists(OVERRIDES, max_size=2))
def test_overrides_of_a_sweep(overrides) -> None:
    try:
        assert points(load_sweep(None, [*TINY, *overrides]))
    except ValueError as error:
        _one_line(error)


@FEW
@given(TREES)
def test_trees(tree) -> None:
    try:
        spec = Spec.from_tree(tree)
        assert Spec.from_tree(spec.tree()).hash == spec.hash
    except ValueError as error:
        _one_line(error)


@FEW
@given(
    st.one_of(
        st.text(max_size=60), st.sampled_from(["[sweep]\n", "[[when]]\n"]).flatmap(lambda head: st.text(max_size=30).map(head.__add__))
    )
)
def test_any_text_as_a_file(tmp_path_factory, text) -> None:
    path = tmp_path_factory.getbasetemp() / "request.toml"
    path.write_text(text, encoding="utf-8", newline="")
    for load in (load_run, load_sweep):
        try:
            assert load(str(path), []) is not None
        except ValueError as error:
            _one_line(error)
        else:
            tomllib.loads(path.read_text(encoding="utf-8"))


@settings(FEW, max_examples=12)
@given(
    rule=st.sampled_from(["bp", "fa", "dfa", "np", "anp", "inp", "wp"]),
    host=st.sampled_from(["exact", "pulsed"]),
    scheme=st.sampled_from(["direct", "accumulate"]),
    on=st.sampled_from(["none", "digital", "crossbar"]),
    hidden=st.lists(st.integers(1, 3), max_size=2),
    batch=st.integers(1, 9),
    noise=st.sampled_from([0.0, 1.0, 3.0]),
    seed=st.integers(0, 2**31),
)
def test_what_is_accepted_runs(rule, host, scheme, on, hidden, batch, noise, seed) -> None:
    chosen = {"rule.name": rule, "array.host": host, "write.scheme": scheme, "decorrelation.on": on, "network.hidden": hidden}
    numbers = {"train.batch_size": batch, "device.c2c": noise, "device.d2d": noise, "train.seed": seed}
    try:
        spec = load_run(None, [*TINY, *(f"{key}={value}" for key, value in {**chosen, **numbers}.items())])
        (record,) = run([spec])
    except ValueError as error:
        _one_line(error)
        assert (host, scheme) == ("exact", "accumulate"), "only an exact array has no steps to accumulate"
        return
    assert record.status in ("ok", "diverged")
    assert len(record.variables["test_loss"].values) == 2
