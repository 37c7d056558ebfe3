"""Write GLOSSARY.md from the definitions in the notebooks, and in every notebook a link to it where
a term is first used. Usage: glossary.py [--check]
"""

import sys
from pathlib import Path

import nbformat

from audioxai_lite.course.glossary import definitions, glossary_page, with_links
from audioxai_lite.writing import write_whole

FOLDER = Path(__file__).parent


def readable_cells(cells: list) -> list[int]:
    """The places of the markdown cells that may hold a link: not the title, nor what is promised,
    nor a rule, which stands word for word in the ledger.
    """
    kept = []
    for place, cell in enumerate(cells):
        following = cells[place + 1] if place + 1 < len(cells) else {}
        rule = "claim" in following.get("metadata", {}).get("tags", [])
        if cell.cell_type == "markdown" and place > 1 and not rule:
            kept.append(place)
    return kept


def written() -> dict[Path, str]:
    """What the files should hold."""
    notebooks = {
        path: nbformat.read(path, as_version=4) for path in sorted(FOLDER.glob("[0-9]*.ipynb"))
    }
    found = {
        path: definitions(path.stem, [c.source for c in nb.cells if c.cell_type == "markdown"])
        for path, nb in notebooks.items()
    }
    every = [one for some in found.values() for one in some]
    files = {FOLDER / "GLOSSARY.md": glossary_page(every)}
    for path, notebook in notebooks.items():
        places = readable_cells(notebook.cells)
        own = {one.term.lower() for one in found[path]}
        terms = [one.term for one in every if one.term.lower() not in own]
        texts = with_links([notebook.cells[place].source for place in places], terms)
        for place, text in zip(places, texts, strict=True):
            notebook.cells[place].source = text
        files[path] = nbformat.writes(notebook) + "\n"
    return files


if __name__ == "__main__":
    stale = []
    for file, text in written().items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(file.name)
            if "--check" not in sys.argv:
                write_whole(file, text)
    if stale and "--check" in sys.argv:
        raise SystemExit(f"python notebooks/glossary.py would change {', '.join(stale)}")
    print(f"changed: {', '.join(stale) or 'nothing'}")
