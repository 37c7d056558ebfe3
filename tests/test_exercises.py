"""The checks of the exercises: right answers pass, wrong ones get the hint that fits, nothing is
thrown.
"""

import importlib
import inspect
import itertools
import json
import math
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import average_precision_score, roc_auc_score

from audioxai_lite import masks
from audioxai_lite.course.checks import Feedback
from audioxai_lite.evaluation import stability
from audioxai_lite.sound import levels

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CHECKS = {
    name: check
    for file in sorted((NOTEBOOKS.parent / "audioxai_lite" / "course").glob("nb*/exercises.py"))
    for name, check in vars(
        importlib.import_module(f"audioxai_lite.course.{file.parent.name}.exercises")
    ).items()
    if name.startswith("check_")
}


def mixed(clip, noise, snr):
    ratio = levels.active_level(clip, 16_000) / levels.active_level(noise, 16_000)
    return clip + noise * ratio * 10 ** (-snr / 20)


def top_overlap(first, second, share):
    one, other = masks.top_k(first, share), masks.top_k(second, share)
    return (one * other).sum(dim=(1, 2, 3)) / one.sum(dim=(1, 2, 3))


def apart(overlap, before, after):
    equal = before == after
    return torch.stack([overlap[equal].mean(), overlap[~equal].mean(), equal.float().mean()])


def first_frame(mask, hop_length, sample_rate):
    return mask.amax(dim=(0, 1, 2)).nonzero()[0].item() * hop_length / sample_rate


def in_place(decibels, mask, floor):
    return decibels.sub_(floor).mul_(mask).add_(floor)


def all_in_place(clean, kept):
    return 100 * kept.sub_(clean).neg_().clamp_(min=0).div_(clean).mean()


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


def masked_loss(errors, visible):
    return (errors * (1 - visible)).sum() / (1 - visible).sum()


def auc_by_loop(normal, anomalous):
    wins = [(a > n) + 0.5 * (a == n) for a in anomalous for n in normal]
    return sum(wins) / len(wins)


def complementary(rows, columns, passes, generator):
    hidden_in = torch.randperm(rows * columns, generator=generator).reshape(rows, columns) % passes
    return (hidden_in != torch.arange(passes)[:, None, None]).float()


def independent(rows, columns, passes, generator):
    """Each pass hides a third, whatever the others hide."""
    hidden = (
        torch.rand(passes, rows * columns, generator=generator).argsort(dim=1)
        < rows * columns // passes
    )
    return 1 - hidden.float().reshape(passes, rows, columns)


def uneven(rows, columns, passes, generator):
    hidden_in = torch.randint(passes, (rows, columns), generator=generator)
    return (hidden_in != torch.arange(passes)[:, None, None]).float()


def gradient(model, values, target):
    x = values.clone().requires_grad_()
    return torch.autograd.grad(model(x)[:, target].sum(), x)[0]


def probability_gradient(model, values, target):
    x = values.clone().requires_grad_()
    return torch.autograd.grad(model(x).softmax(dim=1)[:, target].sum(), x)[0]


def stretch(cells, shape, mode="bilinear", **options):
    return torch.nn.functional.interpolate(cells, shape, mode=mode, **options)


def integrated(model, values, target, baseline, steps):
    way = ((torch.arange(steps) + 0.5) / steps).reshape(-1, 1, 1, 1)
    return gradient(model, baseline + way * (values - baseline), target).mean(0, keepdim=True) * (
        values - baseline
    )


def integrated_by_loop(model, values, target, baseline, steps, points=None):
    total = 0
    for step in points or range(1, steps + 1):
        total = total + gradient(model, baseline + step / steps * (values - baseline), target)
    return total / steps * (values - baseline)


def integrated_largest(model, values, target, baseline, steps):
    return integrated(lambda x: model(x).amax(dim=1, keepdim=True), values, 0, baseline, steps)


def shapley(worth, players):
    total = torch.zeros(players)
    for order in itertools.permutations(range(players)):
        for place, player in enumerate(order):
            total[player] += worth(order[: place + 1]) - worth(order[:place])
    return total / math.factorial(players)


