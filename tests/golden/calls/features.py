"""Every public function of what was `audioxai_lite.features`, called on fixed inputs."""

import torch

from audioxai_lite.sound.inversion import refine_power
from audioxai_lite.sound.levels import decibels_to_power, power_to_decibels
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft


def call_Spectrogram_masked(keep):
    loud = LogStft()(torch.randn(1, 16000))
    masked = loud.masked(torch.zeros_like(loud.values))
    keep(masked.values.unique().tolist())
    keep(masked.phase.cos())  # half a turn may be π or -π, as the processor rounds


def call_power_to_decibels(keep):
    keep(keep(power_to_decibels(torch.tensor([1.0, 0.01, 0.0]))).tolist())


def call_decibels_to_power(keep):
    keep(keep(decibels_to_power(torch.tensor([0.0, 10.0, 20.0]))).round().tolist())


def call_PowerStft(keep):
    feature, sound = (keep(PowerStft()), torch.randn(1, 16000))
    spectrogram = feature(sound)
    keep(spectrogram.values.shape)
    keep(torch.allclose(feature.inverse(spectrogram), sound, atol=0.0001))


def call_LogMel(keep):
    feature = keep(LogMel(sample_rate=16000, n_mels=64))
    keep(feature(torch.randn(1, 16000)).values.shape)


def call_refine_power(keep):
    one_band = torch.ones(1, 3)
    power = keep(refine_power(torch.rand(1, 1, 3, 1), torch.full((1, 1, 1, 1), 6.0), one_band))
    keep(round((one_band @ power).item(), 3))
