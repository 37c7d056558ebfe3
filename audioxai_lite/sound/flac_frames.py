"""The frames of a flac file: how many samples are there, and is the last of them whole?

Sections are those of RFC 9639, which defines the format.
"""

from .patched import Bytes, DamagedSound, Patched


def walk(data: Bytes, start: int) -> Patched | None:
    """Count the samples by the numbers that the first and the last frame bear: None when the file
    can be read as it is, else the file with the right number in its header.

    Raises
    ------
    DamagedSound
        If the file ends before its sound does, or holds more than one recording.

    Examples
    --------
    >>> import io
    >>> import soundfile
    >>> file = io.BytesIO()
    >>> soundfile.write(file, [0.0] * 800, 8_000, format="FLAC")
    >>> data = file.getvalue()
    >>> unknown = data[:21] + bytes([data[21] & 0xF0]) + bytes(4) + data[26:]
    >>> walk(unknown, 0).read() == data
    True
    """
    if data.find(b"fLaC\0\0\0\x22", start + 4) != -1:
        raise DamagedSound("a second recording follows the first in the same file")
    stream = data[start + 8 : start + 42]  # section 8.2
    if len(stream) < 34:
        raise DamagedSound("the file is cut off inside its header")
    largest, rate = int.from_bytes(stream[2:4], "big"), int.from_bytes(stream[10:13], "big") >> 4
    channels, bits = (stream[12] >> 1 & 7) + 1, (stream[12] << 4 & 16 | stream[13] >> 4) + 1
    promised = int.from_bytes(stream[13:18], "big") & (2**36 - 1)
    begin = _after_metadata(data, start)
    if begin >= len(data) and promised == 0:
        return None
    first = _numbered(data, begin, largest)
    last = _last_frame(data, begin, largest, 64 + largest * channels * (bits // 8 + 1))
    if first is None or last is None:
        raise DamagedSound("the file is cut off: it does not end with a whole frame of sound")
    there = sum(last) - first[0]
    if there < promised:
        raise DamagedSound(
            f"the file is cut off after {there / rate:.2f} s: its header promises {promised:,} "
            f"samples, and {there:,} are there"
        )
    if there == promised:
        return None
    header = bytearray(data[start : start + 42])
    header[21:26] = ((header[21] & 0xF0) << 32 | there).to_bytes(5, "big")
    return Patched(bytes(header), data, start + 42, len(data))


def _after_metadata(data: Bytes, start: int) -> int:
    """Where the first frame begins: section 8.1."""
    position, is_last = start + 4, False
    while not is_last and position + 4 <= len(data):
        is_last = bool(data[position] & 0x80)
        position += 4 + int.from_bytes(data[position + 1 : position + 4], "big")
    return position


def _numbered(data: Bytes, position: int, largest: int) -> tuple[int, int] | None:
    """The number of a frame's first sample and how many it holds, if a frame begins here: section
    9.1.
    """
    head = data[position : position + 16]
    if len(head) < 6 or head[0] != 0xFF or head[1] not in (0xF8, 0xF9):
        return None
    ones = 8 - (~head[4] & 0xFF).bit_length()  # the number is coded as letters are in UTF-8
    if ones in (1, 8):
        return None
    end = 4 + max(ones, 1)
    number = head[4] & (0x7F >> ones)
    for byte in head[5:end]:
        number = number << 6 | byte & 0x3F
    size, kind = 0, head[2] >> 4
    if kind in (6, 7):
        size = int.from_bytes(head[end : end + kind - 5], "big") + 1
        end += kind - 5
    elif kind:
        size = 192 if kind == 1 else 576 << kind - 2 if kind < 6 else 256 << kind - 8
    end += {12: 1, 13: 2, 14: 2}.get(head[2] & 0x0F, 0)
    if not size or len(head) <= end or _checksum(head[:end], CRC_8, 8) != head[end]:
        return None
    return (number if head[1] == 0xF9 else number * largest), size


def _last_frame(data: Bytes, begin: int, largest: int, longest: int) -> tuple[int, int] | None:
    """What `_numbered` says of the frame whose last byte is the file's, or stands before a tag."""
    end = len(data) - 128 if data[-128:-125] == b"TAG" else len(data)
    position = end
    while (position := data.rfind(b"\xff", max(begin, end - longest), position)) != -1:
        frame = _numbered(data, position, largest)
        if frame is not None:
            expected = int.from_bytes(data[end - 2 : end], "big")
            if _checksum(data[position : end - 2], CRC_16, 16) == expected:
                return frame
    return None


def _table(polynomial: int, bits: int) -> list[int]:
    table = []
    for byte in range(256):
        rest = byte << bits - 8
        for _ in range(8):
            rest = rest << 1 ^ (polynomial if rest >> bits - 1 else 0)
        table.append(rest & (1 << bits) - 1)
    return table


CRC_8, CRC_16 = _table(0x107, 8), _table(0x18005, 16)  # sections 9.1.8 and 9.3


def _checksum(data: bytes, table: list[int], bits: int) -> int:
    rest, keep = 0, (1 << bits - 8) - 1
    for byte in data:
        rest = (rest & keep) << 8 ^ table[rest >> bits - 8 ^ byte]
    return rest
