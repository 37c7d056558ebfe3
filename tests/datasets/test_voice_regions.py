"""Who made which bin: regions against sounds that are made with a part left out."""

import pytest
import torch

from audioxai_lite.datasets import voices
from audioxai_lite.datasets.voice_regions import REGIONS, regions
from audioxai_lite.sound.stft import PowerStft

GRID = PowerStft(8_000, 400, 160)


def power(clip):
    return GRID(clip.waveform).values


@pytest.fixture(scope="module")
def clips():
    return list(voices.load(speakers=4, takes=1, seed=5))


def test_every_word_has_a_fundamental_and_formants_and_hiss_where_it_is_said(clips):
    for clip in clips:
        found = regions(clip, GRID)
        counts = torch.bincount(found.flatten(), minlength=len(REGIONS))
        assert counts.sum() == found.numel()
        assert (counts[1:4] > 0).all(), clip.name
        assert (counts[REGIONS.index("hiss")] > 100) == (
            clip.label in "zero two three four five six seven eight".split()
        ), clip.name


def test_hiss_is_what_falls_silent_without_it(clips):
    six = clips[6]
    found, loss = regions(six, GRID), 10 * (power(six) / power(six.with_(hiss=0))).log10()
    assert loss[found == REGIONS.index("hiss")].median() > 20
    assert loss[(found > 0) & (found < REGIONS.index("hiss"))].median().abs() < 0.5


def test_the_fundamental_holds_one_harmonic_and_moves_with_the_pitch(clips):
    for clip in clips[1::10]:
        found, level = regions(clip, GRID)[0, 0], power(clip)[0, 0]
        voiced = (found == 1).any(dim=0)
        inside = torch.where(found == 1, level, 0.0)[:, voiced]
        peak = GRID.frequencies[inside.sum(dim=1).argmax()]
        assert abs(peak - clip.speaker.pitch) < 0.2 * clip.speaker.pitch + 20


def test_a_formant_that_is_held_changes_its_own_region_most(clips):
    eight = clips[8]
    found = regions(eight, GRID)
    for number in (1, 2, 3):
        held = eight.with_(formants=[number])
        change = (10 * (power(held) / power(eight)).log10()).abs()
        means = [change[found == REGIONS.index(f"formant {n}")].mean().item() for n in (1, 2, 3)]
        assert means[number - 1] == max(means)


def test_silence_lies_outside_of_the_word(clips):
    for clip in clips[:10]:
        loud = power(clip)[0, 0].sum(dim=0) > 1e-3 * power(clip).sum(dim=2).max()
        said = (regions(clip, GRID)[0, 0] > 0).any(dim=0)
        assert said[loud].float().mean() > 0.95


def test_a_clip_whose_cause_was_changed_is_refused(clips):
    with pytest.raises(ValueError, match=r"here \{'f0': 1.5\} is changed"):
        regions(clips[0].with_(f0=1.5), GRID)
