"""A decoder that draws a mask from what the inner layers of a frozen network say of a sound. Taught
in notebook 13.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (64, 48, 32, 24, 16)  # channels of the steps, from the deepest layer to the first
FIRST_BIAS = 2.0  # masks start out near .88: from those that keep little some never recover


class Masker(nn.Module):
    """A decoder from maps of inner layers to a mask, coarse to fine: each step brings what it has
    to the grid of the layer before, and joins the two.

    Parameters
    ----------
    channels : sequence of int
        Of the layers, from the first, whose grid is the finest, to the deepest.
    widths : sequence of int, default 64, 48, 32, 24, 16
        Channels of the steps, from the deepest layer; the last serves all further ones.

    Called on maps, one (batch, channels, frequency, time) a layer, and the (frequency, time) of
    the spectrogram, it returns logits, (batch, 1, frequency, time); their logistic function is the
    mask. The layers are all that it sees: no class enters, and nothing behind the deepest of them.

    Source: after Paissan et al. 2024 (2403.13086), L-MAC, whose decoder is larger. Notebook: 13.

    Examples
    --------
    >>> maps = torch.randn(3, 2, 8, 20), torch.randn(3, 4, 4, 10)
    >>> Masker((2, 4))(maps, (16, 40)).shape
    torch.Size([3, 1, 16, 40])
    """

    steps: Tensor

    def __init__(self, channels: Sequence[int], widths: Sequence[int] = WIDTHS):
        super().__init__()
        *others, deepest = channels
        outs = [widths[min(step, len(widths) - 1)] for step in range(len(others))]
        intos = [widths[0], *outs]
        self.norms = nn.ModuleList(nn.GroupNorm(1, number) for number in channels)
        self.start = nn.Conv2d(deepest, widths[0], 1)
        self.joins = nn.ModuleList(
            nn.Conv2d(into + number, out, 3, padding=1)
            for into, number, out in zip(intos, reversed(others), outs, strict=False)
        )
        self.levels = nn.ModuleList(nn.GroupNorm(1, number) for number in intos)
        self.draw = nn.Conv2d(intos[-1], 1, 3, padding=1)
        nn.init.constant_(cast(Tensor, self.draw.bias), FIRST_BIAS)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))  # of training, so far

    def forward(self, maps: Sequence[Tensor], shape: tuple[int, int]) -> Tensor:
        *others, deepest = [norm(each) for norm, each in zip(self.norms, maps, strict=True)]
        first, *levels = self.levels
        drawn = first(self.start(deepest)).relu()
        for join, level, fine in zip(self.joins, levels, reversed(others), strict=True):
            joined = torch.cat([_on_grid(drawn, fine.shape[2:]), fine], dim=1)
            drawn = level(join(joined)).relu()
        return _on_grid(self.draw(drawn), shape)


def _on_grid(maps: Tensor, shape: Sequence[int]) -> Tensor:
    size = (int(shape[0]), int(shape[1]))
    return functional.interpolate(maps, size, mode="bilinear", align_corners=False)
