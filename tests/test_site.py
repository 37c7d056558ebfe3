"""The course as static pages, in a real browser where there is one: sound, explorers, links,
search, words for figures, narrow screens, keyboard, and what axe finds.
"""

import re
import threading
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from support import CHROMIUM, ROOT, script

from audioxai_lite.course.ledger import ledger

ARTEFACTS = sum(row["verdict"] == "artefact" for row in ledger())
TITLE = "00_start_here"


@pytest.fixture(scope="module")
def site():
    """The builder, which imports what lies beside it."""
    return script("build_site")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, site):
    """A site of one notebook and a part of the reference; `test_the_whole_site` has all."""
    folder = tmp_path_factory.mktemp("site") / "pages"
    written = site._page
    patch = pytest.MonkeyPatch()
    patch.setattr(
        site.ProcessPoolExecutor, "map", lambda pool, function, items: map(function, items)
    )
    patch.setattr(
        site,
        "_page",
        lambda file, title, modules: written(
            file, title, modules if file.stem in ("masks", "evaluation", "top") else []
        ),
    )
    site.build(folder, [ROOT / "notebooks" / f"{TITLE}.ipynb"])
    patch.undo()
    return folder


@pytest.fixture(scope="module")
def pages(folder):
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.html")
    }


def test_links_lead_to_pages_and_others_keep_their_words(site):
    text = site.links_within(
        "[next](01_transforms_and_inversion.ipynb#cell-id=a) [`README`](../README.md) "
        "[licence](LICENSE) [site](../site/index.html) "
        "[paper](https://arxiv.org/abs/1) [here](#a) ![](x.png)"
    )
    assert text == (
        '<a href="01_transforms_and_inversion.html#cell-id=a">next</a> '
        '<a href="package.html"><code>README</code></a> licence '
        '<a href="index.html">site</a> '
        "[paper](https://arxiv.org/abs/1) [here](#a) ![](x.png)"
    )


def test_a_site_that_fails_leaves_the_one_that_is_there(tmp_path, site, monkeypatch):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "index.html").write_text("the old one")
    monkeypatch.setattr(site, "written_pages", lambda *_: None)
    monkeypatch.setattr(site, "build_main", lambda *_: 1)
    with pytest.raises(SystemExit, match="Sphinx could not"):
        site.build(folder, [])
    assert [file.name for file in tmp_path.iterdir()] == ["pages"]
    assert (folder / "index.html").read_text() == "the old one"


def dead_links(folder, elsewhere=frozenset()):
    """Links, of all pages, that lead nowhere, and what would come from a network."""
    pages = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.html")
    }
    ids = {name: set(re.findall(r"\bid=[\"']([^\"']+)", page)) for name, page in pages.items()}
    dead = []
    for name, page in pages.items():
        shown = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        foreign = r'<(?:script|link|img|audio)[^>]*(?:src|href)="(?:https?:)?//[^"]*'
        dead += [(name, tag) for tag in re.findall(foreign, page)]
        for link in re.findall(r'(?:href|src)="([^"]+)"', shown):
            address, _, place = unquote(unescape(link)).partition("#")
            if re.match(r"\w+:", address) or address.removeprefix("../") in elsewhere:
                continue
            target = (folder / name).parent.joinpath(address.partition("?")[0]).resolve()
            within = str(target.relative_to(folder.resolve())) if address else name
            known = {place} if within.startswith("_modules") else ids.get(within, {place})
            if not target.exists() or (place and place not in known):
                dead.append((name, link))
    return dead


