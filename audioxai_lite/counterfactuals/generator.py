"""The network that changes a clip: G(x, α, k). Taught in notebook 08."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..inputs import as_floats
from ..masks.rules import AXES
from ..models import evaluating
from ..models.autoencoder import Detector


@dataclass(frozen=True)
class Counterfactual:
    """What a generator makes of clips.

    Attributes
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        The changed clips.
    change : Tensor, same shape
        What was added.
    mask : Tensor, same shape, in [LEAK, 1]
        Where the generator allowed itself a change.
    """

    values: Tensor
    change: Tensor
    mask: Tensor


LEAK = 0.03  # of the mask: closed everywhere, it could never learn to open


LARGEST = 4.0  # change of a bin, in standard deviations of its band


class Generator(nn.Module):
    """G(x, α, k): a small U-Net that adds a bounded change under a soft mask, x' = x + m · 4
    tanh(δ).

    The target score α (0 is normal, 1 anomalous) and the concept k enter by feature-wise
    modulation: they scale and move the channels of every step. It hears the clip, the deviation of
    each bin from the median of its band in this clip (a fault is unusual *here*), and the position
    of the band. Without normalisation layers: the level of a clip is part of its meaning.

    Parameters
    ----------
    concepts : int, default 1
        K, the number of ways in which a clip may be changed.
    channels : tuple of int
        Of each step; every step halves both axes.

    Source: *Reimagining Anomalies: What If Anomalies Were Normal?* (2402.14469), for images; the
    architecture is ours. Notebook: 08.

    Examples
    --------
    >>> clips = torch.randn(2, 1, 64, 201)
    >>> made = Generator()(clips, alpha=torch.zeros(2), concept=torch.zeros(2, dtype=torch.long))
    >>> torch.equal(made.values, clips)  # untrained, it changes nothing
    True
    """

    def __init__(self, concepts: int = 1, channels: tuple[int, ...] = (12, 24, 32, 32)):
        super().__init__()
        if concepts < 1:
            raise ValueError(f"there is at least one concept, not {concepts}")
        self.concepts, self.stride = concepts, 2 ** len(channels)
        steps = list(zip((3, *channels[:-1]), channels, strict=True))
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(into, out, 3, stride=2, padding=1),
                nn.SiLU(),
                nn.Conv2d(out, out, 3, padding=1),
                nn.SiLU(),
            )
            for into, out in steps
        )
        self.up = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2 * out if step else out, into, 3, padding=1), nn.SiLU())
            for step, (into, out) in enumerate(reversed(steps[1:]))
        )
        widths = [out for _, out in steps]
        self.condition = nn.Linear(1 + concepts, 2 * sum(widths))
        nn.init.zeros_(self.condition.bias)
        self.last = nn.Conv2d(2 * channels[0], 8, 3, padding=1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.last.weight)
        self.widths = widths
        # Faster on a CPU; torch's stub does not know it.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, standardised: Tensor, alpha: Tensor, concept: Tensor) -> Counterfactual:
        """Clips (batch, 1, frequency, time), target scores (batch,) in [0, 1], concepts (batch,)
        from 0.

        Raises ValueError if a concept is out of range or the sizes of the batch differ.
        """
        if not (len(standardised) == len(alpha) == len(concept)):
            raise ValueError(
                "clips, target scores and concepts come in equal number, "
                f"not {len(standardised)}, {len(alpha)} and {len(concept)}"
            )
        if concept.min() < 0 or concept.max() >= self.concepts:
            wrong = f"{concept.min()} to {concept.max()}"
            raise ValueError(f"concepts go from 0 to {self.concepts - 1}, not from {wrong}")
        bands, frames = standardised.shape[2:]
        unusual = standardised - standardised.median(dim=3, keepdim=True)[0]
        band = torch.linspace(-1, 1, bands)[:, None].expand_as(standardised)
        x = torch.cat([standardised, unusual, band], dim=1)
        x = nn.functional.pad(x, (0, -frames % self.stride, 0, -bands % self.stride))
        one_hot = nn.functional.one_hot(concept, self.concepts).float()
        condition = torch.cat([alpha[:, None], one_hot], dim=1)
        scales, moves = self.condition(condition)[..., None, None].chunk(2, dim=1)
        kept = []
        for step, scale, move in zip(
            self.down, scales.split(self.widths, 1), moves.split(self.widths, 1), strict=True
        ):
            x = step(x) * (1 + scale) + move
            kept.append(x)
        x = kept.pop()
        for number, step in enumerate(self.up):
            x = x if number == 0 else torch.cat([x, kept.pop()], dim=1)
            x = nn.functional.interpolate(step(x), scale_factor=2)
        full = nn.functional.pixel_shuffle(self.last(torch.cat([x, kept.pop()], dim=1)), 2)
        size, opening = full[..., :bands, :frames].chunk(2, dim=1)
        mask = LEAK + (1 - LEAK) * opening.sigmoid()
        change = mask * LARGEST * size.tanh()
        return Counterfactual(standardised + change, change, mask)


ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)  # the target scores that a generator learns


def apply_generator(
    generator: Generator,
    detector: Detector,
    clips: Tensor,
    alpha: float = 0.0,
    concept: int = 0,
    batch_size: int = 64,
) -> Tensor:
    """What becomes of clips, in decibels, shape (batch, 1, frequency, time), with one target score
    and concept.

    The change alone is added to the clip, so that what is not changed stays exactly as it was. No
    gradients. Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips = torch.randn(2, 1, 64, 201)
    >>> torch.equal(apply_generator(Generator(), Autoencoder(), clips), clips)  # untrained
    True
    """
    clips = as_floats(clips, "clips", AXES)
    parts = []
    with evaluating(generator):
        for part in clips.split(batch_size):
            alphas, concepts = torch.full((len(part),), alpha), torch.full((len(part),), concept)
            made = generator(detector.standardise(part), alphas, concepts)
            parts.append(part + made.change * detector.scale)
    return torch.cat(parts)
