"""The anatomy that every notebook shares, guards against comparing nothing, and proof that claims
can turn red.
"""

import ast
import re
import subprocess
import sys

import nbformat
import papermill
import pytest
from support import ROOT

import audioxai_lite
from audioxai_lite.course.claims import RECORD, load_claims
from audioxai_lite.course.notebooks import cells_needed

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
CARD = ("Task", "Model", "Data", "Methods", "Runtime on 2 cores", "Needs")
HEADINGS = (
    "What you will be able to do",
    "Exercises",
    "Claims",
    "Limits",
    "What we have seen",
    "References",
)


@pytest.fixture(params=PATHS, ids=[path.stem for path in PATHS])
def path(request):
    return request.param


@pytest.fixture
def cells(path):
    return nbformat.read(path, as_version=4).cells


def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def tagged(cells, tag):
    return [cell for cell in cells if tag in cell.metadata.get("tags", [])]


def has_figure(cell):
    """Whether a cell's output holds a picture of any kind."""
    kinds = [kind for output in cell.get("outputs", []) for kind in output.get("data", {})]
    return any(kind.startswith("image/") for kind in kinds)


def section(cells, title):
    """The markdown under a heading, up to the next heading of the second level."""
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[
        1
    ]


def test_title_and_card(cells, path):
    assert cells[0].source.startswith(f"# {path.name[:2]} · ")
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|$", cells[0].source, re.MULTILINE)
    assert tuple(name for name, _ in rows) == CARD


def test_sections_in_order(cells):
    headings = [
        line[3:]
        for cell in cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    wanted = [heading for heading in HEADINGS if heading in headings]
    assert [heading for heading in headings if heading in HEADINGS] == wanted
    assert {*HEADINGS} - {*wanted} <= {"Exercises"}  # which may stand where their idea is
    assert headings[0] == HEADINGS[0] and headings[-1] == HEADINGS[-1]


def test_what_is_promised_is_what_has_been_seen(cells):
    promised = re.findall(
        r"^- \*\*(\w+)", section(cells, "What you will be able to do"), re.MULTILINE
    )
    seen = re.findall(r"^- You \*\*(\w+)", section(cells, "What we have seen"), re.MULTILINE)
    assert 3 <= len(promised) <= 5 and len(promised) == len(seen)
    for verb, past in zip(promised, seen, strict=True):
        assert past[:2].lower() == verb[:2].lower(), (verb, past)


def test_parameters_then_one_set_up_cell_then_no_other_imports(cells):
    first, second, *rest = code(cells)
    assert tagged([first], "parameters") and first.source.startswith('DATASET = "synthetic"')
    assert tagged([second], "setup") and "audioxai_lite.start(seed=" in second.source
    assert len(tagged(cells, "parameters")) == len(tagged(cells, "setup")) == 1
    for cell in rest:
        assert not re.search(r"^\s*(import|from) ", cell.source, re.MULTILINE), cell.source


def test_the_set_up_cell_imports_and_starts(cells):
    (cell,) = tagged(cells, "setup")
    *imports, start = ast.parse(cell.source).body
    assert all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in imports)
    assert ast.unparse(start).startswith("audioxai_lite.start(seed=0, DATASET=(DATASET, ")


@pytest.mark.parametrize("wrong", ["Synthetic", "synthetc", "fsdd", "machine", "", None, 1])
def test_what_a_parameter_cannot_be_is_refused_before_anything_runs(cells, wrong):
    """Every parameter, so that none goes on with something else than what was asked for."""
    (parameters,), (setup,) = (tagged(cells, name) for name in ("parameters", "setup"))
    *assigned, words = ast.parse(parameters.source).body
    assert "loads what is needed" in ast.unparse(words)
    names = [statement.targets[0].id for statement in assigned]
    assert "DATASET" in names
    for name in names:
        started = {"audioxai_lite": audioxai_lite}
        start = ast.unparse(ast.parse(setup.source).body[-1])
        exec(parameters.source, started)
        exec(start, started)
        started[name] = wrong
        with pytest.raises(ValueError, match=f"^{name} is .* in this notebook, not .*: set it in"):
            exec(start, started)


def test_papermill_is_told_too(tmp_path):
    with pytest.raises(papermill.PapermillExecutionError, match="'synthetic' or 'esc10'"):
        papermill.execute_notebook(
            ROOT / "notebooks" / "01_transforms_and_inversion.ipynb",
            tmp_path / "out.ipynb",
            {"DATASET": "fsdd"},
            progress_bar=False,
        )


