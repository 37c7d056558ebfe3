"""The figures of notebook 10 that show sounds and maps under attack."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from torch import Tensor

from ...display import charts
from ...display.style import COLOURS
from ...sound import hearing
from ..classifiers import KINDS
from .attacks import METHODS
from .judging import Turned

ATTACK, NOISE, BEFORE = COLOURS["anomalous"], COLOURS["ours"], COLOURS["energy"]
AWARE, HIDDEN = COLOURS["LRP"], COLOURS["normal"]
MEASURES = [f"{value}{end}" for value in ("target", "own") for end in ("", " low", " high")]
SEEN = {
    "saliency, the network attacked": "under the mask",
    "saliency, another training": "seen by another training",
    "saliency, the robust network": "seen by the robust network",
} | {method: f"shown by {method}" for method in METHODS if method != "saliency"}


def under_the_ruler(sound: Tensor, hidden: Tensor, loud: Tensor) -> Figure:
    """What a sound hides, and two changes of it: in the frame where the second stands out most, by
    frequency; and in every frame, by its loudest band.

    Parameters
    ----------
    sound, hidden, loud : Tensor, shape (1, samples)

    Examples
    --------
    >>> import torch
    >>> sound = torch.randn(1, 16_000) / 10
    >>> len(under_the_ruler(sound, sound / 100, sound / 30).axes)
    2
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.6))
    changes = {"change under the mask": (hidden, HIDDEN), "change limited to 30 dB": (loud, ATTACK)}
    over = {name: hearing.noise_to_mask(of, sound)[0] for name, (of, _) in changes.items()}
    frame = int(over["change limited to 30 dB"].amax(dim=0).argmax())
    highs = [min(high, 8000) for high in hearing.EDGES[1:23]]
    centres = [(low + high) / 2000 for low, high in zip(hearing.EDGES[:22], highs, strict=True)]
    lines = {
        "the sound": (hearing.band_powers(sound), {"color": "black"}),
        "what it hides": (hearing.masking_threshold(sound), {"color": "black", "linestyle": "--"}),
    } | {
        name: (hearing.band_powers(of), {"color": colour}) for name, (of, colour) in changes.items()
    }
    for name, (power, style) in lines.items():
        level = 10 * power[0, :, frame].log10() + hearing.FULL_SCALE
        left.plot(centres, level, label=name, **style)
    left.set(xscale="log", xlabel="frequency (kHz)", ylabel="level in a band (dB SPL)")
    left.set(title="one frame", ylim=(0, 100), xticks=(0.1, 1, 8), xticklabels=("0.1", "1", "8"))
    left.legend(fontsize=9, ncols=2, loc="upper right")
    for name, (_, colour) in changes.items():
        highest = over[name].amax(dim=0)
        right.plot(np.arange(len(highest)) * hearing.FRAME / 2, highest, color=colour, linewidth=1)
    right.axhline(0, color="black", linestyle="--", linewidth=1)
    right.set(title="every frame", xlabel="time (s)", ylabel="loudest band above the mask (dB)")
    right.set_ylim(-15, 15)
    return figure


def turned_maps(study: pd.DataFrame) -> Figure:
    """How well maps agree with the wanted one and with their former one, attacked and with noise as
    loud, by method and kind of network.

    Parameters
    ----------
    study : DataFrame
        One data set of `results("manipulation")`, over all trainings.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> study = results("manipulation").query("data == 'environment' and seed == 'all'")
    >>> len(turned_maps(study).axes)
    4
    """
    figure, axes = plt.subplots(2, 2, figsize=(11, 5.4), sharey=True, sharex=True)
    how = {"attack": ("under the mask", ATTACK), "noise as loud": ("noise under the mask", NOISE)}
    asked = {"target": "the wanted map", "own": "the former map"}
    for row, (value, title) in zip(axes, asked.items(), strict=True):
        for ax, kind in zip(row, KINDS, strict=True):
            mine = study[study["model"] == kind]
            parts = {
                name: mine[mine["attack"] == attack].set_index("method").loc[[*METHODS], MEASURES]
                for name, (attack, _) in how.items()
            }
            colours = {name: colour for name, (_, colour) in how.items()}
            charts.dots(ax, pd.concat(parts, axis=1), colours, value)
            ax.set(title=f"{kind} network: {title}", xlabel="", xlim=(-0.1, 1.05))
    for ax in axes[1]:
        ax.set_xlabel("agreement")
    axes[0, 0].legend(fontsize=9, loc="lower right")
    return figure


