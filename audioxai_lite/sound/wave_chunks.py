"""The chunks of a wav file (RIFF, RIFX, RF64, BW64): is all of its sound there, and no more?"""

import struct

from .patched import Bytes, DamagedSound, Patched, only_padding

# What writers put where they do not know a length, as into a pipe: what 31 or 32 bits hold, or a
# power of two, at times less the length of a header; of 64 bits, nothing or about as much.
UNKNOWN = (range(2**31 - 2**16, 2**31 + 2**16), range(2**32 - 2**16, 2**32))
UNKNOWN_LONG = (range(1), range(2**63 - 2**16, 2**64))

RECORDINGS = (b"RIFF", b"RIFX", b"RF64", b"data")
KNOWN = b"LIST fact cue smpl inst bext iXML axml chna PEAK JUNK PAD FLLR id3 ID3 acid".split()


def walk(data: Bytes, start: int) -> Patched | None:
    """Walk through the chunks: None when the file can be read as it is, else what is to be read.

    Sound is as long as its chunk says when chunks follow it, or nothing. When the length is
    unknown, or other bytes follow, sound goes on to the end.

    Raises
    ------
    DamagedSound
        If the file ends before its sound does, or holds more than one recording.

    Examples
    --------
    >>> import io
    >>> import soundfile
    >>> file = io.BytesIO()
    >>> soundfile.write(file, [0.5] * 800, 8_000, format="WAV")
    >>> data = bytearray(file.getvalue())
    >>> data[40:44] = bytes([100, 0, 0, 0])  # of 1,600 bytes
    >>> walk(bytes(data), 0).size == len(data)
    True
    """
    order = ">" if data[start : start + 4] == b"RIFX" else "<"
    long_size, rate = None, 0
    position = start + 12
    while position + 8 <= len(data):
        name, size = _chunk(data, position, order)
        body = position + 8
        if name == b"data":
            unknown = UNKNOWN
            if long_size is not None and any(size in values for values in UNKNOWN):
                size, unknown = _number(data, long_size, f"{order}Q"), UNKNOWN_LONG
            if not any(size in values for values in unknown):
                if body + size > len(data):
                    raise DamagedSound(_cut_off(size, len(data) - body, rate))
                if _explained(data, body + size, order):
                    return None
            end = _before_last_chunks(data, body, order)
            header = _header(data[:body], start, end - body, long_size, order)
            return Patched(header, data, body, end)
        if name == b"ds64":
            long_size = body + 8
        if name == b"fmt ":
            rate = _number(data, body + 8, f"{order}I")  # bytes a second
        position = body + size + size % 2
    return None


def _number(data: Bytes, position: int, kind: str) -> int:
    size = struct.calcsize(kind)
    return struct.unpack(kind, data[position : position + size].ljust(size, b"\0"))[0]


def _chunk(data: Bytes, position: int, order: str) -> tuple[bytes, int]:
    return data[position : position + 4], _number(data, position + 4, f"{order}I")


def _cut_off(promised: int, there: int, rate: int) -> str:
    after = f" after {there / rate:.2f} s" if rate else ""
    return (
        f"the file is cut off{after}: its header promises {promised:,} bytes of sound, "
        f"and {there:,} are there"
    )


def _explained(data: Bytes, end: int, order: str) -> bool:
    """Whether what follows the sound are chunks, tags or padding, up to the end of the file."""
    aligned = (end + end % 2, end)  # not everybody writes the byte that makes a length even
    return any(only_padding(data, _after_chunks(data, start, order)) for start in aligned)


def _after_chunks(data: Bytes, position: int, order: str) -> int:
    """Where chunks end that follow each other; a chunk of a known name may be cut off itself."""
    while position + 8 <= len(data):
        name, size = _chunk(data, position, order)
        after = position + 8 + size
        if name in RECORDINGS:
            raise DamagedSound("a second recording follows the first in the same file")
        if name.strip() not in KNOWN and not (name.isalnum() and after <= len(data)):
            return position
        position = after + size % 2
    return position


def _before_last_chunks(data: Bytes, body: int, order: str) -> int:
    """Where sound of unknown length ends: before chunks of known names that end with the file."""
    found = [len(data)]
    for name in KNOWN:
        position = data.rfind(name.ljust(4), max(body, len(data) - 2**16))
        if position != -1 and _after_chunks(data, position, order) - len(data) in (0, 1):
            found.append(position)
    return min(found)


def _header(before: bytes, start: int, there: int, long_size: int | None, order: str) -> bytes:
    """The file's bytes before the sound, with the lengths that are there."""
    header, body = bytearray(before), len(before)
    header[body - 4 :] = struct.pack(f"{order}I", min(there, 2**32 - 1))
    if long_size is not None:
        header[long_size : long_size + 8] = struct.pack(f"{order}Q", there)
    elif there + body < 2**32:
        header[start + 4 : start + 8] = struct.pack(f"{order}I", there + body - start - 8)
    return bytes(header)
