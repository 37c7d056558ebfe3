"""Attribution: which time-frequency bins a model's output rests on. One function per method. Taught in notebook 03.

Every function takes a model, values of shape (batch, 1, frequency, time) and a target, and returns attributions of the
same shape, on the values' grid. The explained scalar is the logit of the target class, or, without a target, the
model's only output: for a detector, wrap it in `detection.Score`. Signs and units are those of the method; nothing is
rescaled. A clip's attribution never depends on the clips explained with it or before it.
"""

import copy
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import captum.attr
import numpy as np
import shap
import torch
from captum.attr._utils.custom_modules import Addition_Module
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule
from lime.lime_base import LimeBase
from lime.wrappers.scikit_image import SegmentationAlgorithm
from skimage.color import gray2rgb
from sklearn.metrics import pairwise_distances
from torch import Tensor, nn
from tqdm import tqdm

from audioxai_lite.models import evaluating
from audioxai_lite.models.cnn14 import Cnn14, with_folded_norms

FLOOR = -100.0  # decibels: silence, as in features.LogMel
Target = int | Tensor | None


def _explain(
    explain: Callable[[Tensor, Tensor | None], Tensor], model: nn.Module, values: Tensor, target: Target,
    clips: int, name: str, seed: int = 0,
) -> Tensor:  # fmt: skip
    """Explain so many clips at a time, each from the same random state, with a progress bar after two seconds."""
    if values.ndim != 4 or values.shape[1] != 1:
        raise ValueError(f"values have the shape (batch, 1, frequency, time), not {tuple(values.shape)}")
    if not values.isfinite().all():
        raise ValueError(
            f"values hold NaN or infinity in clip {int((~values.isfinite()).flatten(1).any(1).nonzero()[0])}"
        )
    if isinstance(target, int):
        target = torch.full((len(values),), target)
    if target is not None and target.shape != (len(values),):
        raise ValueError(f"target is a class, or one class a clip, not of shape {tuple(target.shape)}")
    with evaluating(model):
        outputs = model(values[:1]).shape
    if target is None and outputs != (1,):
        raise ValueError(
            f"without a target the model must give one number a clip, and this one gives {tuple(outputs)}; "
            "name the class, or wrap a detector in detection.Score"
        )
    if target is not None and len(outputs) != 2:
        raise ValueError("this model gives one number a clip and has no classes: leave the target out")
    if target is not None and not (0 <= target.min() and target.max() < outputs[1]):
        raise ValueError(f"target lies between 0 and {outputs[1] - 1}, not at {target.tolist()}")
    maps = []
    with evaluating(model), torch.enable_grad(), torch.random.fork_rng(devices=[]), _numpy_state():
        for first in tqdm(range(0, len(values), clips), desc=name, unit="batch", delay=2):
            torch.manual_seed(seed)
            np.random.seed(seed)
            part = slice(first, first + clips)
            result = explain(values[part].detach(), None if target is None else target[part])
            maps.append(result.detach().to(values.dtype))
    return torch.cat(maps)


@contextmanager
def _numpy_state() -> Iterator[None]:
    """Leaves NumPy's global random numbers as they were: Captum draws from them as well as from torch's."""
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)


def error_map(model: nn.Module, values: Tensor, target: None = None, batch_size: int = 16) -> Tensor:
    """A detector's squared errors, bin by bin: what its score is the mean of.

    Parameters
    ----------
    model : detection.Score
    values : Tensor, shape (batch, 1, frequency, time)
        Standardised, as for every explanation of a `Score`.
    target : None
        A detector has no classes.
    batch_size : int, default 16

    Raises
    ------
    ValueError
        If the model is not a `detection.Score`.

    Source: 2601.12660, "error map". Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.detection import Score
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> model, standardised = Score(Autoencoder()).eval(), torch.randn(1, 1, 64, 200)
    >>> torch.allclose(error_map(model, standardised).mean(), model(standardised))
    True
    """
    if not hasattr(model, "detector"):
        raise ValueError("an error map needs something to rebuild the clip: wrap a detector in detection.Score")
    detector: Any = model.detector
    return _explain(
        lambda x, t: (detector(x) - x).square(), model, values, target, batch_size, "error map"
    )  # fmt: skip


