"""What made each bin of a spoken digit's spectrogram: the fundamental, a formant, or hiss. Taught
in notebook 11.
"""

import numpy as np
import torch
from torch import Tensor

from ..sound.stft import PowerStft
from .speech import HIGHER, HOP, WORDS, tracks
from .voices import Spoken

REGIONS = ("silence", "fundamental", "formant 1", "formant 2", "formant 3", "above", "hiss")


def regions(clip: Spoken, grid: PowerStft) -> Tensor:
    """The number of the region of each bin, among `REGIONS`: (1, 1, frequency, time).

    Voice and hiss are told apart by which of them is louder in the bin: the clip is made again
    without its hiss. Of the voice, everything up to one and a half times the speaker's pitch
    belongs to the fundamental, the rest to the nearest formant, on a logarithmic scale. Silence is
    what lies outside the word, or less than 10 dB above what is heard there.

    Parameters
    ----------
    clip : Spoken
        As it was loaded: no cause changed.
    grid : PowerStft, LogStft
        Of which the frames and bins are taken.

    Raises
    ------
    ValueError
        If a cause of the clip was changed.

    Notebook: 11.

    Examples
    --------
    >>> from . import voices
    >>> four = voices.load(speakers=1, takes=1)[4]
    >>> found = regions(four, PowerStft(8_000, 400, 160))
    >>> [name for number, name in enumerate(REGIONS) if (found == number).sum() > 20][1:3]
    ['fundamental', 'formant 1']
    """
    if clip.causes:
        raise ValueError(f"regions are of clips as they were loaded; here {clip.causes} is changed")
    power = PowerStft(grid.sample_rate, grid.n_fft, grid.hop_length)
    voice = clip.with_(hiss=0.0).waveform
    voiced, hiss, whole = (
        power(sound).values[0, 0].numpy() for sound in (voice, clip.waveform - voice, clip.waveform)
    )
    track = tracks(WORDS[clip.digit], clip.speaker.rate)["formants"] * clip.speaker.tract
    samples, rate = clip.waveform.shape[1], clip.sample_rate
    word = round(len(track) * HOP * rate)
    place = np.random.default_rng(list(clip.seed)).random()  # the first number that `speak` draws
    begin = round(place * (samples - word))
    seconds = (np.arange(whole.shape[1]) * grid.hop_length - begin) / rate
    inside = (seconds >= 0) & (seconds < word / rate)
    position = np.clip((seconds / HOP).astype(int), 0, len(track) - 1)
    centres = track[position].T
    fixed = np.full((1, centres.shape[1]), HIGHER[0][0] * clip.speaker.tract)
    centres = np.concatenate([centres, fixed])
    edges = np.sqrt(centres[:-1] * centres[1:])
    hertz = grid.frequencies.numpy()[:, None]
    found = 2 + (hertz[None] > edges[:, None]).sum(axis=0)
    found[(hertz <= 1.5 * clip.speaker.pitch).repeat(found.shape[1], axis=1)] = 1
    found[hiss > voiced] = REGIONS.index("hiss")
    quiet = 10 * np.median(whole[:, ~inside])
    found[~inside[None] | (whole < quiet)] = 0
    return torch.from_numpy(found)[None, None]
