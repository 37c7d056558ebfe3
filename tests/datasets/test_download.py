"""Fetching data sets, from a server on this machine that can be made to fail in every way a real
one does.
"""

import errno
import hashlib
import multiprocessing
import os
import platform
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pooch
import pytest

from audioxai_lite.datasets import archives, download, partials, sources
from audioxai_lite.datasets.download import DownloadError

CONTENTS = {f"audio/{number}.bin": random.Random(number).randbytes(60_000) for number in range(5)}


class Handler(BaseHTTPRequestHandler):
    """Sends `server.files`, in the manner of `server.manner`."""

    def do_GET(self):
        body = self.server.files.get(self.path)
        self.server.requests.append(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        if self.server.manner != "cut off, without length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.manner.startswith("cut off"):
            body = body[: len(body) // 2]
        if self.server.manner == "stall half-way":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.server.finished.wait(20)
            return
        if self.server.manner == "slow":
            half = len(body) // 2
            self.wfile.write(body[:half])
            self.wfile.flush()
            self.server.finished.wait(20)  # until all who fetch have begun
            self.wfile.write(body[half:])
            return
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.requests, server.manner, server.finished = (
        {},
        [],
        "whole",
        threading.Event(),
    )
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.finished.set()
    server.shutdown()
    thread.join()
    server.server_close()


def make_zip(path: Path, contents: dict[str, bytes]) -> bytes:
    """An archive like GitHub's: in a folder, under names of its own, with files that nobody asked
    for.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("repository-1234/README.md", "not listed")
        for number, content in enumerate(contents.values()):
            archive.writestr(f"repository-1234/other names/{number}", content)
    return path.read_bytes()


def write_checksums(
    folder: Path, name: str, contents: dict[str, bytes], algorithm: str = "sha256"
) -> None:
    folder.mkdir(exist_ok=True)
    lines = [
        f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()} {path}"
        for path, content in contents.items()
    ]
    (folder / f"{name}.txt").write_text("# a comment\n" + "\n".join(lines) + "\n")


@pytest.fixture
def tiny(server, tmp_path, monkeypatch):
    """A data set "tiny" in an archive and a data set "single" of one bare file, both on the server;
    the data folder.
    """
    data = tmp_path / "data"
    monkeypatch.setenv("AUDIOXAI_DATA", str(data))
    monkeypatch.delenv("AUDIOXAI_MIRROR", raising=False)
    monkeypatch.setattr(sources, "CHECKSUMS", tmp_path / "checksums")
    write_checksums(tmp_path / "checksums", "tiny", CONTENTS)
    write_checksums(tmp_path / "checksums", "single", {"a.wav": b"a sound"}, "md5")
    server.files = {
        "/tiny.zip": make_zip(tmp_path / "source.zip", CONTENTS),
        "/single/a.wav": b"a sound",
    }

    def source(file):
        return sources.Source(
            "what", "licence", "page", {file: (f"{server.address}/{file}", 0.3)}, 0.3
        )

    monkeypatch.setattr(
        sources, "SOURCES", {"tiny": source("tiny.zip"), "single": source("single/a.wav")}
    )
    return data


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def leftovers(data: Path) -> list[Path]:
    return list(data.rglob("*.partial"))


def test_fresh_download(server, tiny, capsys):
    assert download.download("tiny") == tiny / "tiny"
    assert files_in(tiny / "tiny") == CONTENTS
    assert (tiny / "archives" / "tiny.zip").read_bytes() == server.files["/tiny.zip"]
    assert not leftovers(tiny)
    assert download.folder("tiny") == tiny / "tiny"
    printed = capsys.readouterr()
    assert printed.out == "" and "tiny.zip" in printed.err


def test_progress_can_be_silenced(tiny, capsys):
    download.download("tiny", progress=False)
    assert capsys.readouterr().err == ""


def test_single_file(tiny):
    download.download("single", progress=False)
    assert files_in(tiny / "single") == {"a.wav": b"a sound"}
    assert files_in(tiny / "archives") == {"single/a.wav": b"a sound"}


def test_what_is_there_is_not_fetched_again(server, tiny):
    download.download("tiny", progress=False)
    download.download("tiny", progress=False)
    assert server.requests == ["/tiny.zip"]
    shutil.rmtree(tiny / "tiny")
    download.download("tiny", progress=False)  # from the archive that was kept
    assert server.requests == ["/tiny.zip"]
    assert files_in(tiny / "tiny") == CONTENTS


def test_damaged_data_set_is_repaired_and_other_files_in_it_are_left_alone(tiny):
    download.download("tiny", progress=False)
    (tiny / "tiny" / "audio" / "0.bin").write_bytes(b"altered")
    (tiny / "tiny" / "audio" / "1.bin").unlink()
    (tiny / "tiny" / "my notes.txt").write_bytes(b"mine")
    download.download("tiny", progress=False)
    assert files_in(tiny / "tiny") == {**CONTENTS, "my notes.txt": b"mine"}
    assert not leftovers(tiny)


def test_damaged_archive_is_fetched_anew_once(server, tiny):
    archive = tiny / "archives" / "tiny.zip"
    archive.parent.mkdir(parents=True)
    damaged = bytearray(server.files["/tiny.zip"])
    damaged[len(damaged) // 2] ^= 255
    archive.write_bytes(damaged)
    download.download("tiny", progress=False)
    assert server.requests == ["/tiny.zip"]
    assert files_in(tiny / "tiny") == CONTENTS

    shutil.rmtree(tiny)
    server.files["/tiny.zip"] = bytes(damaged)
    with pytest.raises(DownloadError, match="is damaged .*Start the download again"):
        download.download("tiny", progress=False)
    assert len(server.requests) == 2
    assert not files_in(tiny)


SCRIPT = """
import os, sys
from pathlib import Path
from audioxai_lite.datasets import download, sources
_, address, checksums, megabytes = sys.argv
sources.CHECKSUMS = Path(checksums)
size = float(megabytes)
files = {"tiny.zip": (address, size)}
sources.SOURCES = {"tiny": sources.Source("what", "licence", "page", files, size)}
try:
    download.download("tiny", progress=False)
except download.DownloadError as error:
    print(error)
print(sorted(str(path) for path in download.data_folder().rglob("*") if path.is_file()))
"""


def written(process, data: Path) -> Path:
    """The partial file of a process, once something is in it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for partial in (data / "archives").glob(f"*.{process.pid}-*.partial"):
            if partial.stat().st_size > 0:
                return partial
        time.sleep(0.02)
    raise AssertionError("it wrote nothing")


def test_killed_download_starts_afresh(server, tiny, tmp_path):
    server.manner = "stall half-way"
    command = [
        sys.executable,
        "-c",
        SCRIPT,
        f"{server.address}/tiny.zip",
        str(tmp_path / "checksums"),
        "0.3",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    partial = written(process, tiny)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # half of an archive, and not under its name
    assert [tiny / name for name in files_in(tiny)] == [partial] and partial.suffix == ".partial"
    assert 0 < partial.stat().st_size < len(server.files["/tiny.zip"])

    server.manner = "whole"
    download.download("tiny", progress=False)
    assert files_in(tiny / "tiny") == CONTENTS
    assert not leftovers(tiny)


def test_killed_unpacking_starts_afresh(tiny):
    (tiny / "tiny.partial" / "audio").mkdir(parents=True)
    (tiny / "tiny.partial" / "audio" / "0.bin").write_bytes(b"half")
    (tiny / "tiny.partial" / "stray").write_bytes(b"")
    long_ago = time.time() - partials.ABANDONED - 60
    for path in (tiny / "tiny.partial", *(tiny / "tiny.partial").iterdir()):
        os.utime(path, (long_ago, long_ago))
    download.download("tiny", progress=False)
    assert files_in(tiny / "tiny") == CONTENTS
    assert not leftovers(tiny)


def test_what_another_machine_is_writing_is_left_alone(tiny):
    others = [tiny / "archives" / "tiny.zip.1-ab@elsewhere.partial"]
    others += [tiny / "tiny.1-ab@elsewhere.partial" / "audio" / "0.bin"]
    for other in others:
        other.parent.mkdir(parents=True)
        other.write_bytes(b"half")
    download.download("tiny", progress=False)
    assert files_in(tiny / "tiny") == CONTENTS
    assert [other.read_bytes() for other in others] == [b"half", b"half"]


@pytest.mark.parametrize("fault", ["none", "one is killed", "a damaged archive lies there"])
def test_several_fetch_into_one_folder_at_once(server, tiny, fault):
    """All hold half a file at one moment; whoever is last writes nothing that is not whole."""
    server.manner = "slow"
    if fault == "a damaged archive lies there":
        (tiny / "archives").mkdir(parents=True)
        (tiny / "archives" / "tiny.zip").write_bytes(bytes(9_000))

    def fetch(names):
        for name in names:
            download.download(name, progress=False)

    fork = multiprocessing.get_context("fork")  # with the made-up data sets, and at once
    running = [fork.Process(target=fetch, args=(["tiny", "single"],)) for _ in range(5)]
    running += [fork.Process(target=fetch, args=(["single"],))]
    for process in running:
        process.start()
    for process in running[:5]:
        written(process, tiny)
    if fault == "one is killed":
        running[0].kill()
        running.pop(0).join()
    server.finished.set()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0] * len(running)
    assert files_in(tiny / "tiny") == CONTENTS
    assert files_in(tiny / "single") == {"a.wav": b"a sound"}
    whole = {"tiny.zip": server.files["/tiny.zip"], "single/a.wav": b"a sound"}
    assert whole.items() <= files_in(tiny / "archives").items()
    assert not leftovers(tiny)


def test_what_a_stopped_process_has_left_goes_even_where_all_is_there(tiny):
    download.download("tiny", progress=False)
    ended = multiprocessing.get_context("fork").Process(target=print)
    ended.start()
    ended.join()
    end = f"{ended.pid}-ab@{platform.node()}.partial"
    (tiny / "archives" / f"tiny.zip.{end}").write_bytes(b"half")
    (tiny / f"tiny.{end}" / "audio").mkdir(parents=True)
    download.download("tiny", progress=False)
    assert not leftovers(tiny)


@pytest.mark.parametrize("manner", ["cut off, with length", "cut off, without length"])
@pytest.mark.parametrize("name", ["tiny", "single"])
def test_transfer_cut_off(server, tiny, manner, name):
    server.manner = manner
    with pytest.raises(
        DownloadError, match="could not be fetched|no complete zip archive|absent or altered"
    ):
        download.download(name, progress=False)
    assert not files_in(tiny)
    server.manner = "whole"
    download.download(name, progress=False)


def test_login_page_instead_of_an_archive(server, tiny):
    server.files["/tiny.zip"] = b"<html>Welcome to the hotel</html>"
    with pytest.raises(DownloadError, match="a web page instead of tiny.zip.*Log in"):
        download.download("tiny", progress=False)
    assert not files_in(tiny)


def test_single_file_with_wrong_checksum(server, tiny):
    server.files["/single/a.wav"] = b"another sound"
    with pytest.raises(
        DownloadError, match=r"1 of 1 files are absent or altered .* a\.wav\. It was removed"
    ):
        download.download("single", progress=False)
    assert not files_in(tiny)


def test_archive_that_lacks_files(server, tiny, tmp_path):
    some = dict(list(CONTENTS.items())[:3])
    server.files["/tiny.zip"] = make_zip(tmp_path / "some.zip", some)
    with pytest.raises(DownloadError, match=r"2 of 5 files are absent or altered .*audio/3\.bin"):
        download.download("tiny", progress=False)
    assert not files_in(tiny)


LINK = zipfile.ZipInfo("repository-1234/link")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "member",
    [
        "../outside",
        "folder/../../outside",
        "/outside",
        "C:\\outside",
        "..\\outside",
        "\\\\host\\share\\a",
        LINK,
    ],
    ids=str,
)
def test_unsafe_archive_is_refused_whole(server, tiny, tmp_path, member):
    make_zip(tmp_path / "unsafe.zip", CONTENTS)
    with zipfile.ZipFile(tmp_path / "unsafe.zip", "a") as archive:
        archive.writestr(member, CONTENTS["audio/0.bin"])
    server.files["/tiny.zip"] = (tmp_path / "unsafe.zip").read_bytes()
    before = set(tmp_path.rglob("*")) | {tiny, tiny / "archives"}
    with pytest.raises(
        DownloadError, match="was refused and removed: .* is a link or points outside"
    ):
        download.download("tiny", progress=False)
    assert set(tmp_path.rglob("*")) == before


def test_large_members_are_not_unpacked(server, tiny, tmp_path, monkeypatch):
    make_zip(tmp_path / "bomb.zip", CONTENTS)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(archives.LARGEST_FILE + 1))
    server.files["/tiny.zip"] = (tmp_path / "bomb.zip").read_bytes()
    read = []
    original = zipfile.ZipFile.read
    monkeypatch.setattr(
        zipfile.ZipFile, "read", lambda *args: read.append(args[1].filename) or original(*args)
    )
    download.download("tiny", progress=False)
    assert len(read) == 6 and "bomb" not in read