def test_cells_are_short(cells):
    for cell in code(cells):
        if "setup" in cell.metadata.get("tags", []):
            continue
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= 15, cell.source
        assert max(map(len, lines)) <= 130, cell.source


def test_every_figure_is_followed_by_words(cells):
    """The strip of a claim has its card, and the rule above it."""
    for cell, following in zip(cells, cells[1:], strict=False):
        if "claim" in cell.metadata.get("tags", []):
            continue
        if has_figure(cell):
            assert following.cell_type == "markdown" and len(following.source) > 60, cell.source


def test_a_notebook_is_read_in_an_hour(cells):
    prose = "\n".join(cell.source for cell in cells[1:] if cell.cell_type == "markdown")
    prose = prose.partition("## References")[0]  # and without the card
    folded = r"<details>.*?</details>|\]\([^)]*\)"  # and addresses
    assert len(re.findall(r"\w+", re.sub(folded, "", prose, flags=re.DOTALL))) <= 4_000
    assert prose.count("**Quiz.**") >= 2


def test_every_figure_says_in_words_what_it_shows(cells):
    for cell in code(cells):
        if has_figure(cell):
            words = cell.metadata["mystnb"]["image"]["alt"]
            assert 50 <= len(words) <= 450 and words[-1] == ".", cell.source
            assert not re.match(r"(A|The) (figure|plot|chart) of ", words), words


def test_results_are_shown_and_not_printed(cells):
    """But a claim's line, which is compared, what exercises answer and what the doctors say."""
    for cell in code(cells):
        said = "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
        if tagged([cell], "claim") or re.search(r"check_|doctor|\.check\(", cell.source):
            continue
        assert not re.search(r"\b(True|False|dtype|NaN)\b", said), cell.source
        assert len(said.splitlines()) <= 5, cell.source
        html = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        assert "dataframe" not in html, cell.source


def test_the_site_is_one_step_away(cells, path):
    assert f"[the course's site](../site/{path.stem}.html)" in cells[0].source


def test_something_is_heard_and_explored(cells):
    assert any("### Listen" in cell.source for cell in cells)
    assert any(
        cell.source.lstrip().startswith("players.compare(") or "\nplayers.compare(" in cell.source
        for cell in code(cells)
    )
    assert "Without a running kernel" in section(cells, "Explore")


def test_exercises_are_complete(cells):
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    if "\n## Exercises\n" in text:
        text = section(cells, "Exercises")
    exercises = re.findall(r"\*\*Exercise \d+\.\d\*\* · [●○]{3} · \d+ min\.", text)
    checks = [cell for cell in code(cells) if "exercises.check_" in cell.source]
    assert 2 <= len(exercises) <= 4
    assert (
        len(exercises)
        == len(checks)
        == text.count("<summary>Hint</summary>")
        == text.count("<summary>Solution</summary>")
    )
    for cell in checks:
        assert "Not yet." in cell.outputs[0].data["text/plain"]


def test_claims_are_known_and_recorded(cells):
    claims = load_claims()
    for cell in code(cells):
        for name in re.findall(r'check_claim\("([^"]+)"', cell.source):
            assert name in claims
            assert tagged([cell], "claim")
            printed = [output.text for output in cell.outputs if output.get("name") == "stdout"]
            assert printed and printed[0].startswith(f"{name}: ")
            assert any(
                output.get("data", {}).get(RECORD, {}).get("id") == name for output in cell.outputs
            )


def test_every_claim_is_tested_in_its_notebook_or_says_why_not():
    for name, claim in load_claims().items():
        if "notebook" in claim:
            source = (ROOT / "notebooks" / f"{claim['notebook']}.ipynb").read_text(encoding="utf-8")
            assert f'check_claim(\\"{name}\\"' in source, name
        else:
            assert claim["untestable"]


