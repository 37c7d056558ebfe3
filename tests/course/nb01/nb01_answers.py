"""Right and wrong answers to the exercises of notebook 01; the wrong ones with part of the hint."""

import numpy as np
import torch


def in_place(decibels, mask, floor):
    return decibels.sub_(floor).mul_(mask).add_(floor)


def griffin_lim_step(magnitude, phase, feature):
    spectrum = torch.polar(magnitude, phase)[:, 0]
    return feature(
        torch.istft(spectrum, feature.n_fft, feature.hop_length, window=feature.window)
    ).phase


def without_window(magnitude, phase, feature):
    spectrum, window = torch.polar(magnitude, phase)[:, 0], torch.ones(feature.n_fft)
    return feature(torch.istft(spectrum, feature.n_fft, feature.hop_length, window=window)).phase


def clamped_late(power, floor):
    return (10 * torch.log10(power)).clamp(min=floor)


RIGHT = {
    "check_to_decibels": [
        lambda power, floor: 10 * torch.log10(power.clamp(min=10 ** (floor / 10))),
        lambda power, floor: 10 * torch.log10(power.clamp_(min=10 ** (floor / 10))),
        lambda power, floor: 10 * np.log10(np.maximum(power.numpy(), 10 ** (floor / 10))),
        clamped_late,
    ],
    "check_mask_decibels": [
        lambda decibels, mask, floor: (decibels - floor) * mask + floor,
        lambda decibels, mask, floor: decibels * mask + floor * (1 - mask),
        lambda decibels, mask, floor: torch.lerp(torch.full_like(decibels, floor), decibels, mask),
        in_place,
    ],
    "check_griffin_lim_step": [
        griffin_lim_step,
        lambda magnitude, phase, feature: phase.copy_(griffin_lim_step(magnitude, phase, feature)),
        lambda magnitude, phase, feature: torch.exp(
            1j * griffin_lim_step(magnitude, phase, feature)
        ).angle(),
        lambda magnitude, phase, feature: (
            griffin_lim_step(magnitude, phase, feature) % (2 * torch.pi)
        ),
    ],
}

WRONG = {
    "check_to_decibels": [
        (
            lambda power, floor: 20 * torch.log10(power.clamp(min=1e-8)),
            "20 log10 belongs to magnitudes",
        ),
        (lambda power, floor: torch.log10(power.clamp(min=1e-8)), "ten times too small"),
        (lambda power, floor: 10 * torch.log(power.clamp(min=1e-8)), "not the natural one"),
        (lambda power, floor: 10 * torch.log10(power), "logarithm of zero"),
        (lambda power, floor: 10 * torch.log10(power.clamp(min=floor)), "logarithm of zero"),
        (lambda power, floor: 10 * torch.log10(power + 1e-30), "must give -80 dB; you return -120"),
        (
            lambda power, floor: 10 * torch.log10(power.clamp(min=1e-10)),
            "must give -80 dB; you return -100",
        ),
        (
            lambda power, floor: 10 * torch.log10(power.clamp(min=1e-8)),
            "must give -50 dB; you return -80",
        ),
        (lambda power, floor: 10 * torch.log10(power + 10 ** (floor / 10)), "add nothing"),
        (
            lambda power, floor: 10 * torch.log10(power.clamp(min=10 ** (floor / 80))),
            "0.01 is -20 dB",
        ),
        (lambda power, floor: power, "you return 100 and 1"),
        (lambda power, floor: 10 * torch.log10(power.clamp(min=1e-8)) - 20, "you return 0 and -20"),
        (lambda power, floor: 10 * torch.log10(power.max()), "tensor of shape (6,) is expected"),
    ],
    "check_mask_decibels": [
        (lambda decibels, mask, floor: decibels * mask, "0 dB, which is loud"),
        (lambda decibels, mask, floor: (decibels - floor) * mask, "Did you add the floor back?"),
        (lambda decibels, mask, floor: decibels * mask + floor, "Did you add the floor back?"),
        (
            lambda decibels, mask, floor: (decibels - floor) * (1 - mask) + floor,
            "the other way round",
        ),
        (
            lambda decibels, mask, floor: torch.where(mask > 0.5, decibels, floor),
            "-35 dB if the floor is -90 dB",
        ),
        (lambda decibels, mask, floor: torch.where(mask > 0, decibels, floor), "half-way"),
        (
            lambda decibels, mask, floor: torch.where(mask > 0, decibels, -100.0),
            "you return -100 for a bin of 20 dB",
        ),
        (
            lambda decibels, mask, floor: decibels - 1_000 * (1 - mask),
            "here -80 dB; you return -980",
        ),
        (
            lambda decibels, mask, floor: torch.lerp(decibels.min(), decibels, mask),
            "here -80 dB; you return -70",
        ),
        (
            lambda decibels, mask, floor: (decibels + 80) * mask - 80,
            "Use the floor that you are given",
        ),
        (lambda decibels, mask, floor: decibels * mask / mask, "infinite or NaN"),
        (
            lambda decibels, mask, floor: decibels[mask > 0],
            "tensor of shape (1, 4) is expected, and this is Tensor",
        ),
    ],
    "check_griffin_lim_step": [
        (lambda magnitude, phase, feature: phase, "came back unchanged"),
        (lambda magnitude, phase, feature: 0.5 * phase, "One step: back"),
        (lambda magnitude, phase, feature: magnitude, "between -π and π"),
        (
            lambda magnitude, phase, feature: griffin_lim_step(magnitude, phase, feature) + 7,
            "between -π and π",
        ),
        (
            lambda magnitude, phase, feature: -griffin_lim_step(magnitude, phase, feature),
            "One step: back",
        ),
        (without_window, "window"),
        (
            lambda magnitude, phase, feature: griffin_lim_step(magnitude**2, phase, feature),
            "not its square",
        ),
        (
            lambda magnitude, phase, feature: griffin_lim_step(
                magnitude, griffin_lim_step(magnitude, phase, feature), feature
            ),
            "forward, once",
        ),
        (
            lambda *inputs: griffin_lim_step(*(x[:1] for x in inputs[:2]), inputs[2]),
            "tensor of shape (2, 1",
        ),
        (
            lambda magnitude, phase, feature: griffin_lim_step(magnitude, 0 * phase, feature),
            "One step: back",
        ),
        (
            lambda magnitude, phase, feature: griffin_lim_step(magnitude, phase, feature)[:, 0],
            "is expected",
        ),
        (
            lambda magnitude, phase, feature: griffin_lim_step(magnitude, phase, feature) / 0,
            "infinite or NaN",
        ),
    ],
}
