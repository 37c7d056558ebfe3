"""The claim ledger: what the sources state, and what the notebooks measured. Explained in notebook
00.
"""

import json
import math
import tomllib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from IPython.display import display

from .results import RESULTS

LEDGER = Path(__file__).with_name("claims.toml")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
RECORD = "application/vnd.audioxai.claim+json"  # how a notebook stores the outcome of a claim cell
VERDICTS = {  # with the colours of their cards
    True: ("HOLDS", "#009E73"),
    "but": ("HOLDS, BUT", "#E69F00"),
    False: ("DOES NOT HOLD HERE", "#D55E00"),
    "undecided": ("UNDECIDED", "#56B4E9"),
    None: ("NOT TESTABLE HERE", "#777777"),
}
CARD = (
    "<div id='{id}' style='border-left:6px solid {colour};padding:0.3em 1em;margin:0.5em 0'>"
    "<strong>{verdict}</strong> · {statement}<br><em>Measured here:</em> {measured}<br>"
    "<em>Published:</em> {published} ({authors} {year}, {where})</div>"
)


def load_claims() -> dict[str, dict]:
    """All claims by id, each with id, source (a dict), where, statement, published, and notebook or
    untestable.

    Examples
    --------
    >>> load_claims()["posthoc-audio/deep-shap"]["notebook"]
    '04_checking_attributions'
    """
    content = tomllib.loads(LEDGER.read_text(encoding="utf-8"))
    return {
        claim["id"]: claim | {"source": content["source"][claim["id"].split("/")[0]]}
        for claim in content["claim"]
    }


def check_claim(
    claim: str, holds: bool | Literal["but", "undecided"] | None, measured: str, note: str = ""
) -> None:
    """Say what became of a published claim: print one line, show a card, and keep a record for the
    ledger.

    Parameters
    ----------
    claim : str
        An id of the ledger, for example "posthoc-audio/mel-approximate".
    holds : True, False, "but", "undecided" or None
        It holds; it does not hold here; it holds, but (an artefact, or a condition, named in
        `note`); the interval bears both signs; it is not testable here (`note` says why).
    measured : str
        What was found, computed in the notebook and rounded to what is stable.
    note : str
        The condition or the reason; required for "but" and None.

    Raises
    ------
    ValueError
        If the ledger has no such claim, the verdict is none of the five, or a required note is
        missing.

    Examples
    --------
    >>> claim = "posthoc-audio/deep-shap"
    >>> check_claim(claim, False, measured="another gradient")  # doctest: +ELLIPSIS
    posthoc-audio/deep-shap: DOES NOT HOLD HERE — another gradient (published: ...
    """
    claims = load_claims()
    if claim not in claims:
        raise ValueError(f"the ledger has no claim {claim!r}; it has {', '.join(claims)}")
    outcome = _outcome(holds)
    if outcome in ("but", None) and not note:
        text = f"{claim}: a note must say under which condition the claim holds"
        raise ValueError(f"{text}, or why it cannot be tested")
    (verdict, colour), entry = VERDICTS[outcome], claims[claim]
    published = f"published: {entry['published']}, {entry['where']}"
    print(f"{claim}: {verdict} — {measured} ({published})")
    record = {"id": claim, "verdict": verdict.lower(), "measured": measured, "note": note}
    shown = entry["source"] | entry | {"verdict": verdict, "colour": colour}
    shown["measured"] = f"{measured}; {note}" if note else measured
    card = CARD.format(**{name: escape(str(text)) for name, text in shown.items()})
    display({"text/html": card, "text/plain": note or "no condition", RECORD: record}, raw=True)


def verdict_of_parts(sides: Sequence[int]) -> bool | Literal["undecided"]:
    """The verdict on a claim with several parts: it does not hold if one is clearly the other way
    round, and is undecided if none is, but not all are clear.

    Parameters
    ----------
    sides : sequence of int
        A part each: 1 where it is clearly as claimed, -1 where clearly not, 0 where that is open.
        See `statistics.clear_side`.

    Notebook: 06.

    Examples
    --------
    >>> verdict_of_parts([1, 1]), verdict_of_parts([1, 0]), verdict_of_parts([0, -1])
    (True, 'undecided', False)
    """
    return False if min(sides) < 0 else True if min(sides) > 0 else "undecided"


