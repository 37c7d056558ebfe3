"""Samples of the studies of notebook 12, computed again, beside the record."""

import numpy as np
import pandas as pd

from ..comparing import TURNED, Sample, aligned
from ..results import results_by_clip
from . import studies
from .features import load_encoder, placements


def _table(rows: list, labels: np.ndarray) -> pd.DataFrame:
    names = np.array([f"0-{number}" for number in range(len(labels))])[labels == 1]
    return pd.concat(
        pd.DataFrame({"clip": names, "area": placements(scores, labels)}).assign(**row)
        for row, scores in rows
    )


def features_sample(data: str) -> Sample:
    """What the two shipped encoders make of the test clips of draw 0.

    Examples
    --------
    >>> sample = features_sample("environment")
    >>> sample.found.index.get_level_values("features").nunique()
    5
    """
    train, test, labels = studies.machine_clips(0)
    tables = []
    for compact in (False, True):
        rows = list(studies.learned_scores(train, test, {0: load_encoder(compact)}))
        tables.append(_table(rows, labels).assign(compact=compact))
    found = pd.concat(tables).query("features != 'three trainings'")
    stored = results_by_clip("features").query(
        "objective == 'SimSiam' and seed == 0 and data_seed == 0"
    )
    what = "the shipped encoders, all faulty clips of draw 0, every score"
    keys = ["compact", "features", "scorer", "clip"]
    return aligned(what, found, stored, keys, ["area"], turned=TURNED)


def polluted_features_sample(data: str) -> Sample:
    """What needs no encoder, where a fifth of the training clips is faulty.

    Examples
    --------
    >>> len(polluted_features_sample("environment").found) == 7 * 102
    True
    """
    train, test, labels = studies.machine_clips(0, 0.2)
    found = _table(list(studies.simple_scores(train, test, (0,))), labels)
    stored = results_by_clip("polluted_features").query(
        "objective == 'random' and seed == 0 and data_seed == 0 and share == 0.2"
    )
    what = "simple numbers, a fifth of the training clips faulty, all faulty clips of draw 0"
    return aligned(what, found, stored, ["features", "scorer", "clip"], ["area"], turned=TURNED)
