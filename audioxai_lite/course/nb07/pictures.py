"""The figures of notebook 07 that take more than a line: curves over time, scores and leads of two
detectors, and what a score counts.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ...datasets import Clip
from ...display.style import COLOURS
from ...evaluation import faithfulness
from ...sound.spectrogram import PowerStft

DETECTORS = ("AE", "MAE")
CONTROLS = ("random", "energy", "deviation", "the truth")  # know no network


def time_curves(maps: dict[str, dict[str, Tensor]], feature: PowerStft, clip: Clip) -> Figure:
    """Every map's mean size over the bands, a row a detector and a column a map; the annotated
    fault is grey.

    Parameters
    ----------
    maps : dict of detector to dict of method to Tensor, shape (1, 1, frequency, time)

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.datasets import machine
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> clip = machine.load("test", normal=0)[0]
    >>> len(time_curves({"AE": {"saliency": torch.ones(1, 1, 64, 201)}}, LogMel(), clip).axes)
    1
    """
    columns = len(next(iter(maps.values())))
    size = 10.5, 1.9 * len(maps) + 0.4
    fig, axes = plt.subplots(
        len(maps), columns, figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for row, (name, found) in zip(axes, maps.items(), strict=True):
        for ax, (method, attribution) in zip(row, found.items(), strict=True):
            curve = faithfulness.time_curve(attribution.abs())[0]
            seconds = np.arange(len(curve)) * feature.hop_length / feature.sample_rate
            for event in clip.events:
                ax.axvspan(event.start, event.end, color="black", alpha=0.12, linewidth=0)
            ax.plot(seconds, curve / curve.max(), color=COLOURS[name], linewidth=1.1)
            ax.set(title=f"{name}: {method}", ylim=(0, 1.05))
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    fig.supylabel("mean size over bands\n(a curve's maximum is 1)", fontsize=10)
    return fig


def both_detectors(
    table: pd.DataFrame, panels: dict[str, str], maps: Sequence[str], across: float = 10.5
) -> Figure:
    """What two detectors' maps score, a panel a score and a row a map; a small dot a training, a
    large one the mean. What knows no network is written in italics.

    Parameters
    ----------
    table : DataFrame
        With the columns "panel", "map", "model", "training_seed" and "value".
    panels : dict of panel to the label of its axis
    maps : sequence of str
        From the top down.
    across : float, default 10.5
        Inches.

    Examples
    --------
    >>> row = {"panel": "F1", "map": "saliency", "training_seed": 0, "value": 1.0}
    >>> table = pd.DataFrame([row | {"model": name} for name in ("AE", "MAE")])
    >>> both_detectors(table, {"F1": "F1"}, ["saliency"]).axes[0].get_xlabel()
    'F1'
    """
    fig, axes = _rows_of_maps(len(panels), maps, across)
    for ax, (panel, label) in zip(axes, panels.items(), strict=True):
        for name, place in zip(DETECTORS, (-0.17, 0.17), strict=True):
            mine = table[(table["panel"] == panel) & (table["model"] == name)]
            wide = mine.pivot(index="map", columns="training_seed", values="value").loc[[*maps]]
            height = np.arange(len(maps)) + place
            for values in wide.to_numpy().T:
                ax.scatter(values, height, 10, COLOURS[name], alpha=0.5, linewidth=0)
            ax.scatter(wide.mean(axis=1), height, 42, COLOURS[name], label=name)
        ax.set_xlabel(label)
    fig.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False
    )
    return fig


def leads(tables: dict[str, pd.DataFrame], label: str) -> Figure:
    """How far the MAE is ahead, a panel a table and a row a map: a dot a training, right of 0 where
    the MAE leads.

    Parameters
    ----------
    tables : dict of title to DataFrame, maps × trainings
    label : str
        Of both axes.

    Examples
    --------
    >>> len(leads({"frames": pd.DataFrame({0: [0.1]}, index=["saliency"])}, "lead").axes)
    1
    """
    maps = list(next(iter(tables.values())).index)
    fig, axes = _rows_of_maps(len(tables), maps, 3.2 * len(tables) + 2)
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        for values in table.loc[maps].to_numpy().T:
            colours = [COLOURS["MAE" if value > 0 else "AE"] for value in values]
            ax.scatter(values, range(len(maps)), 30, colours, alpha=0.8)
        ax.axvline(0, color="black", linewidth=1)
        ax.set_title(title)
    fig.supxlabel(label)
    return fig


def score_and_share(ax: Axes, table: pd.DataFrame) -> None:
    """What maps score against how much of the clip was replaced: rings by frames, dots by segments.

    Parameters
    ----------
    table : DataFrame
        The columns "map", "measure" ("frames" or "segments"), "value" and "share".

    Examples
    --------
    >>> row = {"map": "random", "measure": "segments", "value": 0.9, "share": 0.95}
    >>> ax = plt.subplots()[1]
    >>> score_and_share(ax, pd.DataFrame([row]))
    >>> [text.get_text() for text in ax.texts]
    ['random']
    """
    for measure, face in {"frames": "white", "segments": "black"}.items():
        mine = table[table["measure"] == measure]
        label = f"{measure} replaced"
        ax.scatter(mine["share"], mine["value"], 45, face, edgecolor="black", label=label)
        if measure == "segments":
            for row in mine.itertuples():
                how = {"ha": "right", "va": "center", "fontsize": 10}
                ax.text(row.share - 0.02, row.value + 0.015, row.map, **how)
    ax.set(xlim=(0, 1.02), ylim=(0, 1), xlabel="share of the clip that is replaced")
    ax.set_ylabel("faithfulness, as published")
    ax.legend(frameon=False, loc="upper left")


def faulty_and_normal(table: pd.DataFrame, maps: Sequence[str]) -> Figure:
    """What maps score on faulty clips and on normal ones, a panel a detector and a row a map.

    Parameters
    ----------
    table : DataFrame
        Its index names the maps, its columns are (model, "faulty") and (model, "normal").

    Examples
    --------
    >>> columns = pd.MultiIndex.from_product([DETECTORS, ["faulty", "normal"]])
    >>> table = pd.DataFrame([[0.2, 0.1, 0.2, 0.1]], index=["saliency"], columns=columns)
    >>> len(faulty_and_normal(table, ["saliency"]).axes)
    2
    """
    fig, axes = _rows_of_maps(len(DETECTORS), maps, 9)
    height = range(len(maps))
    for ax, name in zip(axes, DETECTORS, strict=True):
        ends = table[name].loc[[*maps]]
        ax.hlines(height, ends["normal"], ends["faulty"], color=COLOURS[name], linewidth=1.5)
        for clips, face in {"faulty": COLOURS[name], "normal": "white"}.items():
            look = {"edgecolor": COLOURS[name], "zorder": 3, "label": f"{name}, {clips} clips"}
            ax.scatter(ends[clips], height, 50, face, **look)
        ax.set(
            title=name, xlabel="faithfulness, as published", xlim=(0, table.max(axis=None) * 1.05)
        )
    fig.legend(loc="outside upper right", ncols=4, frameon=False)
    return fig


def _rows_of_maps(panels: int, maps: Sequence[str], across: float) -> tuple[Figure, np.ndarray]:
    """Panels side by side that share their rows, a map each; controls in italics."""
    size = across, 0.34 * len(maps) + 1.4
    fig, axes = plt.subplots(1, panels, figsize=size, sharey=True, squeeze=False)
    axes[0, 0].set_yticks(range(len(maps)), maps)
    axes[0, 0].set_ylim(len(maps) - 0.5, -0.5)
    for ax in axes[0]:
        for place in np.arange(1, len(maps)) - 0.5:
            ax.axhline(place, color="#EEEEEE", linewidth=0.7, zorder=0)
    for label in axes[0, 0].get_yticklabels():
        label.set_style("italic" if label.get_text() in CONTROLS else "normal")
    return fig, axes[0]
