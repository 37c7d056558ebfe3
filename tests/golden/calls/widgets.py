"""Every public function of what was `audioxai_lite.widgets`, called on fixed inputs."""

import torch

from audioxai_lite import attribution, counterfactuals
from audioxai_lite.course.nb00.explorers import anomaly_explorer
from audioxai_lite.course.nb01.explorers import inversion_explorer
from audioxai_lite.course.nb02.explorers import masking_explorer, threshold_explorer
from audioxai_lite.course.nb03.explorers import attribution_explorer
from audioxai_lite.course.nb05.explorers import mask_explorer
from audioxai_lite.course.nb06.explorers import score_explorer
from audioxai_lite.course.nb08.explorers import counterfactual_explorer
from audioxai_lite.course.nb09.explorers import noise_explorer
from audioxai_lite.sound.spectrogram import LogMel


def call_inversion_explorer(keep):
    explorer = keep(inversion_explorer({"noise": torch.randn(1, 16000)}, 16000))
    keep(explorer.children[3].value.startswith("SI-SDR"))


def call_anomaly_explorer(keep):
    from audioxai_lite import datasets

    explorer = keep(anomaly_explorer(datasets.load("machine", normal=0, anomalous=5)))
    keep(explorer.children[0].options[:2])


def call_masking_explorer(keep):
    from audioxai_lite.models.autoencoder import Autoencoder

    explorer = keep(masking_explorer({"AE": Autoencoder()}, torch.randn(1, 64000), LogMel()))
    keep(explorer.children[1].value)


def call_threshold_explorer(keep):
    explorer = keep(threshold_explorer({"AE": torch.tensor([0.1, 0.2, 0.9])}, labels=[0, 0, 1]))
    keep("1 of 1 faults found" in explorer.children[2].value)


def call_attribution_explorer(keep):
    from audioxai_lite import datasets
    from audioxai_lite.models.cnn14 import Cnn14

    clips, model = (datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval())
    methods = {"saliency": attribution.saliency}
    explorer = keep(attribution_explorer({"untrained": model}, clips, methods, LogMel()))
    keep(explorer.children[1].options)


def call_mask_explorer(keep):
    from audioxai_lite import datasets
    from audioxai_lite.models.cnn14 import Cnn14

    clips, model = (datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval())
    methods = {"saliency": attribution.saliency}
    explorer = keep(mask_explorer(model, clips, methods, LogMel()))
    keep(explorer.children[3].value)


def call_score_explorer(keep):
    from audioxai_lite.course.results import results

    explorer = keep(
        score_explorer(results("interpretation").query("data == 'environment' and seed == 'all'"))
    )
    keep(explorer.children[2].value)


def call_counterfactual_explorer(keep):
    from audioxai_lite import datasets
    from audioxai_lite.models.autoencoder import Autoencoder

    clips, detector = (list(datasets.load("machine", normal=0, anomalous=2)), Autoencoder())
    ranges = torch.tensor([[0.0, 1.0]] * len(counterfactuals.ALPHAS))
    explorer = keep(
        counterfactual_explorer({"untrained": counterfactuals.Generator()}, detector, ranges, clips)
    )
    keep("mean change 0.00 dB" in explorer.children[3].value)


def call_noise_explorer(keep):
    from audioxai_lite import datasets
    from audioxai_lite.models.cnn14 import Cnn14

    clips, model = (datasets.load().select(fold=5, label=["dog", "rain"]), Cnn14(10).eval())
    methods = {"saliency": attribution.saliency}
    explorer = keep(
        noise_explorer(model, clips, {"white": torch.randn(1, 80000)}, methods, LogMel())
    )
    keep(explorer.children[2].value)
