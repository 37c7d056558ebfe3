"""What would this sound be like if it were healthy? Clips changed as little as needed. Taught in notebook 06.

Clips have the shape (batch, 1, frequency, time): in decibels, but for the generator itself and for `peak_score`, which
take them in a detector's standardised units.
"""

import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from audioxai_lite import training
from audioxai_lite.detection import fit_baselines, mel_statistics
from audioxai_lite.models import evaluating
from audioxai_lite.models.autoencoder import Detector
from audioxai_lite.sound.levels import decibels_to_power, power_to_decibels
from audioxai_lite.sound.spectrogram import LogMel, PowerStft

CORRUPTIONS = ("gain", "attenuation", "texture", "paste", "shift")


def worst_cells(errors: Tensor) -> Tensor:
    """Logarithm of the mean error of the worst 5 % of cells of 4 bands by 16 frames.

    Of squared errors in standardised units: (batch, 1, frequency, time) → (batch,). At least one cell counts.

    A short fault is not averaged away, and no single noisy bin decides. Differentiable; a `score` for
    `detection.Score`.

    Source: this course. Notebook: 06.

    Examples
    --------
    >>> errors = torch.zeros(1, 1, 64, 192)
    >>> errors[..., :16, :32] = 1  # 8 of 192 cells; 10 count
    >>> round(worst_cells(errors).exp().item(), 3)
    0.8
    """
    cells = nn.functional.avg_pool2d(errors, (4, 16), ceil_mode=True, count_include_pad=False).flatten(1)
    worst = cells.topk(max(1, round(0.05 * cells.shape[1])), dim=1)[0]
    return worst.mean(dim=1).clamp(min=1e-12).log()


def peak_score(detector: Detector, standardised: Tensor) -> Tensor:
    """`worst_cells` of a detector's errors: standardised clips (batch, 1, frequency, time) → (batch,). Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> peak_score(Autoencoder(), torch.randn(2, 1, 64, 201)).shape
    torch.Size([2])
    """
    return worst_cells((detector(standardised) - standardised).square())