def test_every_link_leads_somewhere_and_nothing_comes_from_a_network(folder, pages):
    written = {f"{path.stem}.html" for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert dead_links(folder, written - set(pages)) == []  # the other notebooks are not built here


def test_what_a_reader_comes_for_is_there(pages):
    home, page = pages["index.html"], pages[f"{TITLE}.html"]
    assert home.index("<audio") < home.index("<img") < home.index("That is the course")
    assert home.count("<audio") == 3 and "search.html" in home
    assert "average_precision" in pages["reference/evaluation.html"]
    assert (
        "_modules/audioxai_lite/evaluation/localisation.html" in pages["reference/evaluation.html"]
    )
    assert "https://github.com/exile8/audio-xai" in page
    assert "id='posthoc-audio/istft-exact'" in page
    assert page.count('id="cell-id=cell-18"') == 1  # where the ledger leads
    assert 'href="https://arxiv.org/abs/2601.12660"' in pages["CLAIMS.html"]
    assert page.count("<audio") >= 4 and "run this cell to listen" not in page
    assert page.count('class="explorer"') == 1 and "stands here when" not in page
    assert "data:audio" not in page and "data:image" not in page


def test_every_figure_has_its_words(pages):
    for name, page in pages.items():
        if name in ("genindex.html", "py-modindex.html"):
            continue  # Sphinx's own, with a sign for what opens
        main = page[page.find("<article") : page.find("</article>")]
        for image in re.findall(r"<img[^>]*>", main):
            words = re.search(r'alt="([^"]*)"', image)
            assert words and len(words[1]) > 40 and "_images" not in words[1], (name, image)


def test_formulas_are_mathml(tmp_path, site):
    """None is left to a script from a network."""
    (tmp_path / "conf.py").write_text((ROOT / "notebooks" / "site" / "conf.py").read_text())
    (tmp_path / "_static").mkdir()
    (tmp_path / "index.md").write_text("# T\n\na $x^2$, `$HOME`, and\n\n$$\n\\frac{a}{b}\n$$\n")
    assert site.build_main(["-b", "html", "-q", str(tmp_path), str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("<math") == 2 and "<msup>" in page and "<mfrac>" in page
    assert "$HOME" in page and "mathjax.js" not in page.lower()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_): ...


@pytest.fixture(scope="module")
def browser(folder):
    """A browser, and the address of the pages."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium, f"http://127.0.0.1:{server.server_port}"
        chromium.close()
    server.shutdown()


def opened(browser, name, width=1440):
    """A page, and the faults that it reports."""
    chromium, address = browser
    page, faults = chromium.new_page(viewport={"width": width, "height": 900}), []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/{name}", wait_until="load")
    return page, faults


READ = ("index.html", "CLAIMS.html", f"{TITLE}.html", "reference/masks.html", "listening.html")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", READ)
def test_a_page_fits_says_no_error_and_is_open_to_all(browser, name, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page, faults = opened(browser, name, width)
    assert faults == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    grave = [(each["id"], each["nodes"][0]["html"]) for each in found]
    assert [one for one, each in zip(grave, found, strict=True) if each["impact"] != "minor"] == []
    page.close()


def test_players_play(browser):
    page, _ = opened(browser, f"{TITLE}.html")
    seconds = page.evaluate(
        "Promise.all([...document.querySelectorAll('audio')].map(player => new Promise(done => {"
        "player.onloadedmetadata = () => done(player.duration);"
        "player.onerror = () => done(-1); player.preload = 'metadata'; player.load()})))"
    )
    assert len(seconds) >= 6 and all(1 < second < 11 for second in seconds)
    page.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_an_explorer_follows_the_keyboard_without_a_kernel(browser, width):
    page, faults = opened(browser, f"{TITLE}.html", width)
    shown = (
        "[document.querySelector('.explorer img').src,"
        "...[...document.querySelectorAll('.explorer audio')].map(player => player.src)]"
    )
    seen = [page.evaluate(shown)]
    for control in ("select", "input"):
        page.focus(f".explorer {control}")
        page.keyboard.press("ArrowDown" if control == "select" else "ArrowRight")
        seen.append(page.evaluate(shown))
        assert all(a != b for a, b in zip(*seen[-2:], strict=True)), control
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(shown) == seen[1] and faults == []
    page.close()


def test_claims_are_chosen_and_found_by_search(browser):
    page, _ = opened(browser, "CLAIMS.html")
    page.select_option("select[name=verdict]", "artefact")
    left = page.evaluate(
        "[...document.querySelectorAll('#claims tbody tr')].filter(r => !r.hidden)"
        ".map(r => r.dataset.verdict)"
    )
    assert set(left) == {"artefact"} and len(left) == ARTEFACTS
    page.close()
    page, _ = opened(browser, "search.html?q=clean+twin")
    page.wait_for_selector("#search-results li a")
    assert "Start here" in page.inner_text("#search-results")
    page.close()


@pytest.mark.slow
def test_the_whole_site(tmp_path, site, browser):
    """Every page at two widths, every explorer by keyboard, every size: ten minutes. A site that
    lies in the repository's folder is taken as it is.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    folder = ROOT / "site"
    if not (folder / "14_your_own_model.html").exists():
        folder = tmp_path / "pages"
        site.build(folder, sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")))
    assert sum(file.stat().st_size for file in folder.rglob("*")) <= 150_000_000
    assert dead_links(folder) == []
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    whole = browser[0], f"http://127.0.0.1:{server.server_port}"
    names = [str(file.relative_to(folder)) for file in folder.glob("*.html")]
    names += [str(file.relative_to(folder)) for file in folder.glob("reference/*.html")]
    explorers = 0
    for name in sorted(names):
        for width in (390, 1440):
            page, faults = opened(whole, name, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            found = axe.run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
            explorers += _moved(page) if width == 1440 else 0
            assert faults == [], (name, faults)
            page.close()
    assert explorers >= 15
    server.shutdown()


def _moved(page):
    """How many explorers of a page follow the keyboard: each control changes what is shown, and
    one of them what is heard, where there is sound.
    """
    explorers = page.query_selector_all(".explorer")
    for explorer in explorers:
        shown = [_shown(explorer)]
        for control in explorer.query_selector_all("select, input"):
            control.focus()
            start = control.evaluate("control => control.value")
            for key in ("ArrowDown", "ArrowUp"):  # one of them leads off an end
                if control.evaluate("control => control.value") == start:
                    page.keyboard.press(key)
            shown.append(_shown(explorer))
            assert shown[-1] != shown[-2], (page.url, control.get_attribute("name"))
        pictures, sounds = zip(*shown, strict=True)
        assert len(set(pictures)) > 1
        assert len(set(sounds)) > 1 or sounds[0] == ""
    return len(explorers)


def _shown(explorer):
    """The text and picture of an explorer, and its sounds."""
    return tuple(
        explorer.evaluate(
            "e => [e.querySelector('.explorer-text').textContent + (e.querySelector('img')?.src),"
            "[...e.querySelectorAll('audio')].map(audio => audio.src).join()]"
        )
    )
