"""Shapley values: of bins by DeepLIFT, of segments exactly or by sampling. Taught in notebook
03.
"""

import copy
import math
import warnings

import captum.attr
import torch
from torch import Tensor, nn

from ..sound.levels import FLOOR
from .batches import Target, as_clips, checked, explain_in_batches
from .segments import Fill, as_segments, numbered_and_replaced, outputs_without

MOST_SEGMENTS = 12  # whose subsets are all tried


class _OneOutput(nn.Module):
    """A classifier's logit of one class as its only column: shap compares sums with the first
    column otherwise.
    """

    def __init__(self, model: nn.Module, target: int | None):
        super().__init__()
        self.model, self.target = model, target

    def forward(self, x: Tensor) -> Tensor:
        output = self.model(x)
        return output[:, None] if self.target is None else output[:, self.target : self.target + 1]


def deep_shap(
    model: nn.Module,
    values: Tensor,
    target: Target,
    background: Tensor | float,
    batch_size: int = 10,
) -> Tensor:
    """Shapley values, approximated layer by layer against background clips, with shap's
    DeepExplainer.

    They sum to the output for the clip less the mean output for the background: `completeness`
    tells how exactly.

    Parameters
    ----------
    model, values, target
        See `saliency`. Activations must be modules used once each, as in `models.cnn14`.
    background : Tensor, shape (clips, 1, frequency, time), or float
        What "absent" means: 100 training clips, say, or a level.
    batch_size : int, default 10
        Background clips that pass through the model at once; the result does not depend on it.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If the attributions do not sum to what they must, by more than a ten-thousandth of the range
        of the outputs: the model holds an operation that DeepExplainer does not see (an activation
        called as a function, attention, softmax).

    Source: Lundberg & Lee 2017 (1705.07874); Shrikumar et al. 2017 (1704.02685). Notebook: 03.

    Examples
    --------
    >>> model = nn.Sequential(nn.ReLU(), nn.Flatten())  # one class for each of two bins
    >>> usual = torch.tensor([[[[-1.0, 0.0]]], [[[3.0, 0.0]]]])
    >>> deep_shap(model, torch.tensor([[[[5.0, 7.0]]]]), 0, usual)  # 5 less the mean of 0 and 3
    tensor([[[[3.5000, 0.0000]]]])
    """
    model, values, target = checked(model, values, target, gradients=True)
    background = as_clips(background, values, "background")
    parts = background.split(batch_size)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        column = None if classes is None else int(classes[0])
        one = _OneOutput(copy.deepcopy(model), column)  # shap leaves tensors in modules
        phi = torch.zeros_like(x)
        for part in parts:
            phi += _phi(one, part, x) * len(part) / len(background)
        with torch.no_grad():
            _check_sum(phi, one(x), torch.cat([one(part) for part in parts]))
        return phi

    return explain_in_batches(explain, model, values, target, 1, "Deep SHAP")


def _phi(one: nn.Module, background: Tensor, x: Tensor) -> Tensor:
    """DeepExplainer's values for one clip; their sum is checked later, on the whole."""
    import shap  # it takes seconds to load, and most who import this package do without

    with warnings.catch_warnings():
        # What shap does not know it treats as linear; where that is wrong, the sum is not due.
        warnings.filterwarnings("ignore", "unrecognized nn.Module")
        phi = shap.DeepExplainer(one, background).shap_values(x, check_additivity=False)
    return torch.from_numpy(phi.reshape(x.shape)).to(x)


def _check_sum(phi: Tensor, output: Tensor, usual: Tensor) -> None:
    """ValueError unless the values sum to the output less the mean of the usual ones."""
    total, due = phi.sum().item(), (output - usual.mean()).item()
    outputs = torch.cat([output, usual])
    rounding = 1e-6 * outputs.abs().max().item()
    if abs(total - due) > 1e-4 * (outputs.max() - outputs.min()).item() + rounding:
        raise ValueError(
            f"the attributions sum to {total:.4g} where {due:.4g} is due, "
            f"{abs(total - due) / max(abs(due), 1e-12):.0%} off: this model holds an "
            "operation that DeepExplainer does not see (an activation called as a function, "
            "attention, softmax): use another method"
        )


