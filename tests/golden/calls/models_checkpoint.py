"""Every public function of what was `audioxai_lite.models.checkpoint`, called on fixed inputs."""

from pathlib import Path

from torch import nn

from audioxai_lite.course.results import CHECKPOINTS
from audioxai_lite.models.checkpoint import load, save


def call_save(keep):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        keep(save(nn.Linear(2, 1), "small", "python train.py", 0, {"auc": 0.9}, Path(folder)))
        sorted(file.name for file in Path(folder).iterdir())


def call_load(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    keep(keep(load(Autoencoder(), "ae-machine-0", CHECKPOINTS))["command"])
