"""Tables of notebook 06 as colours: masks of a toy, seven scores, all maps, rank correlations."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ...display.style import LEVEL_MAP, MASK_MAP, SIGNED_MAP
from ...evaluation.ranking import DIRECTIONS


def toy_masks(clip: Tensor, masks: Mapping[str, Tensor]) -> Figure:
    """A small clip in decibels, and masks of it; (1, 1, bands, frames) each.

    Examples
    --------
    >>> import torch
    >>> len(toy_masks(torch.full((1, 1, 4, 8), -60.0), {"nothing": torch.zeros(1, 1, 4, 8)}).axes)
    2
    """
    rows = 2 if len(masks) > 3 else 1
    size: dict[str, Any] = {"figsize": (9, 1.5 * rows), "sharex": True, "sharey": True}
    fig, axes = plt.subplots(rows, (len(masks) + rows) // rows, squeeze=False, **size)
    shown = {"the clip": clip} | dict(masks)
    for ax, (name, picture) in zip(axes.flat, shown.items(), strict=False):
        ends = (LEVEL_MAP, -100, 0) if name == "the clip" else (MASK_MAP, 0, 1)
        colours, low, high = ends
        ax.imshow(picture[0, 0], origin="lower", cmap=colours, vmin=low, vmax=high, aspect="auto")
        ax.set_title(name)
    for ax in axes[-1]:
        ax.set_xlabel("frame")
    for ax in axes[:, 0]:
        ax.set(ylabel="band", yticks=[0, 3])
    return fig


def score_tables(tables: Mapping[str, pd.DataFrame], bins: int) -> Figure:
    """The seven scores of masks as colours, side by side: every score between the worst and the
    best that it can be, bright is good.

    Parameters
    ----------
    tables : dict of title to DataFrame
        A row a mask; its columns hold the seven metrics.
    bins : int
        Of a clip: the largest COMP is their logarithm.

    Examples
    --------
    >>> row = {"FF": 0.4, "AI": 0, "AD": 12, "AG": 0, "Fid-In": 1, "SPS": 0, "COMP": 0}
    >>> figure = score_tables({"a toy": pd.DataFrame([row], index=["everything"])}, bins=32)
    >>> [text.get_text() for text in figure.axes[0].texts][:3]
    ['0.40', '0', '12']
    """
    height = 1.1 + 0.33 * len(next(iter(tables.values())))
    width = 7 if len(tables) == 1 else 12.5
    fig, axes = plt.subplots(1, len(tables), figsize=(width, height), sharey=True, squeeze=False)
    for ax, (title, table) in zip(axes[0], tables.items(), strict=True):
        shown = table[[*DIRECTIONS]]
        good = pd.DataFrame(index=shown.index)
        for name, (higher_is_better, low, high) in DIRECTIONS.items():
            low, high = (
                (0.0, 1.0) if name == "FF" else (low, np.log(bins) if high is None else high)
            )
            share = ((shown[name] - low) / (high - low)).clip(0, 1)
            good[name] = share if higher_is_better else 1 - share
        arrows = [f"{name}\n{'↑' if up else '↓'}" for name, (up, *_) in DIRECTIONS.items()]
        decimals = [0 if name in ("AI", "AD", "AG") else 2 for name in DIRECTIONS]
        image = _coloured(ax, good.set_axis(arrows, axis=1), MASK_MAP, (0, 1), shown, decimals)
        ax.set_title(title)
    bar = fig.colorbar(image, ax=axes, ticks=[0, 1])
    bar.ax.set_yticklabels(["worst", "best"])
    return fig


def drops_of_all_maps(study: pd.DataFrame, masks: list[str]) -> Figure:
    """AD of every map under every rule, of both networks, bright is good.

    Parameters
    ----------
    study : DataFrame
        Rows of `results("interpretation")` over all trainings, bin by bin.
    masks : list of str
        The rules, in order.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("interpretation").query("seed == 'all' and data == 'environment'")
    >>> rows = rows.query("method == 'LRP' and grain == 'bins'")
    >>> len(drops_of_all_maps(rows, ["sign", "top 5 %"]).axes)
    3
    """
    fig, axes = plt.subplots(1, 2, figsize=(10.5, 4.6), sharey=True)
    for ax, (name, rows) in zip(axes, study.groupby("model"), strict=True):
        table = rows.pivot(index="method", columns="mask", values="AD")
        table = table.loc[rows["method"].unique(), masks]
        image = _coloured(ax, table, f"{MASK_MAP}_r", (0, 100))
        ax.set_title(f"{name} networks")
    fig.colorbar(image, ax=axes, label="average drop (%); bright is good")
    return fig


def agreement(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Rank correlations between scores, each pair once, on a scale with white in the middle.

    Parameters
    ----------
    tables : dict of title to DataFrame
        Square, from -1 to 1.

    Examples
    --------
    >>> names = ["FF", "AD"]
    >>> table = pd.DataFrame([[1.0, -0.5], [-0.5, 1.0]], names, names)
    >>> [text.get_text() for text in agreement({"a network": table}).axes[0].texts][:2]
    ['1.0', '−0.5']
    """
    fig, axes = plt.subplots(1, len(tables), figsize=(11, 4), sharey=True, squeeze=False)
    for ax, (title, table) in zip(axes[0], tables.items(), strict=True):
        once = table.where(np.tri(len(table), dtype=bool))
        image = _coloured(ax, once, SIGNED_MAP, (-1, 1), once, [1] * table.shape[1])
        ax.set_title(title)
    fig.colorbar(image, ax=axes, label="rank correlation")
    return fig


def _coloured(
    ax: Axes,
    table: pd.DataFrame,
    colours: str,
    limits: tuple[float, float],
    written: pd.DataFrame | None = None,
    decimals: list[int] | None = None,
):
    """A table as colours, with the numbers of another one, where it has any, in its cells. Returns
    the image.
    """
    image = ax.imshow(table, vmin=limits[0], vmax=limits[1], cmap=colours, aspect="auto")
    if written is not None:
        for row, values in enumerate(written.to_numpy(dtype=float)):
            for column, (value, places) in enumerate(zip(values, decimals or [], strict=True)):
                if np.isnan(value):
                    continue
                red, green, blue, _ = image.cmap(image.norm(table.iloc[row, column]))
                dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
                text = f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")  # no -0
                colour = "white" if dark else "black"
                ax.text(column, row, text, ha="center", va="center", color=colour)
    turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor", "fontsize": 10}
    short = all(len(name) < 9 for name in table.columns)
    ax.set_xticks(range(table.shape[1]), table.columns, **({} if short else turned))
    ax.set_yticks(range(len(table)), table.index)
    ax.spines[:].set_visible(False)
    return image
