"""The published faithfulness of a detector's explanation, its confound, and temporal precision, by
hand.
"""

import pytest
import torch
from torch import nn

from audioxai_lite.evaluation import faithfulness, localisation
from audioxai_lite.models.autoencoder import Autoencoder, Detector


class Zero(Detector):
    """Rebuilds everything as 0, "as usual": the error of a bin is its square."""

    def forward(self, x):
        return 0 * x


@pytest.fixture
def clips():
    values = torch.ones(2, 1, 4, 10)
    values[0, :, :, 3:5] = 3  # a loud event of two frames
    return values


def test_frames_at_a_percentile_and_their_segments():
    curve = torch.tensor([[0.0, 1, 2, 3, 9, 5, 6, 7, 8, 4]])
    assert faithfulness.top_percentile(curve, 90).nonzero()[:, 1].tolist() == [4]
    assert faithfulness.top_percentile(curve, 50).nonzero()[:, 1].tolist() == [4, 5, 6, 7, 8]
    assert faithfulness.top_percentile(torch.zeros(1, 10), 99).all()  # ties
    wide = faithfulness.widen_to_segments(faithfulness.top_percentile(curve, 90), 4)
    assert wide[0].tolist() == [False] * 4 + [True] * 4 + [False] * 2
    last = torch.zeros(1, 10, dtype=torch.bool)
    last[0, 9] = True
    assert faithfulness.widen_to_segments(last, 4)[0].tolist() == [False] * 8 + [True] * 2
    assert torch.equal(faithfulness.time_curve(curve[:, None, None].expand(-1, 1, 5, -1)), curve)


def test_score_by_hand(clips):
    model, chosen = Zero(4), torch.zeros(2, 10, dtype=torch.bool)
    chosen[:, 3:5] = True
    score, share = faithfulness.replace_and_score(model, clips, chosen)
    assert score.tolist() == pytest.approx([1 - 8 / 26, 0.2]) and share.tolist() == pytest.approx(
        [0.2, 0.2]
    )
    twin = torch.ones_like(clips)
    score, _ = faithfulness.replace_and_score(model, clips, chosen, twin)
    assert score.tolist() == pytest.approx([1 - 10 / 26, 0])
    bins = torch.zeros(clips.shape, dtype=torch.bool)
    bins[:, :, :2, 3:5] = True
    score, share = faithfulness.replace_and_score(model, clips, bins, batch_size=1)
    assert score.tolist() == pytest.approx([1 - 17 / 26, 0.1]) and share.tolist() == pytest.approx(
        [0.1, 0.1]
    )
    worse, _ = faithfulness.replace_and_score(model, clips, chosen, 9 * twin)
    assert worse.tolist() == [0, 0]


def test_who_replaces_more_gains_more_and_the_repair_takes_it_out(clips):
    """On a clip without any event every choice is worth what it is large; less chance it is worth
    nothing.
    """
    model, chosen = Zero(4), torch.zeros(2, 10, dtype=torch.bool)
    chosen[:, :8] = True
    assert faithfulness.replace_and_score(model, clips, chosen)[0][1] == pytest.approx(0.8)
    assert faithfulness.chance_score(model, clips, chosen)[1] == pytest.approx(0.8)
    event = torch.zeros(2, 10, dtype=torch.bool)
    event[:, 3:5] = True
    for choice, better in ((event, True), (~event, False)):
        gain = faithfulness.replace_and_score(model, clips, choice)[0] - faithfulness.chance_score(
            model, clips, choice, draws=20
        )
        assert (gain[0] > 0.3) if better else (gain[0] < 0)


def test_many_choices_at_once_are_as_one_by_one():
    torch.manual_seed(0)
    model, values = Autoencoder(32, 64), torch.randn(5, 1, 32, 64)
    for many in (torch.rand(3, 5, 64) > 0.7, torch.rand(3, 5, 1, 32, 64) > 0.7):
        score, share = faithfulness.replace_and_score(model, values, many, batch_size=2)
        assert score.shape == share.shape == (3, 5)
        for row, choice in enumerate(many):
            alone = faithfulness.replace_and_score(model, values, choice)
            assert torch.allclose(score[row], alone[0], atol=1e-5) and torch.equal(
                share[row], alone[1]
            )
        chance = faithfulness.chance_score(model, values, many, draws=2)
        assert chance.shape == (3, 5) and (chance > 0).any()


