"""Is this model fit to be explained, by which methods, and if not, why? Taught in notebook 14.

`AudioModel.check(waveform)` runs these checks. The first ones look at the model; those of single
methods are in `method_checks`. A method that fails is refused by `explain` afterwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .answers import meaning
from .audio_model import AudioModel
from .check import Check
from .fineness import coarse_methods
from .layer_checks import memory, recurrent_layers, resolution
from .masks.cells import random_like
from .method_checks import FROM_SILENCE, checks_of_methods, chosen_output
from .methods import ATTENTION, GRADIENTS, METHODS, PERTURBATIONS
from .recording import Recording


@dataclass(frozen=True)
class Checkup:
    """What the checks of a model found; printed, one line a check.

    Attributes
    ----------
    checks : tuple of Check
    methods : tuple of str
        The methods that `explain` will not refuse.
    """

    checks: tuple[Check, ...]
    methods: tuple[str, ...]

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.checks), f"methods: {', '.join(self.methods) or 'none'}"])


def check_model(model: AudioModel, waveform: Any, detail: float | None = None) -> Checkup:
    """Look at a model with one recording, in seconds: what works, what does not, and the remedy.

    Parameters
    ----------
    model : AudioModel
        Its `failed` is written anew: by method, the check that it failed.
    waveform : Tensor, shape (samples,) or (1, samples)
        A recording of the kind that is to be explained.
    detail : float, optional
        How close in hertz those things lie that a map must tell apart, harmonics say. `explain`
        then refuses methods whose cells are coarser; cells of your own that are fine are taken.

    Returns
    -------
    Checkup

    Raises
    ------
    ValueError
        If the detail is not above 0.

    Notebook: 14.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> print(check_model(model, torch.randn(8_000) / 10))  # doctest: +ELLIPSIS
    ok       output: one score a clip ...
    """
    if detail is not None and not detail > 0:
        raise ValueError(f"detail is a distance in hertz above 0, not {detail!r}")
    model.failed, model.detail = {}, detail
    try:
        recording = model.hear(waveform)
    except Exception as error:
        remedy = "declare what the message names, and check again"
        check = Check(
            "output", "problem", f"{type(error).__name__}: {error}", remedy, tuple(METHODS)
        )
        return _finished(model, [check], None)
    checks = [_guarded(look, model, recording) for look in LOOKS]
    for check in checks:
        _note(model, check)
    try:
        for check in checks_of_methods(model, recording):
            _note(model, check)
            checks.append(check)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        remedy = "mend the problems above first"
        checks.append(Check("methods", "problem", said, remedy, tuple(GRADIENTS)))
    return _finished(model, checks, recording)


def _note(model: AudioModel, check: Check) -> None:
    for method in check.refused:
        model.failed.setdefault(method, f"{check.name}, {check.detail}")


def _finished(model: AudioModel, checks: list[Check], recording: Recording | None) -> Checkup:
    for check in checks:
        _note(model, check)
    if not model.attention:
        detail = "no modules are declared that return attention"
        checks.append(Check("attention", "not with this model", detail, "attention=", ATTENTION))
        _note(model, checks[-1])
    # Not noted as failed: `explain` looks at the cells that it is given.
    coarse = [] if recording is None else [*coarse_methods(model, recording)]
    refused = {*model.failed, *(method for check in coarse for method in check.refused)}
    able = METHODS if model.has_gradients else PERTURBATIONS
    return Checkup((*checks, *coarse), tuple(each for each in able if each not in refused))


def _guarded(
    look: Callable[[AudioModel, Recording], Check], model: AudioModel, recording: Recording
) -> Check:
    """A check that ends with an error has found a problem; the others must still be made."""
    try:
        return look(model, recording)
    except Exception as error:
        name = look.__name__.strip("_").replace("_", " ")
        return Check(name, "problem", f"{type(error).__name__}: {error}", "see the message")


def _output(model: AudioModel, recording: Recording) -> Check:
    outputs = recording.outputs(recording.values)
    said = "declared" if model.declared else "found"
    if outputs.ndim == 1:
        return Check("output", "ok", f"one score a clip ({said}), here {outputs.item():.3g}")
    detail = f"{model.answer} ({said}) of {outputs.shape[1]} classes"
    if model.declared and model.answer == "logits" and meaning_or_none(outputs) == "probabilities":
        detail = "these logits lie between 0 and 1 and sum to 1: softmax would be taken twice"
        return Check("output", "problem", detail, 'declare answer="probabilities"')
    if model.declared and model.answer == "probabilities" and bool((outputs < 0).any()):
        return Check("output", "problem", "probabilities below 0", 'declare answer="logits"')
    return Check("output", "ok", detail)


def meaning_or_none(outputs: Tensor) -> str | None:
    """What outputs mean, or None where they cannot tell.

    Examples
    --------
    >>> meaning_or_none(torch.tensor([[0.2, 0.3]])) is None
    True
    """
    try:
        return meaning(outputs)
    except ValueError:
        return None


def _same_answer_twice(model: AudioModel, recording: Recording) -> Check:
    first, again = (recording.outputs(recording.values) for _ in range(2))
    worst = _difference(first, again)
    if worst > 1e-4:
        remedy = "eval() inside, no augmentation, or reset=the function that clears its state"
        detail = f"two calls with the same sound differ by {worst:.1%}"
        return Check("same answer twice", "problem", detail, remedy, tuple(METHODS))
    return Check("same answer twice", "ok", "two calls agree")


def _alone_as_in_a_batch(model: AudioModel, recording: Recording) -> Check:
    """With half of the recording between two copies of it: neighbours must not matter."""
    name, values = "alone as in a batch", recording.values
    half = recording.masked(torch.full_like(values, 0.5))
    try:
        together = recording.outputs(torch.cat([values, half, values]))
    except Exception as error:
        detail = f"three clips at once: {type(error).__name__}: {str(error)[:100]}"
        remedy = "wrap it in a function that loops over the clips"
        return Check(name, "problem", detail, remedy, tuple(METHODS))
    alone = torch.cat([recording.outputs(values), recording.outputs(half)])
    worst = max(_difference(together[:2], alone), _difference(together[2:], alone[:1]))
    if worst > 1e-3:
        detail = f"beside others a clip's answer changes by {worst:.1%}"
        remedy = "batch statistics in eval(), or loop over the clips inside"
        return Check(name, "problem", detail, remedy, tuple(METHODS))
    return Check(name, "ok", "neighbours do not matter")


def _there_and_back(model: AudioModel, recording: Recording) -> Check:
    waveform, back = recording.waveform, recording.sound(torch.ones_like(recording.values))
    length = min(waveform.shape[1], back.shape[1])
    loss = (waveform[:, :length] - back[:, :length]).norm() / waveform.norm().clamp(min=1e-9)
    detail = f"{float(loss):.1%} of the sound is lost on the grid and back"
    if recording.played is not None and loss > 1e-3:
        return Check("there and back", "problem", detail, "use a grid with a smaller hop_length")
    return Check("there and back", "ok", detail)


def _silence(model: AudioModel, recording: Recording) -> Check:
    """Silence must be far enough away for shares of the way to mean something."""
    values = recording.values
    target = model.class_of(None, recording.outputs(values))
    half = (torch.rand(values.shape, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    halves = torch.cat([random_like(half, (8, 16), seed=seed) for seed in range(8)])
    masks = torch.cat([torch.ones_like(values), torch.zeros_like(values), halves])
    clean, silent, *others = chosen_output(recording.outputs(recording.masked(masks)), target)
    way, spread = float(clean - silent), float(torch.stack(others).std())
    detail = f"the answer is {way:.3g} above that of silence, random halves scatter by {spread:.2g}"
    if abs(way) < max(spread / 2, 1e-3 * float(clean.abs())):
        remedy = "explain what is different from another background: fill=, silence="
        return Check("silence", "problem", detail, remedy, FROM_SILENCE)
    return Check("silence", "ok", detail)


def _extremes(model: AudioModel, recording: Recording) -> Check:
    """Silence, a click and full scale as sounds: an answer that is a number."""
    samples = recording.waveform.shape[1]
    click, full = torch.zeros(1, samples), torch.ones(1, samples)
    click[0, samples // 2] = 1.0
    full[0, ::2] = -1.0
    faults = []
    for name, sound in {"silence": 0 * click, "a click": click, "full scale": full}.items():
        try:
            model.hear(sound)
        except ValueError as error:
            faults.append(f"{name}: {error}")
    if faults:
        remedy = "add a small number before a root, a logarithm or a division"
        return Check("extreme sounds", "problem", "; ".join(faults), remedy, FROM_SILENCE)
    return Check("extreme sounds", "ok", "silence, a click and full scale have answers")


def _level(model: AudioModel, recording: Recording) -> Check:
    """A network that sets the level itself does not know silence."""
    name = "level"
    if recording.statistics:
        detail = "the network sets the level itself; its statistics are held at the recording's"
        return Check(name, "ok", detail)
    softer = model.hear(recording.waveform / 2)
    half = softer.outputs(softer.values)
    clean = recording.outputs(recording.values)
    silent = recording.outputs(recording.masked(torch.zeros_like(recording.values)))
    if _difference(clean, half) < 1e-3 < _difference(clean, silent):
        detail = "half as loud is the same to it: from silence to the recording nothing changes"
        remedy = "put models.level.LevelNorm in the place of its normalisation"
        return Check(name, "problem", detail, remedy, (*FROM_SILENCE, "gradient × input"))
    return Check(name, "ok", f"half as loud changes the answer by {_difference(clean, half):.1%}")


def _sample_rate(model: AudioModel, recording: Recording) -> Check:
    """A tone must show at its hertz, or the axes of every figure are wrong."""
    grid, rate = recording.grid, model.sample_rate
    if recording.played is not None or len(grid.frequencies) < 2:
        return Check("sample rate", "ok", f"{rate} Hz, as declared")
    row = len(grid.frequencies) // 2
    hertz = float(grid.frequencies[row])
    time = torch.arange(recording.waveform.shape[1]) / rate
    with torch.no_grad():
        shown = grid(torch.sin(2 * torch.pi * hertz * time)[None] / 2).values
    loudest = int(shown[0, 0].mean(dim=1).argmax())
    detail = f"a tone of {hertz:.0f} Hz shows at {float(grid.frequencies[loudest]):.0f} Hz"
    if abs(loudest - row) > 1:
        return Check("sample rate", "problem", detail, "give the front end its own sample_rate")
    return Check("sample rate", "ok", detail)


def _difference(first: Tensor, second: Tensor) -> float:
    """The largest difference, relative to the largest output."""
    scale = torch.cat([first.flatten(), second.flatten()]).abs().max().clamp(min=1e-9)
    return float((first - second).abs().max() / scale)


LOOKS = (
    _output,
    _same_answer_twice,
    _alone_as_in_a_batch,
    _there_and_back,
    _extremes,
    _silence,
    _level,
    _sample_rate,
    resolution,
    recurrent_layers,
    memory,
)
