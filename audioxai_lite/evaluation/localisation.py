"""Does an attribution point at the truth? Scores against the ground-truth mask, with controls.
Taught in notebooks 04 and 07.

Attributions and truths have the shape (batch, 1, frequency, time), truths hold ones and zeros.
Every score lies in [0, 1], higher is better, and has one value a clip. Only the order of an
attribution's values counts, except for `relevance_mass`; ties share their ranks.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy
import torch
from torch import Tensor

from ..inputs import as_floats, check_like
from ..masks.rules import AXES
from .faithfulness import widen_to_segments
from .statistics import bootstrap_draws, interval


def pixel_auroc(attribution: Tensor, truth: Tensor) -> Tensor:
    """Chance that a random bin inside the truth has more attribution than one outside: 0.5 knows
    nothing.

    Generous to small truths: most of the bins outside are far away and easy. Notebook: 04.

    Examples
    --------
    >>> truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    >>> pixel_auroc(torch.tensor([[[[0.5, 0.1, 0.9]]]]), truth).tolist()
    [0.5]
    """
    pairs = _pairs(attribution, truth)
    from sklearn.metrics import roc_auc_score

    return torch.tensor([roc_auc_score(inside, values) for values, inside in pairs])


def one_over_another(attribution: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Two sounds at once: the chance that a random bin of the first has more attribution than one
    of the second. 0.5 does not tell them apart; bins of both are left out.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
        Of the mixture, for the class of the first sound.
    first, second : Tensor of 0 and 1, of the same shape
        Where each sound is.

    Returns
    -------
    Tensor, shape (batch,), in [0, 1]; NaN where one has no bin of its own.

    Notebook: 13.

    Examples
    --------
    >>> first, second = torch.tensor([[[[1.0, 1.0, 0.0]]]]), torch.tensor([[[[0.0, 1.0, 1.0]]]])
    >>> one_over_another(torch.tensor([[[[0.9, 5.0, 0.1]]]]), first, second).tolist()
    [1.0]
    """
    from sklearn.metrics import roc_auc_score

    values = as_floats(attribution, "attributions", AXES)
    sounds = [as_floats(each, "truths", AXES) for each in (first, second)]
    for each in sounds:
        check_like(each, "truths", values, "the attributions")
        if not ((each == 0) | (each == 1)).all():
            raise ValueError("a truth holds ones and zeros")
    found = []
    for clip, one, other in zip(values, *sounds, strict=True):
        apart = one != other
        known = bool((one > other).any() and (other > one).any())
        found.append(roc_auc_score(one[apart], clip[apart]) if known else np.nan)
    return torch.tensor(found, dtype=torch.float64)


def average_precision(attribution: Tensor, truth: Tensor) -> Tensor:
    """Precision, averaged over the bins of the truth as they turn up from the largest attribution
    down.

    A random attribution scores the truth's area. Notebook: 04.

    Examples
    --------
    >>> truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    >>> average_precision(torch.tensor([[[[0.5, 0.1, 0.9]]]]), truth).tolist()
    [0.5]
    """
    pairs = _pairs(attribution, truth)
    from sklearn.metrics import average_precision_score

    return torch.tensor([average_precision_score(inside, values) for values, inside in pairs])


def pointing_game(attribution: Tensor, truth: Tensor) -> Tensor:
    """Whether the largest attribution lies inside the truth; of several equally large bins, the
    share that does.

    Source: Zhang et al. 2016 (1608.00507). Notebook: 04.

    Examples
    --------
    >>> truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    >>> pointing_game(torch.tensor([[[[0.5, 0.1, 0.9]]]]), truth).tolist()
    [0.0]
    """
    pairs = _pairs(attribution, truth)
    return torch.tensor([inside[values == values.max()].mean() for values, inside in pairs])


def relevance_mass(attribution: Tensor, truth: Tensor) -> Tensor:
    """Share of the positive attribution that lies inside the truth; 0 where nothing is positive.

    A constant positive attribution scores the truth's area. Source: Arras et al. 2022 (2003.07258),
    `relevance mass accuracy`. Notebook: 04.

    Examples
    --------
    >>> truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    >>> relevance_mass(torch.tensor([[[[3.0, 1.0, -9.0]]]]), truth).tolist()
    [0.75]
    """
    masses = [(values.clip(min=0), inside) for values, inside in _pairs(attribution, truth)]
    shares = [(mass * inside).sum() / max(mass.sum(), 1e-300) for mass, inside in masses]
    return torch.tensor(shares)


