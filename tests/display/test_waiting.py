"""A cell that takes long says so; a short one, or one with a progress bar, is left alone."""

import re
import time
from types import SimpleNamespace

import pytest
from IPython.core.events import EventManager, available_events
from tqdm import tqdm

from audioxai_lite.display import waiting


def said(capsys, seconds: float) -> str:
    clock = waiting.Clock(after=0.2, every=0.1)
    clock.cell_starts()
    time.sleep(seconds)
    clock.cell_ends()
    return capsys.readouterr().err


def test_a_short_cell_says_nothing(capsys):
    assert said(capsys, 0.01) == ""


def test_a_long_cell_counts_in_one_line_and_ends_it(capsys):
    words = said(capsys, 0.6)
    assert len(re.findall(r"\rat work for \d+ s", words)) >= 2
    assert re.search(r"\rtook 0\.\d s +\n$", words) and words.count("\n") == 1


def test_a_bar_that_stands_already_is_left_alone(capsys):
    with tqdm(total=1, disable=False):
        words = said(capsys, 0.5)
    assert "work" not in words and "took" not in words


def test_a_cell_that_starts_within_another_ends_its_clock(capsys):
    clock = waiting.Clock(after=0.1, every=0.1)
    clock.cell_starts()
    first = clock._thread
    clock.cell_starts()
    clock.cell_ends()
    assert first is not None and not first.is_alive()


@pytest.fixture
def shell(monkeypatch):
    shell = SimpleNamespace(events=EventManager(None, available_events))
    monkeypatch.setattr(waiting, "get_ipython", lambda: shell)
    return shell


def test_cells_are_counted_once_however_often_a_notebook_starts(shell, capsys):
    waiting.say_when_long()
    waiting.say_when_long()
    assert len(shell.events.callbacks["pre_run_cell"]) == 1
    (ends,) = shell.events.callbacks["post_run_cell"]
    ends.__self__.after = 0.1
    shell.events.trigger("pre_run_cell", None)
    time.sleep(0.4)
    shell.events.trigger("post_run_cell", None)
    assert "took" in capsys.readouterr().err


def test_outside_a_notebook_nothing_is_registered(monkeypatch):
    monkeypatch.setattr(waiting, "get_ipython", lambda: None)
    assert waiting.say_when_long() is None
