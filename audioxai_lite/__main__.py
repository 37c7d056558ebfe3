"""The command line: `python -m audioxai_lite --help`."""

import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="The course on explainable audio AI: check this machine, fetch recordings, list claims.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command()
def doctor() -> None:
    """Check that this machine is ready.

    Every fault is shown with its remedy.
    """
    from .course import doctor

    results = doctor.checks()
    _say(doctor.report(results))
    if not all(result.ok for result in results):
        raise typer.Exit(1)


@app.command()
def download(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="One or more of esc10, esc50, fsdd, noises."),
    ],
) -> None:
    """Fetch recordings.

    They go to the folder that AUDIOXAI_DATA names (data/downloads by default). What is there and
    intact is not fetched again. Without internet, set AUDIOXAI_MIRROR to the `archives` folder of a
    machine that has them, or to an address that serves it.
    """
    from .datasets.download import download

    for name in names:
        with _told():
            _say(f"{name} is in {download(name)}")


@app.command()
def explain(
    recordings: Annotated[
        list[Path] | None, typer.Argument(help="Sound files, or folders of them.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="package.module:function, which returns an AudioModel.")
    ] = "",
    target: Annotated[
        str | None, typer.Option(help="The class, by name or number; by default the answer.")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="By default the first that passes the model's checks.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the reports go.")] = Path("explained"),
    seconds: Annotated[float, typer.Option(help="Length of a window.")] = 5.0,
    jobs: Annotated[int, typer.Option(help="How many recordings at once.")] = 1,
    demo: Annotated[
        bool, typer.Option("--demo", help="A shipped network and a synthesised clip.")
    ] = False,
) -> None:
    """Explain recordings, a report for each.

    wav, flac, ogg or mp3, of any rate and length. The report is one HTML file; beside it lie the
    regions as JSON and as labels for Audacity. What has a report already is left alone.
    """
    import joblib

    from .files import explain_files, sound_files

    with _told():
        if demo:
            from .course.nb14.demo import demo_recording

            model, recordings = "audioxai_lite.course.nb14.demo:demo_model", [demo_recording(out)]
        if not model:
            raise ValueError("name your model, --model package.module:function, or try --demo")
        with joblib.parallel_config("loky", n_jobs=jobs):
            files = sound_files(recordings or [])
            table = explain_files(files, model, out, method, target, seconds)
    for row in table.itertuples():
        made = row.report or f"not explained: {row.state}"
        _say(f"{row.file}: {row.answer + ' -> ' if row.answer else ''}{made}")
    if (table["report"] == "").all():
        raise typer.Exit(1)


@app.command()
def datasets() -> None:
    """List the data sets.

    What they are, their licence and size, and whether they are here.
    """
    from .datasets.download import available_datasets, data_folder

    for row in available_datasets().itertuples():
        size = "no files" if row.source == "synthesised" else f"{row.megabytes:,.0f} MB"
        _say(f"{row.name:12s} {size:>9s}  {'present' if row.present else 'absent':8s} {row.what}")
        _say(f"{'':34s}{row.licence}; {row.source}")
    _say(f"Recordings live in {data_folder()}")


@app.command()
def claims(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    notebooks: Annotated[
        Path | None, typer.Option(help="A folder of executed ones; by default the course's.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the page CLAIMS.md, pages for authors, tables.")
    ] = False,
    esc10: Annotated[
        str, typer.Option(help="A notebook: run it on ESC-10, store what its claims measure.")
    ] = "",
) -> None:
    """List the published claims.

    Each with what was published, what the notebooks measured, and the verdict.
    """
    from .course.ledger import NOTEBOOKS, ledger, write_ledger

    if esc10:
        from .course.on_esc10 import record_on_esc10

        with _told():
            _say(f"stored: {', '.join(record_on_esc10(esc10))}")
        return

    folder = notebooks or NOTEBOOKS
    with _told():
        if write:
            _say(f"The ledger is in {write_ledger(folder)}")
            return
        entries = ledger(folder)
    if as_json:
        _say(_json(entries))
        return
    for entry in entries:
        _say(f"{entry['id']}: {entry['verdict']}")
        for label in ("statement", "where", "published", "measured", "certainty", "notebook"):
            if entry[label]:
                _say(f"    {label + ':':11s}{entry[label]}")


