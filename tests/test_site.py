"""The course as static pages, in a real browser where there is one: sound, links, words for
figures, narrow screens.
"""

import importlib.util
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support import CHROMIUM, ROOT

from audioxai_lite.course.ledger import ledger

ARTEFACTS = sum(row["verdict"] == "artefact" for row in ledger())
specification = importlib.util.spec_from_file_location(
    "course_site", ROOT / "notebooks" / "build_site.py"
)
site = importlib.util.module_from_spec(specification)
specification.loader.exec_module(site)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder, title = tmp_path_factory.mktemp("site"), "00_start_here"
    patch = pytest.MonkeyPatch()
    patch.setattr(
        site.ProcessPoolExecutor, "map", lambda pool, function, items: map(function, items)
    )
    site.build(folder, [ROOT / "notebooks" / f"{title}.ipynb"])
    patch.undo()
    return folder


def test_formulas_become_mathml_and_code_stays():
    text = site.with_formulas("a $x^2$, `$HOME`, and\n\n$$\\frac{a}{b}$$\n\n```text\n$1 $2\n```")
    assert (
        text.count("<math") == 2
        and 'display="block"' in text
        and "<msup>" in text
        and "<mfrac>" in text
    )
    assert "`$HOME`" in text and "$1 $2" in text


def test_pages_lead_to_one_another_and_need_no_network(folder):
    pages = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    assert set(pages) == {
        "index.html",
        "claims.html",
        "instructors.html",
        "data.html",
        "00_start_here.html",
    }
    for name, page in pages.items():
        assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css)', page), name
        for link in re.findall(r'<a href="([^":#]+)["#]', page):
            assert (folder / link).exists(), (name, link)
        for picture in re.findall(r'<img[^>]* src="((?!data:)[^"]+)"', page):
            assert (folder / picture).exists(), (name, picture)
    assert (
        "reference/audioxai_lite.html" in pages["index.html"]
        and 'src="picture.png"' in pages["index.html"]
    )
    reference = folder / "reference" / "audioxai_lite"
    assert "average_precision" in (reference / "evaluation" / "localisation.html").read_text()
    page = pages["00_start_here.html"]
    assert (
        "https://github.com/exile8/audio-xai" in page and 'id="posthoc-audio/istft-exact"' in page
    )
    assert page.count('id="cell-id=cell-18"') == 1  # where the ledger would lead
    assert 'href="https://arxiv.org/abs/2601.12660"' in pages["claims.html"]
    assert page.count("<audio") >= 4 and "run this cell to listen" not in page
    words = [text for _, text in re.findall(r"<img[^>]*? alt=([\"'])(.+?)\1", page, re.DOTALL)]
    assert len(words) == page.count("<img") > 3 and all(len(text) > 40 for text in words)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_load_in_a_browser(folder, width):
    playwright = pytest.importorskip("playwright.sync_api")

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *inputs):
            super().__init__(*inputs, directory=str(folder))

        def log_message(self, *_): ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name in (
            "index.html",
            "claims.html",
            "00_start_here.html",
            "reference/audioxai_lite/masks.html",
        ):
            page, faults = browser.new_page(viewport={"width": width, "height": 900}), []
            page.on(
                "console",
                lambda message, found=faults: (
                    found.append(message.text) if message.type == "error" else None
                ),
            )
            page.on("pageerror", lambda error, found=faults: found.append(str(error)))
            page.goto(f"http://127.0.0.1:{server.server_port}/{name}", wait_until="load")
            assert faults == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            if name == "claims.html":
                page.select_option("select[name=verdict]", "artefact")
                left = page.evaluate(
                    "[...document.querySelectorAll('#claims tbody tr')].filter(r => !r.hidden)"
                    ".map(r => r.dataset.verdict)"
                )
                assert set(left) == {"artefact"} and len(left) == ARTEFACTS
            if name.startswith("00"):
                seconds = page.evaluate(
                    "[...document.querySelectorAll('audio')].map(player => player.duration)"
                )
                assert len(seconds) >= 4 and all(1 < second < 11 for second in seconds)
            page.close()
        browser.close()
    server.shutdown()
