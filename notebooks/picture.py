"""Draws picture.png, the picture of the README: one clip of notebook 05, asked, cut, heard and
doubted.
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

import audioxai_lite
from audioxai_lite import attribution, masks
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import explained_clips
from audioxai_lite.display import figures, style
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.sound.spectrogram import LogMel


def demonstration() -> tuple[Figure, dict[str, Tensor], int]:
    """The picture, the sounds that belong to it, and their rate in hertz."""
    clips, mel = explained_clips("environment"), LogMel()
    model, dog = load_classifier("environment", "robust"), clips.classes.index("dog")

    def p_dog(values: Tensor) -> float:
        return model.probabilities(values)[0, dog].item()

    clip = max(
        clips.select(label="dog"), key=lambda clip: min(p_dog(mel(clip.waveform).values), 0.95)
    )
    spectrogram, truth = mel(clip.waveform), clip.truth(mel)
    values = spectrogram.values
    saliency = attribution.saliency(model, values, dog, absolute=False)
    mask = masks.top_k(saliency, 0.05)
    chance = masks.random_like(mask, cell=(8, 16), seed=0)
    kept, by_chance = (masks.apply_mask(values, part)[0] for part in (mask, chance))
    figure, axes = plt.subplots(1, 5, figsize=(13, 3.2), sharey=True)
    limits = (float(values.max()) - 60, float(values.max()))
    figures.spectrogram(
        axes[0], values, mel, f"1. A network\nsays dog: {p_dog(values):.0%}", limits
    )
    figures.attribution(axes[1], saliency, mel, "2. Ask it: what\nspeaks for the dog?", truth)
    figures.spectrogram(
        axes[2], mask, mel, "3. Cut: the\nstrongest 5 %", (0, 1), truth, style.MASK_MAP
    )
    figures.spectrogram(
        axes[3], kept, mel, f"4. Listen to what\nis kept: {p_dog(kept):.0%}", limits
    )
    figures.spectrogram(
        axes[4], by_chance, mel, f"5. Doubt: as much,\nby chance: {p_dog(by_chance):.0%}", limits
    )
    for ax in axes[1:]:
        ax.label_outer()
    sounds = {
        "what the network hears": mel.inverse(spectrogram),
        "what its answer rests on": mel.inverse(spectrogram.masked(mask)),
        "as much, by chance": mel.inverse(spectrogram.masked(chance)),
    }
    return figure, sounds, clip.sample_rate


def pairs_of_notebook_05() -> tuple:
    """What the blind test of the site is made of: network, clips and method as in notebook 05."""

    def method(model: Cnn14, values: Tensor, target: Tensor) -> Tensor:
        return attribution.saliency(model, values, target, absolute=False)

    return load_classifier("environment", "robust", seed=0), explained_clips("environment"), method


if __name__ == "__main__":
    audioxai_lite.start(seed=0)
    Path(__file__).with_suffix(".png").write_bytes(style.picture(demonstration()[0]))
