"""One page of HTML that says what a model heard in a recording, and needs nothing else: figures and
sounds are inside. Taught in notebook 14.
"""

import base64
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from jinja2 import Environment
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from ..inputs import as_floats
from ..masks.regions import Region
from ..masks.rules import AXES
from ..sound.stft import PowerStft
from . import figures
from .players import players_html
from .style import COLOURS, OUTLINE, picture, picture_kind

TEMPLATE = Path(__file__).with_name("report.html")


def report_page(facts: dict[str, Any], sounds: dict[str, Tensor], sample_rate: int) -> str:
    """The page as text.

    Parameters
    ----------
    facts : dict
        What the template names: title, answer, explained, regions, scores, limits, checkup, …;
        text is escaped. `figure` and `timeline` are figures, which are closed.
    sounds : dict of label to Tensor, shape (1, samples)
    sample_rate : int

    Examples
    --------
    >>> import torch
    >>> facts = {"title": "<dog>.wav", "figure": plt.figure(), "limits": ["One recording."]}
    >>> page = report_page(facts, {"original": torch.randn(1, 8_000)}, 16_000)
    >>> "&lt;dog&gt;.wav" in page, page.count("<audio"), "<li>One recording.</li>" in page
    (True, 1, True)
    """
    template = Environment(autoescape=True).from_string(TEMPLATE.read_text(encoding="utf-8"))
    ready = {
        name: _as_address(value) if isinstance(value, Figure) else value
        for name, value in facts.items()
    }
    return template.render(ready, players=Markup(players_html(sounds, sample_rate)))


def _as_address(figure: Figure) -> str:
    """The picture itself as an address that a page can show."""
    kind, data = picture_kind(figure), picture(figure)
    plt.close(figure)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def map_figure(
    energy: Tensor, attribution: Tensor, grid: PowerStft, regions: list[Region], name: str
) -> Figure:
    """The recording's level beside the map, the regions outlined on both.

    Examples
    --------
    >>> import torch
    >>> grid = PowerStft(16_000, hop_length=256)
    >>> energy = grid(torch.randn(1, 8_000)).decibels()
    >>> figure = map_figure(energy, energy, grid, [Region((10, 40), (3, 9), 0.5)], "dog")
    >>> len(figure.axes[0].patches), len(figure.axes[1].patches)
    (1, 1)
    """
    energy, attribution = (as_floats(each, "maps", AXES) for each in (energy, attribution))
    if energy.shape[2] == 1:
        return _waveform_figure(energy, attribution, grid, name)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.3), sharey=True, layout="constrained")
    figures.spectrogram(axes[0], energy, grid, "recording")
    figures.attribution(axes[1], attribution, grid, f"for {name}")
    step = grid.hop_length / grid.sample_rate
    for ax in axes:
        for number, region in enumerate(regions, 1):
            (low, high), (first, last) = region.rows, region.columns
            corner = ((first - 0.5) * step, low - 0.5)
            size = ((last - first + 1) * step, high - low + 1)
            ax.add_patch(Rectangle(corner, *size, fill=False, edgecolor=OUTLINE, linewidth=1.2))
            text = {"fontsize": 8, "color": OUTLINE, "va": "bottom"}
            ax.text(corner[0], corner[1] + size[1], str(number), **text)
    axes[1].label_outer()
    return figure


def _waveform_figure(energy: Tensor, attribution: Tensor, grid: Any, name: str) -> Figure:
    """For a map on samples: its level and the map over time, in bins of a hundredth of a second."""
    width = max(1, grid.sample_rate // 100)
    bins = attribution.shape[-1] // width
    time = (np.arange(bins) + 0.5) * width / grid.sample_rate
    figure, axes = plt.subplots(2, 1, figsize=(11, 4), sharex=True, layout="constrained")
    for ax, values, label in (
        (axes[0], energy, "level (dB)"),
        (axes[1], attribution, f"for {name}"),
    ):
        means = values[0, 0, 0, : bins * width].reshape(bins, width).mean(dim=1)
        ax.plot(time, means, color=COLOURS["original"])
        ax.set_ylabel(label)
    axes[1].set_xlabel("time (s)")
    return figure


def timeline_figure(
    starts: list[float], answers: list[float], seconds: float, label: str
) -> Figure:
    """The answer for each window of a long recording; the one that is explained is marked.

    Examples
    --------
    >>> figure = timeline_figure([0.0, 5.0], [0.1, 0.9], 5.0, "probability of dog")
    >>> figure.axes[0].get_ylabel()
    'probability of dog'
    """
    figure, ax = plt.subplots(figsize=(11, 2.2), layout="constrained")
    ax.stairs(answers, [*starts, starts[-1] + seconds], color=COLOURS["original"])
    best = int(np.argmax(answers))
    ax.axvspan(starts[best], starts[best] + seconds, color=COLOURS["anomalous"], alpha=0.3)
    ax.set(xlabel="time (s)", ylabel=label, xlim=(0, starts[-1] + seconds))
    return figure
