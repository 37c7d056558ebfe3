"""The claim ledger: what the sources state, and what the notebooks measured. Explained in notebook 00."""

import json
import math
import tomllib
from html import escape
from pathlib import Path
from typing import Literal

from IPython.display import display

LEDGER = Path(__file__).with_name("claims.toml")
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
RECORD = "application/vnd.audioxai.claim+json"  # how a claim cell's outcome is stored in the notebook's output
VERDICTS = {True: "HOLDS", False: "DOES NOT HOLD HERE", "but": "HOLDS, BUT", None: "NOT TESTABLE HERE"}
CARD_COLOURS = {True: "#009E73", False: "#D55E00", "but": "#E69F00", None: "#777777"}


def load_claims() -> dict[str, dict]:
    """All claims by id, each with id, source (a dict), where, statement, published, and notebook or untestable."""
    content = tomllib.loads(LEDGER.read_text(encoding="utf-8"))
    return {claim["id"]: claim | {"source": content["source"][claim["id"].split("/")[0]]} for claim in content["claim"]}


def check_claim(claim: str, holds: bool | Literal["but"] | None, measured: str, note: str = "") -> None:
    """Say what became of a published claim: print one line, show a card, and keep a record for the ledger.

    Parameters
    ----------
    claim : str
        An id of the ledger, for example "posthoc-audio/mel-approximate".
    holds : True, False, "but" or None
        It holds; it does not hold here; it holds, but (an artefact, or a condition, named in `note`); it is not
        testable here (`note` says why).
    measured : str
        What was found, computed in the notebook and rounded to what is stable.
    note : str
        The condition or the reason; required for "but" and None.

    Raises
    ------
    ValueError
        If the ledger has no such claim, the verdict is none of the four, or a required note is missing.
    """
    claims = load_claims()
    if claim not in claims:
        raise ValueError(f"the ledger has no claim {claim!r}; it has {', '.join(claims)}")
    if math.prod(getattr(holds, "shape", (0,))) == 1:
        holds = holds.item()  # a comparison in NumPy or torch
    if not (isinstance(holds, bool) or holds is None or (isinstance(holds, str) and holds == "but")):
        raise ValueError(f'holds must be True, False, "but" or None, not {holds!r}')
    if holds in ("but", None) and not note:
        raise ValueError(f"{claim}: a note must say under which condition the claim holds, or why it cannot be tested")
    entry = claims[claim]
    print(f"{claim}: {VERDICTS[holds]} — {measured} (published: {entry['published']}, {entry['where']})")
    record = {"id": claim, "verdict": VERDICTS[holds].lower(), "measured": measured, "note": note}
    card = (
        f"<div style='border-left:6px solid {CARD_COLOURS[holds]};padding:0.3em 1em;margin:0.5em 0'>"
        f"<strong>{VERDICTS[holds]}</strong> · {escape(entry['statement'])}<br>"
        f"<em>Measured here:</em> {escape(measured)}{'; ' + escape(note) if note else ''}<br>"
        f"<em>Published:</em> {escape(entry['published'])} ({escape(entry['source']['authors'])} "
        f"{entry['source']['year']}, {escape(entry['where'])})</div>"
    )
    display({"text/html": card, "text/plain": note or "no condition", RECORD: record}, raw=True)


def ledger(notebooks: Path = NOTEBOOKS) -> list[dict]:
    """Every claim with what the stored run of its notebook measured.

    Returns
    -------
    list of dict
        With id, source (its key), where, statement, published, notebook, verdict, measured and note. `verdict` is None
        when no run is recorded.
    """
    rows = []
    for claim in load_claims().values():
        record = {"verdict": None, "measured": None, "note": claim.get("untestable", "")}
        if "notebook" in claim:
            record |= _records(notebooks / f"{claim['notebook']}.ipynb").get(claim["id"], {})
        rows.append({**claim, "source": claim["id"].split("/")[0], "notebook": claim.get("notebook"), **record})
    return rows


def _records(notebook: Path) -> dict[str, dict]:
    """Outcomes of the claim cells stored in a notebook, by claim id; empty when it is not there."""
    if not notebook.exists():
        return {}
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    records = [output["data"][RECORD] for output in outputs if RECORD in output.get("data", {})]
    return {record["id"]: record for record in records}
