"""How good a detector is: areas under ROC curves with intervals, and alarms. Notebook: 02."""

import numpy as np
import pandas as pd

from ..evaluation.statistics import interval
from ..inputs import plain
from .scores import checked_scores


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
        clips (anomalous ones), auc, "auc low", "auc high", pauc, "pauc low", "pauc high". 1 is
        perfect, 0.5 chance. The partial area is standardised after McClish, as scikit-learn and
        DCASE do: at `max_fpr` 0.1 it lies between 0.47 and 1. Intervals are percentiles of a
        bootstrap over clips, those of each kind drawn separately, or over groups: they do not cover
        another training, take what is drawn for independent, and shrink to a point when no clip is
        ranked wrongly.

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, a label is neither 0 nor 1, one of the two is
        missing, or `max_fpr` or `resamples` is out of range.

    Source: McClish 1989, "Analyzing a portion of the ROC curve"; Efron & Tibshirani 1993,
    percentile bootstrap. Notebook: 02.

    Examples
    --------
    >>> table = roc_table([0.1, 0.4, 0.3, 0.9], [0, 0, 1, 1], resamples=10)
    >>> table.loc["all", ["auc", "auc low", "auc high"]].tolist()
    [0.75, 0.1125, 1.0]
    """
    max_fpr = plain(max_fpr)
    _check_options(max_fpr, resamples)
    scores, labels = _checked(scores, labels)
    strata, names = _strata(labels, kinds)
    counts = _draws(strata, groups, resamples, seed)
    compared = {name: np.isin(strata, (0, number)) for number, name in enumerate(names, 1)}
    compared["all"] = np.ones(len(strata), bool)
    rows = []
    for chosen in compared.values():
        areas = _areas(scores[chosen], labels[chosen], counts[:, chosen], max_fpr)
        rows.append({"clips": int(labels[chosen].sum())} | _with_ends(areas))
    return pd.DataFrame(rows, index=pd.Index(compared, name="kind"))


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
    max_fpr = plain(max_fpr)
    _check_options(max_fpr, resamples)
    others, _ = _checked(others, labels)
    scores, labels = _checked(scores, labels)
    counts = _draws(_strata(labels, kinds)[0], groups, resamples, seed)
    first, second = (_areas(values, labels, counts, max_fpr) for values in (scores, others))
    differences = {name: first[name] - second[name] for name in first}
    return pd.Series({"clips": int(labels.sum())} | _with_ends(differences), name="all")


def roc_curve(scores, labels, resamples: int = 1000, seed: int = 0) -> pd.DataFrame:
    """The ROC curve with a 95 % band, at 101 false-positive rates from 0 to 1.

    Parameters
    ----------
    scores, labels, resamples, seed
        See `roc_table`.

    Returns
    -------
    DataFrame, index `false_positive_rate`
        Columns: true_positive_rate, "true_positive_rate low", "true_positive_rate high". The band
        holds at each false-positive rate by itself.

    Raises
    ------
    ValueError
        As `roc_table`.

    Source: Efron & Tibshirani 1993, percentile bootstrap. Notebook: 02.

    Examples
    --------
    >>> curve = roc_curve([0.1, 0.3, 0.2, 0.9], [0, 0, 1, 1], resamples=10)
    >>> curve["true_positive_rate"].loc[0.0]  # without a false alarm half of the faults are found
    np.float64(0.5)
    """
    _check_options(1.0, resamples)
    scores, labels = _checked(scores, labels)
    curves = zip(*_rates(scores, labels, _draws(labels, None, resamples, seed)), strict=True)
    grid = np.linspace(0, 1, 101)
    # At a vertical step `interp` takes the last of several points: the best rate that this false-
    # positive rate allows.
    drawn = np.stack([np.interp(grid, false, true) for false, true in curves])
    index = pd.Index(grid, name="false_positive_rate")
    return pd.DataFrame(_with_ends({"true_positive_rate": drawn}), index=index)


def _checked(scores, labels) -> tuple[np.ndarray, np.ndarray]:
    """As `checked_scores`, with clips of both labels, which an area needs."""
    scores, labels = checked_scores(scores, labels)
    if not 0 < labels.sum() < len(labels):
        raise ValueError("an area needs normal clips (0) and anomalous ones (1), both present")
    return scores, labels


def _check_options(max_fpr: float, resamples: int) -> None:
    if not (0 < max_fpr <= 1 and resamples >= 1):
        values = f"{max_fpr} and {resamples}"
        raise ValueError(f"max_fpr lies in (0, 1] and resamples starts from 1, not {values}")


def _of_each_clip(values, clips: int, name: str) -> np.ndarray:
    values = np.asarray(values)
    if values.shape != (clips,):
        raise ValueError(f"{name} have one value a clip, not shape {values.shape} for {clips}")
    return values


def _strata(labels: np.ndarray, kinds) -> tuple[np.ndarray, list[str]]:
    """What is drawn separately (0: normal clips, n: the n-th kind to appear), and the kinds."""
    kinds = ["all"] * len(labels) if kinds is None else kinds
    kinds = _of_each_clip(kinds, len(labels), "kinds")
    numbers, names = pd.factorize(kinds[labels == 1], use_na_sentinel=False)
    strata = np.zeros(len(labels), int)
    strata[labels == 1] = numbers + 1
    return strata, [str(name) for name in names]


def _draws(strata: np.ndarray, groups, resamples: int, seed: int) -> np.ndarray:
    """How often each clip is drawn, (1 + resamples, clips); the first row is the sample itself.

    Each stratum keeps its size. Of groups any may be drawn, each with all its clips.
    """
    rng = np.random.default_rng(seed)
    counts = np.ones((1 + resamples, len(strata)), int)
    if groups is not None:
        groups = _of_each_clip(groups, len(strata), "groups")
        names, member = np.unique(groups, return_inverse=True)
        counts[1:] = _drawn_evenly(rng, len(names), resamples)[:, member]
        return counts
    for stratum in range(strata.max() + 1):
        members = np.flatnonzero(strata == stratum)
        counts[1:, members] = _drawn_evenly(rng, len(members), resamples)
    return counts


def _drawn_evenly(rng: np.random.Generator, number: int, resamples: int) -> np.ndarray:
    """How often each of so many is drawn when so many are drawn with replacement."""
    return rng.multinomial(number, np.full(number, 1 / number), resamples)


def _rates(
    scores: np.ndarray, labels: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """False- and true-positive rates of every draw, (draws, 1 + thresholds); NaN where a class was
    not drawn.
    """
    order = np.argsort(-scores, kind="stable")
    # A threshold cannot separate equal scores.
    last_of_tie = np.diff(scores[order], append=-np.inf) != 0
    rates = []
    for label in (0, 1):
        passed = (counts * (labels == label))[:, order].cumsum(axis=1)
        with np.errstate(invalid="ignore"):
            rate = passed[:, last_of_tie] / passed[:, -1:]
        rates.append(np.pad(rate, ((0, 0), (1, 0))))
    return rates[0], rates[1]


def _areas(
    scores: np.ndarray, labels: np.ndarray, counts: np.ndarray, max_fpr: float
) -> dict[str, np.ndarray]:
    """Whole and partial area of every draw, each shape (1 + resamples,), NaN where a class was not
    drawn.
    """
    rates = _rates(scores, labels, counts)
    return {"auc": _standardised_area(*rates, 1.0), "pauc": _standardised_area(*rates, max_fpr)}


def _with_ends(drawn: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the sample itself gives, first in each array, and the ends of its 95 % interval."""
    columns: dict[str, np.ndarray] = {}
    for name, values in drawn.items():
        columns |= interval(name, values[0], values[1:])
    return columns


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
