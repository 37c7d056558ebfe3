"""Faults of networks, each from a server on this machine or as libraries raise it: the reason that
is printed is the true one, with what to do.
"""

import shutil
import socket
import ssl
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pooch
import pytest
import requests

from audioxai_lite.datasets import archives, network
from audioxai_lite.datasets.sources import DownloadError

BODY = bytes(range(256)) * 2_000
AS_ME, NOWHERE, NAME = "me:secret@127.0.0.1", "nowhere.invalid", "localhost"
SETTINGS = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        kind = self.path.split("/")[1]
        if kind.isdigit():
            self.send_error(int(kind))
            return
        length = {"shorter": len(BODY) // 2, "longer": 2 * len(BODY)}.get(kind, len(BODY))
        self.send_response(302 if kind == "circle" else 200)
        if kind == "circle":
            self.send_header("Location", self.path)
        if kind == "packed":
            self.send_header("Content-Encoding", "gzip")
        if kind != "unknown":
            self.send_header("Content-Length", str(0 if kind == "circle" else length))
        self.end_headers()
        if kind == "reset":
            self.wfile.write(BODY[:100_000])
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.wfile.close()
            self.connection.close()
        elif kind == "page":
            self.wfile.write(b"\r\n<!DOCTYPE html><html>Welcome</html>".ljust(length))
        elif kind != "circle":
            self.wfile.write(BODY)

    def log_message(self, *_):
        pass


def serve(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def address():
    for server in serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler)):
        server.handle_error = lambda *_: None
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in (*SETTINGS, *map(str.lower, SETTINGS), "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def fault(address, folder) -> str:
    """What is said of a download that fails; it leaves nothing."""
    with pytest.raises(DownloadError) as caught:
        archives.fetch_archive(address, folder / "archives" / "a.wav", 0.5, progress=False)
    assert not list((folder / "archives").iterdir())
    said = str(caught.value)
    assert said.endswith("or set AUDIOXAI_MIRROR to a folder or an address that holds a.wav.")
    return said


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("403", "HTTP status 403: the server refuses it"),
        ("404", "HTTP status 404: there is no such file"),
        ("407", "HTTP status 407: the proxy asks for a name and a password"),
        ("429", "HTTP status 429: too many requests; wait"),
        ("500", "(HTTP status 500)"),
        ("503", "HTTP status 503: the server is overloaded"),
        ("circle", "it redirects in a circle"),
        ("longer", "the connection broke off"),
        ("reset", "the connection broke off"),
        ("packed", "what was sent is damaged"),
        ("page", "answered with a web page instead of a.wav"),
    ],
)
def test_what_a_server_does(address, tmp_path, kind, reason):
    assert reason in fault(f"{address}/{kind}/a.wav", tmp_path)


@pytest.mark.parametrize("kind", ["plain", "unknown"])
def test_an_unknown_length_is_no_fault(address, tmp_path, kind):
    archives.fetch_archive(f"{address}/{kind}/a.wav", tmp_path / "a.wav", 0.5, progress=False)
    assert (tmp_path / "a.wav").read_bytes() == BODY


def test_a_length_that_is_too_small_cuts_an_archive(address, tmp_path):
    with pytest.raises(DownloadError, match="no complete zip archive: the transfer was cut off"):
        archives.fetch_archive(f"{address}/shorter/a.zip", tmp_path / "a.zip", 0.5, progress=False)


