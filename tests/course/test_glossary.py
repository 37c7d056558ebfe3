"""Every term is defined once, in a sentence that stands alone, and is linked where it is used."""

import re

import nbformat
import pytest
from support import ROOT, script

from audioxai_lite.course.glossary import UNLINKED, anchor, definitions, with_links

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
glossary = script("glossary")


@pytest.fixture(scope="module")
def found():
    every = []
    for path in PATHS:
        cells = nbformat.read(path, as_version=4).cells
        every += definitions(path.stem, [c.source for c in cells if c.cell_type == "markdown"])
    return every


def test_every_notebook_defines_its_terms_once_in_sentences_that_stand_alone(found):
    terms = [anchor(one.term) for one in found]
    assert len(terms) == len(set(terms)) > 80, sorted(t for t in terms if terms.count(t) > 1)
    assert {one.notebook for one in found} == {path.stem for path in PATHS}
    for one in found:
        assert 5 <= len(one.sentence.split()) <= 60 and one.sentence[-1] in ".!:)", one
        assert not re.match(r"(It|This|That|They|These) ", one.sentence), one


def test_the_page_and_the_links_are_those_of_the_notebooks():
    for file, text in glossary.written().items():
        assert file.read_text(encoding="utf-8") == text, f"run python notebooks/glossary.py: {file}"


def test_links_lead_to_terms_that_are_defined(found):
    terms = {anchor(one.term) for one in found}
    page = (ROOT / "notebooks" / "GLOSSARY.md").read_text(encoding="utf-8")
    assert set(re.findall(r'<a id="([^"]+)"', page)) == terms
    used = set()
    for path in PATHS:
        for cell in nbformat.read(path, as_version=4).cells:
            used |= set(re.findall(r"\(GLOSSARY\.md#([^)]+)\)", cell.source))
    assert used <= terms and len(used) > 40


def test_everyday_words_that_are_not_linked_are_terms(found):
    assert UNLINKED <= {one.term.lower() for one in found}


@pytest.mark.parametrize(
    "text",
    [
        "# The mask",
        "| mask | 1 |",
        "`mask` and **mask**",
        "$mask$ and [a mask](x.md)",
        "<details><summary>Hint</summary>\n\na mask\n\n</details>",
        "```python\nmask = 1\n```",
        "unmasked, mask-like",
        "A <dfn>mask</dfn>",
        "## References\n\n- A mask.",
    ],
)
def test_only_running_text_is_linked(text):
    assert with_links([text], ["mask"]) == [text]


def test_links_are_set_anew_and_longer_terms_go_first():
    texts = ["An old [area](GLOSSARY.md#area), a soft mask.", "The SPS, sps, soft mask, a mask."]
    once = with_links(texts, ["mask", "soft mask", "SPS"])
    assert once == [
        "An old area, a [soft mask](GLOSSARY.md#soft-mask).",
        "The [SPS](GLOSSARY.md#sps), sps, soft mask, a [mask](GLOSSARY.md#mask).",
    ]
    assert with_links(once, ["mask", "soft mask", "SPS"]) == once
