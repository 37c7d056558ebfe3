"""Every public function of what was `audioxai_lite.metrics`, called on fixed inputs."""

import torch
from torch import nn

from audioxai_lite.evaluation.conciseness import complexity, sparseness
from audioxai_lite.evaluation.fidelity import answers, curve_area, deletion_and_insertion
from audioxai_lite.evaluation.statistics import with_intervals
from audioxai_lite.published import posthoc_audio
from audioxai_lite.published.posthoc_audio import interpretation_scores, table
from audioxai_lite.sound.quality import log_spectral_distance, mel_consistency, si_sdr
from audioxai_lite.sound.spectrogram import LogMel


def call_si_sdr(keep):
    tone = torch.sin(torch.arange(1000.0))[None]
    noisy = tone + 0.1 * torch.cos(torch.arange(1000.0))[None]
    keep(keep(si_sdr(3 * noisy, tone)).round().tolist())


def call_log_spectral_distance(keep):
    noise = torch.randn(1, 8000)
    keep(keep(log_spectral_distance(noise, noise)).tolist())


def call_mel_consistency(keep):
    from audioxai_lite.sound.spectrogram import PowerStft

    mel, sound = (LogMel(), torch.randn(1, 16000))
    relative_error, decibel_error = mel_consistency(PowerStft()(sound).values, mel(sound), mel)
    keep((bool(relative_error < 1e-6), bool(decibel_error < 0.01)))  # what is left is rounding


def call_answers(keep):
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    values, masks = (torch.randn(2, 1, 4, 8), torch.rand(5, 2, 1, 4, 8).round())
    keep(keep(answers(model, values, masks)).kept.shape)


def call_deletion_and_insertion(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    deletion, insertion = keep(deletion_and_insertion(model, values, values, steps=4))
    keep(deletion.shape)


def call_curve_area(keep):
    keep(keep(curve_area(torch.tensor([[1.0, 0.5, 0.0]]))).tolist())


def call_sparseness(keep):
    one, two = (torch.tensor([[[[1.0, 0.0, 0.0, 0.0]]]]), torch.tensor([[[[1.0, 1.0, 0.0, 0.0]]]]))
    keep((round(keep(sparseness(one)).item(), 3), round(keep(sparseness(two)).item(), 3)))


def call_complexity(keep):
    all_four = torch.ones(1, 1, 1, 4)
    keep(
        (
            round(keep(complexity(all_four)).item(), 3),
            keep(posthoc_audio.complexity(all_four)).item(),
        )
    )


def call_interpretation_scores(keep):
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    values, everything = (torch.randn(2, 1, 4, 8), torch.ones(1, 2, 1, 4, 8))
    keep(
        keep(interpretation_scores(answers(model, values, everything), everything))[
            "Fid-In"
        ].tolist()
    )


def call_with_intervals(keep):
    keep(
        keep(with_intervals({"AD": torch.tensor([[10.0, 20.0, 30.0]])}, ["sign"]))
        .round()
        .loc["sign"]
        .tolist()
    )


def call_table(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    rows = keep(table(model, values, {"everything": torch.ones_like(values)}))
    keep(rows.loc["everything", "Fid-In"].item())