def saliency(
    model: nn.Module, values: Tensor, target: Target = None, absolute: bool = True, batch_size: int = 16
) -> Tensor:
    """The gradient of the output with respect to each bin: how much a small change there would matter.

    Parameters
    ----------
    model : nn.Module
    values : Tensor, shape (batch, 1, frequency, time)
    target : int or Tensor of shape (batch,), optional
    absolute : bool, default True
        The size of the gradient; False keeps its sign.
    batch_size : int, default 16

    Returns
    -------
    Tensor, shape of `values`, in output per unit of the values

    Raises
    ------
    ValueError
        As every function here: if shapes, target and model do not fit together, or a value is not finite.

    Source: Simonyan et al. 2013 (1312.6034). Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> saliency(model, values, 0).shape
    torch.Size([3, 1, 4, 8])
    """
    method = captum.attr.Saliency(model)
    return _explain(
        lambda x, t: method.attribute(x.requires_grad_(), target=t, abs=absolute), model, values, target, batch_size,
        "saliency",
    )  # fmt: skip


def smoothgrad(
    model: nn.Module, values: Tensor, target: Target = None, absolute: bool = True, samples: int = 25,
    sigma: float = 0.1, batch_size: int = 16, seed: int = 0,
) -> Tensor:  # fmt: skip
    """The mean of `saliency` over noisy copies of a clip.

    Parameters
    ----------
    model, values, target, absolute
        See `saliency`. With `absolute` sizes are averaged, as Captum does, so that opposite signs do not cancel.
    samples : int, default 25
    sigma : float, default 0.1
        Standard deviation of the noise, in the unit of the values: for decibels 0.1 is next to nothing.
    batch_size : int, default 16
        Noisy copies that pass through the model at once.
    seed : int, default 0
        Every clip gets the same noise.

    Source: Smilkov et al. 2017 (1706.03825); 25 samples and σ 0.1 on standardised input after 2601.12660. Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> smoothgrad(model, values, 0, samples=2).shape
    torch.Size([3, 1, 4, 8])
    """
    method = captum.attr.NoiseTunnel(captum.attr.Saliency(model))

    def explain(x, t):
        return method.attribute(
            x.requires_grad_(), nt_type="smoothgrad", nt_samples=samples, stdevs=sigma, target=t, abs=absolute,
            nt_samples_batch_size=min(batch_size, samples),
        )  # fmt: skip

    return _explain(explain, model, values, target, 1, "SmoothGrad", seed)


def integrated_gradients(
    model: nn.Module, values: Tensor, target: Target = None, baseline: float | Tensor = FLOOR, steps: int = 50,
    batch_size: int = 16,
) -> Tensor:  # fmt: skip
    """The gradient, averaged on the straight way from a baseline to the clip, times the way.

    Complete: the attributions sum to the output for the clip less that for the baseline, as far as `steps` allow; see
    `completeness`.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    baseline : float or Tensor that broadcasts to one clip, default -100 (silence, in decibels)
        The same for every clip. For standardised values 0, "as usual".
    steps : int, default 50
        Of Gauss and Legendre's quadrature.
    batch_size : int, default 16
        Steps that pass through the model at once.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Source: Sundararajan et al. 2017 (1703.01365). Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> found = integrated_gradients(model, values, 0)
    >>> completeness(found, model, values, 0).abs().max().item() < 1e-3  # a linear network: exact
    True
    """
    method = captum.attr.IntegratedGradients(model)
    baselines = torch.as_tensor(baseline, dtype=values.dtype)
    if baselines.ndim == 4 and len(baselines) > 1:
        raise ValueError(f"one baseline serves all clips; average over several, {len(baselines)} here, yourself")
    baselines = baselines.expand(values[:1].shape)
    return _explain(
        lambda x, t: method.attribute(x, baselines=baselines, target=t, n_steps=steps, internal_batch_size=batch_size),
        model, values, target, 1, "integrated gradients",
    )  # fmt: skip


