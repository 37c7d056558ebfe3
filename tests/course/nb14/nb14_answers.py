"""Right and wrong answers to the exercises of notebook 14; the wrong ones with part of the hint."""

import torch

from audioxai_lite import AudioModel
from audioxai_lite.evaluation.axes import axis_test
from audioxai_lite.sound.spectrogram import LogMel

RATE = 16_000


def repaired(network):
    network.quantised = False
    return AudioModel(network, sample_rate=RATE, output="logits", reset=network.forget)


def by_function(network):
    network.quantised = False

    def logits(result):
        network.forget()
        return result["logits"]

    return AudioModel(network, sample_rate=RATE, output=logits)


def around(network):
    class Around(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = network.layers

        def forward(self, waveforms):
            return self.layers(waveforms)

    return AudioModel(Around(), sample_rate=RATE)


def only_output(network):
    return AudioModel(network, sample_rate=RATE, output="logits")


def still_rounding(network):
    return AudioModel(network, sample_rate=RATE, output="logits", reset=network.forget)


def level(network):
    network.quantised = False
    return AudioModel(network, sample_rate=RATE, output="level", reset=network.forget)


CLASSES = ("low", "high")


def by_test(explainers, sound):
    for name, mapped in explainers.items():
        if axis_test(mapped, sound, LogMel(RATE)).verdict == "swapped":
            return name
    return "none"


def by_score(explainers, sound):
    times = {
        name: axis_test(mapped, sound, LogMel(RATE)).time["time"]
        for name, mapped in explainers.items()
    }
    return min(times, key=times.get)


RIGHT = {
    "check_repaired": [repaired, by_function, around],
    "check_frames_model": [
        lambda network: AudioModel(network, LogMel(RATE), reduce="max", classes=CLASSES),
        lambda network: AudioModel(
            network, LogMel(RATE), reduce=lambda frames: frames.amax(dim=-1), classes=list(CLASSES)
        ),
        lambda network: AudioModel(
            network, LogMel(RATE), output=lambda frames: frames.amax(dim=2), classes=CLASSES
        ),
    ],
    "check_swapped": [by_test, by_score, lambda explainers, sound: by_test(explainers, sound)],
}
WRONG = {
    "check_repaired": [
        (lambda network: AudioModel(network, sample_rate=RATE), "say which is the answer"),
        (only_output, "It remembers"),
        (still_rounding, "The network has a switch for that"),
        (level, "answers something else"),
    ],
    "check_frames_model": [
        (lambda network: AudioModel(network, LogMel(RATE)), "which argument reduces them"),
        (
            lambda network: AudioModel(network, LogMel(RATE), reduce="mean", classes=CLASSES),
            "mean over the frames",
        ),
        (lambda network: AudioModel(network, LogMel(RATE), reduce="max"), "Name the classes"),
        (
            lambda network: AudioModel(network, sample_rate=RATE, reduce="max"),
            "hand a front end over",
        ),
        (
            lambda network: AudioModel(
                network, LogMel(RATE), output=lambda y: y[..., 0], classes=CLASSES
            ),
            "Not the maximum",
        ),
    ],
    "check_swapped": [
        (lambda explainers, sound: "all", "one of the names"),
        (lambda explainers, sound: "second", "Here first is the one"),
        (lambda explainers, sound: "first", "Here second is the one"),
    ],
}
