"""Hand-outs fit on a page, slides follow the keyboard, and both come from what notebooks store."""

import re

import nbformat
import pytest
from support import CHROMIUM, ROOT, script

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module")
def handouts():
    return script("handouts")


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_a_handout_has_what_one_takes_home_on_one_page(handouts, browser, path):
    page = handouts.pages(path)[0]
    for head in ("You will be able to", "New words", "Exercises", "What we have seen"):
        assert f"<h2>{head}</h2>" in page, head
    (image,) = re.findall(r"<img[^>]*>", page, re.DOTALL)
    assert re.search(r'alt="[^"]{40,}"', image) and "data:image/" in image
    sheet = browser.new_page()
    sheet.set_content(page)
    printed = sheet.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    sheet.close()


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_slides_are_the_figures_under_their_headings(handouts, path):
    slides = handouts.pages(path)[1]
    cells = nbformat.read(path, as_version=4).cells
    shown = [
        kind
        for cell in cells
        if cell.cell_type == "code" and "claim" not in cell.metadata.get("tags", [])
        for output in cell.outputs
        for kind in output.get("data", {})
        if kind.startswith("image/")
    ]
    assert slides.count("<img") == len(shown) >= 4
    assert slides.count("<h2></h2>") == 0


def test_slides_follow_the_keyboard(handouts, browser):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    page.set_content(handouts.pages(PATHS[0])[1])
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        seen.append(page.evaluate("Math.round(scrollY / innerHeight)"))
    assert seen == [1, 2, 1]
    page.close()
