"""Do maps find what is there? Attributions against the truth, over clips and trainings.
Notebook: 04.
"""

from collections.abc import Collection

import pandas as pd
import torch
from torch import Tensor

from ...audio_model import AudioModel
from ...datasets import Dataset
from ...evaluation import localisation
from ...evaluation.chance import DRAWS
from ...masks.rules import top_k
from ...models.cnn14 import cnn14_for_predictions
from ..classifiers import (
    KINDS,
    METHODS,
    PERTURBING,
    SEEDS,
    SHAP_BACKGROUNDS,
    classifier_model,
    load_classifier,
)
from ..clips import audible_truths, background_clips, explained_clips, log_mel, predicted_classes
from ..studies import study, study_columns, study_settings

PER_CLASS = {"environment": 4, "esc10": 2}  # clips of each class
LEVELS = (0.0, 5.0, 10.0)  # decibels above the rain; the fainter it is, the more the energy finds
COMPARED = ("average precision", "relevance mass")  # with the energy, clip by clip
TOPS = (0.05, 0.3)  # shares of the clip where a map is largest
INSIDE = [f"inside, top {share:.0%}" for share in TOPS]
COLUMNS = [
    *("seed", "clips", "right", "empty"),
    *study_columns(*localisation.SCORES, *INSIDE),
    *study_columns(*(f"{score} over energy" for score in COMPARED)),
]
BY_MAP = ["model", "method", "mask"]


@study("maps", study_settings(model=[*KINDS], seed=[*SEEDS]), [*BY_MAP, *COLUMNS], means_by=BY_MAP)
def maps_cell(model: str, seed: int, methods: Collection[str] = tuple(METHODS)) -> pd.DataFrame:
    """Explain the answers to test clips of the synthesised sounds, four of each class, by every
    method, and compare the maps with the truth.

    "right" tells whether the answer is: who wants only those clips, finds them in the results by
    clip. A sample of the study asks some `methods` alone, "energy" among them.
    """
    torch.set_num_threads(1)
    network = load_classifier("environment", model, seed=seed)
    values, truth, label = _clips_with_truths("environment", explained_clips("environment"))
    answers = predicted_classes(network, values)
    background = background_clips("environment", count=SHAP_BACKGROUNDS)
    table = _maps_by_clip(network, values, truth, answers, background, methods)
    return table.assign(right=(answers == label).double().numpy()[table["clip"]])


@study(
    "planted_maps",
    study_settings(snr=[*LEVELS], model=["robust"], seed=[*SEEDS]),
    ["snr", *BY_MAP, *COLUMNS],
    means_by=["snr", *BY_MAP],
)
def planted_maps_cell(
    snr: float, model: str, seed: int, methods: Collection[str] = tuple(METHODS)
) -> pd.DataFrame:
    """Explain the class of real sounds that were planted in real rain, two of each of the eight
    classes that are planted, by every method, and compare the maps with the truth.

    The class is that of the planted sound, whether the network names it ("right") or not.
    """
    torch.set_num_threads(1)
    network = load_classifier("esc10", model, seed=seed)
    values, truth, label = _clips_with_truths("esc10", explained_clips("esc10", (snr, snr)))
    named = predicted_classes(network, values)
    background = background_clips("esc10", count=SHAP_BACKGROUNDS)
    table = _maps_by_clip(network, values, truth, label, background, methods)
    return table.assign(right=(named == label).double().numpy()[table["clip"]])


def _clips_with_truths(data: str, clips: Dataset) -> tuple[Tensor, Tensor, Tensor]:
    """The first clips of each class, without those whose sound cannot be heard: decibels, truths
    and classes.
    """
    first = clips.table.reset_index(drop=True).groupby("target").head(PER_CLASS[data])
    some = [clips[position] for position in first.index]
    truth, audible = audible_truths(some)
    label = torch.tensor(first["target"].to_list())
    return log_mel(some)[audible], truth[audible], label[audible]


def _maps_by_clip(
    network: AudioModel,
    values: Tensor,
    truth: Tensor,
    target: Tensor,
    background: Tensor,
    methods: Collection[str],
) -> pd.DataFrame:
    """Every method's maps compared with the truth, a row a clip and reading of the map.

    Random maps are drawn twenty times, and what they score is the mean.

    Parameters
    ----------
    network : AudioModel
    values, truth : Tensor, shape (clips, 1, frequency, time)
    target : Tensor, shape (clips,)
    background : Tensor, shape (count, 1, frequency, time)
    methods : names of `METHODS`

    Returns
    -------
    DataFrame
        method, and the columns of `_scores`. Of average precision and relevance mass also how much
        more than the energy's it is, as "average precision over energy".
    """
    fast = classifier_model(cnn14_for_predictions(network.network))
    tables = {}
    for method in methods:
        asked = fast if method in PERTURBING else network
        maps = [METHODS[method](asked, values, target, background)]
        if method == "random":
            maps = [localisation.controls(values, seed)["random"] for seed in range(DRAWS)]
        scores = pd.concat([_scores(attribution, truth) for attribution in maps])
        tables[method] = scores.groupby(["mask", "clip"]).mean().reset_index()
    energy = tables["energy"].query("mask == 'the map'").set_index("clip")
    for table in tables.values():
        for score in COMPARED:
            table[f"{score} over energy"] = table[score] - table["clip"].map(energy[score])
    return pd.concat([table.assign(method=method) for method, table in tables.items()])


def _scores(attribution: Tensor, truth: Tensor) -> pd.DataFrame:
    """How well maps find the truth, a row a clip for "the map", and one for "its sizes", the map
    without its sign: whether it is 0 everywhere ("empty"), `localisation.SCORES`, and of the bins
    where it is largest the share that lies in the truth.
    """
    tables = []
    for name, read in {"the map": attribution, "its sizes": attribution.abs()}.items():
        columns = {"empty": (attribution == 0).flatten(1).all(dim=1)}
        columns |= {score: found(read, truth) for score, found in localisation.SCORES.items()}
        for share, inside in zip(TOPS, INSIDE, strict=True):
            part = top_k(read, share)
            columns[inside] = (part * truth).sum(dim=(1, 2, 3)) / part.sum(dim=(1, 2, 3))
        numbers = {score: column.double().numpy() for score, column in columns.items()}
        tables.append(pd.DataFrame({"mask": name, "clip": range(len(truth))} | numbers))
    return pd.concat(tables, ignore_index=True)
