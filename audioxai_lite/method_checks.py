"""Which methods of explanation a model can bear: the checks of `model_doctor` that ask a method.
Taught in notebook 14.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from .attribution.batches import undisturbed
from .attribution.cam import layer_change
from .audio_model import AudioModel
from .evaluation.axes import AxisTest, axis_test
from .evaluation.sanity import randomised
from .evaluation.stability import rank_correlation
from .methods import GRADIENTS, attribution_of
from .recording import Recording

State = Literal["ok", "not with this model", "problem"]
FROM_SILENCE = ("integrated gradients", "GradientSHAP", "Deep SHAP")
MISSING = 0.15  # the share of the sum at which integrated gradients are refused
OFF = 0.1  # how far the measured slope may be from the gradient


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Attributes
    ----------
    name, detail : str
        What, and what was found.
    state : "ok", "not with this model" or "problem"
    remedy : str
        For a problem.
    refused : tuple of str
        The methods that `explain` refuses because of it.

    Examples
    --------
    >>> print(Check("level", "problem", "half as loud is the same", "hold the statistics"))
    PROBLEM  level: half as loud is the same -> hold the statistics
    """

    name: str
    state: State
    detail: str
    remedy: str = ""
    refused: tuple[str, ...] = ()

    def __str__(self) -> str:
        mark = {"ok": "ok", "not with this model": "no", "problem": "PROBLEM"}[self.state]
        remedy = f" -> {self.remedy}" if self.remedy else ""
        return f"{mark:7s}  {self.name}: {self.detail}{remedy}"


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
    yield from _axes(model, recording, target)
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


def _sums(model: AudioModel, recording: Recording, target: int | None) -> Iterator[Check]:
    """What a method promises to sum to: the answer less that for silence."""
    silent = recording.outputs(recording.masked(torch.zeros_like(recording.values)))
    clean = recording.outputs(recording.values)
    due = float(chosen_output(clean - silent, target)[0])
    for method, steps in {"integrated gradients": {"steps": 32}, "gradient × input": {}}.items():
        if method in model.failed:
            continue
        found = attribution_of(model, recording, method, target, **steps).sum().item()
        missing = abs(found - due) / max(abs(due), 1e-9)
        detail = f"sums to {found:.3g} where {due:.3g} is due"
        if missing <= MISSING:
            yield Check(f"{method} adds up", "ok", detail)
        elif method == "integrated gradients":
            remedy = "more steps=, or a nearer baseline"
            yield Check(f"{method} adds up", "problem", detail, remedy, (method,))
        else:
            yield Check(f"{method} adds up", "not with this model", detail, "", (method,))


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


def _axes(model: AudioModel, recording: Recording, target: int | None) -> Iterator[Check]:
    """A burst moved in time and a tone moved in frequency move the map along the same axis."""
    methods = ["gradient × input"]
    if model.layer is not None:
        methods.append("Grad-CAM")
    else:
        detail = "no layer is declared"
        yield Check("Grad-CAM", "not with this model", detail, "layer=, time_axis=", ("Grad-CAM",))
    for method in methods:
        looks = [_map_of(model, method, target)]
        if method == "Grad-CAM":  # many of its maps are empty: what the layer itself sees is not
            looks.append(_seen_by_layer(model))
        try:
            for mapped in looks:
                found = axis_test(mapped, recording.waveform, recording.grid)
                if found.verdict != "unclear":
                    break
        except Exception as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            yield Check(f"axes of {method}", "not with this model", said, "", (method,))
            continue
        yield _said(method, found)


def _map_of(model: AudioModel, method: str, target: int | None) -> Callable[[Tensor], Tensor]:
    options = {"positive": False} if method == "Grad-CAM" else {}
    return lambda sound: attribution_of(model, model.hear(sound), method, target, **options)


def _seen_by_layer(model: AudioModel) -> Callable[[Tensor], Tensor]:
    """What a sound changes in the layer of Grad-CAM, laid out as Grad-CAM does."""

    def mapped(sound: Tensor) -> Tensor:
        recording = model.hear(sound)
        silent = recording.masked(torch.zeros_like(recording.values))
        both = torch.cat([recording.values, silent])
        return layer_change(recording, both, model.layer, model.time_axis, model.tokens)

    return mapped


def _said(method: str, found: AxisTest) -> Check:
    bursts = {axis: agreement for axis, agreement in found.time.items() if "rev" not in axis}
    along = ", ".join(f"{axis} {agreement:.2f}" for axis, agreement in bursts.items())
    if found.verdict in ("right", "unclear"):
        return Check(f"axes of {method}", "ok", f"{found.verdict}: moved bursts agree, {along}")
    remedy = "time_axis= names the other axis, or the input is turned before the network: prepare="
    detail = f"{found.verdict}: what moves in time moves elsewhere in the map ({along})"
    return Check(f"axes of {method}", "problem", detail, remedy, (method,))


def _weights(model: AudioModel, recording: Recording, target: int | None) -> Check:
    """A map that stays when all that was learned is shuffled explains something else."""
    name = "weights matter"
    if isinstance(model.network, torch.jit.ScriptModule) or not list(model.network.parameters()):
        return Check(name, "ok", "not looked at: no weights that could be shuffled")
    own = attribution_of(model, recording, "saliency", target)
    network = model.called.model
    try:
        *_, (_, model.called.model) = randomised(network)
        other = attribution_of(model, recording, "saliency", target)
    finally:
        model.called.model = network
    alike = rank_correlation(own, other).item()
    detail = f"shuffled, the gradient's map correlates by {alike:.2f}"
    if alike > 0.7:
        return Check(name, "problem", detail, "maps of gradients show the input here; doubt them")
    return Check(name, "ok", detail)
