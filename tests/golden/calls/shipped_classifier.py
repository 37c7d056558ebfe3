"""Every attribution of the course, asked of a shipped classifier about two clips."""

from audioxai_lite.course.classifiers import METHODS, load_classifier
from audioxai_lite.course.clips import background_clips, explained


def call_methods(keep):
    network = load_classifier("environment", "plain", seed=0)
    values, _, target = (part[::40] for part in explained("environment", network))
    background = background_clips("environment", count=5)
    for method in METHODS.values():
        keep(method(network, values, target, background))