def shapley_by_subsets(worth, players, weight=None):
    total = torch.zeros(players)
    for player in range(players):
        others = set(range(players)) - {player}
        for size in range(players):
            orders = (
                math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
            )
            for subset in map(set, itertools.combinations(others, size)):
                gain = worth(subset | {player}) - worth(subset)
                total[player] += gain * (weight if weight is not None else orders)
    return total


def leave_one_out(worth, players):
    everyone = set(range(players))
    return torch.tensor([worth(everyone) - worth(everyone - {player}) for player in range(players)])


def shapley_from_zero(worth, players):
    return shapley(lambda present: worth(present) if present else 0.0, players)


def top_k_by_rank(values, share, whole=round):
    flat = values.flatten(1)
    rank = flat.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return (rank < whole(share * flat.shape[1])).float().view_as(values)


def top_k_by_loop(values, share):
    mask = torch.zeros_like(values)
    for clip, kept in zip(values, mask, strict=True):
        for position in clip.flatten().topk(round(share * clip.numel())).indices:
            kept.view(-1)[position] = 1
    return mask


def above_quantile(values, share):
    limit = values.flatten(1).quantile(1 - share, dim=1).reshape(-1, 1, 1, 1)
    return (values >= limit).float()


def shuffled(mask, generator):
    order = torch.rand(mask.flatten(1).shape, generator=generator).argsort(dim=1)
    return mask.flatten(1).gather(1, order).view_as(mask)


def shuffled_by_loop(mask, generator):
    return torch.stack(
        [x.flatten()[torch.randperm(x.numel(), generator=generator)].view_as(x) for x in mask]
    )


def rows_and_columns(mask, generator):
    rows, columns = (torch.randperm(size, generator=generator) for size in mask.shape[2:])
    return mask[:, :, rows][..., columns]


