"""Samples of the studies that claims rest on, computed again from sounds and weights, to be
compared with the stored tables. Taught in notebook 00.
"""

from collections.abc import Callable, Sequence

import pandas as pd
import torch

from .. import counterfactuals, detection
from ..evaluation import faithfulness
from ..evaluation.chance import COMPARED
from ..models import checkpoint
from ..published import faithful_ad, posthoc_audio
from .classifiers import load_classifier
from .clips import audible_faults, log_mel
from .comparing import TURNED, Sample, aligned
from .detectors import detector_scores, detector_test_clips, load_detector, score_model
from .nb03 import studies as nb03
from .nb04 import check_studies, map_studies
from .nb06 import studies as nb06
from .nb07 import studies as nb07
from .nb08 import studies as nb08
from .nb09 import noisy_maps
from .nb09 import studies as nb09
from .nb10 import studies as nb10
from .nb10.attacks import METHODS
from .nb11 import samples as nb11
from .nb12 import samples as nb12
from .nb13 import samples as nb13
from .nb14 import networks, pitch
from .results import CHECKPOINTS, results, results_by_clip

# What a sample asks, where it tells methods or checks apart; claims name those that they rest on.
ASKED: dict[str, tuple[str, ...]] = {
    "checks": (
        "Deep SHAP",
        "Deep SHAP, as published",
        "LRP, conserving",
        "LIME, superpixels, mean",
    ),
    "maps": ("saliency", "Grad-CAM", "Grad-CAM, as published", "random", "energy"),
    "interpretation": (*nb06.STFT_METHODS, "energy"),
    "stft_interpretation": nb06.STFT_METHODS,
    "robustness": (*noisy_maps.NOISY_METHODS, *noisy_maps.AS_PUBLISHED),
    "manipulation": METHODS,
}


def sample_of(study: str, data: str) -> Sample:
    """A sample of a study, computed again in less than two minutes.

    Parameters
    ----------
    study : one of `SAMPLES`
    data : "environment" or "esc10"
        Studies of detectors and of pitch know one data set only, and do not ask.

    Raises
    ------
    ValueError
        If the study has no sample, or the record lacks a row of it: then another version of the
        study made the record.

    Examples
    --------
    >>> sample_of("tides", "environment")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: study 'tides' has no sample; there are detection, ...
    """
    if study not in SAMPLES:
        raise ValueError(f"study {study!r} has no sample; there are {', '.join(SAMPLES)}")
    torch.set_num_threads(1)
    return SAMPLES[study](data)


def _detection(data: str) -> Sample:
    test, rows = detector_test_clips("machine", seed=0), []
    for name in ("AE", "MAE"):
        scores = detector_scores(load_detector(name, 0), log_mel(test), masked=name == "MAE")
        for way, numbers in scores.items():
            areas = detection.roc_table(numbers, test.table["target"], resamples=1).loc["all"]
            rows.append({"model": name, "score": way, "auc": areas["auc"], "pauc": areas["pauc"]})
    stored = results("detection").query("data_seed == 0 and training_seed == 0 and kind == 'all'")
    what = "the AE and the MAE of training 0, all test clips of machine, every score"
    return aligned(what, pd.DataFrame(rows), stored, ["model", "score"], ["auc", "pauc"])


def _stft_trainings(data: str) -> Sample:
    network = load_classifier(data, "robust", 0, "stft").network
    rows = pd.DataFrame(nb03._answers(data, 5, network, "stft")).query("part == 'test'")
    stored = results("stft_trainings").query("data == @data and seed == 0 and model == 'robust'")
    what = "the robust network on the STFT of training 0, all test clips"
    return aligned(what, rows, stored, ["part", "input"], ["value"])


def _checks(data: str) -> Sample:
    of = {"data": data, "model": "plain", "seed": 1}
    asked = ASKED["checks"]
    tables = [check_studies.checks_cell(**of, check=check).assign(check=check) for check in asked]
    stored = results("checks").query("data == @data and model == 'plain' and seed == 1")
    what = f"{', '.join(asked)}: five clips, the plain network of training 1"
    return aligned(what, pd.concat(tables), stored, ["check", "measure", "clip"], ["value"])


