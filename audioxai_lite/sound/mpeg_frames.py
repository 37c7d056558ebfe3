"""The frames of an mp3 file: how many are there, and is each of them whole?

The format is ISO/IEC 11172-3, section 2.4 (13818-3 for the lower rates). A first frame without
sound may tell how many follow; Xing's and Fraunhofer's encoders have one each.
"""

from .patched import Bytes, DamagedSound, Patched, after_id3, only_padding

HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
KILOBITS_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
KILOBITS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def first_frame(data: Bytes, start: int) -> int | None:
    """Where three frames follow each other for the first time, within 64 kB; None if nowhere.

    Examples
    --------
    >>> first_frame(b"This is a letter. " * 100, 0) is None
    True
    """
    position = start
    while (position := data.find(b"\xff", position, start + 2**16)) != -1:
        end = position
        for _ in range(3):
            frame = _frame(data, end)
            end += frame[0] if frame else len(data) + 1
            if end == len(data):
                break
        if end <= len(data):
            return position
        position += 1
    return None


def walk(data: Bytes, start: int) -> Patched | None:
    """Count the frames: None when the file can be read as it is, else the file behind a frame that
    says how many there are.

    Raises
    ------
    DamagedSound
        If the file ends before its sound does, is damaged, or holds more than one recording.

    Examples
    --------
    >>> import io
    >>> import soundfile
    >>> file = io.BytesIO()
    >>> soundfile.write(file, [0.0] * 8_000, 16_000, format="MP3")
    >>> data = file.getvalue()
    >>> alone = data[_frame(data, 0)[0] :]  # without the frame that counts the others
    >>> walk(data, 0) is None, walk(alone, 0).size > len(alone)
    (True, True)
    """
    begin = position = start
    promised, frames, seconds, rate = None, 0, 0.0, None
    while (frame := _frame(data, position)) is not None:
        size, samples, hertz = frame
        if position + size > len(data):
            raise DamagedSound(f"the file is cut off after {seconds:.2f} s: it ends inside a frame")
        if rate not in (None, hertz):
            raise DamagedSound(f"its rate changes after {seconds:.2f} s, from {rate} to {hertz} Hz")
        count = _count(data[position : position + size])
        if count is None:
            frames, seconds = frames + 1, seconds + samples / hertz
        elif position == start:
            promised, begin = count, position + size
        else:
            raise DamagedSound("a second recording follows the first in the same file")
        rate, position = hertz, after_id3(data, position + size)
    if not only_padding(data, position):
        raise DamagedSound(
            f"the file is cut off or damaged after {seconds:.2f} s: no frame begins at byte "
            f"{position:,}"
        )
    if promised is not None and frames < promised:
        raise DamagedSound(
            f"the file is cut off after {seconds:.2f} s: its header promises {promised:,} frames "
            f"of sound, and {frames:,} are there"
        )
    if frames in (0, promised):
        return None
    return Patched(_counting_frame(data[start : start + 4], frames), data, begin, position)


def _frame(data: Bytes, position: int) -> tuple[int, int, int] | None:
    """Bytes and samples of the frame that begins here, and their rate, if one does."""
    head = data[position : position + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # layer III alone
        return None
    version, bits, hertz = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version not in HERTZ or bits in (0, 15) or hertz == 3:
        return None
    rate, samples = HERTZ[version][hertz], 1152 if version == 3 else 576
    kilobits = (KILOBITS_1 if version == 3 else KILOBITS_2)[bits - 1]
    return samples // 8 * kilobits * 1000 // rate + (head[2] >> 1 & 1), samples, rate


def _side(head: bytes) -> int:
    """Where the frame that counts the others says so: behind what tells how others are coded."""
    mono, low = head[3] >> 6 == 3, head[1] >> 3 & 3 != 3
    return 4 + (9 if mono and low else 32 if not (mono or low) else 17)


def _count(frame: bytes) -> int | None:
    """How many frames follow, in a frame that counts them; None in one of sound."""
    for place in (_side(frame), _side(frame) + 2):  # two bytes may check the header
        if frame[place : place + 4] in (b"Xing", b"Info") and frame[place + 7 : place + 8]:
            known = frame[place + 7] & 1
            return int.from_bytes(frame[place + 8 : place + 12], "big") if known else None
    if frame[36:40] == b"VBRI":
        return int.from_bytes(frame[50:54], "big")
    return None


def _counting_frame(head: bytes, frames: int) -> bytes:
    """A frame without sound, of the same kind, that says how many follow."""
    head = bytes([head[0], head[1] | 1, head[2] & 0x0C | 0xE0, head[3]])
    size, _, _ = _frame(head, 0) or (0, 0, 0)
    said = b"Xing" + (1).to_bytes(4, "big") + frames.to_bytes(4, "big")
    return (head + bytes(_side(head) - 4) + said).ljust(size, b"\0")
