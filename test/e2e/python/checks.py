"""Runs the checks a script registers and prints one JSON line for each: {name, ok, detail}."""

import json
import os
import sys
import time
import traceback
import urllib.parse
import urllib.request

BASE_URL = os.environ["E2E_BASE_URL"]
KEY = os.environ["E2E_KEY"]
UPSTREAM = os.environ.get("E2E_UPSTREAM", "")
MODE = os.environ.get("E2E_MODE", "")
MAX_BODY_BYTES = int(os.environ.get("E2E_MAX_BODY_BYTES", "0"))
MAX_DEPTH = int(os.environ.get("E2E_MAX_DEPTH", "0"))

HELLO = [{"role": "user", "content": "hello there"}]

_checks = []


def check(name):
    """Registers a function without arguments; it fails by raising."""

    def register(function):
        _checks.append((name, function))
        return function

    return register


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


def true(value, what):
    if not value:
        raise AssertionError(f"not so: {what}")


def raised_by(kind, call):
    """The exception of that kind which the call must raise."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected, but there was a reply")


def received(model):
    """What the scripted upstream has received for a model, oldest first."""
    with urllib.request.urlopen(f"{UPSTREAM}/received?model={urllib.parse.quote(model)}", timeout=10) as reply:
        return json.load(reply)


def eventually(read, what):
    give_up_at = time.monotonic() + 15
    while time.monotonic() < give_up_at:
        value = read()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen: {what}")


def run():
    for name, function in _checks:
        try:
            function()
            line = {"name": name, "ok": True, "detail": ""}
        except Exception:  # a failed check is a line, whatever it raised
            line = {"name": name, "ok": False, "detail": traceback.format_exc(limit=-3)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
