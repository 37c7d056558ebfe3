"""The executed course as static pages that need no network: notebooks with sound and explorers,
claim ledger, package reference.

Usage: build_site.py FOLDER [NOTEBOOK ...]

Notebooks are executed anew, two at a time, because what is stored has no sound; Sphinx makes pages
of them (`site/conf.py` says with what, and why). Pages are written beside FOLDER first, and take
its place when all are there.
"""

import base64
import hashlib
import io
import re
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from html import escape
from pathlib import Path

import nbformat
import soundfile
from handouts import write as write_kit
from nbclient import NotebookClient
from picture import demonstration, pairs_of_notebook_05
from sphinx.cmd.build import build_main

from audioxai_lite.course.ledger import ledger
from audioxai_lite.course.listening import listening_pairs, listening_test
from audioxai_lite.display import style
from audioxai_lite.display.players import players_html
from audioxai_lite.writing import write_whole

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "notebooks" / "site"
PAGES = {  # what the site calls a file of the repository
    "CLAIMS.md": ROOT / "notebooks" / "CLAIMS.md",
    "GLOSSARY.md": ROOT / "notebooks" / "GLOSSARY.md",
    "INSTRUCTORS.md": ROOT / "notebooks" / "INSTRUCTORS.md",
    "package.md": ROOT / "README.md",
    "data.md": ROOT / "data" / "README.md",
}
CHOICES = ("source", "verdict", "certainty", "notebook")  # by which claims are chosen
CHOOSE = """<script>
const chosen = [...document.querySelectorAll('#choices select')];
function choose() {
  for (const row of document.querySelectorAll('#claims tbody tr'))
    row.hidden = chosen.some(s => s.value && row.dataset[s.name] !== s.value);
}
chosen.forEach(s => s.addEventListener('change', choose));
</script>"""
SOUND = re.compile(r'data:audio/[\w.+-]+;base64,([^"\']+)')
WIDGET = "application/vnd.jupyter.widget-view+json"


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """A notebook after a fresh run, as a source of the site: its sounds lie in the folder, its
    explorers need no kernel.
    """
    notebook = nbformat.read(path, as_version=4)
    assets = folder / "_static" / path.stem
    where = f"from pathlib import Path; without_kernel.for_site(Path({str(assets)!r}), "
    first = nbformat.v4.new_code_cell(
        "from audioxai_lite.course import without_kernel; " + where + f"'_static/{path.stem}')"
    )
    notebook.cells.insert(0, first)
    place = {"metadata": {"path": path.parent}}
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", coalesce_streams=True, resources=place
    ).execute()
    notebook.cells.pop(0)
    notebook.metadata.pop("widgets", None)  # their state, sounds and all, for a kernel
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = links_within(cell.source)
        for output in cell.get("outputs", []):
            _prepare(output, assets)
        if "setup" in cell.metadata.get("tags", []):
            cell.metadata.tags.append("hide-input")
    _anchor_claims(notebook.cells)
    return notebook


def _prepare(output: nbformat.NotebookNode, assets: Path) -> None:
    """An output as a page shows it."""
    data = output.get("data", {})
    data.pop(WIDGET, None)
    if "text/html" in data:
        write = partial(_sound_file, assets=assets)
        data["text/html"] = SOUND.sub(write, data["text/html"])


def _sound_file(found: re.Match, assets: Path) -> str:
    """The address of a sound that was embedded, now a FLAC beside the page: half its size."""
    data = base64.b64decode(found[1])
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    assets.mkdir(parents=True, exist_ok=True)
    name = f"{hashlib.sha256(data).hexdigest()[:16]}.flac"
    soundfile.write(assets / name, samples, rate)
    return f"_static/{assets.name}/{name}"


def _anchor_claims(cells: list[nbformat.NotebookNode]) -> None:
    """A place to which the ledger leads, before the rule of each claim."""
    for rule, cell in zip(cells, cells[1:], strict=False):
        if "claim" in cell.metadata.get("tags", []):
            rule.source = f'<span id="cell-id={cell.id}"></span>\n\n{rule.source}'


