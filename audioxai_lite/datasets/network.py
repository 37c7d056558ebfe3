"""Why something could not be fetched, in plain words, and what to do about it."""

import re
from urllib.request import getproxies

from requests import exceptions

STATUS = {
    401: "a name and a password are asked for",
    403: "the server refuses it; some networks block addresses",
    404: "there is no such file",
    407: "the proxy asks for a name and a password, "
    "which HTTPS_PROXY may hold (name:password@host:port)",
    429: "too many requests; wait some minutes",
    503: "the server is overloaded or under repair; wait some minutes",
}
CERTIFICATES = "let REQUESTS_CA_BUNDLE name the file of certificates that your network gives out"
PROXY = "Correct HTTPS_PROXY or HTTP_PROXY (http://host:port), or unset it"


def reason_and_remedy(error: Exception) -> tuple[str, str]:
    """Why a request failed, and a sentence about what to do.

    Examples
    --------
    >>> reason_and_remedy(exceptions.TooManyRedirects("Exceeded 30 redirects."))[0]
    'it redirects in a circle'
    """
    text = _innermost(error)
    response = getattr(error, "response", None)
    if isinstance(error, exceptions.TooManyRedirects):
        return "it redirects in a circle", "A login page of the network may do so: log in"
    if response is not None:
        status = response.status_code
        said = f": {STATUS[status]}" if status in STATUS else ""
        return f"HTTP status {status}{said}", "Check the network and start again"
    if "SOCKS support" in text:
        return (
            "the proxy is a SOCKS proxy, which needs the package PySocks",
            "`python -m pip install pysocks`, and start again",
        )
    if _of_proxy(error, text):
        return f"the proxy {_proxies()}cannot be used: {text}", PROXY
    if "CA certificate bundle" in text or "NO_CERTIFICATE" in text:
        return f"no certificates there: {text}", "Correct REQUESTS_CA_BUNDLE, or unset it"
    if isinstance(error, exceptions.SSLError):
        return f"no safe connection: {text}", f"Check the clock of this machine, or {CERTIFICATES}"
    if "resolve" in text or "Name or service" in text or "getaddrinfo" in text:
        return f"its name is not known here: {text}", "Check the network (DNS) and start again"
    if isinstance(error, exceptions.Timeout | TimeoutError) or "timed out" in text:
        text = f"no answer in time: {text}"
    elif isinstance(error, exceptions.ChunkedEncodingError | ConnectionResetError):
        text = f"the connection broke off: {text}"
    elif isinstance(error, exceptions.ContentDecodingError):
        text = f"what was sent is damaged: {text}"
    return text, "Check the network and start again"


def without_password(text: str) -> str:
    """Text with addresses, but not the names and passwords in them.

    Examples
    --------
    >>> without_password("//me:secret@127.0.0.1:8080 does not answer")
    '//...@127.0.0.1:8080 does not answer'
    """
    return re.sub(r"//[^/\s]*@", "//...@", text)


def _of_proxy(error: Exception, text: str) -> bool:
    named = isinstance(error, exceptions.ProxyError | exceptions.InvalidProxyURL)
    # Other faults of an address are those of a proxy where one is set: ours are in order.
    return named or "roxy" in text or bool(isinstance(error, exceptions.InvalidURL) and _proxies())


def _proxies() -> str:
    found = {without_password(url) for name, url in getproxies().items() if name != "no"}
    return f"{' or '.join(sorted(found))} " if found else ""


def _innermost(error: BaseException) -> str:
    """What the first of all errors said: those around it repeat it with addresses."""
    seen = {id(error)}
    while (cause := _cause(error)) is not None and id(cause) not in seen:
        seen.add(id(cause))
        error = cause
    text = getattr(error, "verify_message", None) or getattr(error, "strerror", None) or str(error)
    words = " ".join(without_password(str(text)).split()).rstrip(".")
    return words[:200] or type(error).__name__


def _cause(error: BaseException) -> BaseException | None:
    within = [getattr(error, "reason", None), *reversed(error.args)]
    errors = [each for each in within if isinstance(each, BaseException)]
    return errors[0] if errors else error.__cause__ or error.__context__
