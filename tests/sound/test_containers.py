"""Files whose header is wrong, whose sound is not all there, or that hold more: never a part of
them without a word.
"""

import io
import struct

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import examples

from audioxai_lite.sound import audio, mpeg_frames
from audioxai_lite.sound.audio import AudioError
from audioxai_lite.sound.windows import windows_of

RATE, SAMPLES = 8_000, 6_000
FUZZED = settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))


def sound(samples=SAMPLES, seed=0):
    return (0.1 * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


def encoded(samples, kind="WAV", subtype=None, rate=RATE):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, subtype, format=kind)
    return buffer.getvalue()


KINDS = {
    "wav": ("WAV", "PCM_16"),
    "wav of floats": ("WAV", "FLOAT"),
    "wav extensible": ("WAVEX", "PCM_24"),
    "rf64": ("RF64", "PCM_16"),
    "adpcm": ("WAV", "IMA_ADPCM"),
    "flac": ("FLAC", "PCM_16"),
    "flac of 24 bits": ("FLAC", "PCM_24"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", None),
    "aiff": ("AIFF", "PCM_16"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "w64": ("W64", "PCM_16"),
}
FILES = {name: encoded(sound(), *kind) for name, kind in KINDS.items()}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("sounds") / "sound"


def read(place, content):
    place.write_bytes(content)
    return audio.read(place)[0][0]


def whole(place, name):
    return read(place, FILES[name])


def refused(place, content, fault):
    """The fault is told by both readers, which share one way."""
    place.write_bytes(content)
    for act in (lambda: audio.read(place), lambda: list(windows_of(place, RATE, 0.1))):
        with pytest.raises(AudioError, match=fault):
            act()


def agree(place, content, expected):
    """All of it is read, at once and window by window."""
    found = read(place, content)
    assert torch.equal(found, expected)
    last = [window[0] for _, window in windows_of(place, RATE, 0.5)]
    assert torch.equal(torch.cat([*last[:-1], last[-1][-(len(expected) % 4_000) :]]), expected)


def patched(content, position, field):
    return content[:position] + field + content[position + len(field) :]


WAV = FILES["wav"]
LENGTH = WAV.index(b"data") + 4
UNKNOWN = (0xFFFFFFFF, 0x7FFFF000, 0x80000000, 0x7FFFFFFF, 0xFFFFFFFF - 36, 0)


@pytest.mark.parametrize("riff", ["right", "unknown"])
@pytest.mark.parametrize("length", UNKNOWN)
def test_a_wav_file_written_into_a_pipe_is_read_to_its_end(place, length, riff):
    content = patched(WAV, LENGTH, struct.pack("<I", length))
    if riff == "unknown":
        content = patched(content, 4, struct.pack("<I", length))
    agree(place, content, whole(place, "wav"))


@pytest.mark.parametrize("length", [2, 1_001, 2 * SAMPLES - 2])
def test_a_wav_file_that_promises_too_little_is_read_to_its_end(place, length):
    agree(place, patched(WAV, LENGTH, struct.pack("<I", length)), whole(place, "wav"))


@pytest.mark.parametrize("length", [2, 1_001, 0xFFFFFFFF])
@pytest.mark.parametrize("size", [0, 7, 300])
def test_chunks_behind_sound_of_wrong_length_are_no_sound(place, length, size):
    last = chunk(b"LIST", b"INFO" + bytes(range(1, 7)) * size) + chunk(b"id3 ", b"ID3")
    content = patched(WAV, LENGTH, struct.pack("<I", length)) + last
    agree(place, content, whole(place, "wav"))


@pytest.mark.parametrize("length", [0, 100, len(WAV) + 1_000, 0xFFFFFFFF])
def test_a_wrong_length_of_the_file_alone_does_not_matter(place, length):
    agree(place, patched(WAV, 4, struct.pack("<I", length)), whole(place, "wav"))


def test_a_wav_file_that_promises_more_is_told_what_is_there(place):
    content = patched(WAV, LENGTH, struct.pack("<I", 2 * SAMPLES + 16))
    refused(place, content, "after 0.75 s: its header promises 12,016 bytes of sound, and 12,000")
    refused(place, WAV[:-1], "promises 12,000 bytes of sound, and 11,999 are there")


def test_rf64_of_unknown_and_wrong_length(place):
    content = FILES["rf64"]
    position = content.index(b"ds64") + 16
    for length in (0, 2**64 - 1, 2**63 - 1):
        agree(place, patched(content, position, struct.pack("<Q", length)), whole(place, "rf64"))
    more = patched(content, position, struct.pack("<Q", 2 * SAMPLES + 2))
    refused(place, more, "promises 12,002 bytes of sound, and 12,000 are there")


def test_big_endian_wav_files(place):
    content = encoded(sound(), "WAV", "PCM_16")
    big = io.BytesIO()
    soundfile.write(big, sound(), RATE, "PCM_16", endian="BIG", format="WAV")
    position = big.getvalue().index(b"data") + 4
    for length in (0xFFFFFFFF, 600):
        content = patched(big.getvalue(), position, struct.pack(">I", length))
        agree(place, content, whole(place, "wav"))


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


@given(
    st.lists(st.sampled_from(["JUNK", "LIST", "bext", "abcd"]), max_size=4),
    st.lists(st.sampled_from(["LIST", "id3 ", "cue ", "wxyz"]), max_size=4),
    st.lists(st.binary(max_size=40), min_size=8, max_size=8),
    st.booleans(),
)
@FUZZED
def test_chunks_in_any_order_around_the_sound(place, before, after, contents, padded):
    expected = whole(place, "wav")
    chunks = [
        chunk(name.encode(), content) for name, content in zip(before, contents, strict=False)
    ]
    chunks += [WAV[12:36], chunk(b"data", WAV[LENGTH + 4 :])]
    chunks += [chunk(n.encode(), c) for n, c in zip(after, contents[4:], strict=False)]
    body = b"WAVE" + b"".join(chunks) + bytes(512 * padded)
    assert torch.equal(read(place, b"RIFF" + struct.pack("<I", len(body)) + body), expected)


FLAC = FILES["flac"]


def with_total(content, samples):
    field = ((content[21] & 0xF0) << 32 | samples).to_bytes(5, "big")
    return patched(content, 21, field)


@pytest.mark.parametrize("name", ["flac", "flac of 24 bits"])
@pytest.mark.parametrize("samples", [0, 1, 4_096, SAMPLES - 1])
def test_a_flac_file_that_promises_too_little_or_nothing_is_read_to_its_end(place, name, samples):
    agree(place, with_total(FILES[name], samples), whole(place, name))


def test_a_flac_file_that_promises_more_is_told_what_is_there(place):
    refused(place, with_total(FLAC, SAMPLES + 1), "promises 6,001 samples, and 6,000 are there")
    refused(place, FLAC[:-1], "does not end with a whole frame")
    refused(place, with_total(FLAC, 0)[:-1], "does not end with a whole frame")


def test_tags_around_a_file_are_no_sound(place):
    first = b"ID3\4\0\0" + bytes([0, 0, 1, 0]) + bytes(128)
    last = b"TAG" + b"name".ljust(125)
    for name in ("flac", "mp3", "wav"):
        agree(place, FILES[name] + last, whole(place, name))
    agree(place, first + FILES["mp3"], whole(place, "mp3"))


MP3 = FILES["mp3"]
COUNTING = mpeg_frames._frame(MP3, 0)[0]


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 32_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_an_mp3_file_without_its_counting_frame_is_read_to_its_end(place, rate, channels, mode):
    samples = np.stack([sound(4 * rate)] * channels, axis=1)
    samples[rate : 2 * rate] *= 1e-3  # so that sizes of frames differ
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="MP3", bitrate_mode=mode, compression_level=0.9)
    content = buffer.getvalue()
    size = mpeg_frames._frame(content, 0)[0]
    counts_others = b"Xing" in content[:size] or b"Info" in content[:size]
    assert counts_others or mode == "CONSTANT"  # at low rates there is no room for it
    bare = read(place, content[size:] if counts_others else content)
    assert 4 * rate <= len(bare) <= 4 * rate + 3 * 1_152
    loud = bare.unfold(0, 400, 400).std(dim=1) > 0.02
    beginning, end = np.flatnonzero(loud)[[0, -1]] * 400
    assert beginning <= 2_400 and end >= 4 * rate - 800  # the last of it is there


def test_an_mp3_file_with_fewer_frames_than_promised(place):
    half = len(MP3)
    while mpeg_frames._frame(MP3, half) is None:
        half -= 1
    refused(place, MP3[:half], "promises .* frames of sound, and .* are there")
    refused(place, MP3[:-1], "cut off after .* it ends inside a frame")
    refused(place, MP3[COUNTING:-1], "cut off after .* it ends inside a frame")
    place.write_bytes(MP3[COUNTING : COUNTING + 20])
    with pytest.raises(AudioError):
        audio.read(place)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_long_files_are_the_same_in_blocks(place, kind):
    """Over a million samples: more than are read at once."""
    second = sound(48_000)
    with soundfile.SoundFile(place, "w", 48_000, 1, format=kind) as file:
        for _ in range(24):
            file.write(second)
    found = audio.read(place)[0][0]
    with soundfile.SoundFile(place) as file:
        assert torch.equal(found, torch.from_numpy(file.read(dtype="float32")))
    assert len(found) >= 24 * 48_000


def test_frames_at_another_rate_are_refused(place):
    other = encoded(sound(), "MP3", rate=16_000)
    size = mpeg_frames._frame(other, 0)[0]
    refused(place, MP3 + other[size:], "its rate changes after .* from 8000 to 16000 Hz")


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"adpcm", "rf64"}))
def test_one_recording_behind_another_is_not_half_read(place, name):
    refused(place, FILES[name] * 2, "a second recording follows|something follows")


