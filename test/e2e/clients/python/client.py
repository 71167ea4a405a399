"""What every client is asked to do, in its own way of doing it: the same questions as the JavaScript clients get."""

import json

PROMPT = "What colour is the sky?"
TOOL = {
    "name": "get_weather",
    "description": "The weather in a city",
    "schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "number"}},
    "required": ["answer"],
    "additionalProperties": False,
}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DATA_URL = "data:image/png;base64," + PNG


def weather(city):
    return {"Paris": "sunny", "Rome": "rainy"}.get(city, f"no such city: {city}")


def city_of(arguments):
    return json.loads(arguments)["city"] if isinstance(arguments, str) else arguments["city"]


class Client:
    """`plain` and `streamed` give (text, input tokens, output tokens); `tools` and `picture` a text."""

    name = ""
    limited = ""
    missing = ""

    def plain(self, model):
        raise NotImplementedError

    def streamed(self, model):
        raise NotImplementedError

    def tools(self, model):
        raise NotImplementedError

    picture = None
    structured = None
