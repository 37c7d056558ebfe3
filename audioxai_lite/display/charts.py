"""Numbers as pictures: bars, heat maps, dots with intervals, curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..inputs import as_array, as_floats
from .style import COLOURS, MASK_MAP


def heat_map(
    ax: Axes,
    table: pd.DataFrame,
    label: str,
    limits: tuple[float, float],
    higher_is_better: bool = True,
    decimals: int = 0,
):
    """Draw a table as colours with its numbers in the cells; bright is good.

    Parameters
    ----------
    table : DataFrame of numbers
        Rows and columns are named on the axes. NaN stays white.
    label : str
        The title.
    limits : (lowest, highest)
        Of the colours.
    higher_is_better : bool, default True
    decimals : int, default 0

    Returns
    -------
    The image, for a colour bar.

    Notebook: 06.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> table = pd.DataFrame({"AD": [12.0, 55.0]}, index=["saliency", "random"])
    >>> image = heat_map(ax, table, "average drop (%)", limits=(0, 100), higher_is_better=False)
    >>> [text.get_text() for text in ax.texts]
    ['12', '55']
    """
    colours = MASK_MAP if higher_is_better else f"{MASK_MAP}_r"
    image = ax.imshow(table, vmin=limits[0], vmax=limits[1], cmap=colours, aspect="auto")
    for row, values in enumerate(table.to_numpy(dtype=float)):
        for column, value in enumerate(values):
            if np.isfinite(value):
                red, green, blue, _ = image.cmap(image.norm(value))
                dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
                text = {"color": "white" if dark else "black", "fontsize": 10}
                ax.text(column, row, f"{value:.{decimals}f}", ha="center", va="center", **text)
    turned = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(table.shape[1]), table.columns, **turned)
    ax.set_yticks(range(len(table)), table.index)
    ax.set_title(label)
    ax.spines[:].set_visible(False)
    return image


def bars(values: dict[str, float], label: str) -> Axes:
    """One horizontal bar a method, in the method's colour, with its value beside it.

    Notebook: 01.

    Examples
    --------
    >>> ax = bars({"ours": 1.0, "librosa": 2.5}, "time (s)")
    >>> [text.get_text() for text in ax.texts]
    ['1', '2.5']
    """
    ax = plt.subplots(figsize=(6, 0.5 * len(values) + 0.8))[1]
    colours = [COLOURS.get(name, "#999999") for name in values]
    drawn = ax.barh(list(values), list(values.values()), color=colours)
    ax.bar_label(drawn, fmt="%.3g", padding=3)
    ax.invert_yaxis()
    ax.set_xlabel(label)
    return ax


def score_histogram(ax: Axes, scores, labels, threshold: float, title: str = "") -> None:
    """Draw how the scores of normal (label 0) and anomalous (label 1) clips are spread, and where
    the alarm begins.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> score_histogram(ax, [0.1, 0.2, 0.9], [0, 0, 1], threshold=0.5)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['normal', 'anomalous', 'threshold']
    """
    scores, labels = as_floats(scores, "scores").numpy(), as_array(labels, "labels")
    edges = np.linspace(scores.min(), scores.max(), 31)
    for label, name in enumerate(("normal", "anomalous")):
        ax.hist(scores[labels == label], edges, color=COLOURS[name], alpha=0.7, label=name)
    ax.axvline(threshold, color="black", linestyle="--", linewidth=1, label="threshold")
    ax.set(title=title, xlabel="anomaly score (squared error, standardised)", ylabel="clips")
    ax.legend(frameon=False)


def roc(ax: Axes, curves: dict[str, pd.DataFrame]) -> None:
    """Draw ROC curves with their bands, from `detection.roc_curve`, each in its method's colour,
    and chance.

    Examples
    --------
    >>> from audioxai_lite.detection.roc import roc_curve
    >>> figure, ax = plt.subplots()
    >>> roc(ax, {"AE": roc_curve([0.1, 0.2, 0.9], [0, 0, 1], resamples=10)})
    >>> [line.get_label() for line in ax.lines]
    ['AE', 'chance']
    """
    for name, curve in curves.items():
        colour = COLOURS.get(name, "#999999")
        ax.plot(curve.index, curve["true_positive_rate"], color=colour, label=name)
        band = (curve[f"true_positive_rate {end}"] for end in ("low", "high"))
        ax.fill_between(curve.index, *band, color=colour, alpha=0.2, linewidth=0)
    ax.plot([0, 1], [0, 1], color="black", linestyle=":", linewidth=1, label="chance")
    ax.set_xlabel("normal clips with an alarm (false-positive rate)")
    ax.set_ylabel("faults found (true-positive rate)")
    ax.legend(frameon=False, loc="lower right")


def dots(ax: Axes, table: pd.DataFrame, names: dict[str, str], value: str = "auc") -> None:
    """Draw a value and its interval for every row and every method, rows below one another.

    Parameters
    ----------
    table : DataFrame
        Its index gives the rows; for each method M of `names` and the value V it has the columns
        (M, "V"), (M, "V low") and (M, "V high").
    names : dict of method to colour
    value : str, default "auc"

    Examples
    --------
    >>> from audioxai_lite.detection.roc import roc_table
    >>> table = roc_table([0.1, 0.2, 0.9], [0, 0, 1], ["", "", "click"], resamples=10)
    >>> figure, ax = plt.subplots()
    >>> dots(ax, pd.concat({"AE": table}, axis=1), {"AE": COLOURS["AE"]})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['click', 'all']
    """
    height = np.arange(len(table))
    places = np.linspace(-0.15, 0.15, len(names)) if len(names) > 1 else [0.0]
    for place, (name, colour) in zip(places, names.items(), strict=True):
        ends = (value, f"{value} low", f"{value} high")
        middle, low, high = (table[name, column] for column in ends)
        bars = {"xerr": [middle - low, high - middle], "capsize": 3}
        ax.errorbar(middle, height + place, fmt="o", color=colour, label=name, **bars)
    ax.set_yticks(height, table.index)
    ax.yaxis.set_inverted(True)  # also where two panels share the axis
    what = "area under the ROC curve" if value == "auc" else value
    ax.set_xlabel(f"{what}, with 95 % interval")


def dot_panels(
    panels: Mapping[str, Mapping[str, pd.DataFrame]],
    names: Mapping[str, str],
    value: str,
    label: str,
    line: float | None = None,
) -> Figure:
    """Small multiples of `dots`, up to two abreast, on the same axes, with one legend above all.

    Parameters
    ----------
    panels : dict of title to tables, by the methods of `names`
        Each table has the columns V, "V low" and "V high".
    names : dict of method to colour
    value : str
        V.
    label : str
        Of the horizontal axis.
    line : float, optional
        A dotted vertical line in every panel, at what chance or doing nothing would give.

    Notebook: 11, 13.

    Examples
    --------
    >>> table = pd.DataFrame({"AD": [1.0], "AD low": [0.0], "AD high": [2.0]}, index=["mine"])
    >>> figure = dot_panels({"robust": {"soft": table}}, {"soft": "black"}, "AD", "drop (%)")
    >>> figure.axes[0].get_title(), figure.axes[0].get_xlabel()
    ('robust', 'drop (%)')
    """
    rows = max(len(table) for tables in panels.values() for table in tables.values())
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    size = (4 + 2.6 * across + 0.8 * (across == 1), down * (0.75 + 0.32 * rows) + 0.3)
    figure, axes = plt.subplots(
        down, across, figsize=size, sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for ax, (title, tables) in zip(axes.flat, panels.items(), strict=True):
        dots(ax, pd.concat(tables, axis=1), dict(names), value)
        ax.set(title=title, xlabel=label)
        if line is not None:
            ax.axvline(line, color="black", linestyle=":", linewidth=1)
    for ax in axes[:-1].flat:
        ax.set_xlabel("")
    if len(names) > 1:
        handles, shown = axes[0, 0].get_legend_handles_labels()
        place: Any = "outside upper right"  # which the types of matplotlib lack
        figure.legend(handles, shown, loc=place, ncols=len(shown), frameon=False)
    return figure


def curve(ax: Axes, table: pd.DataFrame, value: str, label: str, colour: str, **style) -> None:
    """Draw a value with its interval over the rows of a table, at equal steps.

    Parameters
    ----------
    table : DataFrame
        Its index names the steps, which may be numbers or words; it has the columns V, "V low" and
        "V high".
    value : str
        V.
    label, colour : str
        Of the line.
    **style
        Passed on to `Axes.plot`.

    Notebook: 09.

    Examples
    --------
    >>> drops = {"AD": [30, 60], "AD low": [25, 50], "AD high": [35, 70]}
    >>> table = pd.DataFrame(drops, index=["clean", "white noise"])
    >>> figure, ax = plt.subplots()
    >>> curve(ax, table, "AD", label="saliency", colour=COLOURS["saliency"])
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['clean', 'white noise']
    """
    places = np.arange(len(table))
    ax.plot(places, table[value], marker="o", color=colour, label=label, markersize=4, **style)
    ends = (table[f"{value} {end}"] for end in ("low", "high"))
    ax.fill_between(places, *ends, color=colour, alpha=0.15, linewidth=0)
    ax.set_xticks(places, [step if isinstance(step, str) else f"{step:g}" for step in table.index])


def strip(
    found: Mapping[str, Sequence[float]],
    controls: Mapping[str, Sequence[float]],
    unit: str = "",
    published: float | None = None,
    line: float | None = None,
) -> Axes:
    """Draw what a claim rests on, a row a number, with its interval: what was found (black), what
    controls reach (grey), and where the published figure lies.

    Parameters
    ----------
    found, controls : dict of name to (value,) or (value, low, high)
    unit : str, optional
    published : float, optional
        Drawn as a diamond.
    line : float, optional
        What the rule asks about.

    Notebook: 00.

    Examples
    --------
    >>> ax = strip({"LIME": [4.0, 1.0, 7.0]}, {"random": [9.0]}, "points of AD", published=5)
    >>> [label.get_text() for label in ax.get_yticklabels()], ax.get_xlabel()
    (['LIME', 'random', 'published'], 'points of AD')
    """
    rows = [(name, of, "black", "o") for name, of in found.items()]
    rows += [(name, of, COLOURS["energy"], "s") for name, of in controls.items()]
    if published is not None:
        rows.append(("published", [published], "black", "D"))
    _, ax = plt.subplots(figsize=(7, 0.6 + 0.24 * len(rows)))
    for height, (_, (value, *ends), of, marker) in enumerate(rows):
        ax.plot(value, height, marker, color=of, markersize=5)
        if ends:
            ax.plot(ends, [height, height], color=of, linewidth=1.5)
    if line is not None:
        ax.axvline(line, color="black", linewidth=0.8, linestyle=":")
    ax.set_yticks(range(len(rows)), [name for name, *_ in rows], fontsize=10)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(unit, fontsize=10)
    ax.tick_params(axis="x", labelsize=8)
    return ax
