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


def blended(clips, score, high, other):
    """Each clip moved towards another, as far as it must be to pass."""
    made = clips.clone()
    for share in torch.linspace(0, 1, 21):
        with torch.no_grad():
            above = score(made) > high
        made[above] = torch.lerp(clips, other, share)[above]
    return made


def a_little_blur(clips, score, low, high):
    return blended(clips, score, high, F.avg_pool2d(clips, 3, 1, 1, count_include_pad=False))


def descend(clips, score, goal, steps=200, rate=0.05, price=0.4):
    change = torch.zeros_like(clips, requires_grad=True)
    optimiser = torch.optim.Adam([change], rate)
    for _ in range(steps):
        loss = 6 * (score(clips + change) - goal).relu().sum() + price * change.abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return clips + change


def by_signs(clips, score, goal):
    clips = clips.requires_grad_()
    while (missed := (score(clips) - goal).relu().sum()) > 0:
        (slope,) = torch.autograd.grad(missed, clips)
        clips = (clips - 0.01 * slope.sign()).detach().requires_grad_()
    return clips


def no_end(clips, score, goal):
    """Down, whether the goal is reached or not."""
    clips = clips.requires_grad_()
    for _ in range(100):
        (slope,) = torch.autograd.grad(score(clips).sum(), clips)
        clips = (clips - 0.05 * slope.sign()).detach().requires_grad_()
    return clips


def repair(clips, score, low, high):
    """What the check must not take: what stands out of its band is brought down before the rest is
    made to pass.
    """
    usual = clips.median(dim=3, keepdim=True)[0]
    lowered = torch.where(clips > usual + 2, usual + 1, clips)
    return blended(lowered, score, high, usual.expand_as(clips))


RIGHT = {
    "check_descend": [
        descend,
        by_signs,
        lambda clips, score, goal: descend(clips, score, goal, 150, 0.01),
        lambda clips, score, goal: descend(clips, score, goal, price=40),
    ],
    "check_grain": [
        grain,
        lambda clips: (
            (clips[:, :, 1:-1, 1:-1] - F.avg_pool2d(clips, 3, 1)).square().mean(dim=(1, 2, 3))
        ),
        lambda clips: torch.stack([grain(clip[None])[0] for clip in clips]).double(),
    ],
    "check_cheat": [
        a_little_blur,
        lambda clips, score, low, high: blended(clips, score, high, torch.zeros_like(clips)),
        lambda clips, score, low, high: blended(clips, score, high, clips.roll(1, dims=3)),
    ],
}

WRONG = {
    "check_descend": [
        (lambda clips, score, goal: clips, "one is still above it"),
        (lambda clips, score, goal: descend(clips, score, goal, steps=3), "more steps or larger"),
        (lambda clips, score, goal: descend(clips, score, goal, price=0.4 * 1152), "their price"),
        (lambda clips, score, goal: descend(clips, score, goal) - clips, "the change alone"),
        (no_end, "from the start"),
        (
            lambda clips, score, goal: torch.where(
                score(clips)[:, None, None, None] > goal, no_end(clips, score, goal), clips
            ),
            "far below it",
        ),
        (
            lambda clips, score, goal: torch.where(
                score(clips)[:, None, None, None] > goal, 0.4 * clips, clips
            ),
            "bins that do not count",
        ),
        (lambda clips, score, goal: score(clips), "is expected"),
    ],
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
    "check_cheat": [
        (lambda clips, score, low, high: clips, "still gives an alarm"),
        (
            lambda clips, *_: F.avg_pool2d(clips, (1, 201), 1, (0, 100), count_include_pad=False),
            "do less",
        ),
        (lambda clips, *_: clips[:1], "is expected"),
        (lambda clips, score, low, high: by_signs(clips, score, high), "does not require grad"),
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
