"""Every attribution of the course, asked of a shipped classifier about two clips of the test fold."""

from audioxai_lite import studies
from audioxai_lite.models import checkpoint
from audioxai_lite.models.cnn14 import Cnn14


def call_methods(keep):
    network = Cnn14(10)
    checkpoint.load(network, "cnn14-environment-plain")
    values, _, target = (part[::40] for part in studies.explained("environment", network))
    background = studies.background_clips("environment", count=5)
    for method in studies.METHODS.values():
        keep(method(network, values, target, background))
