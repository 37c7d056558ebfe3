"""What the networks of notebook 11 hang on, cause by cause, and the maps that should tell it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import attribution
from ...attribution.inspection import in_time_and_frequency
from ...datasets.voices import Spoken
from ...evaluation.localisation import controls
from .networks import FEATURE, FRONT_END, as_values, new_network, sounds

STEPS = {"f0": 1.75, "tract": 1.2, "axis": 1.5}


def across(clip: Spoken, factor: float, *names: str) -> Spoken:
    """A word said again towards the other register: causes of a low voice times a factor, those of
    a high one divided by it.

    Examples
    --------
    >>> from ...datasets import voices
    >>> high = voices.load(speakers=2, takes=1)[10]
    >>> across(high, 2.0, "f0").causes
    {'f0': 0.5}
    """
    factor = factor if clip.speaker.register == "low" else 1 / factor
    return clip.with_(**dict.fromkeys(names, factor))


# How a word is said again with one cause changed. The last is no cause: it scales the frequency
# axis, pitch and tract together.
CAUSES: dict[str, Callable[[Spoken], Spoken]] = {
    "pitch": lambda clip: across(clip, STEPS["f0"], "f0"),
    "formant 1": lambda clip: clip.with_(formants=(1,)),
    "formant 2": lambda clip: clip.with_(formants=(2,)),
    "formant 3": lambda clip: clip.with_(formants=(3,)),
    "hiss": lambda clip: clip.with_(hiss=0.0),
    "tract": lambda clip: across(clip, STEPS["tract"], "tract"),
    "axis": lambda clip: across(clip, STEPS["axis"], "f0", "tract"),
}
# The region of a spectrogram that a map should mark for a cause, see `voice_regions.REGIONS`.
REGION_OF = {
    "pitch": "fundamental",
    "formant 1": "formant 1",
    "formant 2": "formant 2",
    "formant 3": "formant 3",
    "hiss": "hiss",
}


def said_again(kind: str, clips: list[Spoken], cause: str) -> Tensor:
    """The values of words that are said again with a cause changed, see `as_values`.

    Examples
    --------
    >>> from ...datasets import voices
    >>> words = list(voices.load(speakers=1, takes=1))
    >>> changed = said_again("waveform", words, "hiss")
    >>> (changed != as_values("waveform", sounds(words))).flatten(1).any(dim=1)[[1, 6]].tolist()
    [False, True]
    """
    return as_values(kind, sounds([CAUSES[cause](clip) for clip in clips]))


Maps = Callable[[nn.Module, Tensor, Tensor], Tensor]  # network, values, target


def silence_of(values: Tensor) -> Tensor | float:
    """What no sound at all is for a network's values: zero samples, or the floor of decibels.

    Examples
    --------
    >>> silence_of(torch.zeros(1, 1, 1, 8_000))
    0.0
    """
    return 0.0 if values.shape[2] == 1 else FRONT_END.floor.expand(values.shape[1:])


def loudness(values: Tensor) -> Tensor:
    """What is loud, bin by bin: power of samples, or decibels.

    Examples
    --------
    >>> loudness(torch.full((1, 1, 1, 2), -3.0)).tolist()
    [[[[9.0, 9.0]]]]
    """
    return values.square() if values.shape[2] == 1 else values


def _epsilon(network: nn.Module, values: Tensor, target: Tensor) -> Tensor:
    return attribution.lrp(network, values, target, "epsilon", batch_size=32)


def _alpha_beta(network: nn.Module, values: Tensor, target: Tensor) -> Tensor:
    return attribution.lrp(network, values, target, "conserving", batch_size=32)


def _from_silence(network: nn.Module, values: Tensor, target: Tensor) -> Tensor:
    silence = silence_of(values)
    return attribution.gradient_times_input(network, values, target, silence, batch_size=32)


def _integrated(network: nn.Module, values: Tensor, target: Tensor) -> Tensor:
    silence = silence_of(values)
    return attribution.integrated_gradients(network, values, target, silence, batch_size=32)


def untrained_map(network: nn.Module, values: Tensor, target: Tensor) -> Tensor:
    """The ε map of a network of the same kind that was never trained: a control.

    Examples
    --------
    >>> values = torch.randn(1, 1, 1, 8_000)
    >>> untrained_map(None, values, torch.tensor([3])).shape == values.shape
    True
    """
    kind = "waveform" if values.shape[2] == 1 else "spectrogram"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        fresh = new_network(kind, 10)
    return _epsilon(fresh.eval().requires_grad_(False), values, target)


def random_map(network: nn.Module, values: Tensor, target: Tensor) -> Tensor:
    """Noise: a control.

    Examples
    --------
    >>> random_map(None, torch.zeros(1, 1, 1, 4), torch.tensor([0])).shape
    torch.Size([1, 1, 1, 4])
    """
    return controls(values)["random"]


METHODS: dict[str, Maps] = {
    "LRP, ε": _epsilon,
    "LRP, α1β0": _alpha_beta,
    "gradient × rise above silence": _from_silence,
    "integrated gradients": _integrated,
}
CONTROLS: dict[str, Maps] = {
    "loudest": lambda network, values, target: loudness(values),
    "random": random_map,
    "untrained network": untrained_map,
}


def seen_in_time_and_frequency(maps: Tensor, values: Tensor) -> Tensor:
    """A map as one of time and frequency, on the grid of the spectrogram networks: as it is, or, of
    samples, through a transform.

    Examples
    --------
    >>> sound = torch.randn(1, 1, 1, 8_000)
    >>> seen_in_time_and_frequency(sound * torch.randn(1, 1, 1, 8_000), sound).shape
    torch.Size([1, 1, 201, 51])
    """
    return maps if values.shape[2] > 1 else in_time_and_frequency(maps, values[:, 0, 0], FEATURE)