def test_missing_server(tiny, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_MIRROR", "http://127.0.0.1:9")
    with pytest.raises(
        DownloadError,
        match=r"9/tiny.zip could not be fetched \(Connection refused\).*AUDIOXAI_MIRROR",
    ):
        download.download("tiny", progress=False)
    assert not files_in(tiny)


def test_missing_page(server, tiny):
    del server.files["/tiny.zip"]
    with pytest.raises(DownloadError, match="HTTP status 404"):
        download.download("tiny", progress=False)


def test_silent_server(server, tiny, monkeypatch):
    server.manner = "stall half-way"
    monkeypatch.setattr(archives, "TIMEOUT", 0.3)
    start = time.monotonic()
    with pytest.raises(DownloadError, match=r"could not be fetched \(no answer in time"):
        download.download("tiny", progress=False)
    assert time.monotonic() - start < 10  # the server itself would hang up after 20 s
    assert not files_in(tiny)


@pytest.mark.parametrize("name", ["tiny", "single"])
@pytest.mark.parametrize("kind", ["folder", "address"])
def test_archives_of_one_machine_are_the_mirror_of_another(
    server, tiny, tmp_path, monkeypatch, kind, name
):
    download.download(name, progress=False)
    archives = tmp_path / "first machine"
    (tiny / "archives").rename(archives)
    server.files = {f"/mirror/{path}": content for path, content in files_in(archives).items()}
    server.requests.clear()
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path / "second machine"))
    monkeypatch.setenv(
        "AUDIOXAI_MIRROR", str(archives) if kind == "folder" else f"{server.address}/mirror/"
    )
    first = files_in(tiny / name)
    assert files_in(download.download(name, progress=False)) == first
    assert len(server.requests) == (0 if kind == "folder" else 1)
    assert not leftovers(tmp_path)