def test_top_of_a_map_is_taken_clip_by_clip():
    values = torch.arange(80.0).reshape(2, 1, 4, 10)
    assert faithfulness.top_percentile(values, 90).sum(dim=(1, 2, 3)).tolist() == [4, 4]


def test_temporal_precision_by_hand():
    chosen, annotated = torch.zeros(3, 12, dtype=torch.bool), torch.zeros(3, 12, dtype=torch.bool)
    chosen[0, [0, 5]] = True  # segments 0 and 1
    annotated[0, 6:10] = True  # segments 1 and 2
    chosen[1, 0], annotated[2, 0] = True, True
    scores = localisation.temporal_precision(chosen, annotated, 4)
    assert scores["precision"][:2].tolist() == [0.5, 0] and scores["precision"][2].isnan()
    assert scores["recall"][0] == 0.5 and scores["recall"][1].isnan() and scores["recall"][2] == 0
    assert scores["F1"].tolist() == [0.5, 0, 0]


def test_a_real_detector_is_left_as_it_was_and_batches_do_not_matter():
    torch.manual_seed(0)
    model = Autoencoder(32, 64).train()
    values = torch.randn(5, 1, 32, 64)
    chosen = torch.rand(5, 64) > 0.7
    once = faithfulness.replace_and_score(model, values, chosen)[0]
    again = faithfulness.replace_and_score(model, values, chosen, batch_size=2)[0]
    assert torch.allclose(once, again, atol=1e-5) and model.training
    assert isinstance(model, nn.Module) and all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: faithfulness.top_percentile(x[:, 0, 0], 101), "percentile"),
        (lambda x: faithfulness.widen_to_segments(x[:, 0, 0] > 1, 0), "at least one frame"),
        (
            lambda x: faithfulness.replace_and_score(Zero(4), x, x[:1] > 1),
            "what is chosen has this shape",
        ),
        (lambda x: faithfulness.replace_and_score(Zero(4), x, x > 1, x[:1]), "shape of the clips"),
        (
            lambda x: localisation.temporal_precision(x[:, 0, 0] > 1, x[:1, 0, 0] > 1, 4),
            "shape of the choices",
        ),
    ],
)
def test_bad_input_is_told(clips, call, words):
    with pytest.raises(ValueError, match=words):
        call(clips)


def test_choices_and_maps_of_any_type_are_taken(clips):
    chosen = torch.zeros(2, 10, dtype=torch.bool)
    chosen[:, 3:5] = True
    expected, share = faithfulness.replace_and_score(Zero(4), clips, chosen)
    chance = faithfulness.chance_score(Zero(4), clips, chosen)
    for given in (chosen.float(), chosen.int(), chosen.double(), chosen.numpy()):
        score = faithfulness.replace_and_score(Zero(4), clips.double().numpy(), given)
        assert torch.equal(score[0], expected) and torch.equal(score[1], share)
        assert torch.equal(faithfulness.chance_score(Zero(4), clips, given), chance)
        assert localisation.temporal_precision(given, chosen, 2)["F1"].tolist() == [1, 1]
        wide = faithfulness.widen_to_segments(given, 2)
        assert torch.equal(wide, faithfulness.widen_to_segments(chosen, 2))
    for given in (clips.int(), clips.numpy(), clips.clone().requires_grad_()):
        assert torch.equal(
            faithfulness.top_percentile(given, 90), faithfulness.top_percentile(clips, 90)
        )
        assert torch.equal(faithfulness.time_curve(given), clips.mean(dim=(1, 2)))
    with pytest.raises(ValueError, match="bool, or ones and zeros"):
        faithfulness.replace_and_score(Zero(4), clips, chosen / 2)


def test_the_top_of_more_than_16_million_numbers():
    values = torch.zeros(1, 1, 64, 270_000)
    values[..., -2_700:] = 1  # a hundredth
    assert faithfulness.top_percentile(values, 99.5).sum().item() == 64 * 2_700
