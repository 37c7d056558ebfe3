"""Studies of compact features for detection. Notebook: 12.

Of the source, *No Shifted Augmentations* (2203.10344), only the abstract could be read. What makes
features compact, the angular distance and the ensembling are our readings of it.

Rules of three claims, fixed on 2026-11-27, before the figures of these studies; what a feasibility
study had found in one to three trainings on two draws was known. A number is clear where its paired
95 % interval, over faulty clips and trainings, lies on one side of 0.

- *Compact features tell outliers apart, the more so when training data is polluted*: it holds if
  for all three objectives compact features have clearly larger areas under the ROC curve than plain
  ones, by the cosine and by the angular score, and than plain ones with a constant column, which no
  training made; and if their lead over plain ones is clearly larger with a fifth of the training
  clips faulty than with none. It is an artefact if for no objective compact training clearly leads
  the constant column; it holds under a condition if in some of the parts; else it does not hold.
- *An angular Mahalanobis distance scores features well*: it holds if for all three objectives, on
  compact features, it is clearly better than the cosine to the nearest neighbour and not clearly
  worse than the plain Mahalanobis distance; under a condition if for some; else not.
- *Ensembling features improves detection a good deal at almost no cost*: it holds if for all three
  objectives the ensemble of the compact features with their second layer is clearly better than the
  better of both, by the angular score, at no more than a tenth more time for a clip; under a
  condition if for some, or at a higher cost; else it does not hold.

A fourth rule, fixed on 2026-11-27, before any encoder was trained with stand-ins; the figures of
all others were known.

- *Strongly changed normal data are not needed as stand-ins for outliers*: SimCLR is trained with
  windows moved by 12 to 24 bands as further windows that must be told apart (CSI). If by none of
  the three scores this is clearly better than plain SimCLR, the claim is undecided: what does not
  help is not needed, whatever the features. Else it holds if compact features of SimCLR, trained
  without stand-ins, are by no score clearly worse than plain ones trained with them; it does not
  hold if they are by all three; under a condition if by some.

Views are ensembled, too: three views of each window of test and training clips, drawn as in
training, with the angular score of each; no claim rests on it.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...datasets import machine, planted
from ...detection import compact, directions
from ...models import checkpoint
from ...models.encoder import OBJECTIVES, Encoder
from ..clips import log_mel
from ..results import CHECKPOINTS
from ..studies import study, study_columns, study_settings
from .features import (
    LAYERS,
    STAND_INS,
    clip_statistics_scores,
    encoded,
    encoder_name,
    placements,
    scored,
    simple_features,
    trained_encoder,
    viewed,
)

SEEDS = (0, 1, 2, 3, 4)
COMMAND = "python -m audioxai_lite study features"
TRAINED = study_settings(objective=[*OBJECTIVES], compact=[False, True])
WAYS = [{"objective": "random", "compact": False}, *TRAINED]
MEASURED = ["area", "R", "rank"]
KEYS = ["objective", "compact", "features", "scorer"]


def learned_scores(
    train: Tensor, test: Tensor, encoders: dict[int, Encoder]
) -> Iterator[tuple[dict, np.ndarray]]:
    """Scores of clips by what encoders of several trainings make of them: as they are, with a
    constant column, by their second layer, by both together, by three views of each window, and by
    three trainings together.
    """
    kept = []
    for seed, encoder in encoders.items():
        healthy, tested = encoded(encoder, train), encoded(encoder, test)
        flat = healthy.reshape(-1, healthy.shape[2])
        shape = {
            "R": directions.mean_resultant_length(flat),
            "rank": directions.effective_rank(flat),
        }
        for scorer, scores in scored(healthy, tested):
            yield {"features": "features", "scorer": scorer, "seed": seed} | shape, scores
        added = [_with_constant(each, flat) for each in (healthy, tested)]
        for scorer, scores in scored(*added):
            yield {"features": "with a constant", "scorer": scorer, "seed": seed}, scores
        second = encoded(encoder, train, LAYERS), encoded(encoder, test, LAYERS)
        for scorer, scores in scored(*second, ("angular", "Mahalanobis")):
            yield {"features": "second layer", "scorer": scorer, "seed": seed}, scores
        both = together([(healthy, tested), second])
        yield {"features": "both layers", "scorer": "angular", "seed": seed}, both
        kept.append((healthy, tested))
        views = [(viewed(encoder, train, view), viewed(encoder, test, view)) for view in range(3)]
        yield {"features": "three views", "scorer": "angular", "seed": seed}, together(views)
    for place, seed in enumerate(encoders):
        three = together([kept[(place + step) % len(kept)] for step in range(3)])
        yield {"features": "three trainings", "scorer": "angular", "seed": seed}, three


def _with_constant(features: np.ndarray, healthy: np.ndarray) -> np.ndarray:
    flat = directions.with_constant(features.reshape(-1, features.shape[2]), healthy)
    return flat.reshape(*features.shape[:2], -1)


def together(members: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Scores of clips by an ensemble of angular scores, each member with features of its own, of
    training and of test clips, (clips, windows, numbers).
    """
    flat = [healthy.reshape(-1, healthy.shape[2]) for healthy, _ in members]
    score = compact.ensembled([compact.angular_mahalanobis(each) for each in flat], flat)
    clips, count = members[0][1].shape[:2]
    tested = [each.reshape(-1, each.shape[2]) for _, each in members]
    return score(tested).reshape(clips, count).max(axis=1)


