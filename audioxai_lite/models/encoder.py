"""An encoder of half-second windows, and three ways to train one without labels: two views of a
window should get the same features. Taught in notebook 12.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from .autoencoder import Detector

FEATURES = 64
FRAMES, ROOM = 32, 8  # of a window, and those beside it from which views are cut


class Encoder(Detector):
    """A small encoder: four convolutions of stride 2, mean and maximum over time, and a dense layer
    to 64 numbers; 93,232 weights at 64 bands.

    Parameters
    ----------
    n_mels : int, default 64
        A multiple of 16.

    Called on standardised windows, (batch, 1, n_mels, time), it returns features, (batch, 64).
    `features` takes decibels. See `Detector.fit_scale` for the standardisation.

    Notebook: 12.

    Examples
    --------
    >>> encoder = Encoder()
    >>> encoder.features(torch.randn(2, 1, 64, 32)).shape
    torch.Size([2, 64])
    >>> sum(weight.numel() for weight in encoder.parameters())
    93232
    """

    def __init__(self, n_mels: int = 64):
        super().__init__(n_mels)
        widths, layers = (1, 16, 32, 64, FEATURES), []
        for into, out in zip(widths, widths[1:], strict=False):
            convolution = nn.Conv2d(into, out, 3, stride=2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(out), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.dense = nn.Linear(2 * FEATURES * n_mels // 16, FEATURES)

    def forward(self, standardised: Tensor) -> Tensor:
        return self.dense(self.pooled(standardised))

    def pooled(self, standardised: Tensor, layers: int = 4) -> Tensor:
        """Mean and maximum over time behind some of the four layers: (batch, numbers)."""
        shown = self.layers[: 3 * layers](standardised).flatten(1, 2)
        return torch.cat([shown.mean(dim=2), shown.amax(dim=2)], dim=1)

    def features(self, windows: Tensor, layers: int | None = None) -> Tensor:
        """Features of windows in decibels, (batch, 1, n_mels, time), without gradients: the 64
        numbers, or what lies behind some of the four layers, see `pooled`.
        """
        with torch.no_grad():
            values = self.standardise(windows)
            return self(values) if layers is None else self.pooled(values, layers)


def _dense(into: int, out: int, hidden: int = 128) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(into, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, out)
    )


class Trainee(nn.Module):
    """An encoder with what it needs to be trained without labels, and nobody needs afterwards.

    Parameters
    ----------
    encoder : Encoder
    compact : bool, default False
        Train for compact features. *The source's abstract says that it changes the architecture so
        that features of healthy data lie close together on the sphere, and not how; this is our
        reading*: features are scaled to length 1 and then normalised over the batch without
        weights of their own, so that what follows sees them spread although they are not; and the
        loss gains one less their mean cosine to their mean direction, see `pull_together`.

    Source: after Yousef et al. 2022 (2203.10344), abstract. Notebook: 12.
    """

    def __init__(self, encoder: Encoder, compact: bool = False):
        super().__init__()
        self.encoder, self.compact = encoder, compact
        self.spread = nn.BatchNorm1d(FEATURES, affine=False)
        self.projector, self.predictor = _dense(FEATURES, FEATURES), _dense(FEATURES, FEATURES)
        self.slow = copy.deepcopy(nn.ModuleList([encoder, self.spread, self.projector]))
        self.slow.requires_grad_(False)

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """Features and what the projector makes of them, (batch, 64) each."""
        features = self.encoder(view)
        return features, self.projector(self._towards(features, self.spread))

    def slowly(self, view: Tensor) -> Tensor:
        """What the slow copy of encoder and projector makes of a view, without gradients."""
        encoder, spread, projector = self.slow
        with torch.no_grad():
            return projector(self._towards(encoder(view), spread))

    def follow(self, momentum: float = 0.98) -> None:
        """Move the slow copy a little towards the encoder and projector."""
        fast = nn.ModuleList([self.encoder, self.spread, self.projector])
        for behind, ahead in zip(self.slow.parameters(), fast.parameters(), strict=True):
            behind.data.lerp_(ahead.data, 1 - momentum)

    def _towards(self, features: Tensor, spread: nn.Module) -> Tensor:
        return spread(functional.normalize(features, dim=1)) if self.compact else features


def views(windows: Tensor, generator: torch.Generator, frames: int = FRAMES) -> Tensor:
    """A view of each window that no fault made: shifted in time, louder or softer, coloured a
    little, in a faint noise.

    Parameters
    ----------
    windows : Tensor, shape (batch, 1, frequency, frames + 8)
        In decibels, with room to shift.
    generator : torch.Generator
    frames : int, default 32

    Returns
    -------
    Tensor, shape (batch, 1, frequency, frames)
        Shifted by up to 8 frames, by up to 3 dB louder or softer, under three bells over frequency
        of up to 2 dB, with noise of 1 dB.

    Notebook: 12.

    Examples
    --------
    >>> windows = torch.zeros(2, 1, 64, 40)
    >>> view = views(windows, torch.Generator().manual_seed(0))
    >>> view.shape, bool((view != 0).all()), bool(windows.any())
    (torch.Size([2, 1, 64, 32]), True, False)
    """
    batch, _, bands, length = windows.shape
    if length < frames:
        raise ValueError(f"views of {frames} frames cannot be cut from {length}")
    starts = torch.randint(length - frames + 1, (batch,), generator=generator)
    places = (starts[:, None] + torch.arange(frames))[:, None, None].expand(-1, 1, bands, -1)
    gain, *bells = _uniform(generator, (1 + 3 * 2, batch, 1, 1, 1))
    band, curve = torch.arange(bands)[:, None] / bands, 3 * gain
    for height, place in zip(bells[:3], bells[3:], strict=True):
        curve = curve + 2 * height * torch.exp(-(((band - (place + 1) / 2) / 0.1) ** 2))
    noise = torch.randn(batch, 1, bands, frames, generator=generator)
    return windows.gather(3, places) + curve + noise


def _uniform(generator: torch.Generator, shape: tuple[int, ...]) -> Tensor:
    """Numbers from −1 to 1."""
    return 2 * torch.rand(shape, generator=generator) - 1


def pull_together(features: Tensor) -> Tensor:
    """One less the mean cosine of features to their mean direction: 0 where all point alike.

    Examples
    --------
    >>> pull_together(torch.tensor([[2.0, 0.0], [5.0, 0.0]])).item()
    0.0
    """
    directions = functional.normalize(features, dim=1)
    middle = functional.normalize(directions.mean(dim=0, keepdim=True), dim=1)
    return 1 - (directions * middle).sum(dim=1).mean()


def _pull(model: Trainee, *features: Tensor) -> Tensor | float:
    return sum(pull_together(each) for each in features) / 2 if model.compact else 0.0


def simsiam_loss(model: Trainee, windows: Tensor, generator: torch.Generator) -> Tensor:
    """Each view should predict the other's projection, through which no gradient goes.

    Parameters
    ----------
    model : Trainee
    windows : Tensor, shape (batch, 1, n_mels, frames + 8)
    generator : torch.Generator
        Of the views.

    Returns
    -------
    Tensor, a number
        −1 where they do; for a compact model plus `pull_together`.

    Source: Chen & He 2021 (2011.10566), eq. 1 to 4. Notebook: 12.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> loss = simsiam_loss(Trainee(Encoder()), torch.randn(8, 1, 64, 40), generator)
    >>> -1 <= loss.item() <= 1
    True
    """
    first, second = _standardised_views(model, windows, generator)
    (h1, z1), (h2, z2) = model(first), model(second)
    ahead = _cosine(model.predictor(z1), z2.detach()) + _cosine(model.predictor(z2), z1.detach())
    return -ahead / 2 + _pull(model, h1, h2)


def byol_loss(model: Trainee, windows: Tensor, generator: torch.Generator) -> Tensor:
    """Each view should predict what a slow copy of the network makes of the other; the copy follows
    a little after every step in training. For parameters see `simsiam_loss`.

    Source: Grill et al. 2020 (2006.07733), eq. 2. Notebook: 12.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> loss = byol_loss(Trainee(Encoder()), torch.randn(8, 1, 64, 40), generator)
    >>> 0 <= loss.item() <= 4
    True
    """
    first, second = _standardised_views(model, windows, generator)
    if model.training and torch.is_grad_enabled():
        model.follow()
    (h1, z1), (h2, z2) = model(first), model(second)
    ahead = _cosine(model.predictor(z1), model.slowly(second))
    ahead = ahead + _cosine(model.predictor(z2), model.slowly(first))
    return 2 - ahead + _pull(model, h1, h2)


def simclr_loss(
    model: Trainee, windows: Tensor, generator: torch.Generator, temperature: float = 0.5
) -> Tensor:
    """Of all views in the batch, each should find its own other half. For parameters see
    `simsiam_loss`.

    Source: Chen et al. 2020 (2002.05709), eq. 1. Notebook: 12.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> loss = simclr_loss(Trainee(Encoder()), torch.randn(8, 1, 64, 40), generator)
    >>> loss.item() > 0
    True
    """
    first, second = _standardised_views(model, windows, generator)
    (h1, z1), (h2, z2) = model(first), model(second)
    both = functional.normalize(torch.cat([z1, z2]), dim=1)
    alike = both @ both.T / temperature
    alike = alike.masked_fill(torch.eye(len(both), dtype=torch.bool), -torch.inf)
    halves = torch.arange(len(both)).roll(len(z1))
    return functional.cross_entropy(alike, halves) + _pull(model, h1, h2)


def shifted(windows: Tensor, generator: torch.Generator) -> Tensor:
    """Windows that sound like no healthy one: moved by a fifth to two fifths of the bands, up or
    down, those that leave coming in at the other end.

    Examples
    --------
    >>> moved = shifted(torch.arange(10.0)[None, None, :, None], torch.Generator().manual_seed(1))
    >>> moved.flatten().tolist()
    [7.0, 8.0, 9.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """
    bands = windows.shape[2]
    sizes = torch.randint(bands // 5, 2 * bands // 5, (len(windows),), generator=generator)
    signs = 2 * torch.randint(2, (len(windows),), generator=generator) - 1
    places = (torch.arange(bands) - (signs * sizes)[:, None]) % bands
    return windows.gather(2, places[:, None, :, None].expand_as(windows))


def simclr_loss_with_shifted(model: Trainee, windows: Tensor, generator: torch.Generator) -> Tensor:
    """`simclr_loss` with as many stand-ins for outliers in the batch: shifted windows, each to be
    told apart from all others.

    Source: Tack et al. 2020 (2007.08176), eq. 3, CSI without its further classifier. Notebook: 12.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> model = Trainee(Encoder())
    >>> simclr_loss_with_shifted(model, torch.randn(8, 1, 64, 40), generator).item() > 0
    True
    """
    return simclr_loss(model, torch.cat([windows, shifted(windows, generator)]), generator)


def _standardised_views(
    model: Trainee, windows: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    first, second = (model.encoder.standardise(views(windows, generator)) for _ in range(2))
    return first, second


def _cosine(predicted: Tensor, wanted: Tensor) -> Tensor:
    return functional.cosine_similarity(predicted, wanted, dim=1).mean()


OBJECTIVES = {"SimSiam": simsiam_loss, "SimCLR": simclr_loss, "BYOL": byol_loss}
