"""The figures of notebook 04 that take more than a line: promises kept, signs and sizes, mistakes,
sounds in rain, ruined networks, moved sounds.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...display import charts
from ...display.style import COLOURS
from ..classifiers import KINDS

# What is measured of a check, the question, how it reads, and the ends of the axis.
PANELS = {
    "off by": ("Does the sum come out?", "off by this share of what is due", (-0.05, 1.5)),
    "conserved": ("Does everything arrive?", "share of the logit that arrives", (-1, 3)),
    "R²": ("Does LIME predict?", "R² of its weights (0: no better than a constant)", (-1, 1)),
}
SHUFFLED = {"intact": "intact", "output": "output", "conv_block4": "half", "bn0": "all"}


def kept_promises(checks: pd.DataFrame) -> Figure:
    """What was measured of every check: the median over clips and trainings, and the middle half.

    Parameters
    ----------
    checks : DataFrame
        One data set of `results("checks")`.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> len(kept_promises(results("checks").query("data == 'environment'")).axes)
    3
    """
    fig, axes = plt.subplots(3, 1, figsize=(8, 6.6), height_ratios=(4, 2.2, 4))
    for ax, (measure, (question, label, limits)) in zip(axes, PANELS.items(), strict=True):
        shown = checks[checks["measure"].str.startswith(measure)]
        where = shown["measure"].str.removeprefix(measure).str.replace(" ", ", ")
        named = shown.assign(row=shown["check"] + where)
        quarters = named.groupby(["row", "model"], sort=False)["value"].quantile([0.25, 0.5, 0.75])
        table = quarters.unstack(["model", 2]).clip(*limits)
        names = {0.25: "value low", 0.5: "value", 0.75: "value high"}
        table = table.rename(columns=names, level=1)
        charts.dots(ax, table, {name: COLOURS[name] for name in KINDS}, "value")
        ax.set(xlabel=label, xlim=limits)
        ax.set_title(question, loc="left")
    axes[0].legend(frameon=False, loc="upper right", title="networks")
    return fig


def sign_or_size(study: pd.DataFrame, scores: list[str], methods: list[str]) -> Figure:
    """What maps score as they are, and by their sizes: a panel a score, a row a method.

    Parameters
    ----------
    study : DataFrame
        The rows of `results("maps")` over all trainings, of one kind of network.
    scores, methods : list of str
        Drawn from left to right, and from the top down.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("maps").query("seed == 'all' and model == 'robust'")
    >>> len(sign_or_size(rows, ["average precision"], ["saliency", "random"]).axes)
    1
    """
    fig, axes = plt.subplots(1, len(scores), figsize=(10.5, 5), sharey=True, squeeze=False)
    height = range(len(methods))
    looks = {"its sizes": {"facecolor": "black"}, "the map": {"facecolor": "white"}}
    labels = {"its sizes": "sizes: the sign left out", "the map": "the map, with its sign"}
    for ax, score in zip(axes[0], scores, strict=True):
        wide = study.pivot(index="method", columns="mask", values=score).loc[methods]
        ax.hlines(height, wide["the map"], wide["its sizes"], color="#999999", linewidth=1.5)
        for reading, look in looks.items():
            ax.scatter(
                wide[reading], height, edgecolor="black", zorder=3, label=labels[reading], **look
            )
        ax.axvline(wide.loc["random", "the map"], color="black", linewidth=0.8, linestyle=":")
        ax.set(xlim=(0.15, 1), xlabel=score)
    axes[0, 0].set_yticks(height, methods)
    axes[0, 0].yaxis.set_inverted(True)
    where = {"loc": "outside upper right", "ncols": 2, "frameon": False}
    fig.legend(*axes[0, 0].get_legend_handles_labels(), **where)
    return fig


def right_and_wrong(table: pd.DataFrame) -> Figure:
    """What each method's maps score where the answer is right, and where it is wrong.

    Parameters
    ----------
    table : DataFrame
        A row a method, with the columns "right" and "wrong".

    Examples
    --------
    >>> table = pd.DataFrame({"right": [0.8], "wrong": [0.4]}, index=["LRP"])
    >>> [label.get_text() for label in right_and_wrong(table).axes[0].get_yticklabels()]
    ['LRP']
    """
    fig, ax = plt.subplots(figsize=(7.5, 2.6))
    height = range(len(table))
    ax.hlines(height, table["wrong"], table["right"], color="#999999", linewidth=1.5)
    for answer, filled in {"right": "black", "wrong": "white"}.items():
        ax.scatter(
            *(table[answer], height, 60, filled),
            edgecolor="black",
            zorder=3,
            label=f"{answer} answers",
        )
    ax.set_yticks(height, table.index)
    ax.set(xlabel="average precision (mean over clips)", xlim=(0.2, 0.9))
    ax.margins(y=0.2)
    ax.yaxis.set_inverted(True)
    ax.legend(frameon=False, loc="center left")
    return fig


def ruined_maps(ruin: pd.DataFrame, chance: float) -> Figure:
    """What is left of the maps of a network that is shuffled from its output down, a column a
    method: above, how like the intact map they are, below, how well they find the event.

    Parameters
    ----------
    ruin : DataFrame
        The rows of `results("sanity")` over all trainings.
    chance : float
        The average precision of random maps, dotted.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> len(ruined_maps(results("sanity").query("seed == 'all'"), 0.2).axes)
    12
    """
    labels = {
        "rank correlation": "likeness to intact\n(rank correlation)",
        "average precision": "average precision\nof the sizes",
    }
    methods = [name for name in ruin["method"].unique() if name != "energy"]
    fig, axes = plt.subplots(2, len(methods), figsize=(10.5, 4.8), sharex=True, sharey="row")
    for row, (score, label) in zip(axes, labels.items(), strict=True):
        for ax, method in zip(row, methods, strict=True):
            for kind in KINDS:
                table = ruin[(ruin["model"] == kind) & (ruin["method"] == method)]
                table = table.set_index("layer")
                charts.curve(ax, table, score, f"{kind} networks", COLOURS[kind])
            control = 1.0 if score == "rank correlation" else chance
            ax.axhline(control, color="black", linewidth=0.9, linestyle=":")
            places = [table.index.get_loc(layer) for layer in SHUFFLED]
            ax.set_xticks(places, list(SHUFFLED.values()), rotation=90)
        row[0].set_ylabel(label)
    for ax, method in zip(axes[0], methods, strict=True):
        ax.set_title(method.replace(" ", "\n", 1))
    handles, names = axes[0, 0].get_legend_handles_labels()
    dotted = axes[0, 0].lines[-1]
    text = [*names, "controls: the energy above, chance below"]
    fig.legend([*handles, dotted], text, loc="outside upper right", ncols=3, frameon=False)
    fig.supxlabel("how much of the network is shuffled, from the output on", fontsize=10)
    return fig


def sounds_in_rain(ax: Axes, table: pd.DataFrame) -> None:
    """How well each method finds a planted sound as the rain grows fainter; the energy in black.

    Parameters
    ----------
    table : DataFrame
        Of one network, a row a level ("snr") and method, as `results("planted_maps")` has them.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("planted_maps").query("seed == 'all' and mask == 'the map'")
    >>> ax = plt.subplots()[1]
    >>> sounds_in_rain(ax, rows.query("model == 'robust'"))
    >>> ax.get_xlabel()
    'level of the sound above the rain (dB)'
    """
    for method, rows in table.groupby("method", sort=False):
        colour = COLOURS.get(str(method), COLOURS["LIME"] if "LIME" in str(method) else None)
        style = {"linestyle": "--"} if "published" in str(method) else {}
        colour = "black" if method == "energy" else colour or COLOURS[str(method).split(",")[0]]
        rows = rows.sort_values("snr").set_index("snr")
        charts.curve(ax, rows, "average precision", str(method), colour, **style)
    ax.set(xlabel="level of the sound above the rain (dB)", ylabel="average precision")
