"""What notebook 13's study asks of a learned mask beside its scores at equal area."""

import pandas as pd
import torch
from torch import Tensor

from ...attribution import integrated_gradients, saliency
from ...audio_model import AudioModel
from ...datasets import Clip
from ...evaluation import fidelity, localisation, stability
from ...evaluation.equal_area import hardened, in_order_of
from ...evaluation.sanity import randomised
from ...models.masker import Masker
from ...published import lmac
from ...sound import levels
from ...sound.stft import PowerStft
from ..classifiers import lrp_of_classifier
from ..clips import MEL, noise_like, truths
from ..nb09.noisy_maps import noisy_clips
from .judging import as_sounds, precision_of, rows_of, scores_of, scores_on_amplitude, stamps
from .maskers import folded_model, masks_of, trained_decoder

SNR = 6.0  # decibels, of clips in noise
PARTS = (0, 1)  # clips of each class in noise
RATIOS = (0.0, 12.0)  # of the first sound over the second in a mixture, in decibels
PATH = 20  # steps of integrated gradients
STEPS = ("output", "fc1", "conv_block6", "conv_block4", "conv_block2", "bn0")

Noisy = list[tuple[str, list[str], Tensor, dict[str, Tensor]]]


def alone(model: AudioModel, values: Tensor, mask: Tensor) -> pd.DataFrame:
    """A mask as the decoder draws it: its area, how far it is from the same everywhere (the
    standard deviation of its values), the drop by the public code, and what is left of it when it
    is cut at one half.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> values = torch.randn(1, 1, 64, 251)
    >>> rows = alone(model, values, torch.full_like(values, 0.7))
    >>> rows["area"].round(2).tolist()  # as drawn, and cut at one half
    [0.7, 1.0]
    """
    heard = fidelity.answers(model, values, torch.stack([mask, (mask > 0.5).float()]))
    scores = fidelity.scores(heard)
    published = [lmac.average_drop(heard.clean, kept) for kept in heard.kept]
    scores |= {"AD, public code": torch.stack(published)}
    both = torch.stack([mask, (mask > 0.5).float()])
    scores |= {"area": both.mean(dim=(2, 3, 4)), "spread": both.std(dim=(2, 3, 4))}
    rows = rows_of(scores, ["learned", "learned, over one half"], torch.ones(2, len(values)) > 0)
    return rows.assign(form="as drawn")


def as_stamps(
    model: AudioModel, values: Tensor, clips: list[Clip], mask: Tensor, owners: Tensor
) -> pd.DataFrame:
    """A mask, the energy with its values and, where known, the truth: laid over white noise of the
    clip's level, over a clip that the network names otherwise, and over the clip's own twin.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> from ...datasets import environment
    >>> clips, values = list(environment.load())[:1], torch.randn(1, 1, 64, 251)
    >>> rows = as_stamps(model, values, clips, torch.rand_like(values), torch.tensor([0]))
    >>> rows["form"].unique().tolist()
    ['on noise', 'on another clip', 'on its twin']
    """
    grounds = {"noise": noise_like(values, 0), "another clip": _named_otherwise(values, owners)}
    masks = {"learned": mask, "learned, hard": hardened(mask)}
    masks["energy"] = in_order_of(values, mask)
    truth = truths(clips)
    if truth is not None:
        masks["the truth"] = truth
        twins = [clip.twin for clip in clips if clip.twin is not None]
        grounds["its twin"] = MEL(torch.cat(twins)).values
    return stamps(model, masks, grounds, owners)


def _named_otherwise(values: Tensor, owners: Tensor) -> Tensor:
    """Of each clip the next one, in a circle, that is named otherwise; itself where all agree."""
    count = len(owners)
    order = [[(place + step) % count for step in range(1, count)] for place in range(count)]
    found = [
        next((other for other in others if owners[other] != owners[place]), place)
        for place, others in enumerate(order)
    ]
    return values[found]


