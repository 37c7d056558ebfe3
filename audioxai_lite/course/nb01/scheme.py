"""The map of transforms of notebook 01."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from ...display.style import COLOURS

# Where each box stands, and what is written in it.
BOXES = {
    "waveform": ((0, 1), "waveform"),
    "power": ((1, 1), "power\nspectrogram"),
    "decibels": ((2, 1), "power\nin decibels"),
    "mel": ((1, 0), "mel\npower"),
    "mel decibels": ((2, 0), "mel\nin decibels"),
}
TRANSFORMS = [
    ("waveform", "power", "STFT, |·|²"),
    ("power", "decibels", "10 log₁₀"),
    ("power", "mel", "sum"),
    ("mel", "mel decibels", "10 log₁₀"),
]


def transform_scheme(measured: dict[tuple[str, str], str]) -> Figure:
    """The course's map of transforms: solid arrows are exact, dashed ones approximate.

    Parameters
    ----------
    measured : dict of (from, to) to str
        What to write on an arrow that leads back, for example {("power", "waveform"): "138 dB"}.
        The boxes are named "waveform", "power", "decibels", "mel" and "mel decibels".

    Our own drawing of what Pak & Teryokhina 2025 show in their Figure 1. Notebook: 01.

    Examples
    --------
    >>> figure = transform_scheme({("power", "waveform"): "138 dB"})
    >>> "138 dB" in [text.get_text() for text in figure.axes[0].texts]
    True
    """
    figure, ax = plt.subplots(figsize=(10, 4.2))
    for start, end, text in TRANSFORMS:
        _arrow(ax, start, end, text, 0.06)
        _arrow(ax, end, start, measured.get((end, start), ""), -0.06, dashed=end == "mel")
    for (x, y), text in BOXES.values():
        colour = "#FFF3D6" if "decibels" in text else "white"
        box = {"boxstyle": "round,pad=0.5", "facecolor": colour, "edgecolor": "black"}
        ax.text(x, y, text, ha="center", va="center", bbox=box)
    ax.set(xlim=(-0.25, 2.25), ylim=(-0.3, 1.3))
    ax.axis("off")
    return figure


def _arrow(ax: Axes, start: str, end: str, text: str, aside: float, dashed: bool = False) -> None:
    """One arrow of a pair, moved aside from its counterpart, with its text beside it."""
    (x0, y0), (x1, y1) = BOXES[start][0], BOXES[end][0]
    dx, dy, gap, side, alignment = 0.0, aside, 50, 2.6, "center"
    if x0 == x1:
        dx, dy, gap, side, alignment = -aside, 0.0, 28, 1.6, "left" if aside < 0 else "right"
    dash, colour = ("--", COLOURS["librosa"]) if dashed else ("-", COLOURS["saved phase"])
    line = {"linestyle": dash, "color": colour, "shrinkA": gap, "shrinkB": gap}
    ends = (x0 + dx, y0 + dy), (x1 + dx, y1 + dy)
    ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=14, **line))
    place = (x0 + x1) / 2 + side * dx, (y0 + y1) / 2 + side * dy
    ax.text(*place, text, fontsize=9, ha=alignment, va="center")
