"""The figures of notebook 03 that set maps beside one another: on other baselines, for other
questions, of other clips.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...display import figures
from ...display.style import COLOURS, SIGNED_MAP
from ...sound.spectrogram import LogMel

SHARES = {
    "joining first": COLOURS["random"],
    "Shapley value": COLOURS["Deep SHAP"],
    "joining last": COLOURS["occlusion"],
}


def walk(
    alpha: Tensor, paths: dict[str, Tensor], steps: Sequence[int], off: dict[str, list[float]]
) -> Figure:
    """The logit on the way from a baseline to the clip, and how far a sum of so many steps is off.

    Examples
    --------
    >>> alpha = torch.linspace(0, 1, 3)
    >>> figure = walk(alpha, {"plain": alpha**2}, [1, 2], {"plain": [0.5, 0.1]})
    >>> figure.axes[1].get_xlabel()
    'steps on the way'
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.3))
    for name, path in paths.items():
        left.plot(alpha, path, color=COLOURS[name], label=name)
        right.plot(steps, [100 * share for share in off[name]], "o-", color=COLOURS[name])
    left.set(xlabel="α: share of the way from silence to the clip", ylabel="logit of dog")
    left.legend(frameon=False)
    right.set(xscale="log", xlabel="steps on the way", ylabel="the sum is off by (%)")
    right.set_xticks(steps, [str(step) for step in steps])
    right.minorticks_off()
    right.axhline(0, color="black", linewidth=0.8)
    return figure


def on_baselines(
    baselines: dict[str, Tensor], maps: dict[str, Tensor], mel: LogMel, truth: Tensor
) -> Figure:
    """Above, what stands for "nothing"; below, the map that is measured from it.

    Examples
    --------
    >>> values = torch.randn(1, 1, 64, 251)
    >>> pictures = {"silence": values}
    >>> len(on_baselines(pictures, pictures, LogMel(), (values > 2).float()).axes)
    4
    """
    figure, axes = plt.subplots(2, len(maps), figsize=(14, 5), sharex=True, sharey=True)
    axes = axes.reshape(2, len(maps))
    for column, name in enumerate(maps):
        above, below = axes[:, column]
        level = figures.spectrogram(above, baselines[name], mel, name, (-60, 40))
        image = figures.attribution(below, maps[name], mel, "", truth)
        for ax in (above, below):
            ax.label_outer()
    figure.colorbar(level, ax=axes[0], label="level (dB)", pad=0.01)
    figure.colorbar(image, ax=axes[1], label="each on its own scale", pad=0.01)
    return figure


def shares_of_players(shares: dict[str, Sequence[float]]) -> Figure:
    """Bars for each player and each way to share, and their sums.

    Examples
    --------
    >>> figure = shares_of_players({"joining last": [1.0, 2.0]})
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['quarter 1', 'quarter 2', 'sum of all']
    """
    figure, ax = plt.subplots(figsize=(9, 3.2))
    width = 0.8 / len(shares)
    for number, (name, values) in enumerate(shares.items()):
        heights = [*values, sum(values)]
        places = [place + (number - (len(shares) - 1) / 2) * width for place in range(len(heights))]
        look = {"color": SHARES[name], "edgecolor": "black", "linewidth": 0.6, "label": name}
        ax.bar(places, heights, width, **look)
    names = [f"quarter {player + 1}" for player in range(len(heights) - 1)]
    ax.set_xticks(range(len(heights)), [*names, "sum of all"])
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_ylabel("gain of the logit of dog")
    ax.legend(frameon=False, loc="upper left")
    return figure


def rather_than(
    maps: dict[str, Tensor],
    questions: dict[str, Tensor],
    mel: LogMel,
    truth: Tensor,
    players: int = 4,
) -> Figure:
    """Maps side by side on one scale, and what each part of the clip adds in the maps of several
    questions.

    Examples
    --------
    >>> values = torch.randn(1, 1, 64, 251)
    >>> maps = {"dog": values, "dog rather than rooster": values}
    >>> figure = rather_than(maps, maps, LogMel(), (values > 2).float())
    >>> figure.axes[2].get_xlabel()
    'sum over a quarter'
    """
    figure, axes = plt.subplots(1, len(maps) + 1, figsize=(13, 3.5))
    largest = next(iter(maps.values())).abs().flatten().quantile(0.995).item()
    for ax, (name, values) in zip(axes[:-1], maps.items(), strict=True):
        scaled, look = values / largest, {"limits": (-1, 1), "truth": truth, "colours": SIGNED_MAP}
        image = figures.spectrogram(ax, scaled, mel, name, **look)
        image.set_interpolation("nearest")
        ax.label_outer()
    figure.colorbar(image, ax=axes[:-1], label="attribution, one scale", pad=0.01)
    size, places = -(-values.shape[3] // players), torch.arange(players)
    bar = {"height": 0.25, "edgecolor": "black", "linewidth": 0.6}
    shades = ("white", "#BBBBBB", "black")
    for number, (name, shade) in enumerate(zip(questions, shades, strict=False)):
        sums = [part.sum().item() for part in questions[name].split(size, dim=3)]
        axes[-1].barh(places + 0.27 * (number - 1), sums, color=shade, label=name, **bar)
    axes[-1].set_yticks(places, [f"quarter {player + 1}" for player in range(players)])
    axes[-1].invert_yaxis()
    axes[-1].axvline(0, color="black", linewidth=0.8)
    axes[-1].set_xlabel("sum over a quarter")
    axes[-1].legend(frameon=False, fontsize=10.5, loc="lower left", bbox_to_anchor=(-0.1, 1))
    return figure


def two_clips(
    maps: dict[str, dict[str, Tensor]], truths: dict[str, Tensor], mel: LogMel, columns: int = 4
) -> Figure:
    """The same methods on several clips, a band of rows for each clip.

    Examples
    --------
    >>> values = torch.randn(1, 1, 64, 251)
    >>> truths = {"dog": (values > 2).float()}
    >>> figure = two_clips({"dog": {"saliency": values}}, truths, LogMel())
    >>> figure.axes[0].get_title()
    'dog: saliency'
    """
    each = -(-max(map(len, maps.values())) // columns)
    size = 11, 2.1 * each * len(maps)
    figure, axes = plt.subplots(each * len(maps), columns, figsize=size, sharex=True, sharey=True)
    axes = axes.reshape(len(maps), -1)
    for row, (clip, found) in zip(axes, maps.items(), strict=True):
        for ax, (method, values) in zip(row, found.items(), strict=False):
            image = figures.attribution(ax, values, mel, truth=truths[clip])
            ax.set_title(f"{clip}: {method}", fontsize=10.5)
            ax.label_outer()
        for ax in row[len(found) :]:
            ax.set_visible(False)
    label = "each on its own scale"
    figure.colorbar(image, ax=axes, label=label, pad=0.01, shrink=0.5)
    return figure
