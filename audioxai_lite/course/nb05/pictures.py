"""Figures of notebook 05: what fourteen rules keep, what a soft mask does to a level, masks that
keep everything, masks against chance, and what a network makes of the blind test.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from torch import Tensor

from ...display.style import COLOURS
from ...masks import apply_mask

MARKERS = {"plain": "s", "robust": "o"}  # networks, where colours are methods
GREY = "#999999"


def areas_and_levels(table: pd.DataFrame) -> Figure:
    """What each rule keeps, and how much fainter that is than the clip, a row a rule.

    Parameters
    ----------
    table : DataFrame
        Index: rule; columns: area (share), level (dB, of what is kept less that of the clip).

    Examples
    --------
    >>> table = pd.DataFrame({"area": [0.5], "level": [-3.0]}, index=["sign"])
    >>> [ax.get_xlabel() for ax in areas_and_levels(table).axes]
    ['area (% of the bins)', 'level less that of the clip (dB)']
    """
    figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.6), sharey=True)
    for ax, values, form in ((axes[0], 100 * table["area"], "%.2g"), (axes[1], table["level"], "")):
        bars = ax.barh(table.index, values, color=GREY, edgecolor="#333333", linewidth=0.4)
        ax.bar_label(bars, fmt=form or "%.0f", padding=3, fontsize=10)
        ax.margins(x=0.12)
    axes[0].invert_yaxis()
    axes[0].set_xlabel("area (% of the bins)")
    axes[1].set_xlabel("level less that of the clip (dB)")
    return figure


def kept_and_removed(table: pd.DataFrame, answer: str) -> Figure:
    """How sure two networks are of a class in the part kept (filled) and in the part removed
    (open), a row a mask, a panel a network.

    Parameters
    ----------
    table : DataFrame
        Columns: model, mask, clip, kept, removed (probabilities).
    answer : str
        The class.

    Examples
    --------
    >>> row = {"model": "plain", "mask": "sign", "clip": 0.9, "kept": 0.2, "removed": 0.1}
    >>> kept_and_removed(pd.DataFrame([row]), "dog").axes[0].get_title()
    'plain network'
    """
    models = list(table["model"].unique())
    figure, axes = plt.subplots(
        1, len(models), figsize=(10.5, 3.4), sharex=True, sharey=True, squeeze=False
    )
    for ax, model in zip(axes[0], models, strict=True):
        rows = table[table["model"] == model]
        colour = COLOURS[model]
        heights = np.arange(len(rows))
        ax.axvline(rows["clip"].iloc[0], color="black", linestyle=":", label="the whole clip")
        ax.hlines(heights, rows["kept"], rows["removed"], color="#CCCCCC", zorder=0)
        open_dots = {"facecolors": "white", "edgecolors": colour, "linewidths": 2}
        ax.scatter(rows["removed"], heights, s=90, label="what is removed", **open_dots)
        ax.scatter(rows["kept"], heights, s=60, color=colour, label="what is kept")
        ax.set_yticks(heights, rows["mask"])
        ax.set(title=f"{model} network", xlabel=f"p({answer})", xlim=(-0.05, 1.05))
    axes[0, 0].invert_yaxis()
    axes[0, 0].set_ylim(len(rows) - 0.5, -0.5)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncol=3, frameon=False)
    return figure


def soft_levels(values: Tensor, masks: tuple[float, ...] = (1.0, 0.9, 0.75, 0.5, 0.25)) -> Figure:
    """Where a mask value leaves a bin of each level, over the histogram of a clip's levels.

    Examples
    --------
    >>> import torch
    >>> figure = soft_levels(torch.linspace(-20, 30, 50).reshape(1, 1, 5, 10))
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['mask 1', 'mask 0.9']
    """
    figure, ax = plt.subplots(figsize=(8, 4.2))
    low, high = float(values.min()), float(values.max())
    levels = values.new_tensor(np.linspace(low, high, 50))
    counts, edges = np.histogram(values, bins=60)
    tall = 30 * counts / counts.max()  # as many decibels of the axis
    ax.bar(edges[:-1], tall, np.diff(edges), bottom=-100, align="edge", color="#CCCCCC")
    shades = plt.get_cmap("viridis")(np.linspace(0, 0.85, len(masks)))
    for mask, colour in zip(masks, shades, strict=True):
        after = apply_mask(levels, levels.new_full(levels.shape, mask))[0]
        ax.plot(levels, after, color=colour, linewidth=2)
        beside = {"va": "center", "color": colour, "fontweight": "bold"}
        ax.text(high + 1, float(after[-1]), f"mask {mask:g}", **beside)
    ax.text(18, -87, "how many bins our clip has", fontsize=10, color="#444444")
    ax.set(xlabel="level before (dB)", ylabel="level after (dB)", xlim=(low, high + 12))
    ax.set_ylim(-100, high + 5)
    return figure


def halves(table: pd.DataFrame) -> Figure:
    """How much "keep half" keeps of a map and of its positive part, a row a training.

    Parameters
    ----------
    table : DataFrame
        Index: training; columns: above 0, map, positive part (shares of the bins).

    Examples
    --------
    >>> table = pd.DataFrame({"above 0": [0.4], "map": [0.5], "positive part": [1.0]}, index=[0])
    >>> halves(table).axes[0].get_xlabel()
    'share of the bins (%)'
    """
    figure, ax = plt.subplots(figsize=(8, 2.7))
    styles = {
        "above 0": ("|", "black", 220, "above zero"),
        "map": ("o", COLOURS["spectrogram"], 110, "kept of the map"),
        "positive part": ("D", COLOURS["anomalous"], 80, "kept of its positive part"),
    }
    heights = np.arange(len(table))
    ax.axvline(50, color=GREY, linestyle=":")
    for place, (column, (marker, colour, size, label)) in enumerate(styles.items()):
        shifted = heights + 0.22 * (place - 1)
        ax.scatter(100 * table[column], shifted, s=size, marker=marker, color=colour, label=label)
    ax.set_yticks(heights, [f"training {name}" for name in table.index])
    ax.set(xlabel="share of the bins (%)", xlim=(40, 103), ylim=(len(table) - 0.5, -0.5))
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def kept_all(table: pd.DataFrame) -> Figure:
    """On how many clips "keep half" keeps all of the positive part, over how much of a map is above
    zero: a colour a method, a marker a network.

    Parameters
    ----------
    table : DataFrame
        Index: (model, method); columns: bins above 0, clips where all is kept (shares).

    Examples
    --------
    >>> where = pd.MultiIndex.from_tuples([("plain", "LRP")])
    >>> columns = ["bins above 0", "clips where all is kept"]
    >>> kept_all(pd.DataFrame([[0.8, 0.05]], where, columns)).axes[0].get_xlabel()
    'bins of the map above zero (%)'
    """
    figure, ax = plt.subplots(figsize=(8, 3.8))
    ax.axvline(50, color=GREY, linestyle=":")
    for (model, method), row in table.iterrows():
        colour = COLOURS.get(method.partition(",")[0], GREY)
        x, y = 100 * row["bins above 0"], 100 * row["clips where all is kept"]
        look = {"color": colour, "marker": MARKERS[model], "s": 110, "edgecolor": "black"}
        ax.scatter(x, y, **look)
        if model == "plain":
            ax.annotate(method, (x, y), xytext=(9, 6), textcoords="offset points")
    for model, marker in MARKERS.items():
        look = {"color": "white", "edgecolor": "black", "marker": marker, "s": 80}
        ax.scatter([], [], label=f"{model} network", **look)
    ax.set(xlim=(40, 108), ylim=(-5, 75))
    ax.set(xlabel="bins of the map above zero (%)", ylabel="clips where all is kept (%)")
    ax.legend(frameon=False, loc="upper right")
    return figure


def kept_all_published(table: pd.DataFrame) -> Figure:
    """On how many clips a published mask kept everything, told twice, a row a method.

    Parameters
    ----------
    table : DataFrame
        Index: what the row is called; columns: by SPS, by COMP (shares), best (whether the paper
        names this mask the best of fourteen).

    Examples
    --------
    >>> table = pd.DataFrame({"by SPS": [0.6], "by COMP": [0.6], "best": [True]}, index=["LIME"])
    >>> [label.get_text() for label in kept_all_published(table).axes[0].get_yticklabels()]
    ['LIME ★']
    """
    figure, ax = plt.subplots(figsize=(8, 3.8))
    heights = np.arange(len(table))
    ax.barh(heights, 100 * table["by SPS"], color=COLOURS["pseudo-inverse"], label="SPS")
    look = {"marker": "D", "color": "black", "s": 45, "zorder": 3}
    ax.scatter(100 * table["by COMP"], heights, label="COMP", **look)
    stars = [" ★" if best else "" for best in table["best"]]
    ax.set_yticks(heights, [f"{name}{star}" for name, star in zip(table.index, stars, strict=True)])
    ax.set(xlabel="clips where the mask keeps everything (%)", xlim=(-2, 100))
    ax.invert_yaxis()
    ax.legend(frameon=False, loc="lower right", title="computed from")
    return figure


def against_chance(table: pd.DataFrame, answer: str) -> Figure:
    """How sure a network is of a class in masks of three areas: the map's bins, the loudest, and
    chance masks, a dot a draw.

    Parameters
    ----------
    table : DataFrame
        Columns: area (share), mask ("map", "loudest" or "chance"), p.
    answer : str
        The class.

    Examples
    --------
    >>> table = pd.DataFrame({"area": [0.05, 0.05], "mask": ["map", "chance"], "p": [1.0, 0.2]})
    >>> against_chance(table, "dog").axes[0].get_ylabel()
    'p(dog) of what is kept'
    """
    figure, ax = plt.subplots(figsize=(8, 3.6))
    areas = list(table["area"].unique())
    looks = {
        "chance": (GREY, "o", 28, "chance masks, 20 draws"),
        "loudest": ("white", "s", 100, "the loudest bins"),
        "map": (COLOURS["saliency"], "D", 70, "the bins of the map"),
    }
    for place, (mask, (colour, marker, size, label)) in enumerate(looks.items()):
        rows = table[table["mask"] == mask]
        where = np.array([areas.index(area) for area in rows["area"]]) + 0.2 * (place - 1)
        look = {"color": colour, "marker": marker, "s": size, "label": label}
        ax.scatter(where, rows["p"], **look, edgecolor="black", linewidth=0.7, alpha=0.8)
    ax.set_xticks(range(len(areas)), [f"{area:.0%}" for area in areas])
    ax.set(xlabel="area of the mask", ylabel=f"p({answer}) of what is kept", ylim=(-0.04, 1.06))
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def network_on_pairs(answers: pd.DataFrame) -> Figure:
    """How sure a network is of the clip's class in both parts of each pair, sorted so that the
    figure does not tell which pair is which.

    Parameters
    ----------
    answers : DataFrame
        See `listening.network_answers`.

    Examples
    --------
    >>> answers = pd.DataFrame({"label": ["dog"], "explanation": [0.9], "chance": [0.1]})
    >>> network_on_pairs(answers).axes[0].get_xlabel()
    'probability of the class of the clip'
    """
    rows = answers.sort_values(["explanation", "chance"], ignore_index=True)
    heights = np.arange(len(rows))
    figure, ax = plt.subplots(figsize=(8, 3.6))
    ax.hlines(heights, rows["chance"], rows["explanation"], color="#CCCCCC", zorder=0)
    colour = COLOURS["saliency"]
    ax.scatter(rows["explanation"], heights, s=70, color=colour, label="kept by the explanation")
    look = {"facecolors": "white", "edgecolors": "#555555", "linewidths": 2}
    ax.scatter(rows["chance"], heights, s=60, label="kept by chance", **look)
    ax.set_yticks([])
    ax.set(xlabel="probability of the class of the clip", xlim=(-0.03, 1.03))
    ax.set_ylabel("ten pairs, sorted")
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure
