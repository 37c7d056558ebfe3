"""Does what the ledger says of a claim come out again? Explained in notebook 00."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ..datasets.download import DownloadError
from .claims import load_claims, measured_in_words
from .comparing import ABSOLUTE, RELATIVE, TURNED, differing, of_methods
from .notebooks import NOTEBOOKS, cell_and_record, first_error, run_notebook
from .on_esc10 import records_on_esc10
from .results import RESULTS, how_made, results
from .samples import sample_of

AGREES, DIFFERS, MISSING = 0, 1, 2  # also the program's exit status
ROOT = Path(__file__).parents[2]
AGAIN = ROOT / "build" / "again"  # a copy of the course, where whole studies run
DATA = {"synthetic": "environment", "esc10": "esc10"}  # what notebooks and studies call them
SHOWN = 20  # numbers that differ, of a claim
LACKING = ("DownloadError", "FileNotFoundError", "ModuleNotFoundError")


@dataclass
class Outcome:
    """What came of recomputing a claim.

    Attributes
    ----------
    claim : str
    status : int
        0 where all agrees with the record, 1 where something differs, 2 where it cannot run.
    said : list of str
        What was done, a line each.
    differing : list of dict
        Of each number that differs: what it is, "found", "stored".
    record : dict or None
        What the claim's cell measured now, as in the ledger.
    seconds : float
    """

    claim: str
    status: int = AGREES
    said: list[str] = field(default_factory=list)
    differing: list[dict] = field(default_factory=list)
    record: dict | None = None
    seconds: float = 0.0


def reproduce(
    claim: str, dataset: str = "synthetic", full: bool = False, done: dict | None = None
) -> Outcome:
    """Recompute what a claim rests on, and compare it with the record.

    A sample of each of its studies is computed from sounds and weights (with `full` the whole
    study), and the claim's cell is run with what it needs of its notebook.

    Parameters
    ----------
    claim : str
        An id of the ledger.
    dataset : "synthetic" or "esc10"
    full : bool, default False
        In a copy of the course, in build/again; a run that was stopped goes on from there.
    done : dict, optional
        Where several claims are asked: what was computed for others is taken from here.

    Raises
    ------
    ValueError
        If there is no such claim or data set.

    Examples
    --------
    >>> outcome = reproduce("lmac/users-prefer")
    >>> outcome.status, outcome.said
    (2, ['awaits listeners: nobody was asked here, and no measure of ours stands in for them'])
    """
    claims = load_claims()
    if claim not in claims:
        raise ValueError(f"the ledger has no claim {claim!r}; it has {', '.join(claims)}")
    if dataset not in DATA:
        raise ValueError(f"the data set is synthetic or esc10, not {dataset!r}")
    entry, outcome, start = claims[claim], Outcome(claim), time.monotonic()
    done = {} if done is None else done
    stored = _stored(entry, dataset)
    if stored is None:
        why = entry.get("untestable", f"the ledger has no record of this claim on {dataset}")
        outcome.status, outcome.said = MISSING, [why]
        return outcome
    try:
        for study in entry["studies"]:
            ask = _whole_study if full else _sample
            ask(outcome, study, DATA[dataset], done)
        _claim_cell(outcome, entry, dataset, stored, done)
    except (DownloadError, FileNotFoundError, ModuleNotFoundError) as error:
        outcome.status = MISSING
        outcome.said.append(f"cannot run: {error}")
    outcome.seconds = time.monotonic() - start
    return outcome


def _stored(entry: dict, dataset: str) -> dict | None:
    """The record of a claim, if there is one."""
    if "notebook" not in entry:
        return None
    if dataset == "esc10":
        return records_on_esc10().get(entry["id"])
    return cell_and_record(NOTEBOOKS / f"{entry['notebook']}.ipynb", entry["id"])[1]


def _note(outcome: Outcome, what: str, rows: list[dict]) -> None:
    """Add a line on something that was compared, and what differs."""
    if rows:
        outcome.status = max(outcome.status, DIFFERS)
        outcome.differing += [{"what": what} | row for row in rows]
    outcome.said.append(f"{what}: {f'{len(rows)} numbers differ' if rows else 'as recorded'}")


def _sample(outcome: Outcome, study: str, data: str, done: dict) -> None:
    if (study, data) not in done:
        done[study, data] = sample_of(study, data)
    sample, rests_on = done[study, data], load_claims()[outcome.claim].get("rests_on")
    sample = of_methods(sample, rests_on) if rests_on else sample
    numbers = f"{sample.found.size:,} numbers"
    turned = int((~sample.compared()["near"]).sum())
    rows = differing(sample).to_dict("records")
    if turned and not rows:
        numbers += f", of which {turned} differ as another processor turns a class at its limit"
    _note(outcome, f"{study}, a sample ({sample.what}; {numbers})", rows)


def _whole_study(outcome: Outcome, study: str, data: str, done: dict) -> None:
    """Run a study in a copy of the course, and compare its table with the record, row by row."""
    real = f"{study}_esc10"
    name = real if data == "esc10" and (RESULTS / f"{real}.csv").exists() else study
    stored = results(name)
    if (name, data) not in done:
        minutes = how_made(name)["duration_s"] / 60
        print(f"study {name}: about {minutes:.0f} minutes on two cores", file=sys.stderr)
        _copy_course()
        command = [sys.executable, "-m", "audioxai_lite", "study", name, "--resume"]
        if name == study and data in stored.get("data", pd.Series()).to_list():
            command += ["--dataset", data]
        environment = os.environ | {"PYTHONPATH": str(AGAIN)}
        run = subprocess.run(command, cwd=AGAIN, env=environment, stdout=subprocess.DEVNULL)
        if run.returncode:
            raise FileNotFoundError(f"study {name} stopped, as it said above")
        done[name, data] = results(name, AGAIN / "data" / "results")
    found = done[name, data]
    rows, numbers = _differing_rows(found, stored), found.select_dtypes("number").size
    what = f"{name}, the whole study; {numbers:,} numbers"
    if 0 < len(rows) <= TURNED * numbers:
        what, rows = f"{what}, of which {len(rows)} turned", []
    _note(outcome, what, rows)


def _copy_course() -> None:
    """Copy the package anew, and the data unless they are there: they hold what a run that was
    stopped has left. A copy of them that was stopped does not count.
    """
    shutil.copytree(ROOT / "audioxai_lite", AGAIN / "audioxai_lite", dirs_exist_ok=True)
    if not (AGAIN / "data").exists():
        partial = AGAIN / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(ROOT / "data", partial)
        partial.rename(AGAIN / "data")


def _differing_rows(found: pd.DataFrame, stored: pd.DataFrame) -> list[dict]:
    """Numbers of two tables, row by row, that differ by more than another processor explains."""
    if list(found) != list(stored) or len(found) != len(stored):
        return [{"column": "rows", "found": len(found), "stored": len(stored)}]
    rows = []
    seconds = [name for name in found if "seconds" in name]  # of this machine
    for column in found.select_dtypes("number").columns.difference(seconds):
        near = np.isclose(found[column], stored[column], RELATIVE, ABSOLUTE, equal_nan=True)
        rows += [
            {"column": f"{column}, row {row}", "found": found[column][row]}
            | {"stored": stored[column][row]}
            for row in np.flatnonzero(~near)
        ]
    return rows


def _claim_cell(outcome: Outcome, entry: dict, dataset: str, stored: dict, done: dict) -> None:
    """Run the claim's cell and what it needs of its notebook, and compare what it records."""
    file, claim = NOTEBOOKS / f"{entry['notebook']}.ipynb", entry["id"]
    if (file, dataset) not in done:
        needed_by = None if done.get("all") else cell_and_record(file, claim)[0]
        done[file, dataset] = run_notebook(file, dataset, needed_by)
    notebook = done[file, dataset]
    _, found = cell_and_record(notebook, claim)
    if found is None:
        why = first_error(notebook)
        if why.startswith(LACKING):
            raise FileNotFoundError(why)
        rows = [{"column": "its cell", "found": why, "stored": stored["verdict"]}]
        _note(outcome, f"notebook {file.stem[:2]}, what the claim's cell needs", rows)
    else:
        rows, outcome.record = differing_records(found, stored), found
        reads = ", which reads the stored tables" if entry["studies"] else ""
        _note(outcome, f"notebook {file.stem[:2]}, the claim's cell{reads}", rows)
        outcome.said.append(f"it says: {found['verdict']}. {measured_in_words(found)}")
    if not done.get("all"):
        del done[file, dataset]


