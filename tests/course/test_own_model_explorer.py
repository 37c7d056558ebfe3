"""The explorer of notebook 14 follows its controls and shows what was computed."""

import torch
from explorer_parts import Players, snapshot

from audioxai_lite import explain
from audioxai_lite.course.nb14.demo import demo_model
from audioxai_lite.course.nb14.explorers import own_model_explorer
from audioxai_lite.course.nb14.table import methods_table
from audioxai_lite.course.results import results


def test_a_method_is_asked_once_and_the_text_is_what_the_model_says():
    model = demo_model()
    sound = torch.randn(1, 80_000, generator=torch.Generator().manual_seed(0)) / 10
    made = own_model_explorer(model, sound, ("saliency", "gradient × input"))
    method, share, *_ = made.children
    text, first, players = snapshot(made)
    explanation = explain(model, sound, "saliency")
    recording = explanation.recording
    share.value = 20
    kept, rest = (
        model.link(recording.outputs(recording.masked(mask)))[0, explanation.target].item()
        for mask in (explanation.mask(0.2), 1 - explanation.mask(0.2))
    )
    text, second, players = snapshot(made)
    assert text == f"{explanation.name}: {kept:.2f} of what is kept, {rest:.2f} of the rest"
    assert second != first and len(Players(players).captions) == 4
    method.value = "gradient × input"
    assert snapshot(made)[1] != second


def test_the_table_of_methods_has_no_map_that_is_silently_wrong():
    study = results("own_models")
    assert study["network"].nunique() >= 12 and not (study["state"] == "wrong").any()
    refused = study[study["state"] == "refused"]
    assert (refused["reason"].str.len() > 15).all()
    figure = methods_table(study)
    assert len(figure.axes[0].texts) == len(study)
