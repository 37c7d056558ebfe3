"""Every public function of what was `audioxai_lite.datasets.noises`, called on fixed inputs."""

from audioxai_lite.datasets.recordings import noises


def call_load(keep):
    keep([noise.name for noise in keep(noises())])
