"""Every public function of what was `audioxai_lite.datasets.planer`, called on fixed inputs."""

from audioxai_lite.datasets.planer import load


def call_load(keep):
    values, events = keep(load()).read(0)
    keep(values.shape)
