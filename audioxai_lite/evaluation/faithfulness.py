"""Is a detector's explanation faithful? Replace what it points at, and see how far the score falls.
Taught in notebook 07.

Everything is in standardised units (see `Detector.standardise`). Times are frames; a curve over
time has the shape (batch, time).
"""

import numpy as np
import torch
from torch import Tensor

from ..inputs import as_floats, check_like
from ..masks.rules import AXES
from ..models import evaluating
from ..models.autoencoder import Detector
from .chance import DRAWS

PERCENTILES = tuple(range(90, 100))


def time_curve(attribution: Tensor) -> Tensor:
    """A map's mean over the bands: (batch, 1, frequency, time) → (batch, time). Source: 2601.12660.
    Notebook: 07.

    Examples
    --------
    >>> time_curve(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).tolist()
    [[2.0, 3.0]]
    """
    return as_floats(attribution, "attributions", AXES).mean(dim=(1, 2))


def top_percentile(values: Tensor, percentile: float) -> Tensor:
    """What lies at or above a percentile of its own clip, of bool; ties are all in.

    Parameters
    ----------
    values : Tensor, shape (batch, time) for a curve, (batch, 1, frequency, time) for a map
    percentile : float in [0, 100]

    Source: 2601.12660, of curves; of maps, in two dimensions, this course. Notebook: 07.

    Examples
    --------
    >>> top_percentile(torch.tensor([[1.0, 2.0, 3.0, 4.0]]), 75).tolist()
    [[False, False, False, True]]
    """
    if not 0 <= percentile <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, not at {percentile}")
    values = as_floats(values, "values")
    # NumPy's, as torch's takes 16 million numbers at most.
    level, bins = np.float32(percentile / 100), tuple(range(1, values.ndim))
    limit = np.quantile(values.numpy(), level, axis=bins, keepdims=True)
    return values >= torch.from_numpy(limit)


def widen_to_segments(frames: Tensor, segment: int) -> Tensor:
    """Every segment of so many frames that holds a chosen frame is chosen whole; (batch, time), of
    bool.

    The last segment may be shorter. Frames that lie far apart choose many segments: a random curve
    chooses nearly all. Source: 2601.12660, segments of one second. Notebook: 07.

    Examples
    --------
    >>> widen_to_segments(torch.tensor([[False, True, False, False, False]]), 2).tolist()
    [[True, True, False, False, False]]
    """
    if segment < 1:
        raise ValueError(f"a segment has at least one frame, not {segment}")
    frames = as_floats(frames, "frames", "batch, time")
    padded = torch.nn.functional.pad(frames, (0, -frames.shape[-1] % segment))
    chosen = padded.unflatten(-1, (-1, segment)).amax(dim=-1, keepdim=True).expand(-1, -1, segment)
    return chosen.flatten(1)[:, : frames.shape[-1]] > 0


def replace_and_score(
    model: Detector,
    standardised: Tensor,
    chosen: Tensor,
    replacement: Tensor | None = None,
    batch_size: int = 32,
) -> tuple[Tensor, Tensor]:
    """How much of the score goes when what was chosen is replaced, and which share of the clip that
    was.

    Parameters
    ----------
    model : Detector
    standardised : Tensor, shape (batch, 1, frequency, time)
    chosen : Tensor of bool, or of ones and zeros; shape (batch, time) for whole frames, or that of
        `standardised`
        With one more axis in front, that many choices at once; the clips are rebuilt once for all
        of them.
    replacement : Tensor, shape of `standardised`, optional
        By default the model's own reconstruction, as published: it simulates normal sound with what
        the detector calls normal. The clean twin, where there is one, is the real thing.
    batch_size : int, default 32

    Returns
    -------
    score : Tensor, shape (batch,) or (choices, batch), in [0, 1]
        max(0, 1 - error of the modified clip / error of the clip). Higher is called more faithful.
        NaN where the clip has no error that could fall.
    share : Tensor, shape of `score`
        Of the clip that was replaced: who replaces more, gains more, whatever the explanation is
        worth.

    Raises
    ------
    ValueError
        If shapes do not fit.

    Source: 2601.12660, the faithfulness metric. Notebook: 07.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clip, chosen = torch.randn(1, 1, 64, 200), torch.arange(200)[None] < 20
    >>> score, share = replace_and_score(Autoencoder(), clip, chosen)
    >>> round(share.item(), 2)
    0.1
    """
    standardised = as_floats(standardised, "standardised values", AXES)
    choices, single = _as_choices(chosen, standardised.shape)
    if replacement is not None:
        replacement = as_floats(replacement, "replacements")
        check_like(replacement, "replacements", standardised, "the clips")
    scores = []
    with evaluating(model):
        for first in range(0, len(standardised), batch_size):
            part = slice(first, first + batch_size)
            replaced = None if replacement is None else replacement[part]
            scores.append(_fall(model, standardised[part], choices[:, part], replaced))
    score, share = torch.cat(scores, dim=1), choices.float().mean(dim=(2, 3, 4))
    return (score[0], share[0]) if single else (score, share)


