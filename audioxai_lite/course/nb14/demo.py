"""What `python -m audioxai_lite explain --demo` explains: a network of the course and a clip that
it has not met.
"""

import io
from pathlib import Path

import soundfile

from ... import datasets
from ...audio_model import AudioModel
from ...writing import write_whole
from ..classifiers import load_classifier


def demo_model() -> AudioModel:
    """A classifier of the course that was trained on clips with holes, too.

    Examples
    --------
    >>> "dog" in demo_model().classes
    True
    """
    model = load_classifier("environment", "robust", seed=0)
    model.classes = datasets.load("environment").classes
    return model


def demo_recording(folder: Path) -> Path:
    """A dog that barks, written as demo.wav.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     demo_recording(Path(folder)).name
    'demo.wav'
    """
    folder.mkdir(parents=True, exist_ok=True)
    clip = datasets.load("environment").select(fold=5, label="dog")[0]
    file, content = folder / "demo.wav", io.BytesIO()
    soundfile.write(content, clip.waveform[0].numpy(), clip.sample_rate, format="WAV")
    write_whole(file, content.getvalue())
    return file
