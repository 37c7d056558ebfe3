"""The decoders of notebook 13: for which networks, at what price of area, and where their weights
lie.
"""

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd
import torch
from torch import Tensor, nn

from ... import datasets
from ...attribution.learned import Application, learned_mask, train_masker
from ...attribution.mask_losses import Objective
from ...audio_model import AudioModel
from ...models import checkpoint
from ...models.cnn14 import Cnn14, cnn14_with_folded_norms
from ...models.masker import Masker
from ..classifiers import CHANNELS, classifier_model, load_classifier
from ..clips import log_mel
from ..results import CHECKPOINTS

FOLDS = [1, 2, 3]  # that train; fold 4 chose the prices below, and fold 5 is explained

MOST = 0.4  # of fold 4 that masks may keep in the mean
# Of area, by `price_of_area`, on 2026-11-27.
PRICES: dict[tuple[str, str, str], float] = {
    ("environment", "plain", "decibels"): 10.0,
    ("environment", "robust", "decibels"): 3.0,
    ("environment", "plain", "amplitude"): 1.0,
    ("environment", "robust", "amplitude"): 10.0,
    ("esc10", "plain", "decibels"): 10.0,
    ("esc10", "robust", "decibels"): 3.0,
    ("esc10", "plain", "amplitude"): 10.0,
    ("esc10", "robust", "amplitude"): 10.0,
}
SHIPPED = [
    ("environment", "plain", "decibels"),
    ("environment", "robust", "decibels"),
    ("environment", "robust", "amplitude"),
    ("esc10", "plain", "decibels"),
    ("esc10", "robust", "decibels"),
]


def explained_model(data: str, kind: str, seed: int = 0) -> AudioModel:
    """A classifier of the course, its batch normalisations folded, which is quicker to ask.

    Examples
    --------
    >>> explained_model("environment", "robust").network.training
    False
    """
    return folded_model(load_classifier(data, kind, seed).network)


def folded_model(network: Cnn14) -> AudioModel:
    """The same of any Cnn14.

    Examples
    --------
    >>> folded_model(Cnn14(10)).answer
    'logits'
    """
    return classifier_model(cnn14_with_folded_norms(network))


def blocks(model: AudioModel) -> list[nn.Module]:
    """The six blocks of a Cnn14, which decoders see.

    Examples
    --------
    >>> len(blocks(folded_model(Cnn14(10))))
    6
    """
    return [model.network.get_submodule(f"conv_block{number}") for number in range(1, 7)]


@lru_cache(maxsize=1)
def training_sounds(data: str) -> Tensor:
    """The sounds that train decoders, (240, samples): no labels are needed.

    Examples
    --------
    >>> len(training_sounds("environment"))
    240
    """
    clips = datasets.load(data).select(fold=FOLDS)
    return torch.cat([clip.waveform for clip in clips])


def trained_decoder(
    model: AudioModel, data: str, kind: str, decoder: int = 0, application: Application = "decibels"
) -> tuple[Masker, pd.DataFrame]:
    """A decoder trained for a network as in the study, and its history; three quarters of a minute
    of a core.

    Parameters
    ----------
    model : AudioModel
        From `explained_model`, or another Cnn14 on the same input.
    data, kind : str
        They say what area costs, see `PRICES`.
    decoder : int, default 0
        The seed.
    application : "decibels" or "amplitude"

    Examples
    --------
    >>> trained_decoder(None, "tides", "plain")
    Traceback (most recent call last):
        ...
    ValueError: no decoder is trained for plain networks on tides, in decibels
    """
    if (data, kind, application) not in PRICES:
        raise ValueError(f"no decoder is trained for {kind} networks on {data}, in {application}")
    objective = Objective(area=PRICES[data, kind, application])
    sounds, layers = training_sounds(data), blocks(model)
    options = {"seed": decoder, "progress": False}
    masker, history = train_masker(model, sounds, layers, objective, application, **options)
    return in_halves(masker), history


def price_of_area(
    data: str, kind: str, application: Application, steps: Sequence[float] = (1, 3, 10, 30)
) -> float:
    """The smallest price at which the first decoder of the first training keeps at most .4 of fold
    4 in the mean: how `PRICES` were chosen. Minutes.

    Examples
    --------
    >>> price_of_area("environment", "robust", "decibels", steps=())
    Traceback (most recent call last):
        ...
    ValueError: at no price of () do masks keep .4 or less
    """
    model = explained_model(data, kind)
    values = log_mel(datasets.load(data).select(fold=4))
    for price in steps:
        masker, _ = train_masker(
            model,
            training_sounds(data),
            blocks(model),
            Objective(area=price),
            application,
            progress=False,
        )
        if masks_of(masker, model, values).mean() <= MOST:
            return price
    raise ValueError(f"at no price of {steps} do masks keep .4 or less")


def in_halves(masker: Masker) -> Masker:
    """The same decoder with its weights rounded to 16 bits, as they are shipped.

    Examples
    --------
    >>> in_halves(Masker((2, 4))).draw.bias.item()
    2.0
    """
    state = masker.state_dict()
    halves = {name: x.half() if x.is_floating_point() else x for name, x in state.items()}
    masker.load_state_dict(halves)
    return masker


def masks_of(masker: Masker, model: AudioModel, values: Tensor) -> Tensor:
    """The masks that a decoder draws for clips.

    Examples
    --------
    >>> model, values = explained_model("environment", "plain"), torch.zeros(1, 1, 64, 251)
    >>> masks_of(Masker(CHANNELS), model, values).shape
    torch.Size([1, 1, 64, 251])
    """
    return learned_mask(masker, model, values, blocks(model))


def masker_name(data: str, kind: str, application: Application = "decibels") -> str:
    """What the weights of a shipped decoder are called: the first one of training 0.

    Examples
    --------
    >>> masker_name("environment", "robust", "amplitude")
    'masker-amplitude-environment-robust-0'
    """
    of = data if application == "decibels" else f"{application}-{data}"
    return f"masker-{of}-{kind}-0"


def load_masker(data: str, kind: str, application: Application = "decibels") -> Masker:
    """A decoder that comes with the course, for `explained_model(data, kind)`.

    Examples
    --------
    >>> load_masker("environment", "robust").training
    False
    """
    masker = Masker(CHANNELS)
    checkpoint.load(masker, masker_name(data, kind, application), CHECKPOINTS)
    return masker.requires_grad_(False)
