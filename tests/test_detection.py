import weakref
from functools import partial

import numpy as np
import pytest
import soundfile
import torch
from sklearn.metrics import roc_auc_score, roc_curve
from torch import nn

from audioxai_lite import detection
from audioxai_lite.sound.audio import AudioError
from audioxai_lite.sound.spectrogram import LogMel


class Copier(nn.Module):
    """Copies what it sees, and puts each band's mean (0 here) where it sees nothing."""

    patch_size = (4, 4)

    def errors(self, values, visible=None):
        return torch.zeros_like(values) if visible is None else (values - values * visible).square()


class Smoother(nn.Module):
    """Rebuilds a cell from what is visible around it, through a dropout that must be off when clips
    are scored.
    """

    patch_size = (4, 4)

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.most = 0

    def errors(self, values, visible=None):
        self.most = max(self.most, len(values))
        standardised = (values + 50) / 10
        seen = standardised if visible is None else standardised * visible
        return (
            self.dropout(nn.functional.avg_pool2d(seen, 3, stride=1, padding=1)) - standardised
        ).square()


@pytest.fixture
def values():
    return 10 * torch.randn(5, 1, 18, 23, generator=torch.Generator().manual_seed(0)) - 50


@pytest.fixture(scope="module")
def feature():
    return LogMel(n_mels=16)


@pytest.fixture(scope="module")
def recording():
    return np.random.default_rng(0).normal(0, 0.1, 100_000).astype(np.float32)


def drawn(normals=60, anomalies=45, shift=1.0, seed=0, decimals=1):
    """Scores with many ties, labels, and three kinds of anomaly."""
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.normal(0, 1, normals), rng.normal(shift, 1, anomalies)]).round(
        decimals
    )
    labels = np.repeat([0, 1], [normals, anomalies])
    kinds = np.concatenate(
        [np.full(normals, "normal"), np.resize(["squeal", "knock", "grind"], anomalies)]
    )
    return scores, labels, kinds


def test_scores_by_hand():
    errors = torch.zeros(2, 1, 4, 11)
    errors[0, 0, :, 3] = 2.0
    errors[1, 0, 1] = torch.arange(11.0)
    assert torch.equal(detection.frame_errors(errors)[0], 2.0 * (torch.arange(11) == 3))
    assert torch.allclose(detection.mean_score(errors), torch.tensor([2 / 11, 5 / 4]))
    assert torch.allclose(detection.percentile_score(errors, 90), torch.tensor([0.0, 9 / 4]))
    assert torch.allclose(detection.percentile_score(errors), torch.tensor([1.0, 9.5 / 4]))
    assert torch.allclose(detection.percentile_score(errors, 100), torch.tensor([2.0, 10 / 4]))


@pytest.mark.parametrize("score", [detection.mean_score, detection.percentile_score])
def test_gradients_flow_through_scores(score, values):
    values.requires_grad_()
    score(Smoother().eval().errors(values)).sum().backward()
    assert values.grad.isfinite().all() and (values.grad.flatten(1).abs().sum(dim=1) > 0).all()


@pytest.mark.parametrize("shape", [(2, 18, 23), (2, 3, 18, 23)])
def test_a_score_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"\(batch, 1, frequency, time\), not"):
        detection.mean_score(torch.zeros(shape))


@pytest.mark.parametrize("percentile", [-1, 101, float("nan")])
def test_a_percentile_has_limits(percentile):
    with pytest.raises(ValueError, match="between 0 and 100"):
        detection.percentile_score(torch.zeros(1, 1, 2, 2), percentile)


@pytest.mark.parametrize(
    "shape, patch_size", [((16, 20), (4, 4)), ((18, 23), (4, 4)), ((2, 1, 7, 30), (3, 8))]
)
@pytest.mark.parametrize("ratio, passes", [(0.3, 4), (0.5, 2), (0.1, 10), (0.7, 2), (1 / 3, 3)])
def test_masks_hide_every_patch_once(shape, patch_size, ratio, passes):
    masks = detection.complementary_masks(
        shape, patch_size, ratio, torch.Generator().manual_seed(0)
    )
    assert masks.shape == (passes, 1, *shape[-2:])
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    assert ((1 - masks).sum(dim=0) == 1).all()
    corners = masks[:, 0, :: patch_size[0], :: patch_size[1]]
    whole = corners.repeat_interleave(patch_size[0], 1).repeat_interleave(patch_size[1], 2)
    assert torch.equal(whole[:, : shape[-2], : shape[-1]], masks[:, 0])
    hidden = (corners == 0).sum(dim=(1, 2))
    assert hidden.max() - hidden.min() <= 1 and hidden.max() <= np.ceil(ratio * corners[0].numel())


