"""Figures of notebook 13."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from ...attribution.learned import inner_maps
from ...audio_model import AudioModel
from ...display import charts
from ...evaluation.statistics import mean_interval
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


def scheme(model: AudioModel, layers: Sequence[nn.Module], values: Tensor) -> Figure:
    """What a decoder sees of one clip: the spectrogram, and of each layer the mean over its
    channels, with its size.

    Examples
    --------
    >>> import torch
    >>> from ...models.cnn14 import Cnn14
    >>> from .maskers import blocks, folded_model
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> len(scheme(model, blocks(model), torch.randn(1, 1, 64, 251)).axes)
    7
    """
    maps = inner_maps(model, values, layers)
    figure, axes = plt.subplots(1, 1 + len(maps), figsize=(14, 1.9))
    rows, columns = values.shape[2:]
    titles = [f"clip: {rows} × {columns}"]
    titles += [
        f"block {number}: {each.shape[1]} × {each.shape[2]} × {each.shape[3]}"
        for number, each in enumerate(maps, 1)
    ]
    pictures = [values[0, 0], *(each[0].mean(dim=0) for each in maps)]
    for ax, title, picture in zip(axes, titles, pictures, strict=True):
        ax.imshow(picture, origin="lower", aspect="auto", interpolation="nearest", cmap="magma")
        ax.set_title(title, fontsize=8)
        ax.set(xticks=[], yticks=[])
    axes[0].set(xlabel="time", ylabel="frequency")
    return figure
