"""Grad-CAM: what a layer found, weighted by what the answer makes of it. Taught in notebook 03."""

import torch
from torch import Tensor, nn

from ..inputs import as_floats, as_numbers, as_tensor
from ..models.calling import as_input
from .batches import Target, check_gradient, checked, explain_in_batches, undisturbed
from .tokens import TokenGrid


def grad_cam(
    model: nn.Module,
    values: Tensor,
    target: Target,
    layer: nn.Module,
    time_axis: int | None = None,
    positive: bool = True,
    batch_size: int = 16,
    tokens: TokenGrid | None = None,
) -> Tensor:
    """Channels of a layer, weighted by their mean gradient, summed and laid over the spectrogram.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    layer : nn.Module
        A part of the model, usually the last convolution (of an encoder: before the decoder).
    time_axis : 1, 2 or 3
        The axis of the layer's output along which time lies: 2 for (batch, channels, time,
        frequency), as in `Cnn14`, 3 for (batch, channels, frequency, time). The axes cannot be told
        from their lengths, and a network that puts time first would have its map turned. Of an
        output with three axes: 2 for (batch, channels, time), 1 for (batch, time, channels); it
        knows no frequencies, and its map is the same in all bands.
    positive : bool, default True
        Keep only what speaks for the target, as in the paper.
    batch_size : int, default 16
    tokens : TokenGrid, optional
        Instead of `time_axis`, for a layer that gives tokens: (batch, tokens, channels).

    Returns
    -------
    Tensor, shape of `values`
        Bilinearly interpolated from the layer's grid: 64 bands and 5 s have about 2 × 7 cells in
        Cnn14.

    Raises
    ------
    ValueError
        If `time_axis` is not declared, the layer is not used by the model, or its output has
        neither three nor four axes.

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
    if tokens is None and time_axis not in (1, 2, 3):
        raise ValueError(
            f"declare the time axis of the layer's output, 2 or 3 (1 too of three axes), "
            f"not {time_axis}"
        )
    model, values, target = checked(model, values, target)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        activation, outputs = _called_with_layer(model, layer, x)
        chosen = outputs if classes is None else outputs.gather(1, classes[:, None])
        (gradient,) = torch.autograd.grad(chosen.sum(), activation)
        maps, slopes = (laid_out(part, time_axis, tokens) for part in (activation, gradient))
        weights = slopes.mean(dim=(2, 3), keepdim=True)
        cells = (weights * maps.detach()).sum(dim=1, keepdim=True)
        cells = cells.relu() if positive else cells
        cells = cells.to(x.device, x.dtype)
        return nn.functional.interpolate(cells, x.shape[2:], mode="bilinear", align_corners=False)

    return explain_in_batches(explain, model, values, target, batch_size, "Grad-CAM")


def layer_change(
    model: nn.Module,
    pair: Tensor,
    layer: nn.Module,
    time_axis: int | None = None,
    tokens: TokenGrid | None = None,
) -> Tensor:
    """How much a layer's output changes from the second clip of a pair to the first, over all
    channels, laid over the spectrogram as `grad_cam` does.

    Parameters
    ----------
    model, layer, time_axis, tokens
        See `grad_cam`.
    pair : Tensor, shape (2, 1, frequency, time)

    Returns
    -------
    Tensor, shape (1, 1, frequency, time), at least 0

    Notebook: 14.

    Examples
    --------
    >>> convolution = nn.Conv2d(1, 1, 1)
    >>> model = nn.Sequential(convolution, nn.Flatten(), nn.Linear(8, 2))
    >>> click = torch.tensor([[[[0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]]])
    >>> pair = torch.cat([click, torch.zeros_like(click)])
    >>> layer_change(model, pair, convolution, time_axis=3)[0, 0].argmax(dim=1).tolist()
    [1, 1]
    """
    pair = as_floats(pair, "pairs", "batch, 1, frequency, time")
    with undisturbed(model), torch.no_grad():
        first, second = layer_output(model, pair, layer, time_axis, tokens)
    change = (first - second).abs().sum(dim=0)[None, None].to(pair)
    return nn.functional.interpolate(change, pair.shape[2:], mode="bilinear", align_corners=False)


def layer_output(
    model: nn.Module,
    values: Tensor,
    layer: nn.Module,
    time_axis: int | None = None,
    tokens: TokenGrid | None = None,
) -> Tensor:
    """What a layer gives for clips, (batch, channels, frequency, time), gradients and all.

    Parameters
    ----------
    model, values, layer, time_axis, tokens
        See `grad_cam`.

    Notebook: 14.

    Examples
    --------
    >>> convolution = nn.Conv2d(1, 3, (2, 4), (2, 4))
    >>> model = nn.Sequential(convolution, nn.Flatten(), nn.Linear(12, 2))
    >>> layer_output(model, torch.zeros(1, 1, 4, 8), convolution, time_axis=3).shape
    torch.Size([1, 3, 2, 2])
    """
    values = as_numbers(values, "values", "batch, 1, frequency, time")
    activation, _ = _called_with_layer(model, layer, as_input(values, model), cut=False)
    return laid_out(activation, time_axis, tokens)


def _called_with_layer(
    model: nn.Module, layer: nn.Module, x: Tensor, cut: bool = True
) -> tuple[Tensor, Tensor]:
    """A layer's output and the model's; cut, the first is a leaf from which gradients start."""
    seen: list[Tensor] = []

    def look(module, inputs, output):
        if not isinstance(output, Tensor) or output.ndim not in (3, 4):
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ValueError(
                "Grad-CAM needs a layer whose output has three or four axes, (batch, channels, "
                "time), (batch, channels, frequency, time) or with time first; that of this "
                f"{type(module).__name__} is {shape}"
            )
        if len(output) != len(x):
            raise ValueError(
                f"this {type(module).__name__} gives {tuple(output.shape)} for {len(x)} clips: the "
                "batch is not its first axis, name another layer"
            )
        if not cut:
            seen.append(output)
            return None
        seen.append(output.detach().requires_grad_())
        return seen[-1].clone()

    handle = layer.register_forward_hook(look)
    try:
        outputs = model(x)
    finally:
        handle.remove()
    if not seen:
        name = type(layer).__name__
        raise ValueError(f"the model does not call this layer, {name}: name one of its parts")
    if cut:
        check_gradient(outputs, seen[-1])
    return seen[-1], outputs


def laid_out(part: Tensor, time_axis: int | None, tokens: TokenGrid | None = None) -> Tensor:
    """A layer's output or gradient as (batch, channels, frequency, time).

    Parameters
    ----------
    part : Tensor
        Of three axes, or of four.
    time_axis, tokens
        See `grad_cam`.

    Examples
    --------
    >>> laid_out(torch.zeros(1, 8, 20, 4), time_axis=2).shape  # time before frequency
    torch.Size([1, 8, 4, 20])
    """
    part = as_tensor(part, "outputs")
    if tokens is not None:
        return tokens.lay_out(part)
    if part.ndim == 3:
        if time_axis == 3:
            raise ValueError("an output of three axes has time along axis 1 or 2, not 3")
        return (part if time_axis == 2 else part.transpose(1, 2))[:, :, None]
    if time_axis == 1:
        raise ValueError("an output of four axes has time along axis 2 or 3, not 1")
    return part.transpose(2, 3) if time_axis == 2 else part
