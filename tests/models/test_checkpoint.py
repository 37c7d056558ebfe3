import hashlib
import json

import pytest
import torch
from support import cuts_and_flips

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


@pytest.fixture
def stored(tmp_path):
    checkpoint.save(torch.nn.Linear(2, 1), "small", "python train.py", 0, {"auc": 1.0}, tmp_path)
    return tmp_path


def refused(folder) -> str:
    with pytest.raises(checkpoint.CheckpointError) as caught:
        checkpoint.load(torch.nn.Linear(2, 1), "small", folder)
    assert "\n" not in str(caught.value) and "git checkout -- " in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b"null", b'"sha256"', b"{}", b'{"sha256": "0"}', b"\xff\xfe", bytes(300)],
)
def test_a_damaged_manifest_is_named(stored, manifest):
    (stored / "small.json").write_bytes(manifest)
    assert f"{stored / 'small.json'} is damaged" in refused(stored)


def test_every_cut_and_every_bit_of_weights_is_noticed(stored):
    file = stored / "small.safetensors"
    whole = file.read_bytes()
    for content in cuts_and_flips(whole):
        file.write_bytes(content)
        said = refused(stored)
        assert f"{file} is damaged" in said and "python train.py" in said


def test_what_is_not_there_or_holds_no_weights_is_named(stored):
    file = stored / "small.safetensors"
    manifest = json.loads((stored / "small.json").read_text())
    file.write_bytes(b"no weights")
    manifest["sha256"] = hashlib.sha256(b"no weights").hexdigest()
    (stored / "small.json").write_text(json.dumps(manifest))
    assert f"{file} holds no weights" in refused(stored)
    file.unlink()
    assert f"{file} is not there" in refused(stored)
    file.mkdir()
    assert f"{file} is not there" in refused(stored)
