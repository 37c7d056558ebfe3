"""Every public function of what was `audioxai_lite.datasets.fsdd`, called on fixed inputs."""

from audioxai_lite.datasets.fsdd import load


def call_load(keep):
    digits = keep(load())
    keep(digits.select(digit=3)[0].label)
