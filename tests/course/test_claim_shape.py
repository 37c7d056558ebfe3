"""Whatever is stored, the ledger's tables are made or a sentence says why not."""

import copy
import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import examples

from audioxai_lite.course import claim_shape, claims, ledger
from audioxai_lite.course.claims import RECORD, TESTED_AS, VERDICTS

CONTENT = tomllib.loads(claims.LEDGER.read_text(encoding="utf-8"))
UNTESTED = [each for each in CONTENT["claim"] if "untestable" in each]
CONTENT["claim"] = CONTENT["claim"][:3] + UNTESTED
KEPT = {
    **{"id": "posthoc-audio/istft-exact", "verdict": "holds", "unit": "dB", "digits": 0},
    **{"found": [["worst", [138.0]], ["mean", [1.0, 0.5, 2.0]]], "controls": [["none", [0.0]]]},
    **{"clips": 6, "trainings": 0, "because": ""},
}
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "title", "source": "# A title"},
        {"cell_type": "code", "id": "claim", "outputs": [{"data": {RECORD: KEPT}}]},
    ]
}
JUNK = st.one_of(
    *(st.none(), st.booleans(), st.integers(-3, 50), st.floats(), st.text(max_size=5)),
    *(st.lists(st.integers(0, 3), max_size=3), st.dictionaries(st.text(max_size=3), st.none())),
    st.sampled_from(["holds", "no", "their tables", [["a", [1.0]]], [["a", [2.0, 1.0, 3.0]]]]),
)


def places(value, at=()):
    """The way to every part of a nested value."""
    yield at
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*at, key))


@st.composite
def damaged(draw, whole):
    """A copy in which one to three parts are gone or something else."""
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(sorted(places(value), key=str)))
        if not way:
            continue
        parent = value
        for key in way[:-1]:
            parent = parent[key]
        if draw(st.booleans()):
            parent[way[-1]] = copy.deepcopy(draw(JUNK))
        else:
            del parent[way[-1]]
    return value


def made(content, notebook, folder, recordings=None):
    """All pages and tables of a ledger."""
    (folder / "01_transforms_and_inversion.ipynb").write_text(json.dumps(notebook))
    if recordings is not None:
        (folder / "notebook_01_esc10.json").write_text(json.dumps(recordings))
    with pytest.MonkeyPatch.context() as patch:
        found = claim_shape.checked_claims(content, TESTED_AS)
        patch.setattr(ledger, "load_claims", lambda: found)
        ledger.ledger_page(folder, folder)
        ledger.ledger_table(folder, folder)
        for source in {each.split("/")[0] for each in found}:
            ledger.authors_page(source, folder, folder)


def refuse_or_make(*damaged_ones):
    try:
        made(*damaged_ones)
    except ValueError as error:
        assert type(error) is ValueError and len(str(error).split()) >= 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ledger")


def test_whole_ones_are_made(folder):
    made(CONTENT, NOTEBOOK, folder, {"records": [KEPT]})


@settings(max_examples=examples(40))
@given(content=damaged(CONTENT))
def test_a_damaged_file_of_claims_is_told(folder, content):
    refuse_or_make(content, NOTEBOOK, folder)


@settings(max_examples=examples(40))
@given(notebook=damaged(NOTEBOOK))
def test_a_damaged_notebook_is_told(folder, notebook):
    refuse_or_make(CONTENT, notebook, folder)


@settings(max_examples=examples(40))
@given(recordings=damaged({"records": [KEPT]}))
def test_a_damaged_run_on_recordings_is_told(folder, recordings):
    refuse_or_make(CONTENT, NOTEBOOK, folder, recordings)


def test_what_is_wrong_is_named():
    def told(change):
        content = copy.deepcopy(CONTENT)
        change(content)
        with pytest.raises(ValueError) as error:
            claim_shape.checked_claims(content, TESTED_AS)
        return str(error.value)

    first = "posthoc-audio/istft-exact"
    assert told(lambda c: c["claim"][0].pop("rule")) == f"claims.toml: '{first}' lacks 'rule'"
    assert "'known' is one of no, yes, in part" in told(lambda c: c["claim"][0].update(known="so"))
    assert "comes twice" in told(lambda c: c["claim"].append(c["claim"][0]))
    assert "names no source" in told(lambda c: c["source"].pop("posthoc-audio"))
    assert "'year'" in told(lambda c: c["source"]["posthoc-audio"].update(year="2025"))
    assert "table 'claim'" in told(lambda c: c.pop("claim"))
    with pytest.raises(ValueError, match="no 'digits' as `check_claim` keeps it"):
        claim_shape.checked_record(KEPT | {"digits": "two"}, "01.ipynb", VERDICTS)


def test_a_file_that_is_no_toml_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "LEDGER", tmp_path / "claims.toml")
    claims.LEDGER.write_text("[[claim]\n")
    with pytest.raises(ValueError, match="claims.toml cannot be read"):
        claims.load_claims()
