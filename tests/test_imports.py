"""What takes long to import is imported by what needs it, so that a notebook starts at once."""

import subprocess
import sys

import pytest

LATER = ("lime", "shap", "sklearn", "skimage", "zennit", "torchvision", "transformers", "papermill")


@pytest.mark.parametrize(
    "modules",
    [
        "audioxai_lite, audioxai_lite.explanation, audioxai_lite.published.posthoc_audio",
        "audioxai_lite.course.classifiers, audioxai_lite.course.clips, audioxai_lite.course.claims",
        "audioxai_lite.detection, audioxai_lite.evaluation, audioxai_lite.counterfactuals",
    ],
)
def test_what_takes_long_comes_when_it_is_needed(modules):
    code = f"import sys, {modules}; print([name for name in {LATER} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_and_then_it_is_there():
    code = """
import sys, torch
from audioxai_lite.evaluation import localisation
before = "sklearn" in sys.modules
truth = torch.tensor([[[[0.0, 1.0]]]])
print(before, float(localisation.pixel_auroc(truth, truth)))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "1.0"]