def noisy(model: AudioModel, network: AudioModel, data: str) -> Noisy:
    """Clips in three backgrounds each, 6 dB below: of each background its name, the names of the
    clips, their decibels, and the maps of other methods for the class that is named in noise.

    Examples
    --------
    >>> noisy(None, None, "tides")
    Traceback (most recent call last):
        ...
    ValueError: there is no data set 'tides'; ...
    """
    found: Noisy = []
    for part in PARTS:
        clips, backgrounds = noisy_clips(data, part)
        sounds = torch.cat([clip.waveform for clip in clips])
        for name, noise in backgrounds.items():
            values = MEL(levels.mix(sounds, noise, SNR, 16_000)).values
            target = model.outputs(values).argmax(dim=1)
            maps = {
                "saliency": saliency(network, values, target, absolute=False),
                "integrated gradients": integrated_gradients(network, values, target, steps=PATH),
                "LRP": lrp_of_classifier(network, values, target),
                "energy": values,
            }
            found.append((name, [clip.name for clip in clips], values, maps))
    return found


def in_noise(model: AudioModel, masker: Masker, heard: Noisy) -> pd.DataFrame:
    """Masks that a decoder draws for noisy clips, beside other maps with the same values; the class
    is the one named in noise.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> masker = Masker((2, 2, 2, 2, 2, 2)).eval()
    >>> values = torch.randn(1, 1, 64, 251)
    >>> rows = in_noise(model, masker, [("rain", ["one"], values, {"energy": values})])
    >>> rows[["method", "clip"]].values.tolist()
    [['learned', 'one'], ['energy', 'one']]
    """
    tables = []
    for noise, names, values, maps in heard:
        mask = masks_of(masker, model, values)
        masks = {"learned": mask} | {name: in_order_of(x, mask) for name, x in maps.items()}
        rows = scores_of(model, values, masks).assign(form=f"in {noise}")
        tables.append(rows.assign(clip=[names[clip] for clip in rows["clip"]]))
    return pd.concat(tables)


def in_mixtures(
    model: AudioModel, network: AudioModel, masker: Masker, clips: list[Clip], truth: Tensor
) -> pd.DataFrame:
    """Two sounds of different classes at once: how well maps tell the bins of the louder one, or of
    the first of two that are equally loud, from those of the other.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> in_mixtures(model, model, Masker((2, 2, 2, 2, 2, 2)), [], torch.zeros(0, 1, 64, 251))
    Traceback (most recent call last):
        ...
    ValueError: torch.cat(): expected a non-empty list of Tensors
    """
    sounds, tables = torch.cat([clip.waveform for clip in clips]), []
    target, step = torch.tensor([clip.target for clip in clips]), len(clips) // 10
    others, of_others = sounds.roll(-step, dims=0), truth.roll(-step, dims=0)
    for ratio in RATIOS:
        values = MEL(levels.mix(sounds, others, ratio, 16_000)).values
        maps = {
            "learned": masks_of(masker, model, values),
            "LRP": lrp_of_classifier(network, values, target),
            "integrated gradients": integrated_gradients(network, values, target, steps=PATH),
            "energy": values,
        }
        for name, each in maps.items():
            found = localisation.one_over_another(each, truth, of_others).numpy()
            rows = pd.DataFrame({"AUROC": found, "clip": range(len(found))})
            tables.append(rows.assign(method=name, form=f"mixture, {ratio:.0f} dB"))
    return pd.concat(tables)


