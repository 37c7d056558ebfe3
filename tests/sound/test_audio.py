"""Reading and preparing sound: what comes back, and what every unusable sound is answered with."""

import base64
import io
import math
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch

from audioxai_lite.datasets.recordings import read_clip
from audioxai_lite.display import players
from audioxai_lite.sound import audio, containers, levels, quality
from audioxai_lite.sound.audio import AudioError
from audioxai_lite.sound.windows import windows_of

RATE = 16_000


def tone(seconds=0.25, rate=RATE, frequency=440.0, level=0.5):
    return level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


def noise(seconds=1.0, rate=RATE):
    return 0.1 * np.random.default_rng(0).standard_normal(round(seconds * rate))


def encoded(samples, extension="wav", subtype=None, rate=RATE):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, subtype, format=extension.upper())
    return buffer.getvalue()


def refused(name, action, fault="", remedy=""):
    """The AudioError of an action, once it is clear that it says which sound, what is wrong, and
    what to do.
    """
    with pytest.raises(AudioError) as caught:
        action()
    error = caught.value
    assert error.file == str(name) and fault in error.fault and remedy in error.remedy
    assert error.fault.strip() and error.remedy.strip()
    message = str(error)
    assert message.startswith(f"{name}: ") and message.endswith(".") and "\n" not in message
    assert 1 <= len(re.findall(r"\.(?:\s|$)", message)) <= 2
    return error


