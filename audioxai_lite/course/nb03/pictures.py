"""The figures of notebook 03 that show the network, its trainings and where its clips stand."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from ...display import figures
from ...display.style import COLOURS, OUTLINE
from ...models.cnn14 import Cnn14
from ...sound.spectrogram import LogMel

MOST_SHEETS = 6  # of a block in the diagram
INPUTS = {"whole": "whole clips", "cells dropped": "clips with holes"}


def cnn14_diagram(network: Cnn14, classes: Sequence[str]) -> Figure:
    """A Cnn14 from the spectrogram to the logits: how many channels each step has, and of which
    size; time runs to the right, frequency upwards.

    Examples
    --------
    >>> figure = cnn14_diagram(Cnn14(10, channels=(4, 8, 16, 64, 128, 256)), ["dog", "rooster"])
    >>> [text.get_text() for text in figure.axes[0].texts][1]
    'block 1\\n4 channels\\n32 × 125'
    """
    bands, frames = network.input_shape
    steps = [("spectrogram", 1, bands, frames)]
    for number in range(1, 7):
        block: Any = network.get_submodule(f"conv_block{number}")
        bands, frames = bands // block.pool.kernel_size, frames // block.pool.kernel_size
        steps.append((f"block {number}", block.conv2.out_channels, bands, frames))
    figure, ax = plt.subplots(figsize=(11, 3.1))
    left = 0.0
    for name, channels, bands, frames in steps:
        width, height = 3.2 * (frames / 251) ** 0.5, 2.4 * (bands / 64) ** 0.5
        sheets = min(MOST_SHEETS, 1 + int(channels).bit_length() // 2) if channels > 1 else 1
        for sheet in reversed(range(sheets)):
            corner = left + 0.1 * sheet, 0.1 * sheet - height / 2
            look = {"facecolor": "#FFF3D6", "edgecolor": "black", "linewidth": 0.8}
            ax.add_patch(Rectangle(corner, width, height, **look))
        many = f"\n{channels} channels" if channels > 1 else "\n"
        _word(ax, left + width / 2 + 0.05 * sheets, f"{name}{many}\n{bands} × {frames}")
        left += max(width, 1.5) + 0.1 * sheets + 0.4
    for name, size in (("mean, max", network.fc1.in_features), ("dense", network.fc1.out_features)):
        ax.add_patch(Rectangle((left + 0.25, -1.0), 0.18, 2.0, facecolor="black", alpha=0.6))
        _word(ax, left + 0.35, f"{name}\n{size}\nnumbers")
        left += 1.75
    shown = [*classes[:3], "…", classes[-1]] if len(classes) > 4 else classes
    ax.text(left, 0, "\n".join(shown), va="center", fontsize=11)
    _word(ax, left + 0.4, f"{len(classes)} logits\n\n")
    ax.set(xlim=(-0.2, left + 1.4), ylim=(-2.7, 1.8))
    ax.axis("off")
    return figure


def _word(ax: Axes, place: float, text: str) -> None:
    """Below what is drawn there."""
    ax.text(place, -1.45, text, ha="center", va="top", fontsize=10)


def accuracies(tests: pd.DataFrame) -> Figure:
    """What is stored of the trainings: accuracy after the plain part, and after the robust one.

    Parameters
    ----------
    tests : DataFrame
        Rows of `results("trainings")` and `results("starts")` for one data set and test fold.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> tests = results("trainings").query("data == 'environment' and part == 'test'")
    >>> accuracies(tests).axes[0].get_ylabel()
    'accuracy on test clips'
    """
    figure, ax = plt.subplots(figsize=(7.5, 3.2))
    for asked, dash in (("whole", "-"), ("cells dropped", "--")):
        rows = tests[(tests["input"] == asked) & (tests["measure"] == "accuracy")]
        table = rows.pivot(index="seed", columns="model", values="value")
        for _, (plain, robust) in table[["plain", "robust"]].iterrows():
            ax.plot([0, 1], [plain, robust], dash, color="black", linewidth=0.8)
            ax.plot(0, plain, "o", color=COLOURS["plain"], alpha=0.7, markersize=7)
            ax.plot(1, robust, "o", color=COLOURS["robust"], alpha=0.7, markersize=7)
        ax.text(1.05, table["robust"].median(), INPUTS[asked], va="center")
    ax.axhline(0.1, color="black", linestyle=":", linewidth=0.8)
    ax.text(1.05, 0.11, "guessing", va="bottom")
    stages = ["plain: 60 epochs\non whole clips", "robust: 60 more,\nhalf of the clips with holes"]
    ax.set_xticks([0, 1], stages)
    ax.set(ylabel="accuracy on test clips", ylim=(0, 1), xlim=(-0.15, 1.45))
    return figure


def fields_of_blocks(network: nn.Module, blocks: int = 6) -> list[int]:
    """How many bins along an axis one place behind each block can see, from kernels and pooling.

    Examples
    --------
    >>> fields_of_blocks(Cnn14(10))
    [6, 16, 36, 76, 156, 284]
    """
    field, apart, found = 1, 1, []
    for number in range(1, blocks + 1):
        block: Any = network.get_submodule(f"conv_block{number}")
        for kernel in (block.conv1.kernel_size[0], block.conv2.kernel_size[0]):
            field += (kernel - 1) * apart
        field += (block.pool.kernel_size - 1) * apart
        apart *= block.pool.kernel_size
        found.append(field)
    return found


def what_blocks_see(maps: Sequence[Tensor], fields: Sequence[int], mel: LogMel) -> Figure:
    """Of each block the mean over its channels, and what one place in the middle of them can see.

    Parameters
    ----------
    maps : sequence of Tensor, each (1, channels, frequency, time)
        See `attribution.learned.inner_maps`.
    fields : sequence of int
        How many bands and frames one place sees.

    Examples
    --------
    >>> figure = what_blocks_see([torch.rand(1, 4, 32, 125)], [6], LogMel())
    >>> figure.axes[0].get_title()
    'block 1: 32 × 125 places'
    """
    bands, seconds, frames = 64, 5.0, 251
    figure, axes = plt.subplots(2, -(-len(maps) // 2), figsize=(11, 4.6), squeeze=False)
    for number, (ax, each, field) in enumerate(zip(axes.flat, maps, fields, strict=False), 1):
        rows, columns = each.shape[2:]
        extent = (0.0, seconds, 0.0, float(bands))
        look = {"origin": "lower", "aspect": "auto", "interpolation": "nearest"}
        ax.imshow(each[0].mean(dim=0), extent=extent, cmap="gray", **look)
        middle = (columns // 2 + 0.5) / columns * seconds, (rows // 2 + 0.5) / rows * bands
        low, high = max(0.0, middle[1] - field / 2), min(float(bands), middle[1] + field / 2)
        half = field / 2 / frames * seconds
        start, end = max(0.0, middle[0] - half), min(seconds, middle[0] + half)
        box = {"fill": False, "edgecolor": OUTLINE, "linewidth": 2.5, "clip_on": False}
        ax.add_patch(Rectangle((start, low), end - start, high - low, **box))
        ax.set_title(f"block {number}: {rows} × {columns} places")
        rows_at = torch.tensor([250.0, 1000.0, 4000.0])
        ticks = [int((mel.frequencies < hertz).sum()) for hertz in rows_at]
        ax.set_yticks(ticks, ["0.25", "1", "4"])
        ax.set(xlabel="time (s)", ylabel="frequency (kHz)")
        ax.label_outer()
    return figure


def where_clips_stand(
    scores: Tensor, label: str, marked: dict[str, float], values: Tensor, truth: Tensor, mel: LogMel
) -> Figure:
    """The scores of all clips as a histogram with a few of them marked, and the spectrogram of the
    last one marked.

    Examples
    --------
    >>> values = torch.randn(1, 1, 64, 251)
    >>> scores, marked = torch.tensor([0.1, 0.2, 0.3]), {"dog": 0.1, "average": 0.2}
    >>> shown = values, (values > 2).float()
    >>> figure = where_clips_stand(scores, "precision", marked, *shown, LogMel())
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['dog', 'average']
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.2))
    counts, *_ = left.hist(scores.numpy(), 16, (0, 1), color=COLOURS["random"], edgecolor="white")
    for name, score in marked.items():
        left.axvline(score, color="black", linewidth=1.5)
        left.text(score + 0.015, 1.06 * counts.max(), name)
    left.set(xlabel=label, ylabel="clips", xlim=(0, 1), ylim=(0, 1.2 * counts.max()))
    left.yaxis.get_major_locator().set_params(integer=True)
    image = figures.spectrogram(right, values, mel, list(marked)[-1], truth=truth)
    figure.colorbar(image, ax=right, label="level (dB)")
    return figure