@app.command()
def reproduce(
    claim: Annotated[str, typer.Argument(help="An id of the ledger.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every claim that was tested.")] = False,
    quick: Annotated[bool, typer.Option("--quick/--full", help="A sample, or all of it.")] = True,
    dataset: Annotated[str, typer.Option(help="synthetic or esc10.")] = "synthetic",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Recompute a claim, and compare it with the record.

    Quick: a sample of its studies, from sounds and weights, and its cell with what that needs of
    its notebook; within two minutes. Exit status 0: it agrees (of the scores of masks one in fifty
    may differ, since another processor turns a class at its limit); 1: the numbers that differ are
    shown; 2: it cannot run, and what is missing is said.
    """
    from .course import reproduce

    if bool(claim) == every:
        typer.echo("Error: name a claim, or ask --all", err=True)
        raise typer.Exit(2)
    with _told(status=2):
        asked = reproduce.claims_on_record(dataset) if every else [claim]
        outcomes = reproduce.reproduce_claims(asked, dataset, not quick, progress=every)
    if as_json:
        _say(_json([vars(outcome) for outcome in outcomes]))
    else:
        _say("\n".join(reproduce.report(outcome) for outcome in outcomes))
    raise typer.Exit(max(outcome.status for outcome in outcomes))


@app.command()
def study(
    name: Annotated[
        str,
        typer.Argument(
            help="detection, masking, planted, windowed_baselines, trainings, stft_trainings, "
            "starts, maps, planted_maps, checks, sanity, interpretation, stft_interpretation, "
            "faithfulness, counterfactuals, robustness, robustness_esc10, stability, "
            "stability_esc10, noisy_accuracy, convergence, noisy_detectors, detector_maps, "
            "own_models, pitch_noise, pitch_methods, pitch_shares, manipulation, softened, "
            "hardened, voice_trainings, removal, causes, hum, spoken_recordings, features, "
            "polluted_features, planted_features, learned_masks or mask_losses."
        ),
    ],
    jobs: Annotated[int, typer.Option(help="How many cells to compute at once.")] = 2,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a stopped run.")] = False,
    dataset: Annotated[
        str | None, typer.Option(help="Only what is asked of this one; other rows stay.")
    ] = None,
) -> None:
    """Run one of the course's studies.

    At full size, many minutes. The table and how it was made go to data/results.
    """
    import joblib

    from .course import results, studies

    with _told(), joblib.parallel_config("loky", n_jobs=jobs):
        table = studies.run_study(name, resume, dataset)
    _say(f"{len(table)} rows are in {results.RESULTS / name}.csv")


@contextmanager
def _told(status: int = 1) -> Iterator[None]:
    """What the course says of a wrong wish or of a damaged file is one sentence on stderr."""
    try:
        yield
    except (ValueError, FileNotFoundError, RuntimeError) as error:
        from .datasets.sources import DownloadError
        from .models.checkpoint import CheckpointError

        if isinstance(error, RuntimeError) and not isinstance(
            error, DownloadError | CheckpointError
        ):
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(status) from error


def _say(text: str) -> None:
    """Print to stdout. To a reader that has had enough (`| head`), nothing more: what the exit
    status says stays true.
    """
    try:
        print(text, flush=True)  # typer's own would write UTF-8 to an ASCII console
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.exit(f"Error: the output cannot be written: {error.strerror}.")


def _json(value: Any) -> str:
    """JSON in letters that the console has: the others are escaped, and nothing is lost."""
    text = json.dumps(value, indent=2, default=str, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", "ascii"))  # some programs have no stdout
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2, default=str)
    return text


def main() -> None:
    """The program. Letters that the console does not have are shown as question marks; where
    nothing may be written it says so in a sentence.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        os.getcwd()
    except FileNotFoundError:  # torch would stop the program without a clear word
        sys.exit("Error: the current folder is no longer there. Change to one that is (cd).")
    try:
        app(prog_name="python -m audioxai_lite")
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES):
            raise
        sys.exit(
            f"Error: {error.filename} may not be written to. "
            "Work on a copy of the course in a folder of your own."
        )


if __name__ == "__main__":
    main()