def gradient_shap(
    model: nn.Module, values: Tensor, target: Target = None, background: Tensor | float = FLOOR, samples: int = 25,
    sigma: float = 0.09, seed: int = 0,
) -> Tensor:  # fmt: skip
    """Integrated gradients by chance: random points on the ways from random background clips to noisy copies.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    background : Tensor, shape (clips, 1, frequency, time), or float, default -100 (silence, in decibels)
        Each sample draws one of the clips.
    samples : int, default 25
    sigma : float, default 0.09
        Standard deviation of the noise, in the unit of the values.
    seed : int, default 0

    Source: Lundberg & Lee 2017 (1705.07874), as Captum's GradientShap; 25 samples and σ 0.09 after 2601.12660.
    Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> gradient_shap(model, values, 0, background=torch.randn(5, 1, 4, 8), samples=4).shape
    torch.Size([3, 1, 4, 8])
    """
    method = captum.attr.GradientShap(model)
    baselines = torch.as_tensor(background, dtype=values.dtype)
    baselines = baselines if baselines.ndim == 4 else baselines.expand(values[:1].shape)

    def explain(x, t):
        return method.attribute(
            x, baselines, n_samples=samples, stdevs=sigma, target=t
        )  # fmt: skip

    return _explain(explain, model, values, target, 1, "GradientSHAP", seed)


def occlusion(
    model: nn.Module, values: Tensor, target: Target = None, window: tuple[int, int] = (8, 16),
    step: tuple[int, int] = (4, 8), baseline: float = FLOOR, batch_size: int = 16,
) -> Tensor:  # fmt: skip
    """How much the output falls when a window of the spectrogram is replaced; a bin gets the mean over its windows.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    window, step : (bands, frames), default (8, 16) and (4, 8)
    baseline : float, default -100 (silence, in decibels)
    batch_size : int, default 16
        Occluded copies that pass through the model at once.

    Source: Zeiler & Fergus 2014 (1311.2901). Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> occlusion(model, values, 0, window=(2, 4), step=(1, 2)).shape
    torch.Size([3, 1, 4, 8])
    """
    method = captum.attr.Occlusion(model)

    def explain(x, t):
        return method.attribute(
            x, sliding_window_shapes=(1, *window), strides=(1, *step), baselines=baseline, target=t,
            perturbations_per_eval=batch_size,
        )  # fmt: skip

    return _explain(explain, model, values, target, 1, "occlusion")


def grad_cam(
    model: nn.Module, values: Tensor, target: Target = None, layer: nn.Module | None = None, positive: bool = True,
    as_published: bool = False, batch_size: int = 16,
) -> Tensor:  # fmt: skip
    """Channels of a convolution, weighted by their mean gradient, summed and laid over the spectrogram.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    layer : nn.Module, optional
        By default the last convolution (of an encoder: before the decoder).
    positive : bool, default True
        Keep only what speaks for the target, as in the paper.
    as_published : bool, default False
        For comparison only: leave the axes of a network that puts time first as they are, as the public code of
        Pak & Teryokhina 2025 does. The map then has time where frequency should be.
    batch_size : int, default 16

    Returns
    -------
    Tensor, shape of `values`
        Bilinearly interpolated from the layer's grid: 64 bands and 5 s have about 2 × 7 cells in Cnn14.

    Raises
    ------
    ValueError
        If the model has no convolution.

    Source: Selvaraju et al. 2017 (1610.02391). Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> grad_cam(model, values, 3).shape
    torch.Size([1, 1, 64, 251])
    """
    layer = layer or _last_convolution(model)
    method = captum.attr.LayerGradCam(model, layer)
    time_first = any(isinstance(module, Cnn14) for module in model.modules())

    def explain(x, t):
        cells = method.attribute(x.requires_grad_(), target=t, relu_attributions=positive)
        if time_first and not as_published:
            cells = cells.transpose(2, 3)
        return nn.functional.interpolate(cells, x.shape[2:], mode="bilinear", align_corners=False)

    return _explain(explain, model, values, target, batch_size, "Grad-CAM")


def _last_convolution(model: nn.Module) -> nn.Module:
    """The last convolution of a classifier, or of the encoder where there is one."""
    encoders: list[Any] = [module.down for module in model.modules() if hasattr(module, "down")]
    found = [module for module in (encoders or [model])[0].modules() if isinstance(module, nn.Conv2d)]
    if not found:
        raise ValueError("Grad-CAM needs a convolution, and this model has none: use a gradient method or occlusion")
    return found[-1]


