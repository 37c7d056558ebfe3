"""Every public function of what was `audioxai_lite.masks`, called on fixed inputs."""

import torch

from audioxai_lite.masks.cells import pool_cells, random_like
from audioxai_lite.masks.rules import (
    area,
    is_constant_mask,
    min_max,
    positive_part,
    relative_to_largest,
    sigmoid,
    sign,
    smooth,
    threshold,
    top_k,
)
from audioxai_lite.published import posthoc_audio
from audioxai_lite.published.posthoc_audio import all_variants
from audioxai_lite.sound.levels import apply_mask


def call_positive_part(keep):
    keep(keep(positive_part(torch.tensor([[[[-1.0, 2.0]]]]))).tolist())


def call_min_max(keep):
    keep(keep(min_max(torch.tensor([[[[-1.0, 0.0, 3.0]]]]))).tolist())


def call_relative_to_largest(keep):
    keep(keep(relative_to_largest(torch.tensor([[[[-1.0, 1.0, 4.0]]]]))).tolist())


def call_sigmoid(keep):
    keep(keep(sigmoid(torch.tensor([[[[0.0, 0.001]]]]))).round(decimals=3).tolist())


def call_sign(keep):
    keep(keep(sign(torch.tensor([[[[-1.0, 0.0, 0.5]]]]))).tolist())


def call_threshold(keep):
    keep(keep(threshold(torch.tensor([[[[1.0, 2.0, 4.0]]]]), 0.5)).tolist())


def call_top_k(keep):
    found = torch.tensor([[[[0.0, 0.0, 0.0, 3.0]]]])
    keep((keep(top_k(found, 0.5)).tolist(), keep(posthoc_audio.top_k(found, 0.5)).tolist()))


def call_all_variants(keep):
    keep(len(keep(all_variants(torch.randn(2, 1, 4, 8)))))


def call_area(keep):
    keep(keep(area(torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]]))).tolist())


def call_is_constant(keep):
    keep(keep(is_constant_mask(torch.stack([torch.ones(1, 2, 2), torch.eye(2)[None]]))).tolist())


def call_smooth(keep):
    lonely = torch.zeros(1, 1, 5, 5)
    lonely[0, 0, 2, 2] = 1
    keep(keep(smooth(lonely)).sum().item())


def call_apply_mask(keep):
    kept, removed = keep(apply_mask(torch.tensor([-20.0, -20.0]), torch.tensor([1.0, 0.0])))
    keep((kept.tolist(), removed.tolist()))


def call_pool(keep):
    keep(keep(pool_cells(torch.tensor([[[[1.0, 3.0], [5.0, 7.0]]]]), bands=1, frames=2)).tolist())


def call_random_like(keep):
    keep(keep(random_like(top_k(torch.randn(3, 1, 4, 8), 0.25))).sum(dim=(1, 2, 3)).tolist())
