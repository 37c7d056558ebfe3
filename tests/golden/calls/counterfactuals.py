"""Every public function of what was `audioxai_lite.counterfactuals`, called on fixed inputs."""

import torch

from audioxai_lite.counterfactuals.baselines import inpaint, nearest, optimise
from audioxai_lite.counterfactuals.damage import corrupt
from audioxai_lite.counterfactuals.generator import Generator, apply_generator
from audioxai_lite.counterfactuals.measures import (
    concept_measures,
    distinct,
    fine_variance,
    measures,
    way_back,
)
from audioxai_lite.counterfactuals.objective import (
    Objective,
    Weights,
    WithCritics,
    target_ranges,
    train_generator,
)
from audioxai_lite.counterfactuals.scores import log_scores, peak_score, worst_cells_score
from audioxai_lite.counterfactuals.sound import to_sound
from audioxai_lite.sound.spectrogram import LogMel


def call_worst_cells(keep):
    errors = torch.zeros(1, 1, 64, 192)
    errors[..., :16, :32] = 1
    keep(round(keep(worst_cells_score(errors)).exp().item(), 3))


def call_peak_score(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    keep(keep(peak_score(Autoencoder(), torch.randn(2, 1, 64, 201))).shape)


def call_corrupt(keep):
    values = torch.zeros(3, 1, 64, 201)
    corrupted, where = keep(corrupt(values, torch.Generator().manual_seed(0), ("gain",)))
    keep((bool((corrupted >= values).all()), where.unique().tolist()))


def call_Generator(keep):
    clips = torch.randn(2, 1, 64, 201)
    made = keep(Generator())(clips, alpha=torch.zeros(2), concept=torch.zeros(2, dtype=torch.long))
    keep(torch.equal(made.values, clips))


def call_fine_variance(keep):
    keep(keep(fine_variance(torch.ones(2, 1, 64, 201))).tolist())


def call_measures(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    detector, clips, normal = (
        Autoencoder(),
        torch.randn(2, 1, 64, 201),
        torch.randn(20, 1, 64, 201),
    )
    twins, truth = (torch.randn(2, 1, 64, 201), torch.rand(2, 1, 64, 201).round())
    keep(
        keep(measures(detector, detector, clips, twins, twins, truth, normal))[
            "to the twin"
        ].tolist()
    )


def call_log_scores(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    keep(keep(log_scores(Autoencoder(), torch.randn(2, 1, 64, 201))).shape)


def call_target_ranges(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    keep(keep(target_ranges(Autoencoder(), torch.randn(8, 1, 64, 201))).shape)


def call_Objective(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    detector, normal = (Autoencoder(), torch.randn(8, 1, 64, 201))
    objective = keep(Objective(detector, target_ranges(detector, normal), Weights(pair=0.0)))
    keep(
        sorted(objective.terms(WithCritics(Generator()), normal, torch.Generator().manual_seed(0)))
    )


def call_train_generator(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    normal = torch.randn(8, 1, 64, 200)
    model, history = keep(train_generator(Autoencoder(), normal, normal, epochs=1, progress=False))
    keep(apply_generator(model.generator, Autoencoder(), normal).shape)


def call_apply(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    clips = torch.randn(2, 1, 64, 201)
    keep(torch.equal(keep(apply_generator(Generator(), Autoencoder(), clips)), clips))


def call_nearest(keep):
    pool = torch.randn(5, 1, 64, 201)
    keep(torch.equal(keep(nearest(pool[2:3] + 0.01, pool)), pool[2:3]))


def call_optimise(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    detector, clips = (Autoencoder(), torch.randn(2, 1, 64, 201))
    before = log_scores(detector, clips)
    changed = keep(optimise(detector, clips, highest=before.min().item() - 1, steps=5))
    keep(bool((log_scores(detector, changed) < before).all()))


def call_inpaint(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    detector, normal = (Autoencoder(), torch.randn(8, 1, 64, 201))
    clips = normal[:1].clone()
    clips[..., 20:40, 50:80] += 20
    changed = keep(inpaint(detector, detector, clips, normal, percentile=100))
    keep(
        (
            bool((changed != clips)[..., 25:35, 60:70].all()),
            torch.equal(changed[..., 100:], clips[..., 100:]),
        )
    )


def call_to_sound(keep):
    sound = torch.randn(1, 16000)
    quieter = keep(to_sound(sound, torch.full((1, 1, 64, 51), -20.0), LogMel(f_min=0.0)))
    keep(round((quieter.std() / sound.std()).item(), 1))


def call_way_back(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    detector, normal = (Autoencoder(), torch.randn(4, 1, 64, 201))
    keep(keep(way_back(Generator(), detector, normal, target_ranges(detector, normal))).shape)


def call_concept_measures(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    clips = torch.randn(4, 1, 64, 201)
    found = keep(concept_measures(WithCritics(Generator(concepts=2)), Autoencoder(), clips, clips))
    keep(found["overlap"].tolist())


def call_distinct(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    clips = torch.randn(4, 1, 64, 201)
    keep(distinct(Autoencoder(), clips, (clips + 2, clips - 2), clips).tolist())
