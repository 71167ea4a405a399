"""The litellm SDK, in each language it speaks."""

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from client import DATA_URL, PROMPT, SCHEMA, TOOL, Client, city_of, weather

litellm.telemetry = False
litellm.suppress_debug_info = True


class LiteLlm(Client):
    limited, missing = "RateLimitError", "NotFoundError"

    def __init__(self, language, base, key):
        self.name = f"litellm ({language})"
        self.settings = {"api_base": base, "api_key": key, "num_retries": 0, "max_retries": 0}
        self.language = language

    def ask(self, model, content=PROMPT, **more):
        messages = [{"role": "user", "content": content}]
        return self.complete(model, messages, **more)

    def complete(self, model, messages, **more):
        return litellm.completion(model=f"{self.language}/{model}", messages=messages, **self.settings, **more)

    def plain(self, model):
        reply = self.ask(model)
        return reply.choices[0].message.content, reply.usage.prompt_tokens, reply.usage.completion_tokens

    def streamed(self, model):
        text, usage = "", None
        for chunk in self.ask(model, stream=True, stream_options={"include_usage": True}):
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
            usage = getattr(chunk, "usage", None) or usage
        return text, usage.prompt_tokens, usage.completion_tokens

    def tools(self, model):
        function = {"name": TOOL["name"], "description": TOOL["description"], "parameters": TOOL["schema"]}
        messages = [{"role": "user", "content": "Weather?"}]
        for _ in range(4):
            reply = self.complete(model, messages, tools=[{"type": "function", "function": function}])
            message = reply.choices[0].message
            if not message.tool_calls:
                return message.content
            messages.append(message.model_dump(exclude_none=True))
            for call in message.tool_calls:
                content = weather(city_of(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": content})
        return "no end"

    def picture(self, model):
        parts = [{"type": "text", "text": PROMPT}, {"type": "image_url", "image_url": {"url": DATA_URL}}]
        return self.ask(model, parts).choices[0].message.content

    def structured(self, model):
        shape = {"name": "answer", "schema": SCHEMA, "strict": True}
        reply = self.ask(model, response_format={"type": "json_schema", "json_schema": shape})
        return json.loads(reply.choices[0].message.content)


def litellm_clients(url, key):
    return [
        LiteLlm("openai", f"{url}/v1", key),
        LiteLlm("anthropic", url, key),
        LiteLlm("gemini", f"{url}/v1beta", key),
    ]
