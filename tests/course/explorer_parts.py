"""What an explorer shows, read by tests."""

import runpy
from pathlib import Path

import ipywidgets

# The sounds, and the reader of players, of the tests of display.
HEARD = runpy.run_path(str(Path(__file__).parents[1] / "display" / "heard.py"))
RATE, tone, hiss, Players = (HEARD[name] for name in ("RATE", "tone", "hiss", "Players"))


def part(explorer, kind, description):
    """The control of a kind with a description."""
    children = [child for child in explorer.children if isinstance(child, kind)]
    (control,) = [child for child in children if child.description == description]
    return control


def snapshot(explorer):
    """The values of all that an explorer shows, controls apart: its text, picture and players."""
    text, picture, players = explorer.children[-3:]
    assert isinstance(text, ipywidgets.HTML) and isinstance(players, ipywidgets.HTML)
    assert isinstance(picture, ipywidgets.Image)
    return [text.value, picture.value, players.value]
