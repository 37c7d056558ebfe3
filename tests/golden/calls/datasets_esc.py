"""Every public function of what was `audioxai_lite.datasets.esc`, called on fixed inputs."""

from audioxai_lite.datasets import download
from audioxai_lite.datasets.esc import load, read_clip


def call_load(keep):
    esc10 = keep(load("esc10"))
    keep((esc10.classes[:3], esc10[0].waveform.shape))


def call_read_clip(keep):
    row = load("esc10").table.iloc[0]
    keep(keep(read_clip(download.folder("esc10"), sample_rate=8000, samples=16000, row=row)).waveform.shape)
