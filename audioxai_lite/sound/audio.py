"""Reading sound and refusing what cannot be explained. Waveforms are float32 tensors (batch,
samples), in [-1, 1].
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import torch
import torchaudio.functional
from torch import Tensor

from ..inputs import as_tensor


class AudioError(ValueError):
    """Sound that cannot be used: which `file` (or "waveform"), what the `fault` is, and the
    `remedy`.
    """

    def __init__(self, file: str | os.PathLike, fault: str, remedy: str):
        super().__init__(f"{file}: {fault}. {remedy}.")
        self.file, self.fault, self.remedy = str(file), fault, remedy


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
    """Read a sound file (wav, flac, ogg and whatever else soundfile knows) as a mono waveform.

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
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/stereo.wav", np.zeros((8_000, 2)), 8_000)
    ...     waveform, rate = read(f"{folder}/stereo.wav", sample_rate=16_000)
    >>> waveform.shape, rate
    (torch.Size([1, 16000]), 16000)
    """
    path = Path(path)
    if channels not in ("mix", "require mono"):
        raise ValueError(f'channels must be "mix" or "require mono", not {channels!r}')
    if sample_rate is not None and sample_rate <= 0:
        raise AudioError(path, f"it cannot be read at {sample_rate} Hz", "Rates are above 0 Hz")
    with open_sound_file(path) as file:
        rate, samples = file.samplerate, file.read(dtype="float32", always_2d=True)
        check_whole_sound(file, len(samples))
    if samples.shape[1] > 1 and channels == "require mono":
        fault = f"it has {samples.shape[1]} channels where one is required"
        raise AudioError(path, fault, 'Pass channels="mix" to average them')
    waveform = torch.from_numpy(samples.mean(axis=1, dtype=np.float32))[None]
    _check_samples(waveform, path)
    if sample_rate is None or sample_rate == rate:
        return waveform, rate
    return resample(waveform, rate, sample_rate), sample_rate


@contextmanager
def open_sound_file(path: str | os.PathLike) -> Iterator[soundfile.SoundFile]:
    """A sound file to read from; AudioError where it is not there or cannot be decoded.

    Examples
    --------
    >>> with open_sound_file("absent.wav") as file:  # doctest: +ELLIPSIS
    ...     pass
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.audio.AudioError: absent.wav: there is no such file. Check the name ...
    """
    if not os.path.isfile(path):
        raise AudioError(path, "there is no such file", "Check the name and the folder")
    try:
        with soundfile.SoundFile(path) as file:
            yield file
    except (soundfile.LibsndfileError, RuntimeError) as error:
        reason = str(getattr(error, "error_string", error)).removesuffix(".")
        fault = f"it cannot be decoded as audio ({reason})"
        raise AudioError(path, fault, "Use an intact wav, flac or ogg file") from error


def check_whole_sound(file: soundfile.SoundFile, samples: int) -> None:
    """AudioError if the samples read of a file, channels aside, are not all that it promised.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/tone.wav", np.zeros(8_000), 8_000)
    ...     with open_sound_file(f"{folder}/tone.wav") as file:
    ...         check_whole_sound(file, len(file.read()))
    """
    # libsndfile reads a cut-off file to where it ends, and says so only in its log, of an ogg file
    # not even there.
    shortened = samples < file.frames or re.search(r"\(should be \d+\)", file.extra_info)
    if shortened or not _ogg_is_complete(file.name):
        fault = f"the file is cut off after {samples / file.samplerate:.2f} s"
        raise AudioError(file.name, fault, "Copy or download it again")


def _ogg_is_complete(path: str | os.PathLike) -> bool:
    """Whether an ogg file's last page is whole and marked as the last; True for other files."""
    with open(path, "rb") as file:
        if file.read(4) != b"OggS":
            return True
        file.seek(max(0, os.path.getsize(path) - 2**17))  # a page has 65 kB at most
        data = file.read()
    page = data[data.rfind(b"OggS") :]
    # The header, 27 bytes, ends with the number of segments; their lengths follow.
    if len(page) < 27 or len(page) < 27 + page[26]:
        return False
    return bool(page[5] & 0x04) and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


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
        If the shape is wrong, or the sound is empty, NaN, too short, at another rate, silent (a
        peak below -80 dB of full scale) or clipped (more than 0.1 % of its samples stay at a peak
        above 0.9 for three or more in a row).

    Examples
    --------
    >>> import torch
    >>> check(torch.zeros(1, 16_000), 16_000)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.audio.AudioError: waveform: it is silent. Check the microphone, or ...
    """
    waveform = as_waveform(waveform)
    if waveform.ndim != 2:
        fault = f"its shape is {tuple(waveform.shape)}, not (batch, samples)"
        raise AudioError(name, fault, "Add the batch axis with waveform[None]")
    _check_samples(waveform, name)
    if expected_rate is not None and sample_rate != expected_rate:
        fault = f"its rate is {sample_rate} Hz where {expected_rate} Hz is expected"
        raise AudioError(name, fault, f"Read it with sample_rate={expected_rate}, or use resample")
    if waveform.shape[-1] < shortest * sample_rate:
        fault = f"it lasts {waveform.shape[-1] / sample_rate:.3f} s, less than {shortest} s"
        raise AudioError(name, fault, "Use a longer clip, or pad_or_crop")
    peak = waveform.abs().amax(dim=-1, keepdim=True)
    if (peak < 1e-4).any():
        raise AudioError(name, "it is silent", "Check the microphone, or leave this clip out")
    # -32768 and 32767 are both full scale.
    at_peak = (waveform.abs() >= peak * (1 - 2**-14)) & (peak > 0.9)
    clipped = (at_peak[:, :-2] & at_peak[:, 1:-1] & at_peak[:, 2:]).float().mean(dim=-1)
    if (clipped > 1e-3).any():
        fault = f"over {clipped.max():.1%} of it is clipped"
        raise AudioError(name, fault, "Record it again at a lower level")
    return waveform


def _check_samples(waveform: Tensor, name: str | os.PathLike) -> None:
    """AudioError unless there is sound, and all of it finite."""
    if waveform.numel() == 0:
        raise AudioError(name, "it holds no samples", "Record or export it again")
    if not waveform.isfinite().all():
        raise AudioError(name, "it holds NaN or infinite samples", "Export it again as 16-bit wav")


def resample(waveform: Tensor, sample_rate: int, new_rate: int) -> Tensor:
    """Change the sample rate, with torchaudio's windowed sinc; (batch, samples) → (batch, new
    samples), rates in hertz.

    Raises AudioError when a rate is not positive.

    Examples
    --------
    >>> tone = torch.sin(torch.arange(16_000.0))[None]
    >>> halved = resample(tone, 16_000, 8_000)[0, 1_000:7_000]  # without the edges
    >>> torch.allclose(halved, tone[0, 2_000:14_000:2], atol=0.01)  # every second sample
    True
    """
    waveform = as_waveform(waveform)
    if sample_rate <= 0 or new_rate <= 0:
        fault = f"it cannot be resampled from {sample_rate} to {new_rate} Hz"
        raise AudioError("waveform", fault, "Rates are above 0 Hz")
    return torchaudio.functional.resample(waveform, sample_rate, new_rate)


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
