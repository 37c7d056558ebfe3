"""JupyterLab as `make lab` opens it, in a real browser where there is one: notebook 05 runs, and
its slider acts.
"""

import re
import shutil
import subprocess
import sys
import threading

import pytest
from support import CHROMIUM, ROOT

from audioxai_lite.course.ledger import ledger

NOTEBOOK = "05_masks.ipynb"
EXPLORER = """() => {
    const output = document.querySelector('.noUi-handle').closest('.jp-OutputArea');
    const players = [...output.querySelectorAll('audio')];
    return {
        words: [...output.querySelectorAll('.widget-html-content')]
            .map(part => part.textContent).join(' '),
        picture: [...output.querySelectorAll('img')].map(image => image.src).join(' '),
        sound: players.map(player => player.currentSrc).join(' '),
        seconds: players.map(player => player.duration),
    };
}"""


@pytest.fixture
def address(tmp_path):
    """A JupyterLab with the options of the Makefile, on a copy of the notebook: Lab saves what it
    runs.
    """
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, tmp_path)
    (options,) = re.findall(
        r"-m jupyterlab (.*) \$\(LAB_OPTIONS\)", (ROOT / "Makefile").read_text(encoding="utf-8")
    )
    options = options.replace("notebooks/00_start_here.ipynb", NOTEBOOK).split()
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        *options,
        "--no-browser",
        "--allow-root",
        "--port=0",
    ]
    server = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    found = next(
        filter(None, (re.search(r"http://127\S+token=\S+", line) for line in server.stdout)), None
    )
    threading.Thread(
        target=server.stdout.read, daemon=True
    ).start()  # a full pipe would halt the server
    yield found[0]
    server.terminate()
    server.wait(timeout=30)


def _run_all_cells(page, too_long):
    """By the menu, until the kernel is busy: a page that is still being built may lose a click."""
    for _ in range(6):
        try:
            page.locator(".jp-Notebook .jp-Cell").first.click(
                timeout=10_000
            )  # the menu acts on what has the focus
            page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click(
                timeout=10_000
            )
            page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click(
                timeout=10_000
            )
            return page.locator(".jp-Notebook-ExecutionIndicator[data-status=busy]").wait_for(
                timeout=10_000
            )
        except too_long:
            page.keyboard.press("Escape")
    raise AssertionError("JupyterLab did not run the notebook")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_notebook_05_runs_and_its_slider_changes_figure_area_and_players(address):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page, faults = browser.new_page(viewport={"width": 1440, "height": 900}), []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(240_000)  # another notebook may be running beside
        page.goto(address)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
        _run_all_cells(page, playwright.TimeoutError)
        slider = page.locator(".noUi-handle")
        slider.scroll_into_view_if_needed()
        page.wait_for_function(
            "document.querySelectorAll('.jp-OutputArea .widget-html-content audio').length >= 3"
        )
        before = page.evaluate(EXPLORER)
        slider.focus()
        page.keyboard.press("PageUp")
        page.wait_for_function(f"words => ({EXPLORER})().words !== words", arg=before["words"])
        page.wait_for_function(f"sound => ({EXPLORER})().sound !== sound", arg=before["sound"])
        page.wait_for_function(f"() => ({EXPLORER})().seconds.every(second => second > 0)")
        after = page.evaluate(EXPLORER)
        browser.close()
    assert faults == []
    areas = [float(re.search(r"area ([\d.]+)%", state["words"])[1]) for state in (before, after)]
    assert areas[0] == 10 and areas[1] > areas[0]
    assert before["picture"] and after["picture"] != before["picture"]
    assert (
        all(second == pytest.approx(5, abs=0.1) for second in after["seconds"])
        and len(after["seconds"]) == 3
    )


ACTIVE = """claim => {
    const cell = document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active');
    const seen = cell && cell.getBoundingClientRect();
    return seen && cell.textContent.includes(claim) && seen.bottom > 0 && seen.top < innerHeight;
}"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_a_link_of_the_ledger_leads_to_its_cell(address):
    playwright = pytest.importorskip("playwright.sync_api")
    (row,) = [row for row in ledger() if f"{row['notebook']}.ipynb" == NOTEBOOK]
    page_of_claims = (ROOT / "notebooks" / "CLAIMS.md").read_text(encoding="utf-8")
    (fragment,) = re.findall(rf"\({NOTEBOOK}(#cell-id=[\w-]+)\)", page_of_claims)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(240_000)
        page.goto(address + fragment)
        page.wait_for_function(ACTIVE, arg=row["id"])
        browser.close()
