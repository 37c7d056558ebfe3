"""Samples of the studies of notebook 13, computed again, beside the record."""

import pandas as pd

from ..clips import MEL, clips_of_each_class, decibels
from ..comparing import TURNED, Sample, aligned
from ..results import results_by_clip
from .conditions import alone, as_stamps
from .judging import at_equal_area
from .maskers import explained_model, load_masker, masks_of
from .studies import COUNT, FIRST

SCORED = ["FF", "AI", "AD", "AG", "Fid-In", "AD, public code", "area", "named"]


def learned_masks_sample(data: str) -> Sample:
    """Forty clips under the masks of the decoder that comes with the course for the robust network
    of training 0: scores at equal area beside energy and chance, as drawn, and as stamps.

    Examples
    --------
    >>> sample = learned_masks_sample("environment")
    >>> sample.found.index.get_level_values("form").unique().tolist()[:2]
    ['as drawn, first decoder', 'hard, first decoder']
    """
    clips, model = clips_of_each_class(data, COUNT), explained_model(data, "robust")
    values = decibels(clips, MEL)
    mask = masks_of(load_masker(data, "robust"), model, values)
    owners = model.outputs(values).argmax(dim=1)
    found = [at_equal_area(model, values, mask, {"energy": values}), alone(model, values, mask)]
    found.append(as_stamps(model, values, clips, mask, owners))
    table = pd.concat(found)
    named = [clips[number].name for number in table["clip"]]
    table = table.assign(form=table["form"] + FIRST, clip=named)
    stored = results_by_clip("learned_masks").query(
        "data == @data and model == 'robust' and seed == 0"
    )
    what = "forty clips, the first decoder of the robust network of training 0"
    keys = ["form", "method", "clip"]
    return aligned(what, table, stored, keys, SCORED, turned=TURNED)
