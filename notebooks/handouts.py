"""A printed page and slides for each notebook, made from what it stores. Usage: handouts.py FOLDER

A hand-out has what one will be able to do, the words that are new, one figure (of the cell tagged
`handout`), the exercises and what was seen, on one page of A4. Slides are the figures, large, each
with what it shows; arrow keys, space and touch go on.
"""

import re
import sys
from html import escape
from pathlib import Path

import nbformat
from jinja2 import Template
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from audioxai_lite.course.glossary import LINK, definitions
from audioxai_lite.writing import write_whole

FOLDER = Path(__file__).parent
HANDOUT = Template((FOLDER / "site" / "handout.html").read_text(encoding="utf-8"))
SLIDES = Template((FOLDER / "site" / "slides.html").read_text(encoding="utf-8"))
PICTURES = HTMLExporter(template_name="basic", exclude_input=True)  # reads its templates once


def pages(path: Path) -> tuple[str, str]:
    """The hand-out and the slides of a notebook, as HTML."""
    cells = nbformat.read(path, as_version=4).cells
    title = cells[0].source.splitlines()[0].lstrip("# ")
    task = re.search(r"\*\*Task\*\* \| (.+?) \|", cells[0].source)[1]
    return handout(path, cells, title), slides(cells, title, task)


def handout(path: Path, cells: list, title: str) -> str:
    """One page of A4."""
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    whole = "\n".join(texts)
    new = "\n".join(f"- {one.sentence}" for one in definitions(path.stem, texts)[:7])
    tasks = re.findall(r"^\*\*Exercise [\d.]+\*\* · [●○]+ · \d+ min\..*$", whole, re.MULTILINE)
    parts = {
        "You will be able to": _section(whole, "What you will be able to do"),
        "New words": new,
        "Exercises": "\n".join(f"- {task}" for task in tasks),
        "What we have seen": _section(whole, "What we have seen").partition("\n\nNext")[0],
    }
    body = "".join(
        f"<section><h2>{head}</h2>{_html(text)}</section>" for head, text in parts.items() if text
    )
    shown = [cell for cell in cells if "handout" in cell.metadata.get("tags", [])]
    picture = _pictures(shown[:1])
    foot = f"audioxai-lite · notebook {path.name[:2]} · recomputed by the very cells of {path.name}"
    return HANDOUT.render(title=escape(title), figure=picture, body=body, foot=foot)


def slides(cells: list, title: str, task: str) -> str:
    """A slide for each figure, under its heading, above the first sentence that follows it."""
    made, heading = [], ""
    for cell, after in zip(cells, cells[1:] + [None], strict=True):
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else []:
            heading = line.lstrip("# ") if line.startswith("## ") else heading
        picture = _pictures([cell]) if "claim" not in cell.metadata.get("tags", []) else ""
        if picture:
            words = after.source if after is not None and after.cell_type == "markdown" else ""
            first = re.split(r"(?<=[.!?])\s", re.sub(r"^#.*$", "", words, flags=re.M).strip())[0]
            said = _html(first) if first else ""
            made.append(f"<section><h2>{escape(heading)}</h2>{picture}{said}</section>")
    return SLIDES.render(title=escape(title), task=escape(task), slides="".join(made))


def _pictures(cells: list) -> str:
    """The figures of code cells, and nothing else, by nbconvert; with their words."""
    shown = nbformat.v4.new_notebook()
    for cell in cells:
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for output in cell.get("outputs", []):
            kinds = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
            if kinds:
                words = {kinds[0]: {"alt": alt}}
                data = {kinds[0]: output.data[kinds[0]]}
                kept = nbformat.v4.new_output("display_data", data, metadata=words)
                shown.cells.append(nbformat.v4.new_code_cell(outputs=[kept]))
    if not shown.cells:
        return ""
    html, _ = PICTURES.from_notebook_node(shown)
    return "".join(re.findall(r"<img[^>]*?>", html, re.DOTALL))


def _section(text: str, title: str) -> str:
    """What stands under a heading."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def _html(text: str) -> str:
    """Markdown as HTML, links as their words: paper has none."""
    plain = re.sub(r"(?<!!)\[([^\]]+)\]\([^)]*\)", r"\1", LINK.sub(r"\1", text))
    return markdown2html_mistune(plain)


def write(folder: Path) -> None:
    """All hand-outs and slides, in two folders."""
    for kind in ("handouts", "slides"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for path in sorted(FOLDER.glob("[0-9]*.ipynb")):
        for kind, page in zip(("handouts", "slides"), pages(path), strict=True):
            write_whole(folder / kind / f"{path.stem}.html", page)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
