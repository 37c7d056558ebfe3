"""Studies of counterfactuals and of the generators that make them. Notebook: 08."""

import time
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import counterfactuals
from audioxai_lite.course.clips import log_mel
from audioxai_lite.course.detectors import detector_training_data, frozen_detectors
from audioxai_lite.course.studies import settings, study
from audioxai_lite.datasets import machine, planted
from audioxai_lite.evaluation import statistics
from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import Detector
from audioxai_lite.sound.spectrogram import LogMel

# The generators of notebook 06: what is changed of the course's own recipe.
GENERATORS: dict[str, dict[str, Any]] = {
    "generator": {},
    "without pairs": {"weights": counterfactuals.Weights(pair=0)},
    "one-sided, without pairs": {"weights": counterfactuals.Weights(pair=0), "two_sided": False},
    "score alone": {"weights": counterfactuals.Weights(pair=0, sparsity=0)},
    "additions only": {"kinds": ("gain", "texture", "paste")},
    "with cycle": {"weights": counterfactuals.Weights(cycle=1)},
    "with realism": {"weights": counterfactuals.Weights(realism=0.3)},
    "two concepts, weak": {"concepts": 2, "weights": counterfactuals.Weights(concept=0.03)},
    "two concepts, strong": {"concepts": 2, "weights": counterfactuals.Weights(concept=1)},
    "the source's losses": {
        "concepts": 2,
        "weights": counterfactuals.Weights(pair=0, cycle=1, realism=0.3, concept=1),
    },
}


SHIPPED_GENERATORS = (
    "without pairs",
    "one-sided, without pairs",
    "score alone",
    "two concepts, strong",
)  # of seed 0


def repaired_clips(source: str, seed: int = 0) -> dict:
    """Test clips for counterfactuals: decibels of "clips", "twin" and "normal" clips, "truth",
    "kind", waveforms.

    The waveforms are called "sound", with the fault, and "healthy", without.

    Faulty clips whose truth is empty (a fault below the background) are left out. Notebook: 06.
    """
    test = machine.load("test") if source == "machine" else planted.load(source, "test", seed=seed)
    feature, faulty = LogMel(), list(test.select(target=1))
    truth = torch.cat([clip.truth(feature) for clip in faulty])
    faulty = [
        clip for clip, heard in zip(faulty, truth.amax(dim=(1, 2, 3)) == 1, strict=True) if heard
    ]
    return {
        "clips": torch.cat([feature(clip.waveform).values for clip in faulty]),
        "twin": torch.cat([feature(clip.twin).values for clip in faulty]),
        "truth": truth[truth.amax(dim=(1, 2, 3)) == 1],
        "kind": np.array([clip.events[0].kind for clip in faulty]),
        "sound": torch.cat([clip.waveform for clip in faulty]),
        "healthy": torch.cat([clip.twin for clip in faulty]),
        "normal": log_mel(test.select(target=0)),
    }


def baseline_counterfactuals(
    detector: Detector, other: Detector, clips: Tensor, train: Tensor
) -> dict[str, Tensor]:
    """What needs no generator: every baseline of notebook 06 by name, decibels. Notebook: 06."""
    highest = counterfactuals.target_ranges(detector, train)[0, 1].item()
    with torch.no_grad():
        rebuilt = detector.reconstruct(clips)
    return {
        "copy": clips,
        "nearest normal": counterfactuals.nearest(clips, train),
        "AE reconstruction": rebuilt,
        "optimised input": counterfactuals.optimise(detector, clips, highest),
        "MAE inpainting, 99 %": counterfactuals.inpaint(detector, other, clips, train, 99.0),
        "MAE inpainting, 99.9 %": counterfactuals.inpaint(detector, other, clips, train, 99.9),
    }


