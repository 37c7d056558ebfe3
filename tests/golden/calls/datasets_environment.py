"""Every public function of `audioxai_lite.datasets.environment`, called on fixed inputs."""

import tempfile
from pathlib import Path

from audioxai_lite.datasets.environment import load, write


def call_load(keep):
    clips = keep(load(clips_per_class_and_fold=1))
    keep((len(clips), clips[0].waveform.shape))


def call_write(keep):
    with tempfile.TemporaryDirectory() as folder:
        keep(
            write(
                load(clips_per_class_and_fold=1).select(label="dog", fold=1), Path(folder, "mine")
            )
        )
        sorted(file.name for file in Path(folder, "mine").rglob("*.*"))
