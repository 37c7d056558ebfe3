"""The methods of explanation by name, and what each must know of a model. Taught in notebook 14."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from . import attribution
from .attribution.attention import attention_rollout
from .attribution.batches import undisturbed
from .attribution.cam import layer_output
from .audio_model import AudioModel
from .inputs import as_floats
from .recording import Recording

GRADIENTS: dict[str, Callable[..., Tensor]] = {
    "saliency": attribution.saliency,
    "gradient × input": attribution.gradient_times_input,
    "SmoothGrad": attribution.smoothgrad,
    "integrated gradients": attribution.integrated_gradients,
    "GradientSHAP": attribution.gradient_shap,
    "Grad-CAM": attribution.grad_cam,
    "Deep SHAP": attribution.deep_shap,
    "LRP": attribution.lrp,
    "attention rollout": attention_rollout,
    "gradient × attention": attention_rollout,
}
PERTURBATIONS: dict[str, Callable[..., Tensor]] = {
    "occlusion": attribution.occlusion,
    "RISE": attribution.rise,
    "LIME": attribution.lime,
    "Shapley values": attribution.shapley,
}
METHODS: dict[str, Callable[..., Tensor]] = GRADIENTS | PERTURBATIONS
LARGEST_LOSS = 0.05  # of LRP
ATTENTION = ("attention rollout", "gradient × attention")


def attribution_of(
    model: AudioModel, recording: Recording, method: str, target: int | None, **options
) -> Tensor:
    """The map of a method by its name, with what it must know taken from the model.

    Parameters
    ----------
    model : AudioModel
    recording : Recording
        From `model.hear`.
    method : one of `METHODS`
    target : int or None
    options
        Of the method's function, in place of what the model says.

    Returns
    -------
    Tensor, shape of the recording's values

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.abs().mean(dim=1), sample_rate=16_000)
    >>> recording = model.hear(torch.rand(8_000))
    >>> attribution_of(model, recording, "occlusion", None).shape == recording.values.shape
    True
    """
    known = method_options(model, recording, method) | options
    whole = recording if model.front_end is None or recording.statistics else model.called
    # Rules of relevance see the network's layers, not how gains become a sound.
    asked = model.called if method == "LRP" else whole
    found = METHODS[method](asked, recording.values, target, **known)
    if method == "LRP" and known.get("rule") != "epsilon":  # which does not promise it
        _must_conserve(recording, found, target)
    return found


def _must_conserve(recording: Recording, relevance: Tensor, target: int | None) -> None:
    """ValueError if over a twentieth of the output is lost on its way back."""
    outputs = recording.outputs(recording.values)[0]
    due = float(outputs if target is None else outputs[target])
    lost = abs(float(relevance.sum()) - due) / max(abs(due), 1e-6)
    if lost > LARGEST_LOSS:
        raise ValueError(
            f"the relevance that arrives misses the output by {lost:.0%}: LRP would explain "
            "something else, use a gradient method"
        )


def method_options(model: AudioModel, recording: Recording, method: str) -> dict[str, Any]:
    """What a method must know of the model, from what was declared.

    Raises
    ------
    ValueError
        If the method is not for such a model, or something must be declared; the message says what.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.abs().mean(dim=1), sample_rate=16_000)
    >>> method_options(model, model.hear(torch.rand(8_000)), "gradient × input")
    {'baseline': 0.0}
    """
    rows, columns = recording.values.shape[2:]
    gains = recording.played is not None
    if method == "Grad-CAM":
        return _of_grad_cam(model, recording)
    if method in ATTENTION:
        if not model.attention or model.tokens is None:
            raise ValueError(
                f"{method} must know which modules return attention, and how tokens lie: declare "
                "AudioModel(..., attention=[...], tokens=TokenGrid(...))"
            )
        known = {"attention": model.attention, "tokens": model.tokens}
        return known | {"gradients": method == "gradient × attention"}
    if method == "LRP":
        return {"played": recording.played}
    if method in ("saliency", "SmoothGrad"):
        return {"absolute": False}  # what speaks for the answer, as all maps of the door
    if method in ("integrated gradients", "gradient × input"):
        return {"baseline": recording.silence}
    if method == "occlusion":
        size = (-(-rows // 12), -(-columns // 20))
        window = {"window": size, "step": tuple(-(-side // 2) for side in size)} if gains else {}
        return {"baseline": recording.silence} | window
    if method == "RISE":
        return {"baseline": recording.silence}
    if method in ("GradientSHAP", "Deep SHAP"):
        return {"background": _background(model, recording, method)}
    if method in ("LIME", "Shapley values"):
        return _of_segments(model, recording, method)
    return {}


def _of_grad_cam(model: AudioModel, recording: Recording) -> dict[str, Any]:
    if model.layer is None or (model.time_axis is None and model.tokens is None):
        raise ValueError(
            "Grad-CAM must know the layer to ask, and along which axis of its output, 2 or 3, "
            "time lies: declare AudioModel(..., layer=..., time_axis=...), or tokens= for patches"
        )
    known = {"layer": model.layer, "time_axis": model.time_axis, "tokens": model.tokens}
    if recording.played is not None:
        with undisturbed(model.called), torch.no_grad():
            found = layer_output(recording, recording.values, **known)
        if found.shape[2] > 1:
            raise ValueError(
                "this layer knows frequencies on an axis of its own, which is not that of the "
                "gains: hand the front end over apart, AudioModel(network, front_end=...)"
            )
    return known


def _of_segments(model: AudioModel, recording: Recording, method: str) -> dict[str, Any]:
    """For LIME and Shapley values: the parts of the grid, and what takes their place."""
    rows, columns = recording.values.shape[2:]
    known: dict[str, Any] = {"fill": recording.silence}
    if method == "LIME":
        known |= {"link": model.link}
        fine = {"bands": -(-rows // 12), "frames": -(-columns // 16)}
        cut = fine if recording.played is not None else {}
        return known | {"segments": attribution.grid(recording.values, **cut)}
    # Of 12 parts every subset is tried, 4,096 passes; of more, random orders.
    cut = {"bands": rows // 2 + 1, "frames": 32 if rows > 1 else -(-columns // 12)}
    return known | {"segments": attribution.grid(recording.values, **cut), "permutations": 25}


def _background(model: AudioModel, recording: Recording, method: str) -> Tensor | float:
    """The values of the background recordings, or silence where the method can do with it."""
    if recording.played is not None:
        return 0.0
    if model.background is not None:
        with torch.no_grad():
            clips = as_floats(model.background, "background", "clips, samples")
            return model.front_end(clips).values
    if method == "Deep SHAP":
        raise ValueError("Deep SHAP must know what is usual: AudioModel(..., background=clips)")
    return recording.silence
