"""How well the classifiers of the course classify. Notebook: 03."""

import pandas as pd
import torch

from ... import datasets
from ...models import checkpoint
from ...models.cnn14 import drop_cells
from ..classifiers import trained_classifiers
from ..clips import labelled_clips, predicted_classes
from ..results import CHECKPOINTS
from ..studies import study, study_settings


@study(
    "classifier",
    study_settings(data=["environment", "esc10"], test_fold=[5, 1, 2, 3, 4]),
    ["data", "test_fold", "model", "input", "accuracy", "seconds"],
)
def classifier_cell(data: str, test_fold: int) -> pd.DataFrame:
    """Train both classifiers of notebook 03 and test them on a fold kept apart."""
    torch.set_num_threads(1)
    values, correct = labelled_clips(datasets.load(data).select(fold=test_fold))
    holes = drop_cells(values, torch.Generator().manual_seed(0))
    inputs, rows = {"whole": values, "cells dropped": holes}, []
    for kind, model, seconds in trained_classifiers(data, test_fold):
        tested = {}
        for name, asked in inputs.items():
            share = (predicted_classes(model, asked) == correct).double().mean().item()
            tested[f"test accuracy, {name}"] = round(share, 4)
            rows.append({"model": kind, "input": name, "accuracy": share, "seconds": seconds})
        if test_fold == 5:
            seed = 0 if data == "environment" else None
            name, command = f"cnn14-{data}-{kind}", "python -m audioxai_lite study classifier"
            checkpoint.save(model, name, command, seed, tested, CHECKPOINTS, half=True)
    return pd.DataFrame(rows)
