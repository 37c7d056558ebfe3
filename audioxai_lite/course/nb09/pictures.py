"""The figures of notebook 09 that take more than a line: levels, answers, maps in noise."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor

from ... import masks
from ...display import charts, figures
from ...display.style import COLOURS
from ...evaluation.stability import top_overlap
from ...sound import levels
from ...sound.spectrogram import LogMel

FATES = {"stays": COLOURS["original"], "gone": COLOURS["random"], "new": COLOURS["anomalous"]}


def colour_of(method: str) -> str:
    """A method's colour, whatever variant of it is meant.

    Examples
    --------
    >>> colour_of("Grad-CAM, as published") == COLOURS["Grad-CAM"]
    True
    """
    return COLOURS[method.split(",")[0]]


def active_stretches(ax: Axes, sound: Tensor, rate: int) -> None:
    """The level of a sound, shape (1, samples), in stretches of 20 ms, with those that count for
    its active level filled; and both levels.

    Examples
    --------
    >>> import torch
    >>> figure, ax = plt.subplots()
    >>> active_stretches(ax, torch.sin(torch.arange(16_000.0))[None], 16_000)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['stretches that count', 'active level', 'level of the whole']
    """
    frame = rate // 50
    power = sound[0].unfold(0, frame, frame).square().mean(dim=1)
    decibels = (10 * power.clamp(min=1e-10).log10()).numpy()
    time = (np.arange(len(decibels)) + 0.5) / 50
    counts = decibels >= decibels.max() - 30
    ax.plot(time, decibels, color=COLOURS["energy"], linewidth=1)
    filled = {"where": counts, "step": "mid", "color": COLOURS["mel"], "alpha": 0.6}
    ax.fill_between(time, -100, decibels, label="stretches that count", **filled)
    whole = 20 * float(sound.square().mean().sqrt().log10())
    active = 20 * float(levels.active_level(sound, rate).log10())
    ax.axhline(active, color="black", label="active level")
    ax.axhline(whole, color="black", linestyle="--", label="level of the whole")
    ax.set(xlabel="time (s)", ylabel="level (dB)", ylim=(-100, 0))
    ax.legend(fontsize=9, loc="lower right")


def answers_in_noise(accuracy: pd.DataFrame, printed: dict[str, float]) -> Figure:
    """How many answers are right as a background grows, and as published: a row a data set, a
    column a background.

    Parameters
    ----------
    accuracy : DataFrame
        `results("noisy_accuracy")`.
    printed : dict of background to accuracy
        As printed for the network of the source; its first entry is of clean clips.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> printed = {"clean": 0.9, "white noise": 0.6, "room": 0.8, "horse": 0.7}
    >>> len(answers_in_noise(results("noisy_accuracy"), printed).axes)
    6
    """
    figure, axes = plt.subplots(2, 3, figsize=(11, 6), sharey=True)
    accuracy = accuracy[accuracy["seed"] == "all"]
    titles, papers = {"environment": "made", "esc10": "ESC-10"}, list(printed)[1:]
    for row, (data, title) in zip(axes, titles.items(), strict=True):
        mine = accuracy[accuracy["data"] == data]
        for ax, background, paper in zip(row, mine["background"].unique(), papers, strict=True):
            for kind in ("plain", "robust"):
                chosen = mine[(mine["background"] == background) & (mine["model"] == kind)]
                published = chosen["snr"] == "as published"
                curve = chosen[~published].assign(snr=lambda t: t["snr"].astype(float))
                curve = curve.sort_values("snr").set_index("snr").rename(index={np.inf: "clean"})
                charts.curve(ax, curve, "accuracy", f"{kind} network", COLOURS[kind])
                place = len(curve) + (0.3 if kind == "robust" else -0.1)
                value = chosen[published]["accuracy"].iloc[0]
                ax.plot(place, value, "D", color=COLOURS[kind], markersize=6)
            if data == "esc10":
                ax.plot(len(curve) + 0.1, printed[paper], "k*", label="source", markersize=9)
            ticks = [f"{step:g}" if step != "clean" else step for step in curve.index]
            ax.set_xticks(range(len(curve) + 1), [*ticks, "as\npublished"], fontsize=9)
            ax.axhline(0.1, color="black", linewidth=0.8, linestyle=":")
            ax.set(title=f"{title}: {background.replace('_', ' ')}", ylim=(0, 1), xlabel="SNR (dB)")
            ax.label_outer(remove_inner_ticks=True)
            ax.tick_params(labelbottom=True)
        row[0].set_ylabel("accuracy")
    axes[1, 0].legend(fontsize=9, loc="upper left")
    return figure


def fates_of_the_top(
    found: dict[str, dict[str, Tensor]], states: Sequence[str], methods: Sequence[str], mel: LogMel
) -> Figure:
    """What becomes of a clean map's top twentieth of bins: what stays, what goes, what is new.

    Parameters
    ----------
    found : dict of state to dict of method to Tensor, shape (1, 1, frequency, time)
        "clean" is compared with every other state.
    states : names
        What to draw, a row each.

    Examples
    --------
    >>> import torch
    >>> found = {state: {"saliency": torch.rand(1, 1, 64, 251)} for state in ("clean", "white")}
    >>> len(fates_of_the_top(found, ["white"], ["saliency"], LogMel()).axes)
    1
    """
    size = (12, 2.2 * len(states) + 0.9)
    figure, axes = plt.subplots(
        len(states), len(methods), figsize=size, sharex=True, sharey=True, squeeze=False
    )
    colours = ListedColormap(["white", *FATES.values()])
    for row, state in zip(axes, states, strict=True):
        for ax, method in zip(row, methods, strict=True):
            pair = found["clean"][method], found[state][method]
            before, after = (masks.top_k(each, 0.05) for each in pair)
            fate = before * after + 2 * before * (1 - after) + 3 * after * (1 - before)
            share = top_overlap(*pair).item()
            figures.spectrogram(
                ax, fate, mel, f"{method}, {state}: {share:.0%}", (-0.5, 3.5), colours=colours
            )
            ax.images[0].set_interpolation("nearest")
            ax.label_outer()
    marks = [plt.Line2D([], [], marker="s", linestyle="", color=of) for of in FATES.values()]
    figure.legend(marks, FATES, loc="outside lower center", ncols=3)
    return figure


def curves_of_methods(
    stable: pd.DataFrame,
    names: Sequence[str],
    methods: Sequence[str],
    value: str,
    label: str,
    changed: str | None = None,
) -> Figure:
    """How a measure of maps goes with the level of a background: a row a background, a column a
    method; grey the loudness of the bins, dotted a random map.

    Parameters
    ----------
    stable : DataFrame
        Columns background, method, snr, equal, clips, and the measures with their intervals.
    value, changed : names of measures
        Drawn in full, and broken, where at least five clips of three trainings changed their
        answer.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> stable = results("stability").query("seed == 'all'")
    >>> figure = curves_of_methods(stable, ["room"], ["LIME"], "average precision", "AP")
    >>> figure.axes[0].get_title()
    'LIME'
    """
    size = (12, 2.1 * len(names) + 0.9)
    figure, axes = plt.subplots(
        len(names), len(methods), figsize=size, sharex=True, sharey=True, squeeze=False
    )
    stable = stable.assign(snr=stable["snr"].astype(float)).sort_values("snr")
    if changed:
        stable = stable[stable["snr"] < np.inf]
    stable = stable.set_index("snr").rename(index={np.inf: "clean"})
    for row, name in zip(axes, names, strict=True):
        here = stable[stable["background"] == name]
        for ax, method in zip(row, methods, strict=True):
            mine, colour = here[here["method"] == method], colour_of(method)
            charts.curve(ax, here[here["method"] == "energy"], value, "energy", COLOURS["energy"])
            if len(mine):
                charts.curve(ax, mine, value, method, colour)
            if changed:
                enough = (1 - mine["equal"]) * mine["clips"] * 3 > 4.5
                dashed = {"linestyle": "--", "markerfacecolor": "white"}
                charts.curve(ax, mine.where(enough), changed, "changed", colour, **dashed)
            by_chance = here[here["method"] == "random"][value].mean()
            ax.axhline(by_chance, color="black", linewidth=0.8, linestyle=":")
            ax.tick_params(axis="x", labelsize=9)
            if ax in axes[0]:
                ax.set_title(method)
        row[0].set_ylabel(f"{name}\n{label}")
    for ax in axes[-1]:
        ax.set_xlabel("SNR (dB)")
    axes[0, 0].set_ylim(0, 1)
    _legend_below(figure, bool(changed))
    return figure


def _legend_below(figure: Figure, changed: bool) -> None:
    """What the lines of `curves_of_methods` mean."""
    line = {"color": "black", "marker": "o", "markersize": 4}
    entries = {"the method" + (", answer stayed" if changed else ""): plt.Line2D([], [], **line)}
    if changed:
        dashed = line | {"linestyle": "--", "markerfacecolor": "white"}
        entries["the method, answer changed"] = plt.Line2D([], [], **dashed)
    entries["loudness of the bins"] = plt.Line2D([], [], **line | {"color": COLOURS["energy"]})
    entries["random map"] = plt.Line2D([], [], color="black", linestyle=":")
    figure.legend(entries.values(), entries, loc="outside lower center", ncols=4, fontsize=9)
