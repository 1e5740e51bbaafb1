"""What a person sees of a sweep, on stderr: bars on a terminal, plain lines elsewhere, nothing where quiet is asked for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from experiments.beats import Beat


class Display(Protocol):
    """Is told how a sweep goes."""

    def ended(self, line: str, seconds_left: float | None) -> None:
        """One run ended; the line says which and how."""
        ...

    def running(self, beats: Sequence[Beat], names: Mapping[str, str], seconds_left: float | None) -> None:
        """A second or so has passed; the fleets that run, and what their first runs are called."""
        ...


@contextmanager
def display(total: int, before: int, *, quiet: bool = False) -> Iterator[Display]:
    """A display for ``total`` runs, of which ``before`` had ended already."""
    console = Console(stderr=True)
    if quiet:
        yield Silence()
    elif console.is_terminal:
        with Bars(*_columns(), console=console) as bars:
            yield SweepBars(bars, total, before)
    else:
        yield Lines(console, total, before)


def duration(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.5 h``, ``2.1 d``: two digits or so."""
    for limit, unit, size in ((120, "s", 1), (120 * 60, "min", 60), (48 * 3600, "h", 3600)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}" if unit != "h" else f"{seconds / size:.1f} h"
    return f"{seconds / 86400:.1f} d"


class Silence:
    """Shows nothing."""

    def ended(self, line: str, seconds_left: float | None) -> None:
        """See ``Display``."""

    def running(self, beats: Sequence[Beat], names: Mapping[str, str], seconds_left: float | None) -> None:
        """See ``Display``."""


class Lines:
    """``12/90 rule.name = fa: ok (40 s left)``."""

    def __init__(self, console: Console, total: int, before: int) -> None:
        self._console, self._total, self._ended = console, total, before

    def ended(self, line: str, seconds_left: float | None) -> None:
        """See ``Display``."""
        self._ended += 1
        left = "" if seconds_left is None else f" ({duration(seconds_left)} left)"
        self._console.print(f"{self._ended}/{self._total} {line}{left}", highlight=False, markup=False, soft_wrap=True)

    def running(self, beats: Sequence[Beat], names: Mapping[str, str], seconds_left: float | None) -> None:
        """See ``Display``."""


class SweepBars:
    """A bar for the sweep, with the forecast, and one for each fleet that runs, with the time that its epochs let expect."""

    def __init__(self, bars: Bars, total: int, before: int) -> None:
        self._bars, self._fleets = bars, dict[str, TaskID]()
        self._sweep = bars.add_task("runs", total=total, completed=before, line="", left=None)

    def ended(self, line: str, seconds_left: float | None) -> None:
        """See ``Display``."""
        self._bars.update(self._sweep, advance=1, line=line, left=seconds_left)

    def running(self, beats: Sequence[Beat], names: Mapping[str, str], seconds_left: float | None) -> None:
        """See ``Display``."""
        self._bars.update(self._sweep, left=seconds_left)
        for gone in self._fleets.keys() - {beat.spec_hash for beat in beats}:
            self._bars.remove_task(self._fleets.pop(gone))
        for beat in beats:
            self._show(beat, names.get(beat.spec_hash, "run"))

    def _show(self, beat: Beat, name: str) -> None:
        if beat.spec_hash not in self._fleets:
            line = f"{name} and {beat.chips - 1} more" if beat.chips > 1 else name
            self._fleets[beat.spec_hash] = self._bars.add_task("epochs", total=beat.epochs, line=line)
        self._bars.update(self._fleets[beat.spec_hash], completed=beat.epoch)


class _Left(ProgressColumn):
    """The forecast where there is one, else what the bar itself expects."""

    def render(self, task: Task) -> Text:
        seconds = task.fields.get("left", task.time_remaining)
        return Text("" if seconds is None else f"{duration(seconds)} left", style="progress.remaining")


def _columns() -> tuple[ProgressColumn, ...]:
    line = TextColumn("{task.fields[line]}", style="dim", markup=False)
    return TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), _Left(), line


@contextmanager
def epochs(total: int, *, quiet: bool = False) -> Iterator[Callable[[int, str], None]]:
    """For one run: told the epoch and a line about it. A bar on a terminal, the lines elsewhere, nothing where quiet is asked for."""
    console = Console(stderr=True)
    if quiet:
        yield lambda epoch, line: None
    elif console.is_terminal:
        with Bars(*_columns(), console=console) as bars:
            task = bars.add_task("epochs", total=total, line="")
            yield lambda epoch, line: bars.update(task, completed=epoch, line=line)
    else:
        yield lambda epoch, line: console.print(f"epoch {epoch}: {line}", highlight=False)
