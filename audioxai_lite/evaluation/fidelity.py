"""Does a classifier answer as before when it gets what a mask keeps, or what it removes? Taught in
notebook 06.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn

from ..inputs import as_floats, as_tensor, check_like
from ..masks.rules import AXES, check_mask
from ..models import evaluating
from ..models.calling import Called, softmax
from ..sound.levels import FLOOR

MARGIN = 1e-6  # what a probability may move by rounding


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


def answers(
    model: nn.Module,
    values: Tensor,
    masks: Tensor,
    floor: float = FLOOR,
    batch_size: int = 8,
    link: Callable[[Tensor], Tensor] = softmax,
) -> Answers:
    """Ask a classifier about clips, and about both parts of each under every mask.

    The same input is never asked twice: the clean clip serves for every all-ones mask (so that such
    a mask cannot seem to raise or lower anything by rounding), and of equal masks one is asked.
    Memory does not grow with the clips.

    Parameters
    ----------
    model : nn.Module
        A classifier.
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    masks : Tensor, shape (variants, batch, 1, frequency, time), in [0, 1]
    floor : float, default -100
        Where what is masked goes, in decibels. See `masks.apply_mask`.
    batch_size : int, default 8
        Inputs that pass through the model at once.
    link : callable, default softmax over the classes
        How outputs, (batch, classes), become probabilities; `torch.sigmoid` where each has its own.
        A single probability is taken for that of the second of two classes.

    Raises
    ------
    ValueError
        If the masks do not fit the values, or leave [0, 1]; if the model has one output, of which
        no softmax can be taken; if what it gives is none (see `models.calling.Called`).

    Notebook: 06.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values, nothing = torch.randn(2, 1, 4, 8), torch.zeros(1, 2, 1, 4, 8)
    >>> heard = answers(model, values, nothing)
    >>> heard.kept[0, 0].equal(heard.kept[0, 1])  # silence is silence
    True
    >>> heard.removed[0].equal(heard.clean)
    True
    """
    values = as_floats(values, "values", AXES)
    masks = _checked(masks, values)
    network, places = Called(model), []

    def different_inputs() -> Iterator[Tensor]:
        asked = 0
        for clip, of_clip in zip(values, masks.transpose(0, 1), strict=True):
            inputs, place = _inputs(clip, of_clip, floor)
            places.append(asked + place)
            asked += len(inputs)
            yield from inputs

    inputs = different_inputs()
    outputs = []
    with evaluating(network):
        while batch := list(islice(inputs, batch_size)):
            outputs.append(_probabilities(network(torch.stack(batch)), link))
    heard, variants = torch.cat(outputs)[torch.stack(places, dim=1)], len(masks)
    return Answers(heard[0], heard[1 : 1 + variants], heard[1 + variants :])


def _checked(masks: Tensor, values: Tensor) -> Tensor:
    """Masks in [0, 1] that fit the values, as float32 without gradients."""
    masks = as_tensor(masks, "masks").detach().float()
    if masks.shape[1:] != values.shape:
        shape = tuple(masks.shape)
        raise ValueError(f"masks have the shape (variants, *{tuple(values.shape)}), not {shape}")
    check_mask(masks)
    return masks


def _inputs(clip: Tensor, masks: Tensor, floor: float) -> tuple[Tensor, Tensor]:
    """The different inputs that a clip and its parts make, and which of them each part is: the
    whole clip, what each mask keeps, what each removes.
    """
    parts = torch.cat([torch.ones_like(clip)[None], masks, 1 - masks])
    numbers: dict[bytes, int] = {}
    place = [numbers.setdefault(part.numpy().tobytes(), len(numbers)) for part in parts]
    first = [place.index(number) for number in range(len(numbers))]
    return torch.lerp(torch.full_like(clip, floor), clip, parts[first]), torch.tensor(place)


def _probabilities(outputs: Tensor, link: Callable[[Tensor], Tensor]) -> Tensor:
    """Probabilities of at least two classes, (batch, classes)."""
    probabilities = link(outputs.reshape(len(outputs), -1))
    if probabilities.shape[1] == 1:
        return torch.cat([1 - probabilities, probabilities], dim=1)
    return probabilities


def scores(heard: Answers) -> dict[str, Tensor]:
    """Five scores of masks, clip by clip, each of shape (variants, batch), float64.

    The class is the one predicted for the clean clip, of probability p:

    - FF: p less the class's probability for the removed part. How much the answer needs what was
      kept.
    - AI: 100 where the kept part is more probable than the clip, by more than rounding, else 0.
    - AD: how much of p is lost on the kept part, in per cent; a gain counts as 0, NaN where p is 0.
    - AG: how much of 1 - p is gained on the kept part, in per cent; a loss counts as 0.
    - Fid-In: 1 where the kept part is given the same class.

    Source: Pak & Teryokhina 2025, II.D; the means over clips are theirs. Notebook: 06.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values, everything = torch.randn(2, 1, 4, 8), torch.ones(1, 2, 1, 4, 8)
    >>> of_all = scores(answers(model, values, everything))
    >>> of_all["Fid-In"].tolist(), of_all["AD"].tolist()
    ([[1.0, 1.0]], [[0.0, 0.0]])
    """
    parts = [as_floats(part, "answers") for part in (heard.clean, heard.kept, heard.removed)]
    named = parts[0].argmax(dim=1)
    clips = torch.arange(len(named))
    p, kept, removed = (part[..., clips, named].double() for part in parts)
    return {
        "FF": p - removed,
        "AI": 100.0 * (kept > p + MARGIN),
        "AD": 100 * (p - kept).clamp(min=0) / p,
        "AG": 100 * (kept - p).clamp(min=0) / (1 - p).clamp(min=1e-12),
        "Fid-In": (parts[1].argmax(dim=-1) == named).double(),
    }


def deletion_and_insertion(
    model: nn.Module,
    values: Tensor,
    attribution: Tensor,
    steps: int = 20,
    floor: float = FLOOR,
    batch_size: int = 8,
    link: Callable[[Tensor], Tensor] = softmax,
) -> tuple[Tensor, Tensor]:
    """The class's probability as a clip loses bins, those of most attribution first, and as silence
    gains them.

    Parameters
    ----------
    model, values, floor, batch_size, link
        See `answers`; the class is the one predicted for the clip.
    attribution : Tensor, shape of `values`
        Only its order counts; of equal values the first ones come first.
    steps : int, default 20
        Of equal area.

    Returns
    -------
    deletion, insertion : Tensor, each of shape (batch, steps + 1)
        At the areas 0, 1 / steps, … 1. A good order lets the first fall and the second rise early.
        The areas under them (`curve_area`) need no choice of a threshold.

    Source: Petsiuk et al. 2018, "RISE" (1806.07421), 4.2. Notebook: 06.

    Examples
    --------
    >>> first = lambda values: torch.stack([values[:, 0, 0, 0], values[:, 0, 0, 1]], dim=1)
    >>> model, values = Called(nn.Identity(), output=first), torch.tensor([[[[3.0, 0.0]]]])
    >>> deletion, insertion = deletion_and_insertion(model, values, values, steps=2, floor=0.0)
    >>> [round(p, 2) for p in deletion[0].tolist()]  # without the first bin it cannot tell
    [0.95, 0.5, 0.5]
    """
    values, attribution = as_floats(values, "values", AXES), as_floats(attribution, "attributions")
    check_like(attribution, "attributions", values, "the values")
    if steps < 1:
        raise ValueError(f"there is at least one step, not {steps}")
    order = attribution.flatten(1).argsort(dim=1, descending=True, stable=True)
    rank = order.argsort(dim=1).view_as(attribution)
    limits = (torch.arange(steps + 1) * values[0].numel() / steps).round()
    masks = (rank < limits.reshape(-1, 1, 1, 1, 1)).float()
    heard = answers(model, values, masks, floor, batch_size, link)
    named = heard.clean.argmax(dim=1)
    clips = torch.arange(len(named))
    return heard.removed[:, clips, named].T, heard.kept[:, clips, named].T


def curve_area(curve: Tensor) -> Tensor:
    """Area under curves of equal steps from 0 to 1, by trapezoids: (batch, steps + 1) → (batch,).
    Notebook: 06.

    Examples
    --------
    >>> curve_area(torch.tensor([[1.0, 0.5, 0.0]])).tolist()
    [0.5]
    """
    curve = as_floats(curve, "curves", "batch, steps")
    return torch.trapezoid(curve, dx=1 / (curve.shape[1] - 1), dim=1)
