"""Pictures of notebook 08: the generator as a diagram, clips and what is changed of them."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from torch import Tensor

from ...display import figures
from ...display.style import COLOURS, OUTLINE, SIGNED_MAP
from ...sound.spectrogram import PowerStft

LEVELS = -25.0, 30.0  # decibels, darkest and lightest, of all clips of the notebook

# What stands in a box of the diagram, and where: left edge, lower edge, width.
BOXES = {
    "clip $x$": (0.0, 1.1, 1.4),
    "target α, concept $k$": (2.1, 2.3, 2.5),
    "generator\n(a small U-Net)": (2.1, 1.0, 2.5),
    "change δ": (5.3, 1.7, 1.5),
    "mask $m$": (5.3, 0.5, 1.5),
    "$x' = x + m·4·tanh(δ)$": (7.5, 1.1, 2.9),
    "detector:\nscore α?": (11.1, 1.0, 1.9),
}
ARROWS = (
    ((1.4, 1.4), (2.1, 1.4)),
    ((3.35, 2.3), (3.35, 1.8)),
    ((4.6, 1.5), (5.3, 1.95)),
    ((4.6, 1.3), (5.3, 0.85)),
    ((6.8, 1.95), (7.5, 1.5)),
    ((6.8, 0.85), (7.5, 1.3)),
    ((10.4, 1.4), (11.1, 1.4)),
)
AROUND = ((0.7, 1.1), (0.7, 0.1), (8.9, 0.1), (8.9, 1.1))  # the clip itself goes around the network


def generator_diagram() -> Figure:
    """What goes into the generator, what comes out, and who judges it.

    Examples
    --------
    >>> [text.get_text() for text in generator_diagram().axes[0].texts][0]
    'clip $x$'
    """
    fig, ax = plt.subplots(figsize=(10, 2.6))
    for text, (left, low, width) in BOXES.items():
        height = 0.8 if "\n" in text else 0.6
        colour = COLOURS["generator"] if "generator" in text else "#FFFFFF"
        colour = COLOURS["AE"] if "detector" in text else colour
        box = {"boxstyle": "round,pad=0,rounding_size=0.1", "facecolor": colour, "alpha": 0.25}
        ax.add_patch(FancyBboxPatch((left, low), width, height, edgecolor="black", **box))
        ax.text(left + width / 2, low + height / 2, text, ha="center", va="center")
    for start, end in ARROWS:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "->"})
    ax.plot(*zip(*AROUND[:3], strict=True), color="black", linewidth=1)
    ax.annotate("", AROUND[3], AROUND[2], arrowprops={"arrowstyle": "->", "shrinkA": 0})
    ax.set(xlim=(-0.1, 13.1), ylim=(0, 3))
    ax.set_axis_off()
    return fig


def mark_time(ax: Axes, truth: Tensor, feature: PowerStft) -> None:
    """Two lines where a fault begins and ends, beside what they must not cover.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> figure, ax = plt.subplots()
    >>> truth = torch.zeros(1, 1, 64, 100)
    >>> truth[..., 20:40] = 1
    >>> mark_time(ax, truth, LogMel())
    >>> len(ax.lines)
    2
    """
    frames = np.flatnonzero(truth.amax(dim=(0, 1, 2)).numpy())
    for frame in (frames[0] - 0.5, frames[-1] + 0.5):
        ax.axvline(frame * feature.hop_length / feature.sample_rate, color=OUTLINE, linewidth=1.5)


def clips_and_maps(
    rows: Sequence[dict[str, Tensor]],
    truths: Sequence[Tensor],
    feature: PowerStft,
    label: str,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Rows of pictures: on the left a clip, then what is marked or changed in it, red and blue; two
    lines say when the fault sounds.

    Parameters
    ----------
    rows : sequence of dict of title to Tensor, shape (1, 1, frequency, time)
        The first of each is a clip in decibels.
    truths : sequence of Tensor, shape (1, 1, frequency, time)
        Of each row.
    label : str
        Of the colours of all but the clips.
    limits : (lowest, highest), optional
        Of the same; without them, each picture has a scale of its own.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> clip, truth = torch.zeros(1, 1, 64, 100), torch.ones(1, 1, 64, 100)
    >>> figure = clips_and_maps([{"a clip": clip, "its change": clip}], [truth], LogMel(), "dB")
    >>> [ax.get_title() for ax in figure.axes][:2]
    ['a clip', 'its change']
    """
    size = 10, 1 + 2.25 * len(rows)
    fig, axes = plt.subplots(
        len(rows), len(rows[0]), figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for line, pictures, truth in zip(axes, rows, truths, strict=True):
        (title, clip), *maps = pictures.items()
        level = figures.spectrogram(line[0], clip, feature, title, LEVELS)
        for ax, (name, values) in zip(line[1:], maps, strict=True):
            if limits is None:
                shown = figures.attribution(ax, values, feature, name)
            else:
                shown = figures.spectrogram(ax, values, feature, name, limits, colours=SIGNED_MAP)
        for ax in line:
            mark_time(ax, truth, feature)
            ax.label_outer()
    below = {"location": "bottom", "aspect": 30}
    fig.colorbar(level, ax=axes[:, 0], label="level (dB)", **below)
    fig.colorbar(shown, ax=axes[:, 1:], label=label, shrink=1 / (len(rows[0]) - 1), **below)
    return fig


def levels_of(pictures: dict[str, Tensor], feature: PowerStft) -> Figure:
    """Clips two by two, under the colours of `LEVELS`.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> clip = torch.zeros(1, 1, 64, 100)
    >>> len(levels_of({"copy": clip, "blur": clip}, LogMel()).axes)
    3
    """
    size = {"columns": 2, "limits": LEVELS}
    figure = figures.spectrograms(pictures, feature, **size)
    figure.set_size_inches(10, 0.6 + 2.2 * (len(pictures) + 1) // 2)
    return figure
