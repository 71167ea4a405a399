"""
A pytest plugin that runs each test of an SDK's own suite twice, directly against a mock server and through the gateway, and
writes one line of JSON a test and mount of the gateway: how it ended both ways, and how what the server was asked differs.

The mock server answers what the client's method promises to return, so that it needs no description of the API.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from typing import Any, get_args

import pytest
from samples import NONE, sample_of
from upstream import Reply, Upstream, difference, json_reply

package = os.environ["SUITE_PACKAGE"]
direct_url = os.environ["TEST_API_BASE_URL"]
gateway_urls: dict[str, str] = json.loads(os.environ["SUITE_GATEWAY_URLS"])
results = open(os.environ["SUITE_RESULTS"], "w", encoding="utf-8")
upstream = Upstream(port=int(os.environ["SUITE_PORT"]), listing=os.environ["SUITE_MODELS"].encode())


def event(value: Any) -> bytes:
    kind = value.get("type") if package == "anthropic" else None
    return (f"event: {kind}\n" if kind else "").encode() + f"data: {json.dumps(value)}\n\n".encode()


def reply_for(cast_to: Any, stream: bool, stream_cls: Any) -> Reply:
    if stream:
        told = sample_of(next(iter(get_args(stream_cls)), cast_to))
        return Reply(200, "text/event-stream; charset=utf-8", event(told) + b"data: [DONE]\n\n")
    if cast_to is NONE:
        return Reply(204, "", b"")
    if cast_to is str:
        return Reply(200, "text/plain; charset=utf-8", b"text")
    name = getattr(cast_to, "__name__", "")
    if "JSONL" in name or "JSONL" in str(getattr(cast_to, "__origin__", "")):
        line = json.dumps(sample_of(get_args(cast_to)[0])).encode()
        return Reply(200, "application/x-jsonl", line + b"\n" + line + b"\n")
    if "Binary" in name or name == "Response" and "httpx" in cast_to.__module__:
        return Reply(200, "application/octet-stream", bytes(range(256)))
    return json_reply(sample_of(cast_to))


class Route:
    """Stands where a test would have mocked a route, and gives the reply to the mock server instead."""

    def __init__(self, router: "Router") -> None:
        self.router = router

    def mock(self, *, return_value: Any) -> None:
        type_ = return_value.headers.get("content-type", "application/octet-stream")
        self.router.reply = Reply(return_value.status_code, type_, return_value.content)


class Router:
    reply: Reply | None = None

    def __getattr__(self, method: str):
        return lambda *_args, **_options: Route(self)


router = Router()


class Instead:
    @pytest.fixture
    def respx_mock(self):
        return router

    respx2_mock = respx_mock


def pytest_configure(config: pytest.Config) -> None:
    # Registered last, so that these fixtures win over the suite's own.
    config.pluginmanager.register(Instead(), "mocked-by-the-server")
    base = __import__(f"{package}._base_client", fromlist=["SyncAPIClient"]).SyncAPIClient
    request = base.request

    @functools.wraps(request)
    def watched(self, cast_to, options, *args, **kwargs):
        upstream.path = self._prepare_url(options.url).path.split("/v1", 1)[-1]
        upstream.reply = router.reply or reply_for(cast_to, kwargs.get("stream", False), kwargs.get("stream_cls"))
        return request(self, cast_to, options, *args, **kwargs)

    base.request = watched
    upstream.start()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = [item for item in items if "client" in getattr(item, "fixturenames", ()) and "strict" in item.name]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(wanted)])
    items[:] = wanted


def run(call: Any, client: Any, url: str) -> str:
    client.base_url = url
    router.reply = upstream.reply = None
    try:
        call()
        return "passed"
    except pytest.skip.Exception:
        return "skipped"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:600]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    client = given["client"]
    client.max_retries = 0
    call = functools.partial(pyfuncitem.obj, **given)
    direct, asked = run(call, client, direct_url), upstream.take()
    line = {"id": pyfuncitem.nodeid, "direct": direct, "requests": len(asked)}
    for mount, url in gateway_urls.items():
        through, passed_on = run(call, client, url), upstream.take()
        line |= {"mount": mount, "through": through, "difference": difference(asked, passed_on)}
        results.write(json.dumps(line) + "\n")
    return True


def pytest_sessionfinish() -> None:
    results.close()
    sys.stdout.flush()
