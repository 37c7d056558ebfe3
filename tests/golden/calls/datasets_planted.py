"""Every public function of what was `audioxai_lite.datasets.planted`, called on fixed inputs."""

from audioxai_lite.datasets.planted import load


def call_load(keep):
    clip = keep(load("rain", normal=0, anomalous=1))[0]
    keep((clip.label, clip.events[0].kind))
