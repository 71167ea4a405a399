"""The anthropic package."""

import json

from anthropic import Anthropic
from client import PNG, PROMPT, SCHEMA, TOOL, Client, weather


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def counted(message):
    """Cached input is counted beside the rest."""
    usage = message.usage
    cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return text_of(message), usage.input_tokens + cached, usage.output_tokens


class Messages(Client):
    name = "anthropic"
    limited, missing = "RateLimitError", "NotFoundError"

    def __init__(self, url, key):
        self.client = Anthropic(base_url=url, api_key=key, max_retries=0)

    def ask(self, model, content=PROMPT, **more):
        messages = [{"role": "user", "content": content}]
        return self.client.messages.create(model=model, max_tokens=500, messages=messages, **more)

    def plain(self, model):
        return counted(self.ask(model))

    def streamed(self, model):
        messages = [{"role": "user", "content": PROMPT}]
        with self.client.messages.stream(model=model, max_tokens=500, messages=messages) as stream:
            text = "".join(stream.text_stream)
            answer = counted(stream.get_final_message())
        assert answer[0] == text, f"streamed {text}, ended as {answer[0]}"
        return answer

    def tools(self, model):
        tool = {"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["schema"]}
        messages = [{"role": "user", "content": "Weather?"}]
        for _ in range(4):
            reply = self.client.messages.create(
                model=model,
                max_tokens=4000,
                messages=messages,
                tools=[tool],
                thinking={"type": "enabled", "budget_tokens": 1024},
            )
            calls = [block for block in reply.content if block.type == "tool_use"]
            if not calls:
                return text_of(reply)
            results = [
                {"type": "tool_result", "tool_use_id": call.id, "content": weather(call.input["city"])}
                for call in calls
            ]
            messages += [{"role": "assistant", "content": reply.content}, {"role": "user", "content": results}]
        return "no end"

    def picture(self, model):
        source = {"type": "base64", "media_type": "image/png", "data": PNG}
        return text_of(self.ask(model, [{"type": "text", "text": PROMPT}, {"type": "image", "source": source}]))

    def structured(self, model):
        config = {"format": {"type": "json_schema", "schema": SCHEMA}}
        return json.loads(text_of(self.ask(model, output_config=config)))
