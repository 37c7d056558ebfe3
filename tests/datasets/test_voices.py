"""Spoken digits, said again with one cause changed, and nothing else."""

import numpy as np
import pytest
import torch
from scipy.fft import rfft

from audioxai_lite import datasets
from audioxai_lite.datasets import speech, voices
from audioxai_lite.datasets.voices import Speaker, speak

RATE = 8_000
LOW = Speaker("low", 110.0, 1.0, -9.0, 1.0, 0.0)


@pytest.fixture(scope="module")
def clips():
    return voices.load(speakers=10, takes=1)


def spectrum(wave, start, end):
    """Level in dB of a stretch, at every hertz."""
    cut = wave[round(start * RATE) : round(end * RATE)]
    return 20 * np.log10(abs(rfft(cut * np.hanning(len(cut)), RATE)) + 1e-9)


def voiced_stretch(speaker, digit, **causes):
    """The loudest tenth of a second of a word."""
    waveform = speak(digit, speaker, [3], **causes)[0].double().numpy()
    frame = np.convolve(waveform**2, np.ones(800), "valid").argmax()
    return waveform[frame : frame + 800]


def bands_of(speaker, digit, **causes):
    """Levels in dB of eight bands of a word, over their mean."""
    power = abs(rfft(speak(digit, speaker, [3], **causes)[0].double().numpy())) ** 2
    levels = 10 * np.log10([part.sum() for part in np.array_split(power[100:3900], 8)])
    return levels - levels.mean()


def pitch_of(wave):
    """By autocorrelation, in hertz."""
    found = np.correlate(wave, wave, "full")[len(wave) :]
    return RATE / (found[20:120].argmax() + 21)


def test_the_same_numbers_make_the_same_clip_whatever_else_is_made(clips):
    assert torch.equal(clips[7].waveform, voices.load(speakers=2, takes=1)[7].waveform)
    assert torch.equal(clips[7].waveform, clips[7].with_().waveform)
    assert not torch.equal(clips[7].waveform, voices.load(speakers=2, takes=1, seed=1)[7].waveform)
    assert datasets.load("voices", speakers=2, takes=1)[0].waveform.shape == (1, RATE)


def test_no_hiss_takes_away_the_hiss_to_the_sample_and_nothing_else():
    word = {hiss: speak(7, LOW, [0], hiss=hiss).double() for hiss in (0.0, 1.0, 2.0)}
    once, twice = word[1.0] - word[0.0], word[2.0] - word[0.0]
    assert once.abs().max() > 1e-3
    torch.testing.assert_close(twice, 2 * once, atol=1e-7, rtol=1e-4)
    vowels = once.abs()[0].unfold(0, 400, 400).amax(dim=1)  # "seven" hisses at its ends, not within
    assert vowels.min() == 0


def test_another_pitch_leaves_hiss_and_room_alone_to_the_sample():
    hissed = {
        f0: speak(6, LOW, [0], f0=f0) - speak(6, LOW, [0], f0=f0, hiss=0.0) for f0 in (1, 1.5)
    }
    torch.testing.assert_close(hissed[1], hissed[1.5], atol=1e-7, rtol=0)
    apart = (speak(6, LOW, [0], f0=1.5) - speak(6, LOW, [0]))[0]
    heard = apart.nonzero()[:, 0]
    assert len(heard) and len(heard) < 0.6 * RATE  # before and after the word there is the room


def test_a_factor_of_the_pitch_moves_the_pitch_and_not_the_resonances():
    pitches = [pitch_of(voiced_stretch(LOW, 3, f0=f0)) for f0 in (1.0, 1.5)]
    assert pitches[1] / pitches[0] == pytest.approx(1.5, rel=0.04)
    levels = {
        name: [bands_of(LOW, digit, hiss=0.0, **causes) for digit in (1, 3, 5)]
        for name, causes in {"usual": {}, "pitch": {"f0": 1.2}, "tract": {"tract": 1.2}}.items()
    }
    moved = {
        name: np.abs(np.subtract(levels["usual"], each)).max() for name, each in levels.items()
    }
    assert moved["pitch"] < 0.6 * moved["tract"]


