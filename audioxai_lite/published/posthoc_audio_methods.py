"""Two methods as the public code of Pak & Teryokhina 2025 computes them, for comparison only.
Taught in notebook 03.
"""

import captum.attr
import torch
from torch import Tensor, nn

from ..attribution import cam
from ..attribution.batches import Target, as_clips, checked, explain_in_batches


def grad_cam(
    model: nn.Module, values: Tensor, target: Target, layer: nn.Module, positive: bool = True
) -> Tensor:
    """For comparison only: Grad-CAM with the axes of the layer left as they are.

    The public code of Pak & Teryokhina 2025 lays the grid of a network that puts time first over
    the spectrogram without turning it: the map then has time where frequency should be.

    Parameters
    ----------
    model, values, target, layer, positive
        See `attribution.grad_cam`.

    Source: found by reading that code; their stored masks fit such a map. Notebook: 03.

    Examples
    --------
    >>> layer, values = nn.Conv2d(1, 1, 1), torch.randn(3, 1, 4, 8)
    >>> model = nn.Sequential(layer, nn.Flatten(), nn.Linear(32, 2))
    >>> turned = cam.grad_cam(model, values, 0, layer, time_axis=2, positive=False)
    >>> torch.equal(grad_cam(model, values, 0, layer, positive=False), turned)
    False
    """
    return cam.grad_cam(model, values, target, layer, time_axis=3, positive=positive)


def gradient_at_background(
    model: nn.Module,
    values: Tensor,
    target: Target,
    background: Tensor | float,
    batch_size: int = 10,
) -> Tensor:
    """For comparison only: what the public code of Pak & Teryokhina 2025 computes under the name
    Deep SHAP.

    There activations are called as functions, which DeepExplainer does not see, and its check is
    switched off. What is left is the gradient at each background clip, times the clip less that
    background, averaged. It sums to nothing in particular.

    Parameters
    ----------
    model, values, target, background, batch_size
        See `deep_shap`.

    Source: found by reading that code; what DeepExplainer makes of such a network is tested.
    Notebook: 03.

    Examples
    --------
    >>> model = nn.Sequential(nn.ReLU(), nn.Flatten())
    >>> usual = torch.tensor([[[[-1.0]]], [[[3.0]]]])  # where the gradient is 0 and 1
    >>> gradient_at_background(model, torch.tensor([[[[5.0]]]]), 0, usual)  # (0 + (5 - 3)) / 2
    tensor([[[[1.]]]])
    """
    model, values, target = checked(model, values, target, gradients=True)
    background = as_clips(background, values, "background")

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        column = None if classes is None else int(classes[0])
        total = torch.zeros_like(x)
        for part in background.split(batch_size):
            gradient = captum.attr.Saliency(model).attribute(
                part.clone().requires_grad_(), target=column, abs=False
            )
            total += (gradient * (x - part)).sum(dim=0, keepdim=True)
        return total / len(background)

    return explain_in_batches(explain, model, values, target, 1, "gradient at the background")
