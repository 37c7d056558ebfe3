"""Samples of the studies of notebook 13, computed again, beside the record."""

import pandas as pd

from ..clips import MEL, clips_of_each_class, decibels, truths
from ..comparing import TURNED, Sample, aligned
from ..results import results_by_clip
from .conditions import alone, as_stamps
from .judging import at_equal_area, precision_of
from .losses import SHIPPED, load_masker_of_loss
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


def mask_losses_sample(data: str) -> Sample:
    """What the decoders of two other losses, which come with the course, draw for forty clips.

    Examples
    --------
    >>> mask_losses_sample("environment").found.index.get_level_values("loss").nunique()
    2
    """
    clips, model = (
        clips_of_each_class("environment", COUNT),
        explained_model("environment", "robust"),
    )
    values, truth, tables = decibels(clips, MEL), truths(clips), []
    for loss in SHIPPED:
        mask = masks_of(load_masker_of_loss(loss), model, values)
        rows = alone(model, values, mask).query("method == 'learned'")
        tables.append(rows.assign(loss=loss))
        tables.append(precision_of({"learned": mask}, truth).assign(loss=loss))
    table = pd.concat(tables)
    table = table.assign(clip=[clips[number].name for number in table["clip"]])
    stored = results_by_clip("mask_losses").query("loss in @SHIPPED and seed == 0")
    what = "forty clips, the first decoders of two other losses"
    columns = ["FF", "AD", "Fid-In", "area", "average precision"]
    return aligned(what, table, stored, ["loss", "form", "clip"], columns, turned=TURNED)
