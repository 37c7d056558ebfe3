"""A claim cell: what it prints, shows and records, what it refuses, and how sure a verdict is."""

import json
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from audioxai_lite.course import claims

CLAIM = "posthoc-audio/istft-exact"
FOUND = {"worst clip": 138.2}


@pytest.fixture
def shown(monkeypatch):
    """What `check_claim` displays, as (bundle, options); strips stay open figures."""
    outputs = []
    monkeypatch.setattr(
        claims, "display", lambda bundle, **options: outputs.append((bundle, options))
    )
    monkeypatch.setattr(claims.plt, "show", lambda: None)
    yield outputs
    plt.close("all")


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        *((verdict, verdict) for verdict in claims.VERDICTS),
        (True, "holds"),
        (False, "does not hold here"),
        (np.True_, "holds"),
        (np.float32(3) > 4, "does not hold here"),
    ],
)
def test_one_line_is_printed_and_one_card_shown_with_a_record(shown, capsys, given, verdict):
    controls = {"clipped": (8, 7.4, 9)}
    options = {"unit": "dB", "digits": 0, "clips": 6, "because": "a reason"}
    assert claims.check_claim(CLAIM, given, FOUND, controls, **options) is None
    measured = "worst clip: 138 (dB). Controls: clipped: 8 [7, 9]. A reason"
    line = f"{CLAIM}: {verdict.upper()} — {measured} (published: exact (solid arrow))\n"
    assert capsys.readouterr().out == line
    ((bundle, how),) = shown
    assert how == {"raw": True}
    record = bundle[claims.RECORD]
    assert (
        record
        == json.loads(json.dumps(record))
        == {
            "id": CLAIM,
            "verdict": verdict,
            "unit": "dB",
            "digits": 0,
            "found": [["worst clip", [138.0]]],
            "controls": [["clipped", [8.0, 7.0, 9.0]]],
            "clips": 6,
            "trainings": 0,
            "because": "a reason",
        }
    )
    card = bundle["text/html"]
    assert card.startswith("<div ") and card.endswith("</div>") and card.count("<div") == 1
    entry = claims.load_claims()[CLAIM]
    for text in (verdict.upper(), measured, entry["rule"], entry["fixed"], "Pak", "6 clips"):
        assert text in card, text
    (ax,) = plt.gcf().axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["worst clip", "clipped"]


def test_verdicts_have_colours_of_their_own(shown):
    for verdict in claims.VERDICTS:
        claims.check_claim(CLAIM, verdict, FOUND, because="a note")
    colours = {bundle["text/html"].split("solid ")[1].split(";")[0] for bundle, _ in shown}
    assert len(colours) == len(claims.VERDICTS) == 6


def test_numbers_of_torch_and_numpy_are_rounded_to_what_is_shown(shown):
    given = {"a": torch.tensor(1.26), "b": np.array([-0.04, -0.16, 0.34]), "c": np.int64(3)}
    claims.check_claim(CLAIM, True, given, digits=1)
    found = shown[0][0][claims.RECORD]["found"]
    assert found == [["a", [1.3]], ["b", [0.0, -0.2, 0.3]], ["c", [3.0]]]
    assert math.copysign(1, found[1][1][0]) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"claim": "posthoc-audio/unheard-of"}, "no claim 'posthoc-audio/unheard-of'; it has "),
        ({"verdict": "holds, but"}, "the verdict is one of holds, holds under a condition, .*not"),
        ({"verdict": None}, "the verdict is one of"),
        ({"verdict": 138.0}, "the verdict is one of"),
        ({"verdict": "artefact"}, "`because` must say under which condition .* an artefact"),
        ({"verdict": "holds under a condition"}, "`because` must say"),
        ({"verdict": "not testable here", "found": {}}, "why it cannot be tested"),
        ({"found": {}}, "a verdict rests on numbers, and `found` has none"),
        ({"found": {"AD": math.nan}}, "'AD' must be a number, or an estimate with a low and"),
        ({"found": {"AD": (1, 2)}}, "'AD' must be a number"),
        ({"found": {"AD": (5, 1, 4)}}, "'AD' lies outside its interval"),
        ({"controls": {"random": (math.inf, 0, 1)}}, "'random' must be a number"),
    ],
)
def test_a_claim_cell_that_makes_no_sense_is_refused_in_silence(shown, capsys, changed, message):
    with pytest.raises(ValueError, match=message):
        claims.check_claim(**{"claim": CLAIM, "verdict": True, "found": FOUND} | changed)
    assert capsys.readouterr().out == "" and shown == []