def differing_records(found: dict, stored: dict) -> list[dict]:
    """What two records of a claim do not have in common: the verdict, and numbers that differ by
    more than another processor explains.

    Examples
    --------
    >>> one = {"verdict": "holds", "found": [["AD", [5.0]]], "controls": [], "digits": 0}
    >>> differing_records(one, one | {"found": [["AD", [9.0]]]})
    [{'column': 'AD', 'found': 5.0, 'stored': 9.0}]
    """
    rows = []
    if found["verdict"] != stored["verdict"]:
        pair = {"found": found["verdict"], "stored": stored["verdict"]}
        rows.append({"column": "verdict"} | pair)
    for part in ("found", "controls"):
        names = [[name for name, _ in record[part]] for record in (found, stored)]
        if names[0] != names[1]:
            pair = {"found": ", ".join(names[0]), "stored": ", ".join(names[1])}
            rows.append({"column": part} | pair)
            continue
        step = 1.01 * 10 ** -stored["digits"]  # one in the last digit may be rounding
        for (name, numbers), (_, before) in zip(found[part], stored[part], strict=True):
            pairs = zip(numbers, before, strict=True)
            rows += [
                {"column": name, "found": one, "stored": other}
                for one, other in pairs
                if not np.isclose(one, other, RELATIVE, step)
            ]
    return rows


