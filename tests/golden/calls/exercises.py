"""Every public function of what was `audioxai_lite.exercises`, called on fixed inputs."""

import torch
from torch import nn

from audioxai_lite.course.nb00.exercises import check_area, check_event_start
from audioxai_lite.course.nb01.exercises import (
    check_griffin_lim_step,
    check_mask_decibels,
    check_to_decibels,
)
from audioxai_lite.course.nb02.exercises import check_auc, check_complementary, check_masked_loss
from audioxai_lite.course.nb03.exercises import (
    check_gradient_times_input,
    check_integrated_gradients,
    check_shapley,
)
from audioxai_lite.course.nb04.exercises import check_lay_over
from audioxai_lite.course.nb05.exercises import (
    check_all_ones_share,
    check_attenuation,
    check_top_k_exact,
)
from audioxai_lite.course.nb06.exercises import check_average_drop, check_random_like
from audioxai_lite.course.nb07.exercises import check_over_chance
from audioxai_lite.course.nb08.exercises import check_cheat, check_grain
from audioxai_lite.course.nb09.exercises import check_apart, check_mix, check_top_overlap


def call_check_area(keep):
    keep(check_area(lambda mask: mask.sum()))


def call_check_event_start(keep):
    keep(check_event_start(lambda mask, hop_length, sample_rate: 40))


def call_check_to_decibels(keep):
    keep(check_to_decibels(lambda power, floor: (20 * power.log10()).clamp(min=floor)))


def call_check_mask_decibels(keep):
    keep(check_mask_decibels(lambda decibels, mask, floor: decibels * mask))


def call_check_griffin_lim_step(keep):
    keep(check_griffin_lim_step(lambda magnitude, phase, feature: phase))


def call_check_masked_loss(keep):
    keep(check_masked_loss(lambda errors, visible: errors.mean()))


def call_check_auc(keep):
    keep(check_auc(lambda normal, anomalous: (anomalous[:, None] > normal).sum()))


def call_check_complementary(keep):
    keep(
        check_complementary(
            lambda rows, columns, passes, generator: torch.ones(passes, rows, columns)
        )
    )


def call_check_gradient_times_input(keep):
    keep(check_gradient_times_input(lambda model, values, target: values))


def call_check_lay_over(keep):
    keep(
        check_lay_over(lambda cells, size: nn.functional.interpolate(cells, size, mode="bilinear"))
    )


def call_check_integrated_gradients(keep):
    keep(
        check_integrated_gradients(lambda model, values, target, baseline, steps: values - baseline)
    )


def call_check_shapley(keep):
    keep(check_shapley(lambda worth, players: torch.tensor([worth({p}) for p in range(players)])))


def call_check_attenuation(keep):
    keep(check_attenuation(lambda level, mask, floor: floor + mask * (level - floor)))


def call_check_top_k_exact(keep):
    keep(check_top_k_exact(lambda attribution, share: (attribution > 0).float()))


def call_check_all_ones_share(keep):
    keep(check_all_ones_share(lambda sps, share: 1 - sps))


def call_check_average_drop(keep):
    keep(check_average_drop(lambda clean, kept: 100 * (clean - kept).clamp(min=0).mean()))


def call_check_random_like(keep):
    keep(check_random_like(lambda mask, generator: mask))


def call_check_over_chance(keep):
    keep(check_over_chance(lambda score, chosen, draws, generator: score(chosen)))


def call_check_grain(keep):
    keep(check_grain(lambda clips: clips.var(dim=(1, 2, 3))))


def call_check_cheat(keep):
    keep(check_cheat(lambda clips, score, low, high: clips))


def call_check_mix(keep):
    keep(check_mix(lambda clip, noise, snr: clip + noise * 10 ** (-snr / 20)))


def call_check_top_overlap(keep):
    keep(
        check_top_overlap(
            lambda first, second, share: ((first > 0) & (second > 0)).float().mean(dim=(1, 2, 3))
        )
    )


def call_check_apart(keep):
    keep(check_apart(lambda overlap, before, after: torch.tensor([overlap.mean()] * 3)))
