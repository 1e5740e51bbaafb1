"""The house itself: imports point down, nothing draws from a global generator, every example in the documents runs."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("device_models", "crossbar", "analogdecor", "experiments")
MODULES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def _imported(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    roots = {name.split(".")[0] for name in _imported(ast.parse(path.read_text()))}
    above = roots & set(FLOORS[floor + 1 :])
    assert not above, f"{path.relative_to(ROOT)} imports from the floor above: {above}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_global_generator(path: Path) -> None:
    found = re.findall(r"torch\.manual_seed|np\.random\.(?:seed|rand|randn|normal|randint)\(|random\.seed\(", path.read_text())
    assert not found, f"{path.relative_to(ROOT)} touches a global generator: {found}"


def test_the_wrong_pair_fails_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from device_models import host

    class Wrong:
        def __init__(self, *_: int) -> None: ...

        def set_weights(self, _: object) -> None:
            raise RuntimeError("Invalid weights dimensions: expected [2,3] got [3,2] array.")

    monkeypatch.setattr(host.tiles, "FloatingPointTile", Wrong)
    with pytest.raises(ImportError, match=r"do not fit together: install aihwkit==1\.1\.0 with torch"):
        host.check_pair()


def _blocks(language: str) -> list[tuple[str, str]]:
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(str(path.relative_to(ROOT)), code) for path in DOCUMENTS for code in pattern.findall(path.read_text())]


@pytest.mark.parametrize(("name", "code"), _blocks("python"), ids=lambda value: value if "\n" not in value else "")
def test_python_in_the_documents_runs(name: str, code: str, tmp_path: Path) -> None:
    """Beside copies of the data files that lie beside the document."""
    for data in (ROOT / name).parent.glob("*.csv"):
        shutil.copy(data, tmp_path)
    script = tmp_path / "example.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, "-W", "error", script], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.py")), ids=lambda path: path.name)
def test_examples_run(path: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", path], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
