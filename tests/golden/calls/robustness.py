"""Every public function of what was `audioxai_lite.robustness`, called on fixed inputs."""

import torch

from audioxai_lite.evaluation.stability import top_overlap
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound.levels import active_level, mix
from audioxai_lite.sound.noises import room_tone, whinny, white_noise


def call_white_noise(keep):
    sound = keep(white_noise(16000, 16000, torch.Generator().manual_seed(0)))
    keep((sound.shape, round(sound.square().mean().sqrt().item(), 3)))


def call_room_tone(keep):
    keep(keep(room_tone(16000, 16000, torch.Generator().manual_seed(0))).shape)


def call_whinny(keep):
    keep(keep(whinny(16000, 16000, torch.Generator().manual_seed(0))).shape)


def call_active_level(keep):
    bark = torch.cat([torch.zeros(1, 12800), 0.5 * torch.ones(1, 3200)], dim=1)
    keep((keep(active_level(bark, 16000)).item(), round(bark.square().mean().sqrt().item(), 2)))


def call_mix(keep):
    tone, noise = (torch.sin(torch.arange(16000.0))[None], torch.randn(1, 16000))
    keep(round(keep(mix(0.5 * tone, noise, 10.0, 16000)).abs().max().item(), 3))


def call_mix_as_published(keep):
    tone, noise = (torch.sin(torch.arange(16000.0))[None], torch.randn(1, 16000))
    keep(keep(posthoc_audio.mix(tone, noise)).shape)


def call_top_overlap(keep):
    found = torch.arange(100.0).reshape(1, 1, 10, 10)
    keep((keep(top_overlap(found, 2 * found + 1)).item(), keep(top_overlap(found, -found)).item()))
