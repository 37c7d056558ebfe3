"""Figures of notebook 12."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from torch import Tensor

from ...detection.directions import mean_resultant_length, unit
from ...display import charts, figures, style
from ...evaluation.statistics import mean_interval
from ...sound.spectrogram import PowerStft

# Ways to make features, the same colour in every figure of the notebook.
WAYS = {
    "plain": "#AAAAAA",
    "plain, a constant added": "#D55E00",
    "compact": "#0072B2",
    "untrained": "#000000",
    "window statistics": style.COLOURS["statistics of windows"],
    "pooled bins": style.COLOURS["bins of windows"],
}

# What stands in a box of the diagram of SimSiam, and where: left edge, lower edge, width.
BOXES = (
    ("a window", 0.0, 0.9, 1.7),
    ("view 1", 2.3, 1.6, 1.2),
    ("view 2", 2.3, 0.2, 1.2),
    ("encoder", 4.1, 1.6, 1.6),
    ("encoder", 4.1, 0.2, 1.6),
    ("projector", 6.3, 1.6, 1.7),
    ("projector", 6.3, 0.2, 1.7),
    ("predictor", 8.6, 1.6, 1.7),
    ("same direction?", 10.9, 0.9, 2.4),
)
ARROWS = (
    ((1.7, 1.3), (2.3, 1.8)),
    ((1.7, 1.1), (2.3, 0.6)),
    ((3.5, 1.9), (4.1, 1.9)),
    ((3.5, 0.5), (4.1, 0.5)),
    ((5.7, 1.9), (6.3, 1.9)),
    ((5.7, 0.5), (6.3, 0.5)),
    ((8.0, 1.9), (8.6, 1.9)),
    ((10.3, 1.9), (11.6, 1.5)),
    ((8.0, 0.5), (11.6, 0.9)),
)


def simsiam_diagram() -> Figure:
    """Two views of a window, and what has to guess what from them.

    Examples
    --------
    >>> [text.get_text() for text in simsiam_diagram().axes[0].texts][:2]
    ['a window', 'view 1']
    """
    fig, ax = plt.subplots(figsize=(10, 2.2))
    for text, left, low, width in BOXES:
        own = style.COLOURS["generator"] if text == "encoder" else "#FFFFFF"
        look = {"boxstyle": "round,pad=0,rounding_size=0.1", "facecolor": own, "alpha": 0.3}
        ax.add_patch(FancyBboxPatch((left, low), width, 0.6, edgecolor="black", **look))
        ax.text(left + width / 2, low + 0.3, text, ha="center", va="center")
    for start, end in ARROWS:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "->"})
    ax.text(9.7, 0.2, "no gradient\non this way", ha="center", va="center", style="italic")
    ax.set(xlim=(-0.1, 13.4), ylim=(-0.2, 2.4))
    ax.set_axis_off()
    return fig


def views_beside(window: Tensor, views: Sequence[Tensor], feature: PowerStft) -> Figure:
    """A window, and what each view makes louder (red) or softer (blue) in it.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> window = torch.zeros(1, 1, 64, 32)
    >>> [ax.get_title() for ax in views_beside(window, [window + 1], LogMel()).axes][:2]
    ['a window', 'view 1 less the window']
    """
    fig, axes = plt.subplots(1, 1 + len(views), figsize=(11, 3.2), sharey=True)
    level = figures.spectrogram(axes[0], window, feature, "a window")
    for number, (ax, view) in enumerate(zip(axes[1:], views, strict=True), 1):
        title = f"view {number} less the window"
        change, limits = view - window, (-10, 10)
        shown = figures.spectrogram(ax, change, feature, title, limits, colours=style.SIGNED_MAP)
        ax.label_outer()
    fig.colorbar(level, ax=axes[0], label="level (dB)", location="bottom")
    fig.colorbar(shown, ax=axes[1:], label="change (dB)", location="bottom", shrink=0.5)
    return fig


def pollution(
    curves: Mapping[str, pd.DataFrame], changes: Mapping[str, tuple[float, float, float]]
) -> Figure:
    """Areas under the ROC curve over the share of training clips that are faulty, and how much is
    lost at most.

    Parameters
    ----------
    curves : dict of name to DataFrame
        See `charts.curve`; the value is "area".
    changes : dict of name to (mean, low, high)

    Examples
    --------
    >>> table = pd.DataFrame({"area": [0.9], "area low": [0.8], "area high": [1.0]}, index=["none"])
    >>> figure = pollution({"compact": table}, {"compact": (-0.1, -0.2, 0.0)})
    >>> [label.get_text() for label in figure.axes[1].get_yticklabels()]
    ['compact']
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
    for height, (name, table) in enumerate(curves.items()):
        charts.curve(left, table, "area", name, WAYS[name])
        mean, low, high = changes[name]
        right.errorbar(mean, height, xerr=[[mean - low], [high - mean]], fmt="o", color=WAYS[name])
    left.set(xlabel="training clips that are faulty", ylabel="area under the ROC curve")
    left.set_ylim(0.5, 1.02)
    right.set_yticks(range(len(curves)), list(curves))
    right.yaxis.set_inverted(True)
    right.axvline(0, color="black", linestyle=":", linewidth=1)
    right.set_xlabel("change of the area, none to a fifth, 95 % interval")
    return fig


