"""An explorer as a part of a page that needs no kernel: every state of its controls is drawn
beforehand, and a little JavaScript (notebooks/site/course.js) chooses among them.
"""

import hashlib
import io
import itertools
import json
from html import unescape
from pathlib import Path
from re import sub

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import soundfile
from IPython import get_ipython
from jinja2 import Environment
from PIL import Image

from ..display import style
from ..display.players import samples_to_play
from ..writing import write_whole
from .explorers import Explorer, ExplorerView

STATES = 40  # the most an explorer is drawn in
MOST_BYTES = 5_000_000  # of its pictures and sounds
SLIDERS = (ipywidgets.IntSlider, ipywidgets.FloatSlider, ipywidgets.SelectionSlider)
QUALITY = 75  # of JPEG; there are many
TEMPLATE = Path(__file__).with_name("without_kernel.html")


def for_site(folder: Path, address: str) -> None:
    """From now on, the notebook of this kernel shows explorers without a kernel, too.

    Parameters
    ----------
    folder : Path
        Where pictures and sounds are written.
    address : str
        What leads there from the page.

    Raises
    ------
    RuntimeError
        If this is no notebook.

    Examples
    --------
    >>> for_site(Path("site/_static/03"), "_static/03")
    Traceback (most recent call last):
    RuntimeError: explorers are shown on a page while a notebook runs, and none does
    """
    if get_ipython() is None:
        raise RuntimeError("explorers are shown on a page while a notebook runs, and none does")

    def write(widget: Explorer) -> str:
        return explorer_page(widget, folder, address)

    get_ipython().display_formatter.formatters["text/html"].for_type(Explorer, write)


