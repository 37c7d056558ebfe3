import numpy as np
import pandas as pd
import pytest
import torch

from audioxai_lite import masks
from audioxai_lite.evaluation import conciseness, fidelity, statistics
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import quality
from audioxai_lite.sound.spectrogram import LogMel


@pytest.fixture(scope="module")
def noise():
    return torch.randn(4, 16_000, generator=torch.Generator().manual_seed(0)) / 4


def orthogonal(noise):
    """Another noise, made orthogonal to the first and as strong, so that ratios are known exactly."""
    other = noise.flip(-1).double()
    reference = noise.double()
    other = (
        other
        - (other * reference).sum(-1, keepdim=True)
        / reference.square().sum(-1, keepdim=True)
        * reference
    )
    return (other / other.norm(dim=-1, keepdim=True) * reference.norm(dim=-1, keepdim=True)).float()


@pytest.mark.parametrize("decibels", [-20.0, 0.0, 30.0])
def test_si_sdr_is_the_ratio_of_signal_to_error(noise, decibels):
    estimate = noise + 10 ** (-decibels / 20) * orthogonal(noise)
    assert torch.allclose(
        quality.si_sdr(estimate, noise), torch.full((4,), decibels, dtype=torch.float64), atol=1e-2
    )


def test_si_sdr_ignores_scale_and_knows_silence(noise):
    estimate = noise + 0.1 * orthogonal(noise)
    assert torch.allclose(
        quality.si_sdr(0.01 * estimate, noise), quality.si_sdr(estimate, noise), atol=1e-3
    )
    assert quality.si_sdr(noise, noise).min() > 200
    assert quality.si_sdr(noise, torch.zeros_like(noise)).isnan().all()


def test_si_sdr_sees_phase_and_log_spectral_distance_does_not(noise):
    flipped = torch.roll(noise, 512, dims=-1)
    assert quality.si_sdr(flipped, noise).max() < -10
    assert (quality.log_spectral_distance(-noise, noise) == 0).all()


def test_log_spectral_distance_of_a_gain_is_the_gain(noise):
    assert torch.allclose(
        quality.log_spectral_distance(0.5 * noise, noise), torch.full((4,), 6.0206), atol=1e-2
    )
    assert (quality.log_spectral_distance(noise, noise) == 0).all()


def test_log_spectral_distance_by_hand(noise):
    other = orthogonal(noise)
    window = np.hanning(1025)[:-1]

    def spectra(x):
        padded = np.pad(x.numpy(), 512, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::256]
        return np.abs(np.fft.rfft(frames * window)) ** 2

    a, b = spectra(other[0]), spectra(noise[0])
    levels = [np.maximum(10 * np.log10(p / b.max()), -80) for p in (a, b)]
    expected = np.sqrt(((levels[0] - levels[1]) ** 2).mean(axis=1)).mean()
    assert quality.log_spectral_distance(other, noise)[0].item() == pytest.approx(
        expected, rel=1e-3
    )


@pytest.mark.parametrize("reference", [1.0, 4.0])
def test_mel_consistency_of_the_true_power_is_zero_and_of_a_gain_is_the_gain(noise, reference):
    feature = LogMel(reference=reference)
    spectrogram = feature(noise)
    power = (
        torch.stft(noise, 1024, 320, window=feature.window, return_complex=True)[:, None]
        .abs()
        .square()
    )
    relative, decibels = quality.mel_consistency(power, spectrogram, feature)
    assert relative.max() < 1e-4 and decibels.max() < 1e-2
    relative, decibels = quality.mel_consistency(2 * power, spectrogram, feature)
    assert torch.allclose(relative, torch.ones(4), atol=1e-3)
    assert torch.allclose(decibels, torch.full((4,), 3.0103), atol=1e-2)


