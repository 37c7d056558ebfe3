"""Every public function of what was `audioxai_lite`, called on fixed inputs."""

from audioxai_lite import start


def call_start(keep):
    keep(start(seed=0))
