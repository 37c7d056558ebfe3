"""Figures of notebook 11 that take more lines than a lesson has room for."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor

from ...datasets.voice_regions import REGIONS
from ...display import charts, figures, style
from .networks import FEATURE
from .studies import SHARES

BESIDE = ("loudest", "equally loud", "untrained network", "random", "another training")


def owners_of_bins(owners: dict[str, Tensor]) -> Figure:
    """The regions of words side by side, each in its colour.

    Parameters
    ----------
    owners : dict of title to Tensor, shape (1, 1, frequency, time)
        See `voice_regions.regions`.

    Notebook: 11.1.

    Examples
    --------
    >>> import torch
    >>> figure = owners_of_bins({"silence": torch.zeros(1, 1, 201, 51)})
    >>> [label.get_text() for label in figure.axes[-1].get_yticklabels()][:2]
    ['silence', 'fundamental']
    """
    figure, axes = plt.subplots(
        1, len(owners), figsize=(4 * len(owners), 3.2), sharey=True, squeeze=False
    )
    colours = ListedColormap([style.COLOURS.get(name, "#FFFFFF") for name in REGIONS])
    limits = (-0.5, len(REGIONS) - 0.5)
    for ax, (title, owner) in zip(axes[0], owners.items(), strict=True):
        image = figures.spectrogram(ax, owner, FEATURE, title, limits, colours=colours)
        image.set_interpolation("nearest")
        ax.label_outer()
    bar = figure.colorbar(image, ax=axes, ticks=range(len(REGIONS)), pad=0.01)
    bar.set_ticklabels(list(REGIONS))
    return figure


def with_ends(row: pd.Series, names: Sequence[str], value: str) -> pd.DataFrame:
    """Columns of a table of means, with the ends of their intervals, as rows that `charts.dots` and
    `charts.curve` draw.

    Examples
    --------
    >>> row = pd.Series({"a": 2.0, "a low": 1.0, "a high": 3.0})
    >>> with_ends(row, ["a"], "x").loc["a"].to_dict()
    {'x': 2.0, 'x low': 1.0, 'x high': 3.0}
    """
    ends = ("", " low", " high")
    columns = {f"{value}{end}": [row[f"{name}{end}"] for name in names] for end in ends}
    return pd.DataFrame(columns, index=list(names))


def removal_curves(ax: Axes, rows: pd.DataFrame, fill: str, orders: Sequence[str]) -> None:
    """What is left of the right answers as more is taken away, a line an order, controls dashed.

    Parameters
    ----------
    rows : DataFrame
        Of the study of removal, one kind of network, all trainings.
    fill : str
    orders : sequence of str

    Notebook: 11.6.

    Examples
    --------
    >>> from ..results import results
    >>> figure, ax = plt.subplots()
    >>> rows = results("removal").query("kind == 'waveform' and seed == 'all'")
    >>> removal_curves(ax, rows, "silence", ["LRP, ε", "random"])
    >>> [line.get_linestyle() for line in ax.lines]
    ['-', '--']
    """
    names = [f"right at {share:.0%}" for share in SHARES]
    chosen = rows[rows["fill"] == fill].set_index("order")
    for order in orders:
        table = with_ends(chosen.loc[order], names, "right")
        table.index = [f"{100 * share:g}" for share in SHARES]
        line = "--" if order in BESIDE else "-"
        charts.curve(ax, table, "right", order, style.COLOURS[order], linestyle=line)
    ax.set(xlabel="taken away (%)", ylim=(0, 1.02), title=fill)


def shares_and_effects(ax: Axes, rows: pd.DataFrame, name: str) -> None:
    """The share of a map in each region against the effect of its cause, with intervals.

    Parameters
    ----------
    rows : DataFrame
        Of the study of causes, a row a cause, which the index names.
    name : str
        Of the map.

    Notebook: 11.8.

    Examples
    --------
    >>> from ..results import results
    >>> figure, ax = plt.subplots()
    >>> rows = results("causes").query("kind == 'waveform' and task == 'digit' and seed == 'all'")
    >>> shares_and_effects(ax, rows.set_index("cause").loc[["hiss"]], "LRP, ε")
    >>> ax.get_xlabel()
    'margin lost (logits)'
    """
    for cause, row in rows.iterrows():
        region = "fundamental" if cause == "pitch" else str(cause)
        x, y = (with_ends(row, [column], "v").iloc[0].to_numpy() for column in ("effect", name))
        bars = {"xerr": [[x[0] - x[1]], [x[2] - x[0]]], "yerr": [[y[0] - y[1]], [y[2] - y[0]]]}
        colour = style.COLOURS[region]
        ax.errorbar(x[0], y[0], fmt="o", color=colour, label=cause, markersize=5, **bars)
    ax.set(xlabel="margin lost (logits)", ylabel="share in the region")
