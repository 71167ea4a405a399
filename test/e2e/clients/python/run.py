"""Runs every client against every provider, scenario by scenario, and prints one line of JSON an outcome.

Usage: `python run.py URL KEY PROVIDER…`; `-` for a provider calls models by their bare names. E2E_TLS_URL is the same
address behind TLS, for clients that send a bearer key over nothing else.
"""

import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")

from agents_clients import agents_clients
from anthropic_client import Messages
from aws_client import Converse
from client import PNG
from google_client import Gemini
from langchain_clients import langchain_clients
from litellm_clients import litellm_clients
from openai_clients import Chat, Responses

url, key, *providers = sys.argv[1:]
tls_url = os.environ["E2E_TLS_URL"]
clients = [
    Chat(url, key),
    Responses(url, key),
    Messages(url, key),
    Gemini(url, key),
    Converse(tls_url, key),
    *litellm_clients(url, key),
    *langchain_clients(url, tls_url, key),
    *agents_clients(url, key),
]


def same(found, wanted):
    return "" if found == wanted else f"{found!r} instead of {wanted!r}"


def failure(act, wanted):
    try:
        act()
    except Exception as error:
        return same(type(error).__name__, wanted)
    return "nothing was thrown"


SKY = ("The sky is blue.", 20, 9)
SCENARIOS = {
    "plain": lambda client, model: same(client.plain(model("plain")), SKY),
    "streamed": lambda client, model: same(client.streamed(model("plain")), SKY),
    "tool loop": lambda client, model: same(client.tools(model("weather")), "In Paris: sunny"),
    "parallel tools": lambda client, model: same(client.tools(model("parallel")), "Paris: sunny; Rome: rainy"),
    "picture": lambda client, model: same(
        client.picture(model("picture")), f"I see 1 image of {len(PNG)} characters."
    ),
    "structured": lambda client, model: same(client.structured(model("structured")), {"answer": 42}),
    "reasoning": lambda client, model: same(client.tools(model("thinker")), "signature kept"),
    "error 429": lambda client, model: failure(lambda: client.plain(model("limited")), client.limited),
    "error 404": lambda client, model: failure(lambda: client.plain(model("unheard-of")), client.missing),
}

# What stands before the scenario in a model's name; Bedrock's names say what a model can.
PREFIXES = {"-": "", "responses": "respond/", "bedrock": "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:"}


def model_at(provider, scenario):
    return PREFIXES.get(provider, f"{provider}/") + scenario


for client in clients:
    for provider in providers:
        for scenario, act in SCENARIOS.items():
            try:
                detail = act(client, lambda name: model_at(provider, name))
            except Exception as error:
                detail = f"{type(error).__name__}: {error}"[:400]
            outcome = {"client": client.name, "provider": provider, "scenario": scenario}
            print(json.dumps({**outcome, "ok": detail == "", "detail": detail}), flush=True)