@study(
    "counterfactuals",
    settings(source=["machine"], method=list(GENERATORS), training_seed=[0, 1, 2])
    + settings(source=["rain"], method=["generator"], training_seed=[0, 1, 2]),
    ["source", "method", "training_seed", "name", "kind", "measure", "value", "low", "high"],
)
def counterfactual_cell(source: str, method: str, training_seed: int) -> pd.DataFrame:
    """Train one generator of `GENERATORS` and measure what it makes of clips with faults, and of
    normal ones.

    The one by the course's own recipe brings the baselines and the oracle with it.
    """
    torch.set_num_threads(1)
    train, validation = detector_training_data(source, training_seed)
    detector, other = frozen_detectors(source, training_seed)
    given = repaired_clips(source, training_seed)
    start = time.monotonic()
    model, _ = counterfactuals.train_generator(
        detector, train, validation, seed=training_seed, progress=False, **GENERATORS[method]
    )
    seconds = time.monotonic() - start
    faulty, generator = given["clips"], model.generator
    made = {method: counterfactuals.apply(generator, detector, faulty)}
    if method == "generator":
        made |= baseline_counterfactuals(detector, other, faulty, train) | {
            "clean twin": given["twin"]
        }
    rows = []
    for name, changed in made.items():
        found = counterfactuals.measures(
            detector, other, faulty, changed, given["twin"], given["truth"], given["normal"]
        )
        for kind in ("all", *np.unique(given["kind"])):
            chosen = torch.from_numpy((given["kind"] == kind) | (kind == "all"))
            table = statistics.with_intervals(
                {key: value[None, chosen] for key, value in found.items()}, [name]
            ).iloc[0]
            rows += [
                {"name": name, "kind": kind, "measure": key, "value": table[key]}
                | {end: table[f"{key} {end}"] for end in ("low", "high")}
                for key in found
            ]
    more = {"seconds": seconds}
    more |= _generator_facts(model, detector, given, counterfactuals.target_ranges(detector, train))
    rows += [
        {"name": method, "kind": "all", "measure": key, "value": value}
        for key, value in more.items()
    ]
    shipped = source == "machine" and (
        method == "generator" or (method in SHIPPED_GENERATORS and not training_seed)
    )
    if shipped:
        named = (
            "generator"
            if method == "generator"
            else f"generator-{method.replace(' ', '-').replace(',', '')}"
        )
        reached = {
            row["measure"]: round(float(row["value"]), 4)
            for row in rows
            if (row["name"], row["kind"]) == (method, "all") and "low" in row
        }
        command = "python -m audioxai_lite study counterfactuals"
        checkpoint.save(generator, f"{named}-machine-{training_seed}", command, 0, reached)
    return pd.DataFrame(rows)


def _generator_facts(
    model: counterfactuals.WithCritics, detector: Detector, given: dict, ranges: Tensor
) -> dict[str, float]:
    """What is measured of a generator besides its counterfactuals: its dial, its way back, its
    concepts, its sound.
    """
    generator, faulty, normal = model.generator, given["clips"], given["normal"]
    facts: dict[str, float] = {}
    for alpha, (low, high) in zip(counterfactuals.ALPHAS, ranges.tolist(), strict=True):
        facts |= {f"target {alpha}, lowest": low, f"target {alpha}, highest": high}
        for name, clips in {"faulty": faulty, "normal": normal}.items():
            scores = counterfactuals.log_scores(
                detector, counterfactuals.apply(generator, detector, clips, alpha)
            )
            facts[f"median score at {alpha}, {name}"] = scores.median().item()
    repaired = counterfactuals.apply(generator, detector, faulty)
    unharmed = counterfactuals.apply(generator, detector, normal)
    facts["change of normal clips"] = (unharmed - normal).abs().mean().item()
    facts["way back"] = counterfactuals.way_back(generator, detector, faulty, ranges).mean().item()
    sound = LogMel()(counterfactuals.to_sound(given["sound"], repaired - faulty, LogMel())).values
    line = counterfactuals.log_scores(detector, normal).quantile(0.95)
    facts["valid, by ear"] = (
        (counterfactuals.log_scores(detector, sound) < line).float().mean().item()
    )
    facts["sound against spectrogram"] = (sound - repaired).abs().mean().item()
    if generator.concepts > 1:
        facts |= {
            key: value.nanmean().item()
            for key, value in counterfactuals.concept_measures(
                model, detector, faulty, normal
            ).items()
        }
    return facts