def test_text_is_escaped_in_the_card_and_left_alone_elsewhere(shown, capsys, tmp_path, monkeypatch):
    ledger = tmp_path / "claims.toml"
    ledger.write_text(
        '[source.x]\nauthors = "Tom & <i>Jerry</i>"\nyear = 2020\ntitle = "z"\nlink = "z"\n\n'
        '[[claim]]\nid = "x/y"\nwhere = "Table <1>"\nstatement = "a < b & <u>c</u>"\n'
        'published = "<s>5</s>"\nnotebook = "z"\ntested_as = "analogue"\nrule = "<em>if</em>"\n'
        'fixed = "2026-11-27"\nknown = "no"\nstudies = []\n'
    )
    monkeypatch.setattr(claims, "LEDGER", ledger)
    claims.check_claim("x/y", "artefact", {"<p>": 1}, because="<b>if</b>")
    ((bundle, _),) = shown
    card = bundle["text/html"]
    for raw in ("<p>", "<b>", "<u>", "<s>", "<i>", "<1>", " & ", "<em>if"):
        assert raw not in card
    for escaped in ("&lt;p&gt;: 1.00", "&lt;b&gt;if", "a &lt; b &amp; ", "Table &lt;1&gt;"):
        assert escaped in card
    assert bundle[claims.RECORD]["because"] == "<b>if</b>"
    assert capsys.readouterr().out == (
        "x/y: ARTEFACT — <p>: 1.00. <b>if</b> (published: <s>5</s>)\n"
    )


SURE = {"verdict": "holds", "clips": 20, "trainings": 3, "controls": [["random", [0.1]]]}
THEIRS = {"tested_as": "as published", "known": "no"}


@pytest.mark.parametrize(
    ("entry", "record", "other", "name", "steps"),
    [
        ({}, {}, None, "high", 0),
        ({"tested_as": "as published, analogue"}, {}, None, "high", 1),
        ({"tested_as": "analogue", "known": "in part"}, {}, None, "moderate", 2),
        ({}, {"trainings": 0}, None, "high", 0),  # nothing is trained
        ({}, {"trainings": 1}, None, "moderate", 2),
        ({}, {"trainings": 2}, None, "high", 1),
        ({}, {"clips": 19}, None, "high", 1),
        ({}, {"controls": [], "clips": 0}, None, "moderate", 2),
        ({"known": "yes"}, {"trainings": 1, "clips": 1}, None, "low", 4),
        ({}, {}, {"verdict": "undecided"}, "high", 1),
        ({}, {}, {"verdict": "holds"}, "high", 0),
        ({"tested_as": "their tables", "known": "yes"}, {"controls": []}, None, "high", 0),
        ({"tested_as": "their tables, analogue", "known": "yes"}, {}, None, "moderate", 2),
        ({}, {"verdict": "undecided"}, None, "–", 0),
        ({}, {"verdict": "not testable here", "clips": 0}, None, "–", 0),
    ],
)
def test_certainty_follows_from_the_rule(entry, record, other, name, steps):
    found = claims.certainty(THEIRS | entry, SURE | record, other)
    assert (found[0], len(found[1])) == (name, steps), found


def test_no_author_is_known_to_the_rule():
    """The same evidence is as sure, whoever made the claim, and whether it holds or not."""
    for verdict in ("holds", "does not hold here", "artefact", "holds under a condition"):
        for source in ("posthoc-audio", "crepe"):
            entry = THEIRS | {"id": f"{source}/x", "source": source}
            assert claims.certainty(entry, SURE | {"verdict": verdict}) == ("high", [])


def test_every_claim_is_complete_and_names_a_known_source():
    content = claims.tomllib.loads(claims.LEDGER.read_text(encoding="utf-8"))
    ids = [claim["id"] for claim in content["claim"]]
    assert len(ids) == len(set(ids)) == len(claims.load_claims()) > 0
    always = {"id", "where", "statement", "published"}
    tested = {"notebook", "tested_as", "rule", "fixed", "known", "studies"}
    for claim in content["claim"]:
        awaited = {
            "untestable",
            *({"rule", "fixed", "known"} & set(claim)),
        }  # a rule may come first
        wanted = tested if "notebook" in claim else awaited
        assert set(claim) - {"their_code", "recordings", "rests_on"} == always | wanted, claim["id"]
        source, _, name = claim["id"].partition("/")
        assert source in content["source"] and name
        if "notebook" in claim:
            assert claim["tested_as"] in claims.TESTED_AS
            assert claim["known"] in ("no", "in part", "yes")
            assert "2026-11-20" < claim["fixed"] < "2027" and len(claim["rule"]) > 40
            assert len(claim["statement"].split()) <= 15, claim["id"]
    for name, source in content["source"].items():
        assert set(source) - {"summary"} == {"title", "authors", "year", "link"}, name
        assert source["link"].startswith("https://")
        of_source = [c for c in content["claim"] if c["id"].startswith(name)]
        tested_here = [c for c in of_source if "notebook" in c]
        assert ("summary" in source) == bool(tested_here), name


def test_no_rule_has_an_outcome_that_its_cell_cannot_reach():
    """What a rule names as a verdict stands in its cell, or in the helper that it calls."""
    words = {
        "holds under a condition": "under a condition",
        "artefact": "artefact",
        "undecided": "undecided",
    }
    folder = claims.LEDGER.parents[2] / "notebooks"
    for claim, entry in claims.load_claims().items():
        if "notebook" not in entry or "not testable here" in entry["rule"].lower():
            continue
        cells = json.loads((folder / f"{entry['notebook']}.ipynb").read_text())["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        (cell,) = [source for source in sources if f'check_claim("{claim}"' in source]
        helped = any(name in cell for name in ("verdict_of_parts", "unsuited(", "ours_gain"))
        for verdict, word in words.items():
            reached = f'"{verdict}"' in cell or (verdict == "undecided" and helped)
            assert (word in entry["rule"]) <= reached, (claim, verdict)