def test_stored_run_is_whole_and_clean(cells, path):
    assert [cell.execution_count for cell in code(cells)] == list(range(1, len(code(cells)) + 1))
    assert all(output.output_type != "error" for cell in code(cells) for output in cell.outputs)
    ignored = tagged(cells, "nbval-ignore-output") + tagged(cells, "nbval-skip")
    assert len(ignored) <= 3  # timings, explorers and the doctor; what teaches is compared
    assert not [cell for cell in ignored if "check_" in cell.source]
    widgets = [cell for cell in code(cells) if "An explorer stands here" in str(cell.outputs)]
    assert all(
        cell in ignored for cell in widgets
    )  # a progress bar as a widget, say, never compares equal
    stored = path.read_text(encoding="utf-8")
    pictures = [
        len(data) * 3 // 4
        for cell in code(cells)
        for output in cell.outputs
        for kind, data in output.get("data", {}).items()
        if kind.startswith("image/")
    ]
    assert sum(pictures) <= 2_000_000
    assert "data:audio" not in stored and "widget-view" not in stored
    assert not re.search(r"/(work|root|tmp|home)/", stored)


WRONG_TRANSFORMS = """
from dataclasses import replace as _replace
from audioxai_lite.sound.spectrogram import PowerStft as _PowerStft, Spectrogram as _Spectrogram
_forward = _PowerStft.forward
def _rolled(self, waveform):
    spectrogram = _forward(self, waveform)
    return _replace(spectrogram, phase=spectrogram.phase.roll(1, dims=-1))
_PowerStft.forward = _rolled
_Spectrogram.masked = lambda self, mask: _replace(self, values=self.values * mask)
"""
WRONG_SCORES = """
_results, _score_clips = results, detection.score_clips
results = lambda name: _results(name).assign(auc=lambda table: -table["auc"])
detection.score_clips = lambda *inputs: -_score_clips(*inputs)
"""
WRONG_GRADIENTS = """
_saliency = attribution.saliency
attribution.saliency = lambda *inputs, **options: _saliency(*inputs, **options).roll(1, dims=-1)
"""
WRONG_MAPS = """
_results, _by_clip = results, results_by_clip
_wrong = {"checks": {"value": lambda t: 0.5 - t["value"]}}
results = lambda name: _results(name).assign(**_wrong.get(name, {}))
_less = {"inside, top 30%": lambda t: -t["inside, top 30%"]}
results_by_clip = lambda name: _by_clip(name).assign(**_less)
METHODS["saliency"] = METHODS["random"]
"""
WRONG_MASKS = """
_top_k, _tables = posthoc_audio.top_k, posthoc_audio.published_tables
posthoc_audio.top_k = masks.top_k
posthoc_audio.VARIANTS["top 50 %, positive"] = (
    "topK_50_pos", lambda attribution: masks.top_k(masks.positive_part(attribution), 0.5))
posthoc_audio.VARIANTS["sigmoid"] = ("sigmoid", lambda attribution: (1000 * attribution).sigmoid())
posthoc_audio.published_tables = lambda: _tables().assign(SPS=0.5)
"""
WRONG_METRICS = """
_results, _by_clip, _masks_by_clip = results, results_by_clip, posthoc_audio.masks_by_clip
_tables = posthoc_audio.published_tables
_predicted = predicted_classes
predicted_classes = lambda network, values: _predicted(network, values).roll(1)
_turned = {"AD": lambda t: 100 - t["AD"], "constant": 0.0,
           "AI": lambda t: 100 - t["AI"], "AG": lambda t: 100 - t["AG"],
           "AD over cells": lambda t: -t["AD over cells"],
           "AD over energy": lambda t: -t["AD over energy"]}
results = lambda name: _results(name).assign(**_turned)
results_by_clip = lambda name: _by_clip(name).assign(**_turned)
posthoc_audio.masks_by_clip = lambda *inputs: _masks_by_clip(*inputs).assign(
    **{name: lambda t, name=name: -t[name] for name in posthoc_audio.DIRECTIONS})
ranking.best = lambda table, *rest: ranking.overall(table, *rest[:1]).idxmin()
posthoc_audio.published_tables = lambda: _tables().assign(
    SPS=lambda t: np.linspace(0.01, 0.99, len(t)))
_apply_mask = masks.apply_mask
masks.apply_mask = lambda values, mask: _apply_mask(values, 1 - mask)
"""
WRONG_DETECTORS = """
from audioxai_lite.models.autoencoder import Autoencoder as _Autoencoder
_results = results
results = lambda name: _results(name).assign(value=lambda table: -table["value"])
_Autoencoder.reconstruct = lambda self, values, visible=None: values
"""
WRONG_REPAIRS = """
_results, _measures = results, counterfactuals.measures
results = lambda name: _results(name).assign(value=lambda table: (table["value"] - 0.6) ** 2)
counterfactuals.measures = lambda *inputs: {
    name: 0.9 - value for name, value in _measures(*inputs).items()}
counterfactuals.fine_variance = lambda values: values.std(dim=(1, 2, 3))
"""
WRONG_NOISE = """
_results, _by_clip, _mix = results, results_by_clip, levels.mix
ranking.best = lambda table, *rest: ranking.overall(table, *rest[:1]).idxmin()
_less = {"noisy_accuracy": {"accuracy": lambda t: 1 - t["accuracy"]},
         "noisy_detectors": {"value": lambda t: -t["value"]},
         "stability": {"overlap, equal": 0.3, "overlap, changed": 0.5},
         "convergence": {"overlap": 0.0},
         "robustness": {"equal": 0.5, "AD": lambda t: 100 - t["AD"],
                        "Fid-In": lambda t: 1 - t["Fid-In"]}}
results = lambda name: _results(name).assign(**_less.get(name, {}))
_noisy = lambda t: t["background"] != "clean"
_turned = {"AD": lambda t: t["AD"].where(~_noisy(t), 100 - t["AD"]),
           "overlap, equal": 0.3, "AD over cells": lambda t: -t["AD over cells"]}
_turned |= {x: lambda t, x=x: t[x].where(~_noisy(t), -t[x]) for x in ("FF", "AI", "AG", "Fid-In")}
results_by_clip = lambda name: _by_clip(name).assign(**_turned)
levels.mix = lambda waveform, noise, snr, rate: _mix(waveform, noise, -snr, rate)
stability.top_overlap = lambda first, second: 1 - (first - second).abs().mean(dim=(1, 2, 3))
"""
WRONG_ATTACKS = """
_results, _by_clip, _walks = results, results_by_clip, walks
_none = {"target": lambda t: t["own"] - 1, "to the mask": 5.0, "probability": 0.5}
_soft = {"right": lambda t: 1 - t["right"],
         "target": lambda t: t["target before"] + t["beta"] ** -1}
_soft |= {name: 0.5 for name in (f"agrees with SmoothGrad {sigma:g} dB" for sigma in SIGMAS)}
_less = {"manipulation": _none, "softened": _soft}
results_by_clip = lambda name: _by_clip(name).assign(**_less.get(name, {}))
walks = lambda betas: _walks(betas).assign(turned=lambda t: 100 * t["bound"] + 1)
"""
WRONG_VOICES = """
_by_clip, _inspected = results_by_clip, in_time_and_frequency
_less = {"removal": {"right at 10%": lambda t: 1 - t["right at 10%"]},
         "spoken_recordings": {"right": lambda t: 1 - t["right"]},
         "causes": {"LRP, ε": lambda t: -t["LRP, ε"]}}
results_by_clip = lambda name: _by_clip(name).assign(**_less.get(name, {}))
in_time_and_frequency = lambda *inputs: 2 * _inspected(*inputs)
removal.band_background = lambda values: values.flip(3)
"""
WRONG_FEATURES = """
_by_clip = results_by_clip
results_by_clip = lambda name: _by_clip(name).assign(area=lambda t: 1 - t["area"])
placements = lambda scores, labels: scores[labels == 0]
"""
WRONG_DECODERS = """
_by_clip, _trained = results_by_clip, train_masker
_turned = {name: lambda t, name=name: 100 - t[name] for name in ("AD", "AI")}
_turned |= {name: lambda t, name=name: -t[name] for name in ("nearer", "agrees", "named")}
results_by_clip = lambda name: _by_clip(name).assign(**_turned)
train_masker = lambda *inputs, **options: _trained(*inputs[:3], **options | {"epochs": 1})
"""
WRONG_PITCH = """
_results = results
results = lambda name: _results(name).assign(pYIN=0.0)
_hertz = networks.pitch_hertz
pitch.pitch_hertz = lambda: 2 ** (1 / 12) * _hertz()
pitch.HARMONICS = range(2, 7)
"""


