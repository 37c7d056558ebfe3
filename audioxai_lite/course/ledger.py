"""The claim ledger: every claim with what the stored notebooks measured, as rows and as pages.
Explained in notebook 00.
"""

import json
from functools import partial
from pathlib import Path

import pandas as pd

from ..writing import write_whole
from .claim_shape import checked_record, readable
from .claims import (
    ARTEFACT,
    CONDITION,
    TESTED_AS,
    UNTESTABLE,
    VERDICTS,
    as_tested,
    certainty,
    fixed_in_words,
    in_words,
    load_claims,
    measured_in_words,
)
from .notebooks import NOTEBOOKS, cell_and_record
from .on_esc10 import records_on_esc10
from .results import RESULTS, how_made

CERTAINTIES = ("high", "moderate", "low", "–")
AWAITS = "awaits a notebook"
COLUMNS = (
    *("Verdict", "Claim", "Published", "Measured here", "Controls", "Clips × trainings"),
    *("Tested as", "Certainty", "Rule fixed", "Check: `python -m audioxai_lite …`", "Cell"),
)


def ledger(notebooks: Path = NOTEBOOKS, recorded: Path = RESULTS) -> list[dict]:
    """Every claim with what the stored run of its notebook measured.

    Parameters
    ----------
    notebooks : Path
        The stored runs, on synthesised sounds.
    recorded : Path
        Folder of `notebook_NN_esc10.json`: what the same cells measured on ESC-10.

    Returns
    -------
    list of dict
        The entry of claims.toml with "source" (its key), "cell" (the id of the claim's cell),
        "record" and "esc10" (what `check_claim` kept, or None), "verdict", "measured", "certainty"
        and "steps" (why the certainty is not higher).

    Examples
    --------
    >>> next(row["verdict"] for row in ledger() if row["id"] == "posthoc-audio/deep-shap")
    'does not hold here'
    """
    rows: list[dict] = []
    recordings = readable(lambda: records_on_esc10(recorded), "a notebook_NN_esc10.json")
    for entry in load_claims().values():
        row = entry | {"source": entry["id"].split("/")[0], "notebook": entry.get("notebook")}
        cell, record = None, None
        if row["notebook"]:
            file = notebooks / f"{row['notebook']}.ipynb"
            cell, record = readable(partial(cell_and_record, file, entry["id"]), file.name)
        esc10 = recordings.get(entry["id"])
        for kept in filter(None, (record, esc10)):
            checked_record(kept, entry["id"], VERDICTS)
        row |= {"cell": cell, "record": record, "esc10": esc10}
        row |= {"verdict": AWAITS, "measured": entry.get("untestable", ""), "certainty": "–"}
        if record:
            row |= {"verdict": record["verdict"], "measured": measured_in_words(record)}
            row["certainty"], row["steps"] = certainty(entry, record, esc10)
        rows.append(row)
    return rows


def minutes_of(row: dict) -> tuple[float, float]:
    """What it takes to recompute a claim, in minutes: a sample, and all of its studies.

    Examples
    --------
    >>> quick, full = minutes_of(load_claims()["posthoc-audio/shap-unsuited"])
    >>> quick < full
    True
    """
    studies = sum(how_made(study)["duration_s"] for study in row["studies"])
    return 2.0, max(2.0, studies / 60)  # most take less than one


def ledger_page(notebooks: Path = NOTEBOOKS, recorded: Path = RESULTS) -> str:
    """The ledger as a page of Markdown: a line a claim, sorted by source and certainty, then the
    details behind folds.

    Notebook: 00, "Claims".

    Examples
    --------
    >>> ledger_page().splitlines()[0]
    '# The claim ledger'
    """
    rows = ledger(notebooks, recorded)
    sources = list(dict.fromkeys(row["source"] for row in rows))
    lines = ["# The claim ledger", "", _introduction(rows)]
    for source in sources:
        of_source = sorted(
            (row for row in rows if row["source"] == source),
            key=lambda row: (row["verdict"] == AWAITS, CERTAINTIES.index(row["certainty"])),
        )
        lines += ["", f"## {source}", "", *_about(load_claims()[of_source[0]["id"]]["source"])]
        if any(row["record"] for row in of_source):
            lines += [f"For its authors: [what we found](authors/{source}.md).", ""]
        lines += [
            f"| {' | '.join(COLUMNS)} |",
            "|" + "---|" * len(COLUMNS),
            *map(_line, of_source),
            "",
            *(line for row in of_source if row["record"] for line in _details(row)),
        ]
    return "\n".join(lines) + "\n"


