"""Reading sound and refusing what cannot be explained. Waveforms are float32 tensors (batch,
samples), in [-1, 1].
"""

import math
import os
from typing import Literal

import numpy as np
import soxr
import torch
import torchaudio.functional
from torch import Tensor

from ..inputs import as_tensor
from .decoding import AudioError, mono_blocks, open_sound_file


def as_waveform(waveform: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Sound in a tensor, array or list of any usual type as a tensor; gradients pass.

    Parameters
    ----------
    waveform : Tensor, ndarray or list
        Floating numbers, taken as they are, or whole ones of 16 or 32 bits, which are divided by
        2 ** 15 or 2 ** 31, as soundfile does: full scale is 1.
    dtype : torch.dtype, default torch.float32

    Raises
    ------
    AudioError
        If it holds whole numbers of another size, whose full scale nobody knows.
    ValueError
        If it holds no real numbers.

    Examples
    --------
    >>> as_waveform(np.array([[16384, -32768]], dtype=np.int16)).tolist()
    [[0.5, -1.0]]
    """
    samples = as_tensor(waveform, "waveform")
    if samples.is_floating_point():
        return samples.to(dtype)
    if samples.dtype not in FULL_SCALE:
        fault = f"it holds whole numbers of the type {str(samples.dtype).removeprefix('torch.')}"
        raise AudioError("waveform", fault, "Divide them by full scale: sound lies in [-1, 1]")
    return samples.to(dtype) / FULL_SCALE[samples.dtype]


FULL_SCALE = {torch.int16: 2**15, torch.int32: 2**31}


def read(
    path: str | os.PathLike,
    sample_rate: int | None = None,
    channels: Literal["mix", "require mono"] = "mix",
) -> tuple[Tensor, int]:
    """Read a sound file (wav, flac, ogg, mp3 and whatever else soundfile knows) as a mono waveform.

    Parameters
    ----------
    path : path
    sample_rate : int, optional
        Resample to this rate, in hertz. By default the file's own rate is kept.
    channels : "mix" or "require mono"
        "mix" averages the channels; "require mono" refuses a file with more than one.

    Returns
    -------
    waveform : Tensor, shape (1, samples), float32
        In [-1, 1] for integer files; a float file may exceed it (see `peak_normalise`).
    sample_rate : int
        In hertz.

    Raises
    ------
    AudioError
        If the rate is not positive, or the file is missing, not audio, cut off, stereo against the
        wish, or without samples, or holds NaN or infinity.

    Examples
    --------
    >>> import tempfile
    >>> import soundfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/stereo.wav", np.zeros((8_000, 2)), 8_000)
    ...     waveform, rate = read(f"{folder}/stereo.wav", sample_rate=16_000)
    >>> waveform.shape, rate
    (torch.Size([1, 16000]), 16000)
    """
    if channels not in ("mix", "require mono"):
        raise ValueError(f'channels must be "mix" or "require mono", not {channels!r}')
    with open_sound_file(path) as file:
        if file.channels > 1 and channels == "require mono":
            fault = f"it has {file.channels} channels where one is required"
            raise AudioError(path, fault, 'Pass channels="mix" to average them')
        rate = file.samplerate
        check_rates(path, rate, rate if sample_rate is None else sample_rate)
        blocks = list(mono_blocks(file, path))
    if not blocks:
        raise AudioError(path, "it holds no samples", "Record or export it again")
    waveform = torch.from_numpy(np.concatenate(blocks))[None]
    if sample_rate is None or sample_rate == rate:
        return waveform, rate
    return resample(waveform, rate, sample_rate), sample_rate


def check(
    waveform: Tensor,
    sample_rate: int,
    expected_rate: int | None = None,
    shortest: float = 0.1,
    name: str = "waveform",
) -> Tensor:
    """Refuse sound that would make an explanation meaningless; return it when it is fit.

    Parameters
    ----------
    waveform : Tensor, shape (batch, samples)
    sample_rate, expected_rate : int
        In hertz. `expected_rate` is what the feature or model was made for; None accepts any.
    shortest : float, default 0.1
        In seconds.
    name : str
        Says in the message which sound is meant, a file name for example.

    Raises
    ------
    AudioError
        If the shape is wrong, or the sound is empty, NaN, too short, at another rate, silent (see
        `is_silent`) or clipped (more than 0.1 % of its samples stay at a peak
        above 0.9 for three or more in a row).

    Examples
    --------
    >>> import torch
    >>> check(torch.zeros(1, 16_000), 16_000)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.decoding.AudioError: waveform: it is silent. Check the microphone, or ...
    """
    waveform = as_waveform(waveform)
    if waveform.ndim != 2:
        fault = f"its shape is {tuple(waveform.shape)}, not (batch, samples)"
        raise AudioError(name, fault, "Add the batch axis with waveform[None]")
    check_samples(waveform, name)
    if expected_rate is not None and sample_rate != expected_rate:
        fault = f"its rate is {sample_rate} Hz where {expected_rate} Hz is expected"
        raise AudioError(name, fault, f"Read it with sample_rate={expected_rate}, or use resample")
    if waveform.shape[-1] < shortest * sample_rate:
        fault = f"it lasts {waveform.shape[-1] / sample_rate:.3f} s, less than {shortest} s"
        raise AudioError(name, fault, "Use a longer clip, or pad_or_crop")
    peak = waveform.abs().amax(dim=-1, keepdim=True)
    if is_silent(waveform).any():
        raise AudioError(name, "it is silent", "Check the microphone, or leave this clip out")
    # -32768 and 32767 are both full scale.
    at_peak = (waveform.abs() >= peak * (1 - 2**-14)) & (peak > 0.9)
    clipped = (at_peak[:, :-2] & at_peak[:, 1:-1] & at_peak[:, 2:]).float().mean(dim=-1)
    if (clipped > 1e-3).any():
        fault = f"over {clipped.max():.1%} of it is clipped"
        raise AudioError(name, fault, "Record it again at a lower level")
    return waveform


def is_silent(waveform: Tensor) -> Tensor:
    """Whether each clip, shape (batch, samples), is silent: its samples stay within -80 dB of full
    scale about a constant. Shape (batch, 1), bool.

    What is left there is rounding: of 16-bit stereo in opposite phase, once it is mixed, of
    silence, or of a microphone that gives a direct voltage alone.

    Examples
    --------
    >>> is_silent(torch.tensor([[0.5, 0.50001], [0.5, -0.5]])).tolist()
    [[True], [False]]
    """
    waveform = as_waveform(waveform)
    check_samples(waveform, "waveform")
    high, low = waveform.amax(dim=-1, keepdim=True), waveform.amin(dim=-1, keepdim=True)
    return high - low < 2e-4


def check_samples(waveform: Tensor, name: str | os.PathLike) -> None:
    """AudioError unless there is sound, and all of it finite.

    Examples
    --------
    >>> check_samples(torch.tensor([[0.1, torch.nan]]), "bark")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.decoding.AudioError: bark: it holds NaN or infinite samples. Export it ...
    """
    waveform = as_waveform(waveform)
    if waveform.numel() == 0:
        raise AudioError(name, "it holds no samples", "Record or export it again")
    if not waveform.isfinite().all():
        raise AudioError(name, "it holds NaN or infinite samples", "Export it again as 16-bit wav")


def resample(waveform: Tensor, sample_rate: int, new_rate: int) -> Tensor:
    """Change the sample rate, with torchaudio's windowed sinc; (batch, samples) → (batch, new
    samples), rates in hertz.

    Between rates that share hardly a divisor, such as 44,099 and 16,000 Hz, torchaudio would need
    gigabytes for its filters; soxr does these, and passes no gradients.

    Raises
    ------
    AudioError
        If a rate is no whole number above 0, one is over a thousand times the other, or gradients
        are asked for between rates that soxr does.

    Examples
    --------
    >>> tone = torch.sin(torch.arange(16_000.0))[None]
    >>> halved = resample(tone, 16_000, 8_000)[0, 1_000:7_000]  # without the edges
    >>> torch.allclose(halved, tone[0, 2_000:14_000:2], atol=0.01)  # every second sample
    True
    """
    waveform = as_waveform(waveform)
    check_rates("waveform", sample_rate, new_rate)
    old, new = int(sample_rate), int(new_rate)
    if old * new / math.gcd(old, new) ** 2 < LARGEST_FILTER:
        return torchaudio.functional.resample(waveform, old, new)
    if waveform.requires_grad:
        fault = f"it cannot be resampled from {old} to {new} Hz with gradients"
        raise AudioError("waveform", fault, "Detach it, or resample before gradients are needed")
    changed = [soxr.resample(sound, old, new, quality="VHQ") for sound in waveform.cpu().numpy()]
    samples = math.ceil(waveform.shape[-1] * new / old)
    return pad_or_crop(torch.from_numpy(np.stack(changed)), samples).to(waveform.device)


LARGEST_FILTER = 4e6  # numbers in the filters of torchaudio, about


def check_rates(name: str | os.PathLike, sample_rate: float, new_rate: float) -> None:
    """AudioError unless sound can be brought from one rate to another, in hertz.

    Examples
    --------
    >>> check_rates("bark.wav", 44_100, 0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.decoding.AudioError: bark.wav: it cannot be brought from 44100 to 0 Hz. ...
    """
    whole = all(float(rate).is_integer() and rate > 0 for rate in (sample_rate, new_rate))
    if not whole or not 1e-3 <= new_rate / sample_rate <= 1e3:
        fault = f"it cannot be brought from {sample_rate} to {new_rate} Hz"
        remedy = "Rates are whole numbers above 0 Hz, one at most a thousand times the other"
        raise AudioError(name, fault, remedy)


def pad_or_crop(waveform: Tensor, samples: int) -> Tensor:
    """Make every clip `samples` long: zeros behind a short one, the end cut off a long one. Shape
    (batch, samples).

    Examples
    --------
    >>> clip = torch.tensor([[1.0, 2.0]])
    >>> pad_or_crop(clip, 3).tolist(), pad_or_crop(clip, 1).tolist()
    ([[1.0, 2.0, 0.0]], [[1.0]])
    """
    waveform = as_waveform(waveform)
    missing = samples - waveform.shape[-1]
    return torch.nn.functional.pad(waveform, (0, missing))
