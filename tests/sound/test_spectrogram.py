import librosa
import numpy as np
import pytest
import torch

from audioxai_lite import datasets
from audioxai_lite.sound import quality
from audioxai_lite.sound.levels import decibels_to_power, power_to_decibels
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft, Spectrogram

FEATURES = [PowerStft, LogStft, LogMel]


@pytest.fixture(scope="module")
def clips():
    """One environment clip of every class and ten of the machine: synthesised, so always here."""
    environment = datasets.load("environment", clips_per_class_and_fold=1).select(fold=5)
    machine = datasets.load("machine", normal=5, anomalous=6)
    return [clip.waveform for source in (environment, machine) for clip in source]


@pytest.fixture(scope="module")
def sound(clips):
    return clips[1]


def check_round_trips(waveforms):
    """The promise of the course: at least 100 dB through power, 80 dB through decibels with the
    floor of -100 dB.
    """
    for feature, promised in (
        (PowerStft(), 100),
        (LogStft(), 80),
        (LogStft(n_fft=512, hop_length=256), 80),
    ):
        for waveform in waveforms:
            back = feature.inverse(feature(waveform))
            assert back.shape == waveform.shape
            assert quality.si_sdr(back, waveform).item() >= promised


def test_round_trip_of_every_synthesised_clip(clips):
    check_round_trips(clips)


