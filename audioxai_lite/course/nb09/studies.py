"""Studies of what noise does to the answers, maps and masks of classifiers. Notebook: 09."""

import pandas as pd
import torch
from torch import Tensor

from ... import attribution
from ...models.cnn14 import cnn14_for_predictions
from ...published import posthoc_audio
from ...sound import levels
from ...sound.noises import NOISES
from ...sound.spectrogram import LogMel
from ..classifiers import load_classifier
from ..clips import background_clips, log_mel, predicted_classes, truths
from ..studies import study, study_columns, study_settings
from . import noisy_maps
from .noisy_maps import AS_PUBLISHED, BACKGROUNDS, CLEAN, COMPARED, NOISY_METHODS, SHAP_BACKGROUNDS

BY_ANSWER = [
    f"{name}, {answer}" for name in noisy_maps.AGREEMENTS for answer in ("equal", "changed")
]
MAP_SCORES = study_columns("accuracy", "equal", *BY_ANSWER, "average precision")
SCORED = ["model", "background", "method", "mask"]
ROBUSTNESS = [
    *(*SCORED, "test_fold", "clips", *study_columns(*posthoc_audio.DIRECTIONS), "area", "constant"),
    *(f"{name} random cells" for name in COMPARED),
    *study_columns(*(f"{name} over cells" for name in COMPARED)),
    *MAP_SCORES,
]
MODELS = ["robust", "plain"]
STABLE = ["background", "snr", "method"]
STABILITY = [*STABLE, "test_fold", "clips", *MAP_SCORES]


@study(
    "robustness_esc10",
    study_settings(data=["esc10"], model=MODELS, part=[*range(8)], test_fold=[5, 1, 2, 3, 4]),
    ROBUSTNESS,
    means_by=SCORED,
)
@study(
    "robustness",
    study_settings(data=["environment"], model=MODELS, part=[*range(4)], test_fold=[5, 1, 2]),
    ROBUSTNESS,
    means_by=SCORED,
)
def robustness_cell(data: str, model: str, part: int, test_fold: int) -> pd.DataFrame:
    """Explain and score a clip of each class of a fold, clean and under the three backgrounds as
    published.

    One row a clip, background, method and mask; under the mask "none" what is measured of the
    attribution itself.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, model, test_fold)
    compared_with = background_clips(data, test_fold, SHAP_BACKGROUNDS)
    clips, sounds = noisy_maps.noisy_clips(data, test_fold, part)
    truth, waveform = truths(clips), torch.cat([clip.waveform for clip in clips])
    heard = {"clean": waveform}
    if model == "robust":
        heard |= {name: posthoc_audio.mix(waveform, sound) for name, sound in sounds.items()}
    methods, tables = NOISY_METHODS + AS_PUBLISHED, []
    readings = noisy_maps.noisy_readings(network, clips, heard, compared_with, methods)
    for background, values, maps, changes in readings:
        for method, table in changes.items():
            variants = posthoc_audio.all_variants(maps[method])
            both = pd.concat(
                [table, noisy_maps.noisy_masks_scored(network.network, values, variants)]
            )
            tables.append(both.assign(background=background, method=method))
        controls = {"all ones": torch.ones_like(values)}
        if truth is not None:
            controls["the truth"] = truth
        table = noisy_maps.noisy_masks_scored(network.network, values, controls)
        tables.append(table.assign(background=background, method="none"))
    return pd.concat(tables)


SNRS = (-5.0, 0.0, 5.0, 10.0, 20.0, 30.0)  # decibels


def _heard(waveform: Tensor, sound: Tensor, rate: int) -> dict[float, Tensor]:
    """Clips by themselves, and with a background at every ratio of `SNRS`."""
    return {CLEAN: waveform} | {snr: levels.mix(waveform, sound, snr, rate) for snr in SNRS}


@study(
    "stability_esc10",
    study_settings(data=["esc10"], background=BACKGROUNDS["esc10"], part=[0], test_fold=[5, 1]),
    STABILITY,
    means_by=STABLE,
)
@study(
    "stability",
    study_settings(data=["environment"], background=list(NOISES), part=[0], test_fold=[5, 1, 2]),
    STABILITY,
    means_by=STABLE,
)
def stability_cell(data: str, background: str, part: int, test_fold: int) -> pd.DataFrame:
    """How far the maps of the robust classifier change as a background grows, for a clip of each
    class of a fold.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, "robust", test_fold)
    compared_with = background_clips(data, test_fold, SHAP_BACKGROUNDS)
    clips, sounds = noisy_maps.noisy_clips(data, test_fold, part)
    waveform = torch.cat([clip.waveform for clip in clips])
    heard = _heard(waveform, sounds[background], clips[0].sample_rate)
    readings = noisy_maps.noisy_readings(network, clips, heard, compared_with, NOISY_METHODS)
    return pd.concat(
        table.drop(columns="mask").assign(snr=snr, method=method)
        for snr, _, _, changes in readings
        for method, table in changes.items()
    )


@study(
    "noisy_accuracy",
    study_settings(data=["environment"], test_fold=[5, 1, 2], model=["plain", "robust"])
    + study_settings(data=["esc10"], test_fold=[5, 1, 2, 3, 4], model=["plain", "robust"]),
    ["data", "model", "background", "snr", "test_fold", "clips", *study_columns("accuracy")],
    means_by=["data", "model", "background", "snr"],
)
def noisy_accuracy_cell(data: str, test_fold: int, model: str) -> pd.DataFrame:
    """What a classifier makes of all clips of a fold in every background at every level, and as
    published.
    """
    torch.set_num_threads(1)
    network = cnn14_for_predictions(load_classifier(data, model, test_fold).network)
    tables = []
    for part in range(8):
        clips, sounds = noisy_maps.noisy_clips(data, test_fold, part)
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
    study_settings(data=["environment", "esc10"], method=list(CONVERGENCE)),
    ["data", "method", "count", "draw", "clips", *study_columns(*CONVERGED)],
    means_by=["data", "method", "count", "draw"],
)
def convergence_cell(data: str, method: str) -> pd.DataFrame:
    """How near maps and scores with fewer samples or backgrounds come to those with a thousand, or
    a hundred.

    Ten clips of the test fold, clean; of the largest number, another draw shows what chance alone
    does.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, "robust")
    values = log_mel(noisy_maps.noisy_clips(data, 5, 0)[0])
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
        two = {name: posthoc_audio.VARIANTS[name][1](signed) for name in ("sign", "top 30 %")}
        scores = noisy_maps.noisy_masks_scored(network.network, values, two)
        table = scores.pivot(index="clip", columns="mask", values=["AD", "Fid-In"])
        table.columns = [f"{score}, {mask}" for score, mask in table.columns]
        agree = {name: agree(signed, reference) for name, agree in noisy_maps.AGREEMENTS.items()}
        tables.append(table.assign(count=count, draw=draw, **agree).reset_index())
    return pd.concat(tables)
