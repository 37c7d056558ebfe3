"""How well maps of the first edition's networks find the truth: what notebook 06 compares with its
scores of masks.
"""

import time

import pandas as pd
import torch

from ...evaluation import localisation
from ..classifiers import METHODS, load_classifier
from ..clips import background_clips, explained
from ..studies import study, study_columns, study_settings


@study(
    "attribution",
    study_settings(
        data=["environment", "esc10"],
        model=["plain", "robust"],
        method=[name for name in METHODS if name != "Grad-CAM, as published"],
    ),
    ["data", "model", "method", "sign", "score"]
    + study_columns("value", "gain")
    + ["clips", "seconds_per_clip"],
)
def checking_attributions_cell(data: str, model: str, method: str) -> pd.DataFrame:
    """How well one attribution finds the sounds of `explained_clips`."""
    torch.set_num_threads(1)
    network = load_classifier(data, model)
    values, truth, target = explained(data, network)
    background = background_clips(data)
    start = time.monotonic()
    signed = METHODS[method](network, values, target, background)
    seconds = (time.monotonic() - start) / len(values)
    energy = localisation.controls(values)["energy"]
    tables = [
        localisation.table({method: scored}, truth, over=energy).assign(sign=sign)
        for sign, scored in {"signed": signed, "absolute": signed.abs()}.items()
    ]
    table = pd.concat(tables).drop(columns="method")
    return table.assign(clips=len(values), seconds_per_clip=seconds)
