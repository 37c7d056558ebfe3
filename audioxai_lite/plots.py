"""The figures of the course: one style, real axes, colour-blind-safe colours, the same colour for the same thing."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from PIL import Image
from torch import Tensor

from audioxai_lite.sound.spectrogram import PowerStft

# Okabe & Ito's palette. Methods of later notebooks add their names here, so that each keeps its colour throughout.
COLOURS = {
    "original": "#000000",
    "saved phase": "#0072B2",
    "Griffin-Lim": "#E69F00",
    "ours": "#009E73",
    "pseudo-inverse": "#56B4E9",
    "torchaudio": "#CC79A7",
    "librosa": "#D55E00",
    "normal": "#56B4E9",
    "anomalous": "#D55E00",
    "AE": "#0072B2",
    "MAE": "#E69F00",
    "dense AE": "#009E73",
    "Mahalanobis (Ledoit–Wolf)": "#CC79A7",
    "Gaussian mixture": "#777777",
    "one-class SVM": "#999999",
    "isolation forest": "#BBBBBB",
    "saliency": "#E69F00",
    "SmoothGrad": "#56B4E9",
    "integrated gradients": "#0072B2",
    "GradientSHAP": "#009E73",
    "Grad-CAM": "#D55E00",
    "occlusion": "#F0E442",
    "Deep SHAP": "#332288",
    "LRP": "#CC79A7",
    "LIME": "#882255",
    "error map": "#000000",
    "random": "#BBBBBB",
    "energy": "#777777",
    "bins": "#117733",
    "cells": "#AA4499",
    "plain": "#E69F00",
    "robust": "#0072B2",
    "generator": "#009E73",
    "clean twin": "#332288",
    "copy": "#000000",
    "nearest normal": "#CC79A7",
    "AE reconstruction": "#0072B2",
    "optimised input": "#D55E00",
    "MAE inpainting, 99 %": "#F0E442",
    "MAE inpainting, 99.9 %": "#E69F00",
}
RULE_COLOURS = {
    "min–max": "#D55E00", "sigmoid": "#0072B2", "sign": "#009E73", "top 5 %": "#CC79A7", "top 30 %": "#882255",
    "top 50 %": "#000000", "threshold 0.25": "#F0E442", "threshold 0.50": "#E69F00", "threshold 0.75": "#56B4E9",
}  # fmt: skip
LEVEL_MAP = "magma"  # decibels
MASK_MAP = "cividis"  # masks, from 0 to 1
SIGNED_MAP = "RdBu_r"  # attributions: red speaks for, blue against, white says nothing
OUTLINE = "#00E5E5"  # the ground truth, drawn over a spectrogram


def use_style() -> None:
    """Set matplotlib up for notebook width. Called by `audioxai_lite.start`.

    Examples
    --------
    >>> use_style()
    >>> plt.rcParams["image.cmap"]
    'magma'
    """
    if get_ipython() is not None:
        plt.close(plt.figure())  # the notebook backend sets itself up at the first figure, and would undo the next line
        get_ipython().display_formatter.formatters["image/png"].for_type(Figure, png)
    plt.rcParams.update({
        "figure.dpi": 72, "savefig.dpi": 72, "figure.constrained_layout.use": True, "font.size": 11,
        "axes.titlesize": 11, "axes.spines.top": False, "axes.spines.right": False, "image.cmap": LEVEL_MAP,
        "axes.prop_cycle": plt.cycler(color=list(COLOURS.values())[1:7]),
    })  # fmt: skip


def png(figure: Figure) -> bytes:
    """A figure as a PNG of 256 colours, a quarter of the full size: spectrograms look like noise to PNG.

    Examples
    --------
    >>> png(plt.figure()).startswith(b"\\x89PNG")
    True
    """
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", bbox_inches="tight")
    Image.open(full).convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        small, "PNG", optimize=True
    )
    return small.getvalue()


def spectrogram(
    ax: Axes, values: Tensor, feature: PowerStft, title: str = "", limits: tuple[float, float] | None = None,
    truth: Tensor | None = None, colours: str = LEVEL_MAP,
):  # fmt: skip
    """Draw a spectrogram, an attribution or a mask with its axes in seconds and kilohertz.

    Parameters
    ----------
    values : Tensor, shape (1, 1, frequency, time)
        Decibels, or anything else on the feature's grid.
    feature : PowerStft, LogStft or LogMel
        Gives the axes.
    limits : (lowest, highest), optional
        Of the colours; by default the loudest value and 80 below it.
    truth : Tensor, shape (1, 1, frequency, time), optional
        Ground-truth mask, outlined.

    Returns
    -------
    The image, for a colour bar.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> figure, ax = plt.subplots()
    >>> image = spectrogram(ax, LogMel()(torch.randn(1, 16_000)).values, LogMel(), "noise")
    >>> ax.get_ylabel()
    'frequency (kHz)'
    """
    picture = values[0, 0].detach().cpu()
    centres = np.arange(picture.shape[1]) * feature.hop_length / feature.sample_rate
    half = feature.hop_length / feature.sample_rate / 2
    low, high = limits or (float(picture.max()) - 80, float(picture.max()))
    extent = (-half, centres[-1] + half, -0.5, len(picture) - 0.5)
    image = ax.imshow(picture, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high, cmap=colours)
    if truth is not None:
        ax.contour(centres, np.arange(len(picture)), truth[0, 0], levels=[0.5], colors=OUTLINE, linewidths=1)
    rows = feature.frequencies.numpy()
    if np.allclose(np.diff(rows), rows[1] - rows[0]):
        ticks = np.arange(0, rows[-1] + 1, 2_000 if rows[-1] <= 12_000 else 4_000)
    else:
        ticks = np.array([125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000])
        ticks = ticks[(ticks >= rows[0]) & (ticks <= 1.03 * rows[-1])]
    position = np.interp(ticks, rows, np.arange(len(rows)))
    roomy = np.diff(position, append=np.inf) > 0.06 * len(rows)
    ax.set_yticks(position[roomy], [f"{tick / 1000:g}" for tick in ticks[roomy]])
    ax.set(title=title, xlabel="time (s)", ylabel="frequency (kHz)")
    return image


def spectrograms(
    pictures: dict[str, Tensor], feature: PowerStft, columns: int = 3, truth: Tensor | None = None,
    limits: tuple[float, float] | None = None, label: str = "level (dB)", colours: str = LEVEL_MAP,
) -> Figure:  # fmt: skip
    """Spectrograms side by side under the same colours, with one colour bar.

    Parameters
    ----------
    pictures : dict of title to Tensor, shape (1, 1, frequency, time)
    columns : int, default 3
    truth, limits, colours
        See `spectrogram`. `limits` are by default taken from the first picture: 80 dB below its loudest value.
    label : str
        Of the colour bar.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> mel = LogMel()
    >>> figure = spectrograms({"noise": mel(torch.randn(1, 16_000)).values}, mel)
    >>> figure.axes[0].get_title()
    'noise'
    """
    rows = -(-len(pictures) // columns)
    columns = min(columns, len(pictures))
    figure, axes = plt.subplots(
        rows, columns, figsize=(min(3.7 * columns + 1, 13.8), 2.7 * rows), sharex=True, sharey=True, squeeze=False
    )
    highest = float(next(iter(pictures.values())).max())
    for ax, (title, values) in zip(axes.flat, pictures.items(), strict=False):
        image = spectrogram(ax, values, feature, title, limits or (highest - 80, highest), truth, colours)
        ax.label_outer()
    for ax in axes.flat[len(pictures) :]:
        ax.set_visible(False)
    figure.colorbar(image, ax=axes, label=label, pad=0.01, shrink=min(1.0, 2 / rows))
    return figure


def attributions(maps: dict[str, Tensor], feature: PowerStft, columns: int = 4, truth: Tensor | None = None) -> Figure:
    """Attributions side by side, each on a scale of its own: units differ, only the pattern can be compared.

    Parameters
    ----------
    maps : dict of title to Tensor, shape (1, 1, frequency, time)
        The full red or blue is the 99.5th percentile of a map's sizes, so that one bin cannot wash out the rest.
    feature, columns, truth
        See `spectrograms`.

    Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> mel = LogMel()
    >>> figure = attributions({"a map": torch.randn(1, 1, 64, 100)}, mel)
    >>> figure.axes[0].get_title()
    'a map'
    """
    scaled = {title: _to_own_scale(found) for title, found in maps.items()}
    label = "attribution, each to its own scale"
    figure = spectrograms(scaled, feature, columns, truth, (-1, 1), label, SIGNED_MAP)
    for ax in figure.axes:
        for image in ax.images:
            image.set_interpolation("nearest")  # a blend of red and blue would be white; and the PNG is half the size
    return figure


def attribution(ax: Axes, found: Tensor, feature: PowerStft, title: str = "", truth: Tensor | None = None):
    """Draw one attribution as in `attributions`. Returns the image, for a colour bar.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> figure, ax = plt.subplots()
    >>> attribution(ax, torch.randn(1, 1, 64, 100), LogMel()).get_clim()  # white is 0
    (-1.0, 1.0)
    """
    image = spectrogram(ax, _to_own_scale(found), feature, title, (-1, 1), truth, SIGNED_MAP)
    image.set_interpolation("nearest")
    return image


def _to_own_scale(found: Tensor) -> Tensor:
    return found / found.abs().quantile(0.995).clamp(min=1e-30)


def mask_rules(ax: Axes, found: Tensor, given: dict[str, Tensor]) -> None:
    """Draw the histogram of an attribution, and over it what masks made of each value.

    A mask of zeros and ones is a line where it begins to keep; a soft one a curve from 0 to 1.

    Parameters
    ----------
    found : Tensor, shape (1, 1, frequency, time)
    given : dict of rule to Tensor, shape of `found`

    Notebook: 04.

    Examples
    --------
    >>> import torch
    >>> found = torch.randn(1, 1, 64, 100)
    >>> figure, ax = plt.subplots()
    >>> mask_rules(ax, found, {"top 5 %": (found >= found.quantile(0.95)).float(), "sigmoid": found.sigmoid()})
    >>> [line.get_label() for line in figure.axes[1].lines]
    ['top 5 %', 'sigmoid']
    """
    values, order = found.flatten().sort()
    ax.hist(values, bins=100, color="#CCCCCC", log=True)
    ax.set(xlabel="value of the attribution (per dB)", ylabel="bins")
    right = ax.twinx()
    for name, mask in given.items():
        colour = RULE_COLOURS.get(name.removesuffix(", positive"), "#999999")
        style = {"color": colour, "label": name, "linewidth": 1.6}
        kept = mask.flatten()[order]
        if ((kept == 0) | (kept == 1)).all():
            right.axvline(values[kept == 1].min(), linestyle="--" if "top" in name else "-", **style)
        else:
            right.plot(values, kept, **style)
    right.set(ylim=(-0.02, 1.02), ylabel="mask")
    right.spines["right"].set_visible(True)
    right.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=3, fontsize=9)


def heat_map(
    ax: Axes, table: pd.DataFrame, label: str, limits: tuple[float, float], higher_is_better: bool = True,
    decimals: int = 0,
):  # fmt: skip
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

    Notebook: 05.

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
                ink = "white" if dark else "black"
                ax.text(column, row, f"{value:.{decimals}f}", ha="center", va="center", color=ink, fontsize=9)
    ax.set_xticks(range(table.shape[1]), table.columns, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(table)), table.index)
    ax.set_title(label)
    ax.spines[:].set_visible(False)
    return image


def waveform(ax: Axes, sound: Tensor, sample_rate: int, label: str = "", **style) -> None:
    """Draw a waveform, shape (1, samples), over seconds.

    Examples
    --------
    >>> import torch
    >>> figure, ax = plt.subplots()
    >>> waveform(ax, torch.randn(1, 16_000), 16_000)
    >>> round(float(ax.lines[0].get_xdata().max()), 2)  # seconds
    1.0
    """
    ax.plot(np.arange(sound.shape[-1]) / sample_rate, sound[0], label=label, linewidth=0.6, **style)
    ax.set(xlabel="time (s)", ylabel="amplitude")


def transform_scheme(measured: dict[tuple[str, str], str]) -> Figure:
    """The course's map of transforms: solid arrows are exact, dashed ones approximate.

    Parameters
    ----------
    measured : dict of (from, to) to str
        What to write on an arrow that leads back, for example {("power", "waveform"): "138 dB"}. The boxes are named
        "waveform", "power", "decibels", "mel" and "mel decibels".

    Our own drawing of what Pak & Teryokhina 2025 show in their Figure 1. Notebook: 01.

    Examples
    --------
    >>> figure = transform_scheme({("power", "waveform"): "138 dB"})
    >>> "138 dB" in [text.get_text() for text in figure.axes[0].texts]
    True
    """
    places = {"waveform": (0, 1), "power": (1, 1), "decibels": (2, 1), "mel": (1, 0), "mel decibels": (2, 0)}
    names = {"waveform": "waveform", "power": "power\nspectrogram", "decibels": "power\nin decibels",
             "mel": "mel\npower", "mel decibels": "mel\nin decibels"}  # fmt: skip
    forward = [("waveform", "power", "STFT, |·|²"), ("power", "decibels", "10 log₁₀"), ("power", "mel", "sum"),
               ("mel", "mel decibels", "10 log₁₀")]  # fmt: skip
    figure, ax = plt.subplots(figsize=(10, 4.2))
    for start, end, text in forward:
        for back in (False, True):
            _arrow(
                ax, places[start], places[end], text, back, measured.get((end, start), ""), dashed=back and end == "mel"
            )
    for key, (x, y) in places.items():
        final = "decibels" in key
        box = {"boxstyle": "round,pad=0.5", "facecolor": "#FFF3D6" if final else "white", "edgecolor": "black"}
        ax.text(x, y, names[key], ha="center", va="center", bbox=box)
    ax.set(xlim=(-0.25, 2.25), ylim=(-0.3, 1.3))
    ax.axis("off")
    return figure


def _arrow(ax: Axes, start, end, text: str, back: bool, measured: str, dashed: bool) -> None:
    """One arrow of a pair, moved aside from its counterpart, with its text: what is done, or how well it is undone."""
    (x0, y0), (x1, y1) = (end, start) if back else (start, end)
    vertical = x0 == x1
    aside = -0.06 if back else 0.06
    dx, dy = (-aside if vertical else 0, 0 if vertical else aside)
    shrink = {"shrinkA": 28 if vertical else 50, "shrinkB": 28 if vertical else 50}
    style = {"linestyle": "--" if dashed else "-", "color": COLOURS["librosa"] if dashed else COLOURS["saved phase"]}
    arrow = FancyArrowPatch(
        (x0 + dx, y0 + dy), (x1 + dx, y1 + dy), arrowstyle="-|>", mutation_scale=14, **style, **shrink
    )
    ax.add_patch(arrow)
    side = 1.6 if vertical else 2.6
    alignment = ("right" if dx < 0 else "left") if vertical else "center"
    ax.text((x0 + x1) / 2 + side * dx, (y0 + y1) / 2 + side * dy, measured if back else text, fontsize=9,
            ha=alignment, va="center")  # fmt: skip


def bars(values: dict[str, float], label: str, ax: Axes | None = None) -> Axes:
    """One horizontal bar a method, in the method's colour, with its value beside it.

    Examples
    --------
    >>> bars({"ours": 1.0, "theirs": 2.0}, "time (s)").get_xlabel()
    'time (s)'
    """
    ax = ax or plt.subplots(figsize=(6, 0.5 * len(values) + 0.8))[1]
    drawn = ax.barh(list(values), list(values.values()), color=[COLOURS.get(name, "#999999") for name in values])
    ax.bar_label(drawn, fmt="%.3g", padding=3)
    ax.invert_yaxis()
    ax.set_xlabel(label)
    return ax


def score_histogram(ax: Axes, scores, labels, threshold: float | None = None, title: str = "") -> None:
    """Draw how the scores of normal (label 0) and anomalous (label 1) clips are spread, and where the alarm begins.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> score_histogram(ax, [0.1, 0.2, 0.9], [0, 0, 1], threshold=0.5)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['normal', 'anomalous', 'threshold']
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    edges = np.linspace(scores.min(), scores.max(), 31)
    for label, name in enumerate(("normal", "anomalous")):
        ax.hist(scores[labels == label], edges, color=COLOURS[name], alpha=0.7, label=name)
    if threshold is not None:
        ax.axvline(threshold, color="black", linestyle="--", linewidth=1, label="threshold")
    ax.set(title=title, xlabel="anomaly score (squared error, standardised)", ylabel="clips")
    ax.legend(frameon=False)