class _OneOutput(nn.Module):
    """A classifier's logit of one class as its only column: shap compares sums with the first column otherwise."""

    def __init__(self, model: nn.Module, target: int | None):
        super().__init__()
        self.model, self.target = model, target

    def forward(self, x: Tensor) -> Tensor:
        output = self.model(x)
        return output[:, None] if self.target is None else output[:, self.target : self.target + 1]


def deep_shap(
    model: nn.Module, values: Tensor, target: Target = None, background: Tensor | None = None, batch_size: int = 10
) -> Tensor:
    """Shapley values, approximated layer by layer against background clips, with shap's DeepExplainer.

    They sum to the output for the clip less the mean output for the background: `completeness` tells how exactly.

    Parameters
    ----------
    model, values, target
        See `saliency`. Activations must be modules used once each, as in `models.cnn14`.
    background : Tensor, shape (clips, 1, frequency, time)
        What "absent" means: 100 training clips, say. Required.
    batch_size : int, default 10
        Background clips that pass through the model at once; the result does not depend on it.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If there is no background, or the attributions do not sum to what they must: the model holds an operation that
        DeepExplainer does not see (an activation called as a function, attention).

    Source: Lundberg & Lee 2017 (1705.07874); Shrikumar et al. 2017 (1704.02685). Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> deep_shap(model, values, 0, background=torch.randn(5, 1, 4, 8)).shape
    torch.Size([3, 1, 4, 8])
    """
    background = _background(background, values)

    def explain(x, t):
        one = _OneOutput(copy.deepcopy(model), None if t is None else int(t[0]))  # shap leaves tensors in modules
        total = torch.zeros_like(x)
        for part in background.split(batch_size):
            with warnings.catch_warnings():
                # shap does not know Captum's addition, and treats it as linear, which it is.
                warnings.filterwarnings("ignore", "unrecognized nn.Module: Addition_Module")
                # Checked once below, on the whole: shap's own check is of one part, with a tolerance of a hundredth.
                phi = shap.DeepExplainer(one, part).shap_values(x, check_additivity=False)
            total += torch.from_numpy(phi.reshape(x.shape)).to(x.dtype) * len(part) / len(background)
        with torch.no_grad():
            outputs = torch.cat([one(part) for part in background.split(batch_size)])
            due = (one(x) - outputs.mean()).item()
        if abs(total.sum().item() - due) > 1e-3 * max(1.0, abs(due)):
            raise ValueError(
                f"the attributions sum to {total.sum():.4g} where {due:.4g} is due: this model holds an operation that "
                "DeepExplainer does not see (an activation called as a function, attention): use another method"
            )
        return total

    return _explain(explain, model, values, target, 1, "Deep SHAP")


def gradient_at_background(
    model: nn.Module, values: Tensor, target: Target = None, background: Tensor | None = None, batch_size: int = 10
) -> Tensor:
    """For comparison only: what the public code of Pak & Teryokhina 2025 computes under the name Deep SHAP.

    There activations are called as functions, which DeepExplainer does not see, and its check is switched off. What is
    left is the gradient at each background clip, times the clip less that background, averaged. It sums to nothing in
    particular.

    Parameters
    ----------
    model, values, target, background, batch_size
        See `deep_shap`.

    Source: found by reading that code; what DeepExplainer makes of such a network is tested. Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> gradient_at_background(model, values, 0, background=torch.randn(5, 1, 4, 8)).shape
    torch.Size([3, 1, 4, 8])
    """
    background = _background(background, values)

    def explain(x, t):
        total = torch.zeros_like(x)
        for part in background.split(batch_size):
            gradient = captum.attr.Saliency(model).attribute(
                part.clone().requires_grad_(), target=None if t is None else int(t[0]), abs=False
            )
            total += (gradient * (x - part)).sum(dim=0, keepdim=True)
        return total / len(background)

    return _explain(explain, model, values, target, 1, "gradient at the background")