class Sums(torch.nn.Module):
    """A classifier whose logits are the mean levels of the two halves of the bands, which can be
    worked out by hand.
    """

    def __init__(self):
        super().__init__()
        self.inputs = 0

    def forward(self, x):
        self.inputs += len(x)
        return (
            (x[:, 0, 0].mean(dim=1, keepdim=True) - x[:, 0, 1].mean(dim=1, keepdim=True))
            / 10
            * torch.tensor([1, 0])
        )


def test_scores_of_masks_by_hand():
    values = torch.tensor([[[[0.0, 0.0], [-10.0, -10.0]]]])
    keep = {
        "all": [1, 1, 1, 1],
        "none": [0, 0, 0, 0],
        "first row": [1, 1, 0, 0],
        "second row": [0, 0, 1, 1],
    }
    given = torch.tensor(list(keep.values()), dtype=torch.float32).reshape(4, 1, 1, 2, 2)
    found = fidelity.answers(Sums(), values, given, floor=-20.0)
    scores = {
        name: score[:, 0].tolist()
        for name, score in posthoc_audio.interpretation_scores(found, given).items()
    }

    def p(first, second):  # probability of class 0 for the levels of the two rows
        return 1 / (1 + np.exp(-(first - second) / 10))

    clean = p(0, -10)
    kept, removed = [clean, 0.5, p(0, -20), p(-20, -10)], [0.5, clean, p(-20, -10), p(0, -20)]
    assert scores["FF"] == pytest.approx([clean - value for value in removed], abs=1e-6)
    assert scores["AI"] == [0, 0, 100, 0]
    assert scores["AD"] == pytest.approx(
        [100 * max(0, clean - value) / clean for value in kept], abs=1e-4
    )
    assert scores["AG"] == pytest.approx(
        [100 * max(0, value - clean) / (1 - clean) for value in kept], abs=1e-4
    )
    assert scores["Fid-In"] == [1, 1, 1, 0]  # of two equal logits the first is named
    assert scores["SPS"] == pytest.approx([0, 0, 0.5, 0.5], abs=1e-6)
    assert scores["COMP"] == pytest.approx([0, 0, np.log(2), np.log(2)])
    assert set(scores) == set(posthoc_audio.DIRECTIONS)


def test_a_mask_that_does_nothing_scores_as_one():
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(80, 5))
    values = 10 * torch.randn(7, 1, 8, 10, generator=generator) - 50
    given = torch.stack([torch.ones_like(values), torch.rand(values.shape, generator=generator)])
    scores = posthoc_audio.interpretation_scores(
        fidelity.answers(model, values, given, batch_size=3), given, margin=0.0
    )
    assert (
        (scores["AI"][0] == 0).all()
        and (scores["AD"][0] == 0).all()
        and (scores["AG"][0] == 0).all()
    )
    assert (scores["Fid-In"][0] == 1).all() and scores["AD"][1].max() > 0
    scores = posthoc_audio.interpretation_scores(fidelity.answers(model, values, given), given)
    order = torch.tensor([3, 1, 0, 6, 5, 2, 4])
    turned = posthoc_audio.interpretation_scores(
        fidelity.answers(model, values[order], given[:, order]), given[:, order]
    )
    for name, score in scores.items():
        assert torch.allclose(turned[name], score[:, order], atol=1e-4, equal_nan=True), name


def test_nothing_is_asked_twice():
    values = torch.zeros(3, 1, 2, 4) - 50
    ones, half = torch.ones(3, 1, 2, 4), torch.zeros(3, 1, 2, 4)
    half[..., 0, :] = 1
    given = torch.stack([ones, half, 1 - half, half, 0 * ones])
    model = Sums()
    fidelity.answers(model, values, given, batch_size=2)
    assert model.inputs == 3 * 4  # the clip, silence, and either row
    with pytest.raises(ValueError, match="masks have the shape"):
        fidelity.answers(model, values, given[:, :2])