def copied_sounds(saliency: pd.DataFrame, names: Sequence[str]) -> Figure:
    """What is left of an attack in copies of the sound, and of one that reckons with delays.

    Parameters
    ----------
    saliency : DataFrame
        The rows of one method and kind of network, by attack.
    names : names of copies

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("manipulation").query("data == 'environment' and seed == 'all'")
    >>> rows = rows.query("method == 'saliency' and model == 'plain'").set_index("attack")
    >>> copied_sounds(rows, ["16 bits"]).axes[0].get_yticklabels()[0].get_text()
    '16 bits'
    """
    ways = {
        "attack": ("under the mask", ATTACK),
        "aware of delays": ("shift-aware", AWARE),
        "not attacked": ("clean", BEFORE),
    }
    parts = {}
    for way, (row, _) in ways.items():
        chosen = saliency.loc[[f"{row}, {name}" for name in names], MEASURES]
        parts[way] = chosen.set_axis([*names])
    figure, ax = plt.subplots(figsize=(9, 3.4))
    colours = {way: colour for way, (_, colour) in ways.items()}
    charts.dots(ax, pd.concat(parts, axis=1), colours, "target")
    ax.axvline(saliency.loc["under the mask", "target"], color=ATTACK, linestyle=":", linewidth=1)
    ax.set(xlabel="agreement with the wanted map (dotted: before it was copied)", xlim=(0, 1))
    ax.legend(fontsize=9, loc="lower right")
    return figure


def seen_elsewhere(saliency: pd.DataFrame) -> Figure:
    """What other networks and methods show of attacked sounds: how well it agrees with the wanted
    map, and with what they showed before.

    Parameters
    ----------
    saliency : DataFrame
        See `copied_sounds`.

    Examples
    --------
    >>> from audioxai_lite.course.results import results
    >>> rows = results("manipulation").query("data == 'environment' and seed == 'all'")
    >>> rows = rows.query("method == 'saliency' and model == 'plain'").set_index("attack")
    >>> len(seen_elsewhere(rows).axes)
    2
    """
    shown = saliency.loc[[*SEEN.values()]].set_axis([*SEEN])
    befores = ["target before", "target before low", "target before high"]
    first = shown[befores].set_axis(MEASURES[:3], axis=1)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True)
    both = {"before": BEFORE, "attacked": ATTACK}
    charts.dots(axes[0], pd.concat({"before": first, "attacked": shown}, axis=1), both, "target")
    charts.dots(axes[1], pd.concat({"attacked": shown}, axis=1), {"attacked": ATTACK}, "own")
    for ax, title in zip(axes, ("the wanted map", "their own former map"), strict=True):
        ax.set(xlabel=f"agreement with {title}", xlim=(-0.1, 1.05))
    axes[0].legend(fontsize=9)
    return figure


def second_maps(turned: Turned, ways: Mapping[str, str]) -> Figure:
    """How well two maps of a clip agree, clean, with noise and attacked; and how often a clean
    clip's agree better, by data and network.

    Parameters
    ----------
    turned : Turned
    ways : dict of way to title
        Where the second map comes from.

    Examples
    --------
    >>> from audioxai_lite.course.results import results_by_clip
    >>> turned = Turned(results_by_clip("manipulation"), "environment")
    >>> len(second_maps(turned, {"softened": "softplus"}).axes)
    2
    """
    figure, axes = plt.subplots(1, len(ways) + 1, figsize=(13, 3.2))
    known = {"clean": COLOURS["random"], "noise": NOISE, "attacked": ATTACK}
    cases = {f"{data}, {kind}": (data, kind) for data in ("environment", "esc10") for kind in KINDS}
    for number, (ax, (way, title)) in enumerate(zip(axes, ways.items(), strict=False)):
        for name, colour in known.items():
            filled = "stepfilled" if name == "clean" else "step"
            style = {"histtype": filled, "color": colour, "linewidth": 2, "label": name}
            ax.hist(turned.agreements(way, name), np.linspace(0, 1, 26), **style)
        ax.set(title=f"second map: {title}", xlabel="agreement of the two maps", ylabel="clips")
        marker = {"marker": "os"[number], "color": "black", "linestyle": "", "markersize": 7}
        if number == 0:
            marker["markerfacecolor"] = "white"
        places = np.arange(len(cases))
        axes[-1].plot(
            [turned.area(way, *of) for of in cases.values()], places, label=title, **marker
        )
    axes[0].legend(fontsize=9)
    names = [name.replace("environment", "made").replace("esc10", "ESC-10") for name in cases]
    axes[-1].set_yticks(np.arange(len(cases)), names)
    axes[-1].set(title="who tells better?", xlabel="area under the ROC curve", xlim=(0.5, 1.02))
    axes[-1].invert_yaxis()
    axes[-1].legend(fontsize=9, loc="upper left")
    return figure
