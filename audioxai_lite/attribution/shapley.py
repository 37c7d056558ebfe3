"""Shapley values: of bins by DeepLIFT, of segments exactly or by sampling. Taught in notebook 03."""

import copy
import math
import warnings
from typing import Literal

import captum.attr
import shap
import torch
from torch import Tensor, nn

from audioxai_lite.attribution.batches import Target, explain_in_batches
from audioxai_lite.attribution.segments import one_by_one, replaced_everywhere
from audioxai_lite.sound.levels import FLOOR


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
    target: Target = None,
    background: Tensor | None = None,
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
    background : Tensor, shape (clips, 1, frequency, time)
        What "absent" means: 100 training clips, say. Required.
    batch_size : int, default 10
        Background clips that pass through the model at once; the result does not depend on it.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If there is no background, or the attributions do not sum to what they must: the model holds
        an operation that DeepExplainer does not see (an activation called as a function,
        attention).

    Source: Lundberg & Lee 2017 (1705.07874); Shrikumar et al. 2017 (1704.02685). Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> deep_shap(model, values, 0, background=torch.randn(5, 1, 4, 8)).shape
    torch.Size([3, 1, 4, 8])
    """
    background = checked_background(background, values)

    def explain(x, t):
        one = _OneOutput(
            copy.deepcopy(model), None if t is None else int(t[0])
        )  # shap leaves tensors in modules
        total = torch.zeros_like(x)
        for part in background.split(batch_size):
            with warnings.catch_warnings():
                # shap does not know Captum's addition, and treats it as linear, which it is.
                warnings.filterwarnings("ignore", "unrecognized nn.Module: Addition_Module")
                # Checked once below, on the whole: shap's own check is of one part, with a
                # tolerance of a hundredth.
                phi = shap.DeepExplainer(one, part).shap_values(x, check_additivity=False)
            total += (
                torch.from_numpy(phi.reshape(x.shape)).to(x.dtype) * len(part) / len(background)
            )
        with torch.no_grad():
            outputs = torch.cat([one(part) for part in background.split(batch_size)])
            due = (one(x) - outputs.mean()).item()
        if abs(total.sum().item() - due) > 1e-3 * max(1.0, abs(due)):
            raise ValueError(
                f"the attributions sum to {total.sum():.4g} where {due:.4g} is due: this model holds an operation that "
                "DeepExplainer does not see (an activation called as a function, attention): use another method"
            )
        return total

    return explain_in_batches(explain, model, values, target, 1, "Deep SHAP")


def checked_background(background: Tensor | None, values: Tensor) -> Tensor:
    if background is None or background.shape[1:] != values.shape[1:]:
        given = None if background is None else tuple(background.shape)
        raise ValueError(
            f"background clips have the shape (clips, {', '.join(map(str, values.shape[1:]))}), not {given}"
        )
    return background.detach()


def shapley(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    segments: Tensor | None = None,
    fill: Literal["mean"] | float = FLOOR,
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
        From `superpixels` or `grid`, say. Required.
    fill : "mean" or float, default -100 (silence, in decibels)
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
        If there are no segments, or too many for the exact values.

    Source: Shapley 1953; Strumbelj & Kononenko 2010 for random orders. Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.attribution.segments import grid
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> parts = grid(values[:1], bands=2, frames=4)
    >>> shapley(model, values[:1], 0, parts).unique().numel()  # one value for each of the four parts
    4
    """
    if segments is None:
        raise ValueError(
            "Shapley values are those of segments: name them, `grid(values)` for example"
        )
    clips = one_by_one(segments, values)

    def explain(x, t):
        mine, replaced = replaced_everywhere(x, next(clips), fill)
        players = int(mine.max()) + 1
        if permutations is not None:
            return captum.attr.ShapleyValueSampling(model).attribute(
                x,
                baselines=replaced,
                target=t,
                feature_mask=mine[None],
                n_samples=permutations,
                perturbations_per_eval=batch_size,
            )
        if players > 12:
            raise ValueError(
                f"{players} segments have {2**players} subsets: give a number of permutations"
            )
        subsets = torch.cartesian_prod(*[torch.tensor([0, 1])] * players).reshape(-1, players)
        with torch.no_grad():
            outputs = [
                model(torch.where(rows[:, mine].bool(), x, replaced)).double()
                for rows in subsets.split(batch_size)
            ]
        worth = torch.cat(outputs) if t is None else torch.cat(outputs)[:, t[0]]
        phi = torch.zeros(players, dtype=torch.float64)
        for player in range(players):
            without = subsets[:, player] == 0
            size = subsets[without].sum(dim=1)
            orders = [math.factorial(n) * math.factorial(players - n - 1) for n in size.tolist()]
            share = torch.tensor(orders, dtype=torch.float64) / math.factorial(players)
            # Rows count in binary, so those with and those without one player pair off in order.
            phi[player] = (share * (worth[~without] - worth[without])).sum()
        return phi[mine][None]

    return explain_in_batches(explain, model, values, target, 1, "Shapley values", seed)
