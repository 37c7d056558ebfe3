"""An explorer as a part of a page: every combination drawn once, the start among them."""

import json
import re
from html import unescape

import ipywidgets
import matplotlib.pyplot as plt
import pytest
import torch

from audioxai_lite.course import without_kernel
from audioxai_lite.course.explorers import ExplorerView, explorer, slider


@pytest.fixture
def made():
    """An explorer whose picture and sound say which setting they belong to."""
    drawn = []

    def draw(word, number, on):
        drawn.append((word, number, on))
        figure, ax = plt.subplots(figsize=(2, 1))
        ax.set_title(f"{word} {number} {on}")
        sound = torch.sin(torch.arange(8_000) * (0.1 + 0.01 * number))[None]
        return ExplorerView(figure, f"<b>{word}</b> {number} {on}", {"tone": sound}, 16_000)

    controls = {
        "word": ipywidgets.Dropdown(options=["a", "</script>"], description="word"),
        "number": slider("number", 4, 0, 5),
        "on": ipywidgets.Checkbox(True, description="on"),
    }
    return explorer(controls, draw, on_the_site={"number": (0, 9)}), drawn


def test_every_combination_is_drawn_and_the_start_is_shown(made, tmp_path):
    widget, drawn = made
    drawn.clear()
    page = without_kernel.explorer_page(widget, tmp_path, "files")
    words, numbers = ("a", "</script>"), (0, 4)  # 9 is no value of the slider; 4 is where it starts
    assert drawn == [(w, n, on) for w in words for n in numbers for on in (False, True)]
    states = json.loads(re.search(r'json">(.*?)</script>', page, re.DOTALL)[1])
    assert [state["text"] for state in states] == [f"<b>{w}</b> {n} {on}" for w, n, on in drawn]
    assert states[0]["alt"].split() == "word a, number 0, on no: a 0 False".split()
    shown = page[: page.index("<script")]
    assert "<b>a</b> 4 True" in shown and f'src="files/{states[3]["picture"]}"' in shown
    assert 'value="1" aria-valuetext="4"' in shown
    assert json.loads(unescape(re.search(r'data-labels="([^"]*)"', shown)[1])) == ["0", "4"]
    files = {file.name for file in tmp_path.iterdir()}
    assert len([name for name in files if name.endswith("mp3")]) == 2  # a sound is kept once
    assert {state["picture"] for state in states} <= files
    assert not plt.get_fignums()


def test_a_control_of_one_value_is_not_offered(tmp_path):
    one = explorer({"a": slider("a", 1, 1, 1)}, lambda a: ExplorerView(None, f"only {a}"))
    page = without_kernel.explorer_page(one, tmp_path, "files")
    assert "<input" not in page and "only 1" in page


def test_what_would_be_too_large_is_thinned_and_the_start_stays(made, tmp_path, monkeypatch):
    widget, drawn = made
    without_kernel.explorer_page(widget, tmp_path / "all", "files")
    whole = sum(file.stat().st_size for file in (tmp_path / "all").iterdir())
    monkeypatch.setattr(without_kernel, "MOST_BYTES", whole // 2)
    drawn.clear()
    page = without_kernel.explorer_page(widget, tmp_path / "few", "files")
    assert len(drawn) == 8  # none is drawn twice
    files = list((tmp_path / "few").iterdir())
    assert 0 < sum(file.stat().st_size for file in files) <= whole // 2
    states = json.loads(re.search(r'json">(.*?)</script>', page, re.DOTALL)[1])
    assert "<b>a</b> 4 True" in [state["text"] for state in states] and 1 < len(states) < 8
    used = {state["picture"] for state in states}
    used |= {file for state in states for _, file in state["sounds"]}
    assert {file.name for file in files} == used


def test_many_values_become_forty_states_with_the_ends_and_the_start():
    controls = {"a": slider("a", 37, 0, 100), "b": slider("b", 3, 0, 30)}
    values = without_kernel.values_on_the_site(
        explorer(controls, lambda a, b: ExplorerView(None, "nothing"))
    )
    a, b = ([value for _, value in values[name]] for name in "ab")
    assert len(a) * len(b) <= without_kernel.STATES
    assert {0, 37, 100} <= set(a) and {0, 3, 30} <= set(b) and a == sorted(a) and b == sorted(b)
