"""What the public code of L-MAC computes (speechbrain, recipes/ESC50/interpret), where that differs
from the library. Taught in notebook 13.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from ..inputs import as_floats, as_numbers, as_whole

KEPT, REMOVED, AREA, GUIDANCE = 4.0, 0.2, 0.4, 4.0  # hparams/lmac_cnn14.yaml
CORRELATION, LOUD = 0.6, 0.35


def parts(log_magnitude: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The magnitudes that a mask keeps and removes: it multiplies log(1 + |X|), so "linear" is the
    frequency axis, not the amplitude.

    Parameters
    ----------
    log_magnitude, mask : Tensor, shape (batch, 1, n_fft // 2 + 1, time)
        log(1 + |X|) of a Fourier transform, and a mask in [0, 1].

    Source: train_lmac.py, `compute_objectives`. Notebook: 13.

    Examples
    --------
    >>> loud = torch.tensor([[[[9.0]]]])  # a magnitude
    >>> kept, removed = parts(loud.log1p(), torch.tensor([[[[0.5]]]]))
    >>> round(kept.item(), 2), round(removed.item(), 2)  # two halves that do not add up to 9
    (2.16, 2.16)
    """
    log_magnitude, mask = as_numbers(log_magnitude, "magnitudes"), as_numbers(mask, "masks")
    return (mask * log_magnitude).expm1(), ((1 - mask) * log_magnitude).expm1()


def loss(
    kept: Tensor,
    removed: Tensor,
    named: Tensor,
    mask: Tensor,
    bins: Tensor | None = None,
    chosen: Tensor | None = None,
) -> Tensor:
    """The published objective, a number: 4 CE(kept) - 0.2 CE(removed) + 0.4 L1, and in fine-tuning
    4 BCE(mask, loud bins) for some clips, which then pay no L1.

    The second term has no lower bound. L1 is the mean of each mask, *summed* over the batch where
    the other terms are means: with the batch of 16 its weight is really 6.4, and half of that with
    a batch of 8.

    Parameters
    ----------
    kept, removed : Tensor, shape (batch, classes)
        Logits for the two parts.
    named : Tensor, shape (batch,)
        The classes that the network names for the clips.
    mask : Tensor, shape (batch, 1, bins, time)
    bins, chosen : Tensor, optional
        For fine-tuning, see `guided`.

    Source: train_lmac.py, `compute_objectives`, and hparams/lmac_cnn14.yaml. Notebook: 13.

    Examples
    --------
    >>> mask, unsure = torch.ones(1, 1, 2, 2), torch.zeros(1, 2)
    >>> one = loss(unsure, unsure, torch.tensor([0]), mask)
    >>> two = loss(*(torch.cat([x, x]) for x in (unsure, unsure, torch.tensor([0]), mask)))
    >>> round((two - one).item(), 6)  # twice the clips, and the price of area twice as high
    0.4
    """
    kept, removed, mask = (as_numbers(each, "numbers") for each in (kept, removed, mask))
    named = as_whole(named, "classes")
    chosen = torch.zeros(len(mask)) if chosen is None else as_floats(chosen, "choices")
    area = (mask.abs().mean(dim=(1, 2, 3)) * AREA * (1 - chosen)).sum()
    answers = KEPT * functional.cross_entropy(kept, named)
    answers = answers - REMOVED * functional.cross_entropy(removed, named)
    if bins is None:
        return answers + area
    entropy = functional.binary_cross_entropy(mask, as_floats(bins, "bins"), reduction="none")
    entropy = entropy.mean(dim=(1, 2, 3))
    return answers + area + (GUIDANCE * entropy * chosen).mean()


def guided(log_magnitude: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """What fine-tuning pulls a mask to, and for which clips: the bins of at least .35 of the clip's
    largest log magnitude, where what the mask keeps is alike to the clip by .6. It teaches energy.

    Parameters
    ----------
    log_magnitude : Tensor, shape (batch, 1, bins, time)
        log(1 + |X|) of the clean clip.
    mask : Tensor, of the same shape

    Returns
    -------
    bins : Tensor of 0 and 1, shape of `mask`
    chosen : Tensor of 0 and 1, shape (batch,)

    Source: train_lmac.py, `crosscor` ("dotp") and `compute_objectives`. Notebook: 13.

    Examples
    --------
    >>> bins, chosen = guided(torch.tensor([[[[1.0, 0.2]]]]), torch.ones(1, 1, 1, 2))
    >>> bins.tolist(), chosen.tolist()
    ([[[[1.0, 0.0]]]], [1.0])
    """
    log_magnitude, mask = as_numbers(log_magnitude, "magnitudes"), as_numbers(mask, "masks")
    flat, kept = log_magnitude.flatten(1), (mask * log_magnitude).flatten(1)
    alike = functional.cosine_similarity(flat, kept.detach(), dim=1)
    largest = log_magnitude.amax(dim=(1, 2, 3), keepdim=True)
    return (log_magnitude >= LOUD * largest).float(), (alike >= CORRELATION).float()


def average_drop(clean: Tensor, kept: Tensor) -> Tensor:
    """AD as the public code computes it, in per cent, a value a clip: probabilities pass through a
    second softmax, which makes nearly one of all of them.

    Parameters
    ----------
    clean, kept : Tensor, shape (batch, classes)
        Probabilities for the clip and for what a mask keeps.

    Source: interpreter_brain.py, `compute_AD`. Notebook: 13.

    Examples
    --------
    >>> sure, lost = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    >>> average_drop(sure, lost).round().tolist()  # all is lost
    [63.0]
    """
    clean, kept = as_floats(clean, "probabilities"), as_floats(kept, "probabilities")
    named = clean.argmax(dim=1, keepdim=True)
    p, left = (part.softmax(dim=1).gather(1, named)[:, 0] for part in (clean, kept))
    return 100 * (p - left).clamp(min=0) / p


LARGEST_DROP = 100 * (1 - 1 / math.e)
"""The largest drop that `average_drop` can find, in per cent, however many classes there are."""
