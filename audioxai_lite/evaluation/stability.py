"""How much two maps of one clip agree. Taught in notebooks 03, 04, 09 and 10."""

from collections.abc import Callable, Mapping

import scipy
import torch
from torch import Tensor

from ..inputs import as_floats, check_like, plain
from ..masks.rules import AXES, check_share


def top_overlap(first: Tensor, second: Tensor, share: float = 0.05) -> Tensor:
    """How many of the upper bins of one map are among the upper bins of the other: (batch,), from 0
    to 1.

    Of each map exactly `share` of a clip counts, so two random maps reach `share`. Equal values are
    taken in the order of the bins, as by `masks.top_k`, except a map's least value, or one that
    more than half of its bins have: where less than `share` of a map lies above it, the map says
    nothing of the rest, and the mean over every choice among these bins counts. Two maps that are 0
    everywhere have in common what two random ones have. The order of all bins, most of which do not
    matter, is compared by `rank_correlation`.

    Parameters
    ----------
    first, second : Tensor, shape (batch, 1, frequency, time)
    share : float in (0, 1), default 0.05

    Raises
    ------
    ValueError
        If the shapes differ, a map is not finite, or the share is out of range or less than half a
        bin.

    Notebook: 09.

    Examples
    --------
    >>> rising = torch.arange(100.0).reshape(1, 1, 10, 10)
    >>> top_overlap(rising, 2 * rising + 1).item(), top_overlap(rising, -rising).item()
    (1.0, 0.0)
    >>> round(top_overlap(rising, 0 * rising).item(), 3)  # a map that says nothing: by chance
    0.05
    """
    share = plain(share)
    check_share(share)
    first, second = _pair(first, second)
    count = round(share * first[0].numel())
    if count < 1:
        raise ValueError(f"a share of {share} of {first[0].numel()} bins is none; raise it")
    return (_chances(first, count) * _chances(second, count)).sum(dim=1) / count


def _chances(attribution: Tensor, count: int) -> Tensor:
    """Each bin's chance to be among so many largest, (batch, bins)."""
    values = attribution.flatten(1)
    limit = values.topk(count, dim=1).values[:, -1:]
    above, tied = values > limit, values == limit
    places = count - above.sum(dim=1, keepdim=True)
    alike = tied.sum(dim=1, keepdim=True)
    says_nothing = (limit == values.amin(dim=1, keepdim=True)) | (2 * alike > values.shape[1])
    by_chance = places / alike
    return above + tied * torch.where(says_nothing, by_chance, tied.cumsum(dim=1) <= places)


def rank_correlation(first: Tensor, second: Tensor) -> Tensor:
    """Spearman's rank correlation of two maps, bin by bin: (batch, 1, frequency, time) twice →
    (batch,), in [-1, 1].

    1: the same order of bins; 0: nothing in common. NaN where a map is constant. Raises ValueError
    when the shapes differ. Notebook: 03.

    Examples
    --------
    >>> rising = torch.arange(12.0).reshape(1, 1, 3, 4)
    >>> round(rank_correlation(rising, rising**3).item(), 3)
    1.0
    >>> round(rank_correlation(rising, -rising).item(), 3)
    -1.0
    """
    first, second = _pair(first, second)
    ordered = (~_constant(first) & ~_constant(second)).tolist()
    pairs = zip(first.flatten(1).numpy(), second.flatten(1).numpy(), ordered, strict=True)
    found = [scipy.stats.spearmanr(a, b).statistic if both else torch.nan for a, b, both in pairs]
    return torch.tensor(found, dtype=torch.float64)


def agreement(first: Tensor, second: Tensor) -> Tensor:
    """The correlation of two maps, bin by bin: (batch, 1, frequency, time) twice → (batch,), in
    [-1, 1]; 0 where a map is constant. Raises ValueError when the shapes differ. Notebook: 10.

    Examples
    --------
    >>> rising = torch.arange(12.0).reshape(1, 1, 3, 4)
    >>> agreement(rising, 5 - 2 * rising).tolist()
    [-1.0]
    """
    first, second = _pair(first, second)
    pair = torch.stack([first, second]).flatten(2).double()
    pair = pair - pair.mean(dim=2, keepdim=True)
    lengths = pair.square().sum(dim=2).sqrt().prod(dim=0)
    found = pair.prod(dim=0).sum(dim=1) / lengths
    return torch.where(_constant(first) | _constant(second), 0.0, found).clamp(-1, 1).float()


def _constant(maps: Tensor) -> Tensor:
    """Which maps are the same everywhere, and have no order, (batch,)."""
    return maps.amax(dim=(1, 2, 3)) == maps.amin(dim=(1, 2, 3))


def agreement_with_copies(
    explain: Callable[[Tensor], Tensor], waveform: Tensor, copies: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """How much the maps of sounds agree with those of copies that nobody would tell from them: low
    values give away an explanation that was made to measure.

    Parameters
    ----------
    explain : callable, waveforms (batch, samples) → maps (batch, 1, frequency, time)
    waveform : Tensor, shape (batch, samples)
    copies : dict of name to Tensor of that shape
        A little late, saved and read again, under soft noise.

    Returns
    -------
    dict of name to Tensor, shape (batch,)
        See `agreement`. What an honest sound reaches depends on the network and the method: take it
        from sounds that you trust.

    Notebook: 10.

    Examples
    --------
    >>> explain = lambda sounds: sounds.reshape(-1, 1, 4, 5)
    >>> sound = torch.randn(2, 20)
    >>> found = agreement_with_copies(explain, sound, {"louder": 2 * sound})
    >>> {name: values.round(decimals=3).tolist() for name, values in found.items()}
    {'louder': [1.0, 1.0]}
    """
    maps = explain(waveform)
    return {name: agreement(maps, explain(copied)) for name, copied in copies.items()}


def _pair(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Two maps of one shape."""
    first, second = as_floats(first, "attributions", AXES), as_floats(second, "attributions", AXES)
    check_like(second, "attributions", first, "those they are compared with")
    return first, second
