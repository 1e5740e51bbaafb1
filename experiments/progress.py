"""How far a sweep is: a bar with the time left on a terminal, plain lines elsewhere. Both on stderr."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Report(Protocol):
    """Is told about every run that ended."""

    def __call__(self, line: str) -> None:
        """One run ended; the line says which and how."""
        ...


@contextmanager
def progress(total: int, done: int) -> Iterator[Report]:
    """A report for ``total`` runs, of which ``done`` were there before."""
    console = Console(stderr=True)
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task("runs", total=total, completed=done, line="")
            yield lambda line: bar.update(task, advance=1, line=line)
    else:
        yield _Lines(console, total, done)


def _bar(console: Console) -> Progress:
    left = (TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[line]}", style="dim", markup=False))
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), *left, console=console)


class _Lines:
    """``12/90 rule.name = fa: ok (40 s left)``."""

    def __init__(self, console: Console, total: int, done: int) -> None:
        self._console, self._total = console, total
        self._before = self._done = done
        self._start = time.monotonic()

    def __call__(self, line: str) -> None:
        self._done += 1
        seconds = (time.monotonic() - self._start) / (self._done - self._before) * (self._total - self._done)
        self._console.print(f"{self._done}/{self._total} {line} ({seconds:.0f} s left)", highlight=False, markup=False, soft_wrap=True)
