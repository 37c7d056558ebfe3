"""What is in a sound file, against what its header promises.

libsndfile, which decodes here, reads what a header declares, be it too little, and drops what is
damaged, both without a word. So a file is walked through first. Where its length is unknown or
wrong and the sound is whole, it is read behind a header that is right; where sound is missing,
damaged or followed by another recording, that is said. No library says what was promised and what
is there: PyAV and audioread decode to wherever a file ends, mutagen reads the headers alone.
"""

import io
import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from . import flac_frames, mpeg_frames, ogg_pages, wave_chunks
from .patched import Bytes, DamagedSound, Patched, after_id3, only_padding


@contextmanager
def whole_sound(path: str | os.PathLike) -> Iterator[str | io.RawIOBase]:
    """What is to be decoded of a sound file: its name, or its bytes behind a header that is right.

    Raises
    ------
    DamagedSound
        If sound is missing or damaged, or another recording follows.
    OSError
        If the file may not be read.

    Examples
    --------
    >>> import tempfile
    >>> import soundfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/tone.wav", [0.0] * 800, 8_000)
    ...     os.truncate(f"{folder}/tone.wav", 1_544)
    ...     with whole_sound(f"{folder}/tone.wav"):  # doctest: +ELLIPSIS
    ...         pass
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.patched.DamagedSound: the file is cut off after 0.09 s: ... 1,500 are there
    """
    with open(path, "rb") as file:
        if os.path.getsize(path) == 0:
            yield os.fspath(path)
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield walked(data) or os.fspath(path)


def walked(data: Bytes) -> Patched | None:
    """The bytes to be decoded in place of a file's, where these are not right as they are.

    Examples
    --------
    >>> walked(b"This is a letter.") is None
    True
    """
    start = after_id3(data, 0)
    magic = data[start : start + 4]
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64"):
        return wave_chunks.walk(data, start)
    if magic == b"fLaC":
        return flac_frames.walk(data, start)
    if magic == b"OggS":
        ogg_pages.walk(data, start)
        return None
    if magic in (b"FORM", b".snd", b"caff", b"riff"):
        _check_end(data, start)
        return None
    frame = mpeg_frames.first_frame(data, start)
    if frame is None and magic[:1] == b"\xff" and magic[1:2] >= b"\xe0":
        raise DamagedSound("it begins as mp3 does but does not go on in frames of layer III")
    return None if frame is None else mpeg_frames.walk(data, frame)


def _check_end(data: Bytes, start: int) -> None:
    """DamagedSound unless an aiff, caf, au or w64 file ends where its chunks or lengths say."""
    magic = data[start : start + 4]
    if magic == b"FORM":
        end = _after_chunks(data, start + 12, ">4sI")
    elif magic == b"caff":
        end = _after_chunks(data, start + 8, ">4sq")
    elif magic == b".snd":
        header, size = struct.unpack(">II", data[start + 4 : start + 12].ljust(8, b"\0"))
        end = len(data) if size == UNKNOWN else start + header + size
    else:
        end = start + int.from_bytes(data[start + 16 : start + 24], "little")
    if end > len(data):
        raise DamagedSound(
            f"the file is cut off: its header promises {end:,} bytes, and {len(data):,} are there"
        )
    if not only_padding(data, end):
        raise DamagedSound(f"after its sound, at byte {end:,}, something follows that is no chunk")


def _after_chunks(data: Bytes, position: int, kind: str) -> int:
    """Where the last of the chunks that follow each other ends."""
    head = struct.calcsize(kind)
    while position + head <= len(data) and not only_padding(data, position):
        name, size = struct.unpack(kind, data[position : position + head])
        if size == -1:
            raise DamagedSound("its header does not say how long its sound is")
        if name in (b"FORM", b"caff") or not name.decode("latin-1").isprintable() or size < 0:
            return position
        position += head + size + (size % 2 if head == 8 else 0)
    return position


UNKNOWN = 2**32 - 1
