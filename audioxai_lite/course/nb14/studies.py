"""Which methods are right on which networks: each map against something that was not computed by
the method. Notebook: 14.
"""

import time
from collections.abc import Callable

import pandas as pd
import torch
from torch import Tensor

from ...audio_model import AudioModel
from ...evaluation.axes import axis_test
from ...explanation import explain
from ...method_checks import chosen_output
from ...methods import METHODS, attribution_of
from ...models import evaluating
from ...recording import Recording
from ...scores import prediction_of_cells
from ..studies import study, study_settings
from . import networks, strangers

RATE = networks.RATE
COLUMNS = ["network", "method", "state", "criterion", "measured", "reason", "seconds"]


def sample_sound(seconds: float = 1.0, seed: int = 0) -> Tensor:
    """A harmonic tone that swells and fades twice, over faint noise: (1, samples).

    Examples
    --------
    >>> sample_sound().shape
    torch.Size([1, 16000])
    """
    time_axis = torch.arange(int(seconds * RATE)) / RATE
    swell = torch.sin(2 * torch.pi * time_axis / seconds).square()
    harmonics = (1, 2, 3, 5, 8)
    tone = sum(torch.sin(2 * torch.pi * 220 * each * time_axis + each) for each in harmonics)
    noise = torch.randn(len(time_axis), generator=torch.Generator().manual_seed(seed))
    return (0.08 * swell * tone + 0.005 * noise)[None]


def _speaker() -> AudioModel:
    return networks.speaker_model(sample_sound(seed=1), sample_sound(seed=2).flip(1))


MODELS: dict[str, Callable[[], AudioModel]] = {
    "stranger's, in probabilities": strangers.strange_model,
    "convolutions on samples": strangers.waveform_model,
    "CRNN, frame by frame": strangers.recurrent_model,
    "Conformer": networks.conformer_model,
    "ResNet-18 on pictures": networks.picture_model,
    "AST": networks.transformer_model,
    "wav2vec2": networks.waveform_transformer_model,
    "CREPE, pitch": networks.pitch_model,
    "Silero, speech": networks.speech_model,
    "Resemblyzer, speakers": _speaker,
    "random forest": strangers.forest_model,
    "NumPy function": strangers.black_box_model,
}


@study("own_models", study_settings(network=list(MODELS)), COLUMNS)
def own_models_cell(network: str) -> pd.DataFrame:
    """Every method on one network: right, refused, or wrong."""
    torch.set_num_threads(1)
    model, sound = MODELS[network](), sample_sound()
    checkup = model.check(sound)
    recording = model.hear(sound)
    target = model.class_of(None, recording.outputs(recording.values))
    rows = []
    for method in METHODS:
        start = time.monotonic()
        row = {"method": method, "state": "refused", "criterion": "", "reason": ""}
        if method in model.failed or method not in checkup.methods:
            row["reason"] = model.failed.get(method, "a function has no gradients")
        else:
            row |= _judged(model, recording, method, target)
        rows.append(row | {"seconds": time.monotonic() - start})
    return pd.DataFrame(rows)


def _judged(
    model: AudioModel, recording: Recording, method: str, target: int | None
) -> dict[str, object]:
    """Whether a map agrees with what was computed in another way."""
    criterion, judge, least, most = JUDGES[method]
    try:
        measured = judge(model, recording, method, target)
    except ValueError as error:
        return {"state": "refused", "reason": str(error).splitlines()[0]}
    right = least <= measured <= most
    return {"state": "right" if right else "wrong", "criterion": criterion, "measured": measured}


def _answers(recording: Recording, values: Tensor, target: int | None) -> Tensor:
    return chosen_output(recording.outputs(values), target).double()


def _from_silence(recording: Recording, target: int | None) -> float:
    nothing = recording.masked(torch.zeros_like(recording.values))
    clean, silent = _answers(recording, torch.cat([recording.values, nothing]), target).tolist()
    return clean - silent


def _sum_over_due(
    model: AudioModel, recording: Recording, method: str, target: int | None
) -> float:
    """The sum of the map over the way from silence."""
    steps = {"steps": 128} if method == "integrated gradients" else {}
    few = {"permutations": 2} if method == "Shapley values" else {}
    found = attribution_of(model, recording, method, target, **steps, **few)
    if method == "Shapley values":
        _, rows, columns = found.shape[1:]
        first, second = rows // 2 + 1, 32 if rows > 1 else -(-columns // 12)
        found = found[..., ::first, ::second]
    return float(found.double().sum()) / _from_silence(recording, target)


def _arrives(model: AudioModel, recording: Recording, method: str, target: int | None) -> float:
    """The relevance that arrives, over the output."""
    found = attribution_of(model, recording, method, target)
    return float(found.sum()) / float(_answers(recording, recording.values, target)[0])


