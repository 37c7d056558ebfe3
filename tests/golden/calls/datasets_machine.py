"""Every public function of what was `audioxai_lite.datasets.machine`, called on fixed inputs."""

from audioxai_lite.datasets.machine import load


def call_load(keep):
    clips = keep(load(normal=1, anomalous=1))
    keep((len(clips), clips[1].events[0].kind))
