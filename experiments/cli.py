"""The command ``analogdecor``. It only names runs; what takes long to import is imported where it is used."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from experiments.axes import Study
    from experiments.executors.executor import Executor
    from experiments.sweep import Outcome

app = typer.Typer(
    name="analogdecor",
    help="Does this learning rule still learn on that analog chip?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Request = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SPEC] [KEY=VALUE]...",
        help="A .toml file or the name of an embedded study, then settings such as rule.lr=0.01. Without SPEC: the default on the digits.",
        show_default=False,
    ),
]
Results = Annotated[Path, typer.Argument(metavar="RESULTS", help="A results file of run or sweep.", show_default=False)]


def _output(default: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        "-o", "--output", metavar="FILE", help=f"Where it is written ({default}).", show_default=False
    )
    return option


def _request(arguments: list[str] | None) -> tuple[str | None, list[str]]:
    """SPEC, if there is one, and the settings."""
    given = arguments or []
    sources = [argument for argument in given if "=" not in argument]
    if len(sources) > 1:
        raise ValueError(f"one SPEC at most is accepted, not {' and '.join(sources)}; settings are KEY=VALUE")
    return (sources[0] if sources else None), [argument for argument in given if "=" in argument]


def _allow(value: bool) -> bool:
    from experiments.factories import allow

    return allow(value)


AllowCode = Annotated[
    bool,
    typer.Option("--allow-code", callback=_allow, help="Run code that a spec names as module:function; trust the spec."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Show nothing but what went wrong.")]


@app.command()
def run(
    request: Request = None,
    output: Annotated[Path, _output("run.h5")] = Path("run.h5"),
    quiet: Quiet = False,
    allow_code: AllowCode = False,
) -> None:
    """One run, into a results file.

    Example: [bold]analogdecor run rule.name=bp rule.lr=0.1 device.c2c=2 -o run.h5[/bold]
    """
    from experiments.one_run import run_one
    from experiments.study import load_run

    source, settings = _request(request)
    if not run_one(load_run(source, settings), output, quiet=quiet):
        raise typer.Exit(1)


@app.command()
def sweep(
    request: Request = None,
    output: Annotated[Path, _output("results.h5")] = Path("results.h5"),
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Processes, one per usable core by default; with --scheduler, how many will join.", show_default=False
        ),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run on the Dask cluster of this scheduler, e.g. tcp://127.0.0.1:8786.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many runs, in which fleets, for how long; run nothing.")] = False,
    quiet: Quiet = False,
    allow_code: AllowCode = False,
) -> None:
    """Many runs, into one results file. A comma list or start:stop:steps makes an axis; started again, it goes on where it stopped.

    Example: [bold]analogdecor sweep demo train.seed=0,1,2 device.c2c=0:4:5 -o results.h5[/bold]
    """
    from experiments.estimate import plan
    from experiments.executors.choice import executor_for
    from experiments.study import load_sweep

    source, settings = _request(request)
    study = load_sweep(source, settings)
    with executor_for(workers, scheduler) as executor:
        if dry_run:
            typer.echo(plan(study, output, executor.workers).text())
        else:
            _end_of_sweep(_swept(study, output, executor, quiet), output, quiet=quiet)


def _swept(study: "Study", output: Path, executor: "Executor", quiet: bool) -> "Outcome":
    """The sweep itself; what cannot be written or reached ends it."""
    from experiments.sweep import sweep as run_sweep

    try:
        return run_sweep(study, output, executor=executor, quiet=quiet)
    except OSError as error:
        _complain(f"{_told(error)}; {_GO_ON}")
        raise typer.Exit(1) from None


def _end_of_sweep(outcome: "Outcome", output: Path, *, quiet: bool = False) -> None:
    """The table, and what did not come to an end."""
    if not quiet:
        _print_table(output)
    if not outcome.all_done:
        counts = ", ".join(f"{outcome.statuses.count(status)} {status}" for status in ("failed", "missing") if status in outcome.statuses)
        _complain(f"{counts} of {len(outcome.statuses)} runs ({'; '.join(outcome.reasons)}); the same command tries them again")
        raise typer.Exit(1)


def _print_table(results: Path) -> None:
    from rich.console import Console

    from experiments.table import results_table

    Console().print(results_table(results))
    typer.echo(f"written to {results}")


@app.command()
def report(
    results: Results,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where it is written (report.html).", show_default=False)
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="html|pdf|png", help="A page, or the figures alone, for papers: pages, or a picture each.")
    ] = "html",
) -> None:
    """One self-contained page: curves, heat maps, device plots, provenance. Or its figures, as papers need them.

    Example: [bold]analogdecor report results.h5 -o report.html[/bold]
    """
    from experiments.report import write

    for path in write(results, output or Path(f"report.{form}"), form):
        typer.echo(f"written to {path}")


@app.command()
def info(
    results: Results,
    follow: Annotated[bool, typer.Option("--follow", help="A line for every run that ends, while the sweep is at work.")] = False,
) -> None:
    """What is inside a results file, from which spec, versions and seeds.

    Example: [bold]analogdecor info results.h5[/bold]
    """
    if follow:
        _follow(results)
        return
    from rich.console import Console

    from experiments.info import info as sheet

    Console().print(sheet(results))


def _follow(results: Path) -> None:
    from experiments.follow import follow as lines

    for line in lines(results):
        typer.echo(line)


@app.command()
def rerun(
    results: Results,
    select: Annotated[str, typer.Option("--select", metavar="AXIS=VALUE,...", help="Which run.", show_default=False)] = "",
    allow_code: AllowCode = False,
) -> None:
    """One run of a results file once more: the same bits, or what differs and what was not seedable (exit status 1).

    Example: [bold]analogdecor rerun results.h5 --select rule_name=anp,train_seed=0,device_c2c=1[/bold]
    """
    from experiments.rerun import rerun as compared
    from experiments.select import selection_of

    comparison = compared(results, selection_of([select] if select else []))
    typer.echo("\n".join(comparison.lines()))
    if not comparison.same:
        raise typer.Exit(1)


@app.command()
def select(
    results: Results,
    which: Annotated[list[str], typer.Argument(metavar="AXIS=VALUE,...", help="Values that stay.", show_default=False)],
    output: Annotated[Path, _output("selected.h5")] = Path("selected.h5"),
) -> None:
    """Some runs of a results file, as a file of their own.

    Example: [bold]analogdecor select results.h5 rule.name=bp,anp device.c2c=1 -o part.h5[/bold]
    """
    from experiments.select import select as selected
    from experiments.select import selection_of

    runs = selected(results, selection_of(which), output)
    typer.echo(f"{runs} runs written to {output}")


@app.command()
def merge(
    files: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Results files of run or sweep.", show_default=False)],
    output: Annotated[Path, _output("merged.h5")] = Path("merged.h5"),
) -> None:
    """Several results files as one, over the union of their axes' values. What no file has is missing.

    Example: [bold]analogdecor merge monday.h5 tuesday.h5 -o week.h5[/bold]
    """
    from experiments.join import join

    points = join(files, output)
    typer.echo(f"{points} points written to {output}")


@app.command()
def append(
    results: Results,
    values: Annotated[list[str], typer.Argument(metavar="AXIS=VALUE,...", help="New values.", show_default=False)],
    workers: Annotated[int | None, typer.Option(metavar="N", help="Processes; one per usable core by default.", show_default=False)] = None,
    allow_code: AllowCode = False,
) -> None:
    """Sweep new values of an axis into the results file that is there; what it has is not run again.

    Example: [bold]analogdecor append results.h5 device.c2c=8,16[/bold]
    """
    from experiments.append import append as appended

    _end_of_sweep(appended(results, values, workers=workers), results)


@app.command()
def devices(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A preset or a cell file; without it, all presets.", show_default=False)
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw what is known of it (png, pdf, svg).", show_default=False)] = None,
) -> None:
    """Presets with their sources; every number of one, and pictures of its pulse response, its switching and its ageing.

    Example: [bold]analogdecor devices fefet_jerry2017_mirror --plot cell.png[/bold]
    """
    from rich.console import Console

    from experiments.device_table import device_listing, device_sheet

    if plot is not None and name is None:
        raise ValueError("--plot draws one preset: name it, for example analogdecor devices ecram --plot cell.png")
    Console().print(device_listing() if name is None else device_sheet(name))
    if plot is not None and name is not None:
        _draw(name, plot)


@app.command()
def fit(
    pulses: Annotated[Path, typer.Argument(metavar="PULSES.csv", help="Measured conductances under pulses.", show_default=False)],
    output: Annotated[Path, _output("cell.toml")] = Path("cell.toml"),
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw data, fit and residuals (png, pdf, svg).", show_default=False)
    ] = None,
) -> None:
    """A cell from measured pulses: its step, its spread, and what the data do not tell.

    Two columns without a header (conductances under up and under down pulses), or long form with a header (device, cycle, pulse, polarity,
    conductance [uS]). The cell file stands wherever a preset's name does.

    Example: [bold]analogdecor fit pulses.csv -o cell.toml --plot fit.png[/bold]
    """
    from experiments.fitting import fit_cell

    typer.echo(fit_cell(pulses, output, plot))


def _draw(name: str, path: Path) -> None:
    from device_models import as_cell
    from experiments.device_plot import plot_cell

    plot_cell(as_cell(name), path)
    typer.echo(f"written to {path}")


def _complain(line: str) -> None:
    """One line on stderr."""
    typer.echo(f"analogdecor: {' '.join(line.split())}", err=True)


_USAGE: Any = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)  # typer has its own copy of click, or not


_STOPPED = 130
_GO_ON = "what is finished is kept, and the same command goes on from there"


def _told(error: OSError) -> str:
    return f"{error.strerror}: {error.filename}" if error.filename else f"{error.strerror or error}"


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. Exit status: 0 all done, 1 some runs failed, 2 the request was wrong, 130 stopped."""
    try:
        status = app(arguments, standalone_mode=False) or 0
    except ValueError as error:
        _complain(str(error))
        status = 2
    except _USAGE as error:
        _complain(error.format_message())
        status = 2
    except OSError as error:
        _complain(_told(error))
        status = 1
    except (KeyboardInterrupt, typer.Abort):
        status = _STOPPED
    if status == _STOPPED:  # typer may also turn the interrupt into this status by itself
        _complain(f"stopped; {_GO_ON}")
    sys.exit(status)
