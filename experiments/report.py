"""From a results file to one self-contained page: curves, heat maps, the device, failures, provenance."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.device_figure import device_panel
from experiments.figures import panels
from experiments.nested import json_of
from experiments.outputs import check_folder
from experiments.paper_figures import write_pages, write_pictures
from experiments.report_page import MARKER, facts, folded, page, panel_body, paragraph, table
from experiments.summary import Condition, Results, count_words, read_results, settings
from experiments.table import accuracy_text, number, runs_sentence, status_text

_SPECS = {
    "spec": "The whole spec",
    "study": "The study",
    "sweep": "The axes",
    "zip": "Axes that go together",
    "when": "Conditional settings",
    "tuning": "The search, every trial",
}
_EMPTY = ("", "{}", "[]")


def write(results: Path, out: Path, form: str) -> list[Path]:
    """Write the page (``html``), or its figures for papers (``pdf``, ``png``); which files.

    Raises:
        ValueError: the form is none of these; see ``write_report`` and ``write_pages``.
    """
    check_folder(out)
    writers = {"html": write_report, "pdf": write_pages, "png": write_pictures}
    if form not in writers:
        raise ValueError(f"--format {form} is not accepted: {', '.join(writers)} are")
    return writers[form](results, out)


def write_report(results: Path, out: Path) -> list[Path]:
    """Write the page for a results file, whole or not at all.

    Args:
        results: results file of a sweep or of one run; the only source, beside the preset that its spec names.
        out: the page; replaced if it is an earlier report.

    Raises:
        ValueError: ``results`` is no results file, ``out`` is a file that is no report, or it cannot be written.
    """
    _check(out)
    _write_whole(out, report_html(read_results(results)))
    return [out]


def report_html(results: Results) -> str:
    """The page as text."""
    drawn = [*panels(results), device_panel(results)]
    sections = [
        ("Conditions", _conditions(results)),
        *((panel.title, panel_body(panel)) for panel in drawn),
        *([("Settings found by search", _search(json_of(results.ds.attrs["tuning"])))] if "tuning" in results.ds.attrs else []),
        ("Runs that did not end well", _failures(results)),
        ("Provenance", _provenance(results)),
    ]
    end = results.ds.attrs.get("end_utc", "")
    when = f"analogdecor report · {end[:10]} {end[11:16]} UTC" if end else "analogdecor report · no run has ended"
    return page(title=title(results), lede=lede(results), when=when, sections=sections, panels=drawn)


def title(results: Results) -> str:
    """What was learned and what was varied."""
    data, varied = results.spec["data"]["name"], [axis.label for axis in results.factors if axis.varies]
    if not varied:
        return f"Learning {data} by {results.spec['rule']['name']}"
    return f"Learning {data}: effect of {_listed(varied)}"


def lede(results: Results) -> str:
    """What was swept, how the runs ended, and the best condition."""
    swept = [f"{len(axis.values)} values of {axis.label}" for axis in results.axes if axis.varies]
    sentences = [runs_sentence(results)]
    if swept:
        sentences.insert(0, f"Swept: {_listed(swept)}.")
    best = results.best()
    if best is None:
        return " ".join([*sentences, "No run gave a test accuracy."])
    setting = results.words({axis.name: best.setting[axis.name] for axis in results.factors if axis.varies})
    reached = f"{accuracy_text(best)} test accuracy after the last epoch"
    return " ".join([*sentences, f"Best: {setting}, with {reached}." if setting else f"It reached {reached}."])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _conditions(results: Results) -> str:
    best, spends = results.best(), results.has("energy")
    rows = [[*_values(results, c), *([number(c.energy, "J")] if spends else []), status_text(c)] for c in results.conditions]
    headings = [*(axis.label for axis in results.factors), "test accuracy", "pulses per cell", *(["energy"] if spends else []), "runs"]
    numeric = [*(axis.numeric for axis in results.factors), True, True, *([True] if spends else []), False]
    caption = "After the last epoch: mean and standard deviation over the seeds, of the runs that ended well."
    mark = results.conditions.index(best) if best is not None and len(rows) > 1 else None
    return paragraph(caption) + table(headings, rows, numeric=numeric, best=mark)


def _values(results: Results, condition: Condition) -> list[str]:
    values = [axis.text(condition.setting[axis.name]) for axis in results.factors]
    return [*values, accuracy_text(condition), number(condition.pulses_per_cell)]


def _search(tuning: Any) -> str:
    """What was searched for each condition on the validation part, and what was taken."""
    keys = list(tuning["ranges"])
    rows = [
        [
            ", ".join(f"{key} = {value}" for key, value in found["if"].items()) or "all runs",
            *(f"{found['set'][key]:.3g}{' (at the edge)' if key in found.get('at_edge', []) else ''}" for key in keys),
            f"{100 * max(trial['validation_accuracy'] for trial in found['trials']):.1f} %",
            str(len(found["trials"])),
        ]
        for found in tuning["found"]
    ]
    ranges = ", ".join(f"{key} from {low:g} to {high:g} ({how})" for key, (low, high, how) in tuning["ranges"].items())
    seeds = ", ".join(map(str, tuning["seeds"]))
    caption = f"Searched: {ranges}, by the {tuning['objective']}, averaged over the seeds {seeds}, which the sweep does not use."
    if smaller := tuning.get("set"):
        caption += f" Trials had {', '.join(f'{key} = {value}' for key, value in smaller.items())}."
    headings = ["condition", *keys, "validation accuracy", "trials"]
    return paragraph(caption) + table(headings, rows, numeric=[False, *([True] * (len(keys) + 2))])


def _failures(results: Results) -> str:
    statuses = results.statuses()
    ended = [at for at in settings(results.axes) if str(statuses[at].item()) in ("diverged", "failed")]
    missing = count_words(statuses).get("missing", 0)
    if not ended:
        return paragraph("None." if not missing else f"{missing} runs are missing: the sweep has not been finished.")
    rows = [[results.words(at) or "the run", str(statuses[at].item()), *_message(results, at)] for at in ended]
    texts = [folded(f"Traceback: {row[0]}", str(results.ds["message"][at].item())) for row, at in zip(rows, ended, strict=True) if row[2]]
    note = f" {missing} further runs are missing." if missing else ""
    caption = paragraph(f"A diverged run is a result: its loss stopped being finite. A failed run was ended by an error.{note}")
    return caption + table(["run", "status", "reason", "spec"], rows, numeric=[False] * 4) + "".join(texts)


def _message(results: Results, at: dict[str, int]) -> list[str]:
    lines = str(results.ds["message"][at].item()).strip().splitlines()
    return [lines[-1] if lines else "", str(results.ds["spec_hash"][at].item())[:12]]


def _provenance(results: Results) -> str:
    attributes = {name: str(value) for name, value in results.ds.attrs.items() if str(value) not in _EMPTY}
    rows = [(name.replace("_", " "), value) for name, value in attributes.items() if name not in _SPECS]
    texts = [folded(words, _indented(attributes[name])) for name, words in _SPECS.items() if name in attributes]
    return facts(rows) + "".join(texts)


def _indented(text: str) -> str:
    return json.dumps(json_of(text), indent=2, ensure_ascii=False)


def _check(out: Path) -> None:
    if not out.exists():
        return
    if out.is_file():
        with out.open("rb") as file:
            if MARKER.encode() in file.read(200):
                return
    raise ValueError(f"{out} exists and is no analogdecor report; it is not overwritten")


def _write_whole(out: Path, text: str) -> None:
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ValueError(f"cannot write {out}: {error.strerror}") from None
