"""Autoencoders that learn what normal sounds like, by rebuilding its spectrogram. Taught in
notebook 02.

A masked autoencoder is the same network trained on input with holes (`masked_loss`), so it has no
class of its own.
"""

import torch
from torch import Tensor, nn

from ..inputs import as_numbers, as_tensor
from ..masks.cells import cell_grid_shape, spread


class Detector(nn.Module):
    """What the two networks below share: decibels are standardised band by band, and errors are
    squared differences.

    Values are log-mel spectrograms in decibels, shape (batch, 1, n_mels, time). Inside, each band
    has mean 0 and standard deviation 1 over the training data, once `fit_scale` has seen them: 0 is
    "as usual", and hides a bin.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, n_mels: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_mels, 1))
        self.register_buffer("scale", torch.ones(n_mels, 1))

    def fit_scale(self, values: Tensor) -> None:
        """Take mean and deviation of each band from training data, (batch, 1, n_mels, time)."""
        values = as_numbers(values, "values")
        self.mean.copy_(values.mean(dim=(0, 1, 3))[:, None])
        self.scale.copy_(values.std(dim=(0, 1, 3))[:, None].clamp(min=1e-3))

    def standardise(self, values: Tensor) -> Tensor:
        """Decibels → standard deviations from each band's mean, same shape. ValueError if there are
        other bands.
        """
        values = as_tensor(values, "values").float()
        if values.ndim != 4 or values.shape[2] != len(self.mean):
            shape = tuple(values.shape)
            raise ValueError(f"this detector takes (batch, 1, {len(self.mean)}, time), not {shape}")
        return (values - self.mean) / self.scale

    def reconstruct(self, values: Tensor, visible: Tensor | None = None) -> Tensor:
        """What the network makes of its input, in decibels, shape of `values`.

        `visible`, broadcastable to `values`, is 0 where a bin is hidden from the network, and 1
        elsewhere.
        """
        return self(self._seen(values, visible)) * self.scale + self.mean

    def errors(self, values: Tensor, visible: Tensor | None = None) -> Tensor:
        """Squared error of each bin, hidden or not, in standardised units; shape of `values`."""
        return (self(self._seen(values, visible)) - self.standardise(values)).square()

    def _seen(self, values: Tensor, visible: Tensor | None) -> Tensor:
        standardised = self.standardise(values)
        return standardised if visible is None else standardised * visible


class Refine(nn.Module):
    """A convolution whose input is added to its output: an additive skip between neighbouring
    layers.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.convolution = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.LeakyReLU(0.1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.convolution(x)


class Autoencoder(Detector):
    """A convolutional autoencoder with additive skips and one transformer layer at the bottleneck.

    Three steps, each a convolution of stride 2 and a refining one, take a spectrogram down to a
    grid of tokens, an eighth as high and wide; the transformer lets every token look at every
    other; three steps of refining, up-sampling and convolution lead back. Skips join neighbouring
    layers only: no detail gets round the bottleneck.

    Parameters
    ----------
    n_mels : int, default 64
        A multiple of 8 (of 2 to the power of the number of steps).
    frames : int, default 201
        Length for which position codes are made, rounded up to such a multiple; shorter input takes
        the first of them, longer is refused.
    channels : tuple of int
        Of each step; the last is the width of a token.
    patch_size : (rows, frames), default (4, 4)
        Of what is hidden at once in masked training and scoring.

    Source: the public code of *Toward Faithful Explanations in Acoustic Anomaly Detection*
    (2601.12660). Shrunk here: 64 bands and 4 s instead of 80 and 10 s, three steps instead of four,
    narrower layers (51,249 parameters). There the transformer relates channels, and a second one,
    in the decoder, also looks at the encoder's last layer but one; here one relates places.
    Notebook: 02.

    Examples
    --------
    >>> detector = Autoencoder()
    >>> values = 10 * torch.randn(8, 1, 64, 200) - 40  # decibels
    >>> detector.fit_scale(values)
    >>> round(detector.standardise(values).std().item(), 2)
    1.0
    """

    def __init__(
        self,
        n_mels: int = 64,
        frames: int = 201,
        channels: tuple[int, ...] = (8, 16, 32),
        patch_size: tuple[int, int] = (4, 4),
    ):
        super().__init__(n_mels)
        self.patch_size = patch_size
        self.stride = 2 ** len(channels)
        self.frames = -(-frames // self.stride) * self.stride
        if n_mels % self.stride:
            raise ValueError(f"n_mels must be a multiple of {self.stride}, not {n_mels}")
        steps = list(zip((1, *channels[:-1]), channels, strict=True))
        down, up = [], []
        for into, out in steps:
            halve = nn.Conv2d(into, out, 3, stride=2, padding=1)
            down += [halve, nn.LeakyReLU(0.1), Refine(out)]
        self.down = nn.Sequential(*down)
        width = channels[-1]
        self.position = nn.Parameter(
            0.02 * torch.randn(1, width, n_mels // self.stride, self.frames // self.stride)
        )
        self.attend = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        for into, out in reversed(steps):
            up += [Refine(out), nn.Upsample(scale_factor=2)]
            up += [nn.Conv2d(out, into, 3, padding=1), nn.LeakyReLU(0.1)]
        self.up = nn.Sequential(*up[:-1])  # the reconstruction may be negative
        # A third faster on a CPU; torch's stub does not know it.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Tensor) -> Tensor:
        """Standardised spectrogram (batch, 1, n_mels, time) → its reconstruction, same shape."""
        frames = x.shape[-1]
        if frames > self.frames:
            raise ValueError(f"this autoencoder takes up to {self.frames} frames, not {frames}")
        x = self.down(nn.functional.pad(x, (0, -frames % self.stride)))
        tokens = x + self.position[..., : x.shape[-1]]
        x = x + self.attend(tokens.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(x.shape)
        return self.up(x)[..., :frames]


class ReconstructionErrors(nn.Module):
    """What a detector's score is made of, as a network that can be explained: standardised clips to
    squared errors, shape of the clips.

    Parameters
    ----------
    detector : Detector

    Source: the explained scalar of 2601.12660 is the mean of these. Notebook: 07.

    Examples
    --------
    >>> detector, decibels = Autoencoder().eval(), torch.randn(1, 1, 64, 200)
    >>> errors = ReconstructionErrors(detector)(detector.standardise(decibels))
    >>> torch.equal(errors, detector.errors(decibels))
    True
    """

    def __init__(self, detector: Detector):
        super().__init__()
        self.detector = detector

    def forward(self, standardised: Tensor) -> Tensor:
        return (self.detector(standardised) - standardised).square()


class DenseAutoencoder(Detector):
    """The classic baseline: a small dense network that rebuilds one frame at a time from a few
    neighbouring ones.

    Parameters
    ----------
    n_mels : int, default 64
    context : int, default 5
        Frames that the network sees at once, an odd number; it rebuilds the middle one.
    hidden : int, default 64
    code : int, default 8

    Source: the baseline of DCASE 2020 task 2 (Koizumi et al. 2020), made narrower. Notebook: 02.

    Examples
    --------
    >>> detector, values = DenseAutoencoder(context=5), torch.randn(1, 1, 64, 200)
    >>> beginning = detector(values[..., :102])[..., :100]  # two frames ahead are seen, no more
    >>> torch.allclose(beginning, detector(values)[..., :100], atol=1e-5)
    True
    """

    def __init__(self, n_mels: int = 64, context: int = 5, hidden: int = 64, code: int = 8):
        super().__init__(n_mels)
        if context % 2 == 0:
            raise ValueError(f"context is odd, so that there is a middle frame, not {context}")
        self.context = context
        sizes = (n_mels * context, hidden, hidden, code, hidden, hidden)
        layers = []
        for a, b in zip(sizes, sizes[1:], strict=False):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.network = nn.Sequential(*layers, nn.Linear(hidden, n_mels))

    def forward(self, x: Tensor) -> Tensor:
        """Standardised spectrogram (batch, 1, n_mels, time) → its reconstruction, same shape."""
        half = self.context // 2
        padded = nn.functional.pad(x[:, 0], (half, half), mode="replicate")
        windows = padded.unfold(-1, self.context, 1)  # (batch, n_mels, time, context)
        return self.network(windows.permute(0, 2, 1, 3).flatten(2)).transpose(1, 2)[:, None]


def random_visible(
    shape: torch.Size, patch_size: tuple[int, int], ratio: float, generator: torch.Generator
) -> Tensor:
    """Masks that hide a share of the patches of each spectrogram at random.

    Parameters
    ----------
    shape : (batch, 1, frequency, time)
    patch_size : (rows, frames)
    ratio : float in (0, 1)
        Share of the patches to hide; exactly that many, rounded, in every spectrogram.
    generator : torch.Generator

    Returns
    -------
    Tensor of `shape`, 0 where hidden and 1 elsewhere.

    Examples
    --------
    >>> visible = random_visible((1, 1, 64, 200), (4, 4), 0.3, torch.Generator().manual_seed(0))
    >>> round(1 - visible.mean().item(), 3)  # the share that is hidden
    0.3
    """
    if not 0 < ratio < 1:
        raise ValueError(f"ratio must lie between 0 and 1, not {ratio}")
    rows, columns = cell_grid_shape(patch_size, shape)
    order = torch.rand(shape[0], rows * columns, generator=generator).argsort(dim=1)
    visible = (order >= round(ratio * rows * columns)).float().reshape(shape[0], 1, rows, columns)
    return spread(visible, patch_size, shape)


def reconstruction_loss(model: Detector, values: Tensor, generator: torch.Generator) -> Tensor:
    """Mean squared error of the whole spectrogram: how an autoencoder is trained.

    Examples
    --------
    >>> detector = Autoencoder()  # standardised over no clip yet, it takes values as they are
    >>> reconstruction_loss(detector, torch.zeros(2, 1, 64, 200), torch.Generator()).item() < 1
    True
    """
    return model.errors(values).mean()


def masked_loss(
    model: Autoencoder,
    values: Tensor,
    generator: torch.Generator,
    ratio: float = 0.3,
    everywhere: bool = False,
) -> Tensor:
    """Mean squared error of patches that were hidden from the network: how a masked autoencoder is
    trained.

    Parameters
    ----------
    values : Tensor, shape (batch, 1, n_mels, time)
    ratio : float, default 0.3
        Share of the patches that is hidden.
    everywhere : bool, default False
        Count visible bins as well.

    Source: 2601.12660, public code (30 % of 4 × 4 patches, loss on the hidden ones). Notebook: 02.

    Examples
    --------
    >>> masked_loss(Autoencoder(), torch.randn(2, 1, 64, 200), torch.Generator()).item() > 0
    True
    """
    visible = random_visible(values.shape, model.patch_size, ratio, generator)
    errors = model.errors(values, visible)
    if everywhere:
        return errors.mean()
    return (errors * (1 - visible)).sum() / (1 - visible).sum()
