"""Programs killed at random moments (SIGKILL, the whole group of processes), and what is left of
their work. Usage: kills.py [--kills 50] [--seed 0] [NAME ...]

What was finished before a kill must still be there and be whole; nothing at a final name may be
half-written; and the run that is left alone in the end must give what a run gives that was never
killed.
"""

import argparse
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]
Found = dict[str, object]  # what is finished, by name
CONTENTS = {f"audio/{n}.bin": random.Random(n).randbytes(300_000) for n in range(5)}
NOTEBOOK = "time.sleep(0.2); print('done')"


@dataclass(frozen=True)
class Program:
    """One that is killed: in a child `begin` imports, and gives the work on a folder; `prepare`
    fills the folder before, and `finished` reads what is finished in it, or raises.
    """

    begin: Callable[[], Callable[[Path], object]]
    finished: Callable[[Path], Found]
    prepare: Callable[[Path], object] = lambda folder: None
    share: float = 0.1  # of all kills


def study():
    """Cells that give means and clips, in two processes."""
    import joblib

    from audioxai_lite.course import results, studies

    def work(folder: Path) -> None:
        studies.RESULTS = folder
        results.write_results.__defaults__ = (folder, None)
        results.write_clips.__defaults__ = (folder,)
        grid = studies.study_settings(size=list(range(1, 13)), name=["007", "NA"])
        columns = ["size", "name", "x"]
        declared = studies.Study(study_cell, grid, columns, None)
        studies.every_study = lambda: {"small": declared}
        with joblib.parallel_config("loky", n_jobs=2):
            studies.run_study("small", resume=True)

    return work


def study_cell(size, name):
    import pandas as pd

    time.sleep(0.05)
    table = pd.DataFrame({"clip": [None, "a", "b"], "x": [size / 3, size, 0.1]})
    return table.assign(code=name)


def finished_study(folder: Path) -> Found:
    found: Found = {}
    for note in folder.glob("small.unfinished/*.json"):
        content, record = note.with_suffix(".table").read_bytes(), json.loads(note.read_text())
        assert hashlib.sha256(content).hexdigest() == record["sha256"]
        found[note.stem] = content
    for cell in folder.glob("small.unfinished/*.table"):
        json.loads(cell.read_text())
    made, table, clips = (folder / f"small.{end}" for end in ("json", "csv", "clips.csv.gz"))
    if clips.exists():
        gzip.decompress(clips.read_bytes())
    if made.exists():  # is written last, and then the cells are cleared away
        assert json.loads(made.read_text())["duration_s"] >= 0
        found = {"table": table.read_text(), "clips": gzip.decompress(clips.read_bytes())}
    return found


def training():
    """A small network, with a checkpoint every epoch, whose weights are stored."""
    import torch

    from audioxai_lite.models import checkpoint, training

    def loss(model, x, y, generator):
        time.sleep(0.01)
        return (model(x) - y).square().mean()

    def work(folder: Path) -> None:
        torch.manual_seed(0)
        x = torch.randn(64, 200)
        model = torch.nn.Linear(200, 200)
        options = {"epochs": 30, "checkpoint": folder / "run.pt", "progress": False}
        training.fit(model, loss, (x, x), (x, x), **options)
        checkpoint.save(model, "net", "kills.py", 0, {}, folder)

    return work


def finished_training(folder: Path) -> Found:
    import torch

    from audioxai_lite.models import checkpoint

    if (folder / "net.json").exists():
        model = torch.nn.Linear(200, 200)
        checkpoint.load(model, "net", folder)  # raises where the two files do not fit
        return {"weights": [part.tolist() for part in model.state_dict().values()]}
    if not (folder / "run.pt").exists():
        return {}
    history = torch.load(folder / "run.pt", weights_only=True)["history"]
    return {f"epoch {row['epoch']}": row for row in history}