def corrupt(values: Tensor, generator: torch.Generator, kinds: tuple[str, ...] = CORRUPTIONS) -> tuple[Tensor, Tensor]:
    """Change one to three random patches of each normal clip, in ways that know nothing of the faults to be explained.

    A patch is 15 to 90 frames long (0.3 to 1.8 s) and 3 to 32 bands high, with soft edges. Kinds: "gain" raises it by 4
    to 16 dB, "attenuation" lowers it by as much, "texture" adds coarse or fine flickering of up to 24 dB, "paste" adds
    the sound of another clip, from any place in it and up to 12 dB louder, "shift" moves its bands by 1 to 4.

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels; at least two clips when "paste" is asked for.
    generator : torch.Generator
    kinds : tuple of str, default `CORRUPTIONS`
        Of which each patch gets one.

    Returns
    -------
    corrupted : Tensor, shape of `values`
    where : Tensor, shape of `values`, 1 where a bin was changed by more than 0.5 dB

    Raises
    ------
    ValueError
        If a kind is unknown, or there is no other clip to paste from.

    Source: this course. Notebook: 06.

    Examples
    --------
    >>> values = torch.zeros(3, 1, 64, 201)
    >>> corrupted, where = corrupt(values, torch.Generator().manual_seed(0), ("gain",))
    >>> bool((corrupted >= values).all()), where.unique().tolist()
    (True, [0.0, 1.0])
    """
    unknown = set(kinds) - set(CORRUPTIONS)
    if unknown or not kinds:
        raise ValueError(f"corruptions are {', '.join(CORRUPTIONS)}, not {', '.join(sorted(unknown)) or 'none at all'}")
    if "paste" in kinds and len(values) < 2:
        raise ValueError("to paste from another clip there must be one: give at least two clips")
    bands, frames = values.shape[2:]

    def draw(low: float, high: float, logarithmic: bool = False) -> float:
        share = torch.rand((), generator=generator).item()
        return low * (high / low) ** share if logarithmic else low + (high - low) * share

    corrupted = values.clone()
    for number, clip in enumerate(corrupted[:, 0]):
        for _ in range(1 + int(torch.randint(3, (), generator=generator))):
            kind = kinds[int(torch.randint(len(kinds), (), generator=generator))]
            height, length = round(draw(3, 32, True)), round(draw(15, 90, True))
            window = _soft(bands, draw(0, bands), height)[:, None] * _soft(frames, draw(0, frames), length)
            if kind in ("gain", "attenuation"):
                change: float | Tensor = draw(4, 16) * (1 if kind == "gain" else -1)
            elif kind == "texture":
                cells = round(bands / draw(1, 32, True)), round(frames / draw(2, 8, True))
                rough = torch.rand(1, 1, *cells, generator=generator) ** draw(1, 4)
                change = draw(8, 24) * nn.functional.interpolate(rough, (bands, frames), mode="bilinear")[0, 0]
            elif kind == "paste":
                other = (number + 1 + int(torch.randint(len(values) - 1, (), generator=generator))) % len(values)
                rolled = values[other, 0].roll((round(draw(0, bands)), round(draw(0, frames))), dims=(0, 1))
                level = ((clip - rolled) * window).sum() / window.sum().clamp(min=1e-6)
                both = torch.stack([clip, rolled + level + draw(0, 12)])
                change = power_to_decibels(decibels_to_power(both).sum(dim=0)) - clip
            else:
                step = round(draw(1, 4)) * (1 if draw(0, 1) < 0.5 else -1)
                change = clip.roll(step, dims=0) - clip
            clip += window * change
    return corrupted, ((corrupted - values).abs() > 0.5).float()


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
    move the channels of every step. It hears the clip, the deviation of each bin from the median of its band in this
    clip (a fault is unusual *here*), and the position of the band. Without normalisation layers: the level of a clip is
    part of its meaning.

    Parameters
    ----------
    concepts : int, default 1
        K, the number of ways in which a clip may be changed.
    channels : tuple of int
        Of each step; every step halves both axes.

    Source: *Reimagining Anomalies: What If Anomalies Were Normal?* (2402.14469), for images; the architecture is ours.
    Notebook: 06.

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
                nn.Conv2d(into, out, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(out, out, 3, padding=1), nn.SiLU()
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
        unusual = standardised - standardised.median(dim=3, keepdim=True)[0]
        band = torch.linspace(-1, 1, bands)[:, None].expand_as(standardised)
        x = torch.cat([standardised, unusual, band], dim=1)
        x = nn.functional.pad(x, (0, -frames % self.stride, 0, -bands % self.stride))
        given = torch.cat([alpha[:, None], nn.functional.one_hot(concept, self.concepts).float()], dim=1)
        scales, moves = self.condition(given)[..., None, None].chunk(2, dim=1)
        kept = []
        for step, scale, move in zip(self.down, scales.split(self.widths, 1), moves.split(self.widths, 1), strict=True):
            x = step(x) * (1 + scale) + move
            kept.append(x)
        x = kept.pop()
        for number, step in enumerate(self.up):
            x = nn.functional.interpolate(step(x if number == 0 else torch.cat([x, kept.pop()], dim=1)), scale_factor=2)
        full = nn.functional.pixel_shuffle(self.last(torch.cat([x, kept.pop()], dim=1)), 2)
        size, opening = full[..., :bands, :frames].chunk(2, dim=1)
        mask = LEAK + (1 - LEAK) * opening.sigmoid()
        change = mask * LARGEST * size.tanh()
        return Counterfactual(standardised + change, change, mask)


def fine_variance(values: Tensor) -> Tensor:
    """How grainy clips are, (batch,): mean squared difference of a bin from the mean of its 3 × 3 neighbourhood.

    Real sound is grainy, and detectors score its grain: who blurs a clip lowers its score below that of any real one.
    As a ratio to normal clips it is an alarm. Notebook: 06.

    Examples
    --------
    >>> fine_variance(torch.ones(2, 1, 64, 201)).tolist()  # nothing differs from its neighbours
    [0.0, 0.0]
    """
    local = nn.functional.avg_pool2d(values, 3, stride=1, padding=1, count_include_pad=False)
    return (values - local).square().mean(dim=(1, 2, 3))


def measures(
    detector: Detector, other: Detector, clips: Tensor, changed: Tensor, twin: Tensor, truth: Tensor, normal: Tensor
) -> dict[str, Tensor]:
    """What a counterfactual is worth, clip by clip, each of shape (batch,).

    - valid: 1 where the score lies below the 95th percentile of normal clips; transfer: the same by another detector.
    - suspicious: 1 where it lies below their 5th percentile: hardly any real machine is as quiet as that.
    - grain: fine variance over that of normal clips, 1 when honest.
    - change: mean size of the change in decibels; outside: the same outside the truth, where nothing was wrong; area:
      share of bins changed by more than 3 dB.
    - realism: Ledoit–Wolf distance of the mel statistics to normal clips, over the median of normal clips among
      themselves (each half judged by the other); 1 is usual.
    - inside: share of the change's energy inside the truth, NaN where nothing changed; over area: that, over the
      truth's share of the clip.
    - to the twin, inside the truth: distance to the clean twin over that of the unchanged clip, over all and inside the
      truth. 0 is the twin itself, 1 is no better than to do nothing.

    Parameters
    ----------
    detector, other : Detector
        The one explained, and one that it shall transfer to.
    clips, changed, twin : Tensor, shape (batch, 1, frequency, time)
        Decibels: the clips, what became of them, and their clean twins.
    truth : Tensor, same shape, of ones and zeros
        At least one bin of each clip is one.
    normal : Tensor, shape (clips, 1, frequency, time)
        Decibels of normal clips that nobody was trained on, at least 20.

    Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, clips, normal = Autoencoder(), torch.randn(2, 1, 64, 201), torch.randn(20, 1, 64, 201)
    >>> twins, truth = torch.randn(2, 1, 64, 201), torch.rand(2, 1, 64, 201).round()
    >>> measures(detector, detector, clips, twins, twins, truth, normal)["to the twin"].tolist()
    [0.0, 0.0]
    """
    if not (clips.shape == changed.shape == twin.shape == truth.shape):
        raise ValueError("clips, changed clips, twins and truths have one shape")
    found = {}
    for name, network in {"valid": detector, "transfer": other}.items():
        usual, score = log_scores(network, normal), log_scores(network, changed)
        found[name] = (score < usual.quantile(0.95)).float()
        if name == "valid":
            found["suspicious"] = (score < usual.quantile(0.05)).float()
    usual = fine_variance(detector.standardise(normal)).mean()
    found["grain"] = fine_variance(detector.standardise(changed)) / usual
    change = changed - clips
    size = change.abs()
    found |= {
        "change": size.mean(dim=(1, 2, 3)),
        "outside": (size * (1 - truth)).sum(dim=(1, 2, 3)) / (1 - truth).sum(dim=(1, 2, 3)),
        "area": (size > 3).float().mean(dim=(1, 2, 3)),
        "realism": _realism(changed, normal),
    }
    energy = change.square()
    total = energy.sum(dim=(1, 2, 3))
    inside = torch.where(total > 0, (energy * truth).sum(dim=(1, 2, 3)) / total.clamp(min=1e-12), torch.nan)
    found |= {"inside": inside, "over area": inside / truth.mean(dim=(1, 2, 3))}
    for name, where in {"to the twin": torch.ones_like(truth), "inside the truth": truth}.items():
        after = ((changed - twin).square() * where).sum(dim=(1, 2, 3)).sqrt()
        before = ((clips - twin).square() * where).sum(dim=(1, 2, 3)).sqrt()
        found[name] = after / before
    return found


def log_scores(detector: Detector, values: Tensor) -> Tensor:
    """`peak_score` of clips in decibels, (batch, 1, frequency, time) → (batch,). No gradients. Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> log_scores(Autoencoder(), torch.randn(2, 1, 64, 201)).shape
    torch.Size([2])
    """
    with evaluating(detector):
        return torch.cat([peak_score(detector, detector.standardise(part)) for part in values.split(64)])


def _realism(changed: Tensor, normal: Tensor) -> Tensor:
    """Distance of clips to normal ones by their mel statistics, over what is usual, (batch,)."""
    halves = [mel_statistics(half) for half in (normal[::2], normal[1::2])]
    found, usual = [], []
    for fitted, held_out in (halves, halves[::-1]):
        distance = fit_baselines(fitted)["Mahalanobis (Ledoit–Wolf)"]
        found.append(np.sqrt(distance(mel_statistics(changed))))
        usual.append(np.sqrt(distance(held_out)))
    return torch.from_numpy(np.mean(found, axis=0) / np.median(usual)).float()


ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)  # the target scores that a generator learns


