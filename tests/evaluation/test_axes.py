"""The axis test finds turned and mirrored maps, and the Grad-CAM that was published with swapped
axes.
"""

import pytest
import torch
from torch.nn import functional

from audioxai_lite import attribution, datasets
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.evaluation.axes import axis_test
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound.spectrogram import LogMel, LogStft
from audioxai_lite.sound.stft import PowerStft

NOISE = torch.randn(1, 32_000, generator=torch.Generator().manual_seed(0)) / 10
GRIDS = [LogStft(16_000, hop_length=256), LogMel(16_000), PowerStft(16_000, 2048, 512)]


def turned(values):
    return functional.interpolate(values.transpose(2, 3), values.shape[2:], mode="bilinear")


@pytest.mark.parametrize("grid", GRIDS, ids=["decibels", "mel", "power"])
@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda values: values, "right"),
        (lambda values: -values, "right"),
        (turned, "swapped"),
        (lambda values: values.flip(3), "reversed"),
        (lambda values: values.flip(2), "reversed"),
        (lambda values: torch.zeros_like(values), "unclear"),
        (lambda values: torch.rand(values.shape), "unclear"),
    ],
    ids=["as it is", "negative", "turned", "backwards", "upside down", "empty", "noise"],
)
def test_what_moves_in_the_sound_must_move_in_the_map(grid, change, verdict):
    torch.manual_seed(0)
    assert axis_test(lambda sound: change(grid(sound).values), NOISE, grid).verdict == verdict


def test_the_published_construction_is_found_and_ours_is_not_accused():
    model = load_classifier("environment", "robust", seed=0)
    clips = datasets.load("environment").select(fold=5)
    verdicts = {"ours": [], "published": []}
    for number in range(0, len(clips), 8):
        clip, grid = clips[number], model.front_end
        target = int(model.outputs(grid(clip.waveform).values).argmax())

        def ours(sound, grid=grid, target=target):
            values = grid(sound).values
            return attribution.grad_cam(
                model.called, values, target, model.layer, 2, positive=False
            )

        def published(sound, grid=grid, target=target):
            return posthoc_audio.grad_cam(model.called, grid(sound).values, target, model.layer)

        for name, mapped in {"ours": ours, "published": published}.items():
            verdicts[name].append(axis_test(mapped, clip.waveform, grid).verdict)
    assert verdicts["ours"].count("right") >= 8 and "swapped" not in verdicts["ours"]
    assert verdicts["published"].count("swapped") >= 7 and "right" not in verdicts["published"]
