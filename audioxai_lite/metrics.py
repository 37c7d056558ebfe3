"""How close a resynthesised sound is to its original, taught in notebook 01; how good a mask is, in notebook 05."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from audioxai_lite.features import LogMel, Spectrogram, decibels_to_power, power_to_decibels
from audioxai_lite.masks import area, is_constant, random_like
from audioxai_lite.models import evaluating
from audioxai_lite.models.cnn14 import for_predictions


def si_sdr(estimate: Tensor, reference: Tensor) -> Tensor:
    """Scale-invariant signal-to-distortion ratio, in decibels. Higher is better; silence of the reference gives NaN.

    Parameters
    ----------
    estimate, reference : Tensor, shape (batch, samples)

    Returns
    -------
    Tensor, shape (batch,), float64
        About 0 dB when the error is as strong as the signal, 120 and more when only float32 rounding differs.

    Source: Le Roux et al. 2019, "SDR – half-baked or well done?", equation 2. Notebook: 01.

    Examples
    --------
    >>> tone = torch.sin(torch.arange(1000.0))[None]
    >>> noisy = tone + 0.1 * torch.cos(torch.arange(1000.0))[None]
    >>> si_sdr(3 * noisy, tone).round().tolist()  # louder is not worse
    [20.0]
    """
    estimate, reference = estimate.double(), reference.double()
    scale = (estimate * reference).sum(dim=-1, keepdim=True) / reference.square().sum(dim=-1, keepdim=True)
    target = scale * reference
    distortion = (target - estimate).square().sum(dim=-1).clamp(min=1e-30)
    return 10 * torch.log10(target.square().sum(dim=-1) / distortion)


def log_spectral_distance(estimate: Tensor, reference: Tensor, n_fft: int = 1024, floor: float = -80.0) -> Tensor:
    """Root mean square difference of two power spectra in decibels, averaged over frames. Lower is better; 0 at best.

    It ignores the phase, and follows the ear in that quiet parts count as much as loud ones.

    Parameters
    ----------
    estimate, reference : Tensor, shape (batch, samples)
    n_fft : int, default 1024
        Hann window, in samples; frames step by a quarter of it.
    floor : float, default -80
        Level below the reference's loudest bin under which both count as silent, in decibels.

    Returns
    -------
    Tensor, shape (batch,)

    Source: Gray & Markel 1976, "Distance measures for speech processing", the L2 case. Notebook: 01.

    Examples
    --------
    >>> noise = torch.randn(1, 8000)
    >>> log_spectral_distance(noise, noise).tolist()
    [0.0]
    """
    window = torch.hann_window(n_fft)
    power = [
        torch.stft(x, n_fft, n_fft // 4, window=window, return_complex=True).abs().square()
        for x in (estimate, reference)
    ]
    loudest = power[1].amax(dim=(-2, -1), keepdim=True)
    difference = power_to_decibels(power[0] / loudest, floor) - power_to_decibels(power[1] / loudest, floor)
    return difference.square().mean(dim=-2).sqrt().mean(dim=-1)


def mel_consistency(power: Tensor, spectrogram: Spectrogram, feature: LogMel) -> tuple[Tensor, Tensor]:
    """How far an inverted power spectrogram, put through the mel bands again, is from the mel spectrogram it came from.

    Parameters
    ----------
    power : Tensor, shape (batch, 1, n_fft // 2 + 1, time)
        From `feature.to_power(spectrogram)`.
    spectrogram : Spectrogram
        The mel spectrogram, decibels.
    feature : LogMel

    Returns
    -------
    relative_error : Tensor, shape (batch,)
        ‖mel again − mel‖ / ‖mel‖ over the power values; ruled by the loudest bands. 0 at best.
    decibel_error : Tensor, shape (batch,)
        Root mean square difference in decibels, all bands alike. 0 at best.

    Notebook: 01, "Ways back from mel".

    Examples
    --------
    >>> from audioxai_lite.features import PowerStft
    >>> mel, sound = LogMel(), torch.randn(1, 16_000)
    >>> relative_error, decibel_error = mel_consistency(PowerStft()(sound).values, mel(sound), mel)  # the true power
    >>> bool(relative_error < 1e-4), bool(decibel_error < 0.01)
    (True, True)
    """
    wanted = decibels_to_power(spectrogram.values) * spectrogram.reference
    found = feature.to_mel(power)
    relative_error = (found - wanted).flatten(1).norm(dim=1) / wanted.flatten(1).norm(dim=1)
    difference = power_to_decibels(found / spectrogram.reference, spectrogram.floor) - spectrogram.values
    return relative_error, difference.flatten(1).square().mean(dim=1).sqrt()


@dataclass(frozen=True)
class Answers:
    """A classifier's probabilities for clips, for what masks keep of them and for what they remove.

    Attributes
    ----------
    clean : Tensor, shape (batch, classes)
    kept, removed : Tensor, shape (variants, batch, classes)
    """

    clean: Tensor
    kept: Tensor
    removed: Tensor


def answers(model: nn.Module, values: Tensor, masks: Tensor, floor: float = -100.0, batch_size: int = 8) -> Answers:
    """Ask a classifier about clips, and about both parts of each under every mask.

    The same input is never asked twice: the clean clip serves for every all-ones mask (so that such a mask cannot seem
    to raise or lower anything by rounding), and of equal masks one is asked. Memory does not grow with the clips.

    Parameters
    ----------
    model : nn.Module
        A classifier that gives logits.
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    masks : Tensor, shape (variants, batch, 1, frequency, time), in [0, 1]
    floor : float, default -100
        Where what is masked goes, in decibels. See `masks.apply_mask`.
    batch_size : int, default 8
        Inputs that pass through the model at once.

    Raises
    ------
    ValueError
        If the masks do not fit the values, or leave [0, 1].

    Notebook: 05.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values, masks = torch.randn(2, 1, 4, 8), torch.rand(5, 2, 1, 4, 8).round()
    >>> answers(model, values, masks).kept.shape
    torch.Size([5, 2, 3])
    """
    if masks.shape[1:] != values.shape:
        raise ValueError(f"masks have the shape (variants, *{tuple(values.shape)}), not {tuple(masks.shape)}")
    if not ((masks >= 0) & (masks <= 1)).all():
        raise ValueError(f"masks lie in [0, 1], and these in [{masks.min():.3g}, {masks.max():.3g}]")
    variants, clips = masks.shape[:2]
    places = torch.empty(1 + 2 * variants, clips, dtype=torch.long)
    outputs: list[Tensor] = []
    waiting, asked = torch.empty(0, *values.shape[1:]), 0
    silence = torch.full_like(values[:1], floor)
    fast = for_predictions(model)
    with evaluating(fast):
        for clip in range(clips):
            parts = torch.cat([torch.ones_like(silence), masks[:, clip], 1 - masks[:, clip]])
            rows: dict[bytes, int] = {}
            for row, part in enumerate(parts):
                first = rows.setdefault(part.numpy().tobytes(), row)
                places[row, clip] = asked + list(rows.values()).index(first)
            asked += len(rows)
            waiting = torch.cat([waiting, torch.lerp(silence, values[clip], parts[list(rows.values())])])
            while len(waiting) >= batch_size or (clip == clips - 1 and len(waiting)):
                outputs.append(fast(waiting[:batch_size]).softmax(dim=1))
                waiting = waiting[batch_size:]
    found = torch.cat(outputs)[places]
    return Answers(found[0], found[1 : 1 + variants], found[1 + variants :])


def deletion_and_insertion(
    model: nn.Module, values: Tensor, attribution: Tensor, steps: int = 20, floor: float = -100.0, batch_size: int = 8
) -> tuple[Tensor, Tensor]:
    """The class's probability as a clip loses bins, those of most attribution first, and as silence gains them.

    Parameters
    ----------
    model, values, floor, batch_size
        See `answers`; the class is the one predicted for the clip.
    attribution : Tensor, shape of `values`
        Only its order counts; of equal values the first ones come first.
    steps : int, default 20
        Of equal area.

    Returns
    -------
    deletion, insertion : Tensor, each of shape (batch, steps + 1)
        At the areas 0, 1 / steps, … 1. A good order lets the first fall and the second rise early. The areas under them
        (`curve_area`) need no choice of a threshold.

    Source: Petsiuk et al. 2018, "RISE" (1806.07421), 4.2. Notebook: 05.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> deletion, insertion = deletion_and_insertion(model, values, values, steps=4)
    >>> deletion.shape
    torch.Size([3, 5])
    """
    if attribution.shape != values.shape or steps < 1:
        raise ValueError(
            f"the attribution has the shape of the values, {tuple(values.shape)}, and there is at least one step; not "
            f"{tuple(attribution.shape)} and {steps}"
        )
    rank = attribution.flatten(1).argsort(dim=1, descending=True, stable=True).argsort(dim=1).view_as(attribution)
    limits = (torch.arange(steps + 1) * values[0].numel() / steps).round()
    found = answers(model, values, (rank < limits.reshape(-1, 1, 1, 1, 1)).float(), floor, batch_size)
    named = found.clean.argmax(dim=1)
    deletion, insertion = (part[:, torch.arange(len(named)), named].T for part in (found.removed, found.kept))
    return deletion, insertion


def curve_area(curve: Tensor) -> Tensor:
    """Area under curves of equal steps from 0 to 1, by trapezoids: (batch, steps + 1) → (batch,). Notebook: 05.

    Examples
    --------
    >>> curve_area(torch.tensor([[1.0, 0.5, 0.0]])).tolist()
    [0.5]
    """
    return torch.trapezoid(curve, dx=1 / (curve.shape[1] - 1), dim=1)


def sparseness(values: Tensor) -> Tensor:
    """The Gini index of the sizes: 0 when all are equal, near 1 when few bins hold everything. Higher is sparser.

    Parameters
    ----------
    values : Tensor, shape (..., 1, frequency, time)
        Masks, as the public code has it, or attributions, as the paper's formula says.

    Returns
    -------
    Tensor, float64, without the last three axes
        Of a mask of zeros and ones it is 1 less its area; of one that is 0 everywhere, where all are equal, 0.

    Source: Pak & Teryokhina 2025, II.D, SPS; 1e-7 is added after scaling to the largest size, as in the public code
    (Quantus), which keeps silence from dividing by zero. Notebook: 05.

    Examples
    --------
    >>> one, two = torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]]), torch.tensor([[[[1.0, 1.0, 0.0, 0.0]]]])
    >>> round(sparseness(one).item(), 3), round(sparseness(two).item(), 3)
    (0.75, 0.5)
    """
    rows = values.detach().flatten(-3).abs()
    shape, count = rows.shape[:-1], rows.shape[-1]
    rows = rows.reshape(-1, count)
    binary = _zeros_and_ones(rows)
    index = torch.empty(len(rows), dtype=torch.float64)
    small, ranks = 1e-7 * count * (count + 1) / 2, torch.arange(1, count + 1, dtype=torch.float64)
    # Sorted, the zeros of a binary mask come first: the weighted sum needs only how many ones there are.
    ones = rows.sum(dim=1)[binary].double()
    weighted = small + (count * (count + 1) - (count - ones) * (count - ones + 1)) / 2
    index[binary] = 2 * weighted / (ones + 1e-7 * count)
    ordered = rows[~binary].numpy()
    ordered.sort(axis=1)  # torch takes four times as long
    soft = torch.from_numpy(ordered).double()
    largest = soft[:, -1].clamp(min=1e-30)
    index[~binary] = 2 * (soft @ ranks / largest + small) / (soft.sum(dim=1) / largest + 1e-7 * count)
    return ((index - (count + 1)) / count).reshape(shape)


def complexity(values: Tensor, as_published: bool = False) -> Tensor:
    """The entropy, in nats, of the sizes as shares of their sum: 0 for one bin, ln(bins) when all are equal.

    Parameters
    ----------
    values : Tensor, shape (..., 1, frequency, time)
    as_published : bool, default False
        Give a constant mask 0, the best there is, as the public code does. Its entropy is the largest there is.

    Returns
    -------
    Tensor, float64, without the last three axes
        Of a mask of zeros and ones it is the logarithm of the number of ones. NaN where all is 0.

    Source: Pak & Teryokhina 2025, II.D, COMP. Notebook: 05.

    Examples
    --------
    >>> all_four = torch.ones(1, 1, 1, 4)
    >>> round(complexity(all_four).item(), 3), complexity(all_four, as_published=True).item()
    (1.386, 0.0)
    """
    rows = values.detach().flatten(-3).abs()
    shape = rows.shape[:-1]
    rows = rows.reshape(-1, rows.shape[-1])
    binary = _zeros_and_ones(rows)
    entropy = torch.empty(len(rows), dtype=torch.float64)
    total = rows.sum(dim=1)
    ones = total[binary].double()
    entropy[binary] = torch.where(ones > 0, ones.log(), torch.nan)
    shares = (rows[~binary] / total[~binary, None]).numpy()
    logarithms = np.log(np.maximum(shares, np.finfo(np.float32).tiny))
    entropy[~binary] = -torch.from_numpy(shares * logarithms).sum(dim=1, dtype=torch.float64)
    if as_published:
        soft = rows[~binary]
        constant = (total == 0) | (total == rows.shape[1])
        constant[~binary] = soft.amax(dim=1) == soft.amin(dim=1) if len(soft) else False
        entropy[constant] = 0.0
    return entropy.reshape(shape)


def _zeros_and_ones(rows: Tensor) -> Tensor:
    """Which rows hold zeros and ones only, (rows,), of bool."""
    values = rows.numpy()
    return torch.from_numpy((values * values == values).all(axis=1))


# Name -> (whether higher is better, lowest, highest; None: ln of the number of bins). After 2025's tables.
DIRECTIONS: dict[str, tuple[bool, float, float | None]] = {
    "FF": (True, -1.0, 1.0),
    "AI": (True, 0.0, 100.0),
    "AD": (False, 0.0, 100.0),
    "AG": (True, 0.0, 100.0),
    "Fid-In": (True, 0.0, 1.0),
    "SPS": (True, 0.0, 1.0),
    "COMP": (False, 0.0, None),
}


def interpretation_scores(found: Answers, masks: Tensor, margin: float = 1e-6) -> dict[str, Tensor]:
    """The seven metrics of Pak & Teryokhina, clip by clip, each of shape (variants, batch).

    The class is the one predicted for the clean clip, of probability p:

    - FF: p less the class's probability for the removed part. How much the answer needs what was kept.
    - AI: 100 where the kept part is more probable than the clip, by more than `margin`, else 0.
    - AD: how much of p is lost on the kept part, in per cent; a gain counts as 0.
    - AG: how much of 1 - p is gained on the kept part, in per cent; a loss counts as 0.
    - Fid-In: 1 where the kept part is given the same class.
    - SPS, COMP: `sparseness` and `complexity` of the mask, as published.

    Parameters
    ----------
    found : Answers
    masks : Tensor, shape (variants, batch, 1, frequency, time)
        Those of `answers`.
    margin : float, default 1e-6
        What a probability may move by rounding.

    Source: Pak & Teryokhina 2025, II.D; the means over clips are theirs. Notebook: 05.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values, everything = torch.randn(2, 1, 4, 8), torch.ones(1, 2, 1, 4, 8)
    >>> interpretation_scores(answers(model, values, everything), everything)["Fid-In"].tolist()
    [[1.0, 1.0]]
    """
    named = found.clean.argmax(dim=1)
    p = found.clean.gather(1, named[:, None])[:, 0].double()
    kept, removed = (part[:, torch.arange(len(p)), named].double() for part in (found.kept, found.removed))
    return {
        "FF": p - removed,
        "AI": 100.0 * (kept > p + margin),
        "AD": 100 * (p - kept).clamp(min=0) / p,
        "AG": 100 * (kept - p).clamp(min=0) / (1 - p).clamp(min=1e-12),
        "Fid-In": (found.kept.argmax(dim=-1) == named).double(),
        "SPS": sparseness(masks),
        "COMP": complexity(masks, as_published=True),
    }


def with_intervals(
    scores: dict[str, Tensor], names: Sequence[str], resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """The mean of every score over clips, with its 95 % interval from a bootstrap over clips.

    Parameters
    ----------
    scores : dict of name to Tensor, shape (variants, batch)
        From `interpretation_scores`. NaN of a clip is left out of the mean.
    names : sequence of str
        Of the variants.
    resamples : int, default 1000
    seed : int, default 0
        The same draws for every variant and score.

    Returns
    -------
    DataFrame
        One row a variant; for a score S the columns S, "S low" and "S high".

    Notebook: 05.

    Examples
    --------
    >>> with_intervals({"AD": torch.tensor([[10.0, 20.0, 30.0]])}, ["sign"]).round().loc["sign"].tolist()
    [20.0, 10.0, 30.0]
    """
    clips = next(iter(scores.values())).shape[1]
    draws = np.random.default_rng(seed).integers(clips, size=(resamples, clips))
    columns = {}
    for name, score in scores.items():
        values = score.double().numpy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a variant without any number has a mean of NaN
            means = np.nanmean(values[:, draws], axis=2)
            columns[name] = np.nanmean(values, axis=1)
            columns[f"{name} low"], columns[f"{name} high"] = np.nanpercentile(means, [2.5, 97.5], axis=1)
    return pd.DataFrame(columns, index=list(names))


def table(model: nn.Module, values: Tensor, given: dict[str, Tensor], truth: Tensor | None = None) -> pd.DataFrame:
    """The seven scores of masks, with intervals, beside what says how to read them: area, and masks that know nothing.

    Parameters
    ----------
    model, values
        See `answers`.
    given : dict of name to Tensor, shape of `values`
        Masks.
    truth : Tensor, shape of `values`, optional
        Ground truth.

    Returns
    -------
    DataFrame
        One row a mask. The columns of `with_intervals`; area; constant, the share of clips on which the mask is the
        same everywhere; with a truth, inside: the share of what is kept that lies in it. For masks of zeros and ones
        also FF, AD and Fid-In of "random bins" and "random cells" (8 bands by 16 frames) of the same area, and, as
        "AD over cells", the score less that of the cells, with its interval, clip by clip.

    Notebook: 05.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> rows = table(model, values, {"everything": torch.ones_like(values)})
    >>> rows.loc["everything", "Fid-In"].item()
    1.0
    """
    stack = torch.stack(list(given.values()))
    scores = interpretation_scores(answers(model, values, stack), stack)
    found = with_intervals(scores, list(given))
    found["area"] = [area(mask).mean().item() for mask in stack]
    found["constant"] = [is_constant(mask).double().mean().item() for mask in stack]
    if truth is not None:
        found["inside"] = [
            ((mask * truth).sum(dim=(1, 2, 3)) / mask.sum(dim=(1, 2, 3))).nanmean().item() for mask in stack
        ]
    hard = [name for name, mask in given.items() if _zeros_and_ones(mask.flatten(1)).all()]
    if not hard:
        return found
    mine = torch.tensor([name in hard for name in given])
    for control, cell in {"random bins": (1, 1), "random cells": (8, 16)}.items():
        drawn = torch.stack([random_like(given[name], cell) for name in hard])
        chance = interpretation_scores(answers(model, values, drawn), drawn)
        for name in ("FF", "AD", "Fid-In"):
            found.loc[hard, f"{name} {control}"] = chance[name].mean(dim=1).numpy()
        if cell != (1, 1):
            gains = {f"{name} over cells": scores[name][mine] - chance[name] for name in ("FF", "AD", "Fid-In")}
            found = found.join(with_intervals(gains, hard))
    return found
