"""The claim ledger: what a claim cell prints, shows and records, and what is read back from stored
notebooks.
"""

import json
import math

import numpy as np
import pytest
import torch

from audioxai_lite.course import claims

CLAIM = "posthoc-audio/istft-exact"
NOTEBOOK = "01_transforms_and_inversion"
LINE = f"{CLAIM}: {{}} — 138 dB (published: exact (solid arrow), section II.A, Figure 1)\n"


@pytest.fixture
def shown(monkeypatch):
    """What `check_claim` displays, as (bundle, options)."""
    outputs = []
    monkeypatch.setattr(
        claims, "display", lambda bundle, **options: outputs.append((bundle, options))
    )
    return outputs


@pytest.mark.parametrize(
    ("holds", "verdict", "note"),
    [
        (True, "HOLDS", ""),
        (True, "HOLDS", "on every clip"),
        (False, "DOES NOT HOLD HERE", ""),
        ("but", "HOLDS, BUT", "with a floor of -100 dB"),
        ("undecided", "UNDECIDED", ""),
        (None, "NOT TESTABLE HERE", "the data are not public"),
        (np.True_, "HOLDS", ""),
        (np.False_, "DOES NOT HOLD HERE", ""),
        (torch.tensor(True), "HOLDS", ""),
        (torch.tensor([3.0]) > torch.tensor([4.0]), "DOES NOT HOLD HERE", ""),
        (np.float32(3) > 2, "HOLDS", ""),
    ],
)
def test_one_line_is_printed_and_one_card_shown_with_a_record(shown, capsys, holds, verdict, note):
    assert claims.check_claim(CLAIM, holds, measured="138 dB", note=note) is None
    assert capsys.readouterr().out == LINE.format(verdict)
    ((bundle, options),) = shown
    assert options == {"raw": True}
    assert set(bundle) == {"text/html", "text/plain", "application/vnd.audioxai.claim+json"}
    record = {"id": CLAIM, "verdict": verdict.lower(), "measured": "138 dB", "note": note}
    assert bundle["application/vnd.audioxai.claim+json"] == record == json.loads(json.dumps(record))
    assert bundle["text/plain"] == (note or "no condition")
    card = bundle["text/html"]
    assert card.startswith("<div ") and card.endswith("</div>") and card.count("<div") == 1
    assert f"<strong>{verdict}</strong>" in card and "138 dB" in card and note in card
    assert (
        "inverse short-time Fourier transform" in card
        and "exact (solid arrow)" in card
        and "Pak" in card
    )


def test_verdicts_have_colours_of_their_own(shown):
    for holds in (True, False, "but", "undecided", None):
        claims.check_claim(CLAIM, holds, "138 dB", "a note")
    colours = {bundle["text/html"].split("solid ")[1].split(";")[0] for bundle, _ in shown}
    assert len(colours) == 5


@pytest.mark.parametrize(
    ("claim", "holds", "note", "message"),
    [
        (
            "posthoc-audio/unheard-of",
            True,
            "",
            "no claim 'posthoc-audio/unheard-of'; it has posthoc-audio/istft-exact",
        ),
        ("", True, "", "no claim ''"),
        (CLAIM, "maybe", "a note", "holds must be True, False, \"but\" or None, not 'maybe'"),
        (CLAIM, "True", "a note", "not 'True'"),
        (CLAIM, "", "a note", "not ''"),
        (CLAIM, "but", "", f"{CLAIM}: a note must say under which condition"),
        (CLAIM, None, "", f"{CLAIM}: a note must say .* why it cannot be tested"),
    ],
)
def test_a_claim_cell_that_makes_no_sense_is_refused_in_silence(
    shown, capsys, claim, holds, note, message
):
    with pytest.raises(ValueError, match=message):
        claims.check_claim(claim, holds, "138 dB", note)
    assert capsys.readouterr().out == "" and shown == []


@pytest.mark.parametrize(
    "holds", [138.0, math.nan, [], [False], torch.tensor([True, False])], ids=repr
)
def test_a_verdict_that_is_a_number_or_a_list_is_refused(shown, holds):
    with pytest.raises(ValueError, match="holds must be True, False"):
        claims.check_claim(CLAIM, holds, "138 dB")


def test_text_is_escaped_in_the_card_and_left_alone_elsewhere(shown, capsys, tmp_path, monkeypatch):
    ledger = tmp_path / "claims.toml"
    ledger.write_text(
        '[source.x]\nauthors = "Tom & <i>Jerry</i>"\nyear = 2020\n\n'
        '[[claim]]\nid = "x/y"\nwhere = "Table <1>"\n'
        'statement = "a < b & <u>c</u>"\npublished = "<s>5</s>"\nnotebook = "z"\n'
    )
    monkeypatch.setattr(claims, "LEDGER", ledger)
    claims.check_claim("x/y", "but", measured="<script>1 & 2</script>", note="<b>if</b>")
    ((bundle, _),) = shown
    card = bundle["text/html"]
    for raw in ("<script", "<b>", "<u>", "<s>", "<i>", "<1>", " & "):
        assert raw not in card
    for escaped in (
        "&lt;script&gt;1 &amp; 2",
        "&lt;b&gt;if",
        "a &lt; b &amp; ",
        "&lt;s&gt;5",
        "Table &lt;1&gt;",
        "Tom &amp;",
    ):
        assert escaped in card
    record = bundle[claims.RECORD]
    assert (record["measured"], record["note"]) == ("<script>1 & 2</script>", "<b>if</b>")
    assert capsys.readouterr().out == (
        "x/y: HOLDS, BUT — <script>1 & 2</script> (published: <s>5</s>, Table <1>)\n"
    )


