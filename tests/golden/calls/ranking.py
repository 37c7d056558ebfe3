"""Every public function of what was `audioxai_lite.ranking`, called on fixed inputs."""

import pandas as pd

from audioxai_lite.evaluation.ranking import best, overall, pareto
from audioxai_lite.published.posthoc_audio import LIMITS, published_tables


def call_published(keep):
    keep(len(keep(published_tables())))


def call_overall(keep):
    keep(keep(overall(published_tables().loc["Mel", "Saliency"], LIMITS)).idxmax())


def call_best(keep):
    keep(best(published_tables().loc["Mel", "Saliency"], LIMITS))


def call_pareto(keep):
    table = pd.DataFrame({"Fid-In": [1.0, 0.9, 0.8], "area": [0.5, 0.2, 0.4]})
    keep(keep(pareto(table)).tolist())
