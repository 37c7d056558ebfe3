"""Decoders trained by other losses than ours: what they collapse to. Notebook: 13."""

from functools import partial
from typing import cast

import pandas as pd
import torch
from torch import Tensor

from ...attribution.learned import inner_maps, train_masker
from ...attribution.mask_losses import Objective
from ...audio_model import AudioModel
from ...evaluation import fidelity
from ...evaluation.stamp import stamped
from ...models import checkpoint
from ...models.masker import Masker
from ...models.training import fit
from ...published import lmac
from ...sound.levels import power_to_decibels
from ...sound.stft import PowerStft
from ..classifiers import CHANNELS
from ..clips import MEL, clips_of_each_class, noise_like, truths
from ..results import CHECKPOINTS
from ..studies import study, study_columns, study_settings
from .judging import precision_of, rows_of
from .maskers import PRICES, blocks, explained_model, in_halves, masks_of, training_sounds

PRICE = PRICES["environment", "robust", "decibels"]
OBJECTIVES = {
    "ours": Objective(),
    "a tenth of the price": Objective(area=PRICE / 10),
    "kept alone": Objective(removed=0),
    "a fifth is free": Objective(area=3 * PRICE, budget=0.2),
    "drawn to what is loud": Objective(guidance=3.0),
}
PUBLISHED = {"published, L1 once": 1 / 16, "published": 1.0}  # the price of area over a batch of 16
SHIPPED = ("kept alone", "drawn to what is loud")  # training 0, for the explorer


def published_decoder(
    model: AudioModel, data: str, seed: int, share: float = 1.0, epochs: int = 12
) -> Masker:
    """A decoder of ours trained by the published loss: masks multiply log(1 + |X|) on the bins of
    the Fourier transform, whose magnitudes then pass the front end.

    Parameters
    ----------
    model : AudioModel
    data : str
    seed : int
    share : float, default 1
        Of the price of area, which counts for every clip of a batch.
    epochs : int, default 12

    Examples
    --------
    >>> published_decoder(None, "tides", seed=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: there is no data set 'tides'; ...
    """
    stft, sounds = PowerStft(), training_sounds(data)
    power = torch.cat([stft(part).values for part in sounds.split(16)])
    values = torch.cat([MEL(part).values for part in sounds.split(16)])
    maps, named = inner_maps(model, values, blocks(model)), model.outputs(values).argmax(dim=1)
    torch.manual_seed(seed)
    masker = Masker(CHANNELS)

    def loss(masker: Masker, log_magnitude: Tensor, named: Tensor, *maps, generator) -> Tensor:
        mask = masker(maps, log_magnitude.shape[2:]).sigmoid()
        kept, removed = (model(_heard(part)) for part in lmac.parts(log_magnitude, mask))
        whole = lmac.loss(kept, removed, named, mask)
        free = lmac.loss(kept, removed, named, 0 * mask)
        return free + share * (whole - free)

    data_of_clips = (power.sqrt().log1p(), named, *maps)
    fit(masker, loss, data_of_clips, None, epochs, seed=seed, keep="last", progress=False)
    return masker


def _heard(magnitude: Tensor) -> Tensor:
    return power_to_decibels(MEL.to_mel(magnitude.square()), MEL.floor)


@study(
    "mask_losses",
    study_settings(loss=[*OBJECTIVES, *PUBLISHED], seed=[0, 1, 2]),
    [
        *("loss", "form", "seed", "clips"),
        *study_columns("FF", "AD", "Fid-In", "area", "spread", "named", "average precision"),
    ],
    means_by=["loss", "form"],
)
def mask_losses_cell(loss: str, seed: int) -> pd.DataFrame:
    """One decoder for the robust network of training 0, trained by one loss and judged as it was
    trained; "named" tells whether its masks write their class on noise.
    """
    torch.set_num_threads(1)
    model = explained_model("environment", "robust")
    clips = clips_of_each_class("environment", 4)
    sounds = torch.cat([clip.waveform for clip in clips])
    values, truth = MEL(sounds).values, cast(Tensor, truths(clips))
    if loss in PUBLISHED:
        masker = published_decoder(model, "environment", seed, PUBLISHED[loss])
        heard, shown = _published_answers(model, masker, sounds, values)
    else:
        train = partial(train_masker, model, training_sounds("environment"), blocks(model))
        masker = in_halves(train(OBJECTIVES[loss], seed=seed, progress=False)[0])
        shown = masks_of(masker, model, values)
        heard = fidelity.answers(model, values, shown[None])
    if seed == 0 and loss in SHIPPED:
        area = {"mean area": round(shown.mean().item(), 4)}
        command = "python -m audioxai_lite study mask_losses"
        checkpoint.save(masker, loss_name(loss), command, 0, area, CHECKPOINTS, half=True)
    owners = model.outputs(values).argmax(dim=1)
    scores = fidelity.scores(heard)
    scores |= {"area": shown.mean(dim=(1, 2, 3))[None], "spread": shown.std(dim=(1, 2, 3))[None]}
    scores["named"] = stamped(model, shown, noise_like(values, 0), owners)[0][None]
    rows = rows_of(scores, ["learned"], torch.ones(1, len(values)) > 0).assign(form="as drawn")
    table = pd.concat([rows, precision_of({"learned": shown}, truth)]).drop(columns="method")
    return table.assign(clip=[clips[number].name for number in table["clip"]])


def _published_answers(
    model: AudioModel, masker: Masker, sounds: Tensor, values: Tensor
) -> tuple[fidelity.Answers, Tensor]:
    """Answers to what masks on log(1 + |X|) keep and remove, and the masks on mel bands: the mean
    over each band's bins.
    """
    log_magnitude = PowerStft()(sounds).values.sqrt().log1p()
    maps = inner_maps(model, values, blocks(model))
    with torch.no_grad():
        mask = masker(maps, log_magnitude.shape[2:]).sigmoid()
    parts = [_heard(part) for part in lmac.parts(log_magnitude, mask)]
    kept, removed = (model.probabilities(part)[None] for part in parts)
    shares = MEL.filters / MEL.filters.sum(dim=1, keepdim=True)
    return fidelity.Answers(model.probabilities(values), kept, removed), shares @ mask


def loss_name(loss: str) -> str:
    """What the weights of a decoder of another loss are called.

    Examples
    --------
    >>> loss_name("kept alone")
    'masker-kept-alone-environment-robust-0'
    """
    return f"masker-{loss.replace(' ', '-')}-environment-robust-0"


def load_masker_of_loss(loss: str) -> Masker:
    """One of the decoders in `SHIPPED`.

    Examples
    --------
    >>> load_masker_of_loss("kept alone").training
    False
    """
    masker = Masker(CHANNELS)
    checkpoint.load(masker, loss_name(loss), CHECKPOINTS)
    return masker.requires_grad_(False)