def _maps(data: str) -> Sample:
    methods = ASKED["maps"]
    columns = ["average precision", "relevance mass", *map_studies.INSIDE, "right", "empty"]
    keys = ["method", "mask", "clip"]
    if data == "esc10":
        found = map_studies.planted_maps_cell(5.0, "robust", 1, methods)
        stored = results_by_clip("planted_maps").query("snr == 5 and seed == 1")
    else:
        found = map_studies.maps_cell("robust", 1, methods)
        stored = results_by_clip("maps").query("model == 'robust' and seed == 1")
    what = f"{', '.join(methods)}: all clips, the robust network of training 1"
    return aligned(what, found, stored, keys, columns)


def _interpretation(data: str) -> Sample:
    methods, clips = ASKED["interpretation"], (3, 11)
    found = nb06.interpretation_cell(data, "robust", 1, methods, clips)
    stored = results_by_clip("interpretation").query(
        "data == @data and model == 'robust' and seed == 1"
    )
    what = f"{', '.join(methods)}: every mask of two clips, the robust network of training 1"
    return _masks(what, found, stored, ["method", "grain", "mask", "clip"])


def _stft_interpretation(data: str) -> Sample:
    methods, clips = ASKED["stft_interpretation"], (3,)
    found = nb06.stft_interpretation_cell(data, 2, methods, clips)
    stored = results_by_clip("stft_interpretation").query("data == @data and seed == 2")
    what = f"{', '.join(methods)}: every mask of a clip, STFT, the network of training 2"
    return _masks(what, found, stored, ["method", "mask", "clip"])


def _robustness(data: str) -> Sample:
    methods = ASKED["robustness"]
    found = nb09.robustness_cell(data, 2, 1, methods, classes=[4]).query("method != 'random'")
    name = "robustness" if data == "environment" else "robustness_esc10"
    stored = results_by_clip(name).query("seed == 2")
    what = f"{', '.join(methods)}: every mask of one clip, clean and in three backgrounds"
    keys = ["background", "method", "mask", "clip"]
    return _masks(what, found, stored, keys, ["equal", "overlap, equal"])


def _masks(
    what: str, found: pd.DataFrame, stored: pd.DataFrame, keys: list[str], more: Sequence[str] = ()
) -> Sample:
    exact = [*posthoc_audio.DIRECTIONS, "area", "AD over energy", *more]
    drawn = [f"{score} over cells" for score in COMPARED]
    return aligned(what, found, stored, keys, exact, drawn, TURNED)


def _detector_maps(data: str) -> Sample:
    found = nb07.detector_maps_cell("MAE", 1, methods=("error map", "saliency"))
    stored = results("detector_maps").query("model == 'MAE' and training_seed == 1")
    what = "error map and saliency of the MAE of training 1, all clips with a fault"
    return aligned(what, found, stored, ["grid", "method", "score"], ["value", "gain"])


def _faithfulness(data: str) -> Sample:
    faulty, truth = audible_faults(detector_test_clips("machine", 1))
    annotated, rows = nb07._annotated_frames(faulty, truth.shape[-1]), []
    for name in ("AE", "MAE"):
        network = load_detector(name, 1)
        values = network.standardise(log_mel(faulty)).detach()
        found = faithful_ad.METHODS["error map"](score_model(network), values).abs()
        curve = faithfulness.time_curve(found)
        measured = nb07._as_published(network, values, curve, annotated)
        measured += nb07._precise_in_time(curve, annotated)
        rows += [
            {"percentile": 0, "model": name}
            | what
            | {key: of[key].mean() if key in of else 0.0 for key in ("value", "share")}
            for what, of in measured
        ]
    stored = results("faithfulness").query(
        "source == 'machine' and training_seed == 1 and map == 'error map'"
        " and clips == 'faulty' and kind == 'all'"
    )
    what = "the error maps of the AE and the MAE of training 1, all clips of machine with a fault"
    if data == "esc10":
        what += "; detectors of rain do not come with the course"
    keys = ["model", "measure", "percentile"]
    return aligned(what, pd.DataFrame(rows), stored, keys, ["value", "share"])


