"""Studies of what noise does to answers, maps, masks and detectors. Notebook: 09."""

from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from audioxai_lite import attribution, datasets, detection, masks
from audioxai_lite.course.classifiers import METHODS, fold_classifier
from audioxai_lite.course.clips import background_clips
from audioxai_lite.course.detectors import NETWORKS, auc_rows, scores_by_way
from audioxai_lite.course.studies import settings, study, summary, with_ends
from audioxai_lite.datasets import Clip, machine, recordings
from audioxai_lite.evaluation import faithfulness, fidelity, localisation, stability
from audioxai_lite.models import checkpoint
from audioxai_lite.models.cnn14 import Cnn14, for_predictions
from audioxai_lite.published import faithful_ad, posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.noises import NOISES
from audioxai_lite.sound.spectrogram import LogMel

SCORED = ["model", "background", "method", "mask"]
MASK_SCORES = [
    *with_ends(*posthoc_audio.DIRECTIONS),
    "area",
    "constant",
    *(f"{name} random cells" for name in ("FF", "AD", "Fid-In")),
    *with_ends("FF over cells", "AD over cells", "Fid-In over cells"),
]
MAP_SCORES = with_ends(
    "accuracy",
    "equal",
    "rank correlation, equal",
    "rank correlation, changed",
    "overlap, equal",
    "overlap, changed",
    "average precision",
)
CONVERGED = (
    "AD, sign",
    "AD, top 30 %",
    "Fid-In, sign",
    "Fid-In, top 30 %",
    "rank correlation",
    "overlap",
)
STABILITY = ["background", "snr", "method", "test_fold", "clips", *MAP_SCORES]

# What is asked under noise, with fewer samples than in notebook 03: the study "convergence" says
# what that costs.
LIME_SAMPLES, SHAP_BACKGROUNDS = 200, 20


NOISY_METHODS = ("saliency", "Grad-CAM", "LIME, superpixels", "Deep SHAP")


AS_PUBLISHED = ("Grad-CAM, axes as published", "Deep SHAP, as published")


BACKGROUNDS = {"environment": tuple(NOISES), "esc10": tuple(recordings.NOISES)}


def noisy_clips(data: str, test_fold: int, part: int) -> tuple[list[Clip], dict[str, Tensor]]:
    """One clip of each class of a fold, the `part`-th, and for each a background by name, (10,
    samples). Notebook: 07.

    For "environment" every clip gets its own synthesised ones; for "esc10" all get the three
    published recordings.
    """
    clips = datasets.load(data).select(fold=test_fold)
    number = clips.table.reset_index(drop=True).groupby("target").cumcount()
    chosen = [clips[int(position)] for position in number.index[number == part]]
    samples, rate = chosen[0].waveform.shape[-1], chosen[0].sample_rate
    if data == "esc10":
        recorded = recordings.noises(rate, samples / rate)
        return chosen, {clip.name: clip.waveform.expand(len(chosen), -1) for clip in recorded}
    sounds = {}
    for kind, (name, draw) in enumerate(NOISES.items()):
        seeds = [
            ((kind * 10 + test_fold) * 10 + part) * 10 + position for position in range(len(chosen))
        ]
        drawn = [draw(samples, rate, torch.Generator().manual_seed(seed)) for seed in seeds]
        sounds[name] = torch.cat(drawn)
    return chosen, sounds


def explained_in_noise(
    network: Cnn14,
    values: Tensor,
    target: Tensor,
    background: Tensor,
    seed: int,
    methods: tuple[str, ...],
) -> dict[str, Tensor]:
    """The attributions of `methods`, and the controls "random", drawn by `seed`, and "energy".
    Notebook: 07.
    """
    fast = for_predictions(network)
    special = {  # fewer samples, and less memory
        "LIME, superpixels": lambda x, t: attribution.lime(fast, x, t, samples=LIME_SAMPLES),
        "Deep SHAP": lambda x, t: attribution.deep_shap(network, x, t, background, batch_size=5),
        "Deep SHAP, as published": lambda x, t: posthoc_audio.gradient_at_background(
            network, x, t, background, 5
        ),
    }
    found = {}
    for name in methods:
        explain = special.get(
            name, lambda x, t, usual=METHODS[name]: usual(network, x, t, background)
        )
        parts = zip(values.split(5), target.split(5), strict=True)
        found[name] = torch.cat([explain(x, t) for x, t in parts])
    return found | localisation.controls(values, seed)


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
    network = fold_classifier(data, test_fold, model)
    background = background_clips(data, test_fold, SHAP_BACKGROUNDS)
    clips, sounds = noisy_clips(data, test_fold, part)
    waveform = torch.cat([clip.waveform for clip in clips])
    truth = (
        torch.cat([clip.truth(LogMel()) for clip in clips]) if clips[0].twin is not None else None
    )
    heard = {"clean": waveform}
    if model == "robust":
        heard |= {name: posthoc_audio.mix(waveform, sound) for name, sound in sounds.items()}
    tables, clean = [], None
    for number, (name, waveform) in enumerate(heard.items()):
        values = LogMel()(waveform).values
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        found = explained_in_noise(
            network, values, target, background, number, NOISY_METHODS + AS_PUBLISHED
        )
        clean = clean or (target, found)
        measured = _compared(clips, truth, clean, (target, found))
        for method, part_found in found.items():
            scored = _masks_scored(network, values, posthoc_audio.all_variants(part_found))
            tables += [
                table.assign(background=name, method=method) for table in (measured[method], scored)
            ]
        fixed = {"all ones": torch.ones_like(values)} | (
            {} if truth is None else {"the truth": truth}
        )
        tables.append(_masks_scored(network, values, fixed).assign(background=name, method="none"))
    return pd.concat(tables)


