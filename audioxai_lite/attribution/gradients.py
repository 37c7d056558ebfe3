"""Attributions from gradients. Taught in notebook 03."""

import captum.attr
from torch import Tensor, nn

from ..inputs import as_floats, plain
from ..sound.levels import FLOOR
from .batches import Target, as_clips, as_one_clip, checked, explain_in_batches


def saliency(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    absolute: bool = True,
    batch_size: int = 16,
) -> Tensor:
    """The gradient of the output with respect to each bin: how much a small change there would
    matter.

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
        As every function here: if shapes, target and model do not fit together, or a value is not
        finite.

    Source: Simonyan et al. 2013 (1312.6034). Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> torch.equal(saliency(model, values, 0)[2].flatten(), model[1].weight[0].abs())
    True
    """
    model, values, target = checked(model, values, target, gradients=True)
    method = captum.attr.Saliency(model)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        return method.attribute(x.requires_grad_(), target=classes, abs=absolute)

    return explain_in_batches(explain, model, values, target, batch_size, "saliency")


def gradient_times_input(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    baseline: float | Tensor = FLOOR,
    batch_size: int = 16,
) -> Tensor:
    """The signed gradient times how far each bin lies above a baseline: what a straight line would
    make of taking it away.

    Parameters
    ----------
    model, values, target, batch_size
        See `saliency`.
    baseline : float or Tensor that broadcasts to one clip, default -100 (silence, in decibels)
        Of decibels silence is not 0: times the values themselves, silence would count most.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Source: Shrikumar et al. 2016 (1605.01713), section 2.4. Notebook: 03, 14.

    Examples
    --------
    >>> import torch
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False))
    >>> model[1].weight.data = torch.tensor([[3.0, -1.0]])
    >>> gradient_times_input(model, torch.tensor([[[[1.0, 2.0]]]]), 0, baseline=0.0)
    tensor([[[[ 3., -2.]]]])
    """
    slopes = saliency(model, values, target, absolute=False, batch_size=batch_size)
    values = as_floats(values, "values")
    return slopes * (values - as_one_clip(baseline, values, "baseline"))


def smoothgrad(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    absolute: bool = True,
    samples: int = 25,
    sigma: float = 0.1,
    batch_size: int = 16,
    seed: int = 0,
) -> Tensor:
    """The mean of `saliency` over noisy copies of a clip.

    Parameters
    ----------
    model, values, target, absolute
        See `saliency`. With `absolute` sizes are averaged, as Captum does, so that opposite signs
        do not cancel.
    samples : int, default 25
    sigma : float, default 0.1
        Standard deviation of the noise, in the unit of the values: for decibels 0.1 is next to
        nothing.
    batch_size : int, default 16
        Noisy copies that pass through the model at once.
    seed : int, default 0
        Every clip gets the same noise.

    Source: Smilkov et al. 2017 (1706.03825); 25 samples and σ 0.1 on standardised input after
    2601.12660. Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> torch.allclose(smoothgrad(model, values, 0), saliency(model, values, 0))  # a linear model
    True
    """
    model, values, target = checked(model, values, target, gradients=True)
    method = captum.attr.NoiseTunnel(captum.attr.Saliency(model))

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        return method.attribute(
            x.requires_grad_(),
            nt_type="smoothgrad",
            nt_samples=samples,
            stdevs=sigma,
            target=classes,
            abs=absolute,
            nt_samples_batch_size=min(batch_size, samples),
        )

    return explain_in_batches(explain, model, values, target, 1, "SmoothGrad", seed)


def integrated_gradients(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    baseline: float | Tensor = FLOOR,
    steps: int = 50,
    batch_size: int = 16,
) -> Tensor:
    """The gradient, averaged on the straight way from a baseline to the clip, times the way.

    Complete: the attributions sum to the output for the clip less that for the baseline, as far as
    `steps` allow; see `completeness`.

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
    >>> import torch
    >>> from audioxai_lite.evaluation.completeness import completeness
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> attribution = integrated_gradients(model, values, 0)
    >>> completeness(attribution, model, values, 0).abs().max().item() < 1e-3  # linear: exact
    True
    """
    steps, batch_size = plain(steps), plain(batch_size)
    model, values, target = checked(model, values, target, gradients=True)
    baselines = as_one_clip(baseline, values, "baseline")
    method = captum.attr.IntegratedGradients(model)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        return method.attribute(
            x, baselines, target=classes, n_steps=steps, internal_batch_size=batch_size
        )

    return explain_in_batches(explain, model, values, target, 1, "integrated gradients")


def gradient_shap(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    background: Tensor | float = FLOOR,
    samples: int = 25,
    sigma: float = 0.09,
    seed: int = 0,
) -> Tensor:
    """Integrated gradients by chance: random points on the ways from random background clips to
    noisy copies.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    background : Tensor, shape (clips, 1, frequency, time), or float, default -100 (silence, in
    decibels)
        Each sample draws one of the clips.
    samples : int, default 25
    sigma : float, default 0.09
        Standard deviation of the noise, in the unit of the values.
    seed : int, default 0

    Source: Lundberg & Lee 2017 (1705.07874), as Captum's GradientShap; 25 samples and σ 0.09 after
    2601.12660. Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> attribution = gradient_shap(model, values, 0, background=0.0, samples=500)
    >>> expected = model[1].weight[0] * values[0].flatten()  # of a linear model
    >>> torch.allclose(attribution[0].flatten(), expected, atol=0.01)
    True
    """
    samples = plain(samples)
    model, values, target = checked(model, values, target, gradients=True)
    baselines = as_clips(background, values, "background")
    method = captum.attr.GradientShap(model)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        return method.attribute(x, baselines, n_samples=samples, stdevs=sigma, target=classes)

    return explain_in_batches(explain, model, values, target, 1, "GradientSHAP", seed)