def _as_choices(chosen: Tensor, clips: torch.Size) -> tuple[Tensor, bool]:
    """Choices of bool that can be laid over clips, (choices, batch, 1, frequency or 1, time), and
    whether there was a single one, without an axis for choices.
    """
    choices = as_floats(chosen, "choices")
    if not ((choices == 0) | (choices == 1)).all():
        raise ValueError("what is chosen is bool, or ones and zeros")
    whole_frames = choices.ndim < 4
    if whole_frames and choices.ndim > 1:
        choices = choices[..., None, None, :]
    single = choices.ndim == 4
    choices = choices[None] if single else choices
    fits = (clips[0], 1, 1, clips[3]) if whole_frames else tuple(clips)
    if choices.shape[1:] != fits:
        raise ValueError(
            f"for clips of shape {tuple(clips)} what is chosen has this shape or (batch, time), "
            f"with the number of choices before it if there are several; not {tuple(chosen.shape)}"
        )
    return choices > 0, single


def _fall(model: Detector, clips: Tensor, choices: Tensor, replacement: Tensor | None) -> Tensor:
    """The share of the error that goes with each choice, (choices, batch)."""
    rebuilt = model(clips)
    usual = rebuilt if replacement is None else replacement
    modified = (torch.where(choice, usual, clips) for choice in choices)
    after = torch.stack([_error(model(sound), sound) for sound in modified])
    before = _error(rebuilt, clips)
    return torch.where(before > 0, (1 - after / before).clamp(min=0), torch.nan)


def _error(rebuilt: Tensor, clips: Tensor) -> Tensor:
    """The mean squared error of each clip, (batch,)."""
    return (rebuilt - clips).square().mean(dim=(1, 2, 3))


def chance_score(
    model: Detector,
    standardised: Tensor,
    chosen: Tensor,
    replacement: Tensor | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Tensor:
    """The score of `replace_and_score` that choices as large get at random: what an explanation has
    to beat.

    Parameters
    ----------
    model, standardised, chosen, replacement
        See `replace_and_score`.
    draws : int, default 20
        Random choices of equal size to average over: the same number of frames, or bins, in random
        order.
    seed : int, default 0

    Returns
    -------
    Tensor, shape (batch,) or (choices, batch), in [0, 1]
        Score less chance is 0 for an explanation that knows nothing; score over chance is the
        published score with the share replaced divided out.

    Source: this course. Notebook: 07.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clip, everything = torch.randn(1, 1, 64, 200), torch.ones(1, 200).bool()
    >>> model = Autoencoder()
    >>> chance = chance_score(model, clip, everything, draws=2)  # of all there is only one choice
    >>> torch.allclose(chance, replace_and_score(model, clip, everything)[0])
    True
    """
    rng = np.random.default_rng(seed)
    chosen = as_floats(chosen, "choices")
    flat = (chosen.flatten(-3) if chosen.ndim > 3 else chosen).numpy()
    shuffled = [torch.from_numpy(rng.permuted(flat, axis=-1)) for _ in range(draws)]
    many = chosen.ndim in (3, 5)  # with an axis for choices
    choices = torch.stack(shuffled).view(draws, *chosen.shape)
    choices = choices.flatten(0, 1) if many else choices
    scores, _ = replace_and_score(model, standardised, choices, replacement)
    return (scores.unflatten(0, (draws, -1)) if many else scores).mean(dim=0)