def simple_scores(
    train: Tensor, test: Tensor, seeds: tuple[int, ...]
) -> Iterator[tuple[dict, np.ndarray]]:
    """Scores of clips without any network, the same for every training."""
    found = [({"features": "clip statistics", "scorer": "Mahalanobis"}, train, test)]
    scores = [(found[0][0], clip_statistics_scores(train, test))]
    tested = simple_features(test)
    for features, healthy in simple_features(train).items():
        for scorer, numbers in scored(healthy, tested[features]):
            scores.append(({"features": features, "scorer": scorer}, numbers))
    for seed in seeds:
        for row, numbers in scores:
            yield row | {"seed": seed}, numbers


def table_of(
    train: Tensor,
    test: Tensor,
    labels: np.ndarray,
    names: np.ndarray,
    encoders: dict[int, Encoder],
    simple: bool = False,
) -> pd.DataFrame:
    """Areas under the ROC curve, faulty clip by faulty clip, see `features.placements`, of encoders
    by the seeds of their trainings; if `simple`, also of what needs no encoder.
    """
    rows = list(learned_scores(train, test, encoders))
    if simple:
        rows += simple_scores(train, test, tuple(encoders))
    faulty = names[labels == 1]
    return pd.concat(
        pd.DataFrame({"clip": faulty, "area": placements(scores, labels)}).assign(**row)
        for row, scores in rows
    )


def machine_clips(data_seed: int, share: float = 0.0) -> tuple[Tensor, Tensor, np.ndarray]:
    """Decibels of training clips, a share of them faulty, of test clips, and labels of these."""
    train = machine.load("train", normal=400, anomalous=100, seed=data_seed)
    test = machine.load("test", seed=data_seed)
    labels = test.table["target"].to_numpy()
    return log_mel(train.polluted(share, data_seed)), log_mel(test), labels


@study(
    "features",
    [
        {"data_seed": number} | way
        for number in (0, 1, 2)
        for way in [*WAYS, {"objective": STAND_INS, "compact": False}]
    ],
    [*KEYS, "seed", "clips", *study_columns(*MEASURED)],
    means_by=KEYS,
)
def features_cell(data_seed: int, objective: str, compact: bool) -> pd.DataFrame:
    """Five encoders trained in one way on one draw of the machine, scored in every way."""
    torch.set_num_threads(1)
    train, test, labels = machine_clips(data_seed)
    names = np.array([f"{data_seed}-{number}" for number in range(len(labels))])
    encoders = {seed: trained_encoder(train, objective, compact, seed) for seed in SEEDS}
    table = table_of(train, test, labels, names, encoders, objective == "random")
    if data_seed == 0 and objective == "SimSiam":
        own = table.query("seed == 0 and features == 'features'").groupby("scorer")["area"].mean()
        reached = {f"test AUC, {scorer}": round(area, 4) for scorer, area in own.items()}
        checkpoint.save(encoders[0], encoder_name(compact), COMMAND, 0, reached, CHECKPOINTS)
    return table


SHARES = (0.05, 0.1, 0.15, 0.2)


@study(
    "polluted_features",
    [
        {"data_seed": number, "share": share} | way
        for number in (0, 1)
        for share in SHARES
        for way in WAYS
    ],
    ["share", *KEYS, "seed", "clips", *study_columns(*MEASURED)],
    means_by=["share", *KEYS],
)
def polluted_features_cell(
    data_seed: int, share: float, objective: str, compact: bool
) -> pd.DataFrame:
    """The same, three trainings, where a share of the training clips is faulty and nobody knows."""
    torch.set_num_threads(1)
    train, test, labels = machine_clips(data_seed, share)
    names = np.array([f"{data_seed}-{number}" for number in range(len(labels))])
    encoders = {seed: trained_encoder(train, objective, compact, seed) for seed in SEEDS[:3]}
    return table_of(train, test, labels, names, encoders, objective == "random")


@study(
    "planted_features",
    [{"scene": scene} | way for scene in planted.SCENES for way in WAYS],
    ["scene", *KEYS, "seed", "clips", *study_columns(*MEASURED)],
    means_by=["scene", *KEYS],
)
def planted_features_cell(scene: str, objective: str, compact: bool) -> pd.DataFrame:
    """The same on rain or sea waves with other sounds planted, three trainings; "clips" are
    recordings of the scene, over whose excerpts areas are averaged.
    """
    torch.set_num_threads(1)
    train = log_mel(planted.load(scene, "train", normal=400, anomalous=0))
    test = planted.load(scene, "test")
    labels, names = test.table["target"].to_numpy(), test.table["src_file"].astype(str).to_numpy()
    encoders = {seed: trained_encoder(train, objective, compact, seed) for seed in SEEDS[:3]}
    table = table_of(train, log_mel(test), labels, names, encoders, objective == "random")
    by = ["clip", "features", "scorer", "seed"]
    return table.groupby(by, sort=False).mean(numeric_only=True).reset_index()
