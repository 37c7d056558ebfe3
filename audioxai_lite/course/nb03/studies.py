"""How well the classifiers of the course classify, and from how many starts. Notebook: 03."""

import pandas as pd
import torch
from torch import Tensor

from ... import datasets
from ...evaluation.statistics import share_interval
from ...models import checkpoint
from ...models.cnn14 import Cnn14, drop_cells
from ...sound import levels
from ..classifiers import SEEDS, classifier_name, trained_classifiers
from ..clips import explained, folds, labelled_clips, predicted_classes
from ..results import CHECKPOINTS
from ..studies import study, study_columns, study_settings

COMMAND = "python -m audioxai_lite study trainings"


@study(
    "trainings",
    study_settings(data=["environment", "esc10"], test_fold=[5], seed=[*SEEDS])
    + study_settings(data=["esc10"], test_fold=[1, 2, 3, 4], seed=[0])
    + study_settings(data=["environment", "esc10"], test_fold=[5], seed=[*range(3, 10)]),
    ["data", "test_fold", "seed", "model", "part", "input", "measure"]
    + [*study_columns("value"), "clips", "seconds"],
)
def trainings_cell(data: str, test_fold: int, seed: int) -> pd.DataFrame:
    """Train the classifiers of notebook 03 from one start, and ask them about whole clips, clips
    with holes, and what the truth alone keeps of a clip.

    The plain network from ten starts; the robust one from those that come with the course, and on
    the other folds of the recordings. The rule, fixed before the figures (2026-11-26): the recipe
    trains every time if, on both sets, the worst of ten starts is at most .08 below the median.
    """
    torch.set_num_threads(1)
    parts = {"test": test_fold, "validation": folds(test_fold)["validation"]}
    clips = {
        name: labelled_clips(datasets.load(data).select(fold=fold)) for name, fold in parts.items()
    }
    rows = []
    for kind, model, seconds in trained_classifiers(data, test_fold, seed):
        found = [
            {"part": part} | row
            for part, (values, correct) in clips.items()
            for row in _accuracies(model, values, correct)
        ]
        if test_fold == 5:
            found.append({"part": "test"} | _kept_by_the_truth(data, model))
            if seed in SEEDS:
                _ship(data, kind, seed, model, found)
        rows += [{"model": kind, "seconds": seconds} | row for row in found]
        if seed not in SEEDS:
            break
    return pd.DataFrame(rows)


def _accuracies(model: Cnn14, values: Tensor, correct: Tensor) -> list[dict]:
    """Of whole clips, and of clips with cells dropped."""
    holes = drop_cells(values, torch.Generator().manual_seed(0))
    return [
        {"input": name, "measure": "accuracy"} | _share(predicted_classes(model, asked) == correct)
        for name, asked in {"whole": values, "cells dropped": holes}.items()
    ]


def _kept_by_the_truth(data: str, model: Cnn14) -> dict:
    """How often the answer stays when the truth is all that is kept: what the best mask could do.

    A network that fails here says nothing about masks.
    """
    values, truth, named = explained(data, model)
    kept, _ = levels.apply_mask(values, truth)
    row = {"input": "the truth alone", "measure": "same answer"}
    return row | _share(predicted_classes(model, kept) == named)


def _share(right: Tensor) -> dict:
    low, high = share_interval(int(right.sum()), len(right))
    share = right.double().mean().item()
    return {"value": share, "value low": low, "value high": high, "clips": len(right)}


def _ship(data: str, kind: str, seed: int, model: Cnn14, rows: list[dict]) -> None:
    """Store the weights, with what they reach on the test fold."""
    metrics = {
        f"test {row['measure']}, {row['input']}": round(row["value"], 4)
        for row in rows
        if row["part"] == "test"
    }
    data_seed = 0 if data == "environment" else None
    name = classifier_name(data, kind, seed)
    checkpoint.save(model, name, COMMAND, data_seed, metrics, CHECKPOINTS, half=True)