@pytest.fixture
def write(tmp_path):
    def write(content, name="sound.wav"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize(
    ("extension", "subtype", "tolerance"),
    [
        ("wav", "PCM_16", 1e-4),
        ("wav", "PCM_24", 1e-6),
        ("wav", "PCM_32", 1e-6),
        ("wav", "PCM_U8", 0.02),
        ("wav", "FLOAT", 1e-7),
        ("wav", "DOUBLE", 1e-7),
        ("flac", "PCM_16", 1e-4),
        ("flac", "PCM_24", 1e-6),
        ("ogg", "VORBIS", 0.1),
    ],
)
def test_what_was_written_is_read(write, extension, subtype, tolerance, rate, channels):
    wave = np.stack([tone(0.28, rate) * gain for gain in (1.0, 0.5, 0.3)[:channels]], axis=1)
    waveform, read_rate = audio.read(
        write(encoded(wave, extension, subtype, rate), f"a.{extension}")
    )
    assert (
        read_rate == rate and waveform.dtype == torch.float32 and waveform.shape == (1, len(wave))
    )
    assert np.abs(waveform[0].numpy() - wave.mean(axis=1)).max() < tolerance


@pytest.mark.parametrize("subtype", ["PCM_24", "PCM_U8"])
def test_an_odd_number_of_bytes_is_no_cut(write, subtype):
    assert audio.read(write(encoded(tone(1)[:4_001], subtype=subtype)))[0].shape == (1, 4_001)


def test_a_path_may_be_a_string_and_a_loud_float_file_keeps_its_level(write):
    path = write(encoded(tone(level=1.5), subtype="FLOAT"))
    assert audio.read(str(path))[0].abs().max() == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_resampling_on_reading_keeps_pitch_level_and_duration(write, rate):
    path = write(encoded(tone(0.5, rate), subtype="FLOAT", rate=rate))
    waveform, new_rate = audio.read(path, sample_rate=RATE)
    assert new_rate == RATE and waveform.shape == (1, math.ceil(len(tone(0.5, rate)) * RATE / rate))
    middle = slice(1_000, 6_000)
    assert np.abs(waveform[0].numpy() - tone(0.51)[: waveform.shape[1]])[middle].max() < 0.005
    assert torch.equal(waveform, audio.resample(audio.read(path)[0], rate, RATE))


RATES = [(44_099, RATE), (48_001, RATE), (16_001, RATE), (22_254, 44_100), (8_000, 47_999)]


@pytest.mark.parametrize(("rate", "new_rate"), RATES)
def test_rates_that_share_hardly_a_divisor(write, rate, new_rate):
    path = write(encoded(tone(0.5, rate), subtype="FLOAT", rate=rate))
    waveform, _ = audio.read(path, sample_rate=new_rate)
    assert waveform.shape == (1, math.ceil(len(tone(0.5, rate)) * new_rate / rate))
    expected = tone(0.51, new_rate)[: waveform.shape[1]]
    assert np.abs(waveform[0].numpy() - expected)[1_000:-1_000].max() < 0.005
    windows = torch.cat([window for _, window in windows_of(path, new_rate, 0.1)][:4], dim=1)
    assert torch.allclose(windows[0, 1_000:], waveform[0, 1_000 : windows.shape[1]], atol=1e-3)


def test_resampling_takes_little_memory_whatever_the_rates():
    code = """
import resource, torch
from audioxai_lite.sound import audio
audio.resample(torch.randn(1, 8_000), 16_000, 44_100)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for rate in (44_099, 48_001, 16_001, 11_027):
    audio.resample(torch.randn(1, rate), rate, 16_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 200_000  # kilobytes; torchaudio took nine million for one second


def test_two_ways_of_resampling_agree_where_both_can_be_asked(monkeypatch):
    sounds = torch.from_numpy(np.stack([noise(0.5), tone(0.5)])).float()
    usual = audio.resample(sounds, RATE, 11_025)
    monkeypatch.setattr(audio, "LARGEST_FILTER", 0)
    other = audio.resample(sounds, RATE, 11_025)
    middle = (slice(None), slice(500, -500))
    assert other.shape == usual.shape
    # Noise differs where one filter still lets through what the other does not, below 5.5 kHz.
    assert (other - usual)[middle].std() < 0.2 * usual[middle].std()
    assert torch.allclose(other[1, 500:-500], usual[1, 500:-500], atol=1e-3)
    with pytest.raises(AudioError, match="cannot be resampled from 16000 to 11025 Hz with gradien"):
        audio.resample(sounds.requires_grad_(), RATE, 11_025)


@pytest.mark.parametrize("rates", [(RATE, 8_000.5), (RATE, 1), (16, RATE * 2), (RATE, math.nan)])
def test_rates_between_which_nothing_can_be_brought(write, rates):
    refused("waveform", lambda: audio.resample(fit(), *rates), "cannot be brought from")
    path = write(encoded(tone()))
    refused(path, lambda: audio.read(path, rates[1] if rates[1] != 2 * RATE else 1))


def test_the_own_rate_changes_nothing_and_one_channel_passes_where_one_is_required(write):
    path = write(encoded(tone()))
    assert torch.equal(audio.read(path)[0], audio.read(path, RATE, channels="require mono")[0])


EMPTY_FORMATS = {f"empty.{extension}": b"" for extension in ("wav", "flac", "ogg")}
CUT_OFF = {
    f"{extension} {share}": (f"cut.{extension}", encoded(noise(3), extension), share)
    for extension in ("wav", "flac", "ogg")
    for share in (0.001, 0.3, 0.6, 0.9)
}


def with_one(value):
    samples = tone()
    samples[100] = value
    return encoded(samples, subtype="FLOAT")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [(name, content, "cannot be decoded") for name, content in EMPTY_FORMATS.items()]
    + [
        (name, content[: int(len(content) * share)], "")
        for name, content, share in CUT_OFF.values()
    ]
    + [
        ("header.wav", encoded(tone()[:0]), "holds no samples"),
        ("header.flac", encoded(tone()[:0], "flac"), ""),
        ("header.ogg", encoded(tone()[:0], "ogg"), "holds no samples"),
        ("text.wav", b"This is a letter, not a sound.\n" * 100, "cannot be decoded"),
        ("text.ogg", b"This is a letter, not a sound.\n" * 100, "cannot be decoded"),
        ("one_byte_short.wav", encoded(tone())[:-1], "cut off after 0.25 s"),
        ("half.wav", encoded(tone(), subtype="FLOAT")[:8_000], "cut off after 0.1"),
        ("nan.wav", with_one(np.nan), "NaN or infinite"),
        ("infinite.wav", with_one(-np.inf), "NaN or infinite"),
    ],
    ids=lambda value: (
        "content" if isinstance(value, bytes) else value
    ),  # an ogg file is another one every time
)
def test_unusable_file_is_named_and_left_as_it_is(write, name, content, fault):
    path = write(content, name)
    refused(path, lambda: audio.read(path, sample_rate=8_000), fault)
    assert path.read_bytes() == content and [file.name for file in path.parent.iterdir()] == [name]


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "absent.wav", tmp_path):
        refused(path, lambda path=path: audio.read(path), "no such file", "Check the name")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 600, "a\0b", "", "sound.raw"])
def test_names_that_no_file_can_have(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sound.raw").write_bytes(bytes(1_000))
    for act in (audio.read, lambda name: list(windows_of(name, RATE, 1.0))):
        refused(name, lambda act=act: act(name))


def test_a_file_that_may_not_be_read(write, monkeypatch):
    """Even where the tests run as somebody who may read everything."""
    path = write(encoded(tone()))

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(containers, "open", denied, raising=False)
    refused(path, lambda: audio.read(path), "cannot be opened (Permission denied)", "rights")


def test_stereo_where_mono_is_required(write):
    path = write(encoded(np.stack([tone(), tone()], axis=1)))
    refused(path, lambda: audio.read(path, channels="require mono"), "2 channels", 'channels="mix"')
    assert audio.read(path)[0].shape == (1, 4_000)


OGG = encoded(noise(3), "ogg")
LAST_PAGE = OGG.rfind(b"OggS")


@pytest.mark.parametrize("end", [LAST_PAGE - 1_000, LAST_PAGE - 1, LAST_PAGE])
def test_an_ogg_file_without_its_last_page_is_cut_off(write, end):
    path = write(OGG[:end], "cut.ogg")
    refused(path, lambda: audio.read(path), "cut off", "Copy or download it again")


@pytest.mark.parametrize("end", [LAST_PAGE + 60, (LAST_PAGE + len(OGG)) // 2, len(OGG) - 1])
def test_an_ogg_file_that_ends_inside_its_last_page_is_cut_off(write, end):
    path = write(OGG[:end], "cut.ogg")
    refused(path, lambda: audio.read(path), "cut off", "Copy or download it again")


@pytest.mark.parametrize("name", ["CUT.OGG", "cut.oga", "cut"])
def test_a_cut_off_ogg_file_is_recognised_by_its_content(write, name):
    path = write(OGG[:LAST_PAGE], name)
    refused(path, lambda: audio.read(path), "cut off")


@pytest.mark.parametrize("end", [LAST_PAGE + 4, LAST_PAGE + 5])
def test_an_ogg_file_that_ends_in_a_page_header_is_cut_off(write, end):
    path = write(OGG[:end], "cut.ogg")
    refused(path, lambda: audio.read(path), "cut off")


def test_an_intact_wav_file_named_ogg_is_read(write):
    content = encoded(tone()[:3_998])
    assert not content[4] & 4
    assert audio.read(write(content, "mine.ogg"))[0].shape == (1, 3_998)


@pytest.mark.parametrize("rate", [0, -16_000])
def test_a_rate_that_cannot_be_read_at_names_the_file(write, rate):
    path = write(encoded(tone()))
    refused(path, lambda: audio.read(path, sample_rate=rate))


def fit():
    return torch.from_numpy(np.stack([tone(), noise(0.25)])).float()


def with_silence():
    return torch.cat([fit(), torch.full((1, 4_000), 9e-5)])


def with_clipping(level=1.0, share=0.002):
    waveform = fit()
    waveform[1, : round(share * 4_000)] = -level
    return waveform


def with_both_ends():
    """As 16-bit files are clipped: -32768 on one side and 32767 on the other."""
    waveform = with_clipping(level=-32767 / 32768)
    waveform[1, -1] = -1.0
    return waveform


def with_lone_peaks():
    waveform = fit()
    waveform[1, ::3] = 1.0
    return waveform


@pytest.mark.parametrize(
    ("waveform", "options", "fault", "remedy"),
    [
        (fit()[0], {}, "shape is (4000,)", "waveform[None]"),
        (fit()[None], {}, "shape is (1, 2, 4000)", ""),
        (torch.zeros(1, 0), {}, "no samples", ""),
        (torch.zeros(0, 4_000), {}, "no samples", ""),
        (torch.full((1, 4_000), torch.nan), {}, "NaN", ""),
        (torch.cat([fit(), torch.full((1, 4_000), -torch.inf)]), {}, "NaN or infinite", ""),
        (fit(), {"expected_rate": 8_000}, "16000 Hz where 8000 Hz", "sample_rate=8000"),
        (fit()[:, :1_599], {}, "lasts 0.100 s, less than 0.1 s", "pad_or_crop"),
        (fit(), {"shortest": 0.3}, "lasts 0.250 s, less than 0.3 s", ""),
        (torch.zeros(1, 4_000), {}, "silent", ""),
        (with_silence(), {}, "silent", ""),
        (with_clipping(), {}, "0.2% of it is clipped", "lower level"),
        (with_both_ends(), {}, "0.2% of it is clipped", ""),
        (with_clipping(level=3.0, share=0.5), {}, "50.0% of it is clipped", ""),
    ],
)
def test_unfit_waveform_is_refused(waveform, options, fault, remedy):
    before = waveform.clone()
    refused("waveform", lambda: audio.check(waveform, RATE, **options), fault, remedy)
    refused("bark.wav", lambda: audio.check(waveform, RATE, **options, name="bark.wav"), fault)
    assert torch.equal(waveform.nan_to_num(), before.nan_to_num())


@pytest.mark.parametrize(
    ("waveform", "options"),
    [
        (fit(), {}),
        (fit(), {"expected_rate": RATE}),
        (fit()[:, :1_600], {}),
        (fit()[:, :10], {"shortest": 0}),
        (1e-3 * fit(), {}),
        (with_clipping(share=0.001), {}),
        (with_clipping(level=0.2, share=0.5), {}),
        (with_lone_peaks(), {}),
    ],
)
def test_fit_waveform_comes_back_itself(waveform, options):
    assert audio.check(waveform, RATE, **options) is waveform


@pytest.mark.parametrize("frequency", [50.0, 200.0, 440.0, 1_000.0, 4_000.0])
def test_a_tone_at_full_level_is_not_clipped(write, frequency):
    audio.check(
        levels.peak_normalise(torch.from_numpy(tone(frequency=frequency)).float()[None]), RATE
    )
    audio.check(audio.read(write(encoded(tone(frequency=frequency, level=0.99))))[0], RATE)


@pytest.mark.parametrize(("frequency", "level"), [(50, 0.1), (200, 0.01)])
def test_a_quiet_hum_is_not_clipped(write, frequency, level):
    hum = tone(rate=44_100, frequency=frequency, level=level)
    audio.check(audio.read(write(encoded(hum, rate=44_100)))[0], 44_100)


@pytest.mark.parametrize(
    ("rate", "new_rate"), [(0, RATE), (RATE, 0), (-8_000, RATE), (RATE, -1), (0, 0)]
)
def test_rates_above_zero_only(rate, new_rate):
    refused(
        "waveform", lambda: audio.resample(fit(), rate, new_rate), f"from {rate} to {new_rate} Hz"
    )


def test_resampling_a_batch_removes_what_the_new_rate_cannot_hold():
    batch = torch.from_numpy(np.stack([tone(frequency=1_000), tone(frequency=6_000)])).float()
    reduced = audio.resample(batch, RATE, 8_000)
    assert reduced.shape == (2, 2_000)
    assert np.abs(reduced[0].numpy() - tone(rate=8_000, frequency=1_000))[200:-200].max() < 0.005
    assert reduced[1, 200:-200].abs().max() < 0.005
    assert torch.equal(audio.resample(batch, RATE, RATE), batch)


@pytest.mark.parametrize("peak", [1.0, 0.25])
def test_peak_is_set_clip_by_clip(peak):
    scaled = levels.peak_normalise(fit(), peak)
    assert torch.allclose(scaled.abs().amax(dim=-1), torch.full((2,), peak))
    assert torch.allclose(scaled / peak, fit() / fit().abs().amax(dim=-1, keepdim=True), atol=1e-6)


def test_rms_is_set_clip_by_clip():
    assert torch.allclose(
        levels.rms_normalise(fit(), 0.2).square().mean(dim=-1).sqrt(), torch.full((2,), 0.2)
    )
    assert levels.rms_normalise(fit()).square().mean().sqrt() == pytest.approx(0.1)
    assert levels.rms_normalise(fit(), 1.0).abs().max() > 1


def antiphase():
    left = np.round(tone() * 2**15)
    right = -left + np.random.default_rng(0).integers(-1, 2, len(left))
    return np.stack([left, right], axis=1) / 2**15


RUSTLES = {
    "stereo in opposite phase": antiphase(),
    "silence": np.zeros(4_000),
    "clicks of one step": (np.arange(4_000) % 500 == 0) / 2**15,
    "a direct voltage": np.full(4_000, 0.3),
    "a direct voltage that rustles": 0.3 + (np.arange(4_000) % 7 == 0) / 2**15,
}


@pytest.mark.parametrize("name", RUSTLES)
def test_what_is_rounding_is_not_brought_to_full_scale(write, name):
    path = write(encoded(RUSTLES[name]))
    waveform = audio.read(path)[0]
    for set_level in (
        levels.peak_normalise,
        levels.rms_normalise,
        lambda sound: levels.mix_at_snr(sound, fit()[:1], 0.0),
        lambda sound: levels.mix_at_snr(fit(), sound, 0.0),
        lambda sound: levels.mix(sound, fit()[:1], 0.0, RATE),
        lambda sound: audio.check(sound, RATE),
    ):
        refused("waveform", lambda act=set_level: act(waveform), "silent")
    refused("noise", lambda: levels.mix(fit(), waveform, 0.0, RATE), "silent")
    row = pd.Series({"file": path.name, "label": "dog", "name": "dog", "target": 0, "fold": 1})
    refused(path, lambda: read_clip(path.parent, RATE, 4_000, row), "silent")
    assert heard(players.players_html({"it": waveform}, RATE)) < 0.35


def heard(html):
    """The largest sample of a page's only player."""
    data = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    return np.abs(soundfile.read(io.BytesIO(data))[0]).max()


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_one_sample_that_is_no_number_does_not_mute_a_page(value):
    broken = fit()[:1].clone()
    broken[0, 7] = value
    sounds = {"dog": fit()[:1], "rain": broken}
    refused("rain", lambda: players.players_html(sounds, RATE), "NaN or infinite")


@pytest.mark.parametrize("set_level", [levels.peak_normalise, levels.rms_normalise])
def test_the_level_of_silence_cannot_be_set(set_level):
    refused("waveform", lambda: set_level(torch.zeros(1, 100)), "silent")
    refused("waveform", lambda: set_level(torch.cat([fit(), torch.zeros(1, 4_000)])), "silent")


def test_padding_and_cropping_act_on_the_end():
    waveform = fit()
    longer, shorter = audio.pad_or_crop(waveform, 5_000), audio.pad_or_crop(waveform, 3_000)
    assert (
        torch.equal(longer[:, :4_000], waveform)
        and (longer[:, 4_000:] == 0).all()
        and longer.shape == (2, 5_000)
    )
    assert torch.equal(shorter, waveform[:, :3_000])
    assert torch.equal(audio.pad_or_crop(waveform, 4_000), waveform)


@pytest.mark.parametrize("snr", [-20.0, -3.0, 0.0, 6.0, 30.0])
@pytest.mark.parametrize("noises", [1, 2])
def test_the_mixture_has_the_ratio_that_was_asked_for(snr, noises):
    signal = fit() * torch.tensor([[1.0], [0.1]])
    disturbance = torch.randn(noises, 4_000, generator=torch.Generator().manual_seed(0)) * 7
    added = levels.mix_at_snr(signal, disturbance, snr).double() - signal.double()
    measured = 10 * torch.log10(signal.double().square().mean(dim=-1) / added.square().mean(dim=-1))
    assert torch.allclose(measured, torch.full((2,), snr, dtype=torch.float64), atol=0.01)
    shape = added / added.norm(dim=-1, keepdim=True)
    assert torch.allclose(
        shape, (disturbance / disturbance.norm(dim=-1, keepdim=True)).double(), atol=1e-3
    )


@pytest.mark.parametrize("samples", [3_999, 4_001, 1])
def test_noise_of_another_length_is_refused(samples):
    act = lambda: levels.mix_at_snr(fit(), torch.ones(1, samples), 0.0)  # noqa: E731
    refused("noise", act, f"{samples} samples for 4000 of signal", "pad_or_crop")


def test_silence_cannot_be_mixed():
    refused("waveform", lambda: levels.mix_at_snr(fit(), torch.zeros(1, 4_000), 0.0), "silent")
    refused("waveform", lambda: levels.mix_at_snr(torch.zeros(2, 4_000), fit(), 0.0), "silent")


@pytest.mark.parametrize(
    "pattern", ["esc10/audio/*.ogg", "fsdd/recordings/*.wav", "noises/*.wav", "esc50_samples/*.wav"]
)
def test_real_recordings_are_read_whole_and_resampled(shared_data, pattern):
    files = sorted(shared_data.glob(pattern))
    if not files:
        pytest.skip(f"no {pattern} here")
    for path in files[:: max(1, len(files) // 4)]:
        info = soundfile.info(path)
        waveform, rate = audio.read(path)
        assert (
            rate == info.samplerate
            and waveform.shape == (1, info.frames)
            and waveform.isfinite().all()
        )
        assert 0 < waveform.abs().max() <= 1.5
        reduced, rate = audio.read(path, 16_000)
        assert rate == 16_000 and reduced.shape == (
            1,
            math.ceil(info.frames * 16_000 / info.samplerate),
        )
        assert reduced.isfinite().all()


@pytest.mark.parametrize("pattern", ["esc10/audio/*.ogg", "noises/*.wav"])
def test_half_of_a_real_recording_is_said_to_be_cut_off(shared_data, write, pattern):
    for path in sorted(shared_data.glob(pattern))[:3]:
        content = path.read_bytes()
        half = write(content[: len(content) // 2], path.name)
        refused(half, lambda half=half: audio.read(half), "cut off", "Copy or download it again")


def test_an_unknown_way_with_channels_is_refused(write):
    with pytest.raises(ValueError, match="require mono"):
        audio.read(write(encoded(tone())), channels="mono")


SET_LEVELS = [
    levels.peak_normalise,
    levels.rms_normalise,
    lambda sound: levels.mix_at_snr(sound, sound, 3.0),
    lambda sound: levels.mix(sound, sound, 3.0, RATE),
    lambda sound: levels.active_level(sound, RATE),
    lambda sound: audio.resample(sound, RATE, 8_000),
    lambda sound: audio.pad_or_crop(sound, 5_000),
    lambda sound: audio.check(sound, RATE),
    lambda sound: quality.si_sdr(sound, sound).float(),
    lambda sound: quality.log_spectral_distance(sound, sound),
]


@pytest.mark.parametrize("act", SET_LEVELS)
def test_arrays_lists_and_other_types_of_sound_are_taken(act):
    expected = act(fit())
    for sound in (fit().double(), fit().numpy(), fit().double().numpy(), fit().tolist()):
        result = act(sound)
        assert result.dtype == torch.float32 and torch.equal(result, expected)


@pytest.mark.parametrize("act", SET_LEVELS)
def test_whole_samples_are_brought_to_full_scale_one(act):
    whole = (fit().numpy() * 0.5 * 2**15).astype(np.int16)
    assert torch.equal(act(whole), act(torch.from_numpy(whole / np.float32(2**15))))


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.int8, torch.bool])
def test_whole_samples_of_unknown_full_scale_are_refused(dtype):
    refused(
        "waveform",
        lambda: levels.peak_normalise(torch.ones(1, 100, dtype=dtype)),
        str(dtype).removeprefix("torch."),
        "Divide",
    )


@pytest.mark.parametrize("sound", ["bark.wav", torch.ones(1, 9, dtype=torch.complex64), [[1], "x"]])
def test_what_is_no_sound_is_refused(sound):
    with pytest.raises(ValueError, match="waveform are numbers in a tensor or an array"):
        levels.rms_normalise(sound)


def test_si_sdr_keeps_double_precision():
    tone_64 = torch.from_numpy(tone())[None]
    assert quality.si_sdr(tone_64 * (1 + 1e-12), tone_64).item() > 250


def test_masks_of_any_type_and_levels_of_arrays():
    values = np.array([[[[-20.0, -60.0]]]], dtype=np.float32)
    for keep in ([True, False], [1, 0], [1.0, 0.0], np.array([1.0, 0.0])):
        kept, removed = levels.apply_mask(values, keep)
        assert kept.tolist() == [[[[-20.0, -100.0]]]]
        assert removed.tolist() == [[[[-100.0, -60.0]]]]
    assert levels.power_to_decibels(np.array([1.0, 0.1])).tolist() == [0.0, -10.0]
    assert levels.decibels_to_power([0, 20]).tolist() == [1.0, 100.0]
