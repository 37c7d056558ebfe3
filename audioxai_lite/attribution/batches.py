"""What every attribution shares: what it starts from is checked, and clips are explained a few at a
time, each from the same random state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..inputs import as_classes, as_floats, as_tensor
from ..models import evaluating
from ..models.calling import Called

Target = int | Tensor | None


def checked(
    model: nn.Module, values: Any, target: Any, gradients: bool = False
) -> tuple[Called, Tensor, Tensor | None]:
    """What an attribution starts from: the model as it is called, values as floats, one class a
    clip.

    Parameters
    ----------
    model : nn.Module
    values : Tensor or ndarray, shape (batch, 1, frequency, time)
    target : a whole number, one a clip, or None for a model that gives one number a clip
    gradients : bool, default False
        Whether a gradient must reach the values.

    Raises
    ------
    ValueError
        If these do not fit together, a value or an output is not finite, or the model cuts
        gradients.

    Examples
    --------
    >>> model, values = nn.Sequential(nn.Flatten(), nn.Linear(32, 2)), torch.randn(3, 1, 4, 8)
    >>> checked(model, values.double().numpy(), 1)[2].tolist()
    [1, 1, 1]
    """
    values = as_floats(values, "values", "batch, 1, frequency, time")
    if len(values) == 0:
        raise ValueError("values hold no clip: there is nothing to explain")
    called = Called(model)
    with undisturbed(called), torch.set_grad_enabled(gradients):
        first = values[:1].clone().requires_grad_(gradients)
        outputs = called(first)
    if gradients:
        check_gradient(outputs, first)
    return called, values, _checked_target(target, values, tuple(outputs.shape))


def _checked_target(target: Any, values: Tensor, outputs: tuple[int, ...]) -> Tensor | None:
    if target is None:
        if len(outputs) == 2:
            raise ValueError(
                "without a target the model must give one number a clip, and this one gives "
                f"{outputs}; name the class, or declare a score: AudioModel(..., output=...)"
            )
        return None
    if len(outputs) == 1:
        raise ValueError("this model gives one number a clip, no classes: leave the target out")
    return as_classes(target, len(values), outputs[1]).to(values.device)


def check_gradient(outputs: Tensor, inputs: Tensor) -> None:
    """ValueError unless a gradient flows from the outputs back to the inputs, a leaf.

    Examples
    --------
    >>> inputs = torch.ones(2, requires_grad=True)
    >>> check_gradient((3 * inputs).sum(), inputs)
    >>> check_gradient(3 * inputs.detach(), inputs)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: the model cuts gradients ...: use occlusion, LIME or Shapley values
    """
    waiting, seen = [outputs.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if getattr(node, "variable", None) is inputs:
            return
        if node is not None and node not in seen:
            seen.add(node)
            waiting.extend(earlier for earlier, _ in node.next_functions)
    raise ValueError(
        "the model cuts gradients (no_grad, inference_mode, detach, rounding or NumPy inside): "
        "use occlusion, LIME or Shapley values"
    )


def as_clips(reference: Any, values: Tensor, name: str) -> Tensor:
    """What clips are compared with, a level, a clip or several, as (clips, 1, frequency, time).

    Raises
    ------
    ValueError
        If it does not fit the values, holds NaN or infinity, or has no clip.

    Examples
    --------
    >>> as_clips(-100, torch.zeros(3, 1, 1, 2), "baseline").tolist()
    [[[[-100.0, -100.0]]]]
    """
    values = as_tensor(values, "values")
    clips = as_floats(reference, name).to(values.device)
    number = len(clips) if clips.ndim == 4 else 1
    try:
        fitting = clips.expand(number, *values.shape[1:])
    except RuntimeError:
        number = 0
    if number == 0:
        sizes = ", ".join(map(str, values.shape[1:]))
        raise ValueError(f"{name} clips have the shape (clips, {sizes}), not {tuple(clips.shape)}")
    with torch.inference_mode(False):
        return fitting.clone()


def as_one_clip(reference: Any, values: Tensor, name: str) -> Tensor:
    """A level or a clip that serves all clips, as (1, 1, frequency, time); errors as in `as_clips`.

    Examples
    --------
    >>> as_one_clip(torch.zeros(3, 1, 1, 2), torch.zeros(3, 1, 1, 2), "baseline")
    Traceback (most recent call last):
        ...
    ValueError: one baseline serves all clips, not 3: average over them
    """
    clips = as_clips(reference, values, name)
    if len(clips) > 1:
        raise ValueError(f"one {name} serves all clips, not {len(clips)}: average over them")
    return clips


def explain_in_batches(
    explain: Callable[..., Tensor],
    model: nn.Module,
    values: Tensor,
    target: Tensor | None,
    clips: int,
    name: str,
    seed: int = 0,
    segments: Tensor | None = None,
) -> Tensor:
    """Explain so many clips at a time, each from the same random state, with a progress bar after
    two seconds.

    Parameters
    ----------
    explain : callable
        From clips, their classes or None, and, where there are any, their segments to a map of the
        clips' shape.
    model, values, target
        From `checked`.
    clips : int
    name : str
        The method's, for the progress bar.
    seed : int, default 0
    segments : Tensor, shape of `values`, optional

    Raises
    ------
    ValueError
        If a map holds NaN or infinity, or the model overwrites what its gradients need.

    Examples
    --------
    >>> model, values = nn.Flatten(), torch.tensor([[[[1.0]]], [[[2.0]]]])
    >>> def chance(clip, classes):
    ...     return clip * torch.rand(1)
    >>> explain_in_batches(chance, model, values, None, 1, "by chance").flatten()  # one draw, twice
    tensor([0.4963, 0.9925])
    """
    maps = []
    with undisturbed(model):
        for first in tqdm(range(0, len(values), clips), desc=name, unit="batch", delay=2):
            torch.manual_seed(seed)
            np.random.seed(seed)
            part = slice(first, first + clips)
            classes = None if target is None else target[part].clone()
            its_segments = () if segments is None else (segments[part],)
            try:
                attribution = explain(values[part].clone(), classes, *its_segments).detach()
            except RuntimeError as error:
                if "inplace operation" not in str(error):
                    raise
                raise ValueError(
                    "the model overwrites what its gradients need (x /= x.std(), say): write "
                    "x = x / x.std() there, or use occlusion, LIME or Shapley values"
                ) from error
            if not attribution.isfinite().all():
                raise ValueError(
                    f"the map of clip {first} or one soon after is not finite: look in the model "
                    "for a root or logarithm of 0, whose gradient is infinite"
                )
            maps.append(attribution.to(values.dtype))
    return torch.cat(maps)


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Gradients and no dropout inside; modes and random states are as they were afterwards.

    NumPy's random numbers too: Captum draws from them as well as from torch's.

    Examples
    --------
    >>> with torch.inference_mode(), undisturbed(nn.Dropout()):
    ...     torch.is_grad_enabled(), torch.is_inference_mode_enabled()
    (True, False)
    """
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    state = np.random.get_state()
    # cudnn's recurrent layers have gradients in training mode only, which would bring dropout back.
    recurrent = any(isinstance(module, nn.RNNBase) for module in model.modules())
    try:
        with (
            evaluating(model),
            torch.backends.cudnn.flags(enabled=torch.backends.cudnn.enabled and not recurrent),
            torch.random.fork_rng(devices=devices),
            torch.inference_mode(False),
            torch.enable_grad(),
        ):
            yield
    finally:
        np.random.set_state(state)
