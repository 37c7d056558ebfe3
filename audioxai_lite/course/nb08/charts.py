"""Charts of notebook 08: candidates and what they are asked for, how their scores spread, where
repairs end, kinds of fault, the dial, variants in three trainings.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from torch import Tensor

from ...counterfactuals import ALPHAS
from ...datasets.machine import KINDS
from ...display import charts
from ...display.style import COLOURS

MET, MISSED, NOT_ASKED = "#FDE8B5", "#4B5C8A", "#EEEEEE"


def spread(scores: Mapping[str, Tensor], lowest: float, line: float) -> Figure:
    """Histograms of log scores below one another, with the 5 and the 95 % line of normal clips.

    Parameters
    ----------
    scores : dict of "normal", "clean twin" or "anomalous" to Tensor

    Examples
    --------
    >>> import torch
    >>> figure = spread({"normal": torch.zeros(3), "anomalous": torch.ones(3)}, -0.5, 0.5)
    >>> [ax.get_title() for ax in figure.axes]
    ['normal clips', 'faulty clips']
    """
    titles = {"clean twin": "healthy twins of the faulty clips", "anomalous": "faulty clips"}
    fig, axes = plt.subplots(
        len(scores), 1, figsize=(9, 0.6 + 1.2 * len(scores)), sharex=True, sharey=True
    )
    for ax, (name, values) in zip(axes, scores.items(), strict=True):
        ax.hist(values.numpy(), np.linspace(-1.2, 1.2, 60), color=COLOURS[name])
        for value in (lowest, line):
            ax.axvline(value, color="black", linestyle="--", linewidth=1)
        ax.set(ylabel="clips", title=titles.get(name, f"{name} clips"))
    high = 0.8 * axes[0].get_ylim()[1]
    axes[0].text(lowest, high, "5 % line ", ha="right")
    axes[0].text(line, high, " 95 % line")
    axes[-1].set_xlabel("log score")
    return fig


def card(table: pd.DataFrame, asked: Mapping[str, tuple[float, float]]) -> Figure:
    """A table with its numbers, each cell in the colour of what became of what was asked: met,
    missed, or nothing asked.

    Parameters
    ----------
    table : DataFrame
        A row a candidate, a column a measure. What is NaN gets a dash.
    asked : dict of measure to (lowest, highest)

    Examples
    --------
    >>> table = pd.DataFrame({"valid": [0.4, 1.0], "grain": [1.1, np.nan]}, index=["copy", "blur"])
    >>> figure = card(table, {"valid": (0.85, 1)})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.40', '1.10', '1.00', '–']
    """
    size = min(11, 3 + table.shape[1]), 1.0 + 0.4 * len(table)
    fig, ax = plt.subplots(figsize=size)
    for row, (_, values) in enumerate(table.iterrows()):
        for column, (measure, value) in enumerate(values.items()):
            colour = NOT_ASKED
            if measure in asked and np.isfinite(value):
                low, high = asked[measure]
                colour = MET if low <= value <= high else MISSED
            ax.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=colour))
            text = f"{value:.{1 if value >= 10 else 2}f}" if np.isfinite(value) else "–"
            own = "white" if colour == MISSED else "black"
            ax.text(column, row, text, ha="center", va="center", color=own)
    ax.set(xlim=(-0.5, table.shape[1] - 0.5), ylim=(len(table) - 0.5, -0.5))
    two_lines = [name.replace(" ", "\n", 1) for name in table.columns]
    ax.set_xticks(range(table.shape[1]), two_lines)
    ax.set_yticks(range(len(table)), table.index)
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    ax.spines[:].set_visible(False)
    named = {"as asked": MET, "not as asked": MISSED, "nothing asked": NOT_ASKED}
    shown = [Patch(color=colour, label=name) for name, colour in named.items()]
    ax.legend(handles=shown, loc="upper center", bbox_to_anchor=(0.4, 0), ncols=3, frameon=False)
    return fig


SPOTS = {
    "copy": (8, 4),
    "nearest normal": (-44, 10),
    "clean twin": (10, -4),
    "generator": (-78, -4),
    "optimised input": (8, 12),
    "AE reconstruction": (10, -6),
    "MAE inpainting, 99.9 %": (14, -12),
    "MAE inpainting, 99 %": (14, 6),
}  # of the names in `repairs`, in points from their dots


def repairs(rows: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Where candidates end: how far from the true healthy clip, and how much of their change lies
    inside the fault; a dot a training.

    Parameters
    ----------
    rows : DataFrame
        Has the columns name, measure, training_seed and value.

    Examples
    --------
    >>> rows = {"name": "copy", "measure": ["to the twin", "inside"], "value": [1.0, float("nan")]}
    >>> figure = repairs(pd.DataFrame(rows).assign(training_seed=0), ["copy"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['copy']
    """
    fig, ax = plt.subplots(figsize=(9, 4.2))
    for name in names:
        of_name = rows[rows["name"] == name]
        table = of_name.pivot_table(
            index="training_seed", columns="measure", values="value", dropna=False
        )
        x, y = table["to the twin"], table["inside"].fillna(0)
        ax.scatter(x, y, s=60, color=COLOURS[name], edgecolor="black", linewidth=0.5)
        ax.annotate(name, (x.mean(), y.mean()), xytext=SPOTS[name], textcoords="offset points")
    ax.axvline(1, color="black", linewidth=1, linestyle=":")
    ax.set_xlabel("left overall: distance to the true healthy clip (1 = nothing repaired)")
    ax.set(ylabel="share of the change inside the fault", xlim=(-0.1, 3.3), ylim=(-0.05, 1.05))
    return fig


