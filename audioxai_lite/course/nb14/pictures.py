"""A figure of notebook 14 that takes more lines than a lesson has room for."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from ...display.style import COLOURS
from ...recording import Recording
from .pitch import pitches_heard

PITCHES = {"220 Hz": 220.0, "311 Hz": 311.1, "1870 Hz": 1_870.0}


def pitches_of_cuts(recordings: dict[str, Recording], cuts: dict[str, dict[str, Tensor]]) -> Figure:
    """Which pitch a network hears in what each mask keeps, and in what it leaves; a panel a sound.

    Parameters
    ----------
    recordings : dict of sound to Recording
        Of CREPE.
    cuts : dict of sound to dict of name to Tensor, shape (masks, 1, frequency, time)

    Notebook: 14.5.

    Examples
    --------
    >>> import torch
    >>> from ...audio_model import AudioModel
    >>> def high_or_low(sounds):  # the last of the pitches, and the first in silence
    ...     return sounds.abs().amax(dim=1, keepdim=True).gt(0.01) * torch.arange(360.0)
    >>> recording = AudioModel(high_or_low, sample_rate=16_000).hear(torch.ones(1, 8_000))
    >>> figure = pitches_of_cuts({"tone": recording}, {"tone": {"all": recording.values}})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['all']
    """
    size = 11, 0.45 * max(map(len, cuts.values())) + 1.5
    figure, axes = plt.subplots(1, len(cuts), figsize=size, sharey=True, squeeze=False)
    for ax, (sound, masks) in zip(axes[0], cuts.items(), strict=True):
        for height, (name, mask) in enumerate(masks.items()):
            colour = COLOURS.get(name.removesuffix(" cells"), "black")
            kept = pitches_heard(recordings[sound], mask)
            left = pitches_heard(recordings[sound], 1 - mask)
            shown = {"color": colour, "alpha": 1 if len(mask) == 1 else 0.3, "markersize": 9}
            ax.plot(kept, [height - 0.13] * len(kept), "o", **shown)
            ax.plot(left, [height + 0.13] * len(left), "o", fillstyle="none", **shown)
        for pitch in PITCHES.values():
            ax.axvline(pitch, color="black", linewidth=0.8, linestyle=":")
        ax.set_xscale("log")
        named = [name.removesuffix(" Hz") for name in PITCHES]
        ax.set_xticks(list(PITCHES.values()), named, rotation=60)
        ax.minorticks_off()
        ax.set(title=sound, xlabel="pitch that CREPE hears (Hz)", xlim=(150, 2_500))
        ax.set_yticks(range(len(masks)), list(masks))
    axes[0, 0].invert_yaxis()
    handles = [
        plt.Line2D([], [], marker="o", color="black", linestyle="", fillstyle=style, label=label)
        for style, label in (("full", "in what is kept"), ("none", "in what is left"))
    ]
    axes[0, -1].legend(handles=handles, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    return figure
