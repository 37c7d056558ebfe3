"""The skeleton of the explorers: controls, and below them a text, a picture and players that
follow. The course's site shows the same explorer without a kernel (`without_kernel`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import ipywidgets
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from ..datasets import Dataset
from ..display import style
from ..display.players import PLAYER_RATE, players_html


@dataclass(frozen=True)
class ExplorerView:
    """What an explorer shows for one setting of its controls.

    Attributes
    ----------
    figure : Figure or None
        Closed once it is shown. None leaves the picture that is there.
    text : str
        As HTML.
    sounds : dict of label to Tensor, shape (1, samples)
    sample_rate : int
        Of the sounds, in hertz.
    """

    figure: Figure | None
    text: str = ""
    sounds: dict[str, Tensor] = field(default_factory=dict)
    sample_rate: int = PLAYER_RATE


class Explorer(ipywidgets.VBox):
    """The live explorer, which remembers what it was made of, so that it can be drawn without a
    kernel, too.

    Attributes
    ----------
    controls, draw, on_the_site
        See `explorer`.
    """

    def __init__(
        self,
        controls: dict[str, ipywidgets.Widget],
        draw: Callable[..., ExplorerView],
        on_the_site: dict[str, Sequence],
        shown: list[ipywidgets.Widget],
    ):
        self.controls, self.draw, self.on_the_site = controls, draw, on_the_site
        super().__init__([*controls.values(), *shown])


def explorer(
    controls: dict[str, ipywidgets.Widget],
    draw: Callable[..., ExplorerView],
    on_the_site: dict[str, Sequence] | None = None,
) -> Explorer:
    """The controls one below the other, then the text, the picture and the players they lead to.

    Parameters
    ----------
    controls : dict of keyword to widget
    draw : callable
        Takes the value of each control by its keyword and returns what to show; called once at the
        start, and again whenever a control changes.
    on_the_site : dict of keyword to the values of that control, optional
        The few that the site draws beforehand, in every combination; of a control that is not
        named, some that are spread evenly. A value that the control does not have is left out.

    Examples
    --------
    >>> slider = ipywidgets.IntSlider(1, 0, 9)
    >>> number, text, picture, players = explorer(
    ...     {"number": slider}, lambda number: ExplorerView(None, f"twice as much is {2 * number}")
    ... ).children
    >>> slider.value = 4
    >>> text.value
    'twice as much is 8'
    """
    text, players = ipywidgets.HTML(), ipywidgets.HTML()
    # The figure's own size: a box would stretch it.
    natural = {"width": "auto", "max_width": "100%", "align_self": "flex-start"}
    picture = ipywidgets.Image(format="png", layout=natural)

    def update(_=None) -> None:
        shown = draw(**{keyword: control.value for keyword, control in controls.items()})
        text.value = shown.text
        if shown.figure is not None:
            picture.format, picture.value = (
                style.picture_kind(shown.figure),
                style.picture(shown.figure),
            )
            plt.close(shown.figure)  # left open, it would be shown a second time, below the cell
        players.value = players_html(shown.sounds, shown.sample_rate) if shown.sounds else ""

    for control in controls.values():
        control.observe(update, names="value")
    update()
    return Explorer(controls, draw, on_the_site or {}, [text, picture, players])


def wide_control(description: int, control: int) -> dict[str, dict[str, str]]:
    """Options of a control by which its description and the whole take so many pixels.

    Examples
    --------
    >>> ipywidgets.Dropdown(description="network", **wide_control(70, 360)).layout.width
    '360px'
    """
    return {"style": {"description_width": f"{description}px"}, "layout": {"width": f"{control}px"}}


def slider(description: str, value: int, low: int, high: int, **options) -> ipywidgets.IntSlider:
    """A slider of whole numbers that tells its value once it is let go.

    Examples
    --------
    >>> slider("SNR (dB)", 10, -5, 30, step=5).continuous_update
    False
    """
    options |= {"description": description, "continuous_update": False}
    return ipywidgets.IntSlider(value, low, high, **options)


def choice_of_clips(dataset: Dataset, **options: dict) -> ipywidgets.Dropdown:
    """The clips of a data set, by number and label.

    Examples
    --------
    >>> from audioxai_lite import datasets
    >>> choice_of_clips(datasets.load().select(fold=5, label="dog")).label
    '0: dog'
    """
    titles = [(f"{number}: {label}", number) for number, label in enumerate(dataset.table["label"])]
    return ipywidgets.Dropdown(options=titles, description="clip", **options)
