"""Grad-CAM: what a layer found, weighted by what the answer makes of it. Taught in notebook 03."""

import torch
from torch import Tensor, nn

from .batches import Target, check_gradient, checked, explain_in_batches


def grad_cam(
    model: nn.Module,
    values: Tensor,
    target: Target,
    layer: nn.Module,
    time_axis: int,
    positive: bool = True,
    batch_size: int = 16,
) -> Tensor:
    """Channels of a layer, weighted by their mean gradient, summed and laid over the spectrogram.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    layer : nn.Module
        A part of the model, usually the last convolution (of an encoder: before the decoder).
    time_axis : 2 or 3
        The axis of the layer's output along which time lies: 2 for (batch, channels, time,
        frequency), as in `Cnn14`, 3 for (batch, channels, frequency, time). The axes cannot be told
        from their lengths, and a network that puts time first would have its map turned.
    positive : bool, default True
        Keep only what speaks for the target, as in the paper.
    batch_size : int, default 16

    Returns
    -------
    Tensor, shape of `values`
        Bilinearly interpolated from the layer's grid: 64 bands and 5 s have about 2 × 7 cells in
        Cnn14.

    Raises
    ------
    ValueError
        If `time_axis` is not declared, the layer is not used by the model, or its output does not
        have four axes.

    Source: Selvaraju et al. 2017 (1610.02391). Notebook: 03.

    Examples
    --------
    >>> convolution = nn.Conv2d(1, 1, 1)
    >>> model = nn.Sequential(convolution, nn.Flatten(), nn.Linear(8, 2))
    >>> values = torch.tensor([[[[0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]]])  # a click
    >>> click = grad_cam(model, values, 1, convolution, time_axis=3, positive=False)[0, 0]
    >>> torch.equal(click[0], click[1]), (click[0] - click[0, 0]).nonzero().tolist()  # in frame 1
    (True, [[1]])
    """
    if time_axis not in (2, 3):
        raise ValueError(f"declare the time axis of the layer's output: 2 or 3, not {time_axis}")
    model, values, target = checked(model, values, target)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        activation, outputs = _called_with_layer(model, layer, x)
        chosen = outputs if classes is None else outputs.gather(1, classes[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), activation)
        weights = gradient.mean(dim=(2, 3), keepdim=True)
        cells = (weights * activation.detach()).sum(dim=1, keepdim=True)
        cells = cells.relu() if positive else cells
        cells = cells.transpose(2, 3) if time_axis == 2 else cells
        cells = cells.to(x.device, x.dtype)
        return nn.functional.interpolate(cells, x.shape[2:], mode="bilinear", align_corners=False)

    return explain_in_batches(explain, model, values, target, batch_size, "Grad-CAM")


def _called_with_layer(model: nn.Module, layer: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """A layer's output, as a leaf from which gradients start, and the model's outputs."""
    seen: list[Tensor] = []

    def cut_below(module, inputs, output):
        if not isinstance(output, Tensor) or output.ndim != 4:
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ValueError(
                "Grad-CAM needs a layer whose output has four axes, (batch, channels, frequency, "
                f"time) or with time first; that of this {type(module).__name__} is {shape}"
            )
        seen.append(output.detach().requires_grad_())
        return seen[-1].clone()

    handle = layer.register_forward_hook(cut_below)
    try:
        outputs = model(x)
    finally:
        handle.remove()
    if not seen:
        name = type(layer).__name__
        raise ValueError(f"the model does not call this layer, {name}: name one of its parts")
    check_gradient(outputs, seen[-1])
    return seen[-1], outputs