def test_a_factor_of_the_tract_moves_the_resonances_and_not_the_pitch():
    pitches = [pitch_of(voiced_stretch(LOW, 3, tract=tract)) for tract in (1.0, 1.2)]
    assert pitches[0] == pytest.approx(pitches[1], rel=0.02)
    hertz = np.arange(0, 4000, 5.0)
    for centre in (500.0, 1500.0, 2500.0):
        formants = np.array([[500.0, 1500.0, 2500.0]])
        near = (hertz > 1.2 * centre - 200) & (hertz < 1.2 * centre + 200)
        gain = speech.resonances(formants, 1.2, hertz)[0]
        assert hertz[near][gain[near].argmax()] == pytest.approx(1.2 * centre, abs=15)


def test_a_held_formant_is_where_a_tract_of_one_width_has_it():
    assert not torch.equal(speak(3, LOW, [0], formants=[2]), speak(3, LOW, [0]))
    all_held = {"formants": (1, 2, 3), "hiss": 0.0}
    word = speak(3, LOW, [0], **all_held), speak(1, LOW, [0], **all_held)
    shares = []
    for each in word:
        level = 10 ** (spectrum(each[0].double().numpy(), 0, 1) / 10)
        shares.append(
            [level[a:b].sum() / level[100:3900].sum() for a, b in ((300, 800), (1200, 1900))]
        )
    assert shares[0] == pytest.approx(shares[1], rel=0.15)  # the same vowel, whatever is said


def test_a_resonator_has_the_width_of_its_formula():
    hertz = np.arange(0, 4000, 1.0)
    formants = np.array([[500.0, 1500.0, 2500.0]])
    level = 20 * np.log10(speech.resonances(formants, 1.0, hertz)[0])
    top = int(level[:1000].argmax())
    within = np.flatnonzero(level[:1000] > level[top] - 3.01)
    assert within[-1] - within[0] == pytest.approx(50 + 0.04 * 500, abs=4)
    assert level[0] == pytest.approx(0, abs=1e-9)


def test_pulses_have_every_harmonic_and_none_above_half_the_rate():
    level = abs(rfft(speech.pulses(np.full(RATE, 100.0), RATE)))
    lines = level[100:3900:100]
    assert lines.max() / lines.min() < 1.01
    between = np.delete(level, np.arange(0, 4001, 100))
    assert between.max() < 1e-3 * lines.min()


def test_folds_share_no_speaker_and_hold_both_registers(clips):
    of = clips.table.groupby("speaker")["fold"].nunique()
    assert (of == 1).all()
    assert (clips.table.groupby("fold")["register"].nunique() == 2).all()
    assert len(clips) == len(set(clips.table["name"])) == 100


@pytest.mark.parametrize("link", voices.LINKS)
def test_register_goes_with_what_the_link_says(link):
    who = voices.speakers_of(200, link)
    high = np.array([speaker.register == "high" for speaker in who])
    pitch, tract = (np.array([getattr(s, name) for s in who]) for name in ("pitch", "tract"))
    told = {"pitch": (pitch > 160) == high, "tract": (tract > 1.02) == high}
    for name, right in told.items():
        tells = link == "linked" or (name == "pitch") == (link == "independent")
        assert right.all() if tells else 0.35 < right.mean() < 0.65, name


def test_causes_add_up_and_are_on_record(clips):
    clip = clips[12]
    twice = clip.with_(f0=1.2).with_(hiss=0.5)
    assert twice.causes == {"f0": 1.2, "hiss": 0.5}
    assert torch.equal(twice.waveform, clip.with_(f0=1.2, hiss=0.5).waveform)
    other = clip.with_(speaker=voices.speakers_of(4)[3])
    assert not torch.equal(other.waveform, clip.waveform) and other.label == clip.label


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"f0": 0.0}, "above 0"),
        ({"tract": -1.0}, "above 0"),
        ({"hiss": -1.0}, "above 0"),
        ({"formants": [4]}, "among 1, 2 and 3"),
        ({"digit": 10}, "0 to 9"),
    ],
)
def test_causes_that_make_no_sense_are_refused(clips, wrong, message):
    with pytest.raises(ValueError, match=message):
        clips[0].with_(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"task": "sex"}, {"takes": 0}, {"seed": -1}, {"sample_rate": 4000}, {"link": "x"}]
)
def test_data_sets_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="is|are|start"):
        voices.load(**wrong)
    with pytest.raises(ValueError, match="at least one speaker"):
        voices.load(speakers=0)
