"""Figures of notebook 11 that take more lines than a lesson has room for."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor

from ...datasets.voice_regions import REGIONS
from ...display import figures, style
from .networks import FEATURE


def changes_of(again: dict[str, Tensor]) -> Figure:
    """The first of several sounds as a spectrogram, and by how many decibels each other one is
    louder (red) or softer (blue); what lies below silence counts as silent.

    Parameters
    ----------
    again : dict of title to Tensor, shape (1, samples)

    Notebook: 11.1.

    Examples
    --------
    >>> import torch
    >>> sound = 0.1 * torch.randn(1, 8_000)
    >>> figure = changes_of({"a hiss": sound, "softer": 0.5 * sound})
    >>> [ax.get_title() for ax in figure.axes[:2]]
    ['a hiss', 'softer: the change']
    """
    (title, first), *others = again.items()
    values = FEATURE(first).values
    lowest = values.max() - 70
    size = (3 * len(again) + 1, 2.7)
    figure, axes = plt.subplots(
        1, len(again), figsize=size, sharex=True, sharey=True, layout="constrained"
    )
    image = figures.spectrogram(axes[0], values, FEATURE, title)
    figure.colorbar(image, ax=axes[0], label="level (dB)")
    for ax, (name, sound) in zip(axes[1:], others, strict=True):
        change = FEATURE(sound).values.clamp(min=lowest) - values.clamp(min=lowest)
        title = f"{name}: the change"
        image = figures.spectrogram(ax, change, FEATURE, title, (-40, 40), colours=style.SIGNED_MAP)
        ax.label_outer()
    figure.colorbar(image, ax=axes[1:], label="louder, softer (dB)")
    return figure


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