def test_masks_are_random_and_repeatable():
    def masks(seed):
        return detection.complementary_masks(
            (64, 200), (4, 4), 0.3, torch.Generator().manual_seed(seed)
        )

    assert torch.equal(masks(1), masks(1))
    assert 0.1 < (masks(1)[0] * (1 - masks(2)[0])).mean() < 0.28  # chance: 3/16
    by_row = (1 - masks(1)[0, 0]).mean(dim=1)
    assert 0.05 < by_row.min() and by_row.max() < 0.5  # scattered, not one block


@pytest.mark.parametrize(
    "patch_size, ratio, words",
    [
        ((4, 4), 0.0, "between 0 and 1"),
        ((4, 4), 1.0, "between 0 and 1"),
        ((4, 4), float("nan"), "between 0 and 1"),
        ((4, 4), 0.01, "less than one of 30 patches"),
        ((0, 4), 0.3, "at least 1 row"),
        ((4, -1), 0.3, "at least 1 row"),
    ],
)
def test_bad_masks_are_refused(patch_size, ratio, words):
    with pytest.raises(ValueError, match=words):
        detection.complementary_masks((18, 23), patch_size, ratio, torch.Generator())


def test_masked_errors_come_from_hidden_cells_only(values):
    model = Copier()
    assert detection.unmasked_errors(model, values).max() == 0  # who copies looks perfect, unmasked
    visible = torch.ones_like(values)
    visible[..., :5, :] = 0
    assert model.errors(values, visible)[..., 5:, :].max() == 0
    assert torch.allclose(detection.masked_errors(model, values), values.square())
    assert torch.allclose(
        detection.masked_errors(model, values, ratio=0.6, repeats=3), values.square()
    )


def test_masked_errors_by_hand(values):
    model = Smoother().eval()
    generator = torch.Generator().manual_seed(7)
    expected = torch.zeros_like(values)
    for _ in range(3):
        for mask in detection.complementary_masks(values.shape, (4, 4), 0.4, generator):
            cells = (mask == 0).expand_as(values)
            expected[cells] += model.errors(values, mask[None])[cells] / 3
    assert torch.allclose(
        detection.masked_errors(model, values, 0.4, 3, seed=7), expected, rtol=1e-4, atol=1e-5
    )


def test_masked_errors_know_seed_patch_size_and_batches(values):
    model = Smoother()
    errors = detection.masked_errors(model, values)
    assert torch.equal(errors, detection.masked_errors(model, values, seed=0))
    assert not torch.allclose(errors, detection.masked_errors(model, values, seed=1))
    assert model.most == 5
    model.most = 0
    in_parts = detection.masked_errors(model, values, batch_size=2)
    assert model.most == 2 and torch.allclose(errors, in_parts)
    assert torch.allclose(
        errors[3:4], detection.masked_errors(model, values[3:4])
    )  # whatever else is in the batch
    model.patch_size = (6, 2)
    assert not torch.allclose(errors, detection.masked_errors(model, values))
    for wrong in ({"repeats": 0}, {"batch_size": 0}):
        with pytest.raises(ValueError, match="start from 1"):
            detection.masked_errors(model, values, **wrong)


def test_scoring_leaves_the_model_as_it_was(values):
    model = Smoother().train()
    model.frozen = nn.Linear(1, 1).eval()
    first = detection.score_clips(model, [values.requires_grad_()])
    assert torch.equal(first, detection.score_clips(model, [values]))  # no dropout
    assert not first.requires_grad
    assert model.training and model.dropout.training and not model.frozen.training
    with pytest.raises(ValueError):
        detection.score_clips(model, [values[0]])
    assert model.training and torch.is_grad_enabled()


