"""The claim ledger: what the sources state, and what the notebooks measured. Explained in notebook
00.
"""

import json
import math
import tomllib
from html import escape
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd
from IPython.display import display

from audioxai_lite.course.results import RESULTS

LEDGER = Path(__file__).with_name("claims.toml")


NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


RECORD = "application/vnd.audioxai.claim+json"  # how a claim cell's outcome is stored in the notebook's output


VERDICTS = {
    True: "HOLDS",
    "but": "HOLDS, BUT",
    False: "DOES NOT HOLD HERE",
    None: "NOT TESTABLE HERE",
}


CARD_COLOURS = {True: "#009E73", "but": "#E69F00", False: "#D55E00", None: "#777777"}


def load_claims() -> dict[str, dict]:
    """All claims by id, each with id, source (a dict), where, statement, published, and notebook or
    untestable.

    Examples
    --------
    >>> load_claims()["posthoc-audio/deep-shap"]["notebook"]
    '03_attribution'
    """
    content = tomllib.loads(LEDGER.read_text(encoding="utf-8"))
    return {
        claim["id"]: claim | {"source": content["source"][claim["id"].split("/")[0]]}
        for claim in content["claim"]
    }


def check_claim(
    claim: str, holds: bool | Literal["but"] | None, measured: str, note: str = ""
) -> None:
    """Say what became of a published claim: print one line, show a card, and keep a record for the
    ledger.

    Parameters
    ----------
    claim : str
        An id of the ledger, for example "posthoc-audio/mel-approximate".
    holds : True, False, "but" or None
        It holds; it does not hold here; it holds, but (an artefact, or a condition, named in
        `note`); it is not testable here (`note` says why).
    measured : str
        What was found, computed in the notebook and rounded to what is stable.
    note : str
        The condition or the reason; required for "but" and None.

    Raises
    ------
    ValueError
        If the ledger has no such claim, the verdict is none of the four, or a required note is
        missing.

    Examples
    --------
    >>> check_claim("posthoc-audio/deep-shap", False, measured="another gradient")  # doctest: +ELLIPSIS
    posthoc-audio/deep-shap: DOES NOT HOLD HERE — another gradient (published: ...
    """
    claims = load_claims()
    if claim not in claims:
        raise ValueError(f"the ledger has no claim {claim!r}; it has {', '.join(claims)}")
    if math.prod(getattr(holds, "shape", (0,))) == 1:
        holds = cast(Any, holds).item()  # a comparison in NumPy or torch
    if not (
        isinstance(holds, bool) or holds is None or (isinstance(holds, str) and holds == "but")
    ):
        raise ValueError(f'holds must be True, False, "but" or None, not {holds!r}')
    if holds in ("but", None) and not note:
        raise ValueError(
            f"{claim}: a note must say under which condition the claim holds, or why it cannot be tested"
        )
    entry = claims[claim]
    print(
        f"{claim}: {VERDICTS[holds]} — {measured} (published: {entry['published']}, {entry['where']})"
    )
    record = {"id": claim, "verdict": VERDICTS[holds].lower(), "measured": measured, "note": note}
    card = (
        f"<div id='{claim}' style='border-left:6px solid {CARD_COLOURS[holds]};padding:0.3em 1em;margin:0.5em 0'>"
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
        With id, source (its key), where, statement, published, notebook, verdict, measured and
        note. `verdict` is None when no run is recorded.

    Examples
    --------
    >>> next(row["verdict"] for row in ledger() if row["id"] == "posthoc-audio/deep-shap")
    'does not hold here'
    """
    rows = []
    for claim in load_claims().values():
        record = {"verdict": None, "measured": None, "note": claim.get("untestable", "")}
        if "notebook" in claim:
            record |= _records(notebooks / f"{claim['notebook']}.ipynb").get(claim["id"], {})
        rows.append(
            {
                **claim,
                "source": claim["id"].split("/")[0],
                "notebook": claim.get("notebook"),
                **record,
            }
        )
    return rows


def page(notebooks: Path = NOTEBOOKS, recorded: Path = RESULTS) -> str:
    """The ledger as a page of Markdown: claim, place, published, measured on both data, verdict,
    link to the section.

    Parameters
    ----------
    notebooks : Path
        The stored runs, on synthesised data.
    recorded : Path
        Folder of `notebook_NN_esc10.csv`: what the same cells measured on ESC-10.

    Notebook: 00, "Claims".

    Examples
    --------
    >>> page().splitlines()[0]
    '# The claim ledger'
    """
    tables = [
        pd.read_csv(file, keep_default_na=False)
        for file in sorted(recorded.glob("notebook_*_esc10.csv"))
    ]
    real = {row["claim"]: row for table in tables for row in table.to_dict("records")}
    entries = ledger(notebooks)
    found = [entry["verdict"] or "awaits a notebook" for entry in entries]
    order = [*map(str.lower, VERDICTS.values()), "awaits a notebook"]
    counts = ", ".join(
        f"*{verdict}* {found.count(verdict)}" for verdict in order if verdict in found
    )
    lines = [
        "# The claim ledger",
        "",
        f"{len(entries)} claims of {len({entry['source'] for entry in entries})} sources: {counts}. Every figure comes "
        "from the stored run of the notebook that the last column links; `make claims` writes this page anew. "
        "Measured are synthesised sounds, and ESC-10 where the same cell was run on recordings and depends on them.",
    ]
    for source in dict.fromkeys(entry["source"] for entry in entries):
        mine = [entry for entry in entries if entry["source"] == source]
        about = load_claims()[mine[0]["id"]]["source"]
        lines += [
            "",
            f"## {source}",
            "",
            f"{about['authors']}, [*{about['title']}*]({about['link']}), {about['year']}.",
            "",
        ]
        lines += [
            "| Claim | Published | Measured here | On ESC-10 | Cell |",
            "|---|---|---|---|---|",
        ]
        for entry in mine:
            ours, theirs = (_measured(row) for row in (entry, real.get(entry["id"], {})))
            link = "–"
            if entry["notebook"]:
                section = _section(notebooks / f"{entry['notebook']}.ipynb", entry["id"])
                anchor = section.replace(" ", "-")
                link = f"[{entry['notebook'][:2]}, {section}]({entry['notebook']}.ipynb#{anchor})"
            cells = [
                f"`{entry['id']}` {entry['statement']} ({entry['where']})",
                entry["published"],
                ours,
                theirs,
                link,
            ]
            lines.append(
                "| "
                + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
                + " |"
            )
    return "\n".join(lines) + "\n"


def _measured(row: dict) -> str:
    """A verdict with what it rests on, or why there is none."""
    if not row.get("verdict"):
        return row.get("note") or "–"
    note = f"; {row['note']}" if row.get("note") else ""
    return f"**{row['verdict']}**: {row['measured']}{note}"


def _section(notebook: Path, claim: str) -> str:
    """The heading under which a notebook tests a claim."""
    heading = "Claims"
    for cell in (
        json.loads(notebook.read_text(encoding="utf-8"))["cells"] if notebook.exists() else []
    ):
        lines = "".join(cell["source"]).splitlines()
        if cell["cell_type"] == "markdown":
            headings = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
            heading = headings[-1] if headings else heading
        elif any(f'check_claim("{claim}"' in line for line in lines):
            break
    return heading


def _records(notebook: Path) -> dict[str, dict]:
    """Outcomes of the claim cells stored in a notebook, by claim id; empty when it is not there."""
    if not notebook.exists():
        return {}
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    records = [output["data"][RECORD] for output in outputs if RECORD in output.get("data", {})]
    return {record["id"]: record for record in records}
