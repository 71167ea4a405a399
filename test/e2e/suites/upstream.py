"""A mock server: answers whatever its next reply is, and keeps what it was asked, byte by byte."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

# What says who connects and how, not what is asked; and what each side has of its own.
CONNECTION = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent"}
ABOUT_CALLER = ("authorization", "x-api-key", "x-stainless-")


class Reply(NamedTuple):
    status: int
    content_type: str
    body: bytes


class Asked(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Upstream:
    port: int
    listing: bytes
    """The reply to the gateway's own question for models."""
    path: str = ""
    """Only what is asked at a path that ends so is part of the test."""
    reply: Reply | None = None
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        path = urlsplit(asked.target).path
        if self.reply is not None and path.endswith(self.path):
            self.asked.append(asked)
            return self.reply
        if path.endswith("/models"):
            return Reply(200, "application/json", self.listing)
        self.asked.append(asked)
        return Reply(404, "application/json", b'{"error":{"message":"Nothing is here.","type":"not_found_error"}}')

    def take(self) -> list[Asked]:
        asked, self.asked = self.asked, []
        return asked

    def start(self) -> None:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def __getattr__(self, name: str):
                if name.startswith("do_"):
                    return self.serve
                raise AttributeError(name)

            def serve(self) -> None:
                body = self.read_body()
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, content_type, content = upstream.answer(canonical(self.command, self.path, headers, body))
                head = [f"HTTP/1.1 {status} Mock"]
                if status != 204:
                    head += [f"content-type: {content_type}", f"content-length: {len(content)}"]
                # One write: two would cost a delayed acknowledgement.
                self.wfile.write("\r\n".join([*head, "", ""]).encode() + (content if status != 204 else b""))

            def read_body(self) -> bytes:
                if "chunked" not in self.headers.get("transfer-encoding", ""):
                    return self.rfile.read(int(self.headers.get("content-length", 0)))
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()


def canonical(method: str, target: str, headers: dict[str, str], body: bytes) -> Asked:
    """The request without what differs from one time to the next: the boundary of a form, and who connects."""
    kept = {
        name: value
        for name, value in headers.items()
        if name not in CONNECTION and not name.startswith(ABOUT_CALLER)
    }
    boundary = re.search(r"boundary=\"?([^\";]+)", kept.get("content-type", ""))
    if boundary:
        kept["content-type"] = kept["content-type"].replace(boundary[1], "BOUNDARY")
        body = body.replace(boundary[1].encode(), b"BOUNDARY")
    return Asked(method, target, kept, body)


def difference(direct: list[Asked], through: list[Asked]) -> str:
    """How what the server was asked through the gateway differs from what it was asked directly; empty where it does not."""
    if len(direct) != len(through):
        return f"{len(direct)} requests directly, {len(through)} through the gateway"
    for one, other in zip(direct, through):
        for name in ("method", "target", "body"):
            if getattr(one, name) != getattr(other, name):
                return f"{name}: {getattr(one, name)!r:.600} became {getattr(other, name)!r:.600}"
        for name in sorted(set(one.headers) | set(other.headers)):
            if one.headers.get(name) != other.headers.get(name):
                return f"header {name}: {one.headers.get(name)!r} became {other.headers.get(name)!r}"
    return ""


def json_reply(value: object) -> Reply:
    return Reply(200, "application/json", json.dumps(value).encode())
