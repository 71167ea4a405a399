"""The openai package from PyPI: the typed exception for each refusal, the gateway's own and the upstream's."""

import json

import openai
from openai import OpenAI

from checks import BASE_URL, HELLO, KEY, MAX_BODY_BYTES, MAX_DEPTH, check, equal, raised_by, received, run, true

client = OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0)
MODEL = "local/scripted-chat"
JSON = {"headers": {"content-type": "application/json"}}


def post(path, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda: client.post(path, cast_to=object, content=content, options=JSON)


def chat(**body):
    return post("/chat/completions", {"model": MODEL, "messages": HELLO, **body})


def asking(model, **options):
    return lambda: client.chat.completions.create(model=model, messages=HELLO, **options)


def nested(depth):
    return json.loads("[" * depth + "]" * depth)


WRONG = "sk-not-a-key-of-this-gateway"
OWN = [
    ("bad JSON", post("/chat/completions", b'{"model":'), openai.BadRequestError, 400, "invalid_json", None),
    ("wrong type", chat(messages="hello"), openai.BadRequestError, 400, "invalid_type", "messages"),
    (
        "missing model",
        post("/chat/completions", {"messages": HELLO}),
        openai.BadRequestError,
        400,
        "missing_required_parameter",
        "model",
    ),
    ("unknown model", asking("no-such-model"), openai.NotFoundError, 404, "model_not_found", "model"),
    (
        "wrong key",
        lambda: client.with_options(api_key=WRONG).models.list(),
        openai.AuthenticationError,
        401,
        "invalid_api_key",
        None,
    ),
    (
        "duplicate credentials",
        asking(MODEL, extra_headers={"x-api-key": WRONG}),
        openai.BadRequestError,
        400,
        "duplicate_credentials",
        None,
    ),
    ("body too large", chat(user="x" * MAX_BODY_BYTES), openai.APIStatusError, 413, "request_too_large", None),
    ("body too deep", chat(metadata=nested(MAX_DEPTH + 1)), openai.BadRequestError, 400, "request_too_deep", None),
    ("unreachable", asking("nobody/home"), openai.InternalServerError, 502, "upstream_unreachable", None),
    ("unreachable, streamed", asking("nobody/home", stream=True), openai.InternalServerError, 502, "upstream_unreachable", None),
    ("malformed reply", asking("local/scripted-malformed"), openai.InternalServerError, 502, "upstream_malformed", None),
    ("credential refused", asking("gpt-scripted-401"), openai.InternalServerError, 502, "upstream_auth_failed", None),
    ("no first byte", asking("local/scripted-stall"), openai.InternalServerError, 504, "upstream_timeout", None),
    ("no first byte, streamed", asking("local/scripted-stall", stream=True), openai.InternalServerError, 504, "upstream_timeout", None),
    ("half a reply", asking("local/scripted-stall-midstream"), openai.InternalServerError, 504, "upstream_timeout", None),
]
for name, call, kind, status, code, param in OWN:

    @check(name)
    def _(call=call, kind=kind, status=status, code=code, param=param):
        error = raised_by(kind, call)
        equal((error.status_code, error.code), (status, code))
        equal(error.type, "invalid_request_error" if status < 500 else "api_error")
        if param:
            equal(error.param, param)
        true(error.request_id, "a request id")


PASSED_ON = [
    (400, openai.BadRequestError, "too_hot"),
    (403, openai.PermissionDeniedError, "unsupported_country"),
    (404, openai.NotFoundError, "deployment_not_found"),
    (409, openai.ConflictError, "locked"),
    (422, openai.UnprocessableEntityError, "unprocessable"),
    (429, openai.RateLimitError, "rate_limit_exceeded"),
    (500, openai.InternalServerError, None),
    (503, openai.InternalServerError, "overloaded"),
]
for status, kind, code in PASSED_ON:

    @check(f"upstream {status}")
    def _(status=status, kind=kind, code=code):
        for stream in (False, True):
            before = len(received(f"scripted-{status}"))
            error = raised_by(kind, asking(f"local/scripted-{status}", stream=stream))
            equal((error.status_code, error.code), (status, code))
            true(error.request_id and error.body["message"], "a request id and a message")
            equal(error.response.headers.get("retry-after"), "7" if status == 429 else None)
            equal(len(received(f"scripted-{status}")), before + 1)


HALFWAY = [
    ("stall-midstream", "upstream_timeout"),
    ("midstream-error", "engine_down"),
    ("midstream-truncated", "upstream_incomplete"),
    ("midstream-reset", "upstream_incomplete"),
    ("midstream-garbage", "upstream_malformed"),
]
for fault, code in HALFWAY:

    @check(f"halfway: {fault}")
    def _(fault=fault, code=code):
        seen = []

        def read():
            for chunk in asking(f"local/scripted-{fault}", stream=True)():
                seen.append(chunk.choices[0].delta.content)

        equal(raised_by(openai.APIError, read).code, code)
        equal(seen, ["Half "])


run()
