"""Means of what a study measured, with intervals. Taught in notebook 06."""

import numpy as np
import pandas as pd
import torch

from ..evaluation import statistics


def study_mean(
    measured: dict[str, np.ndarray], less: dict[str, np.ndarray] | None = None
) -> dict[str, float]:
    """The mean over clips of what was measured, with its 95 % interval from a bootstrap over clips.

    Parameters
    ----------
    measured : dict of ndarray, shape (clips,)
        "value", of which the mean is taken. With "over" it is the mean value over the mean of
        that: a ratio. "share" and "chance" are averaged beside it, without an interval.
    less : dict of ndarray, shape (clips,), optional
        What is taken off, measured in the same way on the same clips: a paired difference.

    Returns
    -------
    dict
        "value", "value low", "value high"; without `less` also share and chance, where measured.

    Examples
    --------
    >>> study_mean({"value": np.array([1.0, 3.0]), "share": np.array([0.2, 0.4])})["share"]
    np.float64(0.30000000000000004)
    """
    clips = len(measured["value"])
    rows = np.vstack(
        [np.arange(clips), statistics.bootstrap_draws(clips)]
    )  # first the sample itself
    means = _ratio_of_means(measured, rows)
    if less is not None:
        means = means - _ratio_of_means(less, rows)
    row = statistics.interval("value", means[0], means[1:])
    if less is None:
        row |= {name: measured[name].mean() for name in ("share", "chance") if name in measured}
    return row


def _ratio_of_means(measured: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """The mean value of every draw of clips, over the mean of "over" where there is one."""
    means = measured["value"][rows].mean(axis=1)
    if "over" in measured:
        means = means / measured["over"][rows].mean(axis=1).clip(1e-12)
    return means


def means_over_clips(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Means over clips and trainings of every number that is not a key, with 95 % intervals.

    With a column "seed" of trainings, over all of them, then training by training: of the former
    the intervals count trainings and clips, see `statistics.drawn_means`, of the others clips.

    Parameters
    ----------
    table : DataFrame
        A row a clip and training.
    keys : list of str
        Columns that say what belongs together.

    Returns
    -------
    DataFrame
        The keys, "seed" ("all" or its number) if the table has it, "clips", and for a number V the
        columns V, "V low" and "V high".

    Examples
    --------
    >>> table = pd.DataFrame({"kind": "a", "clip": ["p", "q"] * 2, "seed": [0, 0, 1, 1]})
    >>> table["x"] = [1.0, 3.0, 2.0, 4.0]
    >>> means_over_clips(table, ["kind"])[["seed", "clips", "x"]].to_dict("list")
    {'seed': ['all', 0, 1], 'clips': [2, 2, 2], 'x': [2.5, 2.0, 3.0]}
    """
    no_numbers = [*keys, "clip", "part", "seed"]
    measured = table.select_dtypes("number").columns.drop(no_numbers, errors="ignore")
    rows = []
    for key, group in table.groupby(keys, sort=False):
        named = dict(zip(keys, key, strict=True))
        if "seed" not in table:
            rows.append(named | _means([group], measured))
            continue
        trainings = dict(list(group.groupby("seed")))
        rows.append(named | {"seed": "all"} | _means([*trainings.values()], measured))
        for seed, training in trainings.items():
            rows.append(named | {"seed": seed} | _means([training], measured))
    return pd.DataFrame(rows)


def _means(trainings: list[pd.DataFrame], measured: pd.Index) -> dict[str, float]:
    """How many clips, and the mean of each column with its interval; a table for each training."""
    if len(trainings) > 1:
        clips = pd.concat(trainings)["clip"].unique()
        trainings = [each.set_index("clip").reindex(clips) for each in trainings]
    columns = {name: np.stack([each[name] for each in trainings]) for name in measured}
    scores = {
        name: torch.tensor(values.astype(float))[None]
        for name, values in columns.items()
        if not pd.isna(values).all()
    }
    means = statistics.with_intervals(scores, ["all"]).iloc[0].to_dict()
    return {"clips": len(trainings[0])} | means
