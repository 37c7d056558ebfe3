"""The block that Cnn14 is made of. Taught in notebook 03."""

from typing import Any

import torch
from torch import Tensor, nn

FEW = 16  # channels


class ConvBlock(nn.Module):
    """Two convolutions, each with batch normalisation and an activation, then pooling over both
    axes. The first may take steps of `stride` bins over frequency; its kernel is as much wider.
    """

    def __init__(self, into: int, out: int, pool: int, dropout: float = 0.2, stride: int = 1):
        super().__init__()
        kernel = (3, 2 * stride + 1)
        self.conv1 = nn.Conv2d(into, out, kernel, (1, stride), (1, stride), bias=False)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn1: Any = nn.BatchNorm2d(out)
        self.bn2: Any = nn.BatchNorm2d(out)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.pool = nn.AvgPool2d(pool)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu1(self.bn1(_convolved(self.conv1, x)))
        x = self.relu2(self.bn2(_convolved(self.conv2, x)))
        return self.dropout(self.pool(x))


def _convolved(convolution: nn.Conv2d, x: Tensor) -> Tensor:
    """What a convolution gives. With few channels torch 2.11 takes four times as long for gradients
    in the default layout.
    """
    if convolution.in_channels > FEW or not (torch.is_grad_enabled() and x.requires_grad):
        return convolution(x)
    return convolution(x.to(memory_format=torch.channels_last)).contiguous()