MUTATIONS = [
    (
        "01_transforms_and_inversion",
        WRONG_TRANSFORMS,
        'claim\\("posthoc-audio/(istft|power|mask)',
        3,
    ),
    (
        "02_autoencoder_vs_masked_autoencoder",
        WRONG_SCORES,
        'claim\\("faithful-ad|areas computed again',
        3,
    ),
    ("03_attribution", WRONG_GRADIENTS, "the package's map and ", 4),
    ("04_checking_attributions", WRONG_MAPS, 'claim\\("posthoc|computed here', 4),
    ("05_masks", WRONG_MASKS, "check_claim\\(|half, positive = |the sigmoid of our map", 3),
    ("06_metrics", WRONG_METRICS, "check_claim\\(|seven = list|as in the study", 16),
    ("07_explaining_a_detector", WRONG_DETECTORS, "check_claim\\(", 4),
    ("08_counterfactuals", WRONG_REPAIRS, "check_claim\\(|usual_grain = |curve = pd|^asked = ", 11),
    ("09_noise_robustness", WRONG_NOISE, "check_claim\\(|for data in \\(|ours = |steps = \\[", 13),
    ("10_manipulated_explanations", WRONG_ATTACKS, "check_claim\\(|walked = walks", 8),
    (
        "11_waveforms_and_spectrograms",
        WRONG_VOICES,
        "check_claim\\(|the sum changes by|curves = \\{\\}, \\{\\}",
        6,
    ),
    ("12_compact_features", WRONG_FEATURES, "check_claim\\(|numbers a window", 5),
    ("13_learned_masks", WRONG_DECODERS, "check_claim\\(|after six epochs", 8),
    ("14_your_own_model", WRONG_PITCH, "check_claim\\(|again = pitch|crepe = networks", 3),
]
LONG = ("02", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13")


@pytest.mark.parametrize(
    ("stem", "mutation", "cells", "number"),
    [
        pytest.param(*case, marks=pytest.mark.slow if case[0].startswith(LONG) else ())
        for case in MUTATIONS
    ],
)
def test_a_wrong_package_turns_the_claims_red(tmp_path, stem, mutation, cells, number):
    """Shift the saved phase and multiply decibels; rank the wrong way round: the cells that would
    show it must fail. Only what these need is run.
    """
    if stem.startswith("14"):
        pytest.importorskip("torchcrepe")
    notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    tagged(notebook.cells, "setup")[0].source += mutation
    chosen = [cell for cell in code(notebook.cells) if re.search(cells, cell.source)]
    needed = {one.id for cell in chosen for one in cells_needed(notebook.cells, cell.id)}
    notebook.cells = [cell for cell in notebook.cells if cell.id in needed]
    expected = {f"Cell {notebook.cells.index(cell)}" for cell in chosen}
    assert len(expected) == number
    path = tmp_path / "mutated.ipynb"
    nbformat.write(notebook, path)
    options = ["-p", "conftest", "-c", "pyproject.toml", "-n0", "-q", "-rf"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, path], cwd=ROOT, capture_output=True, text=True
    )
    assert expected <= set(re.findall(r"^FAILED .*::(Cell \d+)", run.stdout, re.MULTILINE)), (
        run.stdout[-3000:]
    )