class SlowHandler(BaseHTTPRequestHandler):
    """Sends one archive, in small pieces."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(ARCHIVE)))
        self.end_headers()
        try:
            for start in range(0, len(ARCHIVE), 2**15):
                self.wfile.write(ARCHIVE[start : start + 2**15])
                time.sleep(0.01)
        except OSError:
            pass  # who asked was killed

    def log_message(self, *_):
        pass


def _archive() -> bytes:
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in CONTENTS.items():
                archive.writestr(f"repository/{name}", content)
        file.seek(0)
        return file.read()


ARCHIVE = _archive()


def download():
    """An archive from a slow server on this machine, checked and unpacked."""
    from audioxai_lite.datasets import download, sources

    def work(folder: Path) -> None:
        address = os.environ["KILLS_SERVER"]
        os.environ["AUDIOXAI_DATA"] = str(folder)
        sources.CHECKSUMS = folder.parent / "checksums"
        sources.CHECKSUMS.mkdir(exist_ok=True)
        lines = [f"sha256:{hashlib.sha256(c).hexdigest()} {name}" for name, c in CONTENTS.items()]
        (sources.CHECKSUMS / "tiny.txt").write_text("\n".join(lines) + "\n")
        files = {"tiny.zip": (f"{address}/tiny.zip", 1.5)}
        sources.SOURCES = {"tiny": sources.Source("what", "licence", "page", files, 1.5)}
        download.download("tiny", progress=False)

    return work


def finished_download(folder: Path) -> Found:
    found: Found = {}
    if (folder / "archives" / "tiny.zip").exists():
        assert (folder / "archives" / "tiny.zip").read_bytes() == ARCHIVE
        found["archive"] = True
    if (folder / "tiny").exists():
        for name, content in CONTENTS.items():
            assert (folder / "tiny" / name).read_bytes() == content
        found["data"] = True
    return found


def notebook():
    """What `make notebooks` does, on a short one."""
    from execute import execute

    return lambda folder: execute(folder / "00_short.ipynb")


def prepare_notebook(folder: Path) -> None:
    import nbformat

    cells = [nbformat.v4.new_code_cell(f"import time; {NOTEBOOK}", id=f"c{n}") for n in range(4)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "00_short.ipynb")


def finished_notebook(folder: Path) -> Found:
    cells = json.loads((folder / "00_short.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [bool(cell["outputs"]) for cell in cells]
    assert all(outputs) or not any(outputs)
    return {"notebook": cells} if all(outputs) else {}


def claims():
    """What `claims --write` does, over older pages."""
    from audioxai_lite.course.ledger import write_ledger

    return write_ledger


OLD = "as it was before\n"


def prepare_claims(folder: Path) -> None:
    for file in (ROOT / "notebooks").glob("*.ipynb"):
        (folder / file.name).symlink_to(file)
    for name in ("CLAIMS.md", "claims.csv", "claims.json"):
        (folder / name).write_text(OLD)


def finished_claims(folder: Path) -> Found:
    files = [*folder.glob("[cC]*.*"), *folder.glob("authors/*.md")]
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    return {name: text for name, text in texts.items() if text != OLD}


def explain():
    """Pages of three recordings, by the command."""
    from audioxai_lite.__main__ import explain

    def work(folder: Path) -> None:
        out, options = folder / "out", {"target": None, "seconds": 5.0, "jobs": 1, "demo": False}
        explain([folder], "kills:loudness", method="occlusion", out=out, **options)

    return work


def loudness():
    from audioxai_lite import AudioModel

    return AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=8_000)


def prepare_explain(folder: Path) -> None:
    import numpy as np
    import soundfile

    for number in range(3):
        noise = np.random.default_rng(number).normal(size=8_000) / 10
        soundfile.write(folder / f"{number}.wav", noise, 8_000)


def finished_explain(folder: Path) -> Found:
    found: Found = {}
    for page in folder.glob("out/*.html"):
        assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
        about = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
        found[page.name] = about | {"file": Path(about["file"]).name}
        assert page.with_suffix(".txt").read_text(encoding="utf-8").startswith(("0.", "1."))
    for file in folder.glob("out/*.json"):
        json.loads(file.read_text(encoding="utf-8"))
    return found


def reproduce():
    """A claim, recomputed; its notebook runs in a kernel."""
    from audioxai_lite.course.reproduce import reproduce

    def work(folder: Path) -> None:
        outcome = reproduce("posthoc-audio/istft-exact")
        assert outcome.status == 0, outcome

    return work


def finished_reproduce(folder: Path) -> Found:
    watched = [*(ROOT / "notebooks").glob("*"), *(ROOT / "data" / "results").glob("*")]
    return {file.name: file.stat().st_mtime_ns for file in watched}


def copy():
    """The copy of the course in which `reproduce --full` runs whole studies."""
    from audioxai_lite.course import reproduce

    def work(folder: Path) -> None:
        reproduce.ROOT, reproduce.AGAIN = folder / "course", folder / "again"
        reproduce._copy_course()

    return work


def prepare_copy(folder: Path) -> None:
    for name in ("audioxai_lite", "data"):
        for number in range(300):
            file = folder / "course" / name / str(number % 7) / f"{number}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(CONTENTS["audio/0.bin"][:20_000])


def finished_copy(folder: Path) -> Found:
    if not (folder / "again" / "data").exists():
        return {}
    sizes = [file.stat().st_size for file in (folder / "again" / "data").rglob("*.txt")]
    assert sizes == [20_000] * 300
    return {"data": True}


PROGRAMS = {
    "study": Program(study, finished_study, share=0.24),
    "training": Program(training, finished_training, share=0.2),
    "download": Program(download, finished_download, share=0.24),
    "notebook": Program(notebook, finished_notebook, prepare_notebook, 0.1),
    "claims": Program(claims, finished_claims, prepare_claims, 0.1),
    "explain": Program(explain, finished_explain, prepare_explain, 0.06),
    "reproduce": Program(reproduce, finished_reproduce, share=0.04),
    "copy": Program(copy, finished_copy, prepare_copy, 0.1),
}


def _start(name: str, folder: Path) -> subprocess.Popen:
    """A child that has imported what it needs, and begins to work."""
    command = [sys.executable, "-W", "ignore", __file__, "--child", name, str(folder)]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command, cwd=Path(__file__).parent, start_new_session=True, **quiet)
    child.stdout.readline()
    return child


def _fresh(name: str, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    PROGRAMS[name].prepare(folder)
    return folder


def _to_the_end(name: str, folder: Path) -> float:
    child, begun = _start(name, folder), time.monotonic()
    assert child.wait(timeout=300) == 0, f"{name}: stopped by itself, {child.returncode}"
    return time.monotonic() - begun


def killed(name: str, kills: int, moments: random.Random, place: Path) -> dict[str, int]:
    """Kill a program so many times, and look after each; what happened is counted."""
    finished = PROGRAMS[name].finished
    seconds = _to_the_end(name, _fresh(name, place / "whole"))
    whole = finished(place / "whole")
    folder, before = _fresh(name, place / "killed"), {}
    counts = {"kills": 0, "with work kept": 0, "ended before": 0, "temporary files left": 0}
    while counts["kills"] < kills:
        child = _start(name, folder)
        time.sleep(moments.uniform(0, seconds))
        ended = child.poll() is not None
        if not ended:
            os.killpg(child.pid, signal.SIGKILL)
            counts["kills"] += 1
        child.wait()
        after = finished(folder)
        lost = {part for part in before if after.get(part) != before[part]}
        assert not lost or after == whole, f"{name}: lost {lost}"
        before = after
        counts["with work kept"] += bool(after) and not ended
        counts["temporary files left"] += any(folder.rglob("*.partial")) and not ended
        if ended:
            assert child.returncode == 0 and after == whole, name
            counts["ended before"] += 1
            folder, before = _fresh(name, folder), {}
    _to_the_end(name, folder)
    assert finished(folder) == whole, f"{name}: the end is another than without kills"
    return counts


def main(names: list[str], kills: int, seed: int) -> int:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowHandler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["KILLS_SERVER"] = f"http://127.0.0.1:{server.server_port}"
    shares, total = {name: PROGRAMS[name].share for name in names}, 0
    for name in names:
        each = max(1, round(kills * shares[name] / sum(shares.values())))
        with tempfile.TemporaryDirectory() as place:
            counts = killed(name, each, random.Random(f"{seed} {name}"), Path(place))
        total += counts["kills"]
        print(f"{name}: " + ", ".join(f"{what} {n}" for what, n in counts.items()), flush=True)
    print(f"{total} kills, nothing lost, nothing half-written")
    server.shutdown()
    return total


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROGRAMS))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        work = PROGRAMS[chosen.names[0]].begin()
        print("begins", flush=True)
        work(Path(chosen.names[1]))
    else:
        print(f"seed {chosen.seed}")
        main(chosen.names or list(PROGRAMS), chosen.kills, chosen.seed)