def _outcome(holds: Any) -> bool | str | None:
    """One of the keys of `VERDICTS`; a comparison in NumPy or torch is taken for a bool."""
    if math.prod(getattr(holds, "shape", (0,))) == 1:
        holds = holds.item()
    if not isinstance(holds, bool | str | None) or holds not in VERDICTS:
        text = f'holds must be True, False, "but" or None, not {holds!r}'
        raise ValueError(f'{text}; or "undecided", where the interval bears both signs')
    return holds


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
        source, notebook = claim["id"].split("/")[0], claim.get("notebook")
        record = {"verdict": None, "measured": None, "note": claim.get("untestable", "")}
        if notebook:
            record |= _records(notebooks / f"{notebook}.ipynb").get(claim["id"], {})
        rows.append(claim | {"source": source, "notebook": notebook} | record)
    return rows


def ledger_page(notebooks: Path = NOTEBOOKS, recorded: Path = RESULTS) -> str:
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
    >>> ledger_page().splitlines()[0]
    '# The claim ledger'
    """
    recordings = _on_recordings(recorded)
    entries = ledger(notebooks)
    sources = dict.fromkeys(entry["source"] for entry in entries)
    lines = [
        "# The claim ledger",
        "",
        f"{len(entries)} claims of {len(sources)} sources: {_counts(entries)}. Every figure comes "
        "from the stored run of the notebook that the last column links; `make claims` writes "
        "this page anew. Measured are synthesised sounds, and ESC-10 where the same cell was run "
        "on recordings and depends on them.",
    ]
    for source in sources:
        of_source = [entry for entry in entries if entry["source"] == source]
        about = load_claims()[of_source[0]["id"]]["source"]
        title = f"[*{about['title']}*]({about['link']})"
        lines += ["", f"## {source}", "", f"{about['authors']}, {title}, {about['year']}.", ""]
        lines += [
            "| Claim | Published | Measured here | On ESC-10 | Cell |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(entry, recordings.get(entry["id"], {}), notebooks) for entry in of_source]
    return "\n".join(lines) + "\n"


def _on_recordings(folder: Path) -> dict[str, dict]:
    """What the claim cells measured on ESC-10, by claim id."""
    files = sorted(folder.glob("notebook_*_esc10.csv"))
    tables = [pd.read_csv(file, keep_default_na=False) for file in files]
    return {row["claim"]: row for table in tables for row in table.to_dict("records")}


def _counts(entries: list[dict]) -> str:
    """How many claims have each verdict, in words."""
    verdicts = [entry["verdict"] or "awaits a notebook" for entry in entries]
    order = [*(verdict.lower() for verdict, _ in VERDICTS.values()), "awaits a notebook"]
    named = [verdict for verdict in order if verdict in verdicts]
    return ", ".join(f"*{verdict}* {verdicts.count(verdict)}" for verdict in named)


def _row(entry: dict, recorded: dict, notebooks: Path) -> str:
    """A claim as a row of the page's table."""
    claim, link = f"`{entry['id']}` {entry['statement']} ({entry['where']})", "–"
    if notebook := entry["notebook"]:
        section = _section(notebooks / f"{notebook}.ipynb", entry["id"])
        link = f"[{notebook[:2]}, {section}]({notebook}.ipynb#{section.replace(' ', '-')})"
    cells = claim, entry["published"], _measured(entry), _measured(recorded), link
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "| " + " | ".join(escaped) + " |"


def _measured(row: dict) -> str:
    """A verdict with what it rests on, or why there is none."""
    if not row.get("verdict"):
        return row.get("note") or "–"
    note = f"; {row['note']}" if row.get("note") else ""
    return f"**{row['verdict']}**: {row['measured']}{note}"


def _section(notebook: Path, claim: str) -> str:
    """The heading under which a notebook tests a claim."""
    heading = "Claims"
    for cell in _cells(notebook):
        lines = "".join(cell["source"]).splitlines()
        if cell["cell_type"] == "markdown":
            headings = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
            heading = headings[-1] if headings else heading
        elif any(f'check_claim("{claim}"' in line for line in lines):
            break
    return heading


def _records(notebook: Path) -> dict[str, dict]:
    """Outcomes of the claim cells stored in a notebook, by claim id."""
    outputs = [output for cell in _cells(notebook) for output in cell.get("outputs", [])]
    records = [output["data"][RECORD] for output in outputs if RECORD in output.get("data", {})]
    return {record["id"]: record for record in records}


def _cells(notebook: Path) -> list[dict]:
    """The cells of a stored notebook; none when it is not there."""
    if not notebook.exists():
        return []
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]