def on_the_sphere(ax: Axes, healthy: np.ndarray, faulty: np.ndarray, title: str) -> None:
    """Directions of features along their two main axes, every eighth healthy window and all faulty
    ones, with the circle that holds all unit vectors.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> features = np.random.default_rng(0).normal(size=(50, 6))
    >>> on_the_sphere(ax, features, features[:5], "random")
    >>> len(ax.collections)
    2
    """
    directions = unit(healthy.astype(float))
    from sklearn.decomposition import PCA

    axes = PCA(2).fit(directions).components_
    shown = {"normal": directions[::8], "anomalous": unit(faulty.astype(float))}
    for name, features in shown.items():
        ax.scatter(*(features @ axes.T).T, s=9, alpha=0.5, color=style.COLOURS[name], label=name)
    turn = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(turn), np.sin(turn), color="black", linewidth=0.5)
    ax.set(title=f"{title}: R = {mean_resultant_length(healthy):.2f}", aspect="equal")
    ax.set(xlabel="first main axis", ylabel="second main axis")


def areas(rows: pd.DataFrame, names: dict[str, dict]) -> pd.DataFrame:
    """Areas under the ROC curve with intervals, a row a way to make features.

    Parameters
    ----------
    rows : DataFrame
        Of a study of features, all trainings.
    names : dict of name to what its columns hold

    Examples
    --------
    >>> columns = {"area": [0.9], "area low": [0.8], "area high": [1.0], "scorer": ["angular"]}
    >>> areas(pd.DataFrame(columns), {"mine": {"scorer": "angular"}}).loc["mine", "auc low"]
    np.float64(0.8)
    """
    found = {}
    for name, wanted in names.items():
        chosen = rows
        for column, value in wanted.items():
            chosen = chosen[chosen[column] == value]
        row = chosen.iloc[0]
        found[name] = {f"auc{end}": row[f"area{end}"] for end in ("", " low", " high")}
    return pd.DataFrame(found).T


def area_dots(ax: Axes, tables: dict[str, pd.DataFrame], colours: dict[str, str]) -> None:
    """`areas` of several ways side by side, a colour each, with chance.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> table = pd.DataFrame({"auc": [0.9], "auc low": [0.8], "auc high": [1.0]}, index=["a"])
    >>> area_dots(ax, {"mine": table}, {"mine": "black"})
    >>> ax.get_xlabel()
    'area under the ROC curve, with 95 % interval'
    """
    charts.dots(ax, pd.concat(tables, axis=1), colours)
    ax.axvline(0.5, color="black", linestyle=":", linewidth=1)


def means(values: dict[str, np.ndarray]) -> pd.DataFrame:
    """Means over clips with intervals, as `charts.dots` draws them.

    Examples
    --------
    >>> means({"a": np.array([1.0, 3.0])}).loc["a", "mean"]
    np.float64(2.0)
    """
    found = {name: mean_interval(each[None]) for name, each in values.items()}
    return pd.DataFrame(found, index=["mean", "mean low", "mean high"]).T
