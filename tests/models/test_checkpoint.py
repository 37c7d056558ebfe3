import json

import pytest
import torch

from audioxai_lite.models import checkpoint
from audioxai_lite.models.autoencoder import Autoencoder, DenseAutoencoder

VALUES = 20 * torch.randn(3, 1, 64, 200, generator=torch.Generator().manual_seed(0)) - 30


@pytest.fixture(params=[Autoencoder, DenseAutoencoder])
def model(request):
    torch.manual_seed(0)
    return request.param()


def test_checkpoint_comes_back_with_its_story(tmp_path, model):
    model.fit_scale(VALUES)
    checkpoint.save(model, "first", "make it", 7, {"auc": 0.9}, tmp_path)
    checkpoint.save(model, "second", "make it too", 8, {}, tmp_path)
    fresh = type(model)()
    entry = checkpoint.load(fresh, "first", tmp_path)
    assert (
        torch.equal(fresh.reconstruct(VALUES), model.eval().reconstruct(VALUES))
        and not fresh.training
    )
    assert (entry["command"], entry["data_seed"], entry["metrics"]) == ("make it", 7, {"auc": 0.9})
    assert set(entry["versions"]) == {"audioxai_lite", "torch"}
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "first.json",
        "first.safetensors",
        "second.json",
        "second.safetensors",
    ]


def test_checkpoint_faults_are_told(tmp_path):
    model = Autoencoder()
    with pytest.raises(checkpoint.CheckpointError, match="not there"):
        checkpoint.load(model, "ae", tmp_path)
    checkpoint.save(model, "ae", "python train.py", 0, {}, tmp_path)
    with pytest.raises(checkpoint.CheckpointError, match="another model"):
        checkpoint.load(DenseAutoencoder(), "ae", tmp_path)
    file = tmp_path / "ae.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(checkpoint.CheckpointError, match="damaged.*python train.py"):
        checkpoint.load(model, "ae", tmp_path)
    (tmp_path / "ae.json").write_text("{")
    with pytest.raises(checkpoint.CheckpointError, match="ae.json is damaged. Fetch it again"):
        checkpoint.load(model, "ae", tmp_path)
    checkpoint.save(model, "ae", "python train.py", 0, {}, tmp_path)
    assert json.loads((tmp_path / "ae.json").read_text())["command"] == "python train.py"