def explorer_page(explorer: Explorer, folder: Path, address: str) -> str:
    """The explorer as HTML; its pictures and sounds are written beside it.

    Parameters
    ----------
    explorer : Explorer
    folder, address
        See `for_site`.

    Where pictures and sounds would take more than 5 MB, fewer values of a control are shown.

    Examples
    --------
    >>> import tempfile
    >>> from audioxai_lite.course import explorers
    >>> doubled = explorers.explorer(
    ...     {"number": explorers.slider("number", 1, 0, 3)},
    ...     lambda number: ExplorerView(None, f"twice as much is {2 * number}"),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = explorer_page(doubled, Path(folder), "explorers")
    >>> "twice as much is 6" in page, 'max="3"' in page
    (True, True)
    """
    values = values_on_the_site(explorer)
    contents: dict[str, bytes] = {}  # of pictures and sounds, by the names of their files
    drawn = {chosen: _drawn(explorer, chosen, contents) for chosen in _every(values)}
    while sum(map(len, _used(drawn, contents).values())) > MOST_BYTES and len(drawn) > 1:
        values = _thinned(values, explorer)
        drawn = {chosen: drawn[chosen] for chosen in _every(values)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _used(drawn, contents).items():
        write_whole(folder / name, content)
    states = list(drawn.values())
    start = [options.index(_now(explorer, name)) for name, options in values.items()]
    controls = [
        {
            "name": name,
            "label": explorer.controls[name].description,
            "slides": isinstance(explorer.controls[name], SLIDERS),
            "labels": [label for label, _ in options],
            "start": first,
        }
        for (name, options), first in zip(values.items(), start, strict=True)
    ]
    first = states[int(np.ravel_multi_index(start, [len(v) for v in values.values()]))]
    template = Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    # "</script>" in a label would end the data.
    data = json.dumps(states, ensure_ascii=False).replace("</", "<\\/")
    return template.render(controls=controls, shown=first, states=data, address=address)


def values_on_the_site(explorer: Explorer) -> dict[str, list[tuple[str, object]]]:
    """For each control the labels and values in which the explorer is drawn, what it starts with
    among them; at most 40 combinations.

    Examples
    --------
    >>> from audioxai_lite.course import explorers
    >>> controls = {"a": explorers.slider("a", 7, 0, 100), "b": ipywidgets.Checkbox(False)}
    >>> made = explorers.explorer(controls, lambda a, b: ExplorerView(None, "nothing"))
    >>> numbers = [value for _, value in values_on_the_site(made)["a"]]
    >>> len(numbers), numbers[0], 7 in numbers, numbers[-1]
    (20, 0, True, 100)
    """
    values = {}
    for name, control in explorer.controls.items():
        every, named = _every_value(control), explorer.on_the_site.get(name)
        now = _now(explorer, name)
        if named is not None:
            every = [pair for pair in every if pair[1] in [*named, now[1]]]
        values[name] = every
    while np.prod([len(options) for options in values.values()]) > STATES:
        values = _thinned(values, explorer)
    return values


def _thinned(values: dict[str, list], explorer: Explorer) -> dict[str, list]:
    """One value less of the control that has most; of those that are not named, if there are any
    with more than one.
    """
    free = [name for name in values if name not in explorer.on_the_site and len(values[name]) > 1]
    longest = max(free or values, key=lambda name: len(values[name]))
    return values | {longest: _fewer(values[longest], _now(explorer, longest))}


def _every(values: dict[str, list]) -> list[tuple]:
    """All combinations, in the order in which the page counts them."""
    return list(itertools.product(*values.values()))


def _drawn(explorer: Explorer, chosen: tuple, contents: dict[str, bytes]) -> dict:
    """The state of one combination; what describes its picture names the setting, too."""
    settings = {name: value for name, (_, value) in zip(explorer.controls, chosen, strict=True)}
    state = _state(explorer.draw(**settings), contents)
    named = zip(explorer.controls.values(), chosen, strict=True)
    words = ", ".join(f"{control.description} {label}" for control, (label, _) in named)
    return state | {"alt": f"{words}: {state.get('alt', '')}"}


def _used(drawn: dict[tuple, dict], contents: dict[str, bytes]) -> dict[str, bytes]:
    """The pictures and sounds of these states, each once."""
    pictures = [state["picture"] for state in drawn.values() if "picture" in state]
    sounds = [file for state in drawn.values() for _, file in state["sounds"]]
    return {name: contents[name] for name in (*pictures, *sounds)}


def _every_value(control: ipywidgets.Widget) -> list[tuple[str, object]]:
    if isinstance(control, ipywidgets.Checkbox):
        return [("no", False), ("yes", True)]
    if hasattr(control, "options"):
        return list(zip(control._options_labels, control._options_values, strict=True))
    steps = round((control.max - control.min) / control.step)
    numbers = [control.min + step * control.step for step in range(steps + 1)]
    if isinstance(control, ipywidgets.FloatSlider):
        numbers = [round(number, 6) for number in numbers]
    return [(f"{number:g}", number) for number in numbers]


def _now(explorer: Explorer, name: str) -> tuple[str, object]:
    """The label and the value that a control has."""
    control = explorer.controls[name]
    return next(pair for pair in _every_value(control) if pair[1] == control.value)


def _fewer(options: list, kept: tuple[str, object]) -> list:
    """One less, spread evenly, and the one that the explorer starts with among them."""
    places = np.linspace(0, len(options) - 1, len(options) - 1).round().astype(int)
    start = options.index(kept)
    if start not in places:
        places[np.abs(places - start).argmin()] = start
    return [options[place] for place in dict.fromkeys(places)]


def _state(view: ExplorerView, contents: dict[str, bytes]) -> dict:
    """What the page shows for one setting; its picture and sounds join the contents."""
    state: dict = {"text": view.text, "sounds": []}
    if view.figure is not None:
        data, size = style.sharp(view.figure)
        kind = style.picture_kind(view.figure)
        smaller, picture = io.BytesIO(), Image.open(io.BytesIO(data))
        if kind == "jpeg":
            picture.save(smaller, "JPEG", quality=QUALITY, progressive=True)
        else:
            picture.quantize(128).save(smaller, "PNG", optimize=True)
        plt.close(view.figure)
        words = unescape(sub("<[^>]*>", " ", view.text))
        state |= {"picture": _kept(smaller.getvalue(), kind, contents), **size}
        titles = [ax.get_title() for ax in view.figure.axes if ax.get_title()]
        state["alt"] = words or " beside ".join(titles)
    if view.sounds:
        samples, rate = samples_to_play(view.sounds, view.sample_rate)
        for label, played in samples.items():
            data = _as_mp3(played, rate)
            state["sounds"].append([label, _kept(data, "mp3", contents)])
    return state


def _as_mp3(samples: np.ndarray, rate: int) -> bytes:
    """Every browser plays it."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="MP3", compression_level=0.85)
    return file.getvalue()


def _kept(data: bytes, kind: str, contents: dict[str, bytes]) -> str:
    """A name made from the content, so that what is shown twice is kept once."""
    name = f"{hashlib.sha256(data).hexdigest()[:16]}.{kind}"
    contents[name] = data
    return name