@dataclass(frozen=True)
class Weights:
    """Of the losses of `Objective`; 0 takes one away.

    Attributes
    ----------
    score : float, default 6
        Distance of the log score to the range of its target.
    sparsity : float, default 0.4
        Mean size of the change, and a tenth of the mean mask.
    pair : float, default 2
        Distance to the clean source of a corrupted clip, at target 0; four times where it was corrupted. The course's
        own: the source has no pairs.
    cycle : float, default 0
        Distance to the clip after a way there and back: with its own score as target it must return.
    realism : float, default 0
        What a discriminator, trained at the same time, can tell from normal clips.
    concept : float, default 0
        Cross-entropy of a classifier, trained at the same time, that tells the concept from the change.
    """

    score: float = 6.0
    sparsity: float = 0.4
    pair: float = 2.0
    cycle: float = 0.0
    realism: float = 0.0
    concept: float = 0.0


def target_ranges(detector: Detector, normal: Tensor, kinds: tuple[str, ...] = CORRUPTIONS) -> Tensor:
    """The log scores that count as met for each of `ALPHAS`: (targets, 2), lowest and highest.

    At 0 they are the 10th and 80th percentile of normal clips (decibels, (clips, 1, frequency, time)), at 1 the 75th
    and 90th of corrupted ones; in between both ends move evenly. Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> target_ranges(Autoencoder(), torch.randn(8, 1, 64, 201)).shape
    torch.Size([5, 2])
    """
    corrupted = corrupt(normal, torch.Generator().manual_seed(0), kinds)[0]
    scores = [log_scores(detector, values) for values in (normal, corrupted)]
    lowest, highest = (
        torch.stack([scores[0].quantile(first), scores[1].quantile(last)]) for first, last in ((0.1, 0.75), (0.8, 0.9))
    )
    alphas = torch.tensor(ALPHAS)
    return torch.stack([ends[0] + alphas * (ends[1] - ends[0]) for ends in (lowest, highest)], dim=1)


