"""Which part of a spectrogram is kept: rules that turn a map into a mask, and cells. Taught in
notebook 05.
"""

from ..sound.levels import apply_mask
from .cells import pool, random_like
from .rules import (
    area,
    is_constant,
    min_max,
    positive_part,
    relative_to_largest,
    sigmoid,
    sign,
    smooth,
    threshold,
    top_k,
)
