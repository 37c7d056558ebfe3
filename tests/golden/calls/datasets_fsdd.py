"""Every public function of what was `audioxai_lite.datasets.fsdd`, called on fixed inputs."""

from audioxai_lite.datasets.recordings import fsdd


def call_load(keep):
    digits = keep(fsdd())
    keep(digits.select(digit=3)[0].label)