def sounding(
    model: AudioModel,
    amplitude: Masker,
    clips: list[Clip],
    mask: Tensor,
    owners: Tensor,
    maps: dict[str, Tensor],
) -> pd.DataFrame:
    """Masks in decibels and gains on amplitudes as sounds, and the scores of the latter, beside the
    energy and integrated gradients with the same values and, where known, the truth.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> from ...datasets import environment
    >>> masker, clips = Masker((2, 2, 2, 2, 2, 2)).eval(), list(environment.load())[:1]
    >>> mask, owners = torch.rand(1, 1, 64, 251), torch.tensor([0])
    >>> rows = sounding(model, masker, clips, mask, owners, {"integrated gradients": mask})
    >>> rows["form"].unique()[:3].tolist()
    ['heard, decibels', 'heard, amplitude', 'soft, amplitude']
    """
    truth, sounds = truths(clips), torch.cat([clip.waveform for clip in clips])
    values = MEL(sounds).values
    gains = masks_of(amplitude, model, values)
    shown = {"energy": values, "integrated gradients": maps["integrated gradients"]}
    tables = []
    for application, drawn in {"decibels": mask, "amplitude": gains}.items():
        masks = {"learned": drawn, "learned, hard": hardened(drawn)}
        masks |= {name: in_order_of(x, drawn) for name, x in shown.items()}
        if truth is not None:
            masks["the truth"] = truth
        tables.append(as_sounds(model, clips, masks, owners, application))
    power = PowerStft(MEL.sample_rate, MEL.n_fft, MEL.hop_length)(sounds).values
    masks = {"learned": gains} | {name: in_order_of(x, gains) for name, x in shown.items()}
    rows = scores_on_amplitude(model, power, values, masks).assign(form="soft, amplitude")
    area = pd.DataFrame({"area": gains.mean(dim=(1, 2, 3)).numpy(), "clip": range(len(gains))})
    return pd.concat([*tables, rows, area.assign(method="learned", form="as drawn, amplitude")])


def shuffled(
    model: AudioModel,
    network: AudioModel,
    masker: Masker,
    mask: Tensor,
    data: str,
    kind: str,
    values: Tensor,
    truth: Tensor | None,
) -> pd.DataFrame:
    """What the decoder draws from networks that know less and less, beside integrated gradients of
    the same; and a decoder trained for the last of them, judged by that and by the real network.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> from ..classifiers import classifier_model
    >>> network = classifier_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> masker, values = Masker((2, 2, 2, 2, 2, 2)).eval(), torch.randn(1, 1, 64, 251)
    >>> shuffled(network, network, masker, torch.rand_like(values), "tides", "plain", values, None)
    Traceback (most recent call last):
        ...
    ValueError: no decoder is trained for plain networks on tides, in decibels
    """
    owners = model.outputs(values).argmax(dim=1)
    own, tables = integrated_gradients(network, values, owners, steps=PATH), []
    for name, copy in randomised(network.network):
        last = folded_model(copy)
        if name not in STEPS:
            continue
        drawn = masks_of(masker, last, values)
        maps = {
            "learned": stability.rank_correlation(drawn, mask),
            "integrated gradients": stability.rank_correlation(
                integrated_gradients(last, values, owners, steps=PATH), own
            ),
        }
        for method, agrees in maps.items():
            rows = pd.DataFrame({"agrees": agrees.double().numpy(), "clip": range(len(agrees))})
            tables.append(rows.assign(method=method, form=f"shuffled to {name}"))
        if truth is not None:
            found = precision_of({"learned": drawn}, truth)
            tables.append(found.assign(form=f"shuffled to {name}"))
    other, _ = trained_decoder(last, data, kind)
    drawn = masks_of(other, last, values)
    form = "for a shuffled network"
    tables.append(scores_of(last, values, {"learned": drawn}).assign(form=form))
    judged = scores_of(model, values, {"learned": drawn})
    tables.append(judged.assign(form=f"{form}, real judge"))
    area = pd.DataFrame({"area": drawn.mean(dim=(1, 2, 3)).numpy(), "clip": range(len(drawn))})
    tables.append(area.assign(method="learned", form=form))
    if truth is not None:
        tables.append(precision_of({"learned": drawn}, truth).assign(form=form))
    return pd.concat(tables)


def two_decoders(masks: list[Tensor]) -> pd.DataFrame:
    """How well the masks of the first two decoders agree, by rank correlation.

    Examples
    --------
    >>> drawn = torch.rand(2, 1, 4, 6)
    >>> two_decoders([drawn, 2 * drawn])["agrees"].round(6).tolist()  # the order counts
    [1.0, 1.0]
    """
    first, second = masks[:2]
    agrees = stability.rank_correlation(first, second).double().numpy()
    rows = pd.DataFrame({"agrees": agrees, "clip": range(len(first))})
    return rows.assign(method="learned", form="two decoders")
