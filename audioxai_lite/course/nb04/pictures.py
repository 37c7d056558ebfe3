"""The figures of notebook 04 that take more than a line: promises kept, ruined networks, sounds in
rain.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...display import charts
from ...display.style import COLOURS
from ..classifiers import KINDS

# What is measured of a check, how it reads, and the ends of the axis.
PANELS = {
    "off by": ("the sum is off by (share of what is due)", (-0.05, 1.5)),
    "conserved": ("share of the logit that arrives", (-1, 3)),
    "R²": ("R² of LIME's weights (0: a constant)", (-1, 1)),
}


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
    fig, axes = plt.subplots(1, 3, figsize=(13, 3.4))
    for ax, (measure, (label, limits)) in zip(axes, PANELS.items(), strict=True):
        shown = checks[checks["measure"].str.startswith(measure)]
        where = shown["measure"].str.removeprefix(measure).str.replace(" ", ", ")
        named = shown.assign(row=shown["check"].str.removeprefix("LIME, ") + where)
        quarters = named.groupby(["row", "model"], sort=False)["value"].quantile([0.25, 0.5, 0.75])
        table = quarters.unstack(["model", 2]).clip(*limits)
        names = {0.25: "value low", 0.5: "value", 0.75: "value high"}
        table = table.rename(columns=names, level=1)
        charts.dots(ax, table, {name: COLOURS[name] for name in KINDS}, "value")
        ax.set(xlabel=label, xlim=limits)
    axes[0].legend(frameon=False, loc="center right")
    return fig


def ruined_maps(ruin: pd.DataFrame) -> Figure:
    """What is left of the maps of a network that is shuffled from its output down: above, how like
    the intact map they are, below, how well they find the event.

    Parameters
    ----------
    ruin : DataFrame
        The rows of `results("sanity")` over all trainings.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> len(ruined_maps(results("sanity").query("seed == 'all'")).axes)
    4
    """
    fig, axes = plt.subplots(2, 2, figsize=(13, 6.4), sharex=True, sharey="row")
    labels = {
        "rank correlation": "rank correlation\nwith the intact map",
        "average precision": "average precision\nof the sizes",
    }
    for row, (score, label) in zip(axes, labels.items(), strict=True):
        for ax, kind in zip(row, KINDS, strict=True):
            shown = ruin[ruin["model"] == kind]
            if score == "average precision":  # the sizes of the energy depend on where 0 dB lies
                shown = shown[shown["method"] != "energy"]
            for method, table in shown.groupby("method", sort=False):
                charts.curve(ax, table.set_index("layer"), score, str(method), COLOURS[method])
            ax.set(title=f"{kind} networks" if score == "rank correlation" else "")
        row[0].set_ylabel(label)
    for ax in axes[1]:
        ax.set_xlabel("shuffled from the output down to")
        ax.tick_params(axis="x", rotation=40)
    axes[0, 1].legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0))
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
