"""Every attribution of the course, asked of a shipped classifier about two clips of the test fold."""

from audioxai_lite.course.classifiers import METHODS
from audioxai_lite.course.clips import background_clips, explained
from audioxai_lite.models import checkpoint
from audioxai_lite.models.cnn14 import Cnn14


def call_methods(keep):
    network = Cnn14(10)
    checkpoint.load(network, "cnn14-environment-plain")
    values, _, target = (part[::40] for part in explained("environment", network))
    background = background_clips("environment", count=5)
    for method in METHODS.values():
        keep(method(network, values, target, background))