def _compared(
    clips: list[Clip], truth: Tensor | None, clean: tuple[Tensor, dict], noisy: tuple[Tensor, dict]
) -> dict[str, pd.DataFrame]:
    """What becomes of predictions and maps in noise, clip by clip, by method."""
    (before, maps), (target, found) = clean, noisy
    equal = before == target
    shared = {
        "mask": "none",
        "clip": [clip.name for clip in clips],
        "accuracy": (target == torch.tensor([clip.target for clip in clips])).double(),
        "equal": equal.double(),
    }
    tables = {}
    for method, part in found.items():
        columns = dict(shared)
        agreements = {
            "rank correlation": stability.rank_correlation(maps[method], part),
            "overlap": stability.top_overlap(maps[method], part),
        }
        for name, value in agreements.items():
            columns |= {
                f"{name}, equal": value.where(equal, torch.nan),
                f"{name}, changed": value.where(~equal, torch.nan),
            }
        if truth is not None:
            columns["average precision"] = localisation.average_precision(part, truth)
        tables[method] = pd.DataFrame(columns)
    return tables


def _masks_scored(network: Cnn14, values: Tensor, given: dict[str, Tensor]) -> pd.DataFrame:
    """The scores of masks and of random cells of the same area, one row a mask and clip."""
    stack = torch.stack(list(given.values()))
    hard = ((stack == 0) | (stack == 1)).flatten(1).all(dim=1)
    columns = posthoc_audio.interpretation_scores(fidelity.answers(network, values, stack), stack)
    columns |= {
        "area": stack.mean(dim=(2, 3, 4)),
        "constant": torch.stack([masks.is_constant(mask) for mask in stack]),
    }
    drawn = torch.stack([masks.random_like(mask, (8, 16)) for mask in stack[hard]])
    chance = posthoc_audio.interpretation_scores(fidelity.answers(network, values, drawn), drawn)
    for name in ("FF", "AD", "Fid-In"):
        columns[f"{name} random cells"] = torch.full_like(columns["FF"], torch.nan)
        columns[f"{name} random cells"][hard] = chance[name]
        columns[f"{name} over cells"] = columns[name] - columns[f"{name} random cells"]
    index = pd.MultiIndex.from_product([list(given), range(len(values))], names=["mask", "clip"])
    return pd.DataFrame(
        {name: value.double().flatten() for name, value in columns.items()}, index
    ).reset_index()


SNRS = (-5.0, 0.0, 5.0, 10.0, 20.0, 30.0)  # decibels


CLEAN = np.inf


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
    network = fold_classifier(data, test_fold, "robust")
    compared_with = background_clips(data, test_fold, SHAP_BACKGROUNDS)
    clips, sounds = noisy_clips(data, test_fold, part)
    truth = (
        torch.cat([clip.truth(LogMel()) for clip in clips]) if clips[0].twin is not None else None
    )
    heard = _heard(
        torch.cat([clip.waveform for clip in clips]), sounds[background], clips[0].sample_rate
    )
    tables, clean = [], None
    for number, (snr, waveform) in enumerate(heard.items()):
        values = LogMel()(waveform).values
        with torch.no_grad():
            target = network(values).argmax(dim=1)
        found = explained_in_noise(network, values, target, compared_with, number, NOISY_METHODS)
        clean = clean or (target, found)
        measured = _compared(clips, truth, clean, (target, found))
        tables += [
            table.drop(columns="mask").assign(snr=snr, method=name)
            for name, table in measured.items()
        ]
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
    network = for_predictions(fold_classifier(data, test_fold, model))
    rows = []
    for part in range(8):
        clips, sounds = noisy_clips(data, test_fold, part)
        waveform, correct = (
            torch.cat([clip.waveform for clip in clips]),
            [clip.target for clip in clips],
        )
        for background, sound in sounds.items():
            heard: dict[Any, Tensor] = _heard(waveform, sound, clips[0].sample_rate)
            heard["as published"] = posthoc_audio.mix(waveform, sound)
            for snr, mixed in heard.items():
                with torch.no_grad():
                    named = network(LogMel()(mixed).values).argmax(dim=1)
                right = (named == torch.tensor(correct)).double()
                table = {
                    "clip": [clip.name for clip in clips],
                    "background": background,
                    "snr": snr,
                    "accuracy": right,
                }
                rows.append(pd.DataFrame(table))
    return pd.concat(rows)


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
    network = fold_classifier(data, 5, "robust")
    fast = for_predictions(network)
    values = torch.cat([LogMel()(clip.waveform).values for clip in noisy_clips(data, 5, 0)[0]])
    background = background_clips(data)
    with torch.no_grad():
        target = network(values).argmax(dim=1)

    def explain(count: int, seed: int) -> Tensor:
        if method == "Deep SHAP":  # without replacement, another hundred of them would be the same
            chosen = torch.randint(100, (count,), generator=torch.Generator().manual_seed(1))
            return attribution.deep_shap(
                network, values, target, background[chosen if seed else slice(count)]
            )
        segments = attribution.superpixels(values)
        return attribution.lime(fast, values, target, segments, samples=count, seed=seed)

    *fewer, most = CONVERGENCE[method]
    reference, tables = explain(most, 0), []
    for count, seed in [*((count, 0) for count in fewer), (most, 0), (most, 1)]:
        found = reference if (count, seed) == (most, 0) else explain(count, seed)
        given = {name: posthoc_audio.VARIANTS[name][1](found) for name in ("sign", "top 30 %")}
        scored = _masks_scored(network, values, given).pivot(
            index="clip", columns="mask", values=["AD", "Fid-In"]
        )
        table = pd.DataFrame(
            {f"{score}, {mask}": scored[score, mask] for score, mask in scored.columns}
        )
        table["rank correlation"] = stability.rank_correlation(found, reference)
        table["overlap"] = stability.top_overlap(found, reference)
        tables.append(table.assign(count=count, draw=seed).reset_index())
    return pd.concat(tables)


