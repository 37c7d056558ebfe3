"""Studies of manipulated explanations. Notebook: 10."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ... import datasets
from ...attribution import twice
from ...evaluation.curvature import level_set_curvature
from ...evaluation.stability import agreement
from ...models import evaluating
from ...models.cnn14 import Cnn14, cross_entropy_loss
from ...models.softened import curvature_penalty, softened
from ...models.training import fit
from ..classifiers import KINDS, SEEDS, load_classifier, training_folds
from ..clips import MEL, labelled_clips, truths
from ..studies import study, study_columns, study_settings
from .attacks import (
    CLIPS,
    METHODS,
    attacked,
    attacked_clips,
    attacking,
    explaining,
    folded_network,
    judged,
    noise_like,
)
from .copies import LATE, copies

WORD = "FOX"
BETAS = (1000.0, 100.0, 30.0, 10.0, 3.0, 1.0)  # the first: a ReLU to the eye
ATTACKED_BETAS = (1000.0, 10.0, 3.0)
COLUMNS = [
    *("target before", "target", "own", "other", "kept", "probability", "logit", "ratio"),
    *("to the mask", "over the mask", "average precision before", "average precision"),
]


def word_map(word: str = WORD, bands: int = 64, frames: int = 251) -> Tensor:
    """A word as a map, low bands at the bottom: (1, 1, bands, frames), 0 and 1.

    Examples
    --------
    >>> 0.05 < word_map("FOX").mean().item() < 0.5
    True
    """
    picture = Image.new("L", (frames, bands))
    size = next(
        size
        for size in range(bands, 5, -1)
        if ImageFont.load_default(size).getbbox(word)[2] < 0.8 * frames
    )
    place = (frames // 2, bands // 2)
    font = ImageFont.load_default(size)
    ImageDraw.Draw(picture).text(place, word, fill=255, font=font, anchor="mm")
    drawn = np.asarray(picture, dtype=np.float32)[::-1].copy() / 255
    return torch.from_numpy(drawn)[None, None].round()


@study(
    "manipulation",
    study_settings(data=["environment", "esc10"], model=[*KINDS], seed=[*SEEDS], method=[*METHODS]),
    ["data", "model", "method", "attack", "seed", "clips", *study_columns(*COLUMNS)],
    means_by=["data", "model", "method", "attack"],
)
def manipulation_cell(
    data: str, model: str, seed: int, method: str, count: int = CLIPS, sample: int | None = None
) -> pd.DataFrame:
    """Make one network's explanations of clips, by one method, show those of other clips, under the
    mask; beside it noise of the same size under the same mask. Of saliency also at 30 and 40 dB,
    another target, an attack that reckons with delays, what copies, other networks and other
    methods show of the first, and how well maps agree with those that a detector would ask for.

    A `sample` is so many of the clips, with their own maps alone for targets.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    clips = attacked_clips(data, count)
    network = load_classifier(data, model, seed).network
    explain, sounds = explaining(network, method), torch.cat([clip.waveform for clip in clips])
    values = MEL(sounds).values
    with torch.no_grad():
        classes = network(values).argmax(dim=1)
    of_next = explain(values, classes).roll(1, dims=0)
    sounds, values, classes, of_next = (
        each[:sample] for each in (sounds, values, classes, of_next)
    )
    clips = clips[:sample]
    truth, judge = truths(clips, MEL), partial(judged, network, explain, sounds)
    attack = partial(attacked, folded_network(network), attacking(network, method), sounds)
    hidden = attack(of_next, classes)
    rows = {
        "under the mask": judge(hidden, of_next, truth),
        "noise under the mask": judge(noise_like(sounds, hidden, None), of_next, truth),
    }
    if method == "saliency":
        for budget in (30.0, 40.0):
            louder = attack(of_next, classes, budget=budget)
            rows[f"{budget:.0f} dB"] = judge(louder, of_next, truth)
            control = noise_like(sounds, louder, budget)
            rows[f"noise, {budget:.0f} dB"] = judge(control, of_next, truth)
        heard = {"clean": sounds, "under the mask": hidden}
        if sample is None:
            goals = {"a word": word_map().expand_as(values)}
            if truth is not None:
                goals["away from the event"] = 1 - truth
            for name, goal in goals.items():
                made = attack(goal, classes)
                rows[f"under the mask, {name}"] = judge(made, goal, truth)
            heard["shift-aware"] = attack(of_next, classes, shifts=(0, LATE // 2, LATE))
            rows["shift-aware"] = judge(heard["shift-aware"], of_next, truth)
            rows |= _elsewhere(data, model, seed, sounds, hidden, truth)
        for way, made in heard.items():
            rows |= {f"{way}, {name}": judge(x, of_next, truth) for name, x in copies(made).items()}
        for beta in ATTACKED_BETAS[1:]:
            smooth = softened(folded_network(network), beta)
            seen = judged(smooth, explaining(smooth, method), sounds, hidden, of_next, truth)
            rows[f"seen by softplus {beta:g}"] = seen
        rows |= _detection(network, sounds, hidden)
    names = [clip.name for clip in clips]
    return pd.concat([table.assign(attack=name, clip=names) for name, table in rows.items()])


def _elsewhere(
    data: str, model: str, seed: int, sounds: Tensor, hidden: Tensor, truth: Tensor | None
) -> dict[str, pd.DataFrame]:
    """What other networks and other methods show of an attack on saliency, beside what they show of
    the sound before; their own maps of the next clip are the target.
    """
    other = next(kind for kind in KINDS if kind != model)
    another = load_classifier(data, model, (seed + 1) % len(SEEDS)).network
    networks = {
        "seen by another training": another,
        f"seen by the {other} network": load_classifier(data, other, seed).network,
    }
    asked = {name: (network, "saliency") for name, network in networks.items()}
    own = load_classifier(data, model, seed).network
    asked |= {f"shown by {method}": (own, method) for method in METHODS if method != "saliency"}
    rows = {}
    for name, (network, method) in asked.items():
        explain, values = explaining(network, method), MEL(sounds).values
        with torch.no_grad():
            classes = network(values).argmax(dim=1)
        wanted = explain(values, classes).roll(1, dims=0)
        rows[name] = judged(network, explain, sounds, hidden, wanted, truth)
    return rows


def _detection(network: Cnn14, sounds: Tensor, hidden: Tensor) -> dict[str, pd.DataFrame]:
    """How well the map of a clip agrees (as "own") with that of the clip 10 ms late and of a
    softened network, for clips before and after an attack; agreement with the wanted map does not
    enter.
    """
    rows = {}
    explain, soft = explaining(network, "saliency"), softened(folded_network(network), 3.0)
    smooth = explaining(soft, "saliency")
    noise = noise_like(sounds, hidden, None)
    for name, heard in {"clean": sounds, "attacked": hidden, "noise": noise}.items():
        values, late = MEL(heard).values, MEL(heard.roll(LATE, dims=-1)).values
        with torch.no_grad():
            classes = network(values).argmax(dim=1)
        usual = explain(values, classes)
        for way, other in {
            "10 ms late": explain(late, classes),
            "softened": smooth(values, classes),
        }.items():
            rows[f"{name}, agrees with {way}"] = pd.DataFrame(
                {"own": agreement(usual, other).double().numpy()}
            )
    return rows


SIGMAS = (0.5, 1.0, 2.0, 5.0)  # decibels
SOFT_COLUMNS = [
    *("right", "curvature", "agrees with ReLU", *COLUMNS),
    *(f"agrees with SmoothGrad {sigma:g} dB" for sigma in SIGMAS),
]


@study(
    "softened",
    study_settings(data=["environment", "esc10"], model=[*KINDS], seed=[*SEEDS], beta=[*BETAS]),
    ["data", "model", "beta", "attack", "seed", "clips", *study_columns(*SOFT_COLUMNS)],
    means_by=["data", "model", "beta", "attack"],
)
def softened_cell(
    data: str, model: str, seed: int, beta: float, count: int = CLIPS, sample: int | None = None
) -> pd.DataFrame:
    """One network with its ReLUs as softplus: its answers, the curvature of its level sets, how far
    its maps are those of the ReLUs and of SmoothGrad, and how far they can be manipulated under the
    mask by an attack that knows of the softplus.

    A `sample` is so many of the clips.
    """
    torch.set_num_threads(1)
    clips = attacked_clips(data, count)
    network = load_classifier(data, model, seed).network
    smooth = softened(folded_network(network), beta)
    sounds = torch.cat([clip.waveform for clip in clips])
    values, label = MEL(sounds).values, torch.tensor([clip.target for clip in clips])
    explain, sharp = explaining(smooth, "saliency"), explaining(network, "saliency")
    with torch.no_grad():
        classes, answers = network(values).argmax(dim=1), smooth(values).argmax(dim=1)
    maps = explain(values, classes)
    of_next = maps.roll(1, dims=0)[:sample]
    sounds, values, label, classes, answers, maps = (
        each[:sample] for each in (sounds, values, label, classes, answers, maps)
    )
    clips = clips[:sample]
    truth = truths(clips, MEL)
    columns = {
        "right": (answers == label).double(),
        "curvature": level_set_curvature(smooth, values, classes),
        "agrees with ReLU": agreement(maps, sharp(values, classes)),
    }
    for sigma in SIGMAS:
        averaged = explaining(network, "SmoothGrad", sigma)(values, classes)
        columns[f"agrees with SmoothGrad {sigma:g} dB"] = agreement(maps, averaged)
    rows = {"none": pd.DataFrame({name: x.double().numpy() for name, x in columns.items()})}
    if beta in ATTACKED_BETAS:
        way = (twice.saliency_twice, None)
        knowing = attacked(smooth, way, sounds, of_next, answers)
        rows["attacked"] = judged(smooth, explain, sounds, knowing, of_next, truth)
    names = [clip.name for clip in clips]
    return pd.concat([table.assign(attack=name, clip=names) for name, table in rows.items()])


PENALTIES = {"curvature × 10": 10.0, "curvature × 100": 100.0}  # weights beside the entropy
TRAININGS = ("continued", "weight decay", *PENALTIES)
HARDENED_BETA, HARDENED_EPOCHS, DECAY = 10.0, 6, 10.0


@study(
    "hardened",
    study_settings(data=["environment"], training=[*TRAININGS], seed=[*SEEDS]),
    ["data", "training", "attack", "seed", "clips", *study_columns("right", "curvature", *COLUMNS)],
    means_by=["data", "training", "attack"],
)
def hardened_cell(data: str, training: str, seed: int, count: int = CLIPS) -> pd.DataFrame:
    """A plain network, softened, and trained on for six epochs: as before, with a thousand times
    the weight decay, or with a penalty on its curvature; then attacked by who knows of it. Robust
    networks, which were trained with holes, are in the other studies.
    """
    torch.set_num_threads(1)
    smooth = softened(load_classifier(data, "plain", seed).network, HARDENED_BETA)
    folds = training_folds(data, 5)["train"]
    train = labelled_clips(datasets.load(data).select(fold=folds), MEL)
    train_on(smooth.requires_grad_(True), train, training, seed)
    network = folded_network(smooth)
    clips = attacked_clips(data, count)
    truth, sounds = truths(clips, MEL), torch.cat([clip.waveform for clip in clips])
    values, label = MEL(sounds).values, torch.tensor([clip.target for clip in clips])
    with torch.no_grad():
        answers = network(values).argmax(dim=1)
    explain = explaining(network, "saliency")
    of_next, way = explain(values, answers).roll(1, dims=0), (twice.saliency_twice, None)
    columns = {
        "right": (answers == label).double().numpy(),
        "curvature": level_set_curvature(network, values, answers).double().numpy(),
    }
    hidden = attacked(network, way, sounds, of_next, answers)
    rows = {
        "none": pd.DataFrame(columns),
        "attacked": judged(network, explain, sounds, hidden, of_next, truth),
    }
    names = [clip.name for clip in clips]
    return pd.concat([table.assign(attack=name, clip=names) for name, table in rows.items()])


def train_on(network: Cnn14, train: tuple[Tensor, Tensor], training: str, seed: int) -> None:
    """Train a softened network a little longer, in one of the ways of `TRAININGS`, in place.

    Examples
    --------
    >>> network = softened(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)), 10.0)
    >>> train = torch.randn(4, 1, 64, 251), torch.tensor([0, 1, 2, 3])
    >>> train_on(network, train, "curvature × 10", seed=0)
    >>> network.training
    False
    """

    def loss(model: Cnn14, values: Tensor, label: Tensor, generator: torch.Generator) -> Tensor:
        entropy = cross_entropy_loss(model, values, label, generator)
        if training not in PENALTIES or not torch.is_grad_enabled():
            return entropy
        with evaluating(model), torch.enable_grad():
            penalty = curvature_penalty(model, values, label, generator)
        return entropy + PENALTIES[training] * penalty

    decay = DECAY if training == "weight decay" else 1e-2
    options = {"learning_rate": 3e-4, "weight_decay": decay, "gradient_norm": 1.0, "keep": "last"}
    fit(network, loss, train, None, HARDENED_EPOCHS, seed=seed, progress=False, **options)
