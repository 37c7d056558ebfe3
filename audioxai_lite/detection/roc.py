"""How good a detector is: areas under ROC curves with intervals, and alarms. Taught in notebook 02."""

import math

import numpy as np
import pandas as pd


def roc_table(
    scores,
    labels,
    kinds=None,
    max_fpr: float = 0.1,
    resamples: int = 1000,
    seed: int = 0,
    groups=None,
) -> pd.DataFrame:
    """Area under the ROC curve, whole and at low false-positive rates, with 95 % intervals, by kind
    of anomaly.

    Parameters
    ----------
    scores : array or Tensor, shape (clips,)
        Higher is more anomalous.
    labels : array, shape (clips,)
        0 for normal, 1 for anomalous.
    kinds : array of str, shape (clips,), optional
        The kind of each anomalous clip; what it says of normal clips is ignored.
    max_fpr : float in (0, 1], default 0.1
        False-positive rate up to which the partial area counts. It rests on that share of the
        normal clips only.
    resamples : int, default 1000
    seed : int, default 0
    groups : array, shape (clips,), optional
        What each clip was cut from, say. Clips of one group are drawn together, and a group stands
        for one observation.

    Returns
    -------
    DataFrame, index `kind`
        A row a kind in order of appearance, each against all normal clips, then "all". Columns:
        clips (anomalous ones), auc, auc_low, auc_high, pauc, pauc_low, pauc_high. 1 is perfect, 0.5
        chance. The partial area is standardised after McClish, as scikit-learn and DCASE do: at
        `max_fpr` 0.1 it lies between 0.47 and 1. Intervals are percentiles of a bootstrap over
        clips, those of each kind drawn separately, or over groups: they do not cover another
        training, take what is drawn for independent, and shrink to a point when no clip is ranked
        wrongly.

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, a label is neither 0 nor 1, one of the two is
        missing, or `max_fpr` or `resamples` is out of range.

    Source: McClish 1989, "Analyzing a portion of the ROC curve"; Efron & Tibshirani 1993,
    percentile bootstrap. Notebook: 02.

    Examples
    --------
    >>> round(float(roc_table([0.1, 0.4, 0.3, 0.9], [0, 0, 1, 1], resamples=1).loc["all", "auc"]), 2)
    0.75
    """
    scores, labels, kinds = _one_value_a_clip(scores, labels, kinds, groups, max_fpr, resamples)
    counts = _draws(labels, kinds, groups, resamples, seed)
    rows = []
    for kind in [*dict.fromkeys(kinds[labels == 1]), "all"]:
        chosen = (labels == 0) | (kinds == kind) | (kind == "all")
        areas = _areas(scores[chosen], labels[chosen], counts[:, chosen], max_fpr)
        rows.append(
            {"kind": str(kind), "clips": int(labels[chosen].sum())} | _with_intervals(areas)
        )
    return pd.DataFrame(rows).set_index("kind").loc[lambda table: ~table.index.duplicated()]


def roc_difference(
    scores,
    others,
    labels,
    kinds=None,
    max_fpr: float = 0.1,
    resamples: int = 1000,
    seed: int = 0,
    groups=None,
) -> pd.Series:
    """How much larger the area under the ROC curve is for `scores` than for `others`, on the same
    clips.

    A paired bootstrap: both detectors judge the same drawn clips, so that what makes a draw hard
    for both cancels out. Two intervals that overlap do not show that two detectors are equal; this
    one does show whether they differ.

    Parameters
    ----------
    scores, others : array or Tensor, shape (clips,)
    labels, kinds, max_fpr, resamples, seed, groups
        See `roc_table`.

    Returns
    -------
    Series
        The columns of a row of `roc_table`, of the difference over all anomalies.

    Raises
    ------
    ValueError
        As `roc_table`.

    Source: Efron & Tibshirani 1993, percentile bootstrap. Notebook: 02.

    Examples
    --------
    >>> labels, good, poor = [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [0.1, 0.8, 0.2, 0.9]
    >>> float(roc_difference(good, poor, labels, resamples=1)["auc"])
    0.25
    """
    scores, labels, strata = _one_value_a_clip(scores, labels, kinds, groups, max_fpr, resamples)
    others = _one_value_a_clip(others, labels, kinds, groups, max_fpr, resamples)[0]
    counts = _draws(labels, strata, groups, resamples, seed)
    first, second = (_areas(values, labels, counts, max_fpr) for values in (scores, others))
    row = {"clips": int(labels.sum())} | _with_intervals(
        {name: first[name] - second[name] for name in first}
    )
    return pd.Series(row, name="all")


