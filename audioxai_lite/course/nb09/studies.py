"""Studies of what noise does to the answers, maps and masks of classifiers. Notebook: 09."""

import pandas as pd
import torch
from torch import Tensor

from ... import attribution
from ...audio_model import AudioModel
from ...evaluation import stability
from ...models.cnn14 import for_predictions
from ...published import posthoc_audio
from ...sound import levels
from ...sound.spectrogram import LogMel
from ..classifiers import load_classifier
from ..clips import background_clips, log_mel, predicted, truths
from ..studies import settings, study, with_ends
from .noisy_maps import (
    AS_PUBLISHED,
    BACKGROUNDS,
    CLEAN,
    NOISY_METHODS,
    SHAP_BACKGROUNDS,
    compared,
    masks_scored,
    noisy_clips,
    read,
)

SCORED = ["model", "background", "method", "mask"]
MASK_SCORES = [
    *with_ends(*posthoc_audio.DIRECTIONS),
    "area",
    "constant",
    *(f"{name} random cells" for name in ("FF", "AD", "Fid-In")),
    *with_ends("FF over cells", "AD over cells", "Fid-In over cells"),
]
CASES = ("equal", "changed")  # what the network names
AGREEMENTS = [f"{name}, {case}" for name in ("rank correlation", "overlap") for case in CASES]
MAP_SCORES = with_ends("accuracy", "equal", *AGREEMENTS, "average precision")
MASKED = [f"{score}, {mask}" for score in ("AD", "Fid-In") for mask in ("sign", "top 30 %")]
CONVERGED = (*MASKED, "rank correlation", "overlap")
STABILITY = ["background", "snr", "method", "test_fold", "clips", *MAP_SCORES]