def test_round_trip_of_real_recordings(shared_data, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    esc10 = datasets.load("esc10")
    check_round_trips(esc10[position].waveform for position in range(0, len(esc10), 8))


@pytest.mark.parametrize("samples", [8_000, 8_001, 8_319, 16_123])
def test_any_length_comes_back(sound, samples):
    waveform = sound[:, 16_000 : 16_000 + samples]
    assert quality.si_sdr(LogStft().inverse(LogStft()(waveform)), waveform).item() > 80


def test_values_agree_with_librosa(sound):
    expected = (
        np.abs(librosa.stft(sound[0].numpy(), n_fft=1024, hop_length=320, pad_mode="reflect")) ** 2
    )
    assert torch.allclose(
        PowerStft()(sound).values[0, 0], torch.from_numpy(expected), rtol=1e-3, atol=1e-4
    )
    filters = librosa.filters.mel(
        sr=16_000, n_fft=1024, n_mels=64, fmin=50, fmax=8_000, htk=True, norm=None
    )
    mel = librosa.power_to_db(filters @ expected, amin=1e-10, top_db=None)
    assert torch.allclose(LogMel()(sound).values[0, 0], torch.from_numpy(mel), atol=0.05)
    peaks = LogMel().filters.argmax(dim=1) * 16_000 / 1024
    assert (peaks - LogMel().frequencies).abs().max() < 16


@pytest.mark.parametrize("feature_class", FEATURES)
def test_shapes_and_what_inversion_needs(feature_class, clips):
    batch = torch.cat(clips[:3])
    feature = feature_class()
    spectrogram = feature(batch)
    rows = 64 if feature_class is LogMel else 513
    assert isinstance(spectrogram, Spectrogram)
    assert spectrogram.values.shape == (3, 1, rows, 251)
    assert spectrogram.phase.shape == (3, 1, 513, 251)
    assert spectrogram.reference.shape == (3, 1, 1, 1)
    assert spectrogram.samples == batch.shape[-1]
    assert len(feature.frequencies) == rows
    one_by_one = torch.cat([feature.inverse(feature(clip)) for clip in clips[:3]])
    assert torch.allclose(feature.inverse(spectrogram), one_by_one, atol=1e-5)


def test_decibels_and_their_floor():
    power = torch.tensor([100.0, 1.0, 1e-20, 0.0])
    assert torch.allclose(power_to_decibels(power, -60), torch.tensor([20.0, 0.0, -60.0, -60.0]))
    assert torch.allclose(
        decibels_to_power(torch.tensor([20.0, -30.0])), torch.tensor([100.0, 0.001])
    )
    silence = LogStft(floor=-70)(torch.zeros(1, 4_000))
    assert (silence.values == -70).all()
    assert (PowerStft()(torch.zeros(1, 4_000)).decibels() == -100).all()


@pytest.mark.parametrize("reference", [0.0, -1.0, "max"])
def test_a_reference_is_a_power(reference):
    with pytest.raises(ValueError, match="reference is a power above 0"):
        LogStft(reference=reference)


@pytest.mark.parametrize("feature_class", FEATURES)
@pytest.mark.parametrize(
    "turn",
    [
        lambda sound: sound.double(),
        lambda sound: sound.numpy(),
        lambda sound: sound.double().numpy(),
        lambda sound: sound.tolist(),
    ],
)
def test_floats_of_any_kind_give_the_values_of_float32(feature_class, turn, sound):
    feature, short = feature_class(), sound[:, :8_000]
    values = feature(turn(short)).values
    assert values.dtype == torch.float32 and torch.equal(values, feature(short).values)


@pytest.mark.parametrize(("kind", "full_scale"), [(np.int16, 2**15), (np.int32, 2**31)])
def test_whole_samples_are_divided_by_full_scale_as_soundfile_does(kind, full_scale, sound):
    whole = (sound[:, :8_000].numpy().astype(np.float64) * 0.9 * full_scale).astype(kind)
    expected = LogMel()(torch.from_numpy((whole / full_scale).astype(np.float32))).values
    for given in (whole, torch.from_numpy(whole)):
        assert torch.equal(LogMel()(given).values, expected)


def test_a_feature_in_double_precision_stays_in_it(sound):
    feature = PowerStft().double()
    assert feature(sound).values.dtype == torch.float64
    assert quality.si_sdr(feature.inverse(feature(sound)), sound) > 200


def test_gradients_reach_the_waveform(sound):
    waveform = sound[:, :8_000].clone().requires_grad_()
    LogMel()(waveform).values.sum().backward()
    assert waveform.grad.isfinite().all() and waveform.grad.abs().sum() > 0


@pytest.mark.parametrize("options", [{"inversion": "pseudoinverse"}, {"f_max": 0.0}])
def test_what_mel_bands_cannot_be_is_told(options):
    with pytest.raises(
        ValueError, match="inversion is one of ours, pseudo-inverse|0 <= f_min < f_max"
    ):
        LogMel(**options)


def test_a_mask_of_ones_leaves_every_bin_and_others_lie_between_0_and_1(sound):
    spectrogram = LogMel()(sound)
    assert torch.equal(spectrogram.masked(torch.ones(1, 1, 1, 1)).values, spectrogram.values)
    for wrong in (3.0, -0.1):
        with pytest.raises(ValueError, match=r"a mask lies in \[0, 1\]"):
            spectrogram.masked(torch.full((1, 1, 1, 1), wrong))


def test_top_db_loses_what_lies_below(sound):
    clipped, full = LogStft(top_db=40)(sound), LogStft()(sound)
    line = full.values.max() - 40
    assert torch.equal(clipped.values, full.values.clamp(min=line.item()))
    assert quality.si_sdr(LogStft(top_db=40).inverse(clipped), sound).item() < 60


@pytest.mark.parametrize("feature_class", FEATURES)
def test_masking_moves_to_silence(feature_class, sound):
    feature = feature_class()
    spectrogram = feature(sound)
    assert torch.allclose(
        spectrogram.masked(torch.ones_like(spectrogram.values)).values,
        spectrogram.values,
        atol=1e-4,
    )
    removed = spectrogram.masked(torch.zeros_like(spectrogram.values))
    assert (removed.values == feature.floor).all()
    assert feature.inverse(removed).abs().max() < 1e-3


def test_kept_and_removed_add_up(sound):
    feature = LogStft()
    spectrogram = feature(sound)
    mask = (spectrogram.values > spectrogram.values.median()).float()
    parts = feature.inverse(spectrogram.masked(mask)) + feature.inverse(
        spectrogram.masked(1 - mask)
    )
    assert quality.si_sdr(parts, sound).item() > 60


def test_griffin_lim_needs_no_phase_and_improves(sound):
    feature = PowerStft()
    spectrogram = feature(sound)
    distances = [
        quality.log_spectral_distance(feature.inverse(spectrogram, n), sound).item()
        for n in (1, 8, 32)
    ]
    assert distances[0] > distances[1] > distances[2]
    wrong_phase = Spectrogram(
        spectrogram.values, spectrogram.phase * 0, spectrogram.reference, 0.0, spectrogram.samples
    )
    assert torch.equal(feature.inverse(wrong_phase, 8), feature.inverse(spectrogram, 8))
    assert not torch.allclose(feature.inverse(wrong_phase), feature.inverse(spectrogram), atol=1e-3)


@pytest.mark.parametrize("n_mels", [40, 64, 128])
def test_mel_inversion_is_as_consistent_as_librosa(clips, n_mels):
    batch = torch.cat([clip[:, 30_000:33_200] for clip in clips[:4]])
    errors = {}
    for method in ("ours", "librosa", "pseudo-inverse", "torchaudio"):
        feature = LogMel(n_mels=n_mels, inversion=method)
        spectrogram = feature(batch)
        power = feature.to_power(spectrogram)
        assert (power >= 0).all()
        errors[method] = [
            error.mean().item() for error in quality.mel_consistency(power, spectrogram, feature)
        ]
    for ours, librosas, clamped in zip(
        errors["ours"], errors["librosa"], errors["pseudo-inverse"], strict=True
    ):
        assert ours <= 1.1 * librosas
        assert ours < 0.5 * clamped
    assert np.allclose(errors["torchaudio"], errors["pseudo-inverse"], rtol=0.05)


def test_rank_deficient_bank(sound):
    with pytest.warns(UserWarning, match="zero values"):
        feature = LogMel(n_fft=512, hop_length=128, n_mels=128)
    assert torch.linalg.matrix_rank(feature.filters) < 128
    spectrogram = feature(sound)
    power = feature.to_power(spectrogram)
    assert power.isfinite().all()
    assert quality.si_sdr(feature.to_waveform(power, spectrogram), sound).item() > 5
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="inversion='ours'"):
        torchaudios = LogMel(n_fft=512, hop_length=128, n_mels=128, inversion="torchaudio")
        torchaudios.to_power(spectrogram)


