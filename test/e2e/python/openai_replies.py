"""The openai package from PyPI: chat, streaming, structured output, embeddings, models, legacy completions."""

import base64
import json
import struct
from typing import List

from openai import OpenAI
from pydantic import BaseModel

from checks import BASE_URL, HELLO, KEY, MODE, check, equal, received, run, true

client = OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0)
MODEL = "local/scripted-chat"
TEXT = "You said: hello there"
USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}


def sent(model):
    return json.loads(received(model)[-1]["body"])


@check("chat: the reply")
def _():
    reply = client.chat.completions.create(model=MODEL, messages=HELLO)
    equal(reply.choices[0].message.content, TEXT)
    equal(reply.choices[0].finish_reason, "stop")
    equal(reply.usage.to_dict() | USAGE, reply.usage.to_dict())
    equal(reply.system_fingerprint, "fp_scripted")
    equal(reply.model_extra["x_vendor"], {"kept": True})


@check("chat: headers")
def _():
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=HELLO)
    true(raw.request_id, "a request id")
    equal(raw.headers["x-opengateway-mode"], MODE)
    equal(raw.headers["x-opengateway-provider"], "local")
    equal(raw.headers["x-opengateway-model"], "scripted-chat")
    equal(raw.headers["x-ratelimit-remaining-requests"], "59")


@check("chat: an alias and a provider's own name")
def _():
    for model in ("fast", "gpt-scripted-chat", "openai/gpt-scripted-chat"):
        reply = client.chat.completions.create(model=model, messages=HELLO)
        equal(reply.choices[0].message.content, TEXT)


@check("chat: unknown request fields reach the upstream")
def _():
    extra = {"x_vendor_option": {"deep": [1, {"2": "three"}]}}
    client.chat.completions.create(model="local/scripted-parallel", messages=HELLO, seed=7, extra_body=extra)
    equal(sent("scripted-parallel"), {"model": "scripted-parallel", "messages": HELLO, "seed": 7, **extra})


def chunks(**options):
    return list(client.chat.completions.create(model=MODEL, messages=HELLO, stream=True, **options))


@check("streaming: no usage chunk for who did not ask")
def _():
    for options in ({}, {"stream_options": {}}, {"stream_options": {"include_usage": False}}):
        got = chunks(**options)
        equal("".join(chunk.choices[0].delta.content or "" for chunk in got), TEXT)
        equal([chunk for chunk in got if chunk.usage], [])
        equal(got[-1].choices[0].finish_reason, "stop")


@check("streaming: one usage chunk for who asked")
def _():
    got = chunks(stream_options={"include_usage": True})
    equal([len(chunk.choices) for chunk in got if chunk.usage], [0])
    equal(got[-1].usage.to_dict() | USAGE, got[-1].usage.to_dict())


@check("streaming: the helper ends with the whole reply")
def _():
    with client.chat.completions.stream(model=MODEL, messages=HELLO) as stream:
        text = "".join(event.delta for event in stream if event.type == "content.delta")
        equal(text, TEXT)
        equal(stream.get_final_completion().choices[0].message.content, TEXT)


class District(BaseModel):
    name: str


class City(BaseModel):
    name: str
    population: int
    capital: bool
    districts: List[District]


CITY = City(name="Paris", population=42, capital=True, districts=[District(name="Paris")])


@check("structured output: parse")
def _():
    reply = client.chat.completions.parse(model=MODEL, messages=HELLO, response_format=City)
    equal(reply.choices[0].message.parsed, CITY)
    equal(sent("scripted-chat")["response_format"]["json_schema"]["name"], "City")


@check("structured output: streamed")
def _():
    with client.chat.completions.stream(model=MODEL, messages=HELLO, response_format=City) as stream:
        equal(stream.get_final_completion().choices[0].message.parsed, CITY)


VECTORS = [[(index + 1) / 8 - at / 4 for at in range(8)] for index in range(2)]


@check("embeddings: the default encoding is base64 on the way")
def _():
    reply = client.embeddings.create(model="local/scripted-embed", input=["one", "two"])
    equal([item.embedding for item in reply.data], VECTORS)
    equal(reply.usage.prompt_tokens, 6)
    equal(sent("scripted-embed")["encoding_format"], "base64")


@check("embeddings: float, and base64 by name")
def _():
    reply = client.embeddings.create(model="local/scripted-embed", input="one", encoding_format="float")
    equal(reply.data[0].embedding, VECTORS[0])
    reply = client.embeddings.create(model="local/scripted-embed", input="one", encoding_format="base64")
    equal(list(struct.unpack("<8f", base64.b64decode(reply.data[0].embedding))), VECTORS[0])


@check("models: list and retrieve")
def _():
    ids = [model.id for model in client.models.list()]
    true(MODEL in ids and "fast" in ids, f"the upstream's models and the aliases are listed: {ids}")
    for name in ids:
        equal(client.models.retrieve(name).id, name)


@check("legacy completions: whole and streamed")
def _():
    request = {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 3}
    reply = client.completions.create(**request)
    equal((reply.choices[0].text, reply.usage.total_tokens), ("and so on", 7))
    for options, counted in (({}, 0), ({"stream_options": {"include_usage": True}}, 1)):
        got = list(client.completions.create(**request, **options, stream=True))
        equal("".join(chunk.choices[0].text for chunk in got if chunk.choices), "and so on")
        equal(len([chunk for chunk in got if chunk.usage]), counted)


run()
