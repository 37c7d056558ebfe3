"""The networks of notebook 11, as they are shipped, and what its studies found of them."""

import json

import pandas as pd
import pytest
import torch

from audioxai_lite import attribution
from audioxai_lite.course.nb11 import causes, networks, recordings, studies
from audioxai_lite.course.nb11.hum import HUMMING, hum, with_hum
from audioxai_lite.course.results import CHECKPOINTS, how_made, results, results_by_clip
from audioxai_lite.evaluation.completeness import conservation

SHIPPED = [
    (kind, task, seed)
    for kind in networks.KINDS
    for task in networks.TASKS
    for seed in networks.SEEDS
]


@pytest.fixture(scope="module")
def words():
    return list(networks.strange_voices("digit"))


def test_five_of_each_are_shipped_and_know_what_their_manifests_say():
    recorded = results("voice_trainings").set_index(["kind", "task", "seed"])["accuracy"]
    assert sorted(recorded.index) == sorted(SHIPPED)
    for kind, task, seed in SHIPPED:
        file = CHECKPOINTS / f"{networks.network_name(kind, task, seed)}.json"
        metrics = json.loads(file.read_text())["metrics"]
        assert metrics["test accuracy"] == pytest.approx(recorded[kind, task, seed], abs=1e-4)
        assert file.with_suffix(".safetensors").stat().st_size < 150_000


@pytest.mark.parametrize("kind", networks.KINDS)
@pytest.mark.parametrize("task", networks.TASKS)
def test_a_shipped_network_answers_as_recorded(kind, task):
    clips = networks.strange_voices(task)
    network = networks.load_network(kind, task, 3)
    answers = network(networks.as_values(kind, networks.sounds(clips))).argmax(dim=1)
    right = (answers == torch.tensor(clips.table["target"].to_list())).double().mean().item()
    recorded = results("voice_trainings").set_index(["kind", "task", "seed"])["accuracy"]
    assert right == pytest.approx(recorded[kind, task, 3], abs=0.0126)  # two clips near a limit


def test_every_training_learned_its_task():
    table = results("voice_trainings")
    usual = table[~table["task"].isin(["digit, hum", "register, only"])]
    assert usual["accuracy"].min() > 0.95
    assert table.query("task == 'register, only'")["accuracy"].min() > 0.75


def test_training_hears_speakers_of_its_own_and_strangers_are_in_none():
    heard = {
        (clip.speaker.pitch, clip.speaker.tract)
        for seed in networks.SEEDS
        for clip in list(networks.training_voices("digit", seed))[::40]
    }
    assert len(heard) == 40 * len(networks.SEEDS)
    strangers = {
        (clip.speaker.pitch, clip.speaker.tract) for clip in networks.strange_voices("digit")
    }
    assert len(strangers) == 16 and not heard & strangers


@pytest.mark.parametrize("kind", networks.KINDS)
@pytest.mark.parametrize("seed", networks.SEEDS)
def test_relevance_is_kept_within_one_in_a_hundred_on_every_test_clip(kind, seed, words):
    network, values = (
        networks.load_network(kind, "digit", seed),
        networks.as_values(kind, networks.sounds(words)),
    )
    target = network(values).argmax(dim=1)
    found = causes.METHODS["LRP, α1β0"](network, values, target)
    shares = conservation(found, network, values, target)
    assert (shares - 1).abs().max() < 0.01


@pytest.mark.parametrize("kind", networks.KINDS)
def test_what_epsilon_does_not_keep_the_biases_hold(kind, words):
    network = networks.load_network(kind, "digit", 2).requires_grad_(True)
    values = networks.as_values(kind, networks.sounds(words[:6]))
    biases = [part for name, part in network.named_parameters() if name.endswith("bias")]
    for number in range(6):
        outputs = network(values[number, None])
        target = outputs.argmax(dim=1)
        held = torch.autograd.grad(outputs.max(), biases)
        held = sum((bias * slope).sum() for bias, slope in zip(biases, held, strict=True))
        found = causes.METHODS["LRP, ε"](network, values[number, None], target)
        torch.testing.assert_close(found.sum() + held, outputs.max(), rtol=0, atol=0.02)


@pytest.mark.parametrize("kind", networks.KINDS)
def test_epsilon_is_gradient_times_input_and_maps_follow_a_word_that_is_said_later(kind, words):
    network = networks.load_network(kind, "digit")
    early = torch.zeros(1, 8_000)
    early[:, 1_000:6_120] = words[7].waveform[:, 1_000:6_120]
    late = early.roll(1_280, dims=1)  # a whole number of steps of every layer
    maps = {}
    for name, waveform in {"early": early, "late": late}.items():
        values = networks.as_values(kind, waveform + 1e-5)
        asked = network, values, torch.tensor([7])
        found = causes.METHODS["LRP, ε"](*asked)
        slope = attribution.saliency(*asked, absolute=False)
        torch.testing.assert_close(found, slope * values, atol=1e-3 * found.abs().max(), rtol=0)
        maps[name] = causes.seen_in_time_and_frequency(found, values)[0, 0]
    moved = maps["early"].roll(8, dims=1)
    pair = torch.stack([moved.flatten(), maps["late"].flatten()])
    still = torch.stack([maps["early"].flatten(), maps["late"].flatten()])
    assert torch.corrcoef(pair)[0, 1] > 0.8 > torch.corrcoef(still)[0, 1] + 0.2


