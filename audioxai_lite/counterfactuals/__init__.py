"""What would this sound be like if it were healthy? Clips changed as little as needed. Taught in
notebook 08.
"""

from .baselines import inpaint, nearest, optimise
from .damage import CORRUPTIONS, corrupt
from .generator import ALPHAS, LARGEST, LEAK, Counterfactual, Generator, apply
from .measures import concept_measures, fine_variance, measures, way_back
from .objective import Objective, Weights, WithCritics, target_ranges, train_generator
from .scores import log_scores, peak_score, worst_cells
from .sound import to_sound
