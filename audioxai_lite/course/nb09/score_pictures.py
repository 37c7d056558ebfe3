"""The figures of notebook 09 that show scores: winning masks, drops of maps, detectors, samples."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...display import charts
from ...display.style import COLOURS
from .pictures import colour_of


def winning_masks(tables: dict[str, pd.DataFrame]) -> Figure:
    """Which rule wins for each method under each background, grey where it is the one of the
    first column.

    Parameters
    ----------
    tables : dict of title to DataFrame of names of rules
        Rows are methods, columns backgrounds.

    Examples
    --------
    >>> ours = pd.DataFrame({"clean": ["top 5 %"]}, index=["saliency"])
    >>> [text.get_text() for text in winning_masks({"ours": ours}).axes[0].texts]
    ['top 5 %']
    """
    figure, axes = plt.subplots(
        1, len(tables), figsize=(6 * len(tables), 2.6), sharey=True, squeeze=False
    )
    for ax, (title, table) in zip(axes[0], tables.items(), strict=True):
        for row, values in enumerate(table.to_numpy()):
            for column, name in enumerate(values):
                colour = "#DDDDDD" if name == values[0] else "#FFFFFF"
                box = plt.Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=colour)
                box.set_edgecolor("#999999")
                ax.add_patch(box)
                text = name.replace("threshold", "at least").replace(", ", ",\n")
                ax.text(column, row, text, ha="center", va="center", fontsize=9)
        ax.set_xticks(range(table.shape[1]), table.columns)
        ax.set_yticks(range(len(table)), table.index)
        ax.set(title=title, xlim=(-0.5, table.shape[1] - 0.5), ylim=(len(table) - 0.5, -0.5))
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return figure


def drops_of_maps(
    studies: dict[str, pd.DataFrame], methods: Sequence[str], columns: int = 4
) -> Figure:
    """By how much the answer drops if the top 30 % of a map are kept: a row a data set, a column a
    background; a cross for random cells of the same area, a plus for its loudest bins.

    Parameters
    ----------
    studies : dict of title to DataFrame
        `results("robustness")`, or of ESC-10.
    methods : names
        A row each. A full dot drops clearly less than random cells, an open one does not; one in a
        ring drops clearly less than the loudest bins as well.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> len(drops_of_maps({"made": results("robustness")}, ["saliency", "random"]).axes)
    4
    """
    size = (12, (0.33 * len(methods) + 1) * len(studies) + 0.3)
    figure, axes = plt.subplots(
        len(studies), columns, figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for row, (title, study) in zip(axes, studies.items(), strict=True):
        chosen = study[(study["seed"] == "all") & (study["mask"] == "top 30 %")]
        others = [name for name in chosen["background"].unique() if name != "clean"]
        for ax, background in zip(row, ["clean", *others], strict=True):
            here = chosen[chosen["background"] == background].set_index("method").loc[[*methods]]
            _drops(ax, here)
            ax.set_title(f"{title}: {background.replace('_', ' ')}")
    for ax in axes[-1]:
        ax.set_xlabel("AD (points)")
    dot = {"color": "black", "marker": "o", "linestyle": ""}
    entries = {
        "clearly less than random cells": plt.Line2D([], [], **dot),
        "not clearly less": plt.Line2D([], [], **dot, markerfacecolor="white"),
        "clearly less than the loudest bins, too": _ring([], []),
        "random cells": plt.Line2D([], [], color="black", marker="x", linestyle=""),
        "loudest bins": plt.Line2D([], [], color="black", marker="+", linestyle=""),
    }
    figure.legend(entries.values(), entries, loc="outside lower center", ncols=5, fontsize=9)
    return figure


def _ring(x: Sequence[float], y: Sequence[float]) -> plt.Line2D:
    ring = {"marker": "o", "linestyle": "", "markersize": 14, "markerfacecolor": "none"}
    return plt.Line2D(x, y, color="black", **ring)


def _drops(ax: Axes, here: pd.DataFrame) -> None:
    """One panel of `drops_of_maps`."""
    for place, (method, row) in enumerate(here.iterrows()):
        colour = colour_of(str(method))
        ax.plot([row["AD low"], row["AD high"]], [place, place], color=colour, linewidth=2)
        full = row["AD over cells high"] < 0
        ax.plot(row["AD"], place, "o", color=colour, markerfacecolor=colour if full else "white")
        if full and row["AD over energy high"] < 0:
            ax.add_line(_ring([row["AD"]], [place]))
        ax.plot(row["AD"] - row["AD over cells"], place, "kx", markersize=6)
        ax.plot(row["AD"] - row["AD over energy"], place, "k+", markersize=8)
    ax.set_yticks(range(len(here)), here.index)
    ax.set(xlim=(0, 100), ylim=(len(here) - 0.5, -0.5))


def kept_and_named(pairs: dict[str, tuple[pd.Series, pd.Series]]) -> Figure:
    """On how many clips a mask keeps everything, beside how many keep their class, by background.

    Parameters
    ----------
    pairs : dict of title to two Series
        Shares from 0 to 1 by background.

    Examples
    --------
    >>> shares = pd.Series({"clean": 0.5})
    >>> figure = kept_and_named({"ours": (shares, shares)})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['clean']
    """
    figure, axes = plt.subplots(1, len(pairs), figsize=(10, 2.4), squeeze=False)
    for ax, (title, (everything, named)) in zip(axes[0], pairs.items(), strict=True):
        places = np.arange(len(named))
        ax.plot(named, places, "o", color="black", markersize=9, label="keeps the class (Fid-In)")
        ax.plot(everything, places, "d", color="#888888", markersize=6, label="keeps everything")
        ax.set_yticks(places, named.index)
        ax.set(title=title, xlim=(0, 1.03), ylim=(len(named) - 0.5, -0.5), xlabel="share of clips")
        ax.grid(axis="y", color="#DDDDDD")
        ax.set_axisbelow(True)
    axes[0, 0].legend(fontsize=9, loc="center left")
    return figure


def detectors_in_noise(auc: pd.DataFrame, backgrounds: Sequence[str]) -> Figure:
    """How well the detectors tell faults as a background grows; dotted: a coin.

    Parameters
    ----------
    auc : DataFrame
        By background, model and ratio: value, "value low" and "value high".
    backgrounds : names
        A panel each.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> areas = results("noisy_detectors").query("measure == 'AUC, mean'")
    >>> keys = ["background", "model", "snr"]
    >>> areas = areas.groupby(keys)[["value", "value low", "value high"]].mean()
    >>> len(detectors_in_noise(areas, ["room"]).axes)
    1
    """
    figure, axes = plt.subplots(1, len(backgrounds), figsize=(11, 3), sharey=True, squeeze=False)
    for ax, background in zip(axes[0], backgrounds, strict=True):
        for model in ("AE", "MAE"):
            table = auc.loc[background, model].sort_index().rename(index={np.inf: "quiet"})
            charts.curve(ax, table, "value", model, COLOURS[model])
        ax.axhline(0.5, color="black", linewidth=0.8, linestyle=":")
        ax.set(title=background, xlabel="SNR (dB)", ylim=(0.4, 1))
    axes[0, 0].set_ylabel("area under the ROC curve")
    axes[0, -1].legend(fontsize=9, loc="lower right")
    return figure


def kept_by_the_map(detectors: pd.DataFrame, method: str, measures: Sequence[str]) -> Figure:
    """How much of a measure of a map is left in each background, as a share of that in the quiet.

    Parameters
    ----------
    detectors : DataFrame
        Rows of `results("noisy_detectors")`: one network, one ratio, and infinity.
    method : name of a map
    measures : names

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("noisy_detectors").query("model == 'AE' and snr in [10, inf]")
    >>> len(kept_by_the_map(rows, "error map", ["overlap"]).axes)
    3
    """
    mine = detectors[(detectors["method"] == method) & detectors["measure"].isin(list(measures))]
    mean = mine.groupby(["snr", "background", "measure"])["value"].mean()
    quiet, loud = (mean[snr].unstack() for snr in (np.inf, mine["snr"].min()))
    left = (loud / quiet).loc[list(mine["background"].unique()), list(measures)]
    size = (11, 0.45 * len(measures) + 1.1)
    figure, axes = plt.subplots(1, len(left), figsize=size, sharey=True)
    for ax, (background, row) in zip(axes, left.iterrows(), strict=True):
        drawn = ax.barh(list(measures), row, color=COLOURS["energy"])
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        ax.bar_label(drawn, [f"{share:.0%}" for share in row], padding=3, bbox=behind)
        ax.axvline(1, color="black", linewidth=0.8, linestyle=":")
        ax.set(title=background, xlabel="share of the value in the quiet")
        ax.set(xlim=(0, 1.25), xticks=(0, 0.5, 1))
    axes[0].invert_yaxis()
    return figure


def nearness(close: pd.DataFrame) -> Figure:
    """How many of a map's top bins are those of the map with the most samples, by their number; the
    line is another draw of the most.

    Parameters
    ----------
    close : DataFrame
        One data set of `results("convergence")`.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> close = results("convergence").query("data == 'environment' and seed == 'all'")
    >>> [ax.get_title() for ax in nearness(close).axes]
    ['LIME, superpixels', 'Deep SHAP']
    """
    names = {"LIME, superpixels": "samples", "Deep SHAP": "background clips"}
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
    for ax, (method, what) in zip(axes, names.items(), strict=True):
        mine = close[close["method"] == method].sort_values("count").set_index("count")
        again, first = mine[mine["draw"] == 1], mine[mine["draw"] == 0]
        colour = colour_of(method)
        charts.curve(ax, first.iloc[:-1], "overlap", "fewer", colour)
        text = f"another {again.index[0]} {what}"
        ax.axhline(again["overlap"].iloc[0], color="black", linestyle="--", label=text)
        ax.set(title=method, xlabel=what, ylim=(0, 1.05))
        ax.legend(fontsize=9, loc="lower right")
    axes[0].set_ylabel("top 5 % in common\nwith the most")
    return figure


def map_or_answer(steps: Sequence[float], stays: Sequence[float], sure: Sequence[float]) -> Axes:
    """What a map keeps of its top, and how sure the answer stays, as a background grows louder.

    Examples
    --------
    >>> map_or_answer([30, 0], [1.0, 0.7], [1.0, 0.9]).get_xlabel()
    'SNR (dB)'
    """
    ax = plt.subplots(figsize=(6, 2.8))[1]
    places = np.arange(len(steps))
    ax.plot(places, sure, "o-", color="black", label="probability of the rooster")
    ax.plot(places, stays, "o-", color=COLOURS["LRP"], label="top 5 % of the map that stay")
    ax.set_xticks(places, [f"{step:g}" for step in steps])
    ax.set(xlabel="SNR (dB)", ylim=(0, 1.05), ylabel="share")
    ax.legend(fontsize=9, loc="lower left")
    return ax
