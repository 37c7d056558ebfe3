"""The figures of notebook 10 that show level sets, softened networks and defences."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...display import charts
from ...display.style import COLOURS
from ..classifiers import KINDS
from .level_sets import SmallNetwork
from .pictures import ATTACK, BEFORE

WAY, ARROW = COLOURS["saved phase"], COLOURS["Griffin-Lim"]
CLASSES = (COLOURS["ours"], COLOURS["LRP"])
ENDS = ("", " low", " high")


def level_sets(
    networks: Sequence[SmallNetwork],
    paths: Sequence[pd.DataFrame],
    points: np.ndarray,
    label: np.ndarray,
) -> Figure:
    """The level sets of small networks, a walk along one of them, and the gradient on the way.

    Parameters
    ----------
    networks, paths : as many as panels
        Each with the walk that it was made on.
    points, label : see `two_moons`

    Examples
    --------
    >>> from audioxai_lite.course.nb10.level_sets import trained_network, two_moons, walk
    >>> network = trained_network(10.0)
    >>> path = walk(network, np.array([[0.5, 0.3]]), steps=50)
    >>> len(level_sets([network], [path], *two_moons()).axes)
    1
    """
    grid = np.stack(np.meshgrid(np.linspace(-1.6, 2.6, 160), np.linspace(-1.1, 1.6, 110)), axis=-1)
    size = (5 * len(networks), 3.6)
    figure, axes = plt.subplots(
        1, len(networks), figsize=size, sharex=True, sharey=True, squeeze=False
    )
    levels = {"levels": np.linspace(-12, 12, 9), "colors": "grey", "linewidths": 0.7}
    levels["linestyles"] = "solid"
    for ax, small, path in zip(axes[0], networks, paths, strict=True):
        level = small.value(grid.reshape(-1, 2)).reshape(grid.shape[:2])
        ax.contour(*grid.transpose(2, 0, 1), level, **levels)
        some = path.iloc[::25][["x", "y"]].to_numpy()
        slopes = small.gradient(some)
        arrows = slopes / np.linalg.norm(slopes, axis=1, keepdims=True)
        ax.scatter(*points.T, c=np.where(label, *CLASSES[::-1]), s=4)
        ax.plot(path["x"], path["y"], color=WAY, linewidth=2.5)
        ax.quiver(*some.T, *arrows.T, color=ARROW, scale=11, width=0.009, zorder=3)
        ax.set(title=f"β = {small.beta:g}: turns by {path['turned'].max():.2f}")
        ax.set_xlabel("first input")
    axes[0, 0].set_ylabel("second input")
    return figure


def bound_and_turn(walked: pd.DataFrame) -> Figure:
    """How far the gradient turned on walks, over what the theorem allows.

    Parameters
    ----------
    walked : DataFrame
        Of `walks`.

    Examples
    --------
    >>> walked = pd.DataFrame({"beta": [1.0], "bound": [0.5], "turned": [0.2]})
    >>> bound_and_turn(walked).axes[0].get_xscale()
    'log'
    """
    figure, ax = plt.subplots(figsize=(8, 3.8))
    groups = walked.iloc[::40].groupby("beta")
    colours = plt.get_cmap("viridis")(np.linspace(0.9, 0, len(groups)))
    for colour, (beta, rows) in zip(colours, groups, strict=True):
        style = {"markersize": 2.5, "color": colour, "label": f"β = {beta:g}"}
        ax.plot(rows["bound"], rows["turned"], ".", **style)
    ax.plot([1e-3, 2], [1e-3, 2], color="black", linewidth=1)
    ax.axhline(2, color="black", linestyle=":", linewidth=1)
    ax.set(xscale="log", yscale="log", xlim=(1e-3, 2e3), ylim=(1e-5, 10))
    ax.set(xlabel="bound: largest curvature × way", ylabel="how far the gradient turned")
    ax.legend(markerscale=4, fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def softening(soft: pd.DataFrame, growing: Mapping[str, float]) -> Figure:
    """What changes as the corners of networks grow softer: curvature, what an attack reaches, how
    well honest maps find the event, and right answers.

    Parameters
    ----------
    soft : DataFrame
        One data set of `results("softened")`, over all trainings.
    growing : dict of kind of network to agreement
        What an attack reaches whose β grows, on ReLUs.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> soft = results("softened").query("data == 'environment' and seed == 'all'")
    >>> len(softening(soft, {"plain": 0.7, "robust": 0.6}).axes)
    4
    """
    panels = {
        "curvature": ("none", "curvature (1/dB)"),
        "target": ("attacked", "attack: agreement\nwith the wanted map"),
        "average precision before": ("attacked", "not attacked:\naverage precision"),
        "right": ("none", "share of right answers"),
    }
    figure, axes = plt.subplots(1, 4, figsize=(14, 3.5))
    for kind in KINDS:
        for ax, (value, (attack, title)) in zip(axes, panels.items(), strict=True):
            rows = soft[(soft["model"] == kind) & (soft["attack"] == attack)].set_index("beta")
            charts.curve(ax, rows.sort_index(ascending=False), value, kind, COLOURS[kind])
            ax.set(xlabel="β (1000: nearly ReLU)", title=title)
            if value != "curvature":
                ax.set_ylim(0, 1)
        axes[1].plot(0, growing[kind], "*", markersize=13, color=COLOURS[kind])
    axes[0].set_yscale("log")
    axes[0].legend(fontsize=9, loc="upper right")
    star = plt.Line2D([], [], color="black", marker="*", markersize=11, linestyle="")
    axes[1].legend([star], ["β growing"], fontsize=9, loc="lower right")
    return figure


def cousins(soft: pd.DataFrame, sigmas: Sequence[float]) -> Figure:
    """How well the maps of softened networks agree with SmoothGrad's, by the size of its noise.

    Parameters
    ----------
    soft : DataFrame
        See `softening`.
    sigmas : list of float
        Decibels.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> soft = results("softened").query("data == 'environment' and seed == 'all'")
    >>> len(cousins(soft, [0.5, 5.0]).axes)
    2
    """
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.4), sharey=True)
    colours = plt.get_cmap("viridis")(np.linspace(0.9, 0, len(sigmas)))
    for ax, kind in zip(axes, KINDS, strict=True):
        rows = soft[(soft["model"] == kind) & (soft["attack"] == "none")].set_index("beta")
        rows = rows.sort_index(ascending=False)
        for sigma, colour in zip(sigmas, colours, strict=True):
            value = f"agrees with SmoothGrad {sigma:g} dB"
            charts.curve(ax, rows, value, f"noise of {sigma:g} dB", colour)
        ax.axhline(0.95, color="black", linestyle=":", linewidth=1)
        ax.set(xlabel="β (1000: nearly ReLU)", title=f"{kind} network", ylim=(0.3, 1.02))
    axes[0].set_ylabel("agreement of the maps")
    axes[1].legend(fontsize=9, loc="lower left")
    return figure


def defences(against: Mapping[str, pd.Series], right: Mapping[str, float]) -> Figure:
    """How near attacked maps come to the wanted ones under each defence, and how many answers it
    leaves right.

    Parameters
    ----------
    against : dict of defence to row
        With "target before", "target", and their ends.
    right : dict of defence to share
        A defence without one stays blank.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> row = results("softened").query("attack == 'attacked'").iloc[0]
    >>> len(defences({"softplus": row}, {"softplus": 0.8}).axes)
    2
    """
    parts = {}
    for when, column in {"before": "target before", "attacked": "target"}.items():
        rows = {
            name: {f"agreement{end}": row[f"{column}{end}"] for end in ENDS}
            for name, row in against.items()
        }
        parts[when] = pd.DataFrame(rows).T.astype(float)
    ratios = {"width_ratios": [3, 1]}
    figure, (left, other) = plt.subplots(1, 2, figsize=(12, 4.6), sharey=True, gridspec_kw=ratios)
    colours = {"before": BEFORE, "attacked": ATTACK}
    charts.dots(left, pd.concat(parts, axis=1), colours, "agreement")
    left.set(xlabel="agreement with the wanted map", xlim=(-0.1, 1))
    left.legend(fontsize=9)
    shares = [right.get(name, np.nan) for name in against]
    drawn = other.barh(np.arange(len(against)), shares, color=COLOURS["random"])
    other.bar_label(
        drawn, ["" if np.isnan(share) else f"{share:.2f}" for share in shares], padding=3
    )
    other.set(xlabel="share of right answers", xlim=(0, 1.15))
    return figure
