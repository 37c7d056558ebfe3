"""The ledger: what is read back from stored notebooks, its page, and its tables."""

import json

import pytest

from audioxai_lite.course import claims, ledger
from audioxai_lite.course.ledger import NOTEBOOKS

CLAIM = "posthoc-audio/istft-exact"
STEM = "01_transforms_and_inversion"
RECORD = {
    **{"id": CLAIM, "verdict": "holds", "unit": "dB", "digits": 0},
    **{"found": [["worst | of all", [138.0]]], "controls": [], "because": ""},
    **{"clips": 6, "trainings": 0},
}


def stored(*records):
    outputs = [{"output_type": "display_data", "data": {claims.RECORD: each}} for each in records]
    cells = [
        {"cell_type": "markdown", "id": "title", "source": "# A title"},
        {"cell_type": "code", "id": "hello", "source": "1", "outputs": [{"name": "stdout"}]},
    ]
    cells += [
        {"cell_type": "code", "id": f"cell-{number}", "source": "2", "outputs": [output]}
        for number, output in enumerate(outputs)
    ]
    return json.dumps({"cells": cells})


@pytest.fixture
def folder(tmp_path):
    """Notebook 01 with two claims, one of them on ESC-10, too; and one in a notebook that shows it
    only.
    """
    other = RECORD | {"id": "posthoc-audio/power-lossless", "verdict": "undecided"}
    (tmp_path / f"{STEM}.ipynb").write_text(stored(RECORD, other))
    elsewhere = RECORD | {"id": "posthoc-audio/mel-approximate"}
    (tmp_path / "00_start_here.ipynb").write_text(stored(elsewhere))
    on_esc10 = RECORD | {"verdict": "does not hold here", "found": [["worst", [7.0]]]}
    (tmp_path / "notebook_01_esc10.json").write_text(json.dumps({"records": [on_esc10]}))
    return tmp_path


def test_ledger_reads_what_notebooks_store(folder):
    rows = ledger.ledger(folder, folder)
    assert [row["id"] for row in rows] == list(claims.load_claims())
    by_id = {row["id"]: row for row in rows}
    row = by_id[CLAIM]
    assert (row["verdict"], row["cell"], row["source"]) == ("holds", "cell-0", "posthoc-audio")
    assert row["measured"] == "worst | of all: 138 (dB)" and row["notebook"] == STEM
    assert "does not hold here on the other data set" in row["steps"]
    assert row["certainty"] == "low" and len(row["steps"]) == 4
    assert by_id["posthoc-audio/power-lossless"]["certainty"] == "–"
    for claim in ("posthoc-audio/mel-approximate", "posthoc-audio/mask-by-product"):
        assert by_id[claim]["verdict"] == ledger.AWAITS and by_id[claim]["record"] is None
    json.dumps(rows)


def test_ledger_without_any_notebook_has_every_claim_and_no_verdict(tmp_path):
    rows = ledger.ledger(tmp_path, tmp_path)
    assert len(rows) == len(claims.load_claims())
    assert {row["verdict"] for row in rows} == {ledger.AWAITS}
    why = {row["id"]: row["measured"] for row in rows}
    assert why["lmac/users-prefer"].startswith("awaits listeners")


def test_page_has_a_line_a_claim_and_details_behind_folds(folder):
    page = ledger.ledger_page(folder, folder)
    for claim in claims.load_claims().values():
        (line,) = [x for x in page.splitlines() if f"| {claim['statement']} |" in x]
        assert line.count(" | ") == len(ledger.COLUMNS) - 1
    (row,) = [line for line in page.splitlines() if line.startswith("| **holds**")]
    assert "| worst \\| of all: 138 (dB) | – | 6 × – | as published | low |" in row
    assert f"`reproduce {CLAIM}`, 2 min" in row
    assert row.endswith(f"[01]({STEM}.ipynb#cell-id=cell-0) |")
    details = page[page.index(f"<code>{CLAIM}</code>") :]
    details = details[: details.index("</details>")]
    for text in (
        claims.load_claims()[CLAIM]["rule"],
        "2026-11-22, the figures known",
        "as published, 6 clips",
        "- **On ESC-10**: does not hold here: worst: 7 (dB)",
        f"reproduce {CLAIM}`, at most 2 minutes",
    ):
        assert text in details, text
    assert page.count("<details>") == page.count("</details>") == 2
    assert "*holds* 1, *undecided* 1, *awaits a notebook*" in page


def test_lines_are_sorted_by_source_and_certainty():
    page = ledger.ledger_page()
    for part in page.split("\n## ")[1:]:
        lines = [line for line in part.splitlines() if line.startswith("| **")]
        tested = [x.split(" | ")[7] for x in lines if ledger.AWAITS not in x]
        assert tested == sorted(tested, key=ledger.CERTAINTIES.index)


def test_links_lead_to_the_cells_that_test_the_claims():
    for row in ledger.ledger():
        if row["record"]:
            cells = json.loads((NOTEBOOKS / f"{row['notebook']}.ipynb").read_text())["cells"]
            (cell,) = [cell for cell in cells if cell["id"] == row["cell"]]
            assert f'check_claim("{row["id"]}"' in "".join(cell["source"])
            above = cells[cells.index(cell) - 1]
            assert row["rule"] in "".join(above["source"]), row["id"]


def test_stored_pages_are_those_of_the_stored_notebooks(tmp_path):
    stored_page = (NOTEBOOKS / "CLAIMS.md").read_text(encoding="utf-8")
    assert stored_page == ledger.ledger_page(), "write it anew: make claims"
    table = ledger.ledger_table().to_csv(index=False)
    assert (NOTEBOOKS / "claims.csv").read_text(encoding="utf-8") == table
    rows = json.loads((NOTEBOOKS / "claims.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == list(claims.load_claims())
    for source in {row["source"] for row in rows if row["record"]}:
        page = (NOTEBOOKS / "authors" / f"{source}.md").read_text(encoding="utf-8")
        assert page == ledger.authors_page(source)


def test_an_authors_page_tells_every_finding_with_its_command():
    page = ledger.authors_page("posthoc-audio")
    rows = [row for row in ledger.ledger() if row["source"] == "posthoc-audio"]
    for row in rows:
        assert f"    python -m audioxai_lite reproduce {row['id']}\n" in page
        assert row["where"] in page and row["rule"] in page
