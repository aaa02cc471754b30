"""Tokens stay with the hub, redirects lead nowhere bad, proxies are used."""

from __future__ import annotations

import os

import httpx
import pytest
from fetching import NAME, OTHER, Fetching
from hub_server import Fault

from hrm.download.http import MAX_REDIRECTS, RetryPolicy, open_client, request, shown
from hrm.errors import NetworkError

pytest_plugins = ["fetch_fixtures"]


def test_the_token_goes_to_the_hub_alone(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret\n")
    fetching.hub.content_url = fetching.hub.url.replace("127.0.0.1", "localhost")
    fetching.but(url=f"{fetching.hub.url}/org/model/resolve/main/{NAME}")
    fetching.succeed()
    (to_hub,), (elsewhere,) = fetching.hub.requests("resolve"), fetching.hub.requests("content")
    assert to_hub["authorization"] == "Bearer hf_secret"
    assert "authorization" not in elsewhere
    assert elsewhere["host"].startswith("localhost")


def test_the_token_is_never_shown(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetching.but(url=f"{fetching.hub.url}/org/model/resolve/main/{NAME}")
    for status in (401, 403, 404, 418, 500):
        fetching.hub.always["resolve"] = Fault(status=status)
        error = fetching.fail()
        assert "hf_secret" not in error.message + error.hint + repr(error)
    fetching.hub.always = {"content": Fault(body=OTHER)}
    error = fetching.fail()
    assert "signature" not in error.message
    kept = [path.read_text() for path in fetching.partials.glob("*.json")]
    assert not any("secret" in text for text in kept)


def test_a_token_that_is_none_is_refused(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "two words")
    error = fetching.fail()
    assert "HF_TOKEN" in error.message
    assert "two words" not in error.message + error.hint


def follow(pages: dict[str, str], start: str) -> list[httpx.Request]:
    """Requests made from `start` on, where every page redirects as told, or is the end."""
    made = []

    def answer(asked: httpx.Request) -> httpx.Response:
        made.append(asked)
        location = pages.get(str(asked.url))
        return (
            httpx.Response(302, headers={"Location": location}) if location else httpx.Response(200)
        )

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as client,
        request(client, start, RetryPolicy()) as reply,
    ):
        assert reply.status == 200
    return made


HUB, MIRROR = "https://hub.example/f", "https://mirror.example/f"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example/")


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("url", "sent"),
    [
        (HUB, True),
        ("https://hub.example:443/f", True),
        (MIRROR, False),
        ("http://hub.example/f", False),
        ("https://hub.example:444/f", False),
        ("https://hub.example.evil.example/f", False),
        ("https://hub.example@evil.example/f", False),
    ],
)
def test_only_the_hub_itself_gets_the_token(url: str, sent: bool) -> None:
    (made,) = follow({}, url)
    assert ("hf_secret" in made.headers.get("authorization", "")) == sent


@pytest.mark.usefixtures("token")
def test_a_token_comes_back_with_the_hub() -> None:
    made = follow({HUB: MIRROR, MIRROR: "https://hub.example/g"}, HUB)
    assert ["authorization" in asked.headers for asked in made] == [True, False, True]


def test_a_token_does_not_travel_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example")
    (made,) = follow({}, "http://mirror.example/f")
    assert "authorization" not in made.headers


def test_https_does_not_become_http() -> None:
    with pytest.raises(NetworkError, match="which is not encrypted"):
        follow({HUB: "http://hub.example/f"}, HUB)


def test_redirects_may_be_relative_and_are_counted() -> None:
    pages = {f"https://a.example/{n}": f"/{n + 1}" for n in range(MAX_REDIRECTS)}
    assert len(follow(pages, "https://a.example/0")) == MAX_REDIRECTS + 1
    pages[f"https://a.example/{MAX_REDIRECTS}"] = "/end"
    with pytest.raises(NetworkError, match="redirects more than"):
        follow(pages, "https://a.example/0")


def test_addresses_are_shown_without_secrets() -> None:
    assert shown("https://user:pass@a.example/f?signature=x#y") == "https://a.example/f"
    assert shown("https://a.example:x/") == "the address"
    assert "\x1b" not in shown("https://a.example/\x1b[31m")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(NetworkError, match="proxy") as caught:
        open_client()
    assert "ALL_PROXY" in caught.value.hint


def test_a_proxy_is_used(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", fetching.hub.url)
    with open_client() as client, request(client, "http://far.example/", RetryPolicy()) as reply:
        assert reply.status == 404
    assert fetching.hub.seen[0][1]["host"] == "far.example"


def test_entries_of_no_proxy_that_httpx_refuses_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = "localhost,fd07:b51a:cc66:f0::/64, ::1,10.0.0.1,.example.org,a:b:c,*"
    monkeypatch.setenv("NO_PROXY", entries)
    monkeypatch.setenv("no_proxy", "b:c:d")
    open_client().close()
    assert os.environ["NO_PROXY"] == "localhost,::1,10.0.0.1,.example.org,*"
    assert os.environ["no_proxy"] == ""
