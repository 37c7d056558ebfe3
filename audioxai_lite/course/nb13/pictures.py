"""Figures of notebook 13."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from torch import Tensor, nn

from ...attribution.learned import inner_maps
from ...audio_model import AudioModel
from ...display import charts, figures, style
from ...evaluation.statistics import mean_interval
from ...sound.spectrogram import PowerStft
from ..results import by_training


def means(table: pd.DataFrame, value: str, rows: dict[str, dict]) -> pd.DataFrame:
    """Means over clips and trainings with their intervals, a row of the figure a name.

    Parameters
    ----------
    table : DataFrame
        See `results.by_training`.
    value : str
    rows : dict of name to what columns hold

    Examples
    --------
    >>> table = pd.DataFrame({"seed": 0, "clip": ["a", "b"], "AD": [1.0, 3.0], "method": "mine"})
    >>> float(means(table, "AD", {"ours": {"method": "mine"}}).loc["ours", "AD"])
    2.0
    """
    found = {}
    for name, where in rows.items():
        numbers = mean_interval(by_training(table, value, **where))
        found[name] = dict(zip((value, f"{value} low", f"{value} high"), numbers, strict=True))
    return pd.DataFrame(found).T


def dots_of(
    ax: Axes, tables: dict[str, pd.DataFrame], value: str, colours: Sequence[str], label: str
) -> None:
    """A row a name, a colour a table, with intervals.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> table = pd.DataFrame({"AD": [1.0], "AD low": [0.0], "AD high": [2.0]}, index=["mine"])
    >>> figure, ax = plt.subplots()
    >>> dots_of(ax, {"soft": table}, "AD", ["black"], "average drop (%)")
    >>> ax.get_xlabel()
    'average drop (%)'
    """
    both = pd.concat(tables, axis=1)
    charts.dots(ax, both, dict(zip(tables, colours, strict=True)), value)
    ax.set_xlabel(label)


def bar_panels(table: pd.DataFrame, labels: dict[str, str], first: str) -> Figure:
    """The columns of a table as small multiples of bars, a row a bar; one row stands out in black.

    Parameters
    ----------
    table : DataFrame
    labels : dict of column to the label of its axis
    first : str
        The row in black.

    Examples
    --------
    >>> table = pd.DataFrame({"AD": [1.0, 3.0]}, index=["ours", "theirs"])
    >>> len(bar_panels(table, {"AD": "average drop (%)"}, "ours").axes)
    1
    """
    size = (9, 0.8 + 0.36 * len(table))
    figure, axes = plt.subplots(1, len(labels), figsize=size, sharey=True, squeeze=False)
    colours = [style.COLOURS["original" if name == first else "energy"] for name in table.index]
    for ax, (column, label) in zip(axes.flat, labels.items(), strict=True):
        ax.barh(table.index, table[column], color=colours)
        ax.set_xlabel(label)
    axes[0, 0].yaxis.set_inverted(True)
    return figure


def scheme(model: AudioModel, layers: Sequence[nn.Module], values: Tensor, mask: Tensor) -> Figure:
    """What a decoder sees of one clip, and what it draws: the spectrogram, of each layer the mean
    over its channels, and the mask.

    Examples
    --------
    >>> import torch
    >>> from ...models.cnn14 import Cnn14
    >>> from .maskers import blocks, folded_model
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> values, mask = torch.randn(1, 1, 64, 251), torch.rand(1, 1, 64, 251)
    >>> len(scheme(model, blocks(model)[::2], values, mask).axes)
    5
    """
    maps = inner_maps(model, values, layers)
    layout = ConstrainedLayoutEngine(wspace=0.08)
    figure, axes = plt.subplots(1, 2 + len(maps), figsize=(10, 2.1), layout=layout)
    names = {layer: name for name, layer in model.network.named_modules()}
    titles = ["the clip"]
    titles += [names[layer].replace("conv_block", "block ") for layer in layers]
    titles += ["the mask"]
    pictures = [values[0, 0], *(each[0].mean(dim=0) for each in maps), mask[0, 0]]
    for ax, title, picture in zip(axes, titles, pictures, strict=True):
        colours = style.MASK_MAP if title == "the mask" else style.LEVEL_MAP
        ax.imshow(picture, origin="lower", aspect="auto", interpolation="nearest", cmap=colours)
        ax.set_title(title)
        ax.set(xticks=[], yticks=[])
    for ax in axes[1:]:
        ax.annotate(
            "",
            xy=(-0.02, 0.5),
            xytext=(-0.1, 0.5),
            xycoords="axes fraction",
            textcoords="axes fraction",
            annotation_clip=False,
            arrowprops={"arrowstyle": "->", "linewidth": 1.5},
        )
    axes[0].set(xlabel="time", ylabel="frequency")
    return figure


def mask_and_changes(drawn: dict[str, Tensor], feature: PowerStft, truth: Tensor) -> Figure:
    """The first of several masks, and what each other one keeps more (red) or less (blue) of every
    bin.

    Examples
    --------
    >>> import torch
    >>> from ..clips import MEL
    >>> masks = {name: torch.rand(1, 1, 64, 251) for name in ("ours", "theirs")}
    >>> figure = mask_and_changes(masks, MEL, torch.zeros(1, 1, 64, 251))
    >>> [ax.get_title() for ax in figure.axes[:2]]
    ['ours', 'theirs, less ours']
    """
    (name, first), *others = drawn.items()
    size = (3.2 * len(drawn) + 1, 2.7)
    figure, axes = plt.subplots(1, len(drawn), figsize=size, sharex=True, sharey=True)
    image = figures.spectrogram(axes[0], first, feature, name, (0, 1), truth, style.MASK_MAP)
    figure.colorbar(image, ax=axes[0], label="mask")
    for ax, (other, mask) in zip(axes[1:], others, strict=True):
        title, change = f"{other}, less {name}", mask - first
        image = figures.spectrogram(ax, change, feature, title, (-1, 1), truth, style.SIGNED_MAP)
        ax.label_outer()
    figure.colorbar(image, ax=axes[1:], label="more (red), less (blue)")
    return figure