def rolled(mask, generator):
    return mask.flatten(1).roll(int(torch.randint(60, (1,), generator=generator)), 1).view_as(mask)


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
    "check_attenuation": [
        lambda level, mask, floor: (1 - mask) * (level - floor),
        lambda level, mask, floor: level - (floor + mask * (level - floor)),
        lambda level, mask, floor: (
            torch.tensor(level) - torch.lerp(torch.tensor(floor), torch.tensor(level), mask)
        ),
    ],
    "check_top_k_exact": [
        top_k_by_rank,
        top_k_by_loop,
        lambda values, share: masks.top_k(values, share),
        lambda values, share: masks.top_k(values, share).bool(),
        lambda values, share: masks.top_k(values, share).int().numpy(),
    ],
    "check_all_ones_share": [
        lambda sps, share: 1 - sps / (1 - share),
        lambda sps, share: (1 - share - sps) / (1 - share),
        lambda sps, share: torch.tensor(1 - sps / (1 - share)),
    ],
    "check_average_drop": [
        lambda clean, kept: 100 * ((clean - kept).clamp(min=0) / clean).mean(),
        lambda clean, kept: 100 * (1 - torch.minimum(kept, clean) / clean).mean().item(),
        all_in_place,
        lambda clean, kept: (
            sum(max(0, c - k) / c for c, k in zip(clean.tolist(), kept.tolist(), strict=True)) * 25
        ),
    ],
    "check_random_like": [
        shuffled,
        shuffled_by_loop,
        lambda mask, generator: shuffled(mask, generator).double(),
        lambda mask, generator: shuffled(mask, generator).bool(),
    ],
    "check_over_chance": [
        over_chance,
        lambda score, chosen, draws, generator: over_chance(score, chosen, 2 * draws, generator),
        lambda score, chosen, draws, generator: (
            score(chosen)
            - torch.stack([score(shuffled(chosen, generator)) for _ in range(draws)]).mean(dim=0)
        ),
    ],
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
    "check_mix": [
        mixed,
        lambda clip, noise, snr: (
            clip
            + noise
            * levels.active_level(clip, 16_000)
            * 10 ** (-snr / 20)
            / levels.active_level(noise, 16_000)
        ),
        lambda clip, noise, snr: clip.double() + mixed(clip, noise, snr).double() - clip.double(),
    ],
    "check_top_overlap": [
        top_overlap,
        lambda first, second, share: top_overlap(second, first, share),
        lambda first, second, share: torch.stack(
            [top_overlap(a[None], b[None], share)[0] for a, b in zip(first, second, strict=True)]
        ).double(),
    ],
    "check_apart": [
        apart,
        lambda overlap, before, after: apart(overlap, after, before).double(),
        lambda overlap, before, after: torch.stack(
            [
                (overlap * (before == after)).sum() / (before == after).sum(),
                (overlap * (before != after)).sum() / (before != after).sum(),
                (before == after).sum() / len(before),
            ]
        ),
    ],
    "check_gradient_times_input": [
        lambda model, values, target: values * gradient(model, values, target),
        lambda model, values, target: (values * gradient(model, values, target)).requires_grad_(),
        lambda model, values, target: (
            torch.func.grad(lambda x: model(x)[0, target])(values) * values
        ),
    ],
    "check_lay_over": [
        lambda cells, shape: stretch(cells.transpose(2, 3), shape),
        lambda cells, shape: stretch(cells.permute(0, 1, 3, 2), shape, align_corners=True),
        lambda cells, shape: stretch(cells, shape[::-1]).mT,
    ],
    "check_integrated_gradients": [
        integrated,
        integrated_by_loop,
        lambda *inputs: integrated_by_loop(
            *inputs, points=range(inputs[-1])
        ),  # the other end of each step
        lambda *inputs: (
            (integrated_by_loop(*inputs) + integrated_by_loop(*inputs, points=range(inputs[-1])))
            / 2
        ),
        lambda model, values, target, baseline, steps: integrated(
            model, values, target, baseline, steps
        ).double(),
    ],
    "check_shapley": [
        shapley,
        shapley_by_subsets,
        lambda *inputs: shapley(*inputs).double(),
        lambda *inputs: shapley(*inputs).tolist(),
        lambda *inputs: list(shapley(*inputs)),
    ],
    "check_masked_loss": [
        masked_loss,
        lambda errors, visible: errors[visible == 0].mean(),
        lambda errors, visible: torch.where(visible > 0, torch.nan, errors).nanmean().item(),
    ],
    "check_auc": [
        auc_by_loop,
        lambda n, a: (a[:, None] > n).mean() + (a[:, None] == n).mean() / 2,
        lambda n, a: roc_auc_score(np.r_[0 * n, 0 * a + 1], np.r_[n, a]),
    ],
    "check_complementary": [
        complementary,
        lambda *inputs: complementary(*inputs).int(),
        lambda *inputs: complementary(*inputs).bool(),
    ],
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
    "check_attenuation": [
        (lambda level, mask, floor: floor + mask * (level - floor), "where the bin lands"),
        (lambda level, mask, floor: (1 - mask) * (floor - level), "so it is positive"),
        (lambda level, mask, floor: mask * (level - floor), "what is left"),
        (lambda level, mask, floor: -(1 - mask) * level, "from 0 dB"),
        (lambda level, mask, floor: (1 - mask) * (level + 100), "and yours is"),
        (lambda level, mask, floor: 40.0, "and yours is"),
    ],
    "check_top_k_exact": [
        (above_quantile, "Count instead"),
        (
            lambda values, share: top_k_by_rank(values.reshape(1, -1), share).view_as(values),
            "rank all clips together",
        ),
        (lambda values, share: top_k_by_rank(-values, share), "larger values are left out"),
        (lambda values, share: 1 - top_k_by_rank(values, share), "should be kept"),
        (lambda values, share: top_k_by_rank(values, share, int), "11.8 is to be rounded"),
        (lambda values, share: top_k_by_rank(values, share, math.ceil), "12.2 is to be rounded"),
        (lambda values, share: top_k_by_rank(values, share + 1 / 40), "ranks start at 0"),
        (lambda values, share: values, "zeros and ones"),
        (lambda values, share: top_k_by_rank(values, share)[0], "is expected"),
    ],
    "check_all_ones_share": [
        (lambda sps, share: 100 * (1 - sps / (1 - share)), "per cent"),
        (lambda sps, share: sps / (1 - share), "on which the mask works"),
        (lambda sps, share: 1 - sps, "mean area"),
        (
            lambda sps, share: 1 - sps / share if share != 0.5 else 1 - sps / (1 - share),
            "an SPS of 1 - share",
        ),
        (lambda sps, share: 0.6, "yours is"),
    ],
    "check_average_drop": [
        (lambda clean, kept: ((clean - kept).clamp(min=0) / clean).mean(), "per cent"),
        (lambda clean, kept: 100 * (clean - kept).clamp(min=0).mean(), "own probability"),
        (lambda clean, kept: 100 * ((clean - kept) / clean).mean(), "count as 0"),
        (
            lambda clean, kept: 100 * (clean - kept).clamp(min=0).sum() / clean.sum(),
            "ratio of means",
        ),
        (lambda clean, kept: 100 * (clean - kept).sum() / clean.sum(), "less the gains"),
        (lambda clean, kept: 100 * clean.sub_(kept).clamp_(min=0).mean(), "own probability"),
        (
            lambda clean, kept: 100 * ((kept - clean).clamp(min=0) / clean).mean(),
            "counts the gains",
        ),
        (lambda clean, kept: 100 * ((clean - kept).clamp(min=0) / clean).sum(), "Take the mean"),
        (lambda clean, kept: 12.0, "yours is"),
    ],
    "check_random_like": [
        (lambda mask, generator: mask, "Another seed"),
        (lambda mask, generator: shuffled(mask, torch.Generator().manual_seed(0)), "Another seed"),
        (lambda mask, generator: shuffled(mask, None), "generator=generator"),
        (rows_and_columns, "Neighbours stay together"),
        (rolled, "Neighbours stay together"),
        (
            lambda mask, generator: (torch.rand(mask.shape, generator=generator) < 0.2).float(),
            "equal area",
        ),
        (
            lambda mask, generator: mask[:, :, torch.randperm(6, generator=generator)],
            "over both axes",
        ),
        (lambda mask, generator: torch.rand(mask.shape, generator=generator), "zeros and ones"),
        (lambda mask, generator: shuffled(mask, generator)[0], "is expected"),
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
        (lambda score, chosen, draws, generator: score(chosen) * 0.5, "is expected"),
        (lambda score, chosen, draws, generator: score(chosen)[:2], "is expected"),
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
    "check_mix": [
        (lambda clip, noise, snr: mixed(clip, noise, -snr), "fainter"),
        (lambda clip, noise, snr: mixed(clip, noise, 2 * snr), "by 20"),
        (lambda clip, noise, snr: levels.mix_at_snr(clip, noise, snr), "pauses included"),
        (
            lambda clip, noise, snr: (
                clip
                + noise
                * levels.active_level(clip, 16_000)
                / noise.square().mean().sqrt()
                * 10 ** (-snr / 20)
            ),
            "pauses included",
        ),
        (lambda clip, noise, snr: clip.copy_(mixed(clip, noise, snr)), "untouched"),
        (lambda clip, noise, snr: clip + noise * 10 ** (-snr / 20), "whatever level"),
        (
            lambda clip, noise, snr: (
                clip + noise * levels.active_level(clip, 16_000) * 10 ** (-snr / 20)
            ),
            "level of the background",
        ),
        (lambda clip, noise, snr: levels.peak_normalise(mixed(clip, noise, snr)), "stay as it is"),
        (lambda clip, noise, snr: clip + 3 * noise, "yours is by 3"),
    ],
    "check_top_overlap": [
        (
            lambda first, second, share: (
                top_overlap(first, second, share) / (2 - top_overlap(first, second, share))
            ),
            "those of one map",
        ),
        (
            lambda first, second, share: top_overlap(first, second, share).mean().expand(4),
            "One number for all clips",
        ),
        (lambda first, second, share: top_overlap(first, second, share) * share, "Divide by those"),
        (lambda first, second, share: top_overlap(first, second, share) * 10, "how many"),
        (lambda first, second, share: 1 - top_overlap(first, second, share), "what is lost"),
        (lambda first, second, share: top_overlap(first, second.abs(), share), "Take no sizes"),
        (lambda first, second, share: top_overlap(-first, -second, share), "smallest bins"),
        (
            lambda first, second, share: top_overlap(first, second, int(share * 40) / 40),
            "10.8 of 40 bins, so 11",
        ),
        (
            lambda first, second, share: top_overlap(first, second, math.ceil(share * 40) / 40),
            "10.2 of 40 bins, so 10",
        ),
        (lambda first, second, share: torch.full((4,), 0.4), "yours is"),
    ],
    "check_apart": [
        (lambda overlap, before, after: apart(overlap, before, after)[[1, 0, 2]], "turned round"),
        (
            lambda overlap, *classes: torch.stack(
                [overlap.mean(), overlap.mean(), apart(overlap, *classes)[2]]
            ),
            "Choose the clips first",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([4 / 6, 2 / 6, 1])
            ),
            "not by all",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([4.0, 2, 1])
            ),
            "sums",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([1.0, 1, 6])
            ),
            "how many stayed",
        ),
        (
            lambda overlap, before, after: (
                apart(overlap, before, after) * torch.tensor([1.0, 1, 0.5])
            ),
            "changed, not",
        ),
        (lambda overlap, before, after: torch.full((3,), 0.4), "yours are"),
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
    "check_gradient_times_input": [
        (gradient, "gradient alone"),
        (lambda *inputs: (inputs[1] * gradient(*inputs)).abs(), "signs are gone"),
        (
            lambda model, values, target: values * gradient(model, values, slice(None)),
            "all classes at once",
        ),
        (lambda *inputs: inputs[1] * probability_gradient(*inputs), "Explain the logit"),
        (lambda *inputs: -inputs[1] * gradient(*inputs), "the signs are not"),
        (lambda *inputs: inputs[1] * gradient(*inputs).abs(), "the signs are not"),
        (
            lambda *inputs: (inputs[1] * gradient(*inputs)).clamp(min=0),
            "speaks against the class is gone",
        ),
        (lambda model, values, target: values, "yours is"),
        (lambda model, values, target: values * gradient(model, values, 0), "yours is"),
        (lambda *inputs: gradient(*inputs)[0], "is expected"),
    ],
    "check_lay_over": [
        (stretch, "still those of the layer"),
        (lambda cells, shape: stretch(cells.transpose(2, 3), shape, "nearest"), "in blocks"),
        (lambda cells, shape: stretch(cells.transpose(2, 3).flip(2), shape), "Upside down"),
        (lambda cells, shape: stretch(cells.transpose(2, 3).flip(3), shape), "Back to front"),
        (lambda cells, shape: stretch(cells.reshape(1, 1, 2, 7), shape), "yours peaks at row"),
        (lambda cells, shape: cells.transpose(2, 3), "is expected"),
    ],
    "check_integrated_gradients": [
        (lambda *inputs: integrated(*inputs) / (inputs[1] - inputs[3]), "mean gradient"),
        (
            lambda *inputs: integrated(*inputs) / (inputs[1] - inputs[3]) * inputs[1],
            "not by the clip",
        ),
        (lambda m, v, t, b, n: integrated(m, v, t, 0 * b, n), "Start at the baseline"),
        (lambda *inputs: integrated(*inputs) * inputs[-1], "200 times too large"),
        (lambda *inputs: -integrated(*inputs), "sign is turned"),
        (lambda m, v, t, b, n: gradient(m, v, t) * (v - b), "gradient at the clip itself"),
        (lambda m, v, t, b, n: integrated(m, v, 0, b, n), "should sum to"),
        (integrated_largest, "should sum to"),
        (
            lambda m, v, t, b, n: (m(v) - m(b))[:, t].detach() / v.numel() * torch.ones_like(v),
            "its parts are not",
        ),
        (lambda m, v, t, b, n: integrated(m, v, t, b, 200), "With 4 take 4 points"),
        (
            lambda *inputs: integrated_by_loop(*inputs, points=range(inputs[-1] + 1)),
            "With 4 take 4 points",
        ),
        (
            lambda *inputs: integrated_by_loop(*inputs, points=range(1, inputs[-1])),
            "With 4 take 4 points",
        ),
        (lambda m, v, t, b, n: gradient(m, v, t)[0], "is expected"),
    ],
    "check_shapley": [
        (leave_one_out, "leaves last"),
        (lambda worth, n: torch.tensor([worth({player}) for player in range(n)]), "worth alone"),
        (
            lambda worth, n: shapley_by_subsets(worth, n, weight=1 / 2 ** (n - 1)),
            "how many orders lead",
        ),
        (lambda *inputs: 2 * shapley(*inputs), "Twice too large"),
        (lambda worth, n: shapley(worth, n) * math.factorial(n), "over the six orders"),
        (lambda worth, n: torch.full((n,), worth(range(n)) / n), "Yours are 9, 9, 9"),
        (
            lambda worth, n: torch.tensor([worth({player}) - worth(()) for player in range(n)]),
            "adds alone",
        ),
        (shapley_from_zero, "start from worth(set())"),
        (lambda worth, n: shapley(worth, 3), "Right for three players"),
        (lambda worth, n: tuple(shapley(worth, n).tolist()), "is expected"),
        (lambda worth, n: [shapley(worth, n)] * 2, "is expected, and this is list"),
    ],
    "check_masked_loss": [
        (lambda errors, visible: errors.mean(), "mean over all bins"),
        (lambda errors, visible: errors[visible == 1].mean(), "1 means visible"),
        (lambda errors, visible: (errors * (1 - visible)).mean(), "shrink with the ratio"),
        (lambda errors, visible: (errors * visible).mean(), "visible bins, and divided"),
        (lambda errors, visible: (errors * (1 - visible)).sum(), "That is a sum"),
        (lambda errors, visible: errors[visible == 0].max(), "you return 2"),
        (
            lambda errors, visible: (errors * (1 - visible)).sum((1, 2, 3)).div(2).mean(),
            "Right for one clip",
        ),
        (
            lambda errors, visible: masked_loss(errors.view(4), visible.view(4)),
            "a batch of two. Your function stopped",
        ),
        (lambda errors, visible: errors, "One number is expected"),
    ],
    "check_auc": [
        (lambda n, a: (a[:, None] > n).sum(), "Divide by the number of all pairs"),
        (lambda n, a: (a[:, None] < n).mean(), "pairs in the wrong order"),
        (lambda n, a: (a[:, None] > n).sum() / len(a), "not by the number of anomalous clips"),
        (lambda n, a: (a[:, None] > n).sum() / len(n), "not by the number of normal clips"),
        (lambda n, a: (a[:, None] > n).sum() / (len(n) + len(a)), "divided by the number of clips"),
        (lambda n, a: (a[:, None] > n).mean(), "Right without ties"),
        (lambda n, a: (a[:, None] >= n).mean(), "Right without ties"),
        (lambda n, a: a.mean() - n.mean(), "you return 1.75"),
        (lambda n, a: a.max() > n.max(), "you return 1"),
        (lambda n, a: a[:, None] > n, "One number is expected"),
    ],
    "check_complementary": [
        (independent, "never hidden"),
        (uneven, "different numbers of patches"),
        (lambda *inputs: 1 - complementary(*inputs), "Ones and zeros are swapped"),
        (lambda *inputs: torch.zeros(3, 4, 6), "hidden more than once"),
        (lambda *inputs: torch.ones(3, 4, 6), "24 of 24 patches are never hidden"),
        (lambda *inputs: 0.5 * complementary(*inputs), "ones (visible) and zeros (hidden) only"),
        (
            lambda rows, columns, passes, g: complementary(rows, columns, passes, None),
            "generator=generator",
        ),
        (
            lambda rows, columns, passes, g: complementary(
                4, 6, 3, torch.Generator().manual_seed(0)
            ),
            "Another seed",
        ),
        (
            lambda *inputs: complementary(*inputs).transpose(1, 2),
            "tensor of shape (3, 4, 6) is expected",
        ),
    ],
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


