"""Spectrograms, attributions, masks and waveforms with real axes."""

import matplotlib.pyplot as plt
import numpy as np
import scipy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ..inputs import as_floats, as_tensor
from ..masks.rules import AXES
from ..sound.audio import as_waveform
from ..sound.spectrogram import PowerStft
from .style import LEVEL_MAP, OUTLINE, SIGNED_MAP


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
        Decibels, or anything else on the feature's grid. NaN stays white.
    feature : PowerStft, LogStft or LogMel
        Gives the axes.
    limits : (lowest, highest), optional
        Of the colours; by default the loudest value and 80 below it.
    truth : Tensor, shape (1, 1, frequency, time), optional
        Ground-truth mask; the outline runs around it, a band and two frames away.

    Returns
    -------
    The image, for a colour bar.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> figure, ax = plt.subplots()
    >>> image = spectrogram(ax, LogMel()(torch.randn(1, 16_000)).values, LogMel(), "noise")
    >>> [label.get_text() for label in ax.get_yticklabels()]  # kilohertz
    ['0.25', '0.5', '1', '2', '4']
    """
    picture = as_tensor(values, "values")[0, 0].detach().float().cpu()
    centres = np.arange(picture.shape[1]) * feature.hop_length / feature.sample_rate
    half = feature.hop_length / feature.sample_rate / 2
    low, high = limits or (float(picture.max()) - 80, float(picture.max()))
    extent = (-half, centres[-1] + half, -0.5, len(picture) - 0.5)
    image = ax.imshow(
        picture, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high, cmap=colours
    )
    if truth is not None:
        rows = np.arange(len(picture))
        event = as_floats(truth, "truths", AXES)[0, 0].numpy() > 0.5
        # The line must not cover what it marks.
        around = scipy.ndimage.binary_dilation(event, np.ones((3, 5)))
        ax.contour(centres, rows, around, levels=[0.5], colors=OUTLINE, linewidths=1.2)
    _frequency_ticks(ax, feature.frequencies.numpy())
    ax.set(title=title, xlabel="time (s)", ylabel="frequency (kHz)")
    return image


def _frequency_ticks(ax: Axes, rows: np.ndarray) -> None:
    """Ticks at round kilohertz, given each row's frequency in hertz; rows may be mel bands."""
    if np.allclose(np.diff(rows), rows[1] - rows[0]):
        ticks = np.arange(0, rows[-1] + 1, 2_000 if rows[-1] <= 12_000 else 4_000)
    else:
        ticks = np.array([125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000])
        ticks = ticks[(ticks >= rows[0]) & (ticks <= 1.03 * rows[-1])]
    position = np.interp(ticks, rows, np.arange(len(rows)))
    roomy = np.diff(position, append=np.inf) > 0.06 * len(rows)
    ax.set_yticks(position[roomy], [f"{tick / 1000:g}" for tick in ticks[roomy]])


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
    >>> noise = mel(torch.randn(1, 16_000)).values
    >>> figure = spectrograms({"noise": noise, "20 dB softer": noise - 20}, mel)
    >>> low, high = figure.axes[1].images[0].get_clim()  # of both: those of the first
    >>> round(high - low), high == float(noise.max())
    (80, True)
    """
    rows = -(-len(pictures) // columns)
    columns = min(columns, len(pictures))
    size = min(3.7 * columns + 1, 13.8), 2.7 * rows
    figure, axes = plt.subplots(
        rows, columns, figsize=size, sharex=True, sharey=True, squeeze=False
    )
    highest = float(as_tensor(next(iter(pictures.values())), "values").max())
    limits = limits or (highest - 80, highest)
    for ax, (title, values) in zip(axes.flat, pictures.items(), strict=False):
        image = spectrogram(ax, values, feature, title, limits, truth, colours)
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

    Notebook: 03, 04, 07.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> mel = LogMel()
    >>> values = torch.randn(1, 1, 64, 100)
    >>> figure = attributions({"small": values / 1e6, "large": values * 1e6}, mel)
    >>> small, large = (ax.images[0].get_array() for ax in figure.axes[:2])
    >>> bool(abs(small - large).max() < 1e-5)
    True
    """
    scaled = {title: _to_own_scale(values) for title, values in maps.items()}
    label = "each on its own scale"
    figure = spectrograms(scaled, feature, columns, truth, (-1, 1), label, SIGNED_MAP)
    for ax in figure.axes:
        for image in ax.images:
            # A blend of red and blue would be white; and the PNG is half the size.
            image.set_interpolation("nearest")
    return figure


def attribution(
    ax: Axes, values: Tensor, feature: PowerStft, title: str = "", truth: Tensor | None = None
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
    image = spectrogram(ax, _to_own_scale(values), feature, title, (-1, 1), truth, SIGNED_MAP)
    image.set_interpolation("nearest")
    return image


def _to_own_scale(attribution: Tensor) -> Tensor:
    """The 99.5th percentile of the sizes is 1."""
    attribution = as_floats(attribution, "attributions", AXES)
    sizes = attribution.abs().cpu().numpy()
    # As torch's quantile in single precision, which takes no more than 16 million numbers.
    largest = np.quantile(sizes, np.float32(0.995))
    return attribution / max(float(largest), 1e-30)


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
    sound = as_floats(as_waveform(sound), "waveforms")
    ax.plot(np.arange(sound.shape[-1]) / sample_rate, sound[0], label=label, linewidth=0.6, **style)
    ax.set(xlabel="time (s)", ylabel="amplitude")
