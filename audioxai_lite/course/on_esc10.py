"""What the claim cells measure on recordings: made, stored, read."""

import json
import time
from pathlib import Path

from ..writing import write_whole
from .claims import load_claims, measured_in_words
from .notebooks import NOTEBOOKS, cell_and_record, first_error, run_notebook
from .results import RESULTS, how, read_record


def record_on_esc10(notebook: str, folder: Path = RESULTS) -> list[str]:
    """Run a notebook on ESC-10, and store what its claim cells measure there, but for claims whose
    sources' own tables are all that is asked: these are the same on any data.

    Parameters
    ----------
    notebook : str
        Its name without `.ipynb`.
    folder : Path, optional
        Where `notebook_NN_esc10.json` goes.

    Returns
    -------
    list of str
        The claims.

    Raises
    ------
    ValueError
        If a cell fails; the message is its error.
        Or if there is no such notebook.

    Examples
    --------
    >>> record_on_esc10("tides")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: there is no notebook 'tides'; there are 00_start_here, ...
    """
    start, names = time.monotonic(), sorted(file.stem for file in NOTEBOOKS.glob("*.ipynb"))
    if notebook not in names:
        raise ValueError(f"there is no notebook {notebook!r}; there are {', '.join(names)}")
    run = run_notebook(NOTEBOOKS / f"{notebook}.ipynb", "esc10")
    outputs = [output for cell in run.cells for output in cell.get("outputs", [])]
    if any(output["output_type"] == "error" for output in outputs):
        raise ValueError(f"{notebook} on ESC-10: {first_error(run)}")
    asked = [
        claim
        for claim, entry in load_claims().items()
        if entry.get("notebook") == notebook
        and entry["tested_as"] != "their tables"
        and entry.get("recordings", True)
    ]
    made = how(f"python -m audioxai_lite claims --esc10 {notebook}", {}, time.monotonic() - start)
    made["records"] = [record for claim in asked if (record := cell_and_record(run, claim)[1])]
    name = f"notebook_{notebook[:2]}_esc10.json"
    write_whole(folder / name, json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    return [record["id"] for record in made["records"]]


def records_on_esc10(folder: Path = RESULTS) -> dict[str, dict]:
    """What the claim cells measured on ESC-10, by claim id; ValueError where a file is damaged.

    Examples
    --------
    >>> records_on_esc10()["posthoc-audio/istft-exact"]["verdict"]
    'holds'
    """
    found: dict[str, dict] = {}
    for file in sorted(folder.glob("notebook_*_esc10.json")):
        found |= {record["id"]: record for record in read_record(file).get("records", [])}
    return found


def told_on_esc10(notebook: str, recorded: Path = RESULTS) -> str:
    """What the claim cells of a notebook measured on ESC-10, a claim in two lines.

    Examples
    --------
    >>> told_on_esc10("07_explaining_a_detector").splitlines()[0]
    'faithful-ad/mae-more-faithful: undecided'
    """
    claims = load_claims()
    lines = []
    for claim, record in records_on_esc10(recorded).items():
        if claims[claim].get("notebook") == notebook:
            lines += [f"{claim}: {record['verdict']}", f"    {measured_in_words(record)}"]
    return "\n".join(lines)