def iou_at_area(attribution: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union of the truth and as many bins of largest attribution.

    Where equal values could make up the last of them, it is the mean over every choice among these.
    Notebook: 04.

    Examples
    --------
    >>> truth = torch.tensor([[[[1.0, 1.0, 0.0]]]])
    >>> round(iou_at_area(torch.tensor([[[[3.0, 1.0, 2.0]]]]), truth).item(), 2)
    0.33
    >>> nothing = torch.zeros(1, 1, 1, 2)  # either bin, by chance
    >>> iou_at_area(nothing, torch.tensor([[[[1.0, 0.0]]]])).item()
    0.5
    """
    ious = [_expected_iou(values, inside == 1) for values, inside in _pairs(attribution, truth)]
    return torch.tensor(ious, dtype=torch.float32)


def _expected_iou(values: np.ndarray, inside: np.ndarray) -> float:
    """The mean of the IoU over every way to break ties at the truth's area."""
    size = inside.sum()
    limit = np.partition(values, -size)[-size]
    above, tied = values > limit, values == limit
    places, tied_inside = size - above.sum(), (tied & inside).sum()
    least = max(0, places - (tied & ~inside).sum())
    drawn = np.arange(least, min(places, tied_inside) + 1)
    weights = scipy.stats.hypergeom.pmf(drawn, tied.sum(), tied_inside, places)
    hits = (above & inside).sum() + drawn
    return float((weights / weights.sum() * hits / (2 * size - hits)).sum())


def temporal_precision(chosen: Tensor, annotated: Tensor, segment: int) -> dict[str, Tensor]:
    """Precision, recall and F1 of the segments that a map chooses, against the annotated ones; each
    of shape (batch,).

    Parameters
    ----------
    chosen, annotated : Tensor of bool, shape (batch, time)
        A segment counts as chosen, or as annotated, when one of its frames is.
    segment : int
        Frames a segment: as published, one second.

    Returns
    -------
    dict of "precision", "recall", "F1"
        0 where nothing is right; precision is NaN where nothing is chosen, recall where nothing is
        annotated, F1 where neither is.

    Source: 2601.12660, temporal precision. Notebook: 07.

    Examples
    --------
    >>> chosen, annotated = torch.tensor([[1, 1, 0, 0]]).bool(), torch.tensor([[1, 0, 0, 0]]).bool()
    >>> scores = temporal_precision(chosen, annotated, segment=1)
    >>> scores["precision"].item(), scores["recall"].item()
    (0.5, 1.0)
    """
    chosen = as_floats(chosen, "choices", "batch, time")
    annotated = as_floats(annotated, "annotations")
    check_like(annotated, "annotations", chosen, "the choices")
    named, true = (
        widen_to_segments(frames, segment)[:, ::segment].float() for frames in (chosen, annotated)
    )
    hits = (named * true).sum(dim=1)
    precision, recall = hits / named.sum(dim=1), hits / true.sum(dim=1)
    f1 = 2 * hits / (named.sum(dim=1) + true.sum(dim=1))
    return {"precision": precision, "recall": recall, "F1": f1}


SCORES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "pixel AUROC": pixel_auroc,
    "average precision": average_precision,
    "pointing game": pointing_game,
    "relevance mass": relevance_mass,
    "IoU at the truth's area": iou_at_area,
}


def controls(values: Tensor, seed: int = 0) -> dict[str, Tensor]:
    """Attributions that know nothing of the model, on the grid of `values`, shape (batch, 1,
    frequency, time).

    "random" is independent noise; "energy" the spectrogram itself: what is loud is said to matter.
    A method that does not beat both has explained nothing. Notebook: 04.

    Examples
    --------
    >>> sorted(controls(torch.zeros(1, 1, 4, 8)))
    ['energy', 'random']
    """
    values = as_floats(values, "values", AXES)
    generator = torch.Generator().manual_seed(seed)
    return {"random": torch.rand(values.shape, generator=generator), "energy": values}


def table(
    attributions: dict[str, Tensor],
    truth: Tensor,
    over: Tensor | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Every score of every method, with 95 % intervals from a bootstrap over clips.

    Parameters
    ----------
    attributions : dict of name to Tensor, shape (batch, 1, frequency, time)
        Include `controls`.
    truth : Tensor, same shape
    over : Tensor, same shape, optional
        An attribution, a control say, over which each method's gain is wanted: clip by clip, so
        that what makes a clip hard for both cancels out.
    resamples : int, default 1000
    seed : int, default 0
        The same draws for every method and score.

    Returns
    -------
    DataFrame
        One row a method and score: method, score, value (the mean over clips), "value low",
        "value high"; with `over` also gain, "gain low", "gain high".

    Notebook: 04.

    Examples
    --------
    >>> truth = torch.zeros(3, 1, 4, 8)
    >>> truth[..., 2:4] = 1
    >>> maps = {"the truth itself": truth} | controls(torch.rand(truth.shape))
    >>> scores = table(maps, truth, resamples=10).set_index(["method", "score"])["value"]
    >>> scores["the truth itself", "pixel AUROC"]
    np.float64(1.0)
    """
    drawn = bootstrap_draws(len(truth), resamples, seed)
    usual = {} if over is None else _by_score(over, truth)
    rows = []
    for method, attribution in attributions.items():
        for name, values in _by_score(attribution, truth).items():
            row = {"method": method, "score": name}
            row |= interval("value", values.mean(), values[drawn].mean(axis=1))
            if usual:
                gains = values - usual[name]
                row |= interval("gain", gains.mean(), gains[drawn].mean(axis=1))
            rows.append(row)
    return pd.DataFrame(rows)


def _by_score(attribution: Tensor, truth: Tensor) -> dict[str, np.ndarray]:
    """Every score of an attribution, clip by clip, (batch,)."""
    return {name: score(attribution, truth).double().numpy() for name, score in SCORES.items()}


def _pairs(attribution: Tensor, truth: Tensor) -> list[tuple[np.ndarray, np.ndarray]]:
    """Flat arrays of each clip, or what is wrong with them."""
    attribution, truth = as_floats(attribution, "attributions", AXES), as_floats(truth, "truths")
    check_like(truth, "truths", attribution, "the attributions")
    if not ((truth == 0) | (truth == 1)).all() or (truth.mean(dim=(1, 2, 3)) % 1 == 0).any():
        raise ValueError("a truth holds ones and zeros, and some of both in every clip")
    return list(zip(attribution.flatten(1).double().numpy(), truth.flatten(1).numpy(), strict=True))
