"""The methods of explanation by name, and what each must know of a model. Taught in notebook 14."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from . import attribution
from .audio_model import AudioModel, Recording
from .inputs import as_floats

GRADIENTS: dict[str, Callable[..., Tensor]] = {
    "saliency": attribution.saliency,
    "SmoothGrad": attribution.smoothgrad,
    "integrated gradients": attribution.integrated_gradients,
    "GradientSHAP": attribution.gradient_shap,
    "Grad-CAM": attribution.grad_cam,
    "Deep SHAP": attribution.deep_shap,
    "LRP": attribution.lrp,
}
PERTURBATIONS: dict[str, Callable[..., Tensor]] = {
    "occlusion": attribution.occlusion,
    "LIME": attribution.lime,
    "Shapley values": attribution.shapley,
}
METHODS: dict[str, Callable[..., Tensor]] = GRADIENTS | PERTURBATIONS


def method_options(model: AudioModel, recording: Recording, method: str) -> dict[str, Any]:
    """What a method must know of the model, from what was declared.

    Raises
    ------
    ValueError
        If the method is not for such a model, or something must be declared; the message says what.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.abs().mean(dim=1), sample_rate=16_000)
    >>> method_options(model, model.hear(torch.rand(8_000)), "occlusion")
    {'baseline': 0.0}
    """
    on_waveforms = model.front_end is None
    if on_waveforms and method in ("Grad-CAM", "Deep SHAP", "LRP"):
        raise ValueError(f"{method} needs a network on spectrograms, with front_end=: use another")
    if method == "Grad-CAM":
        if model.layer is None or model.time_axis is None:
            raise ValueError(
                "Grad-CAM must know the layer to ask, and along which axis of its output, 2 or 3, "
                "time lies: declare AudioModel(..., layer=..., time_axis=...)"
            )
        return {"layer": model.layer, "time_axis": model.time_axis}
    if method in ("integrated gradients", "occlusion"):
        return {"baseline": recording.silence}
    if method in ("GradientSHAP", "Deep SHAP"):
        return {"background": _background(model, recording, method)}
    if method == "LIME":
        segments = attribution.grid(recording.values)
        return {"link": model.link, "segments": segments, "fill": recording.silence}
    if method == "Shapley values":
        halves = recording.values.shape[2] // 2 + 1
        segments = attribution.grid(recording.values, bands=halves, frames=32)
        return {"segments": segments, "fill": recording.silence, "permutations": 25}
    return {}


def _background(model: AudioModel, recording: Recording, method: str) -> Tensor | float:
    """The values of the background recordings, or silence where the method can do with it."""
    if model.background is not None and model.front_end is not None:
        with torch.no_grad():
            clips = as_floats(model.background, "background", "clips, samples")
            return model.front_end(clips).values
    if method == "Deep SHAP":
        raise ValueError("Deep SHAP must know what is usual: AudioModel(..., background=clips)")
    return recording.silence