class WithCritics(nn.Module):
    """A generator and the two networks that are trained with it: `training.fit` sees one model.

    Parameters
    ----------
    generator : Generator

    The discriminator looks at patches of 22 × 22 bins; the concept classifier at the change alone. Notebook: 06.
    """

    def __init__(self, generator: Generator):
        super().__init__()
        self.generator = generator
        self.discriminator = nn.Sequential(*_strided((1, 16, 32, 32)), nn.Conv2d(32, 1, 1))
        self.classifier = nn.Sequential(
            *_strided((1, 16, 32)), nn.AdaptiveAvgPool2d((4, 1)), nn.Flatten(), nn.Linear(128, generator.concepts)
        )

    def forward(self, *given: Tensor) -> Counterfactual:
        return self.generator(*given)


def _strided(channels: tuple[int, ...]) -> list[nn.Module]:
    layers = []
    for into, out in zip(channels, channels[1:], strict=False):
        layers += [nn.Conv2d(into, out, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
    return layers


class _Reverse(torch.autograd.Function):
    """Passes values on and turns gradients round: what one side minimises, the other maximises, in one step.

    Source: Ganin & Lempitsky 2015, "Unsupervised domain adaptation by backpropagation".
    """

    @staticmethod
    def forward(context, values: Tensor) -> Tensor:
        return values.view_as(values)

    @staticmethod
    def backward(context, gradient: Tensor) -> Tensor:
        return -gradient


class Objective:
    """What a generator is trained for, as a loss of `training.fit` on normal clips, (batch, 1, frequency, time), dB.

    Three clips of ten are left alone, the others corrupted; seven of ten have the target 0, the others one of `ALPHAS`.

    Parameters
    ----------
    detector : Detector
        Used as it is; its weights are never changed.
    ranges : Tensor, shape (targets, 2)
        From `target_ranges`.
    weights : Weights
    kinds : tuple of str, default `CORRUPTIONS`
    two_sided : bool, default True
        Whether a score below the range of its target counts as wrong. False is an invitation to cheat.

    Source: the losses of 2402.14469, but the pair loss, which is ours. Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, normal = Autoencoder(), torch.randn(8, 1, 64, 201)
    >>> objective = Objective(detector, target_ranges(detector, normal), Weights(pair=0.0))
    >>> sorted(objective.terms(WithCritics(Generator()), normal, torch.Generator().manual_seed(0)))
    ['score', 'sparsity']
    """

    def __init__(
        self, detector: Detector, ranges: Tensor, weights: Weights, kinds: tuple[str, ...] = CORRUPTIONS,
        two_sided: bool = True,
    ):  # fmt: skip
        self.detector = copy.deepcopy(detector).eval().requires_grad_(False)
        self.ranges, self.weights, self.kinds, self.two_sided = ranges, weights, kinds, two_sided

    def __call__(self, model: WithCritics, normal: Tensor, generator: torch.Generator) -> Tensor:
        terms = self.terms(model, normal, generator)
        if not model.training:  # what a critic says changes with the critic: it cannot choose the best epoch
            terms.pop("realism", None)
        return sum(getattr(self.weights, name) * value for name, value in terms.items())

    def terms(self, model: WithCritics, normal: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """The losses by name, unweighted; those of weight 0 are left out."""
        clips, weights = len(normal), self.weights
        corrupted, where = corrupt(normal, generator, self.kinds)
        keep = (torch.rand(clips, generator=generator) < 0.3).float()[:, None, None, None]
        x = self.detector.standardise(normal + (1 - keep) * (corrupted - normal))
        target = torch.randint(len(ALPHAS), (clips,), generator=generator)
        target = target * (torch.rand(clips, generator=generator) < 0.3)
        concept = torch.randint(model.generator.concepts, (clips,), generator=generator)
        made = model(x, torch.tensor(ALPHAS)[target], concept)
        lowest, highest = self.ranges[target].unbind(dim=1)
        score = peak_score(self.detector, made.values)
        missed = (score - highest).relu() + self.two_sided * (lowest - score).relu()
        terms = {"score": missed.mean(), "sparsity": made.change.abs().mean() + 0.1 * made.mask.mean()}
        if weights.pair:
            clean = self.detector.standardise(normal)
            apart = (made.values - clean).abs() * (1 + 3 * where * (1 - keep))
            terms["pair"] = (apart.mean(dim=(1, 2, 3)) * (target == 0)).sum() / (target == 0).sum().clamp(min=1)
        if weights.cycle:
            with torch.no_grad():
                own = (peak_score(self.detector, x)[:, None] - self.ranges.mean(dim=1)).abs().argmin(dim=1)
            back = model(made.values, torch.tensor(ALPHAS)[own], concept)
            terms["cycle"] = (back.values - x).abs().mean()
        if weights.realism:
            real = model.discriminator(self.detector.standardise(normal.roll(1, dims=0)))
            fake = model.discriminator(_Reverse.apply(made.values))
            terms["realism"] = (1 - real).relu().mean() + (1 + fake).relu().mean()
        if weights.concept:
            terms["concept"] = nn.functional.cross_entropy(model.classifier(made.change), concept)
        return terms


def train_generator(
    detector: Detector, train: Tensor, validation: Tensor, weights: Weights | None = None, concepts: int = 1,
    kinds: tuple[str, ...] = CORRUPTIONS, two_sided: bool = True, epochs: int = 45, seed: int = 0,
    progress: bool = True,
) -> tuple[WithCritics, pd.DataFrame]:  # fmt: skip
    """A generator that explains a detector, from normal clips in decibels alone, (clips, 1, frequency, time).

    Parameters
    ----------
    detector, weights, kinds, two_sided
        See `Objective`.
    train, validation : Tensor
    concepts : int, default 1
    epochs : int, default 45
        Three and a half minutes with 400 clips of 4 s, on one busy core.
    seed : int, default 0
        Of the generator's start and of its training.
    progress : bool, default True

    Returns
    -------
    model : WithCritics
        `model.generator` is what counts.
    history : DataFrame
        See `training.fit`.

    Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> normal = torch.randn(8, 1, 64, 200)
    >>> model, history = train_generator(Autoencoder(), normal, normal, epochs=1, progress=False)
    >>> apply(model.generator, Autoencoder(), normal).shape
    torch.Size([8, 1, 64, 200])
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = WithCritics(Generator(concepts))
    objective = Objective(detector, target_ranges(detector, train, kinds), weights or Weights(), kinds, two_sided)
    # Shortened gradients: the logarithm of a score has cliffs, and one step over them closes the mask for good.
    history = training.fit(
        model, objective, (train,), (validation,), epochs, batch_size=8, learning_rate=3e-3, gradient_norm=0.5,
        seed=seed, progress=progress,
    )  # fmt: skip
    return model, history


def apply(
    generator: Generator, detector: Detector, clips: Tensor, alpha: float = 0.0, concept: int = 0, batch_size: int = 64
) -> Tensor:
    """What becomes of clips, in decibels, shape (batch, 1, frequency, time), with one target score and concept.

    The change alone is added to the clip, so that what is not changed stays exactly as it was. No gradients.
    Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips = torch.randn(2, 1, 64, 201)
    >>> torch.equal(apply(Generator(), Autoencoder(), clips), clips)  # untrained, it changes nothing
    True
    """
    parts = []
    with evaluating(generator):
        for part in clips.split(batch_size):
            size = len(part)
            given = torch.full((size,), alpha), torch.full((size,), concept)
            parts.append(part + generator(detector.standardise(part), *given).change * detector.scale)
    return torch.cat(parts)


def nearest(clips: Tensor, normal: Tensor) -> Tensor:
    """Baseline: the normal clip nearest to each clip, by mean squared difference; shapes as `clips`. Notebook: 06.

    Examples
    --------
    >>> pool = torch.randn(5, 1, 64, 201)
    >>> torch.equal(nearest(pool[2:3] + 0.01, pool), pool[2:3])
    True
    """
    return normal[torch.cdist(clips.flatten(1), normal.flatten(1)).argmin(dim=1)]


def optimise(
    detector: Detector, clips: Tensor, highest: float, weight: float = 6.0, sparsity: float = 0.4, steps: int = 150
) -> Tensor:
    """Baseline: change the bins themselves, by gradient descent, until the score is at most `highest`.

    Parameters
    ----------
    detector : Detector
    clips : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    highest : float
        Log score to reach, see `target_ranges`.
    weight, sparsity : float
        Of the score and of the mean size of the change, as for a generator.
    steps : int, default 150
        Of Adam, at a rate of 0.01 standard deviations: longer steps run far below `highest`.

    Returns
    -------
    Tensor, shape of `clips`, decibels
        Of each clip the step of lowest loss.

    Source: Wachter et al. 2017, "Counterfactual explanations without opening the black box". Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, clips = Autoencoder(), torch.randn(2, 1, 64, 201)
    >>> before = log_scores(detector, clips)
    >>> changed = optimise(detector, clips, highest=before.min().item() - 1, steps=5)
    >>> bool((log_scores(detector, changed) < before).all())
    True
    """
    x = detector.standardise(clips)
    change = torch.zeros_like(x, requires_grad=True)
    best, lowest = torch.zeros_like(x), torch.full((len(x),), torch.inf)
    optimiser = torch.optim.Adam([change], lr=0.01)
    for _ in range(steps):
        missed = (peak_score(detector, x + change) - highest).relu()
        losses = weight * missed + sparsity * change.abs().mean(dim=(1, 2, 3))
        better = losses.detach() < lowest
        best[better], lowest[better] = change.detach()[better], losses.detach()[better]
        (change.grad,) = torch.autograd.grad(losses.sum(), change)  # not into the detector's weights
        optimiser.step()
    return clips + best * detector.scale


def inpaint(detector: Detector, filler: Detector, clips: Tensor, normal: Tensor, percentile: float = 99.9) -> Tensor:
    """Baseline: hide where the smoothed error stands out from that of normal clips, and let a masked autoencoder fill.

    Parameters
    ----------
    detector : Detector
        Whose error map, smoothed over 5 bands by 9 frames, says where.
    filler : Detector
        Trained with holes, see `models.autoencoder.masked_loss`.
    clips, normal : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    percentile : float, default 99.9
        Of the smoothed errors of normal clips; what lies above is filled.

    Returns
    -------
    Tensor, shape of `clips`, decibels

    Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, normal = Autoencoder(), torch.randn(8, 1, 64, 201)
    >>> clips = normal[:1].clone()
    >>> clips[..., 20:40, 50:80] += 20  # a fault
    >>> changed = inpaint(detector, detector, clips, normal, percentile=100)
    >>> bool((changed != clips)[..., 25:35, 60:70].all()), torch.equal(changed[..., 100:], clips[..., 100:])
    (True, True)
    """

    def smoothed(values: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(detector.errors(values), (5, 9), 1, (2, 4), count_include_pad=False)

    with evaluating(detector), evaluating(filler):
        usual = torch.cat([smoothed(part) for part in normal.split(64)])
        visible = (smoothed(clips) <= float(np.percentile(usual.numpy(), percentile))).float()
        return torch.where(visible == 1, clips, filler.reconstruct(clips, visible))


def to_sound(waveform: Tensor, change: Tensor, feature: LogMel) -> Tensor:
    """A clip as it sounds after its mel bands were changed: its own spectrogram and phase, louder or quieter.

    Parameters
    ----------
    waveform : Tensor, shape (batch, samples)
    change : Tensor, shape (batch, 1, n_mels, time)
        Decibels. A frequency takes the mean of its bands' changes, weighted as the bands weigh it; below the lowest
        band nothing changes.
    feature : LogMel

    Returns
    -------
    Tensor, shape of `waveform`
        Nothing is resynthesised: where the change is 0 the clip is its own, to rounding. `waveform` less this is the
        removed part alone.

    Notebook: 06.

    Examples
    --------
    >>> sound = torch.randn(1, 16_000)
    >>> quieter = to_sound(sound, torch.full((1, 1, 64, 51), -20.0), LogMel(f_min=0.0))
    >>> round((quieter.std() / sound.std()).item(), 1)  # 20 dB less are a tenth of the amplitude
    0.1
    """
    power = PowerStft(feature.sample_rate, feature.n_fft, feature.hop_length)
    spectrogram = power(waveform)
    decibels = feature.filters.T @ change / feature.filters.sum(dim=0)[:, None].clamp(min=1e-8)
    return power.inverse(replace(spectrogram, values=spectrogram.values * 10 ** (decibels / 10)))


def way_back(generator: Generator, detector: Detector, clips: Tensor, ranges: Tensor) -> Tensor:
    """How far a clip is missed on the way to target 0 and back to its own score, over how far it went, (batch,).

    0 is a full return, 1 no return at all: what was erased stays erased. `ranges` from `target_ranges`. Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, normal = Autoencoder(), torch.randn(4, 1, 64, 201)
    >>> way_back(Generator(), detector, normal, target_ranges(detector, normal)).shape
    torch.Size([4])
    """
    gone = apply(generator, detector, clips)
    own = (log_scores(detector, clips)[:, None] - ranges.mean(dim=1)).abs().argmin(dim=1)
    back = torch.empty_like(clips)
    for target, alpha in enumerate(ALPHAS):
        if (own == target).any():
            back[own == target] = apply(generator, detector, gone[own == target], alpha)
    distance = [(there - clips).square().sum(dim=(1, 2, 3)).sqrt() for there in (back, gone)]
    return distance[0] / distance[1].clamp(min=1e-6)


def concept_measures(model: WithCritics, detector: Detector, clips: Tensor, normal: Tensor) -> dict[str, Tensor]:
    """Are the first two concepts of a generator two ways to be normal? Each of shape (batch,).

    - accuracy: share of the two that the classifier, trained with the generator, assigns rightly.
    - difference: mean absolute difference of the two counterfactuals, in decibels.
    - overlap: of the areas that each changes by more than 1 dB, common over joint; 1 where neither changes anything.
    - distinct: 1 where both are valid and the overlap is below 0.5: two audible ways, not one with an inaudible tint.

    Notebook: 06.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> clips = torch.randn(4, 1, 64, 201)
    >>> found = concept_measures(WithCritics(Generator(concepts=2)), Autoencoder(), clips, clips)
    >>> found["overlap"].tolist()  # untrained, neither concept changes anything
    [1.0, 1.0, 1.0, 1.0]
    """
    pair = [apply(model.generator, detector, clips, concept=k) for k in (0, 1)]
    changes = [changed - clips for changed in pair]
    with evaluating(model):
        named = [model.classifier(change / detector.scale).argmax(dim=1) == k for k, change in enumerate(changes)]
    line = log_scores(detector, normal).quantile(0.95)
    both = torch.stack([log_scores(detector, changed) < line for changed in pair]).all(dim=0)
    areas = [change.abs() > 1 for change in changes]
    joint = (areas[0] | areas[1]).sum(dim=(1, 2, 3))
    overlap = torch.where(joint > 0, (areas[0] & areas[1]).sum(dim=(1, 2, 3)) / joint.clamp(min=1), 1.0)
    return {
        "accuracy": torch.stack(named).float().mean(dim=0),
        "difference": (pair[0] - pair[1]).abs().mean(dim=(1, 2, 3)),
        "overlap": overlap,
        "distinct": (both & (overlap < 0.5)).float(),
    }
