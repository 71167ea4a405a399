"""The google-genai package."""

import base64
import json

from client import PNG, PROMPT, SCHEMA, TOOL, Client, weather
from google import genai
from google.genai import types


def output_of(usage):
    return (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)


class Gemini(Client):
    name = "google-genai"
    limited, missing = "ClientError", "ClientError"

    def __init__(self, url, key):
        # Kept: a client that is collected is closed before it sends.
        self.client = genai.Client(api_key=key, http_options={"base_url": url})
        self.models = self.client.models

    def plain(self, model):
        reply = self.models.generate_content(model=model, contents=PROMPT)
        return reply.text, reply.usage_metadata.prompt_token_count, output_of(reply.usage_metadata)

    def streamed(self, model):
        text, usage = "", None
        for chunk in self.models.generate_content_stream(model=model, contents=PROMPT):
            text += chunk.text or ""
            usage = chunk.usage_metadata or usage
        return text, usage.prompt_token_count, output_of(usage)

    def tools(self, model):
        declaration = types.FunctionDeclaration(
            name=TOOL["name"], description=TOOL["description"], parameters_json_schema=TOOL["schema"]
        )
        config = types.GenerateContentConfig(
            tools=[types.Tool(function_declarations=[declaration])],
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )
        contents = [types.Content(role="user", parts=[types.Part(text="Weather?")])]
        for _ in range(4):
            reply = self.models.generate_content(model=model, contents=contents, config=config)
            if not reply.function_calls:
                return reply.text
            contents.append(reply.candidates[0].content)
            results = [
                types.Part(
                    function_response=types.FunctionResponse(
                        id=call.id, name=call.name, response={"output": weather(call.args["city"])}
                    )
                )
                for call in reply.function_calls
            ]
            contents.append(types.Content(role="user", parts=results))
        return "no end"

    def picture(self, model):
        image = types.Part.from_bytes(data=base64.b64decode(PNG), mime_type="image/png")
        return self.models.generate_content(model=model, contents=[PROMPT, image]).text

    def structured(self, model):
        config = {"response_mime_type": "application/json", "response_json_schema": SCHEMA}
        return json.loads(self.models.generate_content(model=model, contents=PROMPT, config=config).text)