def test_what_follows_without_a_header_is_read_where_that_can_be(place):
    bare = MP3[COUNTING:]
    once = len(read(place, bare))
    assert len(read(place, bare * 2)) >= 2 * once


@pytest.mark.parametrize("name", ["ogg", "opus"])
def test_damaged_and_absent_pages(place, name):
    content = FILES[name]
    pages = [at for at in range(len(content)) if content[at : at + 4] == b"OggS"]
    middle = (pages[-2] + pages[-1]) // 2
    altered = patched(content, middle, bytes([content[middle] ^ 1]))
    refused(place, altered, "is altered")
    refused(place, content[: pages[-2]] + content[pages[-1] :], "pages are absent")
    refused(place, content[: pages[-1]], "not marked as the last")
    refused(place, content + b"more", "cut off")
    refused(place, content + b"more" * 100, "no page begins there")


@given(st.sampled_from(sorted(KINDS)), st.data())
@FUZZED
def test_a_file_cut_off_anywhere_is_refused_or_whole(place, name, data):
    content = FILES[name]
    end = data.draw(st.integers(0, len(content) - 1))
    expected = whole(place, name)
    try:
        found = read(place, content[:end])
    except AudioError:
        return
    assert torch.equal(found, expected)


@given(st.sampled_from(sorted(KINDS)), st.data())
@FUZZED
def test_wherever_a_byte_is_altered_no_sound_is_lost(place, name, data):
    content = bytearray(FILES[name])
    start = 0 if data.draw(st.booleans()) else 4_200 if name == "caf" else 200
    at = data.draw(st.integers(start, len(content) - 1 if start else 200))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        found = read(place, bytes(content))
    except AudioError:
        return
    assert found.isfinite().all()
    if start:  # in the header, a rate or a number of channels may be another
        assert len(found) >= len(whole(place, name)), at


@given(st.sampled_from(sorted(KINDS)), st.binary(min_size=1, max_size=300))
@FUZZED
def test_whatever_follows_no_sound_is_lost(place, name, more):
    expected = whole(place, name)
    try:
        found = read(place, FILES[name] + more)
    except AudioError:
        return
    assert torch.equal(found[: len(expected)], expected)


@given(st.binary(max_size=400), st.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"\xff\xfb\x90"]))
@FUZZED
def test_bytes_of_any_kind_are_read_or_refused(place, content, magic):
    try:
        assert read(place, magic + content).isfinite().all()
    except AudioError as error:
        assert str(error).endswith(".")