def test_mirror_folder_without_the_archive(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_MIRROR", str(tmp_path / "empty"))
    with pytest.raises(DownloadError, match=r"empty holds no tiny\.zip"):
        download.download("tiny", progress=False)


def full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_too_little_space_is_noticed_before_the_download(server, tiny, monkeypatch):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: SimpleNamespace(free=500_000))
    with pytest.raises(DownloadError, match=r"full; 1 MB are needed\. .*AUDIOXAI_DATA"):
        download.download("tiny", progress=False)
    assert server.requests == []


def test_disk_full_while_downloading(tiny, monkeypatch):
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", full)
    with pytest.raises(DownloadError, match="is full; 1 MB are needed"):
        download.download("tiny", progress=False)
    assert not files_in(tiny)


def test_disk_full_while_unpacking(server, tiny, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(DownloadError, match="is full; 0 MB are needed"):
            download.download("tiny", progress=False)
    assert list(files_in(tiny)) == [
        "archives/tiny.zip"
    ]  # the archive is whole: keep it for the next try
    assert not leftovers(tiny)
    download.download("tiny", progress=False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("stage", ["downloading", "unpacking"])
def test_truly_full_disk(tiny, server, tmp_path, stage):
    """On a disk of 256 kB: an archive that does not fit, and one that fits but unpacks to more."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=256k none '{disk}'"
    in_namespace = ["unshare", "-rm", "sh", "-c"]
    can_mount = shutil.which("unshare") and subprocess.run(
        [*in_namespace, mount], capture_output=True, check=False
    )
    if not can_mount or can_mount.returncode:
        pytest.skip("this machine does not allow a small disk to be mounted")
    if stage == "unpacking":
        repetitive = {f"{number}.bin": bytes([number]) * 100_000 for number in range(4)}
        write_checksums(tmp_path / "checksums", "tiny", repetitive)
        server.files["/tiny.zip"] = make_zip(tmp_path / "dense.zip", repetitive)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    arguments = f"'{server.address}/tiny.zip' '{tmp_path / 'checksums'}' 0.00001"
    command = f"{mount} && AUDIOXAI_DATA='{disk}' '{sys.executable}' '{script}' {arguments}"
    result = subprocess.run([*in_namespace, command], capture_output=True, text=True, check=True)
    message, left = result.stdout.splitlines()
    assert f"the disk that holds {disk} is full" in message
    assert left == ("[]" if stage == "downloading" else f"['{disk}/archives/tiny.zip']")


def test_data_folder_that_cannot_be_used(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(DownloadError, match="cannot be used .*Set AUDIOXAI_DATA"):
        download.download("tiny", progress=False)


def test_where_data_sets_live(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    assert download.data_folder() == tmp_path
    monkeypatch.delenv("AUDIOXAI_DATA")
    assert download.data_folder() == Path(__file__).parents[2] / "data" / "downloads"
    monkeypatch.setattr(
        download, "__file__", str(tmp_path / "site-packages/audioxai_lite/datasets/download.py")
    )
    assert download.data_folder() == Path(pooch.os_cache("audioxai_lite"))


@pytest.mark.parametrize("blank", ["", " ", "\t ", '""', "' '"])
@pytest.mark.parametrize("name", ["AUDIOXAI_DATA", "AUDIOXAI_MIRROR"])
def test_a_blank_variable_is_as_if_unset(tiny, monkeypatch, name, blank):
    monkeypatch.delenv(name, raising=False)
    unset = download.data_folder()
    monkeypatch.setenv(name, blank)
    assert download.data_folder() == unset
    if name == "AUDIOXAI_MIRROR":
        assert files_in(download.download("tiny", progress=False)) == CONTENTS


@pytest.mark.parametrize(
    ("said", "meant"),
    [("~/data", "HOME/data"), ('"~/my data"', "HOME/my data"), (" 'HOME/a' ", "HOME/a")]
    + [("~nobody-here/a", "CWD/~nobody-here/a"), ("a b", "CWD/a b"), ("HOME/it's", "HOME/it's")],
)
def test_home_folders_and_quotes_in_a_variable(monkeypatch, tmp_path, said, meant):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    places = {"HOME": str(tmp_path), "CWD": str(tmp_path)}
    for word, place in places.items():
        said, meant = said.replace(word, place), meant.replace(word, place)
    monkeypatch.setenv("AUDIOXAI_DATA", said)
    assert download.data_folder() == Path(meant)


def test_a_mirror_in_the_home_folder_and_one_in_capitals(server, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "tiny.zip").write_bytes(server.files["/tiny.zip"])
    monkeypatch.setenv("AUDIOXAI_MIRROR", "'~/stick'")
    assert files_in(download.download("tiny", progress=False)) == CONTENTS
    assert server.requests == []
    shutil.rmtree(tiny)
    monkeypatch.setenv("AUDIOXAI_MIRROR", server.address.replace("http", "HTTP"))
    assert files_in(download.download("tiny", progress=False)) == CONTENTS
    assert server.requests == ["/tiny.zip"]


def test_a_mirror_that_cannot_be_read_is_named(tiny, tmp_path, monkeypatch):
    mirror = tmp_path / "stick"
    (mirror / "single").mkdir(parents=True)
    (mirror / "single" / "a.wav").write_bytes(b"a sound")
    monkeypatch.setenv("AUDIOXAI_MIRROR", str(mirror))
    whole = open

    def broken(file, *rest):
        if str(file).startswith(str(mirror)):
            raise OSError(errno.EIO, "Input/output error", str(file))
        return whole(file, *rest)

    monkeypatch.setattr("builtins.open", broken)
    with pytest.raises(DownloadError, match=r"a\.wav could not be fetched \(Input/output error\)"):
        download.download("single", progress=False)


@pytest.mark.parametrize("damage", ["emptied", "cut off", "a bit is another", "gone"])
def test_a_damaged_list_of_checksums_is_named(tmp_path, monkeypatch, damage):
    """Or all of a data set would be fetched again, and an intact archive removed."""
    content = bytearray((sources.CHECKSUMS / "noises.txt").read_bytes())
    lines = bytes(content).splitlines(keepends=True)
    content[-30] ^= 1
    monkeypatch.setattr(sources, "CHECKSUMS", tmp_path)
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("AUDIOXAI_MIRROR", "http://127.0.0.1:9")
    file = tmp_path / "noises.txt"
    damaged = {"emptied": b"", "cut off": b"".join(lines[:-1]), "a bit is another": content}
    if damage != "gone":
        file.write_bytes(damaged[damage])
    with pytest.raises(DownloadError, match=r"noises\.txt is absent or damaged.*git checkout -- "):
        download.download("noises", progress=False)
    file.write_bytes(b"".join(lines).replace(b"\n", b"\r\n"))  # as a clone on Windows has it
    assert len(sources.checksums("noises")) == 3


def test_absent_and_unknown_data_sets(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    with pytest.raises(
        DownloadError, match=r"`python -m audioxai_lite download esc10`, or set AUDIOXAI_DATA"
    ):
        download.folder("esc10")
    with pytest.raises(
        DownloadError, match="no data set 'esc11' to download; there are esc10, esc50, fsdd, noises"
    ):
        download.download("esc11")
    with pytest.raises(DownloadError, match="nothing to download"):
        download.download("machine")


def test_available(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    (tmp_path / "fsdd").mkdir()
    table = download.available_datasets().set_index("name")
    assert list(table.index) == ["machine", "environment", "esc10", "esc50", "fsdd", "noises"]
    assert list(table.index[table["present"]]) == ["machine", "environment", "fsdd"]
    assert table.loc["esc50", "licence"] == "CC BY-NC 3.0" and table.loc["esc50", "megabytes"] > 800


@pytest.mark.parametrize(
    ("name", "count"), [("esc10", 400), ("esc50", 2000), ("fsdd", 3000), ("noises", 3)]
)
def test_checksums_are_complete_and_tell_every_file_apart(name, count):
    listed = sources.checksums(name)
    assert len(listed) == len(set(listed.values())) == count
    assert len({checksum.split(":")[0] for checksum in listed.values()}) == 1


def test_table_from_the_names_is_esc50s_own_to_the_byte():
    names = [Path(path).name for path in sources.checksums("esc50")]
    text = sources.esc_table(names).to_csv(index=False, lineterminator="\n")
    # of meta/esc50.csv, from the same published index as the checksums of the clips
    assert hashlib.md5(text.encode()).hexdigest() == "54a0d0055a10bb7df84ad340a148722e"


@pytest.mark.parametrize("name", ["esc10", "fsdd", "noises"])
def test_real_data_sets_are_recognised(shared_data, monkeypatch, name):
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    monkeypatch.setenv("AUDIOXAI_MIRROR", "http://127.0.0.1:9")  # nothing may be fetched
    assert download.download(name) == shared_data / name


def test_esc10_from_an_archive_with_other_names(shared_data, tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("AUDIOXAI_MIRROR", str(tmp_path))
    with zipfile.ZipFile(tmp_path / "esc10.zip", "w") as archive:
        for number, file in enumerate(sorted((shared_data / "esc10" / "audio").iterdir())):
            archive.write(file, f"ESC-10-1234/{number % 10:03d} - class/{number}.ogg")
    written = download.download("esc10", progress=False)
    assert {path.name for path in written.iterdir()} == {"audio", "meta"}
    assert files_in(written / "audio") == files_in(shared_data / "esc10" / "audio")
    ours, theirs = (
        pd.read_csv(folder / "meta" / "esc50.csv") for folder in (written, shared_data / "esc10")
    )
    pd.testing.assert_frame_equal(ours, theirs)


def test_esc50_samples_are_listed(shared_data):
    """The six clips' names in ESC-50 are those that the README of exile8/audio-xai gives."""
    listed = sources.checksums("esc50")
    named = {"car_horn": "2-100648-A-43", "clapping": "2-76408-D-22", "crow": "1-56234-A-9"}
    named |= {"dog": "3-157695-A-0", "sea_waves": "4-182613-A-11", "cat": "5-177614-A-5"}
    for name, clip in named.items():
        content = (shared_data / "esc50_samples" / f"{name}.wav").read_bytes()
        assert listed[f"audio/{clip}.wav"] == f"md5:{hashlib.md5(content).hexdigest()}"