def test_mel_inversion_is_differentiable(sound):
    feature = LogMel()
    spectrogram = feature(sound[:, :8_000])
    spectrogram.values.requires_grad_()
    feature.inverse(spectrogram).square().sum().backward()
    gradient = spectrogram.values.grad
    assert gradient.isfinite().all()
    assert (gradient != 0).float().mean() > 0.9
    # Raising every band by d decibels raises the energy by 10 ** (d / 10): the gradients must add
    # up to that.
    energy = feature.inverse(spectrogram).square().sum().item()
    assert gradient.sum().item() == pytest.approx(energy * np.log(10) / 10, rel=0.02)


def test_masked_mel_bands_fall_silent(sound):
    feature = LogMel()
    spectrogram = feature(sound)
    mask = torch.ones_like(spectrogram.values)
    mask[:, :, 40:] = 0
    back = feature(feature.inverse(spectrogram.masked(mask))).values
    assert back[:, :, 45:].mean() < spectrogram.values[:, :, 45:].mean() - 30


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PowerStft(hop_length=600), "hop_length"),
        (lambda: LogStft(floor=10), "floor"),
        (lambda: LogStft(top_db=-5), "top_db"),
        (lambda: LogMel(f_min=9_000), "f_min"),
        (lambda: LogMel(f_max=9_000), "f_max"),
        (lambda: PowerStft()(torch.zeros(16_000)), "batch, samples"),
        (lambda: PowerStft()(torch.zeros(1, 100)), "samples"),
    ],
)
def test_bad_settings_are_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()
