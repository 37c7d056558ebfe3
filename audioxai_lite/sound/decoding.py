"""The one reader of sound files: from the first sample to the last, or not without a word."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import soundfile

from .containers import whole_sound
from .patched import DamagedSound

READABLE = (
    ".wav",
    ".flac",
    ".ogg",
    ".oga",
    ".opus",
    ".mp3",
    ".aif",
    ".aiff",
    ".au",
    ".caf",
    ".w64",
)


class AudioError(ValueError):
    """Sound that cannot be used: which `file` (or "waveform"), what the `fault` is, and the
    `remedy`.
    """

    def __init__(self, file: str | os.PathLike, fault: str, remedy: str):
        super().__init__(f"{file}: {fault}. {remedy}.")
        self.file, self.fault, self.remedy = str(file), fault, remedy


class StraightOn(soundfile.SoundFile):
    """A sound file read from its start to its end: soundfile would seek after every block, and
    what is decoded of an mp3 depends on what was decoded before.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/ramp.wav", [0.0, 0.25, 0.5], 8_000)
    ...     with StraightOn(f"{folder}/ramp.wav") as file:
    ...         [file.read(2).tolist() for _ in range(3)]
    [[0.0, 0.25], [0.5], []]
    """

    def seekable(self) -> bool:
        return False


@contextmanager
def open_sound_file(path: str | os.PathLike) -> Iterator[StraightOn]:
    """A sound file to read from; AudioError where it is not there, cannot be decoded, or does not
    hold what it promises.

    Examples
    --------
    >>> with open_sound_file("absent.wav") as file:  # doctest: +ELLIPSIS
    ...     pass
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.decoding.AudioError: absent.wav: there is no such file. Check the name ...
    """
    if not os.path.isfile(path):
        raise AudioError(path, "there is no such file", "Check the name and the folder")
    try:
        with whole_sound(path) as source, StraightOn(source) as file:
            yield file
    except DamagedSound as error:
        raise AudioError(path, str(error), "Copy or download it again") from error
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        reason = str(getattr(error, "error_string", error)).removesuffix(".")
        fault = f"it cannot be decoded as audio ({reason})"
        raise AudioError(path, fault, "Use an intact wav, flac, ogg or mp3 file") from error
    except OSError as error:
        raise AudioError(
            path, f"it cannot be opened ({error.strerror})", "Check its name and rights"
        ) from error


def mono_blocks(file: StraightOn, name: str | os.PathLike) -> Iterator[np.ndarray]:
    """The samples of an open sound file, a million at a time, channels averaged; float32.

    Raises
    ------
    AudioError
        If there are fewer than the header promises, or they hold NaN or infinity.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/stereo.wav", [[0.5, 0.0]] * 3, 8_000)
    ...     with open_sound_file(f"{folder}/stereo.wav") as file:
    ...         [block.tolist() for block in mono_blocks(file, "stereo.wav")]
    [[0.25, 0.25, 0.25]]
    """
    read, size = 0, max(1, 2**20 // file.channels)
    # Not beyond the end, where a tag would be taken for sound.
    while len(block := file.read(min(size, file.frames - read), "float32", always_2d=True)):
        finite = np.isfinite(block).all(axis=1)
        if not finite.all():
            second = (read + np.argmin(finite)) / file.samplerate
            fault = f"it holds NaN or infinite samples at {second:.2f} s"
            raise AudioError(name, fault, "Export it again as 16-bit wav")
        read += len(block)
        yield block.mean(axis=1, dtype=np.float32)
    if read < file.frames:
        fault = f"it is damaged: of {file.frames:,} samples only {read:,} can be decoded"
        raise AudioError(name, fault, "Copy or download it again")
