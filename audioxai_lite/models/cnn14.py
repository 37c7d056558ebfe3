"""Cnn14, the classifier of the PANNs, at any width, built so that every method of the course can
explain it.

Deep SHAP and LRP hook modules: each activation is a module of its own, pooling and the one addition
are modules too. Taught in notebook 03.
"""

import copy
from collections.abc import Callable, Sequence

import torch
from captum.attr._utils.custom_modules import Addition_Module
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..masks.cells import cell_grid_shape, spread
from ..sound.levels import FLOOR
from .conv_block import ConvBlock

PUBLISHED = (64, 128, 256, 512, 1024, 2048)  # channels of the six blocks
FRONT_END = ("spectrogram_extractor.", "logmel_extractor.")
STEPS = 5  # of pooling by two


class Cnn14(nn.Module):
    """Six blocks of two convolutions; mean over frequency, maximum plus mean over time, two dense
    layers.

    Inside, time comes before frequency, as in the PANNs: the last convolution's output has the
    shape (batch, channels, time, frequency). Whoever lays it over a spectrogram must turn it round.

    Parameters
    ----------
    classes : int
    width : float, default 0.125
        Multiplies the channels of the six blocks, `PUBLISHED`; 1 is the published network.
    n_mels : int, default 64
        Bands, or bins of another spectrogram: at least 32 steps of `stride`, a multiple of that
        many for every one to count.
    frames : int, default 251
        Length of the input, at least 32; other lengths are refused, since the poolings over time
        are fixed.
    dropout : (float, float), default (0.2, 0.5)
        Behind each block, and before each dense layer; as published. They starve a narrow network:
        some trainings get nowhere with them.
    channels : sequence of six int, optional
        Of the blocks, instead of `width`: early blocks, which cost most time, may be narrower.
    stride : int, default 1
        Of the first convolution over frequency. With 2 its kernel is 5 bins wide, and a spectrogram
        without mel bands costs half.

    Source: Kong et al. 2020, *PANNs: large-scale pretrained audio neural networks for audio pattern
    recognition* (1912.10211), Table 1. Notebook: 03.

    Examples
    --------
    >>> model, clip = Cnn14(classes=10).eval(), torch.randn(1, 1, 64, 251)
    >>> model(clip).argmax(dim=1).tolist() == model(clip).softmax(dim=1).argmax(dim=1).tolist()
    True
    """

    bn0: nn.Module

    def __init__(
        self,
        classes: int,
        width: float = 0.125,
        n_mels: int = 64,
        frames: int = 251,
        dropout: tuple[float, float] = (0.2, 0.5),
        channels: Sequence[int] | None = None,
        stride: int = 1,
    ):
        super().__init__()
        columns, rows = -(-n_mels // stride) // 2**STEPS, frames // 2**STEPS
        if min(columns, rows) < 1:
            smallest = f"{stride * (2**STEPS - 1) + 1} and {2**STEPS}"
            raise ValueError(
                f"n_mels and frames are at least {smallest}, not {n_mels} and {frames}"
            )
        channels = channels or [max(1, round(width * size)) for size in PUBLISHED]
        self.input_shape = (n_mels, frames)
        # Over (batch, bands, time). With an axis more, of length 1, torch 2.11 misreads gradients
        # that come back in some layouts, without a word.
        self.bn0 = nn.BatchNorm1d(n_mels)
        for number, (into, out) in enumerate(zip([1, *channels], channels, strict=False), 1):
            steps = stride if number == 1 else 1
            block = ConvBlock(into, out, 2 if number <= STEPS else 1, dropout[0], steps)
            self.add_module(f"conv_block{number}", block)
        self.mean_frequency = nn.AvgPool2d((1, columns))
        self.max_time, self.mean_time = nn.MaxPool2d((rows, 1)), nn.AvgPool2d((rows, 1))
        self.add = Addition_Module()
        self.dropout1, self.dropout2 = nn.Dropout(dropout[1]), nn.Dropout(dropout[1])
        self.fc1 = nn.Linear(channels[-1], channels[-1])
        self.relu = nn.ReLU()
        self.output = nn.Linear(channels[-1], classes)
        for module in self.modules():  # as the PANNs start
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Decibels (batch, 1, n_mels, frames) → logits (batch, classes)."""
        if x.shape[1:] != (1, *self.input_shape):
            sizes = ", ".join(map(str, self.input_shape))
            raise ValueError(f"this Cnn14 takes (batch, 1, {sizes}), not {tuple(x.shape)}")
        x = self.bn0(x.squeeze(1)).transpose(1, 2)[:, None]  # (batch, 1, time, frequency)
        for number in range(1, 7):
            x = getattr(self, f"conv_block{number}")(x)
        x = self.mean_frequency(x)
        # DeepLIFT hooks tensors: each branch needs its own.
        x = self.add(self.max_time(x.clone()), self.mean_time(x.clone())).flatten(1)
        x = self.relu(self.fc1(self.dropout1(x)))
        return self.output(self.dropout2(x))


def cnn14_with_folded_norms(model: Cnn14) -> Cnn14:
    """A copy in evaluation mode whose convolutions do the work of their batch normalisations. Same
    output, faster.

    Examples
    --------
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> torch.allclose(cnn14_with_folded_norms(model)(values), model(values), atol=1e-4)
    True
    """
    folded = copy.deepcopy(model).eval()
    for block in folded.modules():
        if isinstance(block, ConvBlock):
            block.conv1 = fuse_conv_bn_eval(block.conv1, block.bn1)
            block.conv2 = fuse_conv_bn_eval(block.conv2, block.bn2)
            block.bn1, block.bn2 = nn.Dropout(0.0), nn.Dropout(0.0)  # pass everything on
    return folded


def cnn14_with_split_norms(model: Cnn14) -> tuple[Callable[[Tensor], Tensor], Cnn14]:
    """What LRP can explain: the first batch normalisation, over bands, as a function of the values,
    and a copy of the network that takes what it gives, its other normalisations folded.

    Examples
    --------
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> normalise, folded = cnn14_with_split_norms(model)
    >>> torch.allclose(folded(normalise(values)), model(values), atol=1e-4)
    True
    """
    folded = cnn14_with_folded_norms(model)
    norm, folded.bn0 = folded.bn0, nn.Dropout(0.0)  # passes everything on, in Captum too

    def normalise(values: Tensor) -> Tensor:
        with torch.no_grad():
            return norm(values.squeeze(1))[:, None]

    return normalise, folded


def cnn14_for_predictions(model: Cnn14) -> Cnn14:
    """A folded copy of a Cnn14 that computes in place, the channels of a bin side by side: more
    than twice as fast.

    For predictions only: in-place activations spoil gradients.

    Examples
    --------
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> torch.allclose(cnn14_for_predictions(model)(values), model(values), atol=1e-4)
    True
    """
    fast = cnn14_with_folded_norms(model)
    for module in fast.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = True
    # torch's stub does not know it.
    return fast.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def cnn14_from_panns(state: dict[str, Tensor], model: Cnn14) -> dict[str, Tensor]:
    """Turn the published weights of PANNs' Cnn14 into ones that `model.load_state_dict` takes with
    `strict=True`.

    The keys of the front end (STFT and mel bands, which the course computes itself) are dropped;
    the head `fc_audioset` becomes `output` or, when the number of classes is another, gives way to
    the model's own, untrained one.

    Parameters
    ----------
    state : dict of str to Tensor
        What `torch.load(file, weights_only=True)["model"]` gives.
    model : Cnn14
        At width 1 and with 64 bands.

    Source: github.com/qiuqiangkong/audioset_tagging_cnn, `Cnn14_mAP=0.431.pth`.

    Examples
    --------
    >>> state = Cnn14(527).state_dict()
    >>> published = {key.replace("output.", "fc_audioset."): state[key] for key in state}
    >>> model = Cnn14(10)
    >>> model.load_state_dict(cnn14_from_panns(published, model))
    <All keys matched successfully>
    """
    renamed = {
        key.replace("fc_audioset.", "output."): value
        for key, value in state.items()
        if not key.startswith(FRONT_END)
    }
    own = {key: value for key, value in model.state_dict().items() if key.startswith("output.")}
    if any(key in renamed and renamed[key].shape != value.shape for key, value in own.items()):
        renamed |= own
    return renamed


def cross_entropy_loss(
    model: nn.Module, values: Tensor, target: Tensor, generator: torch.Generator
) -> Tensor:
    """Cross-entropy, for `training.fit`.

    Examples
    --------
    >>> values, target = torch.tensor([[[[0.0, 9.0]]]]), torch.tensor([1])  # the bins are logits
    >>> cross_entropy_loss(nn.Flatten().eval(), values, target, torch.Generator()).item() < 0.001
    True
    """
    return nn.functional.cross_entropy(model(values), target)


def missingness_loss(
    model: nn.Module, values: Tensor, target: Tensor, generator: torch.Generator
) -> Tensor:
    """Cross-entropy, half of the clips with cells dropped: how a classifier learns to bear masked
    input.

    Validate with it, too: by whole clips alone the best epoch comes before holes are learned. From
    scratch this takes long; start from plain weights.

    Examples
    --------
    >>> model, target = Cnn14(10), torch.tensor([3, 5])
    >>> missingness_loss(model, torch.randn(2, 1, 64, 251), target, torch.Generator()).backward()
    >>> model.output.weight.grad.abs().sum().item() > 0
    True
    """
    drawn = torch.rand(len(values), 1, 1, 1, generator=generator) < 0.5
    values = torch.where(drawn, drop_cells(values, generator), values)
    return cross_entropy_loss(model, values, target, generator)


def drop_cells(values: Tensor, generator: torch.Generator) -> Tensor:
    """Set random square cells of every clip to silence, -100 dB.

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    generator : torch.Generator
        For every clip it draws a size of 1, 2, 4, 8, 16 or 32 bins, and a share of 0 to 90 % of the
        cells.

    Notebook: 03.

    Examples
    --------
    >>> dropped = drop_cells(torch.zeros(1, 1, 64, 100), torch.Generator().manual_seed(0))
    >>> sorted(dropped.unique().tolist())
    [-100.0, 0.0]
    """
    dropped = values.clone()
    for clip in dropped:
        size = 2 ** int(torch.randint(6, (), generator=generator))
        share = 0.9 * torch.rand((), generator=generator)
        rows, columns = cell_grid_shape((size, size), values.shape)
        order = torch.rand(rows * columns, generator=generator).argsort()
        cells = order < int(share * len(order))  # never all of them: no clip loses its sound
        clip[0, spread(cells.reshape(rows, columns), (size, size), values.shape)] = FLOOR
    return dropped