def test_storing_a_notebook_twice_changes_nothing(tmp_path):
    """Sound, times and widget ids go; figures and text stay; a cell whose output is not compared
    keeps what it had.
    """
    sources = [
        "from audioxai_lite.display import players\nimport ipywidgets, random, torch, sys",
        "players.compare({'a tone': torch.sin(torch.arange(8000) / 5)[None]}, 16_000)",
        "print('heard')",
        "print('to stderr', file=sys.stderr)",
        "ipywidgets.IntSlider()",
        "print(random.random())",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    for cell in notebook.cells[-2:]:
        cell.metadata["tags"] = ["nbval-ignore-output"]
    path = tmp_path / "small.ipynb"
    nbformat.write(notebook, path)
    stored = []
    for _ in range(2):
        subprocess.run(
            [sys.executable, ROOT / "notebooks" / "execute.py", path],
            check=True,
            capture_output=True,
        )
        stored.append(path.read_text(encoding="utf-8"))
    assert stored[0] == stored[1]
    assert (
        "data:audio" not in stored[0]
        and "widget-view" not in stored[0]
        and "to stderr'" in stored[0]
    )
    assert (
        "run this cell to listen" in stored[0]
        and '"heard\\n"' in stored[0]
        and "image/png" in stored[0]
    )
    assert "iopub" not in stored[0] and '"name": "stderr"' not in stored[0]
    assert [file.name for file in tmp_path.iterdir()] == ["small.ipynb"]
