"""Right and wrong answers to the exercises of notebook 08; the wrong ones with part of the hint."""

import torch
import torch.nn.functional as F


def grain(clips):
    return (
        (clips - F.avg_pool2d(clips, 3, 1, 1, count_include_pad=False)).square().mean(dim=(1, 2, 3))
    )


def local_variance(clips):
    mean, of_squares = (
        F.avg_pool2d(x, 3, 1, 1, count_include_pad=False) for x in (clips, clips.square())
    )
    return (of_squares - mean.square()).mean(dim=(1, 2, 3))


def areas(first, second, limit=1):
    """Common, first, second and joint area."""
    a, b = first.abs() > limit, second.abs() > limit
    return [x.sum(dim=(1, 2, 3)) for x in (a & b, a, b, a | b)]


def overlap(first, second, limit=1):
    common, _, _, joint = areas(first, second, limit)
    return torch.where(joint > 0, common / joint.clamp(min=1), 1.0)


def same_direction(first, second):
    common = ((first.abs() > 1) & (second.abs() > 1) & (first * second > 0)).sum(dim=(1, 2, 3))
    return (common / areas(first, second)[3]).nan_to_num(1.0)


def a_little_blur(clips, score, low, high):
    smooth, made = F.avg_pool2d(clips, 3, 1, 1, count_include_pad=False), clips.clone()
    for share in torch.linspace(0, 1, 21):
        with torch.no_grad():
            above = score(made) > high
        made[above] = torch.lerp(clips, smooth, share)[above]
    return made


def descent(clips, score, low, high):
    change = torch.zeros_like(clips, requires_grad=True)
    optimiser = torch.optim.Adam([change], 0.1)
    while (missed := (score(clips + change) - high).relu().sum()) > 0:
        optimiser.zero_grad()
        missed.backward()
        optimiser.step()
    return clips + change


def repair(clips, score, low, high):
    """What the check must not take: what stands out of its band is brought down before the rest is
    made to pass.
    """
    usual = clips.median(dim=3, keepdim=True)[0]
    return descent(torch.where(clips > usual + 2, usual + 1, clips), score, low, high)


RIGHT = {
    "check_grain": [
        grain,
        lambda clips: (
            (clips[:, :, 1:-1, 1:-1] - F.avg_pool2d(clips, 3, 1)).square().mean(dim=(1, 2, 3))
        ),
        lambda clips: torch.stack([grain(clip[None])[0] for clip in clips]).double(),
    ],
    "check_overlap": [
        overlap,
        lambda first, second: overlap(second, first),
        lambda first, second: overlap(-first, second).double(),
        lambda first, second: overlap(first, second).numpy(),
        lambda first, second: overlap(first, second).tolist(),
    ],
    "check_cheat": [
        a_little_blur,
        descent,
        lambda clips, score, low, high: descent(
            clips, score, low, (low + high) / 2
        ),  # well inside the range
    ],
}

WRONG = {
    "check_grain": [
        (
            lambda clips: (clips - F.avg_pool2d(clips, 3, 1, 1)).square().mean(dim=(1, 2, 3)),
            "count_include_pad",
        ),
        (lambda clips: grain(clips).sqrt(), "root"),
        (
            lambda clips: (
                (clips - F.avg_pool2d(clips, 3, 1, 1, count_include_pad=False))
                .abs()
                .mean(dim=(1, 2, 3))
            ),
            "Square",
        ),
        (lambda clips: grain(clips).mean().expand(3), "One number for all clips"),
        (lambda clips: 2400 * grain(clips), "the sum over the bins"),
        (lambda clips: clips.var(dim=(1, 2, 3)), "variance of the whole clip"),
        (local_variance, "variance within each neighbourhood"),
        (lambda clips: 2 * grain(clips), "yours is"),
        (lambda clips: grain(clips)[:2], "is expected"),
    ],
    "check_overlap": [
        (
            lambda first, second: areas(first, second)[0] / areas(first, second)[3].clamp(min=1),
            "1, not 0",
        ),
        (
            lambda first, second: areas(first, second)[0] / areas(first, second)[3],
            "divided by nothing",
        ),
        (lambda first, second: 1 - overlap(first, second), "the distance"),
        (
            lambda first, second: (areas(first, second)[0] / areas(first, second)[1]).nan_to_num(
                1.0
            ),
            "one of the two",
        ),
        (
            lambda first, second: (areas(first, second)[0] / areas(first, second)[2]).nan_to_num(
                1.0
            ),
            "one of the two",
        ),
        (
            lambda first, second: (
                2 * areas(first, second)[0] / sum(areas(first, second)[1:3])
            ).nan_to_num(1.0),
            "the mean of the two areas",
        ),
        (same_direction, "Up or down"),
        (lambda first, second: overlap(first, second, limit=0), "0.9 dB counts"),
        (lambda first, second: overlap(first, second, limit=2), "1.5 dB does not count"),
        (
            lambda first, second: overlap(first.clamp(min=0), second.clamp(min=0)),
            "size of the change",
        ),
        (lambda first, second: overlap(first, second).mean().expand(4), "One number for all clips"),
        (lambda first, second: torch.full((4,), 0.7), "yours is"),
    ],
    "check_cheat": [
        (lambda clips, score, low, high: clips, "still gives an alarm"),
        (
            lambda clips, *_: F.avg_pool2d(clips, (1, 201), 1, (0, 100), count_include_pad=False),
            "do less",
        ),
        (lambda clips, *_: clips[:1], "is expected"),
        (repair, "repaired something"),
        (lambda clips, *_: torch.ones_like(clips) * 3.78, "Nothing of the clip is left"),
        (
            lambda clips, *_: (
                torch.randn(clips.shape, generator=torch.Generator().manual_seed(0)) * 0.56
            ),
            "Nothing of the clip is left",
        ),
    ],
}