def _background(background: Tensor | None, values: Tensor) -> Tensor:
    if background is None or background.shape[1:] != values.shape[1:]:
        given = None if background is None else tuple(background.shape)
        raise ValueError(
            f"background clips have the shape (clips, {', '.join(map(str, values.shape[1:]))}), not {given}"
        )
    return background.detach()


def superpixels(values: Tensor, seed: int = 0) -> Tensor:
    """Segments of like level, as LIME finds them in images by default: quickshift, blind to what sound is.

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
    seed : int, default 0
        Breaks ties.

    Returns
    -------
    Tensor of int, shape (batch, 1, frequency, time), from 0

    Source: lime 0.2's default for images, which Pak & Teryokhina 2025 use. Notebook: 03.

    Examples
    --------
    >>> superpixels(torch.randn(2, 1, 64, 100)).shape
    torch.Size([2, 1, 64, 100])
    """
    quickshift = SegmentationAlgorithm("quickshift", kernel_size=4, max_dist=200, ratio=0.2, random_seed=seed)
    pictures = [gray2rgb(clip[0].double().numpy()) for clip in values]
    return torch.stack([torch.from_numpy(quickshift(picture)).long()[None] for picture in pictures])


def grid(values: Tensor, bands: int = 8, frames: int = 16) -> Tensor:
    """Rectangular segments of so many bands and frames, shape (batch, 1, frequency, time), numbered from 0.

    Source: the time-frequency grid of SLIME (Mishra et al. 2017). Notebook: 03.

    Examples
    --------
    >>> grid(torch.zeros(1, 1, 4, 8), bands=2, frames=4).unique().tolist()
    [0, 1, 2, 3]
    """
    rows = torch.arange(values.shape[2]) // bands
    columns = torch.arange(values.shape[3]) // frames
    return (rows[:, None] * (int(columns[-1]) + 1) + columns).expand(len(values), 1, -1, -1)


def perturb(values: Tensor, segments: Tensor, kept: Tensor, fill: Literal["mean"] | float = "mean") -> Tensor:
    """Copies of one clip in which some segments are kept and the others replaced.

    Parameters
    ----------
    values : Tensor, shape (1, 1, frequency, time)
    segments : Tensor of int, same shape
        The lowest number names the first column of `kept`, and so on.
    kept : Tensor, shape (copies, segments), of bool or of ones and zeros
    fill : "mean" or float, default "mean"
        What replaces a segment: its own mean, as in lime, or a level, such as -100 (silence, in decibels).

    Returns
    -------
    Tensor, shape (copies, 1, frequency, time)

    Raises
    ------
    ValueError
        If `kept` does not have a column for each segment.

    Notebook: 03.

    Examples
    --------
    >>> clip = torch.zeros(1, 1, 4, 8)
    >>> parts = grid(clip, bands=2, frames=4)
    >>> without_the_first = perturb(clip, parts, torch.tensor([[0, 1, 1, 1]]), fill=-100.0)
    >>> without_the_first[0, 0, :, 0].tolist()  # the first column: a part that is gone, and one that stayed
    [-100.0, -100.0, 0.0, 0.0]
    """
    mine, replaced = _replaced(values, segments, fill)
    if kept.shape[1:] != (int(mine.max()) + 1,):
        raise ValueError(
            f"kept has a column for each of {int(mine.max()) + 1} segments, not the shape {tuple(kept.shape)}"
        )
    return torch.where(kept[:, mine].bool(), values, replaced)


def _replaced(x: Tensor, segments: Tensor, fill: Literal["mean"] | float) -> tuple[Tensor, Tensor]:
    """For one clip: each bin's segment, counted from 0, shape (1, frequency, time); and the clip with all replaced."""
    mine = torch.unique(segments, return_inverse=True)[1].reshape(x.shape[1:])
    if fill != "mean":
        return mine, torch.full_like(x, fill)
    sizes = mine.flatten().bincount()
    sums = torch.zeros(len(sizes), dtype=x.dtype).index_add_(0, mine.flatten(), x.flatten())
    return mine, (sums / sizes)[mine][None]


