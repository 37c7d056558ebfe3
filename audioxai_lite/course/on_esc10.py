"""What the claim cells measure on recordings: made, stored, read."""

import json
import textwrap
import time
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from ..writing import write_whole
from .claims import COLOURS as VERDICT_COLOURS
from .claims import load_claims
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


def verdicts_on_both(notebook: str) -> tuple[Figure, dict[str, tuple[str, str]]]:
    """What became of a notebook's claims on synthesised sounds and on recordings, as the ledger has
    it.

    Returns
    -------
    figure
    verdicts : dict of claim to the two verdicts

    Examples
    --------
    >>> figure, verdicts = verdicts_on_both("06_metrics")
    >>> verdicts["posthoc-audio/mel-more-accurate"]
    ('undecided', 'undecided')
    """
    ledger = json.loads((NOTEBOOKS / "claims.json").read_text(encoding="utf-8"))
    both = [row for row in ledger if row.get("notebook") == notebook and row.get("esc10")]
    verdicts = {row["id"]: (row["verdict"], row["esc10"]["verdict"]) for row in both}
    fig, ax = plt.subplots(figsize=(9, 0.5 + 0.44 * len(both)))
    for row, pair in enumerate(verdicts.values()):
        for column, verdict in enumerate(pair):
            ax.barh(row, 0.97, 0.86, left=column, color=VERDICT_COLOURS[verdict])
            ax.text(column + 0.485, row, verdict, ha="center", va="center")
    statements = [textwrap.fill(row["statement"], 50) for row in both]
    ax.set_yticks(range(len(both)), statements, fontsize=10)
    ax.set_xticks([0.485, 1.485], ["synthesised sounds", "recordings (ESC-10)"])
    ax.xaxis.tick_top()
    ax.set(ylim=(len(both) - 0.5, -0.5), xlim=(0, 2))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return fig, verdicts
