"""The pages of an ogg file: is each of them there and undamaged, down to the last?

RFC 3533 defines the format.
"""

import struct
import zlib

from .patched import Bytes, DamagedSound, only_padding

SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex")
MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def walk(data: Bytes, start: int) -> None:
    """Follow the pages to the end of the file.

    Raises
    ------
    DamagedSound
        If a page is damaged or absent, the last one is not marked as the last, or there is more
        than one recording (a chained stream).

    Examples
    --------
    >>> import io
    >>> import soundfile
    >>> file = io.BytesIO()
    >>> soundfile.write(file, [0.0] * 800, 8_000, format="OGG")
    >>> walk(file.getvalue() * 2, 0)
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.patched.DamagedSound: a second recording follows the first in the same file
    """
    next_numbers: dict[int, int] = {}
    sound, is_last, position = None, False, start
    while data[position : position + 4] == b"OggS":
        head = data[position : position + 27].ljust(27, b"\0")
        kind, _, serial, number, checksum, segments = struct.unpack("<5xBqIIIB", head)
        body = position + 27 + segments
        end = body + sum(data[position + 27 : body])
        if end > len(data) or body > len(data):
            raise DamagedSound("the file is cut off: it ends inside a page")
        page = head[:22] + bytes(4) + data[position + 26 : end]
        if _checksum(page) != checksum:
            raise DamagedSound(f"it is damaged: its page at byte {position:,} is altered")
        if kind & 2 and data[body : body + 8].startswith(SOUND):
            if sound is not None:
                raise DamagedSound("a second recording follows the first in the same file")
            sound = serial
        if number != next_numbers.get(serial, number):
            raise DamagedSound(f"it is damaged: pages are absent before byte {position:,}")
        next_numbers[serial] = number + 1
        is_last = is_last or (serial == sound and bool(kind & 4))
        position = end
    if not only_padding(data, position):
        cut = len(data) - position < 27
        fault = "the file is cut off: it ends inside a page" if cut else "it is damaged"
        raise DamagedSound(fault if cut else f"{fault} at byte {position:,}: no page begins there")
    if not is_last:
        raise DamagedSound("the file is cut off: its last page is not marked as the last")


def _checksum(page: bytes) -> int:
    """Of section 6: zlib's polynomial from the other end, without its complements."""
    mirrored = zlib.crc32(page.translate(MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
