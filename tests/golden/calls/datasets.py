"""Every public function of what was `audioxai_lite.datasets`, called on fixed inputs."""

from audioxai_lite.datasets import load


def call_load(keep):
    keep(keep(load("machine", normal=1, anomalous=0))[0].sample_rate)