def _introduction(rows: list[dict]) -> str:
    """What the page is, and how many claims have each verdict."""
    verdicts = [row["verdict"] for row in rows]
    named = [verdict for verdict in (*VERDICTS, AWAITS) if verdict in verdicts]
    counts = ", ".join(f"*{verdict}* {verdicts.count(verdict)}" for verdict in named)
    sources = len({row["source"] for row in rows})
    return (
        f"{len(rows)} claims of {sources} sources: {counts}. Every figure comes from the stored "
        "run of the notebook that the last column leads to, on synthesised sounds; what the same "
        "cell measured on ESC-10 stands in the details, behind a fold. Means stand with 95 % "
        "intervals, over clips and trainings (in notebook 02 over runs), and so do medians and "
        "correlations over all trainings; counts, extremes, and what is told training by training "
        "or is exact stand without. A difference is *clear* if its interval "
        "does not hold 0.\n\n"
        "*Certainty*, by a rule that knows no author: a verdict starts high, and takes a step for "
        "fewer than three trainings (two if there is one), fewer than twenty clips, no control, "
        "our network and data in place of the source's, a rule that was fixed when figures "
        "were known, and another verdict on the other data set. Up to one step is high, two or "
        "three are moderate, more are low. What only recomputes a source's own printed figures is "
        "arithmetic, and high.\n\n"
        "Scores of masks, with the direction that is good: average drop AD (low), average gain AG, "
        "average increase AI and Fid-In, the share of clips that keep their class (high), FF, "
        "how much the answer falls without the mask (high), SPS, how few bins (high), COMP, an "
        "entropy (low). They are explained in notebook 06; AUC and pAUC in 02; SI-SDR, in "
        "decibels, in 01. *Bin* and *sign* are the mask that keeps what is positive; *random "
        "cells* are patches of the same area drawn at random; the *energy* is the loudest bins, "
        "which know no network; *robust* networks were trained with holes, *plain* ones were not; "
        "*whinny* is our synthesised horse. *The source's losses* are those that its summary "
        "names.\n\n"
        "`python -m audioxai_lite reproduce CLAIM` computes a sample again from sounds and "
        "weights. `make claims` writes this page anew; `claims.csv` and `claims.json` beside it "
        "hold the same."
    )


def _about(source: dict) -> list[str]:
    """A source's reference, and what stands and what does not, in a colleague's words."""
    title = f"[*{source['title']}*]({source['link']})"
    lines = [f"{source['authors']}, {title}, {source['year']}.", ""]
    return [*lines, *([source["summary"].strip(), ""] if "summary" in source else [])]


def _line(row: dict) -> str:
    """A claim in a line of the table."""
    cells = [f"**{row['verdict']}**", row["statement"], row["published"]] + ["–"] * 8
    if record := row["record"]:
        found, controls = (_first(record[of], record["digits"]) for of in ("found", "controls"))
        unit = f" ({record['unit']})" if record["unit"] else ""
        link = f"[{row['notebook'][:2]}]({row['notebook']}.ipynb#cell-id={row['cell']})"
        clips, trainings = (str(record[of] or "–") for of in ("clips", "trainings"))
        cells[3:] = [f"{found}{unit}", controls or "–", f"{clips} × {trainings}"]
        cells += [TESTED_AS[row["tested_as"]], row["certainty"], fixed_in_words(row)]
        if record["because"] and record["verdict"] in (CONDITION, ARTEFACT):
            cells[0] += f": {record['because'].split(';')[0]}"
        cells += [f"`reproduce {row['id']}`, {minutes_of(row)[0]:.0f} min", link]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _first(pairs: list, digits: int, most: int = 3) -> str:
    """The first of some numbers, and how many more there are."""
    more = f"; and {len(pairs) - most} more" if len(pairs) > most else ""
    return in_words(pairs[:most], digits) + more


