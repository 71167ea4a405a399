"""The openai package: Chat Completions and Responses."""

import json

from client import DATA_URL, PROMPT, SCHEMA, TOOL, Client, city_of, weather
from openai import OpenAI


def user(content):
    return {"role": "user", "content": content}


class Chat(Client):
    name = "openai (chat)"
    limited, missing = "RateLimitError", "NotFoundError"

    def __init__(self, url, key):
        self.client = OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)

    def ask(self, model, content=PROMPT, **more):
        return self.client.chat.completions.create(model=model, messages=[user(content)], **more)

    def plain(self, model):
        reply = self.ask(model)
        return reply.choices[0].message.content, reply.usage.prompt_tokens, reply.usage.completion_tokens

    def streamed(self, model):
        text, usage = "", None
        for chunk in self.ask(model, stream=True, stream_options={"include_usage": True}):
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
            usage = chunk.usage or usage
        return text, usage.prompt_tokens, usage.completion_tokens

    def tools(self, model):
        function = {"name": TOOL["name"], "description": TOOL["description"], "parameters": TOOL["schema"]}
        messages = [user("Weather?")]
        for _ in range(4):
            reply = self.client.chat.completions.create(
                model=model, messages=messages, tools=[{"type": "function", "function": function}]
            )
            message = reply.choices[0].message
            if not message.tool_calls:
                return message.content
            messages.append(message)
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


class Responses(Client):
    name = "openai (responses)"
    limited, missing = "RateLimitError", "NotFoundError"

    def __init__(self, url, key):
        self.client = OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)

    def plain(self, model):
        reply = self.client.responses.create(model=model, input=PROMPT)
        return reply.output_text, reply.usage.input_tokens, reply.usage.output_tokens

    def streamed(self, model):
        with self.client.responses.stream(model=model, input=PROMPT) as stream:
            text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
            reply = stream.get_final_response()
        assert reply.output_text == text, f"streamed {text}, ended as {reply.output_text}"
        return text, reply.usage.input_tokens, reply.usage.output_tokens

    def tools(self, model):
        items = [user("Weather?")]
        tool = {
            "type": "function",
            "name": TOOL["name"],
            "description": TOOL["description"],
            "parameters": TOOL["schema"],
            "strict": True,
        }
        for _ in range(4):
            reply = self.client.responses.create(
                model=model, input=items, tools=[tool], store=False, include=["reasoning.encrypted_content"]
            )
            calls = [item for item in reply.output if item.type == "function_call"]
            if not calls:
                return reply.output_text
            items += reply.output
            for call in calls:
                output = weather(city_of(call.arguments))
                items.append({"type": "function_call_output", "call_id": call.call_id, "output": output})
        return "no end"

    def picture(self, model):
        parts = [
            {"type": "input_text", "text": PROMPT},
            {"type": "input_image", "image_url": DATA_URL, "detail": "auto"},
        ]
        return self.client.responses.create(model=model, input=[user(parts)]).output_text

    def structured(self, model):
        shape = {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}
        reply = self.client.responses.create(model=model, input=PROMPT, text={"format": shape})
        return json.loads(reply.output_text)