def test_clips_are_scored_batch_by_batch(values):
    model, alive = Smoother(), []

    def batches():
        for part in values.split(2):
            alive.append(len(part))
            yield part

    expected = detection.mean_score(model.eval().errors(values))
    assert torch.allclose(detection.score_clips(model, batches()), expected)
    assert alive == [2, 2, 1] and model.most == 5
    kept = []

    def watched(errors):
        assert not any(
            reference() is not None for reference in kept
        )  # small tensors left behind break up the heap
        scores = detection.mean_score(errors)
        kept.append(weakref.ref(scores))
        return scores

    assert torch.equal(
        detection.score_clips(model, batches(), watched), detection.score_clips(model, batches())
    )
    errors = partial(detection.masked_errors, ratio=0.5, seed=3)
    scores = detection.score_clips(model, values.split(2), detection.percentile_score, errors)
    assert torch.allclose(scores, detection.percentile_score(errors(model, values)))
    used = batches()
    list(used)
    with pytest.raises(ValueError, match="nothing to score; a generator can be used only once"):
        detection.score_clips(model, used)


@pytest.mark.parametrize("decimals", [0, 1, 12])
@pytest.mark.parametrize("shift", [-2.0, 0.0, 1.0, 9.0])
def test_roc_areas_are_scikit_learns(shift, decimals):
    scores, labels, kinds = drawn(shift=shift, decimals=decimals)
    for max_fpr in (0.05, 0.1, 0.37, 1.0):
        table = detection.roc_table(torch.from_numpy(scores), labels, kinds, max_fpr, resamples=2)
        assert list(table.index) == ["squeal", "knock", "grind", "all"]
        for kind, row in table.iterrows():
            chosen = (labels == 0) | (kinds == kind) | (kind == "all")
            assert row["auc"] == pytest.approx(
                roc_auc_score(labels[chosen], scores[chosen]), abs=1e-12
            )
            expected = roc_auc_score(labels[chosen], scores[chosen], max_fpr=max_fpr)
            assert row["pauc"] == pytest.approx(expected, abs=1e-12)
            assert row["clips"] == (chosen & (labels == 1)).sum()


def test_bootstrap_is_the_stratified_one():
    """The same draws, one scikit-learn call each."""
    scores, labels, _ = drawn(30, 20)
    rng = np.random.default_rng(5)
    normal = rng.multinomial(30, np.full(30, 1 / 30), 200)
    anomalous = rng.multinomial(20, np.full(20, 1 / 20), 200)
    areas = {"auc": [], "pauc": []}
    for counts in np.hstack([normal, anomalous]):
        again = np.repeat(scores, counts), np.repeat(labels, counts)
        areas["auc"].append(roc_auc_score(again[1], again[0]))
        areas["pauc"].append(roc_auc_score(again[1], again[0], max_fpr=0.2))
    row = detection.roc_table(scores, labels, max_fpr=0.2, resamples=200, seed=5).loc["all"]
    for name, area in areas.items():
        assert (row[f"{name}_low"], row[f"{name}_high"]) == pytest.approx(
            tuple(np.percentile(area, [2.5, 97.5]))
        )


def test_intervals_cover_the_true_area():
    """Two unit normals one apart: AUC = Φ(1 / √2) = 0.7602. About 95 % of the intervals hold it."""
    covered = 0
    for seed in range(200):
        scores, labels, _ = drawn(80, 60, seed=seed, decimals=12)
        row = detection.roc_table(scores, labels, resamples=300, seed=seed).loc["all"]
        assert (
            row["auc_low"] < row["auc"] < row["auc_high"]
            and row["pauc_low"] <= row["pauc"] <= row["pauc_high"]
        )
        covered += row["auc_low"] <= 0.7602 <= row["auc_high"]
    assert 180 <= covered <= 198


