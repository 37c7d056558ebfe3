"""Every public function of what was `audioxai_lite.datasets.esc`, called on fixed inputs."""

from audioxai_lite.datasets import download
from audioxai_lite.datasets.recordings import esc, read_clip


def call_load(keep):
    esc10 = keep(esc("esc10"))
    keep((esc10.classes[:3], esc10[0].waveform.shape))


def call_read_clip(keep):
    row = esc("esc10").table.iloc[0]
    keep(
        keep(
            read_clip(download.folder("esc10"), sample_rate=8000, samples=16000, row=row)
        ).waveform.shape
    )
