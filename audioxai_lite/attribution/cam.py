"""Grad-CAM: what a layer found, weighted by what the answer makes of it. Taught in notebook 03."""

from typing import Any

import captum.attr
from torch import Tensor, nn

from audioxai_lite.attribution.batches import Target, explain_in_batches
from audioxai_lite.models.cnn14 import Cnn14


def grad_cam(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    layer: nn.Module | None = None,
    positive: bool = True,
    as_published: bool = False,
    batch_size: int = 16,
) -> Tensor:
    """Channels of a convolution, weighted by their mean gradient, summed and laid over the
    spectrogram.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    layer : nn.Module, optional
        By default the last convolution (of an encoder: before the decoder).
    positive : bool, default True
        Keep only what speaks for the target, as in the paper.
    as_published : bool, default False
        For comparison only: leave the axes of a network that puts time first as they are, as the
        public code of Pak & Teryokhina 2025 does. The map then has time where frequency should be.
    batch_size : int, default 16

    Returns
    -------
    Tensor, shape of `values`
        Bilinearly interpolated from the layer's grid: 64 bands and 5 s have about 2 × 7 cells in
        Cnn14.

    Raises
    ------
    ValueError
        If the model has no convolution.

    Source: Selvaraju et al. 2017 (1610.02391). Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> grad_cam(model, values, 3).shape
    torch.Size([1, 1, 64, 251])
    """
    layer = layer or _last_convolution(model)
    method = captum.attr.LayerGradCam(model, layer)
    time_first = any(isinstance(module, Cnn14) for module in model.modules())

    def explain(x, t):
        cells = method.attribute(x.requires_grad_(), target=t, relu_attributions=positive)
        if time_first and not as_published:
            cells = cells.transpose(2, 3)
        return nn.functional.interpolate(cells, x.shape[2:], mode="bilinear", align_corners=False)

    return explain_in_batches(explain, model, values, target, batch_size, "Grad-CAM")


def _last_convolution(model: nn.Module) -> nn.Module:
    """The last convolution of a classifier, or of the encoder where there is one."""
    encoders: list[Any] = [module.down for module in model.modules() if hasattr(module, "down")]
    found = [
        module for module in (encoders or [model])[0].modules() if isinstance(module, nn.Conv2d)
    ]
    if not found:
        raise ValueError(
            "Grad-CAM needs a convolution, and this model has none: use a gradient method or occlusion"
        )
    return found[-1]