def _slopes_measured(
    model: AudioModel, recording: Recording, method: str, target: int | None
) -> float:
    """Central differences over what the gradient says, along random smooth directions: the median
    of 9.
    """
    options = {"saliency": {"absolute": False}, "SmoothGrad": {"absolute": False, "sigma": 1e-4}}
    values = recording.values
    scaled = method == "gradient × input"
    found = attribution_of(model, recording, method, target, **options.get(method, {}))
    slopes = (
        found / (values - recording.silence).where(values != recording.silence, torch.ones(()))
        if scaled
        else found
    )
    generator = torch.Generator().manual_seed(0)
    scale = float(values.std()) or 1.0
    ratios = []
    for _ in range(9):
        direction = slopes.sign() * torch.rand(values.shape, generator=generator)
        step = 1e-3 * scale
        up, down = _answers(
            recording, torch.cat([values + step * direction, values - step * direction]), target
        ).tolist()
        ratios.append((up - down) / (2 * step) / float((slopes * direction).sum()))
    return float(torch.tensor(ratios).median())


def _windows_by_hand(
    model: AudioModel, recording: Recording, method: str, target: int | None
) -> float:
    """The largest difference between occlusion and taking four windows away by hand, over the
    largest value: 0 where they agree.
    """
    rows, columns = recording.values.shape[2:]
    size = (-(-rows // 6), -(-columns // 8))
    found = attribution_of(model, recording, method, target, window=size, step=size)
    clean = _answers(recording, recording.values, target)
    worst = 0.0
    for row, column in ((0, 0), (1, 2), (2, 5), (4, 6)):
        mask = torch.ones_like(recording.values)
        box = (
            slice(row * size[0], (row + 1) * size[0]),
            slice(column * size[1], (column + 1) * size[1]),
        )
        mask[..., box[0], box[1]] = 0
        drop = clean - _answers(recording, recording.masked(mask), target)
        worst = max(worst, abs(float(found[..., box[0], box[1]].mean()) - float(drop)))
    return worst / max(float(found.abs().max()), 1e-9)


def _predicts(model: AudioModel, recording: Recording, method: str, target: int | None) -> float:
    """Correlation of what a map predicts for new random cells with what the model answers."""
    return prediction_of_cells(explain(model, recording.waveform, method, target))


def _moves_along(model: AudioModel, recording: Recording, method: str, target: int | None) -> float:
    """How much further a burst moves the map along time than along frequency."""
    options = {"positive": False} if method == "Grad-CAM" else {}

    def mapped(sound: Tensor) -> Tensor:
        return attribution_of(model, model.hear(sound), method, target, **options)

    agreements = axis_test(mapped, recording.waveform, recording.grid).time
    return agreements["time"] - agreements.get("frequency", 0.0)


def _own_path(model: AudioModel, recording: Recording, method: str, target: int | None) -> float:
    """GradientSHAP's sum over that of 32 gradients on the way from silence, taken by hand."""
    found = attribution_of(model, recording, method, target, samples=200, sigma=0.0)
    values = recording.values
    silent = recording.masked(torch.zeros_like(values))
    total = torch.zeros_like(values)
    with evaluating(model.called), torch.enable_grad():
        for step in range(32):
            leaf = torch.lerp(silent, values, (step + 0.5) / 32).requires_grad_()
            answer = chosen_output(recording(leaf), target).sum()
            total += torch.autograd.grad(answer, leaf)[0]
    by_hand = total / 32 * (values - silent)
    return float(torch.corrcoef(torch.stack([found.flatten(), by_hand.flatten()]))[0, 1])


Judge = Callable[[AudioModel, Recording, str, int | None], float]
# What is measured, and between which bounds it is right; written on 2026-11-25, before the table.
JUDGES: dict[str, tuple[str, Judge, float, float]] = {
    "saliency": ("slopes measured / claimed", _slopes_measured, 0.9, 1.1),
    "gradient × input": ("slopes measured / claimed", _slopes_measured, 0.9, 1.1),
    "SmoothGrad": ("slopes measured / claimed", _slopes_measured, 0.9, 1.1),
    "integrated gradients": ("sum / due", _sum_over_due, 0.85, 1.15),
    "GradientSHAP": ("correlation with a path by hand", _own_path, 0.9, 1.0),
    "Deep SHAP": ("sum / due", _sum_over_due, 0.95, 1.05),
    "LRP": ("arrives / output", _arrives, 0.95, 1.05),
    "Grad-CAM": ("moves along time rather than frequency", _moves_along, 0.15, 2.0),
    "attention rollout": ("moves along time rather than frequency", _moves_along, 0.15, 2.0),
    "gradient × attention": ("moves along time rather than frequency", _moves_along, 0.15, 2.0),
    "occlusion": ("error against windows by hand", _windows_by_hand, 0.0, 1e-3),
    "RISE": ("predicts new masks", _predicts, 0.3, 1.0),
    "LIME": ("predicts new masks", _predicts, 0.3, 1.0),
    "Shapley values": ("sum / due", _sum_over_due, 0.99, 1.01),
}