def _counterfactuals(data: str) -> Sample:
    given, rows = nb08.repaired_in_study("machine"), []
    detector, other = nb08.frozen_detectors("machine", 0)
    truths = given["twin"], given["truth"], given["normal"]
    for name in ("generator", "without pairs", "two concepts, strong"):
        generator = counterfactuals.Generator(nb08.GENERATORS[name].get("concepts", 1))
        checkpoint.load(generator, f"{nb08.FILES[name]}-0", CHECKPOINTS)
        changed = counterfactuals.apply_generator(generator, detector, given["clips"])
        scores = counterfactuals.measures(detector, other, given["clips"], changed, *truths)
        rows += [
            {"name": name, "measure": measure, "value": value.nanmean().item()}
            for measure, value in scores.items()
        ]
    stored = results("counterfactuals").query(
        "source == 'machine' and training_seed == 0 and kind == 'all'"
    )
    what = "the shipped generators of training 0, all clips with a fault"
    return aligned(what, pd.DataFrame(rows), stored, ["name", "measure"], ["value"])


# Where a search of a hundred steps ends hangs on last bits: single numbers differ, means must not.
SEARCHED = ("target", "own", "probability", "ratio")


def _manipulation(data: str) -> Sample:
    of = {"data": data, "model": "plain", "seed": 1}
    found = pd.concat(
        nb10.manipulation_cell(**of, method=method, sample=2).assign(method=method)
        for method in ASKED["manipulation"]
    )
    stored = results_by_clip("manipulation").query(
        "data == @data and model == 'plain' and seed == 1"
    )
    found, stored = (
        table[~table["attack"].str.contains(" agrees with ")] for table in (found, stored)
    )
    what = "every method: two clips attacked, the plain network of training 1"
    keys = ["method", "attack", "clip"]
    return aligned(what, found, stored, keys, ["target before"], SEARCHED)


def _softened(data: str) -> Sample:
    of = {"data": data, "model": "plain", "seed": 1}
    found = pd.concat(
        nb10.softened_cell(**of, beta=beta, sample=2).assign(beta=beta)
        for beta in nb10.ATTACKED_BETAS
    )
    stored = results_by_clip("softened").query("data == @data and model == 'plain' and seed == 1")
    what = "two clips attacked at three β, the plain network of training 1"
    smoothed = [f"agrees with SmoothGrad {sigma:g} dB" for sigma in nb10.SIGMAS]
    exact = ["right", "agrees with ReLU", *smoothed, "target before"]
    return aligned(what, found, stored, ["beta", "attack", "clip"], exact, SEARCHED)


def _pitch_noise(data: str) -> Sample:
    found = pitch.pitch_accuracy(networks.pitch_model(), part=0, tones=4)
    stored = results("pitch_noise").query("part == 0").head(len(found))
    keys, columns = ["noise", "hertz"], ["CREPE", "pYIN"]
    found["hertz"], stored["hertz"] = found["hertz"].round(3), stored["hertz"].round(3)
    return aligned("four tones, alone and in noise", found, stored, keys, columns)


SAMPLES: dict[str, Callable[[str], Sample]] = {
    "detection": _detection,
    "stft_trainings": _stft_trainings,
    "checks": _checks,
    "maps": _maps,
    "interpretation": _interpretation,
    "stft_interpretation": _stft_interpretation,
    "detector_maps": _detector_maps,
    "faithfulness": _faithfulness,
    "counterfactuals": _counterfactuals,
    "robustness": _robustness,
    "manipulation": _manipulation,
    "softened": _softened,
    "removal": nb11.removal_sample,
    "causes": nb11.causes_sample,
    "spoken_recordings": nb11.spoken_recordings_sample,
    "features": nb12.features_sample,
    "polluted_features": nb12.polluted_features_sample,
    "learned_masks": nb13.learned_masks_sample,
    "pitch_noise": _pitch_noise,
}