@study(
    "noisy_detectors",
    settings(training_seed=[0, 1, 2], background=list(NOISES)),
    ["training_seed", "background", "snr", "model", "method", "measure", "value", "low", "high"],
)
def noisy_detectors_cell(training_seed: int, background: str) -> pd.DataFrame:
    """Can the detectors of `machine` still tell faults, and show where they are, when the hall
    grows louder?

    The detectors heard no such background in training. Levels are ratios over the whole clip, for
    machines do not pause, and nothing is scaled afterwards: a detector knows how loud its machine
    is. Maps are those of every third faulty clip.
    """
    torch.set_num_threads(1)
    test, feature = machine.load("test"), LogMel()
    labels = test.table["target"].to_numpy()
    faulty = [
        position
        for position, clip in enumerate(test)
        if clip.target and cast(Tensor, clip.truth(feature)).amax() == 1
    ]
    faulty = faulty[::3]
    truth = torch.cat([test[position].truth(feature) for position in faulty])
    waveform = torch.cat([clip.waveform for clip in test])
    samples, rate = waveform.shape[-1], test[0].sample_rate
    draw = NOISES[background]
    sound = torch.cat(
        [draw(samples, rate, torch.Generator().manual_seed(seed)) for seed in range(len(test))]
    )
    twins = torch.cat([test[position].twin for position in faulty])
    rows = []
    usual: dict[tuple[str, str], Tensor] = {}
    for snr in (CLEAN, 0.0, 10.0, 20.0):
        noise: Any = 0 if snr == CLEAN else levels.mix_at_snr(waveform, sound, snr) - waveform
        values = torch.cat([feature(part).values for part in (waveform + noise).split(32)])
        twin = feature(twins + (0 if snr == CLEAN else noise[faulty])).values
        for name in ("AE", "MAE"):
            network = NETWORKS[name][0]()
            checkpoint.load(network, f"{name.lower()}-machine-{training_seed}")
            for score, numbers in scores_by_way(network, values, masked=False).items():
                auc = auc_rows(detection.roc_table(numbers, labels)).iloc[0]
                row = {"method": "none", "measure": f"AUC, {score}", "value": auc["auc"]}
                rows.append(
                    row | {"model": name, "snr": snr, "low": auc["low"], "high": auc["high"]}
                )
            clips, healthy = (network.standardise(part).detach() for part in (values[faulty], twin))
            explain, generator = detection.Score(network), torch.Generator().manual_seed(len(rows))
            maps = {
                m: faithful_ad.METHODS[m](explain, clips).abs() for m in ("error map", "saliency")
            }
            maps |= {
                "deviation": clips.square(),
                "random": torch.rand(clips.shape, generator=generator),
            }
            maps |= {"the change": (clips - healthy).abs()}
            for method, found in maps.items():
                before = usual.setdefault((name, method), found)
                frames = faithfulness.top(faithfulness.time_curve(found), 95)[None]
                if method == "random":  # not a mean over bands
                    frames = faithfulness.top(
                        torch.rand(frames.shape[1:], generator=generator), 95
                    )[None]
                measured = {
                    "average precision": localisation.average_precision(found, truth),
                    "rank correlation": stability.rank_correlation(before, found),
                    "overlap": stability.top_overlap(before, found),
                    "faithfulness": faithfulness.replace_and_score(network, clips, frames)[0][0],
                    "faithfulness, by the twin": faithfulness.replace_and_score(
                        network, clips, frames, healthy
                    )[0][0],
                }
                for measure, value in measured.items():
                    row = {"model": name, "snr": snr, "method": method, "measure": measure}
                    rows.append(row | summary({"value": value.double().numpy()}))
    return pd.DataFrame(rows)
