"""Copies of a sound that nobody would tell from it: what a file, or a moment's delay, makes of it.
Notebook: 10.
"""

import io

import numpy as np
import soundfile
import torch
import torchaudio
from torch import Tensor

from ...sound.audio import as_waveform
from ...sound.levels import mix_at_snr
from ...sound.noises import white_noise

RATE = 16_000
LATE = 160  # samples, 10 ms


def copies(waveform: Tensor) -> dict[str, Tensor]:
    """The sounds, (batch, samples) at 16 kHz, as they come out of a file of 16 bits, of Ogg Vorbis,
    of 44.1 kHz and back, 5 and 10 ms late, and under white noise 30 dB softer.

    Examples
    --------
    >>> tone = torch.sin(torch.arange(16_000.0))[None] / 2
    >>> {name: float((copy - tone).abs().max()) < 0.1 for name, copy in copies(tone).items()}
    {'16 bits': True, 'Ogg Vorbis': True, '44.1 kHz and back': True, '5 ms late': False, \
'10 ms late': False, 'white noise, 30 dB softer': True}
    """
    waveform = as_waveform(waveform)
    noise = white_noise(waveform.shape[-1], RATE, torch.Generator().manual_seed(0))
    return {
        "16 bits": (waveform * 32_767).round() / 32_767,
        "Ogg Vorbis": torch.cat([_as_vorbis(clip) for clip in waveform]),
        "44.1 kHz and back": _resampled(waveform, 44_100),
        "5 ms late": waveform.roll(LATE // 2, dims=-1),
        "10 ms late": waveform.roll(LATE, dims=-1),
        "white noise, 30 dB softer": mix_at_snr(waveform, noise, 30.0),
    }


def _as_vorbis(clip: Tensor) -> Tensor:
    file = io.BytesIO()
    soundfile.write(file, clip.numpy(), RATE, format="OGG", subtype="VORBIS")
    file.seek(0)
    read, _ = soundfile.read(file, dtype="float32")
    same = np.zeros(len(clip), dtype=np.float32)
    same[: len(read)] = read[: len(clip)]
    return torch.from_numpy(same)[None]


def _resampled(waveform: Tensor, rate: int) -> Tensor:
    there = torchaudio.functional.resample(waveform, RATE, rate)
    back = torchaudio.functional.resample(there, rate, RATE)
    return back[..., : waveform.shape[-1]]