def test_bootstrap_by_kind_draws_each_kind_separately():
    scores, labels, kinds = drawn(30, 20)
    table = detection.roc_table(scores, labels, kinds, resamples=300)
    alone = (labels == 0) | (kinds == "squeal")
    rng = np.random.default_rng(0)
    normal = rng.multinomial(30, np.full(30, 1 / 30), 300)
    squeals = (kinds[alone] == "squeal").sum()
    counts = np.hstack([normal, rng.multinomial(squeals, np.full(squeals, 1 / squeals), 300)])
    areas = [
        roc_auc_score(np.repeat(labels[alone], row), np.repeat(scores[alone], row))
        for row in counts
    ]
    assert kinds[labels == 1][0] == "squeal"  # the kind that is drawn first
    expected = tuple(np.percentile(areas, [2.5, 97.5]))
    assert tuple(table.loc["squeal", ["auc_low", "auc_high"]]) == pytest.approx(expected)


def test_clips_of_a_group_are_drawn_together():
    """Every clip four times over: as groups of four they are worth no more than the clips
    themselves.
    """
    scores, labels, _ = drawn(40, 30)
    fourfold = np.repeat(scores, 4), np.repeat(labels, 4)
    plain = detection.roc_table(*fourfold).loc["all"]
    grouped = detection.roc_table(*fourfold, groups=np.repeat(np.arange(70), 4)).loc["all"]
    single = detection.roc_table(scores, labels, groups=np.arange(70)).loc["all"]
    assert grouped["auc"] == plain["auc"] == single["auc"]
    assert np.allclose(
        grouped[["auc_low", "auc_high"]].astype(float),
        single[["auc_low", "auc_high"]].astype(float),
    )
    widths = [row["auc_high"] - row["auc_low"] for row in (plain, grouped)]
    assert 1.7 < widths[1] / widths[0] < 2.4


def test_a_draw_without_one_class_does_not_count():
    scores, labels = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 0, 1, 1])
    row = detection.roc_table(scores, labels, groups=np.array(["a", "a", "b", "b"])).loc["all"]
    assert (row["auc"], row["auc_low"], row["auc_high"]) == (1, 1, 1)


def test_difference_is_that_of_two_tables_and_its_interval_is_paired():
    scores, labels, kinds = drawn(60, 45, shift=1.0)
    worse = scores + np.random.default_rng(1).normal(0, 0.3, len(scores))
    difference = detection.roc_difference(scores, worse, labels, kinds)
    tables = [detection.roc_table(values, labels, kinds).loc["all"] for values in (scores, worse)]
    for name in ("auc", "pauc"):
        assert difference[name] == pytest.approx(tables[0][name] - tables[1][name])
    assert difference["auc_high"] - difference["auc_low"] < 0.5 * (
        tables[0]["auc_high"] - tables[0]["auc_low"]
    )
    same = detection.roc_difference(scores, scores, labels)
    assert (same["auc"], same["auc_low"], same["auc_high"]) == (0, 0, 0)
    swapped = detection.roc_difference(worse, scores, labels, kinds)
    assert swapped["auc_low"] == pytest.approx(-difference["auc_high"])


@pytest.mark.parametrize("decimals", [12, 0])
def test_curve_is_scikit_learns(decimals):
    scores, labels, _ = drawn(decimals=decimals)
    curve = detection.roc_curve(scores, labels, resamples=200)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    for rate, row in curve.iterrows():
        best = true[false <= rate + 1e-9].max()
        assert row["low"] <= row["true_positive_rate"] <= row["high"]
        if decimals:
            assert row["true_positive_rate"] == pytest.approx(best, abs=1 / 45 + 1e-9), rate
    assert (curve["true_positive_rate"].iloc[-1], curve["low"].iloc[-1]) == (1, 1)
    assert np.trapezoid(curve["true_positive_rate"], curve.index) == pytest.approx(
        roc_auc_score(labels, scores), abs=0.02
    )


def test_alarms_count_what_lies_above_the_threshold():
    scores, labels = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0, 1, 0, 1, 1])
    assert detection.alarms(scores, labels, 1.0) == {
        "faults": 3,
        "found": 2,
        "false alarms": 1,
        "precision": 2 / 3,
        "recall": 2 / 3,
    }
    nothing = detection.alarms(scores, labels, 9.0)
    assert np.isnan(nothing["precision"]) and nothing["recall"] == 0