@pytest.mark.parametrize("binary", [True, False])
def test_sparseness_and_complexity_are_gini_and_entropy(binary):
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(4, 3, 1, 6, 7, generator=generator)
    values = (values > 0.7).float() if binary else values - 0.3
    sparse, complex_ = conciseness.sparseness(values), conciseness.complexity(values)
    assert sparse.shape == complex_.shape == (4, 3)
    for found, entropy, array in zip(
        sparse.flatten(),
        complex_.flatten(),
        values.reshape(12, 42).double().abs().numpy(),
        strict=True,
    ):
        pairs = np.abs(
            array[:, None] - array[None]
        ).sum()  # Gini: mean difference over twice the mean
        assert found.item() == pytest.approx(pairs / (2 * 42**2 * array.mean()), abs=1e-5)
        share = array[array > 0] / array.sum()
        assert entropy.item() == pytest.approx(-(share * np.log(share)).sum())
    constant = torch.full((1, 1, 6, 7), 0.3)
    assert conciseness.sparseness(constant).item() == pytest.approx(0, abs=1e-9)
    assert conciseness.complexity(constant).item() == pytest.approx(np.log(42))
    assert conciseness.complexity(constant, as_published=True).item() == 0
    assert conciseness.complexity(0 * constant).isnan() and conciseness.sparseness(
        0 * constant
    ).item() == pytest.approx(0)


@pytest.mark.parametrize("method", ["gradcam", "saliency"])
def test_the_published_scores_of_28_masks_are_found_again(shared_data, method):
    folder = shared_data.parent / "reference" / "pak2025"
    table = pd.read_csv(folder / f"cat_logmel_{method}_metrics.csv").set_index("mask")
    stored = np.load(folder / f"cat_logmel_{method}_masks.npz")
    assert len(stored.files) == 14
    for name in stored.files:
        mask = torch.from_numpy(stored[name])[None, None]
        assert conciseness.sparseness(mask).item() == pytest.approx(
            table.loc[name, "SPS"], abs=5e-5
        ), name
        assert conciseness.complexity(mask, as_published=True).item() == pytest.approx(
            table.loc[name, "COMP"], abs=5e-5
        )


def test_means_and_intervals_over_clips():
    generator = torch.Generator().manual_seed(0)
    score = torch.stack([torch.randn(50, generator=generator), torch.full((50,), 3.0)])
    score[0, 7] = torch.nan
    table = statistics.with_intervals({"AD": score}, ["noise", "same"])
    assert table.loc["noise", "AD"] == pytest.approx(score[0].nanmean().item())
    assert table.loc["noise", "AD low"] < table.loc["noise", "AD"] < table.loc["noise", "AD high"]
    width = table.loc["noise", "AD high"] - table.loc["noise", "AD low"]
    assert width == pytest.approx(2 * 1.96 / 49**0.5, rel=0.25)
    assert table.loc["same"].tolist() == [3, 3, 3]


def test_table_sets_masks_beside_random_ones_of_their_area():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16 * 32, 5))
    values = 10 * torch.randn(6, 1, 16, 32) - 50
    truth = torch.zeros_like(values)
    truth[:, :, :8, :16] = 1
    given = {
        "the truth": truth,
        "twice as much": truth + truth.roll(16, -1),
        "soft": torch.rand(values.shape),
    }
    table = posthoc_audio.table(model, values, given, truth)
    assert list(table.index) == list(given)
    assert table["area"].tolist()[:2] == [0.25, 0.5] and (table["constant"] == 0).all()
    assert table["inside"].tolist()[:2] == [1, 0.5] and table.loc[
        "soft", "inside"
    ] == pytest.approx(0.25, abs=0.05)
    assert table.loc["soft", ["AD random bins", "AD over cells", "FF over cells low"]].isna().all()
    for name, cell in {"random bins": (1, 1), "random cells": (8, 16)}.items():
        drawn = torch.stack(
            [masks.random_like(given[row], cell) for row in ("the truth", "twice as much")]
        )
        scores = posthoc_audio.interpretation_scores(fidelity.answers(model, values, drawn), drawn)
        for score in ("FF", "AD", "Fid-In"):
            found = table.loc[["the truth", "twice as much"], f"{score} {name}"]
            assert found.tolist() == pytest.approx(scores[score].mean(dim=1).tolist())
    row = table.loc["the truth"]
    assert row["AD over cells"] == pytest.approx(row["AD"] - row["AD random cells"])
    assert row["AD over cells low"] <= row["AD over cells"] <= row["AD over cells high"]
    assert "inside" not in posthoc_audio.table(model, values, {"soft": given["soft"]})


