"""Scores along a recording."""

import numpy as np
import pytest
import soundfile
import torch
from stand_in_detectors import Copier, Smoother

from audioxai_lite import detection
from audioxai_lite.sound.audio import AudioError


def one_shot(model, feature, recording, window, hop):
    starts = range(0, len(recording) - window + 1, hop)
    waveform = torch.stack(
        [torch.from_numpy(recording[start : start + window]) for start in starts]
    )
    return np.array(starts) / 16_000, detection.mean_score(
        model.eval().errors(feature(waveform).values)
    ).detach()


@pytest.mark.parametrize("block", [997, 16_000, 100_000])
@pytest.mark.parametrize("window, hop", [(1.0, 0.25), (0.5, 0.5), (6.25, 1.0)])
def test_streaming_equals_one_shot(feature, recording, window, hop, block):
    blocks = (recording[start : start + block] for start in range(0, len(recording), block))
    start, scores = detection.stream_scores(Smoother(), feature, blocks, window, hop, batch_size=4)
    expected = one_shot(Smoother(), feature, recording, round(window * 16_000), round(hop * 16_000))
    assert start.tolist() == expected[0].tolist()
    assert torch.allclose(scores, expected[1], rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 2])
def test_streaming_a_file_mixes_its_channels(feature, recording, tmp_path, channels):
    sound = recording[:, None] * [[1.0, 0.5][:channels]]
    soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
    start, scores = detection.stream_scores(Smoother(), feature, tmp_path / "a.wav", 1.0, 0.5)
    mixed = sound.astype(np.float32).mean(axis=1)
    expected = one_shot(Smoother(), feature, mixed, 16_000, 8_000)
    assert start.tolist() == expected[0].tolist() and torch.allclose(scores, expected[1], rtol=1e-5)
    masked = detection.stream_scores(
        Copier(),
        feature,
        str(tmp_path / "a.wav"),
        1.0,
        0.5,
        score=detection.percentile_score,
        errors=detection.masked_errors,
    )[1]
    waveform = torch.from_numpy(mixed[: 16_000 + 8_000]).unfold(0, 16_000, 8_000)
    again = detection.percentile_score(feature(waveform).values.square())
    assert torch.allclose(masked[:2], again, rtol=1e-4)


def test_streaming_draws_no_more_than_it_needs(feature):
    """Windows are scored as they fill up, so that what lies in memory does not grow with the
    recording.
    """
    drawn_blocks, ahead = [], []

    class Watcher(Smoother):
        def errors(self, values, visible=None):
            ahead.append(len(drawn_blocks))
            return super().errors(values, visible)

    def blocks():
        rng = np.random.default_rng(0)
        for number in range(200):
            drawn_blocks.append(number)
            yield rng.normal(0, 0.1, 4_000)  # float64, as a generator may hand out

    model = Watcher()
    start, _ = detection.stream_scores(model, feature, blocks(), 1.0, 0.5, batch_size=8)
    # Eight windows of 1 s every 0.5 s end after 4.5 s, 18 blocks; the next eight 4 s later.
    assert ahead == [18 + 16 * number for number in range(12)] + [200] and model.most == 8
    assert len(start) == 99


@pytest.mark.parametrize(
    "blocks, words",
    [
        ([np.zeros(8_000)], "recording: it lasts 0.50 s, less than a window of 1.00 s. Use"),
        ([], "recording: it lasts 0.00 s"),
        (
            [np.zeros((8_000, 2))],
            r"a block has the shape \(8000, 2\) and type float64. Pass mono blocks",
        ),
        ([np.zeros(8_000, np.int16)], "type int16"),
        ([np.zeros(8_000), np.array([0.0, np.inf])], "NaN or infinite samples at 0.50 s"),
    ],
)
def test_bad_blocks_are_refused(feature, blocks, words):
    with pytest.raises(AudioError, match=words):
        detection.stream_scores(Smoother(), feature, blocks, 1.0, 0.5)


@pytest.mark.parametrize("window, hop, batch_size", [(1, 0, 4), (1, 1.5, 4), (1, 1, 0), (-1, 1, 4)])
def test_bad_lengths_are_refused(feature, recording, window, hop, batch_size):
    with pytest.raises(ValueError, match="0 < hop <= window"):
        detection.stream_scores(Smoother(), feature, [recording], window, hop, batch_size)


def test_bad_files_are_refused(feature, recording, tmp_path):
    def refused(words):
        with pytest.raises(AudioError, match=words):
            detection.stream_scores(Smoother(), feature, path, 1.0, 0.5)

    path = tmp_path / "a.wav"
    refused("a.wav: there is no such file. Check")
    soundfile.write(path, recording, 44_100)
    refused("its rate is 44100 Hz where 16000 Hz is expected. Write it again at 16000 Hz")
    path.write_text("not sound")
    refused("cannot be decoded as audio")
    soundfile.write(path, recording, 16_000)
    path.write_bytes(path.read_bytes()[:100_000])
    refused(
        "cut off after 3.12 s: its header promises 200,000 bytes .* 99,956 are there. Copy or do"
    )
    path = tmp_path / "a.flac"
    soundfile.write(path, recording, 16_000)
    path.write_bytes(path.read_bytes()[:100_000])
    refused("cannot be decoded as audio|cut off")