def test_roc_table_is_repeatable_and_ignores_kinds_of_normal_clips():
    scores, labels, kinds = drawn()
    table = detection.roc_table(scores, labels, kinds)
    assert table.equals(detection.roc_table(scores, labels, kinds, seed=0))
    assert not table.equals(detection.roc_table(scores, labels, kinds, seed=1))
    odd = np.where(labels == 0, "knock", kinds)
    assert table.equals(detection.roc_table(scores, labels, odd))
    assert list(table.columns) == [
        "clips",
        "auc",
        "auc_low",
        "auc_high",
        "pauc",
        "pauc_low",
        "pauc_high",
    ]
    assert list(detection.roc_table(scores, labels).index) == ["all"]


@pytest.mark.parametrize(
    "change, words",
    [
        ({"scores": np.zeros(3)}, "one value a clip, not shapes"),
        ({"scores": np.zeros((105, 1))}, "one value a clip"),
        ({"kinds": ["knock"]}, "one value a clip"),
        ({"scores": np.full(105, np.nan)}, "105 scores are NaN"),
        ({"labels": np.zeros(105)}, r"both present, not \[0.0\]"),
        ({"labels": np.arange(105)}, "both present"),
        ({"max_fpr": 0}, r"\(0, 1\]"),
        ({"max_fpr": 1.1}, r"\(0, 1\]"),
        ({"resamples": 0}, "starts from 1"),
    ],
)
def test_bad_scores_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        detection.roc_table(
            **dict(zip(("scores", "labels", "kinds"), drawn(), strict=True)) | change
        )


def test_mel_statistics_by_hand(values):
    statistics = detection.mel_statistics(values.requires_grad_())
    array = values.detach().numpy()[:, 0]
    expected = np.concatenate([array.mean(axis=2), array.std(axis=2)], axis=1)
    assert statistics.shape == (5, 36) and np.allclose(statistics, expected, rtol=1e-5)
    assert np.isfinite(detection.mel_statistics(values[..., :1])).all()


def test_baselines_rank_an_outlier_first_whatever_the_unit():
    rng = np.random.default_rng(0)
    unit = 10.0 ** rng.integers(-3, 4, 12)
    train, test = rng.normal(size=(200, 12)), rng.normal(size=(40, 12))
    test[17] += 4
    plain, scaled = detection.fit_baselines(train), detection.fit_baselines(train * unit)
    assert list(plain) == [
        "isolation forest",
        "one-class SVM",
        "Mahalanobis (Ledoit–Wolf)",
        "Gaussian mixture",
    ]
    for name, score in plain.items():
        assert score(test).shape == (40,) and score(test).argmax() == 17, name
        assert np.array_equal(score(test), detection.fit_baselines(train, seed=0)[name](test)), name
        if name != "isolation forest":  # cuts at random places, which rounding moves
            assert np.allclose(scaled[name](test * unit), score(test), rtol=1e-6), name
    other = detection.fit_baselines(train, seed=1)["isolation forest"](test)
    assert not np.array_equal(other, plain["isolation forest"](test))
    centred = (test - train.mean(0)) / train.std(0)
    covariance = detection.LedoitWolf().fit((train - train.mean(0)) / train.std(0)).covariance_
    expected = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(covariance), centred)
    assert np.allclose(plain["Mahalanobis (Ledoit–Wolf)"](test), expected)


@pytest.mark.parametrize("statistics", [np.zeros(30), np.zeros((9, 4))])
def test_baselines_need_clips(statistics):
    with pytest.raises(ValueError, match="at least 10 clips have the shape"):
        detection.fit_baselines(statistics)


def one_shot(model, feature, recording, window, hop):
    starts = range(0, len(recording) - window + 1, hop)
    waveform = torch.stack(
        [torch.from_numpy(recording[start : start + window]) for start in starts]
    )
    return np.array(starts) / 16_000, detection.mean_score(
        model.eval().errors(feature(waveform).values)
    ).detach()


@pytest.mark.parametrize("block", [997, 16_000, 100_000])
@pytest.mark.parametrize("window, hop", [(1.0, 0.25), (0.5, 0.5), (6.25, 1.0)])
def test_streaming_equals_one_shot(feature, recording, window, hop, block):
    blocks = (recording[start : start + block] for start in range(0, len(recording), block))
    start, scores = detection.stream_scores(Smoother(), feature, blocks, window, hop, batch_size=4)
    expected = one_shot(Smoother(), feature, recording, round(window * 16_000), round(hop * 16_000))
    assert start.tolist() == expected[0].tolist()
    assert torch.allclose(scores, expected[1], rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 2])
