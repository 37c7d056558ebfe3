"""Windows of a recording: all of it, at any rate and length, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
import soundfile
import torch

from audioxai_lite.sound.audio import AudioError, read
from audioxai_lite.sound.windows import windows_of


@pytest.mark.parametrize(("rate", "suffix"), [(8_000, "wav"), (16_000, "flac"), (44_100, "ogg")])
@pytest.mark.parametrize("channels", [1, 2])
def test_windows_put_together_are_the_recording(tmp_path, rate, suffix, channels):
    random = np.random.default_rng(0)
    time = np.arange(int(3.3 * rate)) / rate
    samples = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.01 * random.normal(size=len(time))
    file = tmp_path / f"sound.{suffix}"
    soundfile.write(file, np.stack([samples] * channels, axis=1), rate)
    found = list(windows_of(file, 16_000, 1.0))
    whole, _ = read(file, 16_000)
    assert [round(start, 1) for start, _ in found] == [0.0, 1.0, 2.0, 2.3]
    joined = torch.cat([window for _, window in found[:3]], dim=1)
    inner = slice(200, 47_000)  # two resamplers differ at the edges
    assert torch.allclose(joined[0, inner], whole[0, inner], atol=0.02)
    assert all(window.shape == (1, 16_000) for _, window in found)


def test_short_and_broken_files(tmp_path):
    short, empty, bad = (tmp_path / name for name in ("short.wav", "empty.wav", "bad.wav"))
    soundfile.write(short, np.zeros(4_000), 16_000)
    ((start, window),) = windows_of(short, 16_000, 1.0)
    assert start == 0 and window.shape == (1, 4_000)
    soundfile.write(empty, np.zeros(0), 16_000)
    with pytest.raises(AudioError, match="no samples"):
        list(windows_of(empty, 16_000, 1.0))
    samples = np.zeros(40_000, np.float32)
    samples[20_000] = np.nan
    soundfile.write(bad, samples, 16_000, subtype="FLOAT")
    with pytest.raises(AudioError, match="NaN or infinite samples at 1.25 s"):
        list(windows_of(bad, 16_000, 1.0))
    with pytest.raises(AudioError, match="no such file"):
        list(windows_of(tmp_path / "absent.wav", 16_000, 1.0))


def test_memory_stays_flat(tmp_path):
    file, peaks = tmp_path / "long.wav", []
    for minutes in (1, 10):
        with soundfile.SoundFile(file, "w", 16_000, 1, "PCM_16") as sound:
            for _ in range(60 * minutes):
                sound.write(np.zeros(16_000))
        tracemalloc.start()
        assert sum(1 for _ in windows_of(file, 16_000, 5.0)) == 12 * minutes
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1e5