def _details(row: dict) -> list[str]:
    """All that the ledger knows of a claim, behind a fold."""
    quick, full = minutes_of(row)
    lines = [
        f"- **Where**: {row['where']}",
        f"- **Rule** (fixed {fixed_in_words(row)}): {row['rule']}",
        f"- **Measured here**: {row['verdict']}: {row['measured']}",
        f"- **Tested** {as_tested(row, row['record'])}; certainty {row['certainty']}{_why(row)}",
        f"- **Check it**: `python -m audioxai_lite reproduce {row['id']}`, at most {quick:.0f} "
        f"minutes; with `--full` about {full:.0f} minutes",
    ]
    if row["esc10"]:
        lines.insert(3, f"- **On ESC-10**: {_on_esc10(row['esc10'])}")
    if "their_code" in row:
        lines.insert(1, f"- **Their code**: {row['their_code']}")
    summary = f"<summary><code>{row['id']}</code></summary>"
    return ["<details>", summary, "", *lines, "", "</details>", ""]


def _on_esc10(record: dict) -> str:
    return f"{record['verdict']}: {measured_in_words(record)}"


def _why(row: dict) -> str:
    """Why the certainty is not higher."""
    return f" ({', '.join(row['steps'])})" if row["steps"] else ""


def authors_page(source: str, notebooks: Path = NOTEBOOKS, recorded: Path = RESULTS) -> str:
    """What we found of one source, as a page that could be sent to its authors: every claim that
    was tested, the lines of their text or tables that it rests on, and the command that checks it.

    Examples
    --------
    >>> authors_page("crepe").splitlines()[0]
    '# What we found: CREPE: A Convolutional Representation for Pitch Estimation'
    """
    rows = [row for row in ledger(notebooks, recorded) if row["source"] == source]
    about = load_claims()[rows[0]["id"]]["source"]
    lines = [f"# What we found: {about['title']}", "", *_about(about)]
    lines += [
        "Where we are wrong, or unfair, say so in an issue of this course: the claim is computed "
        "again, and your answer stands beside ours.",
        "",
    ]
    for row in rows:
        if not row["record"] or row["verdict"] == UNTESTABLE:
            continue
        lines += [
            f"## {row['statement']}",
            "",
            f"*Where you say so*: {row['where']}. *Published*: {row['published']}.",
            "",
            *([f"*Your code*: {row['their_code']}.", ""] if "their_code" in row else []),
            f"*Our rule* (fixed {fixed_in_words(row)}): {row['rule']}",
            "",
            f"*We find*: **{row['verdict']}**: {row['measured']}.",
            "",
            *([f"*On ESC-10*: {_on_esc10(row['esc10'])}.", ""] if row["esc10"] else []),
            f"*Tested* {as_tested(row, row['record'])}; certainty {row['certainty']}{_why(row)}.",
            "",
            f"    python -m audioxai_lite reproduce {row['id']}",
            "",
        ]
    return "\n".join(lines)


def ledger_table(notebooks: Path = NOTEBOOKS, recorded: Path = RESULTS) -> pd.DataFrame:
    """The ledger as a table that can be cited, a row a claim, for CSV.

    Examples
    --------
    >>> list(ledger_table())[:4]
    ['id', 'source', 'where', 'statement']
    """
    names = ["id", "source", "where", "statement", "published", "tested_as", "rule", "fixed"]
    names += ["known", "verdict", "measured", "certainty", "notebook", "cell"]
    rows = ledger(notebooks, recorded)
    table = pd.DataFrame(rows).reindex(columns=names)
    for of in ("clips", "trainings"):
        table[of] = [row["record"][of] if row["record"] else 0 for row in rows]
    table["on ESC-10"] = [row["esc10"]["verdict"] if row["esc10"] else "" for row in rows]
    return table.fillna("")


def write_ledger(notebooks: Path = NOTEBOOKS) -> Path:
    """Write the ledger: the page CLAIMS.md, a page a source in `authors`, and `claims.csv` and
    `claims.json` beside them, to cite.

    Returns
    -------
    Path
        Of the page.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_ledger(Path(folder)).name
    'CLAIMS.md'
    """
    rows = ledger(notebooks)
    page = notebooks / "CLAIMS.md"
    write_whole(page, ledger_page(notebooks))
    write_whole(notebooks / "claims.csv", ledger_table(notebooks).to_csv(index=False))
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    write_whole(notebooks / "claims.json", f"[\n{lines}\n]\n")
    folder = notebooks / "authors"
    folder.mkdir(exist_ok=True)
    for source in dict.fromkeys(row["source"] for row in rows if row["record"]):
        write_whole(folder / f"{source}.md", authors_page(source, notebooks))
    return page
