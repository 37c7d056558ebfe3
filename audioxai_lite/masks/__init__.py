"""Which part of a spectrogram is kept: rules that turn a map into a mask, and cells. Taught in
notebook 05.

Where it is:

    cells: cell_grid_shape, spread, cell_numbers, pool_cells, random_like
    regions: Region, largest_regions
    rules: positive_part, min_max, relative_to_largest, sigmoid, sign, threshold, top_k,
        check_share, check_mask, area, is_constant_mask, smooth
"""

from ..sound.levels import apply_mask
from .cells import pool_cells, random_like
from .rules import (
    area,
    is_constant_mask,
    min_max,
    positive_part,
    relative_to_largest,
    sigmoid,
    sign,
    smooth,
    threshold,
    top_k,
)
