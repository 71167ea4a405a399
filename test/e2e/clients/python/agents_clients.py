"""The OpenAI Agents SDK, over Responses and over Chat."""

import asyncio
import json

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from client import DATA_URL, PROMPT, Client, weather
from openai import AsyncOpenAI
from openai.types.responses import ResponseTextDeltaEvent
from pydantic import BaseModel

set_tracing_disabled(True)
# All calls on one loop: the client keeps connections that belong to it.
loop = asyncio.new_event_loop()


class Answer(BaseModel):
    answer: float


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city"""
    return weather(city)


class Agents(Client):
    limited, missing = "RateLimitError", "NotFoundError"

    def __init__(self, name, kind, url, key):
        self.name = f"openai-agents ({name})"
        self.kind = kind
        self.client = AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)

    def agent(self, model, **more):
        inner = self.kind(model=model, openai_client=self.client)
        settings = ModelSettings(include_usage=True)
        return Agent(name="Agent", instructions="Be brief.", model=inner, model_settings=settings, **more)

    def run(self, agent, question):
        return loop.run_until_complete(Runner.run(agent, question, max_turns=4))

    def plain(self, model):
        result = self.run(self.agent(model), PROMPT)
        usage = result.context_wrapper.usage
        return result.final_output, usage.input_tokens, usage.output_tokens

    def streamed(self, model):
        async def stream():
            result = Runner.run_streamed(self.agent(model), PROMPT)
            text = ""
            async for event in result.stream_events():
                if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent):
                    text += event.data.delta
            usage = result.context_wrapper.usage
            return text, usage.input_tokens, usage.output_tokens

        return loop.run_until_complete(stream())

    def tools(self, model):
        return self.run(self.agent(model, tools=[get_weather]), "Weather?").final_output

    def picture(self, model):
        parts = [
            {"type": "input_text", "text": PROMPT},
            {"type": "input_image", "image_url": DATA_URL, "detail": "auto"},
        ]
        return self.run(self.agent(model), [{"role": "user", "content": parts}]).final_output

    def structured(self, model):
        output = self.run(self.agent(model, output_type=Answer), PROMPT).final_output
        return {"answer": int(json.loads(output.model_dump_json())["answer"])}


def agents_clients(url, key):
    return [
        Agents("responses", OpenAIResponsesModel, url, key),
        Agents("chat", OpenAIChatCompletionsModel, url, key),
    ]