def average_precision_by_hand(attribution, truth):
    hits = truth[attribution.argsort(descending=True)]
    share = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    return share[hits == 1].mean()


def precision_at_each(attribution, truth):
    hits = truth[attribution.argsort(descending=True)]
    return hits, hits.cumsum(0) / torch.arange(1, len(hits) + 1)


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


RIGHT |= {
    "check_average_precision": [
        average_precision_by_hand,
        lambda attribution, truth: average_precision_score(truth, attribution),
        lambda attribution, truth: average_precision_by_hand(attribution, truth).double(),
    ],
    "check_widen": [
        widened,
        lambda frames, segment: widened(frames, segment).float(),
        lambda frames, segment: widened(frames, segment).numpy(),
    ],
}

WRONG |= {
    "check_average_precision": [
        (lambda attribution, truth: 1.0, "precision at the first hit"),
        (lambda attribution, truth: truth.mean(), "the share of the truth"),
        (lambda attribution, truth: average_precision_by_hand(-attribution, truth), "Start at"),
        (lambda *inputs: precision_at_each(*inputs)[1].mean(), "mean over all bins"),
        (lambda *inputs: average_precision_by_hand(*inputs) * 2, "Take the mean"),
        (lambda *inputs: 0.75, "puts the truth last"),
        (lambda attribution, truth: roc_auc_score(truth, attribution), "you return 0.6667"),
        (lambda attribution, truth: truth, "One number is expected"),
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
}

NUMBERS = (
    "check_area",
    "check_event_start",
    "check_masked_loss",
    "check_auc",
    "check_attenuation",
    "check_all_ones_share",
    "check_average_drop",
)


def cases(table):
    """One parameter for each answer: the check, and what stands beside it in the table."""
    for name, answers in table.items():
        for number, answer in enumerate(answers):
            values = answer if isinstance(answer, tuple) else (answer,)
            yield pytest.param(CHECKS[name], *values, id=f"{name.removeprefix('check_')}-{number}")


def told(feedback, hint=""):
    assert isinstance(feedback, Feedback) and not feedback and feedback.passed is False
    assert hint in feedback.text and len(feedback.text) > 20
    assert repr(feedback) == f"Not yet. {feedback.text}"


def test_every_check_is_tested_here():
    assert set(CHECKS) == set(RIGHT) == set(WRONG)
    assert all(len(answers) >= 3 for table in (RIGHT, WRONG) for answers in table.values())


@pytest.mark.parametrize(("check", "answer"), cases(RIGHT))
def test_right_answer_passes(check, answer):
    feedback = check(answer)
    assert feedback and feedback.passed is True, feedback
    assert repr(feedback) == f"Right. {feedback.text}" and len(feedback.text) > 20
    assert check(answer) == feedback


@pytest.mark.parametrize(("check", "answer", "hint"), cases(WRONG))
def test_wrong_answer_gets_the_hint_that_fits(check, answer, hint):
    told(check(answer), hint)


def test_an_answer_that_ignores_the_mask_is_told_so():
    feedback = CHECKS["check_mask_decibels"](lambda decibels, mask, floor: decibels)
    told(feedback)
    assert "other way round" not in feedback.text


def shipped(*_): ...


def failing(*_):
    return 1 / 0


@pytest.mark.parametrize("name", CHECKS)
def test_stub_raising_and_unfit_functions_are_answered(name):
    check = CHECKS[name]
    told(check(shipped), "returns nothing yet")
    told(check(lambda *_: ...), "returns nothing yet")
    told(check(failing), "stopped with ZeroDivisionError: division by zero")
    told(check(lambda: None), "stopped with TypeError")
    told(check(lambda *_: undefined), "stopped with NameError")  # noqa: F821
    told(check(None), "stopped with TypeError")


@pytest.mark.parametrize(
    "result",
    ["a quarter", b"", [], {}, (1, 2, 3), object, print, np.zeros((2, 2)), slice(3)],
    ids=repr,
)
@pytest.mark.parametrize("name", CHECKS)
def test_result_of_the_wrong_type_is_told(name, result):
    told(CHECKS[name](lambda *_: result), type(result).__name__)


@pytest.mark.parametrize("shape", [(0,), (2,), (1, 2, 3), (1, 1, 4, 11)], ids=str)
@pytest.mark.parametrize("name", CHECKS)
def test_tensor_of_the_wrong_shape_is_told(name, shape):
    told(CHECKS[name](lambda *_: torch.zeros(shape)), f"Tensor of shape {shape}")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", CHECKS)
def test_nan_and_infinity_are_told(name, value):
    told(
        CHECKS[name](
            lambda first, *_: (
                torch.tensor(value) if name in NUMBERS else torch.full_like(first, value)
            )
        )
    )
    if name in NUMBERS:
        told(CHECKS[name](lambda *_: value), f"this is {value}")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
@pytest.mark.parametrize(
    "name", ["check_to_decibels", "check_mask_decibels", "check_griffin_lim_step"]
)
def test_another_precision_is_judged_and_not_thrown(name, dtype):
    feedback = CHECKS[name](lambda *inputs: RIGHT[name][0](*inputs).to(dtype))
    assert isinstance(feedback, Feedback) and (feedback or dtype == torch.float16)


@pytest.mark.parametrize("dtype", [torch.int64, torch.complex64, torch.bool], ids=str)
@pytest.mark.parametrize(
    "name", ["check_to_decibels", "check_mask_decibels", "check_griffin_lim_step"]
)
def test_another_kind_of_number_is_told_and_not_thrown(name, dtype):
    told(CHECKS[name](lambda *inputs: (RIGHT[name][0](*inputs) * 0.5).to(dtype)))


SOLUTION = re.compile(
    r"<details><summary>Solution</summary>\s*```text\n(.*?)```\s*</details>", re.DOTALL
)


def source(cell):
    return "".join(cell["source"])


def read_exercises():
    """Of every notebook: (name, check, function, the cell as shipped, the solution or None)."""
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        open_exercise = None
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = source(cell)
            if cell["cell_type"] == "code":
                call = re.search(r"^exercises\.(check_\w+)\((\w+)\)", text, re.MULTILINE)
                open_exercise = [path.stem, *call.groups(), text, None] if call else None
                found += [open_exercise] if call else []
            elif open_exercise and (solution := SOLUTION.search(text)):
                open_exercise[-1] = solution[1]
    return found


EXERCISES = [
    pytest.param(*exercise, id=f"{exercise[0][:2]}-{exercise[1]}") for exercise in read_exercises()
]


def test_every_exercise_of_every_notebook_is_found_and_solved():
    found = read_exercises()
    assert {check for _, check, *_ in found} == set(CHECKS)
    assert [exercise[:2] for exercise in found if exercise[-1] is None] == []
    for path in NOTEBOOKS.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        announced = sum(
            source(cell).count("**Exercise ") for cell in cells if cell["cell_type"] == "markdown"
        )
        assert announced == sum(name == path.stem for name, *_ in found), path.stem


@pytest.mark.parametrize(("notebook", "check", "function", "stub", "solution"), EXERCISES)
def test_solution_of_the_notebook_passes_and_its_stub_does_not(
    notebook, check, function, stub, solution
):
    namespace = {"torch": torch, "masks": masks, "levels": levels, "stability": stability}
    exec(solution, namespace)
    feedback = CHECKS[check](namespace[function])
    assert feedback, f"{notebook}: {feedback}"
    namespace = {"torch": torch, "exercises": SimpleNamespace(**CHECKS)}
    exec(stub, namespace)
    told(CHECKS[check](namespace[function]), "returns nothing yet")


@pytest.mark.parametrize(("notebook", "check", "function", "stub", "solution"), EXERCISES)
def test_stub_and_solution_take_the_same_arguments(notebook, check, function, stub, solution):
    signatures = []
    for code in (stub, solution):
        namespace = {"torch": torch, "exercises": SimpleNamespace(**CHECKS)}
        exec(code, namespace)
        signatures.append(inspect.signature(namespace[function]))
    assert signatures[0] == signatures[1]


def test_a_constant_is_no_answer_to_the_area():
    assert "keeps everything" in repr(CHECKS["check_area"](lambda mask: 0.25))
