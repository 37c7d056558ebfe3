"""Spectrograms, attributions, masks and waveforms with real axes."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from torch import Tensor

from audioxai_lite.display.style import COLOURS, LEVEL_MAP, OUTLINE, SIGNED_MAP
from audioxai_lite.sound.spectrogram import PowerStft


def spectrogram(
    ax: Axes,
    values: Tensor,
    feature: PowerStft,
    title: str = "",
    limits: tuple[float, float] | None = None,
    truth: Tensor | None = None,
    colours: str = LEVEL_MAP,
):
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
    image = ax.imshow(
        picture, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high, cmap=colours
    )
    if truth is not None:
        ax.contour(
            centres,
            np.arange(len(picture)),
            truth[0, 0],
            levels=[0.5],
            colors=OUTLINE,
            linewidths=1,
        )
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
    pictures: dict[str, Tensor],
    feature: PowerStft,
    columns: int = 3,
    truth: Tensor | None = None,
    limits: tuple[float, float] | None = None,
    label: str = "level (dB)",
    colours: str = LEVEL_MAP,
) -> Figure:
    """Spectrograms side by side under the same colours, with one colour bar.

    Parameters
    ----------
    pictures : dict of title to Tensor, shape (1, 1, frequency, time)
    columns : int, default 3
    truth, limits, colours
        See `spectrogram`. `limits` are by default taken from the first picture: 80 dB below its
        loudest value.
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
        rows,
        columns,
        figsize=(min(3.7 * columns + 1, 13.8), 2.7 * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    highest = float(next(iter(pictures.values())).max())
    for ax, (title, values) in zip(axes.flat, pictures.items(), strict=False):
        image = spectrogram(
            ax, values, feature, title, limits or (highest - 80, highest), truth, colours
        )
        ax.label_outer()
    for ax in axes.flat[len(pictures) :]:
        ax.set_visible(False)
    figure.colorbar(image, ax=axes, label=label, pad=0.01, shrink=min(1.0, 2 / rows))
    return figure


def attributions(
    maps: dict[str, Tensor], feature: PowerStft, columns: int = 4, truth: Tensor | None = None
) -> Figure:
    """Attributions side by side, each on a scale of its own: units differ, only the pattern can be
    compared.

    Parameters
    ----------
    maps : dict of title to Tensor, shape (1, 1, frequency, time)
        The full red or blue is the 99.5th percentile of a map's sizes, so that one bin cannot wash
        out the rest.
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
            image.set_interpolation(
                "nearest"
            )  # a blend of red and blue would be white; and the PNG is half the size
    return figure


def attribution(
    ax: Axes, found: Tensor, feature: PowerStft, title: str = "", truth: Tensor | None = None
):
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
        What to write on an arrow that leads back, for example {("power", "waveform"): "138 dB"}.
        The boxes are named "waveform", "power", "decibels", "mel" and "mel decibels".

    Our own drawing of what Pak & Teryokhina 2025 show in their Figure 1. Notebook: 01.

    Examples
    --------
    >>> figure = transform_scheme({("power", "waveform"): "138 dB"})
    >>> "138 dB" in [text.get_text() for text in figure.axes[0].texts]
    True
    """
    places = {
        "waveform": (0, 1),
        "power": (1, 1),
        "decibels": (2, 1),
        "mel": (1, 0),
        "mel decibels": (2, 0),
    }
    names = {
        "waveform": "waveform",
        "power": "power\nspectrogram",
        "decibels": "power\nin decibels",
        "mel": "mel\npower",
        "mel decibels": "mel\nin decibels",
    }
    forward = [
        ("waveform", "power", "STFT, |·|²"),
        ("power", "decibels", "10 log₁₀"),
        ("power", "mel", "sum"),
        ("mel", "mel decibels", "10 log₁₀"),
    ]
    figure, ax = plt.subplots(figsize=(10, 4.2))
    for start, end, text in forward:
        for back in (False, True):
            _arrow(
                ax,
                places[start],
                places[end],
                text,
                back,
                measured.get((end, start), ""),
                dashed=back and end == "mel",
            )
    for key, (x, y) in places.items():
        final = "decibels" in key
        box = {
            "boxstyle": "round,pad=0.5",
            "facecolor": "#FFF3D6" if final else "white",
            "edgecolor": "black",
        }
        ax.text(x, y, names[key], ha="center", va="center", bbox=box)
    ax.set(xlim=(-0.25, 2.25), ylim=(-0.3, 1.3))
    ax.axis("off")
    return figure


def _arrow(ax: Axes, start, end, text: str, back: bool, measured: str, dashed: bool) -> None:
    """One arrow of a pair, moved aside from its counterpart, with its text: what is done, or how
    well it is undone.
    """
    (x0, y0), (x1, y1) = (end, start) if back else (start, end)
    vertical = x0 == x1
    aside = -0.06 if back else 0.06
    dx, dy = (-aside if vertical else 0, 0 if vertical else aside)
    shrink = {"shrinkA": 28 if vertical else 50, "shrinkB": 28 if vertical else 50}
    style = {
        "linestyle": "--" if dashed else "-",
        "color": COLOURS["librosa"] if dashed else COLOURS["saved phase"],
    }
    arrow = FancyArrowPatch(
        (x0 + dx, y0 + dy),
        (x1 + dx, y1 + dy),
        arrowstyle="-|>",
        mutation_scale=14,
        **style,
        **shrink,
    )
    ax.add_patch(arrow)
    side = 1.6 if vertical else 2.6
    alignment = ("right" if dx < 0 else "left") if vertical else "center"
    ax.text(
        (x0 + x1) / 2 + side * dx,
        (y0 + y1) / 2 + side * dy,
        measured if back else text,
        fontsize=9,
        ha=alignment,
        va="center",
    )