def shapley(
    model: nn.Module,
    values: Tensor,
    target: Target,
    segments: Tensor,
    fill: Fill = FLOOR,
    permutations: int | None = None,
    batch_size: int = 16,
    seed: int = 0,
) -> Tensor:
    """Shapley values of segments: what each adds to the output, averaged over all orders in which
    they could come in.

    They sum, over the segments, to the output for the clip less that for the clip with every
    segment replaced.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    segments : Tensor of int, shape (batch, 1, frequency, time)
        From `superpixels` or `grid`, say.
    fill : "mean", float or Tensor, default -100 (silence, in decibels)
        See `perturb`.
    permutations : int, optional
        Average over so many random orders (Captum's ShapleyValueSampling), each of which takes a
        forward pass a segment. By default the values are exact: every subset is tried, 2 **
        segments passes, up to 12 segments.
    batch_size : int, default 16
    seed : int, default 0

    Returns
    -------
    Tensor, shape of `values`, each bin the value of its segment, in the unit of the output

    Raises
    ------
    ValueError
        If the segments do not fit the values, or are too many for the exact values.

    Source: Shapley 1953; Strumbelj & Kononenko 2010 for random orders. Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.attribution.segments import grid
    >>> model = nn.Sequential(nn.MaxPool2d((1, 2)), nn.Flatten())  # the louder of two bins
    >>> values = torch.tensor([[[[-20.0, -60.0]]]])
    >>> shapley(model, values, 0, grid(values, bands=1, frames=1))  # they share the first 40 dB
    tensor([[[[60., 20.]]]])
    """
    model, values, target = checked(model, values, target)
    segments = as_segments(segments, values)

    def explain(x: Tensor, classes: Tensor | None, its_segments: Tensor) -> Tensor:
        parts, replaced = numbered_and_replaced(x, its_segments[0], fill)
        if permutations is None:
            return _exact(model, x, classes, parts, replaced, batch_size)[parts][None]
        return captum.attr.ShapleyValueSampling(model).attribute(
            x,
            baselines=replaced,
            target=classes,
            feature_mask=parts[None],
            n_samples=permutations,
            perturbations_per_eval=batch_size,
        )

    return explain_in_batches(explain, model, values, target, 1, "Shapley values", seed, segments)


def _exact(
    model: nn.Module,
    x: Tensor,
    classes: Tensor | None,
    parts: Tensor,
    replaced: Tensor,
    batch_size: int,
) -> Tensor:
    """The Shapley value of each segment of one clip, from the outputs for every subset."""
    players = int(parts.max()) + 1
    if players > MOST_SEGMENTS:
        raise ValueError(f"{players} segments have {2**players} subsets: pass permutations=25, say")
    subsets = torch.cartesian_prod(*[torch.tensor([0, 1])] * players).reshape(-1, players)
    outputs = outputs_without(model, x, parts, replaced, subsets, batch_size).double()
    worth = outputs if classes is None else outputs[:, classes[0]]
    return torch.stack([_mean_gain(subsets, worth.cpu(), player) for player in range(players)])


def _mean_gain(subsets: Tensor, worth: Tensor, player: int) -> Tensor:
    """What a player adds to the worth of a subset, averaged over all orders of coming in.

    Subsets count in binary, so those without and those with the player pair off in order.
    """
    players, without = subsets.shape[1], subsets[:, player] == 0
    sizes = subsets[without].sum(dim=1).tolist()
    orders = [math.factorial(size) * math.factorial(players - size - 1) for size in sizes]
    share = torch.tensor(orders, dtype=torch.float64) / math.factorial(players)
    return (share * (worth[~without] - worth[without])).sum()