def roc_curve(scores, labels, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """The ROC curve with a 95 % band, at 101 false-positive rates from 0 to 1.

    Parameters
    ----------
    scores, labels, resamples, seed
        See `roc_table`.

    Returns
    -------
    DataFrame, index `false_positive_rate`
        Columns: true_positive_rate, low, high. The band holds at each false-positive rate by
        itself.

    Raises
    ------
    ValueError
        As `roc_table`.

    Source: Efron & Tibshirani 1993, percentile bootstrap. Notebook: 02.

    Examples
    --------
    >>> curve = roc_curve([0.1, 0.3, 0.2, 0.9], [0, 0, 1, 1], resamples=10)
    >>> curve["true_positive_rate"].loc[[0.0, 1.0]].tolist()  # without a false alarm half of the faults are found
    [0.5, 1.0]
    """
    scores, labels, kinds = _one_value_a_clip(scores, labels, None, None, 1.0, resamples)
    curves = _rates(scores, labels, _draws(labels, kinds, None, resamples, seed))
    grid = np.linspace(0, 1, 101)
    # At a vertical step `interp` takes the last of several points: the best rate that this false-
    # positive rate allows.
    drawn = np.stack([np.interp(grid, *curve) for curve in zip(*curves, strict=True)])
    low, high = np.percentile(drawn[1:], [2.5, 97.5], axis=0)
    index = pd.Index(grid, name="false_positive_rate")
    return pd.DataFrame({"true_positive_rate": drawn[0], "low": low, "high": high}, index=index)


def _one_value_a_clip(
    scores, labels, kinds, groups, max_fpr, resamples
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, labels and kinds as arrays, or what is wrong with them."""
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    kinds = np.full(len(scores), "all") if kinds is None else np.asarray(kinds)
    shapes = [scores.shape, labels.shape, kinds.shape] + (
        [] if groups is None else [np.shape(groups)]
    )
    if scores.ndim != 1 or len(set(shapes)) > 1:
        listed = ", ".join(map(str, shapes[:-1])) + f" and {shapes[-1]}"
        raise ValueError(
            f"scores, labels, kinds and groups have one value a clip, not shapes {listed}"
        )
    if not np.isfinite(scores).all():
        raise ValueError(
            f"{(~np.isfinite(scores)).sum()} scores are NaN or infinite; check the clips behind them"
        )
    if set(np.unique(labels)) != {0, 1}:
        raise ValueError(
            f"labels are 0 (normal) and 1 (anomalous), both present, not {np.unique(labels).tolist()}"
        )
    if not (0 < max_fpr <= 1 and resamples >= 1):
        raise ValueError(
            f"max_fpr lies in (0, 1] and resamples starts from 1, not {max_fpr} and {resamples}"
        )
    return scores, labels, np.where(labels == 0, "normal", kinds)


def _draws(labels: np.ndarray, kinds: np.ndarray, groups, resamples: int, seed: int) -> np.ndarray:
    """How often each clip is drawn, (1 + resamples, clips); the first row is the sample itself."""
    rng = np.random.default_rng(seed)
    counts = np.ones((1 + resamples, len(labels)), int)
    if groups is not None:
        names, member = np.unique(groups, return_inverse=True)
        counts[1:] = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)[
            :, member
        ]
        return counts
    for kind in ["normal", *dict.fromkeys(kinds[labels == 1])]:
        mine = np.flatnonzero(kinds == kind)
        counts[1:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), resamples)
    return counts


def _rates(
    scores: np.ndarray, labels: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """False- and true-positive rates of every draw, (draws, 1 + thresholds); NaN where a class was
    not drawn.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_tie = (
        np.diff(scores[order], append=-np.inf) != 0
    )  # a threshold cannot separate equal scores
    rates = []
    for label in (0, 1):
        passed = (counts * (labels == label))[:, order].cumsum(axis=1)
        with np.errstate(invalid="ignore"):
            rates.append(np.pad(passed[:, last_of_tie] / passed[:, -1:], ((0, 0), (1, 0))))
    return rates[0], rates[1]


def _areas(
    scores: np.ndarray, labels: np.ndarray, counts: np.ndarray, max_fpr: float
) -> dict[str, np.ndarray]:
    """Whole and partial area of every draw, each shape (1 + resamples,), NaN where a class was not
    drawn.
    """
    rates = _rates(scores, labels, counts)
    return {"auc": _standardised_area(*rates, 1.0), "pauc": _standardised_area(*rates, max_fpr)}


def _with_intervals(areas: dict[str, np.ndarray]) -> dict[str, float]:
    """The value of the sample itself and a 95 % interval from the draws, by name."""
    row: dict[str, float] = {}
    for name, area in areas.items():
        low, high = np.nanpercentile(area[1:], [2.5, 97.5])
        row |= {name: area[0], f"{name}_low": low, f"{name}_high": high}
    return row


def _standardised_area(false: np.ndarray, true: np.ndarray, limit: float) -> np.ndarray:
    """Area under each row's curve up to a false-positive rate, scaled so that chance is 0.5 and
    perfection 1.
    """
    run, rise = np.diff(false), np.diff(true)
    slope = np.divide(rise, run, out=np.zeros_like(rise), where=run > 0)
    width = (np.minimum(false[:, 1:], limit) - false[:, :-1]).clip(min=0)
    area = (width * (true[:, :-1] + slope * width / 2)).sum(axis=1)
    chance = limit**2 / 2
    return 0.5 * (1 + (area - chance) / (limit - chance))


def alarms(scores, labels, threshold: float) -> dict[str, float]:
    """What a threshold catches: an alarm for every score above it.

    Parameters
    ----------
    scores : array or Tensor, shape (clips,)
    labels : array, shape (clips,)
        0 for normal, 1 for anomalous.
    threshold : float
        In the unit of the scores.

    Returns
    -------
    dict
        faults, found (faults with an alarm), "false alarms", precision (share of the alarms that
        are faults; NaN without any alarm) and recall (share of the faults found).

    Notebook: 02.

    Examples
    --------
    >>> alarms([0.1, 0.4, 0.9], [0, 0, 1], threshold=0.3)["recall"]
    1.0
    """
    alarm, fault = np.asarray(scores) > threshold, np.asarray(labels) == 1
    found, faults = int((alarm & fault).sum()), int(fault.sum())
    false_alarms = int((alarm & ~fault).sum())
    precision = found / (found + false_alarms) if found + false_alarms else math.nan
    rates = {"precision": precision, "recall": found / faults if faults else math.nan}
    return {"faults": faults, "found": found, "false alarms": false_alarms} | rates
