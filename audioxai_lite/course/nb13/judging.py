"""How learned masks are set beside the maps of other methods: at equal area, on sounds that are not
their own, in noise, and as sounds.
"""

from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from ...attribution.mask_losses import masked_amplitude
from ...audio_model import AudioModel
from ...datasets import Clip
from ...evaluation import fidelity, localisation
from ...evaluation.equal_area import hardened, in_order_of
from ...evaluation.fidelity import Answers
from ...evaluation.heard_again import kept_sound
from ...evaluation.stamp import stamped
from ...masks import pool_cells
from ...models.cnn14 import cnn14_for_predictions
from ...sound.quality import si_sdr
from ..classifiers import METHODS, PERTURBING, classifier_model
from ..clips import background_clips

GRADIENTS = ("saliency", "SmoothGrad", "integrated gradients", "GradientSHAP", "Grad-CAM", "LRP")
SLOW = ("occlusion", "Deep SHAP", "LIME, grid")  # asked of every second clip
DRAWS = 7  # of random cells, the same under the values of three decoders


def others_maps(
    network: AudioModel, values: Tensor, target: Tensor, data: str
) -> dict[str, Tensor]:
    """The maps of the other methods; rows of clips that a slow one was not asked about are NaN.

    Parameters
    ----------
    network : AudioModel
        A classifier of the course.
    values : Tensor, shape (clips, 1, 64, time)
    target : Tensor, shape (clips,)
    data : str
        Whose training clips Deep SHAP and GradientSHAP compare with.

    Examples
    --------
    >>> others_maps(None, torch.zeros(1, 1, 64, 251), torch.tensor([0]), "tides")
    Traceback (most recent call last):
        ...
    ValueError: there is no data set 'tides'; ...
    """
    background = background_clips(data, 25)
    quick = classifier_model(cnn14_for_predictions(network.network))
    maps = {name: METHODS[name](network, values, target, background) for name in GRADIENTS}
    for name in SLOW:
        asked = quick if name in PERTURBING else network
        maps[name] = torch.full_like(values, torch.nan)
        maps[name][::2] = METHODS[name](asked, values[::2], target[::2], background)
    return maps | {"energy": values, "energy, blurred": blurred(values)}


