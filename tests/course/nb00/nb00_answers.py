"""Right and wrong answers to the exercises of notebook 00; the wrong ones with part of the hint."""

import numpy as np


def first_frame(mask, hop_length, sample_rate):
    return mask.amax(dim=(0, 1, 2)).nonzero()[0].item() * hop_length / sample_rate


RIGHT = {
    "check_area": [
        lambda mask: mask.mean(),
        lambda mask: mask.mean().item(),
        lambda mask: mask.sum() / mask.numel(),
        lambda mask: np.float32(mask.numpy().mean()),
        lambda mask: mask.double().mean(dim=(1, 2, 3)),
    ],
    "check_event_start": [
        first_frame,
        lambda mask, hop, rate: mask.sum(dim=2).flatten().nonzero()[0] * hop / rate,
        lambda mask, hop, rate: np.flatnonzero(mask[0, 0].numpy().any(axis=0))[0] * hop / rate,
    ],
    "check_ground_truth": [
        lambda faulty, twin, threshold: ((faulty - twin).abs() > threshold).float(),
        lambda faulty, twin, threshold: (twin - faulty).abs() > threshold,
        lambda faulty, twin, t: (faulty > twin + t).int() + (faulty < twin - t).int(),
    ],
}

WRONG = {
    "check_area": [
        (lambda mask: mask.sum(), "number of bins kept. Divide"),
        (lambda mask: 100 * mask.mean(), "per cent"),
        (lambda mask: 1 - mask.mean(), "you return 0.75"),
        (lambda mask: mask.sum() / mask.shape[-1], "you return 1"),
        (lambda mask: mask.amax(dim=2).mean(), "you return 0.5"),
        (lambda mask: mask, "One number is expected, and this is Tensor of shape (1, 1, 4, 10)"),
        (lambda mask: mask.mean(dim=-1), "One number is expected"),
        (lambda mask: mask / 0, "One number is expected"),
        (lambda mask: mask.mean() / 0, "A number is expected, and this is inf"),
    ],
    "check_event_start": [
        (lambda mask, hop, rate: mask.amax(dim=2).flatten().nonzero()[0], "frame number"),
        (lambda mask, hop, rate: mask[0, 0].nonzero()[0, 1] * hop / rate, "Any row counts"),
        (lambda mask, hop, rate: mask[0, 0].nonzero()[0, 0] * hop / rate, "Time is the last axis"),
        (lambda mask, hop, rate: mask.amax(dim=3).flatten().nonzero()[0], "Time is the last axis"),
        (lambda mask, hop, rate: 40 * hop, "you return 1.28e+04"),
        (lambda mask, hop, rate: 40 * rate / hop, "Frame 40 at 320 samples a frame"),
        (lambda mask, hop, rate: 40 / rate, "is 0.8 s"),
        (lambda mask, hop, rate: mask[0, 0].sum(dim=0).argmax() * hop / rate, "most rows are kept"),
        (lambda mask, hop, rate: mask.nonzero()[-1, 3] * hop / rate, "is 0.8 s; you return 1.48"),
        (lambda mask, hop, rate: first_frame(mask, 320, 16_000), "is 2.56 s; you return 0.8"),
        (lambda mask, hop, rate: mask.nonzero()[0], "One number is expected"),
    ],
    "check_ground_truth": [
        (lambda faulty, twin, t: faulty - twin > t, "where is the drop-out"),
        (lambda faulty, twin, t: twin - faulty > t, "where is the knock"),
        (lambda faulty, twin, t: faulty - twin, "difference in decibels"),
        (lambda faulty, twin, t: (faulty - twin).abs(), "size of the difference"),
        (lambda faulty, twin, t: (faulty - twin).abs() <= t, "Turned round"),
        (lambda faulty, twin, t: faulty != twin, "differs at all"),
        (lambda faulty, twin, t: (faulty - twin).abs() > 3, "Right for 3 dB"),
        (lambda faulty, twin, t: faulty > t, "you return"),
        (lambda faulty, twin, t: ((faulty - twin).abs() > t)[0, 0], "is expected"),
    ],
}
