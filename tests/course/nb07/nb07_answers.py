"""Right and wrong answers to the exercises of notebook 07; the wrong ones with part of the hint."""

import torch


def shuffled(mask, generator):
    order = torch.rand(mask.flatten(1).shape, generator=generator).argsort(dim=1)
    return mask.flatten(1).gather(1, order).view_as(mask)


def over_chance(score, chosen, draws, generator, draw=shuffled):
    chance = 0
    for _ in range(draws):
        chance = chance + score(draw(chosen, generator)) / draws
    return score(chosen) - chance


def about_as_many(chosen, generator):
    return torch.rand(chosen.shape, generator=generator) < chosen.float().mean(dim=1, keepdim=True)


def with_repeats(chosen, generator):
    made = torch.zeros_like(chosen)
    for row, frames in zip(made, chosen.sum(dim=1), strict=True):
        row[torch.randint(chosen.shape[1], (int(frames),), generator=generator)] = True
    return made


def widened(frames, segment):
    chosen = torch.zeros_like(frames)
    for start in range(0, frames.shape[1], segment):
        part = slice(start, start + segment)
        chosen[:, part] = frames[:, part].any(dim=1, keepdim=True)
    return chosen


def from_chosen_frames(frames, segment):
    chosen = torch.zeros_like(frames)
    for clip, frame in frames.nonzero().tolist():
        chosen[clip, frame : frame + segment] = True
    return chosen


def error(rebuild, x):
    return (rebuild(x) - x).square().mean(dim=(1, 2, 3))


def by_reconstruction(rebuild, values, chosen, instead=None):
    instead = rebuild(values) if instead is None else instead
    modified = torch.where(chosen, instead, values)
    return (1 - error(rebuild, modified) / error(rebuild, values)).clamp(min=0)


def without_a_second_look(rebuild, values, chosen):
    rebuilt = rebuild(values)
    modified = torch.where(chosen, rebuilt, values)
    after = (rebuilt - modified).square().mean(dim=(1, 2, 3))
    return (1 - after / error(rebuild, values)).clamp(min=0)


def left(rebuild, values, chosen):
    modified = torch.where(chosen, rebuild(values), values)
    return error(rebuild, modified) / error(rebuild, values)


RIGHT = {
    "check_by_reconstruction": [
        by_reconstruction,
        lambda *inputs: torch.relu(1 - left(*inputs)),
        lambda rebuild, values, chosen: by_reconstruction(rebuild, values.double(), chosen).numpy(),
    ],
    "check_widen": [
        widened,
        lambda frames, segment: widened(frames, segment).float(),
        lambda frames, segment: widened(frames, segment).numpy(),
    ],
    "check_over_chance": [
        over_chance,
        lambda score, chosen, draws, generator: over_chance(score, chosen, 2 * draws, generator),
        lambda score, chosen, draws, generator: (
            score(chosen)
            - torch.stack([score(shuffled(chosen, generator)) for _ in range(draws)]).mean(dim=0)
        ),
    ],
}

WRONG = {
    "check_by_reconstruction": [
        (lambda *inputs: 1 - left(*inputs), "below 0 is cut off"),
        (left, "How much of it has gone"),
        (without_a_second_look, "Rebuild the modified clip"),
        (lambda rebuild, x, chosen: by_reconstruction(rebuild, x, ~chosen), "what was not chosen"),
        (lambda *inputs: by_reconstruction(*inputs, torch.tensor(0.0)), "You silence"),
        (lambda *inputs: by_reconstruction(*inputs) * error(*inputs[:2]), "not the difference"),
        (lambda *inputs: by_reconstruction(*inputs) / 2, "yours get 0.12"),
        (lambda *inputs: by_reconstruction(*inputs).mean(), "is expected"),
    ],
    "check_widen": [
        (lambda frames, segment: frames, "Only the chosen frames"),
        (from_chosen_frames, "lie on a grid"),
        (lambda *inputs: widened(*inputs).any(dim=0).expand(2, -1), "look along time only"),
        (lambda *inputs: ~widened(*inputs), "without a chosen frame"),
        (lambda frames, segment: widened(frames, 4), "Use the length"),
        (lambda frames, segment: widened(frames, 2), "first clip 2 frames"),
        (lambda frames, segment: widened(frames, segment)[0], "is expected"),
    ],
    "check_over_chance": [
        (lambda score, chosen, draws, generator: score(chosen), "score alone"),
        (lambda *inputs: inputs[0](inputs[1]) - over_chance(*inputs), "what chance gets"),
        (lambda *inputs: -over_chance(*inputs), "sign is turned"),
        (
            lambda score, chosen, draws, generator: score(chosen) - score(chosen | True),
            "as large as yours",
        ),
        (lambda *inputs: over_chance(*inputs, draw=about_as_many), "as large as yours"),
        (lambda *inputs: over_chance(*inputs, draw=with_repeats), "as large as yours"),
        (lambda *inputs: over_chance(*inputs, draw=lambda *x: shuffled(*x).float()), "takes bool"),
        (
            lambda *inputs: over_chance(*inputs, draw=lambda chosen, _: shuffled(chosen, None)),
            "generator=generator",
        ),
        (
            lambda *inputs: over_chance(*inputs[:3], torch.Generator().manual_seed(0)),
            "Another seed",
        ),
        (
            lambda score, chosen, draws, generator: over_chance(score, chosen, 1, generator),
            "Draw as often",
        ),
        (lambda *inputs: over_chance(*inputs) + 1, "is expected"),
        (lambda score, chosen, draws, generator: score(chosen)[:2], "is expected"),
    ],
}
