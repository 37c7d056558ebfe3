"""What a transformer attends to, rolled out over its layers. Taught in notebook 14."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .batches import Target, checked, explain_in_batches
from .tokens import TokenGrid


def attention_rollout(
    model: nn.Module,
    values: Tensor,
    target: Target,
    attention: Sequence[nn.Module],
    tokens: TokenGrid,
    gradients: bool = False,
    batch_size: int = 4,
) -> Tensor:
    """How much each patch reaches the first token, by way of all layers' attention.

    Attention says where information may come from, not what speaks for a class: without `gradients`
    the map is the same for every class.

    Parameters
    ----------
    model, values
        See `saliency`.
    target : int, optional
        Used with `gradients` only.
    attention : sequence of nn.Module
        From the first layer to the last: each gives a tuple that holds its attention, (batch,
        heads, tokens, tokens). In transformers, with `attn_implementation="eager"`.
    tokens : TokenGrid
    gradients : bool, default False
        Weigh each head's attention by its gradient and keep what speaks for the target: gradient ×
        attention.
    batch_size : int, default 4

    Returns
    -------
    Tensor, shape of `values`
        Bilinearly interpolated from the grid of patches. Of a grid without extra tokens: how much
        each patch reaches the mean of all.

    Raises
    ------
    ValueError
        If a module gives no attention, or the tokens do not fit the grid.

    Source: Abnar & Zuidema 2020 (2005.00928); with gradients Chefer et al. 2021 (2103.15679),
    equation 5. Notebook: 14.

    Examples
    --------
    >>> class Attending(nn.Module):
    ...     def forward(self, x):
    ...         return x, torch.tensor([[[[0.0, 0.9, 0.1], [0, 1, 0], [0, 0, 1]]]])
    >>> layer = Attending()
    >>> class Model(nn.Module):
    ...     def forward(self, x):
    ...         return layer(x)[0].mean(dim=(1, 2, 3))
    >>> grid = TokenGrid(bands=1, frames=2, extra=1)
    >>> attention_rollout(Model(), torch.ones(1, 1, 1, 2), None, [layer], grid)
    tensor([[[[0.4500, 0.0500]]]])
    """
    if not attention:
        raise ValueError("name the modules that return attention, from the first to the last")
    model, values, target = checked(model, values, target, gradients=gradients)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        layers, outputs = _called_with_attention(model, attention, x.requires_grad_(gradients))
        chosen = outputs if classes is None else outputs.gather(1, classes[:, None])
        slopes = torch.autograd.grad(chosen.sum(), layers) if gradients else [None] * len(layers)
        size = layers[0].shape[-1]
        rolled = torch.eye(size).expand(len(x), -1, -1)
        for weights, slope in zip(layers, slopes, strict=True):
            kept = weights if slope is None else (slope * weights).relu()
            step = kept.detach().mean(dim=1).float().cpu() + torch.eye(size)
            if slope is None:
                step = step / step.sum(dim=-1, keepdim=True)
            rolled = step @ rolled
        reached = rolled[:, 0] if tokens.extra else rolled.mean(dim=1)
        cells = tokens.lay_out(reached[:, :, None])
        return nn.functional.interpolate(cells, x.shape[2:], mode="bilinear", align_corners=False)

    name = "gradient × attention" if gradients else "attention rollout"
    return explain_in_batches(explain, model, values, target, batch_size, name)


def _called_with_attention(
    model: nn.Module, attention: Sequence[nn.Module], x: Tensor
) -> tuple[list[Tensor], Tensor]:
    """What each module gives as its attention, and the model's outputs."""
    seen: list[Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> None:
        parts = output if isinstance(output, tuple) else (output,)
        maps = [
            part
            for part in parts
            if isinstance(part, Tensor) and part.ndim == 4 and part.shape[2] == part.shape[3]
        ]
        if not maps:
            raise ValueError(
                f"{type(module).__name__} gives no attention, (batch, heads, tokens, tokens): load "
                'the model with attn_implementation="eager"'
            )
        seen.append(maps[0])

    handles = [module.register_forward_hook(keep) for module in attention]
    try:
        outputs = model(x)
    finally:
        for handle in handles:
            handle.remove()
    return seen, outputs
