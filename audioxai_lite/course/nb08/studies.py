"""Studies of counterfactuals and of the generators that make them. Notebook: 08."""

import time
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ... import counterfactuals
from ...counterfactuals import Generator
from ...evaluation import statistics
from ...models import checkpoint
from ...models.autoencoder import Detector
from ...published import what_if_normal
from ...sound.spectrogram import LogMel
from ..clips import audible_faults, log_mel
from ..detectors import detector_test_clips, detector_training_clips, frozen_detectors
from ..results import CHECKPOINTS
from ..studies import study, study_columns, study_settings

# The generators of notebook 08: what is changed of the course's own recipe.
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
    "the source's losses": {"concepts": what_if_normal.CONCEPTS, "weights": what_if_normal.LOSSES},
}

# Those that come with the course: what their files in data/checkpoints are called before the seed.
# The first comes for the seeds of the detectors, the others for seed 0.
FILES = {
    "generator": "generator-machine",
    "without pairs": "generator-without-pairs-machine",
    "one-sided, without pairs": "generator-one-sided-without-pairs-machine",
    "score alone": "generator-score-alone-machine",
    "two concepts, strong": "generator-two-concepts-strong-machine",
}


def repaired_in_study(source: str, seed: int = 0) -> dict:
    """Test clips for counterfactuals: decibels of "clips", "twin" and "normal" clips, "truth",
    "kind", "name", waveforms.

    The waveforms are called "sound", with the fault, and "healthy", without.

    Faulty clips whose truth is empty (a fault below the background) are left out. Notebook: 08.

    Examples
    --------
    >>> clips = repaired_in_study("machine")
    >>> len(clips["clips"]) == len(clips["kind"]), sorted(set(clips["kind"]))[:3]
    (True, [np.str_('drop-out'), np.str_('grind'), np.str_('knock')])
    """
    test = detector_test_clips(source, seed)
    faulty, truth = audible_faults(test)
    return {
        "clips": log_mel(faulty),
        "twin": torch.cat([LogMel()(clip.twin).values for clip in faulty]),
        "truth": truth,
        "kind": np.array([clip.events[0].kind for clip in faulty]),
        "name": [clip.name for clip in faulty],
        "sound": torch.cat([clip.waveform for clip in faulty]),
        "healthy": torch.cat([clip.twin for clip in faulty]),
        "normal": log_mel(test.select(target=0)),
    }


def _baselines(
    detector: Detector, other: Detector, clips: Tensor, train: Tensor
) -> dict[str, Tensor]:
    """What needs no generator: every baseline of notebook 08 by name, decibels."""
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
    study_settings(source=["machine"], method=list(GENERATORS), training_seed=[0, 1, 2])
    + study_settings(source=["rain"], method=["generator"], training_seed=[0, 1, 2]),
    ["source", "method", "training_seed", "name", "kind", "measure", *study_columns("value")],
)
def counterfactual_cell(source: str, method: str, training_seed: int) -> pd.DataFrame:
    """Train one generator of `GENERATORS` and measure what it makes of clips with faults, and of
    normal ones: means, and a row a clip.

    The one by the course's own recipe brings the baselines and the oracle with it.
    """
    torch.set_num_threads(1)
    train, validation = detector_training_clips(source, training_seed)
    detector, other = frozen_detectors(source, training_seed)
    test = repaired_in_study(source, training_seed)
    start = time.monotonic()
    model, _ = counterfactuals.train_generator(
        detector, train, validation, seed=training_seed, progress=False, **GENERATORS[method]
    )
    facts = {"seconds": time.monotonic() - start}
    made = {method: counterfactuals.apply_generator(model.generator, detector, test["clips"])}
    if method == "generator":
        made |= _baselines(detector, other, test["clips"], train) | {"clean twin": test["twin"]}
    truths = test["twin"], test["truth"], test["normal"]
    rows, clips = [], []
    for name, changed in made.items():
        scores = counterfactuals.measures(detector, other, test["clips"], changed, *truths)
        rows += [{"name": name} | row for row in _means_by_kind(scores, test["kind"])]
        of_clips = pd.DataFrame({measure: values.numpy() for measure, values in scores.items()})
        clips.append(of_clips.assign(name=name, kind=test["kind"], clip=test["name"]))
    if source == "machine" and method in FILES and (method == "generator" or training_seed == 0):
        _ship(method, training_seed, model.generator, rows)
    ranges = counterfactuals.target_ranges(detector, train)
    facts |= _generator_facts(model, detector, test, ranges)
    own = {"name": method, "kind": "all"}
    rows += [own | {"measure": measure, "value": value} for measure, value in facts.items()]
    return pd.concat([pd.DataFrame(rows), *clips], ignore_index=True)


def _means_by_kind(scores: dict[str, Tensor], kinds: np.ndarray) -> list[dict]:
    """The mean of every measure, with its interval, over all clips and kind by kind."""
    rows = []
    for kind in ("all", *np.unique(kinds)):
        chosen = torch.from_numpy((kinds == kind) | (kind == "all"))
        of_kind = {measure: clips[None, chosen] for measure, clips in scores.items()}
        means = statistics.with_intervals(of_kind, [kind]).loc[kind]
        for measure in scores:
            ends = {f"value{end}": means[measure + end] for end in ("", " low", " high")}
            rows.append({"kind": kind, "measure": measure} | ends)
    return rows


def _ship(method: str, seed: int, generator: Generator, rows: list[dict]) -> None:
    """Store a generator with what it reaches."""
    reached = {
        row["measure"]: round(float(row["value"]), 4)
        for row in rows
        if (row["name"], row["kind"]) == (method, "all")
    }
    command = "python -m audioxai_lite study counterfactuals"
    checkpoint.save(generator, f"{FILES[method]}-{seed}", command, 0, reached, CHECKPOINTS)


def _generator_facts(
    model: counterfactuals.WithCritics, detector: Detector, test: dict, ranges: Tensor
) -> dict[str, float]:
    """What is measured of a generator besides its counterfactuals: its dial, its way back, its
    concepts, its sound.
    """
    generator, faulty, normal = model.generator, test["clips"], test["normal"]
    facts: dict[str, float] = {}
    for alpha, (low, high) in zip(counterfactuals.ALPHAS, ranges.tolist(), strict=True):
        facts |= {f"target {alpha}, lowest": low, f"target {alpha}, highest": high}
        for name, clips in {"faulty": faulty, "normal": normal}.items():
            changed = counterfactuals.apply_generator(generator, detector, clips, alpha)
            median = counterfactuals.log_scores(detector, changed).median()
            facts[f"median score at {alpha}, {name}"] = median.item()
    repaired = counterfactuals.apply_generator(generator, detector, faulty)
    unharmed = counterfactuals.apply_generator(generator, detector, normal)
    facts["change of normal clips"] = (unharmed - normal).abs().mean().item()
    facts["way back"] = counterfactuals.way_back(generator, detector, faulty, ranges).mean().item()
    sound = LogMel()(counterfactuals.to_sound(test["sound"], repaired - faulty, LogMel())).values
    line = counterfactuals.log_scores(detector, normal).quantile(0.95)
    valid = counterfactuals.log_scores(detector, sound) < line
    facts["valid, by ear"] = valid.float().mean().item()
    facts["sound against spectrogram"] = (sound - repaired).abs().mean().item()
    if generator.concepts > 1:
        concepts = counterfactuals.concept_measures(model, detector, faulty, normal)
        facts |= {name: clips.nanmean().item() for name, clips in concepts.items()}
    return facts