def _segments(segments: Tensor, values: Tensor) -> Iterator[Tensor]:
    if segments.shape != values.shape:
        raise ValueError(f"segments have the shape of the values, {tuple(values.shape)}, not {tuple(segments.shape)}")
    return iter(segments)


def shapley(
    model: nn.Module, values: Tensor, target: Target = None, segments: Tensor | None = None,
    fill: Literal["mean"] | float = FLOOR, permutations: int | None = None, batch_size: int = 16, seed: int = 0,
) -> Tensor:  # fmt: skip
    """Shapley values of segments: what each adds to the output, averaged over all orders in which they could come in.

    They sum, over the segments, to the output for the clip less that for the clip with every segment replaced.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    segments : Tensor of int, shape (batch, 1, frequency, time)
        From `superpixels` or `grid`, say. Required.
    fill : "mean" or float, default -100 (silence, in decibels)
        See `perturb`.
    permutations : int, optional
        Average over so many random orders (Captum's ShapleyValueSampling), each of which takes a forward pass a
        segment. By default the values are exact: every subset is tried, 2 ** segments passes, up to 12 segments.
    batch_size : int, default 16
    seed : int, default 0

    Returns
    -------
    Tensor, shape of `values`, each bin the value of its segment, in the unit of the output

    Raises
    ------
    ValueError
        If there are no segments, or too many for the exact values.

    Source: Shapley 1953; Strumbelj & Kononenko 2010 for random orders. Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> parts = grid(values[:1], bands=2, frames=4)
    >>> shapley(model, values[:1], 0, parts).unique().numel()  # one value for each of the four parts
    4
    """
    if segments is None:
        raise ValueError("Shapley values are those of segments: name them, `grid(values)` for example")
    clips = _segments(segments, values)

    def explain(x, t):
        mine, replaced = _replaced(x, next(clips), fill)
        players = int(mine.max()) + 1
        if permutations is not None:
            return captum.attr.ShapleyValueSampling(model).attribute(
                x, baselines=replaced, target=t, feature_mask=mine[None], n_samples=permutations,
                perturbations_per_eval=batch_size,
            )  # fmt: skip
        if players > 12:
            raise ValueError(f"{players} segments have {2**players} subsets: give a number of permutations")
        subsets = torch.cartesian_prod(*[torch.tensor([0, 1])] * players).reshape(-1, players)
        with torch.no_grad():
            outputs = [
                model(torch.where(rows[:, mine].bool(), x, replaced)).double() for rows in subsets.split(batch_size)
            ]
        worth = torch.cat(outputs) if t is None else torch.cat(outputs)[:, t[0]]
        phi = torch.zeros(players, dtype=torch.float64)
        for player in range(players):
            without = subsets[:, player] == 0
            size = subsets[without].sum(dim=1)
            orders = [math.factorial(n) * math.factorial(players - n - 1) for n in size.tolist()]
            share = torch.tensor(orders, dtype=torch.float64) / math.factorial(players)
            # Rows count in binary, so those with and those without one player pair off in order.
            phi[player] = (share * (worth[~without] - worth[without])).sum()
        return phi[mine][None]

    return _explain(explain, model, values, target, 1, "Shapley values", seed)


