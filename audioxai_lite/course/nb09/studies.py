"""Studies of what noise does to the answers, maps and masks of classifiers. Notebook: 09."""

from collections.abc import Collection, Sequence
from typing import cast

import pandas as pd
import torch
from torch import Tensor

from ... import attribution
from ...datasets import Clip
from ...evaluation import fidelity
from ...evaluation.chance import COMPARED
from ...models.cnn14 import Cnn14, cnn14_for_predictions
from ...published import posthoc_audio
from ...sound import levels
from ...sound.noises import NOISES
from ...sound.spectrogram import LogMel
from ..classifiers import KINDS, SEEDS, load_classifier
from ..clips import background_clips, log_mel, predicted_classes, truths
from ..studies import study, study_columns, study_settings
from . import noisy_maps
from .noisy_maps import AS_PUBLISHED, BACKGROUNDS, CLEAN, NOISY_METHODS, SHAP_BACKGROUNDS

BY_ANSWER = [
    f"{name}, {answer}" for name in noisy_maps.AGREEMENTS for answer in ("equal", "changed")
]
MAP_SCORES = study_columns("accuracy", "equal", *BY_ANSWER, "average precision")
SCORED = ["background", "method", "mask"]
GAINS = [f"{score} over {control}" for control in ("cells", "energy") for score in COMPARED]
ROBUSTNESS = [
    *(*SCORED, "seed", "clips", *study_columns(*posthoc_audio.DIRECTIONS), "area", "constant"),
    *(*study_columns(*GAINS), *MAP_SCORES),
]
STABLE = ["background", "snr", "method"]
STABILITY = [*STABLE, "seed", "clips", *MAP_SCORES]


@study(
    "robustness_esc10",
    study_settings(data=["esc10"], seed=[*SEEDS], part=[0, 1]),
    ROBUSTNESS,
    means_by=SCORED,
)
@study(
    "robustness",
    study_settings(data=["environment"], seed=[*SEEDS], part=[0, 1]),
    ROBUSTNESS,
    means_by=SCORED,
)
def robustness_cell(
    data: str,
    seed: int,
    part: int,
    methods: Collection[str] = NOISY_METHODS + AS_PUBLISHED,
    classes: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Explain and score a test clip of each class, clean and under the three backgrounds as
    published; the networks are robust ones.

    One row a clip, background, method and mask; under the mask "none" what is measured of the
    attribution itself. A sample of the study asks some `methods`, on the clips of some `classes`.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, "robust", seed=seed)
    asked = cnn14_for_predictions(network.network)
    compared_with = background_clips(data, count=SHAP_BACKGROUNDS)
    clips, sounds = noisy_maps.noisy_clips(data, part)
    if classes is not None:
        clips = [clips[number] for number in classes]
        sounds = {name: sound[list(classes)] for name, sound in sounds.items()}
    waveform = torch.cat([clip.waveform for clip in clips])
    heard = {"clean": waveform}
    heard |= {name: posthoc_audio.mix(waveform, sound) for name, sound in sounds.items()}
    tables = []
    readings = noisy_maps.noisy_readings(network, clips, heard, compared_with, methods)
    for background, values, maps, changes in readings:
        for method, table in changes.items():
            scores = _scored(asked, clips, values, posthoc_audio.all_variants(maps[method]))
            tables.append(pd.concat([table, scores]).assign(background=background, method=method))
        controls = {"all ones": torch.ones_like(values)}
        if clips[0].twin is not None:
            controls["the truth"] = cast(Tensor, truths(clips))
        scores = _scored(asked, clips, values, controls)
        tables.append(scores.assign(background=background, method="none"))
    return pd.concat(tables)


def _scored(
    network: Cnn14, clips: list[Clip], values: Tensor, by_name: dict[str, Tensor]
) -> pd.DataFrame:
    """The scores of masks, a row a clip and mask; clips have names."""
    rows = posthoc_audio.masks_by_clip(network, values, by_name)
    rows["clip"] = rows["clip"].map(lambda number: clips[number].name)
    return rows[["mask", "clip", *posthoc_audio.DIRECTIONS, "area", "constant", *GAINS]]


SNRS = (-5.0, 0.0, 5.0, 10.0, 20.0, 30.0)  # decibels


def _heard(waveform: Tensor, sound: Tensor, rate: int) -> dict[float, Tensor]:
    """Clips by themselves, and with a background at every ratio of `SNRS`."""
    return {CLEAN: waveform} | {snr: levels.mix(waveform, sound, snr, rate) for snr in SNRS}