def by_kind(rows: pd.DataFrame, names: Sequence[str], turned: Mapping[str, pd.Series]) -> Figure:
    """By kind of fault: the share of valid clips, what is left of the distance to the twin, and
    whether changes add or take away.

    Parameters
    ----------
    rows : DataFrame
        Of one training, with the columns name, kind, measure, "value", "value low", "value high".
    names : sequence of str
    turned : dict of name to Series by kind
        -1 takes away, +1 adds.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": 2 * KINDS, "name": "copy", "value": 0.5})
    >>> rows["measure"] = ["valid"] * 6 + ["to the twin"] * 6
    >>> rows = rows.assign(**{"value low": 0.4, "value high": 0.6})
    >>> figure = by_kind(rows, ["copy"], {"clean twin": pd.Series(-1.0, KINDS)})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()][0] == KINDS[0]
    True
    """
    fig, axes = plt.subplots(1, 3, figsize=(11, 4), sharey=True)
    ends = ["value", "value low", "value high"]
    labels = {"valid": "share of valid clips", "to the twin": "left overall"}
    for ax, (measure, label) in zip(axes, labels.items(), strict=False):
        chosen = rows[(rows["measure"] == measure) & rows["name"].isin(names)]
        table = chosen.pivot_table(index="kind", columns="name", values=ends)
        colours = {name: COLOURS[name] for name in names}
        charts.dots(ax, table.reindex(KINDS).swaplevel(axis=1), colours, "value")
        ax.set_xlabel(label)
    for (name, each), shift in zip(turned.items(), (0.15, 0, -0.15), strict=False):
        places, colour = np.arange(len(KINDS)) - shift, COLOURS[name]
        axes[2].plot(each.reindex(KINDS), places, "s", color=colour, label=name)
    axes[1].axvline(1, color="black", linestyle=":", linewidth=1)
    axes[2].axvline(0, color="black", linestyle=":", linewidth=1)
    axes[2].set(xlabel="direction: ← takes away, adds →", xlim=(-1.08, 1.08))
    shown: dict[str, Artist] = {}
    for ax in axes:
        shown |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    fig.legend(
        list(shown.values()), list(shown), frameon=False, loc="outside upper center", ncols=5
    )
    return fig


