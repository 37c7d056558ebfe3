"""The words of the course, where they are defined, and links to them where they are used. The
glossary is made of the sentences that define: `<dfn>` marks a term where it first stands.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

PAGE = "GLOSSARY.md"
# Also everyday words, or with another meaning elsewhere (the folds of a throat, a random generator,
# a segment of a picture): a link would often mean something else.
UNLINKED = {
    *("agreement", "area", "cell", "claim", "collapse", "contrast", "deviation", "draw", "event"),
    *("faithfulness", "feature", "fold", "fundamental", "generator", "segment"),
    *("gain", "map", "standardised", "threshold", "training", "valid", "positive part"),
}
DEFINED = re.compile(r"<dfn>(.+?)</dfn>")
LINK = re.compile(rf"\[([^\]]+)\]\({re.escape(PAGE)}#[^)]*\)")
# Where no link is set: references, headings, tables, promises, code, formulas, links, folds, bold.
SKIPPED = re.compile(
    r"^## References.*|<details>.*?</details>"
    r"|```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|!?\[[^\]]*\]\([^)]*\)"
    r"|\*\*[^*]+\*\*|<dfn>.*?</dfn>|<[^>]+>|^#.*?$|^\|.*?$|^ *[-*] \*\*.*?$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Definition:
    """A term, the sentence that defines it, and where that stands.

    Attributes
    ----------
    term : str
        As it stands there; "Saliency" and "saliency" are one term.
    sentence : str
        Markdown.
    notebook : str
        The name of the file, without its ending.
    section : str
        The heading above, without its number signs.
    """

    term: str
    sentence: str
    notebook: str
    section: str


def definitions(notebook: str, texts: Iterable[str]) -> list[Definition]:
    """The definitions in the markdown cells of a notebook, in order.

    Parameters
    ----------
    notebook : str
        The name of the file, without its ending.
    texts : iterable of str
        The markdown cells.

    Examples
    --------
    >>> texts = ["## 5.1 Cut", "Look. A <dfn>mask</dfn> says what is kept."]
    >>> definitions("05_masks", texts)[0].sentence
    'A mask says what is kept.'
    """
    found, section = [], ""
    for text in texts:
        for line in LINK.sub(r"\1", text).splitlines():
            if line.startswith("#"):
                section = line.lstrip("# ")
            for sentence in re.split(r"(?<=[.!?:])\s+(?=[A-Z<*(])", line.lstrip("-| ")):
                for term in DEFINED.findall(sentence):
                    plain = DEFINED.sub(r"\1", sentence).strip()
                    found.append(Definition(term, plain, notebook, section))
    return found


def anchor(term: str) -> str:
    """The place of a term on the glossary's page.

    Examples
    --------
    >>> anchor("Griffin–Lim"), anchor("Gradient × input")
    ('griffin-lim', 'gradient-input')
    """
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def glossary_page(found: Iterable[Definition]) -> str:
    """The page, in alphabetical order.

    Examples
    --------
    >>> page = glossary_page([Definition("mask", "A mask keeps.", "05_masks", "5.1 Cut")])
    >>> page.splitlines()[-1]
    '**mask**: A mask keeps. ([05, 5.1 Cut](05_masks.ipynb))'
    """
    lines = [
        "# Glossary",
        "",
        "The terms of the course, each in the sentence that defines it where it first stands. This"
        " page is made from the notebooks by `python notebooks/glossary.py`.",
        "",
    ]
    for each in sorted(found, key=lambda one: one.term.lower()):
        place = f"[{each.notebook[:2]}, {each.section}]({each.notebook}.ipynb)"
        lines += [f'<a id="{anchor(each.term)}"></a>', ""]
        lines += [f"**{each.term}**: {each.sentence} ({place})", ""]
    return "\n".join(lines)


def with_links(texts: list[str], terms: Iterable[str]) -> list[str]:
    """Markdown cells in which each term leads to the glossary where it is first used, and nowhere
    else; links that are there already are set anew.

    Examples
    --------
    >>> with_links(["# Masks", "Two masks. A mask keeps."], ["mask"])
    ['# Masks', 'Two [masks](GLOSSARY.md#mask). A mask keeps.']
    """
    linked = [LINK.sub(r"\1", text) for text in texts]
    words: dict[str, re.Pattern] = {}
    for term in sorted(terms, key=len, reverse=True):
        longer = [word for other, word in words.items() if term.lower() in other.lower()]
        words[term] = _as_word(term)
        if term.lower() in UNLINKED:
            continue
        for number, text in enumerate(linked):
            hit = _first_outside(words[term], text, longer)
            if hit is not None:
                start, end = hit
                link = f"[{text[start:end]}]({PAGE}#{anchor(term)})"
                linked[number] = text[:start] + link + text[end:]
                break
    return linked


def _as_word(term: str) -> re.Pattern:
    """A term where it stands alone, in the plural, too; what is written in capitals stays so."""
    any_case = 0 if term.isupper() else re.IGNORECASE
    return re.compile(rf"(?<![\w-])({re.escape(term)}(?:s|es)?)(?![\w-])", any_case)


def _first_outside(word: re.Pattern, text: str, longer: list[re.Pattern]) -> tuple[int, int] | None:
    """Where a word first stands in running text, and is no part of a longer term."""
    skipped = [match.span() for each in (SKIPPED, *longer) for match in each.finditer(text)]
    for match in word.finditer(text):
        if not any(start <= match.start() < end for start, end in skipped):
            return match.span()
    return None
