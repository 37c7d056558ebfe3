"""What a generator is trained for. Taught in notebook 08."""

import copy
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor, nn

from ..inputs import as_floats
from ..masks.rules import AXES
from ..models import training
from ..models.autoencoder import Detector
from .damage import CORRUPTIONS, corrupt
from .generator import ALPHAS, Counterfactual, Generator
from .scores import log_scores, peak_score


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
        Distance to the clean source of a corrupted clip, at target 0; four times where it was
        corrupted. The course's own: the source has no pairs.
    cycle : float, default 0
        Distance to the clip after a way there and back: with its own score as target it must
        return.
    realism : float, default 0
        What a discriminator, trained at the same time, can tell from normal clips.
    concept : float, default 0
        Cross-entropy of a classifier, trained at the same time, that tells the concept from the
        change.
    """

    score: float = 6.0
    sparsity: float = 0.4
    pair: float = 2.0
    cycle: float = 0.0
    realism: float = 0.0
    concept: float = 0.0


def target_ranges(
    detector: Detector, normal: Tensor, kinds: tuple[str, ...] = CORRUPTIONS
) -> Tensor:
    """The log scores that count as met for each of `ALPHAS`: (targets, 2), lowest and highest.

    At 0 they are the 10th and 80th percentile of normal clips (decibels, (clips, 1, frequency,
    time)), at 1 the 75th and 90th of corrupted ones; in between both ends move evenly. Notebook:
    08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> ranges = target_ranges(Autoencoder(), torch.randn(8, 1, 64, 201))
    >>> bool((ranges[1:] > ranges[:-1]).all())  # a higher target asks for higher scores
    True
    """
    normal = as_floats(normal, "clips", AXES)
    corrupted = corrupt(normal, torch.Generator().manual_seed(0), kinds)[0]
    scores = [log_scores(detector, values) for values in (normal, corrupted)]
    lowest, highest = (
        torch.stack([scores[0].quantile(first), scores[1].quantile(last)])
        for first, last in ((0.1, 0.75), (0.8, 0.9))
    )
    alphas = torch.tensor(ALPHAS)
    ends = (lowest, highest)
    return torch.stack([low + alphas * (high - low) for low, high in ends], dim=1)


class WithCritics(nn.Module):
    """A generator and the two networks that are trained with it: `training.fit` sees one model.

    Parameters
    ----------
    generator : Generator

    The discriminator looks at patches of 22 × 22 bins; the concept classifier at the change alone.
    Notebook: 08.
    """

    def __init__(self, generator: Generator):
        super().__init__()
        self.generator = generator
        self.discriminator = nn.Sequential(*_strided((1, 16, 32, 32)), nn.Conv2d(32, 1, 1))
        self.classifier = nn.Sequential(
            *_strided((1, 16, 32)),
            nn.AdaptiveAvgPool2d((4, 1)),
            nn.Flatten(),
            nn.Linear(128, generator.concepts),
        )

    def forward(self, *inputs: Tensor) -> Counterfactual:
        return self.generator(*inputs)


def _strided(channels: tuple[int, ...]) -> list[nn.Module]:
    layers = []
    for into, out in zip(channels, channels[1:], strict=False):
        layers += [nn.Conv2d(into, out, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
    return layers


class _Reverse(torch.autograd.Function):
    """Passes values on and turns gradients round: what one side minimises, the other maximises, in
    one step.

    Source: Ganin & Lempitsky 2015, "Unsupervised domain adaptation by backpropagation".
    """

    @staticmethod
    def forward(context, values: Tensor) -> Tensor:
        return values.view_as(values)

    @staticmethod
    def backward(context, gradient: Tensor) -> Tensor:
        return -gradient


class Objective:
    """What a generator is trained for, as a loss of `training.fit` on normal clips, (batch, 1,
    frequency, time), dB.

    Three clips of ten are left alone, the others corrupted; seven of ten have the target 0, the
    others one of `ALPHAS`.

    Parameters
    ----------
    detector : Detector
        Used as it is; its weights are never changed.
    ranges : Tensor, shape (targets, 2)
        From `target_ranges`.
    weights : Weights
    kinds : tuple of str, default `CORRUPTIONS`
    two_sided : bool, default True
        Whether a score below the range of its target counts as wrong. False is an invitation to
        cheat.

    Source: the losses of 2402.14469, but the pair loss, which is ours. Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, normal = Autoencoder(), torch.randn(8, 1, 64, 201)
    >>> objective = Objective(detector, target_ranges(detector, normal), Weights(pair=0.0))
    >>> sorted(objective.terms(WithCritics(Generator()), normal, torch.Generator().manual_seed(0)))
    ['score', 'sparsity']
    """

    def __init__(
        self,
        detector: Detector,
        ranges: Tensor,
        weights: Weights,
        kinds: tuple[str, ...] = CORRUPTIONS,
        two_sided: bool = True,
    ):
        self.detector = copy.deepcopy(detector).eval().requires_grad_(False)
        self.ranges, self.weights, self.kinds, self.two_sided = ranges, weights, kinds, two_sided

    def __call__(self, model: WithCritics, normal: Tensor, generator: torch.Generator) -> Tensor:
        terms = self.terms(model, normal, generator)
        # What a critic says changes with the critic: it cannot choose the best epoch.
        if not model.training:
            terms.pop("realism", None)
        return sum(getattr(self.weights, name) * value for name, value in terms.items())

    def terms(
        self, model: WithCritics, normal: Tensor, generator: torch.Generator
    ) -> dict[str, Tensor]:
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
        terms = {"score": missed.mean()}
        terms["sparsity"] = made.change.abs().mean() + 0.1 * made.mask.mean()
        if weights.pair:
            clean = self.detector.standardise(normal)
            apart = (made.values - clean).abs() * (1 + 3 * where * (1 - keep))
            gone = target == 0
            terms["pair"] = (apart.mean(dim=(1, 2, 3)) * gone).sum() / gone.sum().clamp(min=1)
        if weights.cycle:
            with torch.no_grad():
                away = peak_score(self.detector, x)[:, None] - self.ranges.mean(dim=1)
            own = away.abs().argmin(dim=1)
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
    detector: Detector,
    train: Tensor,
    validation: Tensor,
    weights: Weights | None = None,
    concepts: int = 1,
    kinds: tuple[str, ...] = CORRUPTIONS,
    two_sided: bool = True,
    epochs: int = 45,
    seed: int = 0,
    progress: bool = True,
) -> tuple[WithCritics, pd.DataFrame]:
    """A generator that explains a detector, from normal clips in decibels alone, (clips, 1,
    frequency, time).

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

    Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.counterfactuals.generator import apply_generator
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> normal = torch.randn(8, 1, 64, 200)
    >>> model, history = train_generator(Autoencoder(), normal, normal, epochs=1, progress=False)
    >>> torch.equal(apply_generator(model.generator, Autoencoder(), normal), normal)  # it learns
    False
    """
    train, validation = (as_floats(each, "clips", AXES) for each in (train, validation))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = WithCritics(Generator(concepts))
    objective = Objective(
        detector, target_ranges(detector, train, kinds), weights or Weights(), kinds, two_sided
    )
    # Shortened gradients: the logarithm of a score has cliffs, and one step over them closes the
    # mask for good.
    history = training.fit(
        model,
        objective,
        (train,),
        (validation,),
        epochs,
        batch_size=8,
        learning_rate=3e-3,
        gradient_norm=0.5,
        seed=seed,
        progress=progress,
    )
    return model, history
