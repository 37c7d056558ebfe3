"""Masks beside controls: the figures of notebook 06 that show dots and curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...display.style import COLOURS, MASK_MAP
from ...evaluation import ranking

BESIDE = {"random cells": ("X", COLOURS["random"]), "energy": ("s", COLOURS["energy"])}
LABELS = {"random cells": "random cells, as large", "energy": "loudest bins, as large"}


def beside_controls(ax: Axes, rows: pd.DataFrame, names: Sequence[str], colour: str) -> None:
    """Draw the drop of masks, a row each, and those of random cells and of the loudest bins of
    their areas, with a legend.

    Parameters
    ----------
    rows : DataFrame
        With "AD", "area" and, where they are known, "AD random cells" and "AD energy".
    names : sequence of str
        What the rows are called; the area is added.
    colour : str
        Of the masks.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> numbers = {"AD": 5.0, "area": 0.3, "AD random cells": 40.0, "AD energy": 10.0}
    >>> beside_controls(ax, pd.DataFrame([numbers]), ["top 30 %"], "black")
    >>> ax.get_yticklabels()[0].get_text()
    'top 30 %  (keeps 30 %)'
    """
    places = np.arange(len(rows))
    for control, (marker, of_control) in BESIDE.items():
        dots = {"marker": marker, "s": 55, "color": of_control, "edgecolors": "black"}
        ax.scatter(rows[f"AD {control}"], places, label=LABELS[control], linewidths=0.6, **dots)
    ax.hlines(places, rows["AD"], rows["AD random cells"], color=COLOURS["random"], zorder=0)
    ax.scatter(rows["AD"], places, s=65, color=colour, label="the mask", zorder=3)
    kept = [f"{100 * area:.2g} %" for area in rows["area"]]
    titles = [f"{name}  (keeps {share})" for name, share in zip(names, kept, strict=True)]
    ax.set_yticks(places, titles)
    # Of the figure: as part of the axes it would be wider than they are, and squeeze them.
    ax.figure.legend(frameon=False, loc="outside upper center", ncols=3)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set(xlabel="average drop (%); left is good", xlim=(-3, 103))


def at_equal_area(
    study: pd.DataFrame, clear: pd.Series, order: Sequence[str], grains: Sequence[str]
) -> Figure:
    """The drop of every method's mask of one area, of both networks, with its interval: filled
    where it is clearly less than that of random cells.

    Parameters
    ----------
    study : DataFrame
        Rows of `results("interpretation")` over all trainings, of one mask.
    clear : Series of bool by method, network and grain
        See `scored.clearly_less`.
    order, grains : sequence of str
        The methods and the grains shown.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("interpretation").query("seed == 'all' and data == 'environment'")
    >>> rows = rows.query("mask == 'top 30 %, exact' and method == 'LRP'")
    >>> rows = rows.assign(**{"AD random cells": 40.0})
    >>> clear = rows.set_index(["method", "model", "grain"])["AD"] < 10
    >>> len(at_equal_area(rows, clear, ["LRP"], ["bins", "cells"]).axes)
    2
    """
    fig, axes = plt.subplots(1, 2, figsize=(11, 1.2 + 0.33 * len(order)), sharey=True)
    for ax, (network, mine) in zip(axes, study.groupby("model"), strict=True):
        for shift, grain in zip((-0.16, 0.16), grains, strict=True):
            rows = mine[mine["grain"] == grain].set_index("method").loc[order]
            for place, (method, row) in enumerate(rows.iterrows()):
                filled = clear[(method, network, grain)]
                look = {"color": COLOURS[grain], "markersize": 7, "capsize": 2}
                look["mfc"] = COLOURS[grain] if filled else "white"
                ends = [[row["AD"] - row["AD low"]], [row["AD high"] - row["AD"]]]
                ax.errorbar(row["AD"], place + shift, xerr=ends, fmt="o", **look)
        ax.axvline(mine["AD random cells"].mean(), color="black", linestyle=":")
        ax.set(title=f"{network} networks", xlim=(-2, 102), xlabel="average drop (%); left is good")
    axes[0].set_yticks(range(len(order)), order)
    axes[0].set_ylim(len(order) - 0.5, -0.5)
    dots = [plt.Line2D([], [], marker="o", color=COLOURS[grain], label=grain) for grain in grains]
    empty = {"marker": "o", "color": "black", "mfc": "white", "linestyle": ""}
    dots.append(plt.Line2D([], [], label="not clearly less than random cells", **empty))
    dots.append(plt.Line2D([], [], color="black", linestyle=":", label="random cells, as large"))
    fig.legend(handles=dots, frameon=False, loc="outside upper center", ncols=4)
    return fig


def by_training(study: pd.DataFrame, methods: Sequence[str]) -> Figure:
    """The drop of one mask in every training, a panel a method, bin by bin and pooled to cells.

    Parameters
    ----------
    study : DataFrame
        Rows of `results("interpretation")`, one a training, of one mask and one network.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("interpretation").query("seed != 'all' and data == 'environment'")
    >>> rows = rows.query("mask == 'top 30 %, exact' and model == 'robust'")
    >>> rows = rows.assign(**{"AD random cells": 40.0})
    >>> len(by_training(rows, ["LRP", "energy"]).axes)
    2
    """
    chance = study.groupby("seed")["AD random cells"].mean()
    fig, axes = plt.subplots(1, len(methods), figsize=(11.5, 2.9), sharey=True, squeeze=False)
    for ax, method in zip(axes[0], methods, strict=True):
        for grain, marker in {"bins": "o-", "cells": "s-"}.items():
            mine = study[(study["method"] == method) & (study["grain"] == grain)]
            drops = mine.set_index("seed")["AD"].loc[chance.index]
            ax.plot(chance.index, drops, marker, color=COLOURS[grain], label=grain)
        ax.plot(chance.index, chance, "k:", label="random cells")
        ax.set(title=method, xlabel="training", ylim=(-2, 60))
    axes[0, 0].set_ylabel("average drop (%)")
    lines, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(lines, labels, loc="outside upper center", ncols=3, frameon=False)
    return fig


def needed_and_enough(study: pd.DataFrame) -> Figure:
    """FF against Fid-In, a dot a map and mask, coloured by area; random maps in rings.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("interpretation").query("seed == 'all' and data == 'environment'")
    >>> len(needed_and_enough(rows.query("grain == 'bins' and mask == 'sign'")).axes)
    3
    """
    fig, axes = plt.subplots(1, 2, figsize=(11.5, 4.3), sharey=True)
    for ax, (name, mine) in zip(axes, study.groupby("model"), strict=True):
        looks = {"c": mine["area"], "cmap": MASK_MAP, "vmin": 0, "vmax": 1, "s": 26}
        dots = ax.scatter(mine["Fid-In"], mine["FF"], **looks)
        blind = mine[mine["method"] == "random"]
        rings = {"facecolors": "none", "edgecolors": "black", "s": 90, "label": "a random map"}
        ax.scatter(blind["Fid-In"], blind["FF"], **rings)
        ax.set(title=f"{name} networks", xlabel="Fid-In: is the kept part enough?", xlim=(0, 1.05))
    axes[0].set_ylabel("FF: is the kept part needed?")
    axes[0].legend(frameon=False, loc="lower right")
    fig.colorbar(dots, ax=axes, label="area of the mask")
    return fig


def front(study: pd.DataFrame) -> tuple[Figure, dict[str, pd.DataFrame]]:
    """Fid-In against area, those masks that no other beats, and random cells of these areas.

    Returns
    -------
    figure
    fronts : dict of network to the rows that no other beats, by area

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("interpretation").query("seed == 'all' and data == 'environment'")
    >>> rows = rows.query("grain == 'bins' and method == 'LRP' and mask != 'the map'")
    >>> figure, fronts = front(rows.assign(**{"Fid-In random cells": 0.1}))
    >>> list(fronts)
    ['plain', 'robust']
    """
    fig, axes = plt.subplots(1, 2, figsize=(11, 4), sharey=True)
    fronts = {}
    for ax, (name, mine) in zip(axes, study.reset_index(drop=True).groupby("model"), strict=True):
        fronts[name] = best = mine[ranking.pareto(mine)].sort_values("area")
        ax.scatter(mine["area"], mine["Fid-In"], s=14, color=COLOURS["bins"], label="a map's mask")
        chance = mine.dropna(subset="Fid-In random cells")
        grey = {"s": 22, "marker": "x", "color": COLOURS["random"], "label": "random cells"}
        ax.scatter(chance["area"], chance["Fid-In random cells"], **grey)
        ax.plot(best["area"], best["Fid-In"], "o-", color="black", label="no other beats it")
        ax.set(title=f"{name} networks", xlabel="area of the mask", xscale="log", xlim=(2e-4, 1.2))
    axes[0].set_ylabel("Fid-In: share of answers kept")
    axes[0].legend(frameon=False, loc="upper left")
    return fig, fronts


def answer_and_place(study: pd.DataFrame, found: pd.DataFrame) -> Figure:
    """The drop of a mask against how well the map finds the truth, a dot a method, for both grains.

    Parameters
    ----------
    study : DataFrame
        Of one network and one mask, with "method", "grain" and "AD".
    found : DataFrame by method
        With "average precision".

    Examples
    --------
    >>> rows = pd.DataFrame({"method": ["LRP"], "AD": [9.0], "grain": ["bins"]})
    >>> found = pd.DataFrame({"average precision": [0.5]}, index=["LRP"])
    >>> len(answer_and_place(rows, found).axes)
    2
    """
    fig, axes = plt.subplots(1, 2, figsize=(11, 4), sharey=True)
    for ax, grain in zip(axes, ("bins", "cells"), strict=True):
        for method, drop in study[study["grain"] == grain].set_index("method")["AD"].items():
            broken = "published" in str(method)
            place = found.loc[method, "average precision"]
            filled = "white" if broken else COLOURS[grain]
            ax.plot(place, drop, "o", color=COLOURS[grain], mfc=filled, markersize=8)
        ax.set(title=f"top 30 %, {grain}", xlabel="average precision: does it find the sound?")
    axes[0].set_ylabel("average drop (%); down is good")
    return fig


def curves(found: Mapping[tuple[str, str], tuple], against: str = "random") -> Figure:
    """Deletion and insertion, a row a network and a panel a method, before those of a blind map.

    Parameters
    ----------
    found : dict of (network, method) to two curves
        What `fidelity.deletion_and_insertion` gives.
    against : str, default "random"
        The method that all others are drawn before.

    Examples
    --------
    >>> import torch
    >>> two = torch.rand(3, 21), torch.rand(3, 21)
    >>> len(curves({("robust", "LRP"): two, ("robust", "random"): two}).axes)
    1
    """
    networks = list(dict.fromkeys(network for network, _ in found))
    methods = [name for name in dict.fromkeys(name for _, name in found) if name != against]
    size: dict[str, Any] = {
        "figsize": (9, 0.6 + 1.9 * len(networks)),
        "sharex": True,
        "sharey": True,
    }
    fig, axes = plt.subplots(len(networks), len(methods), squeeze=False, **size)
    for row, network in zip(axes, networks, strict=True):
        for ax, method in zip(row, methods, strict=True):
            for name in (against, method):
                for line, curve in zip(("-", "--"), found[network, name][::-1], strict=True):
                    shares = np.linspace(0, 1, curve.shape[1])
                    look = {"color": COLOURS[name], "linestyle": line, "linewidth": 2}
                    ax.plot(shares, curve.mean(dim=0), **look)
            ax.set_title(f"{method}, {network}")
        row[0].set_ylabel("probability")
    for ax in axes[-1]:
        ax.set_xlabel("share of bins moved")
    looks = {"insertion": "-", "deletion": "--"}
    keys = [plt.Line2D([], [], color="black", ls=look, label=what) for what, look in looks.items()]
    keys.append(plt.Line2D([], [], color=COLOURS[against], lw=2, label=f"a {against} map"))
    fig.legend(handles=keys, loc="outside upper center", ncols=3, frameon=False)
    return fig
