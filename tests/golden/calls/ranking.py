"""Every public function of what was `audioxai_lite.ranking`, called on fixed inputs."""

import pandas as pd

from audioxai_lite.ranking import PUBLISHED_LIMITS, best, overall, pareto, published


def call_published(keep):
    keep(len(keep(published())))


def call_overall(keep):
    keep(keep(overall(published().loc["Mel", "Saliency"], PUBLISHED_LIMITS)).idxmax())


def call_best(keep):
    keep(best(published().loc["Mel", "Saliency"], PUBLISHED_LIMITS))


def call_pareto(keep):
    table = pd.DataFrame({"Fid-In": [1.0, 0.9, 0.8], "area": [0.5, 0.2, 0.4]})
    keep(keep(pareto(table)).tolist())