def claims_on_record(dataset: str = "synthetic") -> list[str]:
    """The claims that have a record on a data set.

    Examples
    --------
    >>> claims_on_record()[0]
    'posthoc-audio/istft-exact'
    """
    return [claim for claim, entry in load_claims().items() if _stored(entry, dataset)]


def reproduce_claims(
    claims: list[str], dataset: str = "synthetic", full: bool = False, progress: bool = False
) -> list[Outcome]:
    """`reproduce` of several claims; what they have in common is computed once.

    Parameters
    ----------
    progress : bool, default False
        Show a progress bar, as text on stderr.

    Examples
    --------
    >>> [outcome.status for outcome in reproduce_claims(["lmac/users-prefer"])]
    [2]
    """
    done: dict = {"all": len(claims) > 1}
    bar = tqdm(claims, unit="claim", disable=not progress)
    return [reproduce(claim, dataset, full, done) for claim in bar]


def report(outcome: Outcome) -> str:
    """What came of a claim, in a few lines.

    Examples
    --------
    >>> report(Outcome("crepe/as-good-as-pyin"))
    'crepe/as-good-as-pyin: agrees (0 s)'
    """
    words = {AGREES: "agrees", DIFFERS: "DIFFERS", MISSING: "cannot run"}[outcome.status]
    lines = [f"{outcome.claim}: {words} ({outcome.seconds:.0f} s)"]
    lines += [f"    {line}" for line in outcome.said]
    above = ""
    for row in outcome.differing[:SHOWN]:
        if row["what"] != above:
            above = row["what"]
            lines.append(f"    In {above}:")
        keys = [str(value) for key, value in row.items() if key not in ("what", "found", "stored")]
        lines.append(f"        {', '.join(keys)}: found {row['found']}, stored {row['stored']}")
    more = len(outcome.differing) - SHOWN
    return "\n".join(lines + ([f"    and {more} more"] if more > 0 else []))