def links_within(text: str) -> str:
    """Markdown whose links to files of the repository lead to pages of the site; of those that have
    no page, the words are left.
    """
    named = {"README.md": "package", "data/README.md": "data", "CLAIMS.md": "CLAIMS"}
    stems = [path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")]
    pages = {f"{stem}.ipynb": stem for stem in stems} | named
    pages |= {"INSTRUCTORS.md": "INSTRUCTORS", "GLOSSARY.md": "GLOSSARY"}
    pages |= {f"{name}.md": name for name in ("listening", "package")}
    authors = {f"authors/{file.name}" for file in (ROOT / "notebooks" / "authors").glob("*.md")}

    def convert(link: re.Match) -> str:
        words, address = link.groups()
        file, _, place = address.partition("#")
        file = file.removeprefix("../").removeprefix("notebooks/").removeprefix("site/")
        if re.match(r"\w+:", address) or not file:
            return link[0]
        if file.endswith(".html"):
            return f'<a href="{file}">{_plain(words)}</a>'
        if file in authors:
            page = file.removesuffix(".md")
        elif file in pages:
            page = pages[file]
        else:
            return words
        return f'<a href="{page}.html{"#" + place if place else ""}">{_plain(words)}</a>'

    return re.sub(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)", convert, text)


def _plain(words: str) -> str:
    """The words of a link as HTML; code in them stays code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", words)


def claims_to_choose(rows: list[dict]) -> str:
    """The ledger as one table, of which a reader chooses a source, verdict, certainty or notebook;
    each line leads to its cell.
    """
    selects, lines = [], []
    for name in CHOICES:
        values = dict.fromkeys(str(row[name] or "none yet") for row in rows)
        options = "".join(f"<option>{escape(value)}</option>" for value in values)
        selects.append(
            f'<label>{name} <select name="{name}"><option value="">all</option>{options}</select>'
            "</label>"
        )
    for row in rows:
        data = " ".join(f'data-{n}="{escape(str(row[n] or "none yet"))}"' for n in CHOICES)
        claim = escape(row["statement"])
        if row["cell"]:
            claim = f'<a href="{row["notebook"]}.html#cell-id={row["cell"]}">{claim}</a>'
        cells = row["source"], row["verdict"], row["certainty"]
        shown = "".join(f"<td>{escape(text)}</td>" for text in cells)
        lines.append(f"<tr {data}>{shown}<td>{claim}</td></tr>")
    head = "<tr><th>Source</th><th>Verdict</th><th>Certainty</th><th>Claim</th></tr>"
    table = f'<table id="claims"><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table>'
    choices = f'<p id="choices">{" ".join(selects)}</p>'
    return f'{choices}<div class="scrolls">{table}</div>{CHOOSE}'


def written_pages(folder: Path, notebooks: list[Path]) -> None:
    """Everything that is not a notebook, as sources of the site."""
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
    (folder / "_extra").mkdir()
    for name, file in PAGES.items():
        text = links_within(file.read_text(encoding="utf-8"))
        if name == "CLAIMS.md":
            text = text.replace("\n## ", f"\n{claims_to_choose(ledger())}\n\n## ", 1)
        write_whole(folder / name, text.replace("](notebooks/picture.png)", "](picture.png)"))
    shutil.copy(ROOT / "notebooks" / "picture.png", folder)
    (folder / "authors").mkdir()
    for file in (ROOT / "notebooks" / "authors").glob("*.md"):
        text = links_within(file.read_text(encoding="utf-8"))
        write_whole(folder / "authors" / file.name, f"---\norphan: true\n---\n{text}")
    home = links_within((SOURCES / "index.md").read_text(encoding="utf-8"))
    listed = "\n".join(path.stem for path in notebooks)
    home = home.replace("{{ notebooks }}", listed)
    write_whole(folder / "index.md", home.replace("{{ demonstration }}", _demonstration(folder)))
    test = listening_test(listening_pairs(*pairs_of_notebook_05(), seed=0))
    write_whole(folder / "_extra" / "listening-test.html", test)
    write_kit(folder / "_extra")
    write_whole(folder / "kit.md", _kit())
    _reference(folder / "reference")


def _kit() -> str:
    """The page that leads to hand-outs and slides."""
    rows = ["# Hand-outs and slides", "", "A page to print and the figures to project, a notebook."]
    rows += ["", "| Notebook | Hand-out | Slides |", "|---|---|---|"]
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lstrip("# ")
        kinds = [
            f'<a href="{kind}/{path.stem}.html">{word} {path.name[:2]}</a>'
            for kind, word in (("handouts", "page"), ("slides", "figures"))
        ]
        rows.append(f"| {title} | {kinds[0]} | {kinds[1]} |")
    return "\n".join(rows)


def _demonstration(folder: Path) -> str:
    """The first sounds of the site, and their picture."""
    figure, sounds, rate = demonstration()
    assets = folder / "_static" / "demonstration"
    assets.mkdir(parents=True)
    write_whole(assets / "picture.jpeg", style.picture(figure))
    players = SOUND.sub(partial(_sound_file, assets=assets), players_html(sounds, rate))
    alt = re.search(r"!\[(.+?)\]\(notebooks/picture.png\)", (ROOT / "README.md").read_text())[1]
    image = f'<img src="_static/demonstration/picture.jpeg" alt="{escape(alt)}">'
    return f'<div class="hero">{players}</div>\n<div class="scrolls">{image}</div>'


def _reference(folder: Path) -> None:
    """A page for each folder of the package and each file that lies at its top."""
    folder.mkdir()
    package = ROOT / "audioxai_lite"
    top = [file.stem for file in sorted(package.glob("*.py")) if not file.stem.startswith("_")]
    rooms = [file.parent.name for file in sorted(package.glob("*/__init__.py"))]
    for room in rooms:
        files = sorted((package / room).rglob("*.py"))
        names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
        modules = [name.removesuffix(".__init__") for name in names]
        _page(folder / f"{room}.rst", f"audioxai_lite.{room}", modules)
    _page(folder / "top.rst", "audioxai_lite", [f"audioxai_lite.{name}" for name in top])
    listed = "\n".join(f"   {name}" for name in ("top", *rooms))
    text = "Package reference\n=================\n\n.. toctree::\n   :maxdepth: 1\n\n" + listed
    write_whole(folder / "index.rst", text)


def _page(file: Path, title: str, modules: list[str]) -> None:
    lines = [title, "=" * len(title)]
    for module in modules:
        if module != title:
            lines += [module, "-" * len(module)]
        about = [] if module != title else ["   :no-members:"]  # what a folder lists is its files
        lines += ["", f".. automodule:: {module}", *about, ""]
    write_whole(file, "\n".join(lines))


def accessible(page: str) -> str:
    """A page whose captions have a level, whose two sidebars differ, and whose list of sources
    names none that there is not: what Sphinx and Furo leave to do.
    """
    page = re.sub(r'<li><a href="builtins.html">.*?</li>', "", page)
    page = page.replace('role="heading">', 'role="heading" aria-level="2">')
    page = page.replace(
        '<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="course">'
    )
    page = re.sub(
        r'<aside class="toc-drawer([^"]*)">',
        r'<aside class="toc-drawer\1" aria-label="page">',
        page,
    )
    return page.replace('<th class="head"><p></p></th>', '<td class="head"></td>')


def build(folder: Path, notebooks: list[Path]) -> None:
    """Write all pages."""
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".site-") as temporary:
        sources, pages = Path(temporary, "sources"), Path(temporary, "pages")
        written_pages(sources, notebooks)
        with ProcessPoolExecutor(2) as pool:
            last_first = notebooks[::-1]  # the last take longest, and would run alone at the end
            ready = pool.map(partial(executed, folder=sources), last_first)
            for path, notebook in zip(last_first, ready, strict=True):
                nbformat.write(notebook, sources / path.name)
        if build_main(["-b", "html", "-q", "-j", "2", str(sources), str(pages)]):
            raise SystemExit("Sphinx could not make the pages; what it said stands above.")
        for page in pages.rglob("*.html"):
            write_whole(page, accessible(page.read_text(encoding="utf-8")))
        for left in (".doctrees", "_sources"):
            shutil.rmtree(pages / left, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        pages.rename(folder)


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[2:]] or sorted(
        Path(__file__).parent.glob("[0-9]*.ipynb")
    )
    build(Path(sys.argv[1]), [path.resolve() for path in chosen])