def dial(rows: pd.DataFrame) -> Figure:
    """Median log scores by target, and the range that was wanted, a panel a training.

    Parameters
    ----------
    rows : DataFrame
        Of one generator, with the columns measure, training_seed and value.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> study = results("counterfactuals").query("source == 'machine' and name == 'generator'")
    >>> [ax.get_title() for ax in dial(study).axes]
    ['training 0', 'training 1', 'training 2']
    """
    table = rows[rows["kind"] == "all"].pivot(
        index="training_seed", columns="measure", values="value"
    )
    fig, axes = plt.subplots(1, len(table), figsize=(10, 3.2), sharey=True)
    for ax, (seed, row) in zip(axes, table.iterrows(), strict=True):
        wanted = ([row[f"target {a}, {end}"] for a in ALPHAS] for end in ("lowest", "highest"))
        ax.fill_between(ALPHAS, *wanted, color="#DDDDDD", label="wanted")
        for name, colour in {"faulty": "anomalous", "normal": "normal"}.items():
            medians = [row[f"median score at {a}, {name}"] for a in ALPHAS]
            ax.plot(ALPHAS, medians, "o-", color=COLOURS[colour], label=f"{name} clips")
        ax.set(title=f"training {seed}", xlabel="target α")
    axes[0].set_ylabel("median log score")
    axes[0].legend(frameon=False)
    return fig


def small_curves(curve: pd.DataFrame, panels: Mapping[str, Mapping[str, str]]) -> Figure:
    """Columns of a table over its index, a few in each of four panels.

    Parameters
    ----------
    panels : dict of the label of an axis to dict of column to its name in the legend

    Examples
    --------
    >>> curve = pd.DataFrame({"valid": [0.3, 0.9]}, index=[0.0, 1.0])
    >>> figure = small_curves(curve, {"share of clips": {"valid": "valid"}})
    >>> figure.axes[0].get_ylabel()
    'share of clips'
    """
    fig, axes = plt.subplots(2, 2, figsize=(10, 5.6), sharex=True)
    for ax, (label, columns) in zip(axes.flat, panels.items(), strict=False):
        for (column, name), style in zip(columns.items(), ("o-", "s--"), strict=False):
            ax.plot(curve.index, curve[column], style, color=COLOURS["generator"], label=name)
        ax.set_ylabel(label)
        if len(columns) > 1:
            ax.legend(frameon=False)
    fig.supxlabel(curve.index.name, fontsize="medium")
    return fig


def in_trainings(
    rows: pd.DataFrame, names: Sequence[str], measures: Mapping[str, str], beside: str
) -> Figure:
    """A dot a training for every variant, a panel a measure, with a line at one of the variants.

    Parameters
    ----------
    rows : DataFrame
        Has the columns name, measure and value, a row a training.
    names : sequence of str
        The variants, from above.
    measures : dict of measure to the label of its axis
    beside : str
        The variant whose mean is the line.

    Examples
    --------
    >>> rows = {"name": ["generator", "with cycle"], "measure": ["valid"] * 2, "value": [0.9, 1.0]}
    >>> figure = in_trainings(
    ...     pd.DataFrame(rows), ["generator", "with cycle"], {"valid": "share"}, "generator"
    ... )
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['generator', 'with cycle']
    """
    fig, axes = plt.subplots(
        1, len(measures), figsize=(11, 1 + 0.36 * len(names)), sharey=True, squeeze=False
    )
    for ax, (measure, label) in zip(axes[0], measures.items(), strict=True):
        shown = rows[rows["measure"] == measure].groupby("name")["value"].apply(np.array)
        for height, name in enumerate(names):
            colour = COLOURS["generator"] if name == beside else "black"
            ax.plot(shown[name], [height] * len(shown[name]), "o", color=colour, alpha=0.6)
        ax.axvline(shown[beside].mean(), color=COLOURS["generator"], linestyle=":")
        ax.set_xlabel(label)
        ax.grid(axis="y", color="#E5E5E5")
        ax.margins(x=0.1)
        if measure == "outside":  # of which one variant has ten times as much
            ax.set_xscale("log")
            ax.set_xticks([0.1, 1], ["0.1", "1"])
            ax.xaxis.set_minor_formatter("")
    axes[0, 0].set_yticks(range(len(names)), names)
    axes[0, 0].yaxis.set_inverted(True)
    return fig
