"""Every public function of what was `audioxai_lite.audio`, called on fixed inputs."""

import numpy as np
import soundfile
import torch

from audioxai_lite.sound.audio import check, pad_or_crop, read, resample
from audioxai_lite.sound.levels import mix_at_snr, peak_normalise, rms_normalise


def call_read(keep):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        soundfile.write(f"{folder}/stereo.wav", np.zeros((8000, 2)), 8000)
        waveform, rate = keep(read(f"{folder}/stereo.wav", sample_rate=16000))
    keep((waveform.shape, rate))


def call_check(keep):
    keep(check(torch.zeros(1, 16000), 16000))


def call_resample(keep):
    keep(keep(resample(torch.zeros(1, 16000), 16000, 8000)).shape)


def call_peak_normalise(keep):
    keep(keep(peak_normalise(torch.tensor([[0.25, -0.5]]))).tolist())


def call_rms_normalise(keep):
    keep(keep(rms_normalise(torch.tensor([[3.0, -3.0]]), rms=0.5)).tolist())


def call_pad_or_crop(keep):
    keep(
        (
            keep(pad_or_crop(torch.tensor([[1.0, 2.0]]), 3)).tolist(),
            keep(pad_or_crop(torch.tensor([[1.0, 2.0]]), 1)).tolist(),
        )
    )


def call_mix_at_snr(keep):
    tone, noise = (torch.sin(torch.arange(16000.0))[None], torch.randn(1, 16000))
    added = keep(mix_at_snr(tone, noise, 20.0)) - tone
    keep(round((10 * (tone.square().mean() / added.square().mean()).log10()).item(), 1))