def test_streaming_a_file_mixes_its_channels(feature, recording, tmp_path, channels):
    sound = recording[:, None] * [[1.0, 0.5][:channels]]
    soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
    start, scores = detection.stream_scores(Smoother(), feature, tmp_path / "a.wav", 1.0, 0.5)
    mixed = sound.astype(np.float32).mean(axis=1)
    expected = one_shot(Smoother(), feature, mixed, 16_000, 8_000)
    assert start.tolist() == expected[0].tolist() and torch.allclose(scores, expected[1], rtol=1e-5)
    masked = detection.stream_scores(
        Copier(),
        feature,
        str(tmp_path / "a.wav"),
        1.0,
        0.5,
        score=detection.percentile_score,
        errors=detection.masked_errors,
    )[1]
    waveform = torch.from_numpy(mixed[: 16_000 + 8_000]).unfold(0, 16_000, 8_000)
    again = detection.percentile_score(feature(waveform).values.square())
    assert torch.allclose(masked[:2], again, rtol=1e-4)


def test_streaming_draws_no_more_than_it_needs(feature):
    """Windows are scored as they fill up, so that what lies in memory does not grow with the
    recording.
    """
    drawn_blocks, ahead = [], []

    class Watcher(Smoother):
        def errors(self, values, visible=None):
            ahead.append(len(drawn_blocks))
            return super().errors(values, visible)

    def blocks():
        rng = np.random.default_rng(0)
        for number in range(200):
            drawn_blocks.append(number)
            yield rng.normal(0, 0.1, 4_000)  # float64, as a generator may hand out

    model = Watcher()
    start, _ = detection.stream_scores(model, feature, blocks(), 1.0, 0.5, batch_size=8)
    # Eight windows of 1 s every 0.5 s end after 4.5 s, 18 blocks; the next eight 4 s later.
    assert ahead == [18 + 16 * number for number in range(12)] + [200] and model.most == 8
    assert len(start) == 99


@pytest.mark.parametrize(
    "blocks, words",
    [
        ([np.zeros(8_000)], "recording: it lasts 0.50 s, less than a window of 1.00 s. Use"),
        ([], "recording: it lasts 0.00 s"),
        (
            [np.zeros((8_000, 2))],
            r"a block has the shape \(8000, 2\) and type float64. Pass mono blocks",
        ),
        ([np.zeros(8_000, np.int16)], "type int16"),
        ([np.zeros(8_000), np.array([0.0, np.inf])], "NaN or infinite samples at 0.50 s"),
    ],
)
def test_bad_blocks_are_refused(feature, blocks, words):
    with pytest.raises(AudioError, match=words):
        detection.stream_scores(Smoother(), feature, blocks, 1.0, 0.5)


@pytest.mark.parametrize("window, hop, batch_size", [(1, 0, 4), (1, 1.5, 4), (1, 1, 0), (-1, 1, 4)])
def test_bad_lengths_are_refused(feature, recording, window, hop, batch_size):
    with pytest.raises(ValueError, match="0 < hop <= window"):
        detection.stream_scores(Smoother(), feature, [recording], window, hop, batch_size)


def test_bad_files_are_refused(feature, recording, tmp_path):
    def refused(words):
        with pytest.raises(AudioError, match=words):
            detection.stream_scores(Smoother(), feature, path, 1.0, 0.5)

    path = tmp_path / "a.wav"
    refused("a.wav: there is no such file. Check")
    soundfile.write(path, recording, 44_100)
    refused("its rate is 44100 Hz where 16000 Hz is expected. Write it again at 16000 Hz")
    path.write_text("not sound")
    refused("cannot be decoded as audio")
    soundfile.write(path, recording, 16_000)
    path.write_bytes(path.read_bytes()[:100_000])
    refused("cut off after 3.12 s. Copy it again")
    path = tmp_path / "a.flac"
    soundfile.write(path, recording, 16_000)
    path.write_bytes(path.read_bytes()[:100_000])
    refused("cannot be decoded as audio|cut off")
