"""The executed course as static pages that need no network: notebooks with sound, claim ledger,
package reference.

Usage: build_site.py FOLDER [NOTEBOOK ...]

nbconvert renders the notebooks, for it reads what Jupyter stores without a second format between,
and pdoc the package. Formulas become MathML, which browsers draw by themselves. Notebooks are
executed anew, two at a time, because what is stored has no sound.
"""

import re
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from html import escape, unescape
from pathlib import Path

import latex2mathml.converter
import nbformat
import pdoc
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from pygments.formatters import HtmlFormatter

import audioxai_lite
from audioxai_lite.course.ledger import ledger
from audioxai_lite.writing import write_whole

ROOT = Path(__file__).parents[1]
FORMULA = re.compile(r"(```.*?```|`[^`\n]*`)|\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
CHOICES = ("source", "verdict", "certainty", "notebook")  # by which claims are chosen
CHOOSE = """<script>
const chosen = [...document.querySelectorAll('#choices select')];
function choose() {
  for (const row of document.querySelectorAll('#claims tbody tr'))
    row.hidden = chosen.some(s => s.value && row.dataset[s.name] !== s.value);
}
chosen.forEach(s => s.addEventListener('change', choose));
</script>"""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css"></head><body>
<nav aria-label="course">{links}</nav>
<main>{body}</main></body></html>
"""
STYLE = """
body { font: 1.05rem/1.6 system-ui, sans-serif; margin: 0; color: #111; background: #fff; }
main { max-width: 62rem; margin: 0 auto; padding: 0 1rem 4rem; overflow-wrap: break-word; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: .6rem 1rem;
      border-bottom: 1px solid #ccc; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.2em; }
a { color: #0059a0; }
img { max-width: 100%; height: auto; }
pre, .output_subarea, .table { overflow-x: auto; }
pre { font-size: .85rem; line-height: 1.4; overflow-wrap: normal; }
.input pre { background: #f5f5f5; padding: .6rem; border-radius: .3rem; } .prompt { display: none; }
table { border-collapse: collapse; } th:empty { display: none; }
td, th { border: 1px solid #ddd; padding: .25rem .5rem; vertical-align: top; }
figure { max-width: 100%; } audio { max-width: 100%; } code { background: #f5f5f5; }
math[display=block] { overflow-x: auto; }
"""


def with_formulas(text: str) -> str:
    """Markdown with its formulas as MathML; code is left alone."""

    def convert(match: re.Match) -> str:
        code, block, inline = match.groups()
        if code:
            return code
        return latex2mathml.converter.convert(
            block or inline, display="block" if block else "inline"
        )

    return FORMULA.sub(convert, text)


def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook after a fresh run, with sound, its figures described by the words that follow
    them.
    """
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": path.parent}}
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", coalesce_streams=True, resources=folder
    ).execute()
    for cell, after in zip(notebook.cells, notebook.cells[1:] + [None], strict=True):
        outputs = [output for output in cell.get("outputs", []) if output.get("name") != "stderr"]
        if cell.cell_type == "code":
            cell.outputs = outputs
        for output in outputs:
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                text = "An explorer stands here when the notebook runs."
                output["data"] = nbformat.from_dict({"text/plain": text})
            if "image/png" in output.get("data", {}):
                words = after.source.split("\n\n")[0] if after is not None else ""
                output["metadata"]["image/png"] = {
                    "alt": re.sub(r"[*_`#]", "", words)[:300] or path.stem
                }
        if cell.cell_type == "markdown":
            cell.source = with_formulas(cell.source)
    return notebook


def finished(html: str) -> str:
    """Links lead to pages, and tables scroll."""
    html = re.sub(r'href="([^":]*?)\.ipynb(#[^"]*)?"', r'href="\1.html\2"', html)
    html = html.replace('href="CLAIMS.md', 'href="claims.html').replace(
        'href="../README.md"', 'href="index.html"'
    )
    html = html.replace('href="INSTRUCTORS.md', 'href="instructors.html')
    return html.replace("<table", '<div class="table"><table').replace("</table>", "</table></div>")


def _within(stems: set[str], link: re.Match) -> str:
    """A link to a page of the site; of one to another file of the repository, its words."""
    return link[0] if Path(link[1]).stem in stems and link[1].endswith(".html") else link[2]


def rendered(path: Path) -> tuple[str, str]:
    """The title and the body of a notebook's page."""
    notebook = executed(path)
    body, _ = HTMLExporter(template_name="basic", exclude_anchor_links=True).from_notebook_node(
        notebook
    )
    title = (
        next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        .splitlines()[0]
        .lstrip("# ")
    )
    return unescape(title), finished(body)


def claims_to_choose(rows: list[dict], stems: set[str]) -> str:
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
        if row["cell"] and row["notebook"] in stems:
            claim = f'<a href="{row["notebook"]}.html#cell-id={row["cell"]}">{claim}</a>'
        cells = row["source"], row["verdict"], row["certainty"]
        shown = "".join(f"<td>{escape(text)}</td>" for text in cells)
        lines.append(f"<tr {data}>{shown}<td>{claim}</td></tr>")
    head = "<tr><th>Source</th><th>Verdict</th><th>Certainty</th><th>Claim</th></tr>"
    table = f'<table id="claims"><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table>'
    return f'<p id="choices">{" ".join(selects)}</p>{table}{CHOOSE}'


def build(folder: Path, notebooks: list[Path]) -> None:
    """Write all pages."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        pages = dict(
            zip((path.stem for path in notebooks), pool.map(rendered, notebooks), strict=True)
        )
    texts = {
        "index": ROOT / "README.md",
        "claims": ROOT / "notebooks" / "CLAIMS.md",
        "instructors": ROOT / "notebooks" / "INSTRUCTORS.md",
        "data": ROOT / "data" / "README.md",
    }
    for stem, file in texts.items():
        text = (
            file.read_text(encoding="utf-8")
            .replace("](notebooks/", "](")
            .replace("](data/README.md)", "](data.html)")
        )
        body = markdown2html_mistune(with_formulas(text))
        if stem == "claims":
            chosen = claims_to_choose(ledger(), {path.stem for path in notebooks})
            body = body.replace("<h2", f"{chosen}<h2", 1)
        pages[stem] = (text.splitlines()[0].lstrip("# "), finished(body))
    shutil.copy(ROOT / "notebooks" / "picture.png", folder)
    order = ["index", *(path.stem for path in notebooks), "claims", "instructors", "data"]
    links = " ".join(
        f'<a href="{stem}.html">{escape(pages[stem][0].split(":")[0])}</a>' for stem in order
    )
    links += ' <a href="reference/audioxai_lite.html">package reference</a>'
    for stem, (title, body) in pages.items():
        body = re.sub(
            r'<a href="([^":#]+)(?:#[^"]*)?">(.*?)</a>',
            partial(_within, {*pages, "reference"}),
            body,
        )
        write_whole(
            folder / f"{stem}.html", PAGE.format(title=escape(title), links=links, body=body)
        )
    write_whole(
        folder / "style.css", STYLE + HtmlFormatter(style="default").get_style_defs(".highlight")
    )
    pdoc.render.configure(docformat="numpy", favicon="data:,")
    vars(audioxai_lite).pop("__all__", None)  # the first page of the reference lists the rooms
    pdoc.pdoc("audioxai_lite", output_directory=folder / "reference")


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[2:]] or sorted(
        Path(__file__).parent.glob("[0-9]*.ipynb")
    )
    build(Path(sys.argv[1]), [path.resolve() for path in chosen])
