"""The openai package from PyPI: the two-step tool loop, parsed tools and arguments in pieces."""

import json

import openai
from openai import OpenAI
from pydantic import BaseModel

from checks import BASE_URL, KEY, check, equal, received, run

completions = OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0).chat.completions
MODEL = "local/scripted-chat"
QUESTION = {"role": "user", "content": "Weather in Paris?"}


def tool(name, parameter, kind):
    schema = {"type": "object", "properties": {parameter: {"type": kind}}, "required": [parameter]}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


WEATHER = tool("get_weather", "city", "string")
TIME = tool("get_time", "offset", "integer")


@check("tools: two steps")
def _():
    first = completions.create(model=MODEL, messages=[QUESTION], tools=[WEATHER])
    message = first.choices[0].message
    call = message.tool_calls[0]
    equal(first.choices[0].finish_reason, "tool_calls")
    equal((call.function.name, call.function.arguments), ("get_weather", '{"city":"Paris"}'))
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny, 20 °C"}
    second = completions.create(model=MODEL, messages=[QUESTION, message, result], tools=[WEATHER])
    equal(second.choices[0].message.content, "The tool said: sunny, 20 °C")
    sent = json.loads(received("scripted-chat")[-1]["body"])
    equal(sent["messages"][2], result)
    equal(sent["messages"][1]["tool_calls"][0], call.to_dict())


@check("tools: streamed arguments")
def _():
    joined = ["", ""]
    request = {"model": "local/scripted-parallel", "messages": [QUESTION], "tools": [WEATHER, TIME]}
    for chunk in completions.create(**request, stream=True):
        for part in chunk.choices[0].delta.tool_calls or []:
            joined[part.index] += part.function.arguments or ""
    equal(joined, ['{"city":"Paris"}', '{"offset":42}'])


class GetWeather(BaseModel):
    city: str


@check("tools: parsed by a model class")
def _():
    tools = [openai.pydantic_function_tool(GetWeather)]
    reply = completions.parse(model=MODEL, messages=[QUESTION], tools=tools)
    equal(reply.choices[0].message.tool_calls[0].function.parsed_arguments, GetWeather(city="Paris"))


@check("tools: choice by name and none")
def _():
    request = {"model": MODEL, "messages": [QUESTION], "tools": [WEATHER, TIME]}
    named = completions.create(**request, tool_choice={"type": "function", "function": {"name": "get_time"}})
    equal(named.choices[0].message.tool_calls[0].function.name, "get_time")
    none = completions.create(**request, tool_choice="none")
    equal(none.choices[0].message.content, "You said: Weather in Paris?")


run()
