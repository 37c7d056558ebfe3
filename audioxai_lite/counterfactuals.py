"""What would this sound be like if it were healthy? Clips changed as little as needed. Taught in notebook 06.

Clips have the shape (batch, 1, frequency, time): in decibels for `corrupt` and `measures`, in a detector's standardised
units for the generator and `peak_score`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from audioxai_lite.models import evaluating
from audioxai_lite.models.autoencoder import Detector

CORRUPTIONS = ("gain", "attenuation", "texture", "paste", "shift")


def peak_score(detector: Detector, standardised: Tensor, share: float = 0.02) -> Tensor:
    """Logarithm of the mean error of the worst cells of 4 bands by 8 frames: (batch, 1, frequency, time) → (batch,).

    A short fault is not averaged away, and no single noisy bin decides. Differentiable.

    Parameters
    ----------
    detector : Detector
    standardised : Tensor
    share : float in (0, 1], default 0.02
        Of the cells that count; at least one does.

    Source: this course. Notebook: 06.
    """
    errors = (detector(standardised) - standardised).square()
    cells = nn.functional.avg_pool2d(errors, (4, 8), ceil_mode=True, count_include_pad=False).flatten(1)
    worst = cells.topk(max(1, round(share * cells.shape[1])), dim=1)[0]
    return worst.mean(dim=1).clamp(min=1e-12).log()


def corrupt(
    values: Tensor, generator: torch.Generator, kinds: tuple[str, ...] = CORRUPTIONS
) -> tuple[Tensor, Tensor, list[str]]:
    """Change a random patch of each normal clip, in a way that knows nothing of the faults to be explained.

    A patch is 0.4 to 1.8 s long (20 to 90 frames) and 4 to 32 bands high, with soft edges. Kinds: "gain" raises it by 4
    to 14 dB, "attenuation" lowers it by as much, "texture" adds flickering of up to 12 dB, "paste" puts in the same
    place of another clip 3 to 10 dB louder, "shift" moves its bands by 1 to 4.

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels; at least two clips when "paste" is asked for.
    generator : torch.Generator
    kinds : tuple of str, default `CORRUPTIONS`
        Of which each clip gets one.

    Returns
    -------
    corrupted : Tensor, shape of `values`
    where : Tensor, shape of `values`, 1 where a bin was changed by more than 0.5 dB
    chosen : list of str
        The kind of each clip.

    Raises
    ------
    ValueError
        If a kind is unknown, or there is no other clip to paste from.

    Source: this course. Notebook: 06.
    """
    unknown = set(kinds) - set(CORRUPTIONS)
    if unknown or not kinds:
        raise ValueError(f"corruptions are {', '.join(CORRUPTIONS)}, not {', '.join(sorted(unknown)) or 'none at all'}")
    if "paste" in kinds and len(values) < 2:
        raise ValueError("to paste from another clip there must be one: give at least two clips")
    bands, frames = values.shape[2:]

    def draw(low: float, high: float) -> float:
        return low + (high - low) * torch.rand((), generator=generator).item()

    corrupted, chosen = values.clone(), []
    for number, clip in enumerate(values[:, 0]):
        kind = kinds[int(torch.randint(len(kinds), (), generator=generator))]
        height, length = round(draw(4, 32)), round(draw(20, 90))
        window = _soft(bands, draw(0, bands), height)[:, None] * _soft(frames, draw(0, frames), length)
        if kind in ("gain", "attenuation"):
            change = draw(4, 14) * (1 if kind == "gain" else -1)
        elif kind == "texture":
            rough = torch.rand(1, 1, bands // 2, frames // 3, generator=generator)
            change = 12 * nn.functional.interpolate(rough, (bands, frames), mode="bilinear")[0, 0]
        elif kind == "paste":
            other = (number + 1 + int(torch.randint(len(values) - 1, (), generator=generator))) % len(values)
            change = values[other, 0] + draw(3, 10) - clip
        else:
            step = round(draw(1, 4)) * (1 if draw(0, 1) < 0.5 else -1)
            change = clip.roll(step, dims=0) - clip
        corrupted[number, 0] = clip + window * change
        chosen.append(kind)
    return corrupted, ((corrupted - values).abs() > 0.5).float(), chosen


def _soft(length: int, centre: float, width: int) -> Tensor:
    """A window of about `width` bins around `centre`, with edges of two bins."""
    distance = (torch.arange(length) + 0.5 - centre).abs()
    return ((width / 2 - distance) / 2 + 0.5).clamp(0, 1)


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
    """G(x, α, k): a small U-Net that adds a bounded change under a soft mask, x' = x + m · 4 tanh(δ).

    The target score α (0 is normal, 1 anomalous) and the concept k enter by feature-wise modulation: they scale and
    move the channels of every step. Without normalisation layers: the level of a clip is part of its meaning.

    Parameters
    ----------
    concepts : int, default 1
        K, the number of ways in which a clip may be changed.
    channels : tuple of int
        Of each step; every step halves both axes.

    Source: *Reimagining Anomalies: What If Anomalies Were Normal?* (2402.14469), for images; the architecture is ours.
    Notebook: 06.
    """

    def __init__(self, concepts: int = 1, channels: tuple[int, ...] = (12, 24, 32, 32)):
        super().__init__()
        if concepts < 1:
            raise ValueError(f"there is at least one concept, not {concepts}")
        self.concepts, self.stride = concepts, 2 ** len(channels)
        steps = list(zip((1, *channels[:-1]), channels, strict=True))
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(into, out, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(out, out, 3, padding=1), nn.SiLU()
            )
            for into, out in steps
        )
        self.up = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2 * out if step else out, into if into > 1 else out, 3, padding=1), nn.SiLU())
            for step, (into, out) in enumerate(reversed(steps))
        )
        widths = [out for _, out in steps]
        self.condition = nn.Linear(1 + concepts, 2 * sum(widths))
        nn.init.zeros_(self.condition.bias)
        self.last = nn.Conv2d(channels[0], 2, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        self.widths = widths

    def forward(self, standardised: Tensor, alpha: Tensor, concept: Tensor) -> Counterfactual:
        """Clips (batch, 1, frequency, time), target scores (batch,) in [0, 1], concepts (batch,) from 0.

        Raises ValueError if a concept is out of range or the sizes of the batch differ.
        """
        if not (len(standardised) == len(alpha) == len(concept)):
            raise ValueError(
                f"clips, target scores and concepts come in equal number, not {len(standardised)}, {len(alpha)} and "
                f"{len(concept)}"
            )
        if concept.min() < 0 or concept.max() >= self.concepts:
            raise ValueError(f"concepts go from 0 to {self.concepts - 1}, not from {concept.min()} to {concept.max()}")
        bands, frames = standardised.shape[2:]
        x = nn.functional.pad(standardised, (0, -frames % self.stride, 0, -bands % self.stride))
        given = torch.cat([alpha[:, None], nn.functional.one_hot(concept, self.concepts).float()], dim=1)
        scales, moves = self.condition(given)[..., None, None].chunk(2, dim=1)
        kept = []
        for step, scale, move in zip(self.down, scales.split(self.widths, 1), moves.split(self.widths, 1), strict=True):
            x = step(x) * (1 + scale) + move
            kept.append(x)
        x = kept.pop()
        for number, step in enumerate(self.up):
            x = nn.functional.interpolate(step(x if number == 0 else torch.cat([x, kept.pop()], dim=1)), scale_factor=2)
        size, opening = self.last(x)[..., :bands, :frames].chunk(2, dim=1)
        mask = LEAK + (1 - LEAK) * opening.sigmoid()
        change = mask * LARGEST * size.tanh()
        return Counterfactual(standardised + change, change, mask)


def fine_variance(values: Tensor) -> Tensor:
    """How grainy clips are, (batch,): mean squared difference of a bin from the mean of its 3 × 3 neighbourhood.

    Real sound is grainy, and detectors score its grain: who blurs a clip lowers its score below that of any real one.
    As a ratio to normal clips it is an alarm. Notebook: 06.
    """
    local = nn.functional.avg_pool2d(values, 3, stride=1, padding=1, count_include_pad=False)
    return (values - local).square().mean(dim=(1, 2, 3))


def measures(
    detector: Detector, other: Detector, clips: Tensor, changed: Tensor, twin: Tensor, truth: Tensor, normal: Tensor
) -> dict[str, Tensor]:
    """What a counterfactual is worth, clip by clip, each of shape (batch,).

    - valid: 1 where the score lies below the 95th percentile of normal clips; transfer: the same by another detector.
    - suspicious: 1 where it lies below their 5th percentile: no real machine is as quiet as that.
    - grain: fine variance over that of normal clips, 1 when honest.
    - change: mean size of the change in decibels; area: share of bins changed by more than 3 dB.
    - inside: share of the change's energy inside the truth; over area: that, over the truth's share of the clip.
    - to the twin, inside the truth: distance to the clean twin over that of the unchanged clip, over all and inside the
      truth. 0 is the twin itself, 1 is no better than to do nothing.

    Parameters
    ----------
    detector, other : Detector
        The one explained, and one that it shall transfer to.
    clips, changed, twin : Tensor, shape (batch, 1, frequency, time)
        Decibels: the clips, what became of them, and their clean twins.
    truth : Tensor, same shape, of ones and zeros
    normal : Tensor, shape (clips, 1, frequency, time)
        Decibels of normal clips that nobody was trained on.

    Notebook: 06.
    """
    if not (clips.shape == changed.shape == twin.shape == truth.shape):
        raise ValueError("clips, changed clips, twins and truths have one shape")
    found = {}
    for name, network in {"valid": detector, "transfer": other}.items():
        with evaluating(network):
            usual = torch.cat([peak_score(network, network.standardise(part)) for part in normal.split(64)])
            score = torch.cat([peak_score(network, network.standardise(part)) for part in changed.split(64)])
        found[name] = (score < usual.quantile(0.95)).float()
        if name == "valid":
            found["suspicious"] = (score < usual.quantile(0.05)).float()
    usual = fine_variance(detector.standardise(normal)).mean()
    found["grain"] = fine_variance(detector.standardise(changed)) / usual
    change = changed - clips
    size = change.abs()
    found |= {"change": size.mean(dim=(1, 2, 3)), "area": (size > 3).float().mean(dim=(1, 2, 3))}
    energy = change.square()
    total = energy.sum(dim=(1, 2, 3))
    inside = torch.where(total > 0, (energy * truth).sum(dim=(1, 2, 3)) / total.clamp(min=1e-12), torch.nan)
    found |= {"inside": inside, "over area": inside / truth.mean(dim=(1, 2, 3))}
    for name, where in {"to the twin": torch.ones_like(truth), "inside the truth": truth}.items():
        after = ((changed - twin).square() * where).sum(dim=(1, 2, 3)).sqrt()
        before = ((clips - twin).square() * where).sum(dim=(1, 2, 3)).sqrt()
        found[name] = after / before
    return found
