"""Figures of notebook 02 that take more lines than a lesson has room for."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from ...display import figures, style
from ...sound.spectrogram import LogMel

GREY = "#DDDDDD"


def network_diagram(shapes: Sequence[Sequence[int]]) -> Figure:
    """An autoencoder as a row of grids that shrink and grow again, with what each holds.

    Parameters
    ----------
    shapes : sequence of (channels, rows, frames)
        The input, and what comes out of each step down. The way up mirrors them.

    Notebook: 02.2.

    Examples
    --------
    >>> figure = network_diagram([(1, 64, 201), (8, 32, 101)])
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['64 × 201\\nbins', '32 × 101\\n8 numbers each']
    """
    figure, ax = plt.subplots(figsize=(11, 2.9))
    rows, frames = shapes[0][1:]
    slot, earlier = 1.7, 0.0
    for step, (channels, high, wide) in enumerate([*shapes, *shapes[-2::-1]]):
        width, height = 1.3 * wide / frames, 2 * high / rows
        narrow = step == len(shapes) - 1
        colour = style.COLOURS["AE"] if narrow else GREY
        middle = step * slot
        ax.add_patch(Rectangle((middle - width / 2, -height / 2), width, height, color=colour))
        held = "bins" if channels == 1 else f"{channels} numbers each"
        ax.text(middle, -1.1, f"{high} × {wide}\n{held}", ha="center", va="top", fontsize=10)
        if narrow:
            ax.text(middle, 0.4, "tokens look\nat one another", ha="center", fontsize=10)
        if step:
            start, end = (middle - slot + earlier / 2 + 0.1, 0), (middle - width / 2 - 0.1, 0)
            ax.annotate("", end, start, arrowprops={"arrowstyle": "->"})
        earlier = width
    ax.set(xlim=(-0.7, middle + 0.7), ylim=(-1.8, 1.15))
    ax.axis("off")
    return figure


def filled_less_clip(
    values: Tensor, visible: Tensor, guesses: dict[str, Tensor], feature: LogMel
) -> Figure:
    """The holes, and for each network by how many decibels its filling is off.

    Parameters
    ----------
    values : Tensor, shape (1, 1, frequency, time)
        Of the clip, in decibels.
    visible : Tensor, of the same shape
        1 visible, 0 hidden.
    guesses : dict of name to Tensor, of the same shape
        What each network puts into the holes.
    feature : LogMel
        Gives the axes.

    Notebook: 02.5.

    Examples
    --------
    >>> values = torch.zeros(1, 1, 64, 50)
    >>> figure = filled_less_clip(values, 0 * values, {"AE": values + 3}, LogMel())
    >>> [ax.get_title() for ax in figure.axes[:2]]
    ['the clip with holes', 'filling of the AE, less the clip']
    """
    figure, axes = plt.subplots(1, 1 + len(guesses), figsize=(13, 3.1), sharey=True)
    holes = values.where(visible > 0, torch.nan)
    shown = float(values.max()) - 55, float(values.max())
    first = figures.spectrogram(axes[0], holes, feature, "the clip with holes", shown)
    figure.colorbar(first, ax=axes[0], label="level (dB)", pad=0.02)
    for ax, (name, guess) in zip(axes[1:], guesses.items(), strict=True):
        off = (guess - values).where(visible == 0, 0)
        title = f"filling of the {name}, less the clip"
        image = figures.spectrogram(ax, off, feature, title, (-12, 12), colours=style.SIGNED_MAP)
        image.set_interpolation("nearest")
        ax.label_outer()
    figure.colorbar(image, ax=axes[1:], label="too soft · too loud (dB)", pad=0.01)
    return figure


def dots_of_runs(ax: Axes, runs: dict[str, pd.Series], colours: dict[str, str]) -> None:
    """A dot for every run, rows below one another, and a stroke at the mean of each row.

    Parameters
    ----------
    runs : dict of row to Series of numbers
    colours : dict of row to colour

    Notebook: 02.11, 02.12.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> dots_of_runs(ax, {"AE": pd.Series([0.8, 0.9])}, {"AE": "black"})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['AE']
    """
    for height, (name, values) in enumerate(runs.items()):
        ax.plot(values, np.full(len(values), height), "o", color=colours[name], alpha=0.5, ms=5)
        ax.plot(values.mean(), height, "|", color=colours[name], ms=18, mew=2.5)
    ax.set_yticks(range(len(runs)), list(runs))
    ax.set_ylim(len(runs) - 0.5, -0.5)
    ax.set_xlabel("area under the ROC curve")
    ax.grid(axis="x", alpha=0.3)


def lines_of_levers(study: pd.DataFrame) -> Figure:
    """The area over the patch size and over the share hidden, by way of scoring, from the study
    `masking`.

    Parameters
    ----------
    study : DataFrame
        With `patch_size`, `ratio`, `score`, `auc`, and a row for each training.

    Notebook: 02.10.

    Examples
    --------
    >>> row = {"patch_size": 4, "ratio": 0.3, "score": "mean", "auc": 0.9}
    >>> figure = lines_of_levers(pd.DataFrame([row, row]))
    >>> [line.get_label() for line in figure.axes[0].containers]
    ['mean']
    """
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True)
    ways = {"mean": "o-", "mean, masked": "s--", "95th percentile, masked": "^:"}
    levers = {"patch_size": study[study["ratio"] == 0.3], "ratio": study[study["patch_size"] == 4]}
    for ax, (lever, rows) in zip(axes, levers.items(), strict=True):
        for way, line in ways.items():
            chosen = rows[rows["score"] == way]
            if chosen.empty:
                continue
            spread = chosen.groupby(lever)["auc"].agg(["mean", "min", "max"])
            reach = [spread["mean"] - spread["min"], spread["max"] - spread["mean"]]
            style_of_line = {"color": style.COLOURS["MAE"], "capsize": 3, "label": way}
            ax.errorbar(spread.index, spread["mean"], reach, fmt=line, **style_of_line)
    axes[0].set_xscale("log", base=2)
    axes[0].set_xticks([2, 4, 8, 16, 32], [2, 4, 8, 16, 32])
    axes[0].set(xlabel="patch size (bands and frames)", ylabel="area under the ROC curve")
    axes[1].set(xlabel="share of the bins hidden")
    axes[1].legend(frameon=False, loc="lower left")
    return figure
