"""Checks for the exercises of notebook 14: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...attribution.cam import layer_change
from ...audio_model import AudioModel
from ...sound.spectrogram import LogMel
from ..checks import NotYet, answered_kind, exercise, require

RATE = 16_000
CLASSES = ("low", "high")


class Broken(nn.Module):
    """Tells low from high sounds, and has three habits: its answer is in a dict, it adds what it
    heard last, and it rounds the samples while `quantised` is True.

    Examples
    --------
    >>> list(Broken()(torch.zeros(1, 8_000)))
    ['logits', 'level']
    """

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, -1)),
            nn.Conv1d(1, 8, 64, 8),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(8, 2),
        )
        self.quantised, self.last = True, None

    def forget(self) -> None:
        """What it heard last is gone."""
        self.last = None

    def forward(self, waveforms: Tensor) -> dict[str, Tensor]:
        heard = torch.round(waveforms * 256) / 256 if self.quantised else waveforms
        logits = self.layers(heard)
        if self.last is not None and self.last.shape == logits.shape:
            logits = logits + self.last
        self.last = logits.detach()
        return {"logits": logits, "level": waveforms.square().mean(dim=1)}


def _sound(seconds: float = 0.5) -> Tensor:
    time = torch.arange(int(seconds * RATE)) / RATE
    noise = torch.randn(len(time), generator=torch.Generator().manual_seed(0))
    inside = (time > 0.2) & (time < 0.3)
    return (0.5 * torch.sin(2 * torch.pi * 2_000 * time) * inside + 0.005 * noise)[None]


@exercise
def check_repaired(answer: Callable[[nn.Module], AudioModel]) -> str:
    """Exercise 14.1: an `AudioModel` of a network with three bad habits, which passes its checks.

    Examples
    --------
    >>> check_repaired(lambda network: AudioModel(network, sample_rate=16_000))
    Not yet. The output: the model gives a dict of 'logits', 'level': say which is the answer.
    """
    network = Broken().eval()
    model = answered_kind(answer, AudioModel, network)
    checks = {check.name: check for check in model.check(_sound())}
    if checks["output"].state == "problem":
        said = checks["output"].detail.partition(": ")[2].partition(", output=")[0]
        raise NotYet(f"The output: {said}.")
    twice, gradient = checks["same answer twice"], checks.get("gradient")
    require(twice.state == "ok", f"It remembers: {twice.detail}. Which of its methods helps?")
    require(
        gradient is None or gradient.state == "ok",
        f"{gradient.detail if gradient else ''}. The network has a switch for that.".replace(
            "the gradient", "The gradient"
        ),
    )
    expected = network.layers(_sound())
    require(
        torch.allclose(model.outputs(_sound()), expected, atol=1e-4),
        "It passes, but it answers something else than the network's logits.",
    )
    return "Three habits, three lines. The doctor named each; the network's author knew the cure."


class Frames(nn.Module):
    """Logits of two classes for every frame: (batch, 2, frames).

    Examples
    --------
    >>> Frames()(torch.zeros(1, 1, 64, 20)).shape
    torch.Size([1, 2, 20])
    """

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.1))

    def forward(self, decibels: Tensor) -> Tensor:
        halves = decibels[:, 0].unflatten(1, (2, -1)).mean(dim=2)
        return self.scale * (halves - halves.mean(dim=1, keepdim=True))


@exercise
def check_frames_model(answer: Callable[[nn.Module], AudioModel]) -> str:
    """Exercise 14.2: an `AudioModel` of a network that answers frame by frame, by its surest frame.

    Examples
    --------
    >>> check_frames_model(lambda network: AudioModel(network, LogMel(16_000)))
    Not yet. Frames come out, and one number a class is needed: which argument reduces them?
    """
    network = Frames().eval()
    model = answered_kind(answer, AudioModel, network)
    require(model.front_end is not None, "The network hears decibels: hand a front end over.")
    try:
        outputs = model.outputs(model.front_end(_sound()).values)
    except ValueError as error:
        text = "Frames come out, and one number a class is needed: which argument reduces them?"
        raise NotYet(text) from error
    frames = network(model.front_end(_sound()).values)
    require(
        not torch.allclose(outputs, frames.mean(dim=2), atol=1e-5),
        "That is the mean over the frames. A short event drowns in it; take the surest frame.",
    )
    require(torch.allclose(outputs, frames.amax(dim=2), atol=1e-5), "Not the maximum over time.")
    require(model.classes == CLASSES, f"Name the classes, {CLASSES}, in this order.")
    return "A frame-wise detector is a classifier once you say how its frames become one answer."


@exercise
def check_swapped(answer: Callable[[dict[str, Callable[[Tensor], Tensor]], Tensor], str]) -> str:
    """Exercise 14.3: which of three explainers lays time along frequency.

    Examples
    --------
    >>> check_swapped(lambda explainers, sound: "all")  # doctest: +ELLIPSIS
    Not yet. The answer is one of the names, first, second, third, ...
    """
    feature, convolution = LogMel(RATE), nn.Conv2d(1, 4, (4, 8), (4, 8))
    torch.manual_seed(1)
    network = nn.Sequential(convolution, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 2))

    def explainer(time_axis: int) -> Callable[[Tensor], Tensor]:
        def mapped(sound: Tensor) -> Tensor:
            values = feature(sound).values
            pair = torch.cat([values, torch.full_like(values, -100.0)])
            return layer_change(network, pair, convolution, time_axis)

        return mapped

    sound = _sound(2.0)
    for wrong in ("second", "first", "third"):
        explainers = {
            name: explainer(2 if name == wrong else 3) for name in ("first", "second", "third")
        }
        named = answered_kind(answer, str, explainers, sound)
        require(
            named in explainers,
            f"The answer is one of the names, first, second, third, not the str {named!r}.",
        )
        require(
            named == wrong,
            f"Here {wrong} is the one, and you say {named}. Move the burst by a second: which map "
            "does not follow along time?",
        )
    return "What moves in the sound must move in the map. Ask every explainer you are given."