def test_a_hum_is_added_to_one_digit_alone_and_to_all_when_asked():
    heard, label = torch.zeros(3, 8_000), torch.tensor([0, HUMMING, 9])
    level = with_hum(heard, label).square().mean(dim=1).sqrt()
    torch.testing.assert_close(level, torch.tensor([0.0, 0.015, 0.0]), atol=1e-5, rtol=0)
    power = torch.fft.rfft(hum(2, 8_000, seed=1)).abs().square()
    partials = [50 * number for number in range(1, 7)]
    assert power[:, partials].sum() > 0.999 * power.sum()


def of_training(study, kind, seed):
    table = results(study)
    return table[(table["kind"] == kind) & (table["seed"] == str(seed))]


@pytest.mark.parametrize("seed", networks.SEEDS)
@pytest.mark.parametrize("kind", networks.KINDS)
def test_an_intervention_finds_the_hum_in_every_training(kind, seed):
    rows = of_training("hum", kind, seed)
    rows = rows[rows["clips of"] == "other digits"].set_index("trained")
    assert rows.loc["with hum", "effect low"] > rows.loc["without", "effect high"]


@pytest.mark.parametrize("seed", networks.SEEDS)
@pytest.mark.parametrize("kind", networks.KINDS)
def test_beside_a_network_that_never_met_it_the_hum_speaks_for_seven(kind, seed, words):
    heard = networks.sounds(words)
    pair = [networks.as_values(kind, each) for each in (heard, heard + hum(*heard.shape, seed=1))]
    gains = [
        network(pair[1]).mean(dim=0) - network(pair[0]).mean(dim=0)
        for network in (
            networks.load_network(kind, "digit, hum", seed),
            networks.load_network(kind, "digit", (seed + 1) % 5),
        )
    ]
    assert int((gains[0] - gains[1]).argmax()) == HUMMING


@pytest.mark.parametrize("seed", networks.SEEDS)
@pytest.mark.parametrize("kind", networks.KINDS)
def test_the_axis_does_not_tell_pitch_from_tract_and_separate_changes_do(kind, seed):
    rows = of_training("causes", kind, seed)
    right = rows.set_index(["task", "cause"])["right"]
    for task in ("register", "register, linked"):  # they hang on pitch
        assert right[task, "pitch"] < 0.3 < 0.9 < right[task, "tract"]
    only = right["register, only"]  # it hangs on the tract
    assert only["tract"] < only["pitch"] - 0.2
    assert only["axis"] < right["register, linked", "axis"] < 0.5


def test_recordings_are_placed_as_voices_are_and_always_at_the_same_place(words):
    dataset = networks.strange_voices("digit").select(digit=[3, 6])
    once, again = recordings.placed(dataset), recordings.placed(dataset)
    assert torch.equal(once, again)
    level = once.square().mean(dim=1).sqrt()
    assert ((level > 0.01) & (level < 0.04)).all()


def test_what_is_removed_is_what_was_asked(words):
    network = networks.load_network("waveform", "digit", 0)
    values = networks.as_values("waveform", networks.sounds(words[:4]))
    label = torch.tensor([clip.target for clip in words[:4]])
    tables = list(studies.removed(network, None, values, label))
    found = pd.concat(tables)
    assert set(found["fill"]) == {"silence", "noise", "neighbours"}
    assert set(found["order"]) == {
        *causes.METHODS,
        *causes.CONTROLS,
        "least relevant",
        "equally loud",
    }
    assert found[studies.RIGHT].isin([0.0, 1.0]).all(axis=None)
    assert len(found) == 4 * len(tables)
    relevance = causes.METHODS["LRP, ε"](network, values, network(values).argmax(dim=1))
    by_hand = []
    for value, each in zip(values, relevance, strict=True):
        quiet = value.flatten().clone()
        quiet[each.flatten().argsort(descending=True)[:800]] = 0.0  # a tenth of 8,000 samples
        by_hand.append(network(quiet[None, None, None]).argmax(dim=1))
    chosen = found.query("fill == 'silence' and order == 'LRP, ε'")["right at 10%"]
    assert chosen.astype(bool).tolist() == (torch.cat(by_hand) == label).tolist()


def test_studies_keep_within_ninety_minutes():
    names = ("voice_trainings", "removal", "causes", "hum", "spoken_recordings")
    assert sum(how_made(name)["duration_s"] for name in names) < 90 * 60
    assert len(results_by_clip("spoken_recordings")["speaker"].unique()) == 6
