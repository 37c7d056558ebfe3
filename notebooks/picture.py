"""Draws picture.png, the picture of the README: one clip of notebook 05, asked, cut, heard and
doubted.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import torch

import audioxai_lite
from audioxai_lite import attribution, masks
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import explained_clips
from audioxai_lite.display import figures, style
from audioxai_lite.sound.spectrogram import LogMel

if __name__ == "__main__":
    audioxai_lite.start(seed=0)
    clips, mel = explained_clips("environment"), LogMel()
    model, dog = load_classifier("environment", "robust"), clips.classes.index("dog")

    def p_dog(values: torch.Tensor) -> float:
        return model.probabilities(values)[0, dog].item()

    clip = max(
        clips.select(label="dog"), key=lambda clip: min(p_dog(mel(clip.waveform).values), 0.95)
    )
    values, truth = mel(clip.waveform).values, clip.truth(mel)
    saliency = attribution.saliency(model, values, dog, absolute=False)
    mask = masks.top_k(saliency, 0.05)
    chance = masks.random_like(mask, cell=(8, 16), seed=0)
    kept, by_chance = (masks.apply_mask(values, part)[0] for part in (mask, chance))

    fig, axes = plt.subplots(1, 5, figsize=(16, 3.2), sharey=True)
    limits = (float(values.max()) - 60, float(values.max()))
    figures.spectrogram(axes[0], values, mel, f"1. A network says dog: {p_dog(values):.0%}", limits)
    figures.attribution(axes[1], saliency, mel, "2. Ask it: what speaks for the dog?", truth)
    figures.spectrogram(
        axes[2], mask, mel, "3. Cut: the strongest 5 %", (0, 1), truth, style.MASK_MAP
    )
    figures.spectrogram(axes[3], kept, mel, f"4. Listen to what is kept: {p_dog(kept):.0%}", limits)
    figures.spectrogram(
        axes[4], by_chance, mel, f"5. Doubt: as much, by chance: {p_dog(by_chance):.0%}", limits
    )
    for ax in axes[1:]:
        ax.label_outer()
    Path(__file__).with_suffix(".png").write_bytes(style.picture(fig))