@study(
    "robustness_esc10",
    settings(
        data=["esc10"],
        model=["robust", "plain"],
        part=[0, 1, 2, 3, 4, 5, 6, 7],
        test_fold=[5, 1, 2, 3, 4],
    ),
    [*SCORED, "test_fold", "clips", *MASK_SCORES, *MAP_SCORES],
    means_by=SCORED,
)
@study(
    "robustness",
    settings(
        data=["environment"], model=["robust", "plain"], part=[0, 1, 2, 3], test_fold=[5, 1, 2]
    ),
    [*SCORED, "test_fold", "clips", *MASK_SCORES, *MAP_SCORES],
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
    clips, sounds = noisy_clips(data, test_fold, part)
    truth, waveform = truths(clips), torch.cat([clip.waveform for clip in clips])
    heard = {"clean": waveform}
    if model == "robust":
        heard |= {name: posthoc_audio.mix(waveform, sound) for name, sound in sounds.items()}
    tables, readings = [], []
    for seed, (background, mixed) in enumerate(heard.items()):
        values = LogMel()(mixed).values
        readings.append(read(network, values, compared_with, seed, NOISY_METHODS + AS_PUBLISHED))
        for method, table in compared(clips, truth, readings[0], readings[-1]).items():
            variants = posthoc_audio.all_variants(readings[-1].maps[method])
            both = pd.concat([table, masks_scored(network.network, values, variants)])
            tables.append(both.assign(background=background, method=method))
        controls = {"all ones": torch.ones_like(values)}
        if truth is not None:
            controls["the truth"] = truth
        table = masks_scored(network.network, values, controls)
        tables.append(table.assign(background=background, method="none"))
    return pd.concat(tables)


SNRS = (-5.0, 0.0, 5.0, 10.0, 20.0, 30.0)  # decibels


def _heard(waveform: Tensor, sound: Tensor, rate: int) -> dict[float, Tensor]:
    """Clips by themselves, and with a background at every ratio of `SNRS`."""
    return {CLEAN: waveform} | {snr: levels.mix(waveform, sound, snr, rate) for snr in SNRS}


@study(
    "stability_esc10",
    settings(data=["esc10"], background=list(BACKGROUNDS["esc10"]), part=[0], test_fold=[5, 1]),
    STABILITY,
    means_by=["background", "snr", "method"],
)
@study(
    "stability",
    settings(
        data=["environment"],
        background=list(BACKGROUNDS["environment"]),
        part=[0],
        test_fold=[5, 1, 2],
    ),
    STABILITY,
    means_by=["background", "snr", "method"],
)
def stability_cell(data: str, background: str, part: int, test_fold: int) -> pd.DataFrame:
    """How far the maps of the robust classifier change as a background grows, for a clip of each
    class of a fold.
    """
    torch.set_num_threads(1)
    network = load_classifier(data, "robust", test_fold)
    compared_with = background_clips(data, test_fold, SHAP_BACKGROUNDS)
    clips, sounds = noisy_clips(data, test_fold, part)
    truth, waveform = truths(clips), torch.cat([clip.waveform for clip in clips])
    heard = _heard(waveform, sounds[background], clips[0].sample_rate)
    tables, readings = [], []
    for seed, (snr, mixed) in enumerate(heard.items()):
        readings.append(read(network, LogMel()(mixed).values, compared_with, seed, NOISY_METHODS))
        for method, table in compared(clips, truth, readings[0], readings[-1]).items():
            tables.append(table.drop(columns="mask").assign(snr=snr, method=method))
    return pd.concat(tables)


@study(
    "noisy_accuracy",
    settings(data=["environment"], test_fold=[5, 1, 2], model=["plain", "robust"])
    + settings(data=["esc10"], test_fold=[5, 1, 2, 3, 4], model=["plain", "robust"]),
    ["data", "model", "background", "snr", "test_fold", "clips", *with_ends("accuracy")],
    means_by=["data", "model", "background", "snr"],
)
def noisy_accuracy_cell(data: str, test_fold: int, model: str) -> pd.DataFrame:
    """What a classifier makes of all clips of a fold in every background at every level, and as
    published.
    """
    torch.set_num_threads(1)
    network = for_predictions(load_classifier(data, model, test_fold).network)
    tables = []
    for part in range(8):
        clips, sounds = noisy_clips(data, test_fold, part)
        waveform = torch.cat([clip.waveform for clip in clips])
        correct = torch.tensor([clip.target for clip in clips])
        for background, sound in sounds.items():
            heard: dict = _heard(waveform, sound, clips[0].sample_rate)
            heard["as published"] = posthoc_audio.mix(waveform, sound)
            for snr, mixed in heard.items():
                columns = {
                    "clip": [clip.name for clip in clips],
                    "background": background,
                    "snr": snr,
                    "accuracy": (predicted(network, LogMel()(mixed).values) == correct).double(),
                }
                tables.append(pd.DataFrame(columns))
    return pd.concat(tables)


CONVERGENCE = {"LIME, superpixels": (50, 100, 200, 500, 1000), "Deep SHAP": (5, 10, 20, 50, 100)}


@study(
    "convergence",
    settings(data=["environment", "esc10"], method=list(CONVERGENCE)),
    ["data", "method", "count", "draw", "clips", *with_ends(*CONVERGED)],
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
    values = log_mel(noisy_clips(data, 5, 0)[0])
    background, target = background_clips(data), predicted(network, values)
    *fewer, most = CONVERGENCE[method]
    explain = _lime_of_samples if method == "LIME, superpixels" else _shap_of_backgrounds
    reference = explain(network, values, target, background, most, 0)
    maps = {(count, 0): explain(network, values, target, background, count, 0) for count in fewer}
    maps |= {(most, 0): reference, (most, 1): explain(network, values, target, background, most, 1)}
    tables = []
    for (count, draw), signed in maps.items():
        table = _two_masks_scored(network.network, values, signed)
        table["rank correlation"] = stability.rank_correlation(signed, reference)
        table["overlap"] = stability.top_overlap(signed, reference)
        tables.append(table.assign(count=count, draw=draw).reset_index())
    return pd.concat(tables)


def _lime_of_samples(
    network: AudioModel, values: Tensor, target: Tensor, background: Tensor, count: int, draw: int
) -> Tensor:
    segments, fast = attribution.superpixels(values), for_predictions(network.network)
    return attribution.lime(fast, values, target, segments, samples=count, seed=draw)


def _shap_of_backgrounds(
    network: AudioModel, values: Tensor, target: Tensor, background: Tensor, count: int, draw: int
) -> Tensor:
    chosen = torch.arange(count)
    if draw:  # with replacement: without it, another hundred of them would be the same
        chosen = torch.randint(100, (count,), generator=torch.Generator().manual_seed(1))
    return attribution.deep_shap(network, values, target, background[chosen])


def _two_masks_scored(network: AudioModel, values: Tensor, signed: Tensor) -> pd.DataFrame:
    """AD and Fid-In of two masks of a map, a row a clip."""
    given = {name: posthoc_audio.VARIANTS[name][1](signed) for name in ("sign", "top 30 %")}
    scores = masks_scored(network.network, values, given)
    scores = scores.pivot(index="clip", columns="mask", values=["AD", "Fid-In"])
    return pd.DataFrame({f"{score}, {mask}": scores[score, mask] for score, mask in scores.columns})
