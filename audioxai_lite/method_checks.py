"""Which methods of explanation a model can bear: the checks of `model_doctor` that ask a method.
Taught in notebook 14.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from .attribution.batches import undisturbed
from .audio_model import AudioModel
from .check import Check
from .evaluation.sanity import randomised
from .evaluation.stability import rank_correlation
from .layer_checks import axes_of_maps
from .methods import GRADIENTS, attribution_of
from .recording import Recording

FROM_SILENCE = ("integrated gradients", "GradientSHAP", "Deep SHAP")
MISSING = 0.15  # the share of the sum at which integrated gradients are refused
OFF = 0.1  # how far the measured slope may be from the gradient


def checks_of_methods(model: AudioModel, recording: Recording) -> Iterator[Check]:
    """The checks that ask methods, one after another.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> [check.name for check in checks_of_methods(model, model.hear(torch.rand(8_000)))]
    ['gradient']
    """
    if not model.has_gradients:
        yield Check("gradient", "not with this model", "a function has none", "", tuple(GRADIENTS))
        return
    cut = first_cut(model, recording)
    if cut:
        remedy = "take that step apart (front_end=), or use occlusion, RISE, LIME, Shapley values"
        yield Check("gradient", "problem", cut, remedy, tuple(GRADIENTS))
        return
    outputs = recording.outputs(recording.values)
    target = model.class_of(None, outputs)
    slope = _slope(recording, target)
    yield slope
    if slope.state == "ok":
        yield from _sums(model, recording, target)
    yield from _tried(model, recording, target)
    yield from axes_of_maps(model, recording, target)
    yield _weights(model, recording, target)


def first_cut(model: AudioModel, recording: Recording) -> str:
    """Where the gradient stops on its way to the values, in words; "" where it arrives.

    Examples
    --------
    >>> class Rounding(nn.Module):
    ...     def forward(self, waveforms):
    ...         return waveforms.detach().mean(dim=1)
    >>> model = AudioModel(Rounding(), sample_rate=16_000)
    >>> first_cut(model, model.hear(torch.rand(8_000)))
    'no gradient reaches the input; it stops in Rounding'
    """
    stops: list[str] = []

    def look(module: nn.Module, inputs: tuple, output: object) -> None:
        given = [each for each in _tensors(output) if each.is_floating_point()]
        asked = any(each.requires_grad for each in _tensors(inputs))
        # Inside a no_grad every module looks cut: what counts is the one that opened it.
        if not torch.is_grad_enabled():
            return
        if asked and given and not any(each.requires_grad for each in given):
            stops.append(type(module).__name__)

    values = recording.values.clone()
    handles = [module.register_forward_hook(look) for module in _hookable(model.network)]
    try:
        with undisturbed(model.called):
            leaf = values.requires_grad_()
            outputs = recording(leaf)
            if not outputs.requires_grad:
                where = f"; it stops in {stops[0]}" if stops else ""
                return f"no gradient reaches the input{where}"
            # Of one class: the sum of probabilities is always 1, and its gradient 0.
            chosen = outputs if outputs.ndim == 1 else outputs.amax(dim=1)
            (slopes,) = torch.autograd.grad(chosen.sum(), leaf, allow_unused=True)
    except RuntimeError as error:
        return f"no gradient can be had: {str(error).splitlines()[0]}"
    finally:
        for handle in handles:
            handle.remove()
    if slopes is None:
        return "no gradient reaches the input"
    if not slopes.isfinite().all():
        return "the gradient holds NaN or infinity: a root or a logarithm of 0"
    return "" if slopes.any() else "the gradient is 0 everywhere: rounding, or a step function"


def _hookable(network: nn.Module) -> list[nn.Module]:
    """TorchScript runs without the hooks of its parts."""
    return [each for each in network.modules() if not isinstance(each, torch.jit.ScriptModule)]


def _tensors(parts: object) -> list[Tensor]:
    if isinstance(parts, Tensor):
        return [parts]
    if isinstance(parts, dict):
        parts = tuple(parts.values())
    if isinstance(parts, tuple | list):
        return [tensor for part in parts for tensor in _tensors(part)]
    return []


def chosen_output(outputs: Tensor, target: int | None) -> Tensor:
    """The outputs of one class, or the scores, (batch,).

    Examples
    --------
    >>> chosen_output(torch.tensor([[1.0, 2.0]]), 1)
    tensor([2.])
    """
    return outputs if target is None else outputs[:, target]


def _slope(recording: Recording, target: int | None) -> Check:
    """The gradient against central differences along its own direction, smoothed."""
    name, values = "gradient is the slope", recording.values
    with undisturbed(recording.model.called):
        leaf = values.clone().requires_grad_()
        (slopes,) = torch.autograd.grad(chosen_output(recording(leaf), target).sum(), leaf)
    direction = slopes / slopes.abs().max()
    claimed = float((slopes * direction).sum())
    scale = float(values.std()) or 1.0
    ratios = []
    for step in (1e-1, 1e-2, 1e-3):
        moved = torch.cat([values + step * scale * direction, values - step * scale * direction])
        up, down = chosen_output(recording.outputs(moved), target).double().tolist()
        ratios.append((up - down) / (2 * step * scale) / claimed)
    best = min(ratios, key=lambda ratio: abs(ratio - 1))
    detail = f"measured over claimed {best:.2f}"
    if abs(best - 1) > OFF:
        remedy = "a part is detached, rounded or remembers: find it, or use occlusion"
        return Check(name, "problem", detail, remedy, tuple(GRADIENTS))
    return Check(name, "ok", detail)


def due_from(
    recording: Recording, target: int | None, start: float | Tensor | None = None
) -> float:
    """What a map must sum to: the answer to the recording less that to where its path starts.

    Parameters
    ----------
    recording : Recording
    target : int or None
    start : float or Tensor that broadcasts to the recording's values, optional
        By default the recording's silence.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> due_from(model.hear(torch.full((8_000,), 0.5)), None)
    0.25
    """
    level = recording.silence if start is None else start
    first = torch.as_tensor(level, dtype=recording.values.dtype).expand_as(recording.values)
    answers = recording.outputs(torch.cat([recording.values, first]))
    clean, silent = chosen_output(answers, target).double().tolist()
    return clean - silent


def _sums(model: AudioModel, recording: Recording, target: int | None) -> Iterator[Check]:
    """What a method promises to sum to: the answer less that for silence."""
    due = due_from(recording, target)
    for method, steps in {"integrated gradients": {"steps": 32}, "gradient × input": {}}.items():
        if method in model.failed:
            continue
        found = attribution_of(model, recording, method, target, **steps).sum().item()
        missing = abs(found - due) / max(abs(due), 1e-9)
        detail = f"sums to {found:.2g} where {due:.2g} is due"
        if missing <= MISSING:
            yield Check(f"{method} adds up", "ok", detail)
        elif method == "integrated gradients":
            remedy = "more steps=, or a nearer baseline"
            yield Check(f"{method} adds up", "problem", detail, remedy, (method,))
        else:
            same = "on gains saliency is the same map: read it, and SmoothGrad, with care"
            remedy = "" if recording.played is None else same
            yield Check(f"{method} adds up", "not with this model", detail, remedy, (method,))


def _tried(model: AudioModel, recording: Recording, target: int | None) -> Iterator[Check]:
    """Methods that refuse what they cannot bear themselves."""
    tries = {"Deep SHAP": "sees every activation", "LRP": "conserves the answer"}
    for method, promise in tries.items():
        if method in model.failed:
            continue
        try:
            found = attribution_of(model, recording, method, target)
        except Exception as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            yield Check(method, "not with this model", said, "", (method,))
            continue
        yield Check(method, "ok", f"{promise}: what arrives sums to {found.sum().item():.3g}")


def _weights(model: AudioModel, recording: Recording, target: int | None) -> Check:
    """A map that stays when all that was learned is shuffled explains something else."""
    name = "weights matter"
    own = attribution_of(model, recording, "saliency", target)
    network = model.called.model
    shuffled = [] if isinstance(network, torch.jit.ScriptModule) else [*randomised(network)]
    if not shuffled:
        return Check(name, "ok", "not looked at: no layers that could be shuffled")
    try:
        model.called.model = shuffled[-1][1]
        other = attribution_of(model, model.hear(recording.waveform), "saliency", target)
    finally:
        model.called.model = network
    alike = rank_correlation(own, other).item()
    detail = f"shuffled, the gradient's map correlates by {alike:.2f}"
    if alike > 0.7:
        return Check(name, "problem", detail, "maps of gradients show the input here; doubt them")
    return Check(name, "ok", detail)
