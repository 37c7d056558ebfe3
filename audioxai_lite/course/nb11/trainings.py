"""How the networks of notebook 11 are trained and shipped, and what they know of speakers whom they
have not heard.
"""

import pandas as pd
import torch

from ...models import checkpoint
from ..results import CHECKPOINTS
from ..studies import study, study_settings
from .networks import KINDS, SEEDS, TASKS, as_values, network_name, sounds, strange_voices, train

COMMAND = "python -m audioxai_lite study voice_trainings"


@study(
    "voice_trainings",
    study_settings(kind=[*KINDS], task=[*TASKS], seed=[*SEEDS]),
    ["kind", "task", "seed", "accuracy", "clips"],
)
def voice_training_cell(kind: str, task: str, seed: int) -> pd.DataFrame:
    """Train a network on spoken digits or on who speaks them, ask it about 160 words of sixteen
    other speakers, and ship it.
    """
    torch.set_num_threads(1)
    network, _ = train(kind, task, seed)
    clips = strange_voices(task)
    answers = network(as_values(kind, sounds(clips))).argmax(dim=1)
    accuracy = (answers == torch.tensor(clips.table["target"].to_list())).double().mean().item()
    name, metrics = network_name(kind, task, seed), {"test accuracy": round(accuracy, 4)}
    checkpoint.save(network, name, COMMAND, seed, metrics, CHECKPOINTS, half=True)
    return pd.DataFrame([{"accuracy": accuracy, "clips": len(clips)}])