@study(
    "stability_esc10",
    study_settings(data=["esc10"], background=BACKGROUNDS["esc10"], seed=[*SEEDS], part=[0]),
    STABILITY,
    means_by=STABLE,
)
@study(
    "stability",
    study_settings(data=["environment"], background=list(NOISES), seed=[*SEEDS], part=[0, 1]),
    STABILITY,
    means_by=STABLE,
)
def stability_cell(
    data: str, background: str, seed: int, part: int, methods: Collection[str] = NOISY_METHODS
) -> pd.DataFrame:
    """How far the maps of a robust classifier change as a background grows, for a test clip of
    each class. A sample of the study asks some `methods` alone.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, "robust", seed=seed)
    compared_with = background_clips(data, count=SHAP_BACKGROUNDS)
    clips, sounds = noisy_maps.noisy_clips(data, part)
    waveform = torch.cat([clip.waveform for clip in clips])
    heard = _heard(waveform, sounds[background], clips[0].sample_rate)
    readings = noisy_maps.noisy_readings(network, clips, heard, compared_with, methods)
    return pd.concat(
        table.drop(columns="mask").assign(snr=snr, method=method)
        for snr, _, _, changes in readings
        for method, table in changes.items()
    )


@study(
    "noisy_accuracy",
    study_settings(data=["environment", "esc10"], model=[*KINDS], seed=[*SEEDS]),
    ["data", "model", "background", "snr", "seed", "clips", *study_columns("accuracy")],
    means_by=["data", "model", "background", "snr"],
)
def noisy_accuracy_cell(data: str, model: str, seed: int) -> pd.DataFrame:
    """What a classifier makes of all test clips in every background at every level, and as
    published.
    """
    torch.set_num_threads(1)
    network = cnn14_for_predictions(load_classifier(data, model, seed=seed).network)
    tables = []
    for part in range(8):
        clips, sounds = noisy_maps.noisy_clips(data, part)
        waveform = torch.cat([clip.waveform for clip in clips])
        correct = torch.tensor([clip.target for clip in clips])
        names = pd.DataFrame({"clip": [clip.name for clip in clips]})
        for background, sound in sounds.items():
            heard: dict = _heard(waveform, sound, clips[0].sample_rate)
            heard["as published"] = posthoc_audio.mix(waveform, sound)
            for snr, mixed in heard.items():
                right = (predicted_classes(network, LogMel()(mixed).values) == correct).double()
                tables.append(names.assign(background=background, snr=snr, accuracy=right))
    return pd.concat(tables)


CONVERGED = ("AD, sign", "AD, top 30 %", "Fid-In, sign", "Fid-In, top 30 %", *noisy_maps.AGREEMENTS)
CONVERGENCE = {"LIME, superpixels": (50, 100, 200, 500, 1000), "Deep SHAP": (5, 10, 20, 50, 100)}


@study(
    "convergence",
    study_settings(data=["environment", "esc10"], method=list(CONVERGENCE), seed=[0]),
    ["data", "method", "count", "draw", "seed", "clips", *study_columns(*CONVERGED)],
    means_by=["data", "method", "count", "draw"],
)
def convergence_cell(data: str, method: str, seed: int) -> pd.DataFrame:
    """How near maps and scores with fewer samples or backgrounds come to those with a thousand, or
    a hundred.

    Ten clips of the test fold, clean; of the largest number, another draw shows what chance alone
    does.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, "robust", seed=seed)
    values = log_mel(noisy_maps.noisy_clips(data, 0)[0])
    background, target = background_clips(data), predicted_classes(network, values)
    segments, fast = attribution.superpixels(values), cnn14_for_predictions(network.network)

    def explain(count: int, draw: int) -> Tensor:
        if method == "LIME, superpixels":
            return attribution.lime(fast, values, target, segments, samples=count, seed=draw)
        chosen = torch.arange(count)
        if draw:  # with replacement: without it, another hundred of them would be the same
            chosen = torch.randint(100, (count,), generator=torch.Generator().manual_seed(1))
        return attribution.deep_shap(network, values, target, background[chosen])

    most = max(CONVERGENCE[method])
    maps = {(count, 0): explain(count, 0) for count in CONVERGENCE[method]}
    reference, maps[most, 1] = maps[most, 0], explain(most, 1)
    tables = []
    for (count, draw), signed in maps.items():
        columns = {name: agree(signed, reference) for name, agree in noisy_maps.AGREEMENTS.items()}
        for mask in ("sign", "top 30 %"):
            given = posthoc_audio.VARIANTS[mask][1](signed)[None]
            scores = fidelity.scores(fidelity.answers(fast, values, given))
            columns |= {f"{score}, {mask}": scores[score][0] for score in ("AD", "Fid-In")}
        table = pd.DataFrame({name: column.double().numpy() for name, column in columns.items()})
        tables.append(table.rename_axis("clip").reset_index().assign(count=count, draw=draw))
    return pd.concat(tables)