def lime(
    model: nn.Module, values: Tensor, target: Target = None, segments: Tensor | None = None,
    fill: Literal["mean"] | float = "mean", samples: int = 1000, batch_size: int = 10, seed: int = 0,
) -> Tensor:  # fmt: skip
    """How much each segment of a clip adds to the probability of the target, by a linear model of what happens without.

    Random halves of the segments are replaced, the model's probability is noted, and a ridge regression, weighted by
    likeness to the clip, gives each segment its coefficient. The draws, the weights and the regression are lime's own
    (`LimeBase`); the spectrograms are put together in batches.

    Parameters
    ----------
    model, values
        See `saliency`; a classifier.
    target : int or Tensor of shape (batch,)
    segments : Tensor of int, shape (batch, 1, frequency, time), optional
        From `superpixels` (the default) or `grid`.
    fill : "mean" or float, default "mean"
        What replaces a segment: its own mean, as lime does, or a level, such as -100 (silence, in decibels).
    samples : int, default 1000
    batch_size : int, default 10
    seed : int, default 0

    Returns
    -------
    Tensor, shape of `values`, each bin the coefficient of its segment

    Raises
    ------
    ValueError
        If the model is not a classifier, or the segments do not fit the values.

    Source: Ribeiro et al. 2016 (1602.04938), lime 0.2 `LimeImageExplainer`. Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> lime(model, values[:1], 0, grid(values[:1], 2, 4), samples=20).unique().numel()  # a weight for each part
    4
    """
    if target is None:
        raise ValueError("LIME explains the probability of a class: name the target; a detector has none")
    clips = _segments(superpixels(values, seed) if segments is None else segments, values)

    def explain(x, t):
        mine, replaced = _replaced(x, next(clips), fill)
        names = int(mine.max()) + 1
        random = np.random.RandomState(seed)
        random.randint(0, high=1000)  # lime's explainer draws the segmentation's seed first
        kept = random.randint(0, 2, samples * names).reshape(samples, names)
        kept[0] = 1
        probabilities = []
        with torch.no_grad():
            for rows in torch.from_numpy(kept).split(batch_size):
                probabilities.append(model(torch.where(rows[:, mine].bool(), x, replaced)).softmax(dim=1)[:, t[0]])
        probabilities = torch.cat(probabilities).numpy().astype(np.float64)[:, None]
        distances = pairwise_distances(kept, kept[:1], metric="cosine").ravel()
        base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)), random_state=random)
        _, coefficients, *_ = base.explain_instance_with_data(kept, probabilities, distances, 0, names)
        weights = torch.zeros(names, dtype=x.dtype)
        for name, weight in coefficients:
            weights[name] = weight
        return weights[mine][None]

    return _explain(explain, model, values, target, 1, "LIME")


def lrp(
    model: Cnn14, values: Tensor, target: Target = None, rule: Literal["conserving", "epsilon"] = "conserving",
    batch_size: int = 16,
) -> Tensor:  # fmt: skip
    """Layer-wise relevance propagation: the logit, handed back layer by layer to the bins that made it.

    Every batch normalisation is folded into the convolution before it; the first, over bands, counts as preprocessing.

    Parameters
    ----------
    model : Cnn14
    values, target, batch_size
        See `saliency`.
    rule : "conserving" or "epsilon"
        "conserving": α1β0 without biases for convolutions, ε for dense layers: the relevance that arrives is the logit
        that set out, see `conservation`. "epsilon": ε everywhere, which for such networks is gradient × input.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If the model is not a Cnn14, or the rule unknown.

    Source: Bach et al. 2015; Montavon et al. 2019, rules; Captum's LRP. Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> lrp(model, values, 3).shape
    torch.Size([1, 1, 64, 251])
    """
    if not isinstance(model, Cnn14):
        raise ValueError(
            f"LRP needs a rule for every layer; there are some for Cnn14, and none for {type(model).__name__}: "
            "use a gradient method"
        )
    if rule not in ("conserving", "epsilon"):
        raise ValueError(f'rule is "conserving" or "epsilon", not {rule!r}')
    folded = folded_cnn14(model)
    method = captum.attr.LRP(folded)

    def explain(x, t):
        for module in folded.modules():  # Captum deletes the rules after every call
            if isinstance(module, nn.Conv2d) and rule == "conserving":
                module.rule = Alpha1_Beta0_Rule(set_bias_to_zero=True)
            elif isinstance(module, nn.Conv2d | nn.Linear | nn.AvgPool2d | nn.MaxPool2d | Addition_Module):
                module.rule = EpsilonRule()
        with torch.no_grad():
            x = model.bn0(x.transpose(1, 2)).transpose(1, 2)
        return method.attribute(x.requires_grad_(), target=t)

    return _explain(explain, model, values, target, batch_size, "LRP")


def folded_cnn14(model: Cnn14) -> Cnn14:
    """A copy whose convolutions do the work of their batch normalisations; the first of all is left to the caller.

    Same output for `model.bn0(values.transpose(1, 2)).transpose(1, 2)` as the model's for `values`.

    Examples
    --------
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> normalised = model.bn0(values.transpose(1, 2)).transpose(1, 2)
    >>> torch.allclose(folded_cnn14(model)(normalised), model(values), atol=1e-4)
    True
    """
    folded = with_folded_norms(model)
    folded.bn0 = nn.Dropout(0.0)  # passes everything on; Captum has no rule for nn.Identity
    return folded