def test_unknown_names_and_silent_ports(tmp_path):
    said = fault(f"https://{NOWHERE}/a.wav", tmp_path)
    assert NOWHERE in said and "its name is not known here" in said and "DNS" in said
    assert "(Connection refused)" in fault("http://127.0.0.1:9/a.wav", tmp_path)
    assert "could not be fetched" in fault(f"http://{'a' * 70}.invalid/a.wav", tmp_path)


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://127.0.0.1:9", ["the proxy http://127.0.0.1:9 cannot be used", "refused"]),
        ("127.0.0.1:9", ["the proxy", "127.0.0.1:9 cannot be used", "refused"]),
        ("proxy.invalid:8080", ["the proxy", "proxy.invalid:8080 cannot be used"]),
        (f"http://{AS_ME}:9", ["the proxy http://...@127.0.0.1:9 cannot be used"]),
        (f"http://{AS_ME}:99999", ["the proxy http://...@127.0.0.1:99999 cannot"]),
        ("ftp://127.0.0.1:9", ["the proxy ftp://127.0.0.1:9 cannot be used", "scheme ftp"]),
        ("http://", ["the proxy http:// cannot be used", "malformed"]),
        ("htp:/x:80", ["the proxy", "cannot be used", "malformed"]),
    ],
)
def test_a_proxy_that_cannot_be_used(monkeypatch, tmp_path, proxy, words):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    said = fault(f"https://{NOWHERE}/a.wav", tmp_path)
    assert all(word in said for word in [*words, "Correct HTTPS_PROXY"]), said
    assert "secret" not in said


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_socks_proxy_names_the_package_that_it_needs(monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, "socks5h://127.0.0.1:9")
    monkeypatch.setattr(  # as it is where PySocks is not installed
        requests.adapters,
        "SOCKSProxyManager",
        lambda *_, **__: (_ for _ in ()).throw(
            requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")
        ),
    )
    said = fault(f"https://{NOWHERE}/a.wav", tmp_path)
    assert "needs the package PySocks" in said and "pip install pysocks" in said


def test_a_password_in_the_address_of_a_mirror_is_not_printed(tmp_path):
    said = fault(f"http://{AS_ME}:9/a.wav", tmp_path)
    assert "http://...@127.0.0.1:9/a.wav" in said and "secret" not in said


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A server with a certificate that nobody has signed, and the file of it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate, and is not here")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out all.pem -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "all.pem", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    for each in serve(server):
        yield f"https://{NAME}:{each.server_port}/plain/a.wav", folder / "all.pem"


def test_a_certificate_that_nobody_has_signed(certified, monkeypatch, tmp_path):
    address, certificate = certified
    said = fault(address, tmp_path)
    assert "self-signed certificate" in said and "REQUESTS_CA_BUNDLE" in said and "clock" in said
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))  # the remedy
    archives.fetch_archive(address, tmp_path / "a.wav", 0.5, progress=False)
    assert (tmp_path / "a.wav").read_bytes() == BODY
    other_name = address.replace("localhost", "127.0.0.1")
    assert "IP address mismatch" in fault(other_name, tmp_path)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_certificates_that_is_none(address, monkeypatch, tmp_path, content):
    file = tmp_path / "certificates.pem"
    if content:
        file.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    said = fault(address.replace("http:", "https:") + "/plain/a.wav", tmp_path)
    assert "certificate" in said and "Correct REQUESTS_CA_BUNDLE" in said
    assert "AUDIOXAI_DATA" not in said  # nothing is wrong with the folder


def test_a_server_without_encryption(address, tmp_path):
    said = fault(address.replace("http:", "https:") + "/plain/a.wav", tmp_path)
    assert "no safe connection" in said


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests.exceptions.SSLError(ssl.SSLError(1, "wrong version number")), "no safe conn"),
        (requests.exceptions.ConnectTimeout(), "no answer in time"),
        (requests.exceptions.ReadTimeout("Read timed out."), "no answer in time"),
        (requests.exceptions.InvalidURL("Invalid URL 'x': No host supplied"), "No host supplied"),
        (ConnectionResetError(104, "Connection reset by peer"), "the connection broke off"),
        (TimeoutError("timed out"), "no answer in time"),
    ],
)
def test_faults_that_only_libraries_know(monkeypatch, tmp_path, error, reason):
    def fail(*_):
        raise error

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", fail)
    assert reason in fault(f"https://{NOWHERE}/a.wav", tmp_path)


def test_every_reason_is_of_one_line():
    error = requests.exceptions.ConnectionError("one\ntwo " * 100)
    reason, remedy = network.reason_and_remedy(error)
    assert "\n" not in reason and len(reason) < 300 and remedy