def test_deletion_and_insertion_by_hand():
    values = torch.tensor([[[[0.0, -4.0], [-8.0, -2.0]]]])
    deletion, insertion = fidelity.deletion_and_insertion(
        Sums(), values, values, steps=2, floor=-20.0
    )

    def p(*levels):  # of the class of the first row, the louder one
        return 1 / (1 + np.exp(-((levels[0] + levels[1]) / 2 - (levels[2] + levels[3]) / 2) / 10))

    assert deletion[0].tolist() == pytest.approx(
        [p(0, -4, -8, -2), p(-20, -4, -8, -20), p(-20, -20, -20, -20)]
    )
    assert insertion[0].tolist() == pytest.approx([0.5, p(0, -20, -20, -2), p(0, -4, -8, -2)])
    ends = fidelity.deletion_and_insertion(Sums(), values, values, steps=1, floor=-20.0)[0]
    assert ends[0].tolist() == pytest.approx([p(0, -4, -8, -2), p(-20, -20, -20, -20)])
    assert fidelity.curve_area(torch.tensor([[1.0, 0.5, 0.0], [1.0, 0.0, 0.0]])).tolist() == [
        0.5,
        0.25,
    ]
    with pytest.raises(ValueError, match="at least one step"):
        fidelity.deletion_and_insertion(Sums(), values, values, steps=0)
    with pytest.raises(ValueError, match="shape of the values"):
        fidelity.deletion_and_insertion(Sums(), values, values[..., :1])


def test_predictions_of_a_classifier_are_its_own_and_it_stays_as_it_was():
    torch.manual_seed(0)
    model = Cnn14(10).train()
    generator = torch.Generator().manual_seed(0)
    values = 10 * torch.randn(5, 1, 64, 251, generator=generator) - 40
    model(values)  # so that the running statistics are not those of an untouched network
    before = {key: value.clone() for key, value in model.state_dict().items()}
    strides = [parameter.stride() for parameter in model.parameters()]
    given = torch.rand(2, *values.shape, generator=generator)
    found = fidelity.answers(model, values, given)
    assert model.training and [parameter.stride() for parameter in model.parameters()] == strides
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(
        module.inplace for module in model.modules() if isinstance(module, torch.nn.ReLU)
    )
    with torch.no_grad():
        model.eval()
        assert torch.allclose(found.clean, model(values).softmax(dim=1), atol=1e-5)
        kept, removed = masks.apply_mask(values, given[1])
        assert torch.allclose(found.kept[1], model(kept).softmax(dim=1), atol=1e-5)
        assert torch.allclose(found.removed[1], model(removed).softmax(dim=1), atol=1e-5)


def test_masks_beyond_0_and_1_are_refused_and_the_network_is_left_as_it_was():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.LazyLinear(3)
    )
    values = torch.randn(2, 1, 8, 9)
    model(values)
    before = [parameter.stride() for parameter in model.parameters()]
    fidelity.answers(model.train(), values, torch.ones(1, *values.shape) / 2)
    assert [parameter.stride() for parameter in model.parameters()] == before and model.training
    with pytest.raises(ValueError, match=r"lie in \[0, 1\]"):
        fidelity.answers(model, values, 2 * torch.ones(1, *values.shape))