def completeness(
    attribution: Tensor, model: nn.Module, values: Tensor, target: Target = None, baseline: float | Tensor = FLOOR
) -> Tensor:
    """How far the sum of an attribution is from the output for the clip less the mean output for the baseline.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
        From `integrated_gradients` or `deep_shap`.
    model, values, target
        Those that were explained.
    baseline : float, one clip, or background clips, shape (clips, 1, frequency, time)

    Returns
    -------
    Tensor, shape (batch,)
        Relative to that difference: 0 is complete.

    Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> [round(x, 3) for x in completeness(torch.zeros_like(values), model, values, 0).tolist()]  # all is missing
    [-1.0, -1.0, -1.0]
    """
    baseline = torch.as_tensor(baseline, dtype=values.dtype)
    baseline = baseline if baseline.ndim == 4 else baseline.expand(values[:1].shape)
    columns = torch.arange(len(values))
    with evaluating(model):
        for_clip = model(values)
        for_baseline = torch.cat([model(part) for part in baseline.split(16)]).mean(dim=0)
    due = for_clip - for_baseline
    if target is not None:
        due = due[columns, torch.as_tensor(target).expand(len(values))]
    return (attribution.sum(dim=(1, 2, 3)) - due) / due


def surrogate_fit(
    attribution: Tensor, model: nn.Module, values: Tensor, target: Target, segments: Tensor,
    fill: Literal["mean"] | float = "mean", samples: int = 200, batch_size: int = 16, seed: int = 0,
) -> Tensor:  # fmt: skip
    """How much of what the model does without random segments the weights of `lime` predict, on fresh draws.

    Parameters
    ----------
    attribution : Tensor, shape (batch, 1, frequency, time)
        From `lime`, with the same model, values, target, segments and fill.
    samples : int, default 200
        Fresh draws of a random half of the segments.
    batch_size : int, default 16
    seed : int, default 0

    Returns
    -------
    Tensor, shape (batch,), in [0, 1]
        The squared correlation of the sum of the kept weights with the model's probability; NaN where either is
        constant.

    Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(1, 1, 4, 8)
    >>> parts = grid(values, bands=2, frames=4)
    >>> weights = lime(model, values, 0, parts, samples=50)
    >>> bool(surrogate_fit(weights, model, values, 0, parts) > 0.8)  # a nearly linear model: a good stand-in
    True
    """
    targets = torch.as_tensor(target).expand(len(values))
    fits = []
    for weights, clip, mine, its_class in zip(attribution, values, segments, targets, strict=True):
        numbers, positions = torch.unique(mine, return_inverse=True)
        sizes = positions.flatten().bincount()
        mean = torch.zeros(len(numbers)).index_add_(0, positions.flatten(), weights.flatten()) / sizes
        kept = torch.rand(samples, len(numbers), generator=torch.Generator().manual_seed(seed)) < 0.5
        with evaluating(model):
            outputs = [model(perturb(clip[None], mine[None], rows, fill)) for rows in kept.split(batch_size)]
        happened = torch.cat(outputs).softmax(dim=1)[:, its_class]
        fits.append(torch.corrcoef(torch.stack([kept.float() @ mean, happened]))[0, 1] ** 2)
    return torch.stack(fits)


def conservation(relevance: Tensor, model: nn.Module, values: Tensor, target: Target = None) -> Tensor:
    """The sum of the relevance over the output, shape (batch,): at 1 nothing was lost or made up. Notebook: 03.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2, bias=False))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> relevance = model[1].weight[0].detach().reshape(1, 1, 4, 8) * values  # of a linear model: weight times input
    >>> torch.allclose(conservation(relevance, model, values, 0), torch.ones(3), atol=1e-4)
    True
    """
    with evaluating(model):
        output = model(values)
    if target is not None:
        output = output[torch.arange(len(values)), torch.as_tensor(target).expand(len(values))]
    return relevance.sum(dim=(1, 2, 3)) / output
