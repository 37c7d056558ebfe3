"""Bytes of a sound file that are read in place of the file, and the fault that stops reading."""

import io
import mmap

Bytes = bytes | mmap.mmap


class DamagedSound(Exception):
    """Sound is missing, damaged, or followed by another recording; the message is the fault."""


class Patched(io.RawIOBase):
    """A file of which a stretch is read behind another header.

    Parameters
    ----------
    header : bytes
    data : bytes or mmap
    start, end : int
        Of the stretch, in bytes.

    Examples
    --------
    >>> Patched(b"new ", b"old header and sound", start=15, end=20).read()
    b'new sound'
    """

    def __init__(self, header: bytes, data: Bytes, start: int, end: int):
        self.header, self.data, self.start = header, data, start
        self.size, self.position = len(header) + end - start, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        self.position = max(0, origin + offset)
        return self.position

    def readinto(self, buffer) -> int:
        first, last = self.position, min(self.position + len(buffer), self.size)
        shift = self.start - len(self.header)
        behind = self.data[max(first + shift, self.start) : max(last + shift, self.start)]
        part = self.header[first:last] + behind
        buffer[: len(part)] = part
        self.position += len(part)
        return len(part)


def after_id3(data: Bytes, position: int) -> int:
    """Where what follows an ID3v2 tag begins, if there is one.

    Examples
    --------
    >>> after_id3(b"ID3" + bytes([4, 0, 0, 0, 0, 0, 2]) + b"??fLaC", 0)
    12
    """
    while data[position : position + 3] == b"ID3" and len(data) >= position + 10:
        size = 0
        for byte in data[position + 6 : position + 10]:
            size = size << 7 | byte & 0x7F
        footer = 10 if data[position + 5] & 0x10 else 0
        position += 10 + size + footer
    return position


def only_padding(data: Bytes, position: int) -> bool:
    """Whether nothing but zeros, or a tag of the kinds that stand at the end, follows.

    Examples
    --------
    >>> only_padding(b"sound" + bytes(3), 5), only_padding(b"sound more", 5)
    (True, False)
    """
    if data[position : position + 3] == b"TAG" or data[position : position + 8] == b"APETAGEX":
        return True
    return all(not any(data[start : start + 2**16]) for start in range(position, len(data), 2**16))