def blurred(maps: Tensor, bands: int = 5, frames: int = 9) -> Tensor:
    """Means over neighbouring bins: a map as smooth as what a decoder draws.

    Examples
    --------
    >>> click = torch.zeros(1, 1, 15, 25)
    >>> click[..., 7, 12] = 45.0
    >>> blurred(click).max().item()
    1.0
    """
    return functional.avg_pool2d(
        maps, (bands, frames), 1, (bands // 2, frames // 2), count_include_pad=False
    )


def by_chance(values: Tensor, seed: int) -> Tensor:
    """A map of random cells of 8 bands and 16 frames.

    Examples
    --------
    >>> by_chance(torch.zeros(1, 1, 64, 251), seed=0).unique().numel()  # 8 by 16 of them
    128
    """
    drawn = torch.rand(values.shape, generator=torch.Generator().manual_seed(seed))
    return pool_cells(drawn)


def scores_of(
    model: AudioModel, values: Tensor, masks: Mapping[str, Tensor], owners: Tensor | None = None
) -> pd.DataFrame:
    """The five scores of masks, a row a clip and mask; NaN for masks that hold NaN.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> from .maskers import folded_model
    >>> values = torch.zeros(2, 1, 64, 251)
    >>> rows = scores_of(folded_model(Cnn14(10)), values, {"all": torch.ones_like(values)})
    >>> rows[["method", "clip", "AD"]].values.tolist()
    [['all', 0, 0.0], ['all', 1, 0.0]]
    """
    stack = torch.stack(list(masks.values()))
    known = stack.isfinite().flatten(2).all(dim=2)
    heard = fidelity.answers(model, values, stack.nan_to_num(0.0), batch_size=16)
    return rows_of(fidelity.scores(heard), list(masks), known)


def rows_of(scores: dict[str, Tensor], names: list[str], known: Tensor) -> pd.DataFrame:
    """Scores, (variants, clips), as a row a clip and variant, those that are not known left out.

    Examples
    --------
    >>> rows_of({"AD": torch.tensor([[1.0, 2.0]])}, ["a"], torch.tensor([[True, False]])).values
    array([['a', 0, 1.0]], dtype=object)
    """
    clips = next(iter(scores.values())).shape[1]
    columns = {name: score.double().flatten().numpy() for name, score in scores.items()}
    rows = pd.DataFrame(
        {
            "method": [name for name in names for _ in range(clips)],
            "clip": list(range(clips)) * len(names),
        }
        | columns
    )
    return rows[known.flatten().numpy()]


def at_equal_area(
    model: AudioModel, values: Tensor, mask: Tensor, maps: Mapping[str, Tensor], draws: int = DRAWS
) -> pd.DataFrame:
    """Scores of a learned mask, of all maps in its values ("soft") and in as many bins ("hard"), of
    random cells, and of the mask of the next clip.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> from .maskers import folded_model
    >>> values = torch.randn(2, 1, 64, 251)
    >>> rows = at_equal_area(folded_model(Cnn14(10)), values, torch.rand_like(values), {}, draws=1)
    >>> rows["method"].unique().tolist(), rows["form"].unique().tolist()
    (['learned', "another clip's", 'random cells'], ['soft', 'hard'])
    """
    tables = []
    maps = {"learned": mask, **maps} | {
        f"random cells {draw}": by_chance(values, draw) for draw in range(draws)
    }
    maps["another clip's"] = mask.roll(1, dims=0)
    for form, kept in {"soft": mask, "hard": hardened(mask)}.items():
        masks = {name: _in_order(each, kept) for name, each in maps.items()}
        rows = scores_of(model, values, masks).assign(form=form)
        chance = rows["method"].str.startswith("random cells")
        drawn = rows[chance].groupby("clip").mean(numeric_only=True).reset_index()
        tables += [rows[~chance], drawn.assign(method="random cells", form=form)]
    found = pd.concat(tables)
    return found.sort_values("form", ascending=False, kind="stable", key=lambda x: x == "soft")


def _in_order(attribution: Tensor, mask: Tensor) -> Tensor:
    unknown = attribution.isnan().flatten(1).any(dim=1)[:, None, None, None]
    return torch.where(unknown, torch.nan, in_order_of(attribution.nan_to_num(0.0), mask))


def scores_on_amplitude(
    model: AudioModel, power: Tensor, values: Tensor, masks: Mapping[str, Tensor]
) -> pd.DataFrame:
    """The five scores of masks that multiply the amplitude of the Fourier transform.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> from .maskers import folded_model
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> power, values = torch.rand(1, 1, 513, 251), torch.randn(1, 1, 64, 251)
    >>> rows = scores_on_amplitude(model, power, values, {"all": torch.ones_like(values)})
    >>> rows["method"].tolist()
    ['all']
    """
    parts = []
    for mask in masks.values():
        both = [masked_amplitude(model.front_end, power, part) for part in (mask, 1 - mask)]
        parts.append([model.probabilities(part) for part in both])
    kept, removed = (torch.stack(list(each)) for each in zip(*parts, strict=True))
    heard = Answers(model.probabilities(values), kept, removed)
    known = torch.ones(len(masks), len(values), dtype=torch.bool)
    return rows_of(fidelity.scores(heard), list(masks), known)


def stamps(
    model: AudioModel, masks: Mapping[str, Tensor], grounds: Mapping[str, Tensor], owners: Tensor
) -> pd.DataFrame:
    """Whether masks write their owner's class on grounds that are not theirs, a row a mask, ground
    and clip; with nothing removed, too, for which the mask is called "no mask".

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> from .maskers import folded_model
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> mask, ground = torch.rand(1, 1, 64, 251), torch.randn(1, 1, 64, 251)
    >>> rows = stamps(model, {"mine": mask}, {"noise": ground}, torch.tensor([0]))
    >>> rows[["method", "form"]].values.tolist()
    [['mine', 'on noise'], ['no mask', 'on noise']]
    """
    tables = []
    for ground, values in grounds.items():
        for name, mask in {**masks, "no mask": torch.ones_like(values)}.items():
            named, probability = stamped(model, mask, values, owners)
            columns = {"named": named.numpy(), "probability": probability.numpy()}
            rows = pd.DataFrame(columns).assign(method=name, form=f"on {ground}")
            tables.append(rows.assign(clip=range(len(rows))))
    return pd.concat(tables)


def as_sounds(
    model: AudioModel,
    clips: list[Clip],
    masks: Mapping[str, Tensor],
    owners: Tensor,
    application: str,
) -> pd.DataFrame:
    """Masks as sounds: whether the network names the class when it hears them, and, where the event
    is known, how many decibels nearer to it they are than the clip.

    Examples
    --------
    >>> from ...models.cnn14 import Cnn14
    >>> from .maskers import folded_model
    >>> model = folded_model(Cnn14(10, channels=(2, 2, 2, 2, 2, 2)))
    >>> from ...datasets import environment
    >>> clips, everything = list(environment.load())[:1], torch.ones(1, 1, 64, 251)
    >>> rows = as_sounds(model, clips, {"all": everything}, torch.tensor([0]), "amplitude")
    >>> abs(round(rows["nearer"].item(), 2))  # the clip itself is no nearer to its event
    0.0
    """
    sounds, tables = torch.cat([clip.waveform for clip in clips]), []
    for name, mask in masks.items():
        kept = kept_sound(model.front_end, sounds, mask, application)
        again = model.outputs(model.front_end(kept).values)
        columns = {"named": (again.argmax(dim=1) == owners).double().numpy()}
        if clips[0].twin is not None:
            event = sounds - torch.cat([clip.twin for clip in clips])
            columns["nearer"] = (si_sdr(kept, event) - si_sdr(sounds, event)).numpy()
        rows = pd.DataFrame(columns).assign(method=name, form=f"heard, {application}")
        tables.append(rows.assign(clip=range(len(rows))))
    return pd.concat(tables)


def precision_of(maps: Mapping[str, Tensor], truth: Tensor) -> pd.DataFrame:
    """Average precision of maps, a row a map and clip whose event is audible.

    Examples
    --------
    >>> truth = torch.tensor([[[[1.0, 0.0]]], [[[0.0, 0.0]]]])  # nothing is heard in the second
    >>> precision_of({"mine": truth}, truth)[["clip", "average precision"]].values.tolist()
    [[0.0, 1.0]]
    """
    tables = []
    for name, each in maps.items():
        known = each.isfinite().flatten(1).all(dim=1) & (truth.amax(dim=(1, 2, 3)) > 0)
        places = known.nonzero()[:, 0]
        found = localisation.average_precision(each[places], truth[places]).double().numpy()
        columns = {"clip": places.numpy(), "average precision": found}
        tables.append(pd.DataFrame(columns).assign(method=name, form="truth"))
    return pd.concat(tables)