def notebook(*outputs):
    cells = [
        {"cell_type": "markdown", "source": "# A title"},
        {"cell_type": "code", "source": "1", "outputs": []},
    ]
    return json.dumps(
        {"cells": cells + [{"cell_type": "code", "source": "2", "outputs": list(outputs)}]}
    )


def claim_output(claim, verdict, measured="1 dB", note=""):
    record = {"id": claim, "verdict": verdict, "measured": measured, "note": note}
    return {"output_type": "display_data", "data": {"text/plain": "x", claims.RECORD: record}}


def test_ledger_reads_what_notebooks_store(tmp_path):
    (tmp_path / f"{NOTEBOOK}.ipynb").write_text(
        notebook(
            {"output_type": "stream", "name": "stdout", "text": "hello"},
            {"output_type": "display_data", "data": {"text/plain": "a figure"}},
            claim_output(CLAIM, "holds", "über 100 dB"),
            claim_output("posthoc-audio/power-lossless", "holds, but", "81 dB", "a low floor"),
        ),
        encoding="utf-8",
    )
    (tmp_path / "00_start_here.ipynb").write_text(
        notebook(claim_output("posthoc-audio/mel-approximate", "holds"))
    )
    rows = claims.ledger(tmp_path)
    assert [row["id"] for row in rows] == list(claims.load_claims())
    by_id = {row["id"]: row for row in rows}
    wanted = ("verdict", "measured", "note", "source", "notebook", "published")
    assert [by_id[CLAIM][key] for key in wanted] == [
        "holds",
        "über 100 dB",
        "",
        "posthoc-audio",
        NOTEBOOK,
        "exact (solid arrow)",
    ]
    assert [by_id["posthoc-audio/power-lossless"][key] for key in wanted[:3]] == [
        "holds, but",
        "81 dB",
        "a low floor",
    ]
    for claim in ("posthoc-audio/mel-approximate", "posthoc-audio/mask-by-product"):
        assert by_id[claim]["verdict"] is None and by_id[claim]["measured"] is None
    json.dumps(rows)


def test_ledger_without_any_notebook_has_every_claim_and_no_verdict(tmp_path):
    rows = claims.ledger(tmp_path)
    assert len(rows) == len(claims.load_claims()) and {row["verdict"] for row in rows} == {None}


def test_untestable_claim_says_why(tmp_path, monkeypatch):
    file = tmp_path / "claims.toml"
    file.write_text(
        '[source.x]\nauthors = "A"\nyear = 2020\n\n'
        '[[claim]]\nid = "x/y"\nwhere = "Table 1"\nstatement = "s"\n'
        'published = "5"\nuntestable = "the data are not public"\n'
    )
    monkeypatch.setattr(claims, "LEDGER", file)
    (row,) = claims.ledger(tmp_path)
    assert (row["verdict"], row["notebook"], row["note"]) == (None, None, "the data are not public")


def test_every_claim_is_complete_and_names_a_known_source():
    content = claims.tomllib.loads(claims.LEDGER.read_text(encoding="utf-8"))
    ids = [claim["id"] for claim in content["claim"]]
    assert len(ids) == len(set(ids)) == len(claims.load_claims()) > 0
    for claim in content["claim"]:
        assert set(claim) - {"notebook", "untestable"} == {
            "id",
            "where",
            "statement",
            "published",
        }, claim["id"]
        assert all(isinstance(text, str) and text.strip() for text in claim.values()), claim["id"]
        assert ("notebook" in claim) != ("untestable" in claim), claim["id"]
        source, _, name = claim["id"].partition("/")
        assert source in content["source"] and name
        assert claims.load_claims()[claim["id"]]["source"] == content["source"][source]
    for name, source in content["source"].items():
        assert (
            set(source) == {"title", "authors", "year", "link"} and 2015 <= source["year"] <= 2030
        ), name
        assert source["link"].startswith("https://")


def test_page_shows_every_claim_with_its_place_its_figures_and_its_cell(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["## 1.3 | and back\n", "words"]},
        {
            "cell_type": "code",
            "source": [f'check_claim("{CLAIM}", holds=True)'],
            "outputs": [claim_output(CLAIM, "holds", "a|b")],
        },
    ]
    (tmp_path / f"{NOTEBOOK}.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "notebook_01_esc10.csv").write_text(
        f"claim,verdict,measured,note\n{CLAIM},does not hold here,7 dB,rain\n"
    )
    page = claims.ledger_page(tmp_path, tmp_path)
    for claim in claims.load_claims().values():
        assert claim["statement"].replace("|", "\\|") in page and claim["where"] in page, claim[
            "id"
        ]
    (row,) = [line for line in page.splitlines() if "**holds**" in line]
    assert "**holds**: a\\|b" in row and "**does not hold here**: 7 dB; rain" in row
    assert row.endswith(f"({NOTEBOOK}.ipynb#1.3-|-and-back) |".replace("|-", "\\|-", 1))
    assert "sources: *holds* 1, *awaits a notebook*" in page and "awaits a later notebook" in page


def test_stored_page_is_that_of_the_stored_notebooks():
    stored = (claims.NOTEBOOKS / "CLAIMS.md").read_text(encoding="utf-8")
    assert stored == claims.ledger_page(), "write it anew: make claims"