def roc(ax: Axes, curves: dict[str, pd.DataFrame]) -> None:
    """Draw ROC curves with their bands, from `detection.roc_curve`, each in its method's colour, and chance.

    Examples
    --------
    >>> from audioxai_lite.detection import roc_curve
    >>> figure, ax = plt.subplots()
    >>> roc(ax, {"AE": roc_curve([0.1, 0.2, 0.9], [0, 0, 1], resamples=10)})
    >>> [line.get_label() for line in ax.lines]
    ['AE', 'chance']
    """
    for name, curve in curves.items():
        colour = COLOURS.get(name, "#999999")
        ax.plot(curve.index, curve["true_positive_rate"], color=colour, label=name)
        ax.fill_between(curve.index, curve["low"], curve["high"], color=colour, alpha=0.2, linewidth=0)
    ax.plot([0, 1], [0, 1], color="black", linestyle=":", linewidth=1, label="chance")
    ax.set(xlabel="normal clips with an alarm (false-positive rate)", ylabel="faults found (true-positive rate)")
    ax.legend(frameon=False, loc="lower right")


def dots(ax: Axes, table: pd.DataFrame, names: dict[str, str], value: str = "auc", prefix: str = "auc_") -> None:
    """Draw a value and its interval for every row and every method, rows below one another.

    Parameters
    ----------
    table : DataFrame
        Its index gives the rows; for each method M of `names` it has the columns (M, value), (M, prefix + "low") and
        (M, prefix + "high").
    names : dict of method to colour
    value, prefix : str, default "auc" and "auc_"

    Examples
    --------
    >>> from audioxai_lite.detection import roc_table
    >>> table = pd.concat({"AE": roc_table([0.1, 0.2, 0.9], [0, 0, 1], ["", "", "click"], resamples=10)}, axis=1)
    >>> figure, ax = plt.subplots()
    >>> dots(ax, table, {"AE": COLOURS["AE"]})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['click', 'all']
    """
    height = np.arange(len(table))
    for place, (name, colour) in zip(np.linspace(-0.15, 0.15, len(names)), names.items(), strict=True):
        middle, low, high = (table[name, column] for column in (value, f"{prefix}low", f"{prefix}high"))
        ax.errorbar(
            middle, height + place, xerr=[middle - low, high - middle], fmt="o", color=colour, capsize=3, label=name
        )
    ax.set_yticks(height, table.index)
    ax.yaxis.set_inverted(True)  # also where two panels share the axis
    ax.set_xlabel("area under the ROC curve, with 95 % interval" if value == "auc" else f"{value}, with 95 % interval")


def curve(ax: Axes, table: pd.DataFrame, value: str, label: str, colour: str, **style) -> None:
    """Draw a value with its interval over the rows of a table, at equal steps.

    Parameters
    ----------
    table : DataFrame
        Its index names the steps, which may be numbers or words; it has the columns V, "V low" and "V high".
    value : str
        V.
    label, colour : str
        Of the line.
    **style
        Passed on to `Axes.plot`.

    Notebook: 07.

    Examples
    --------
    >>> table = pd.DataFrame({"AD": [30, 60], "AD low": [25, 50], "AD high": [35, 70]}, index=["clean", "white noise"])
    >>> figure, ax = plt.subplots()
    >>> curve(ax, table, "AD", label="saliency", colour=COLOURS["saliency"])
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['clean', 'white noise']
    """
    places = np.arange(len(table))
    ax.plot(places, table[value], "o-", color=colour, label=label, markersize=4, **style)
    ax.fill_between(places, table[f"{value} low"], table[f"{value} high"], color=colour, alpha=0.15, linewidth=0)
    ax.set_xticks(places, [step if isinstance(step, str) else f"{step:g}" for step in table.index])
