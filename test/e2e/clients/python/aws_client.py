"""boto3. It sends a bearer key over TLS alone."""

import base64
import json
import os

import boto3
from client import PNG, PROMPT, SCHEMA, TOOL, Client, weather


def runtime(url, key):
    os.environ["AWS_BEARER_TOKEN_BEDROCK"] = key
    return boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=url)


def input_of(usage):
    return usage["inputTokens"] + usage.get("cacheReadInputTokens", 0)


class Converse(Client):
    name = "boto3 (converse)"
    limited, missing = "ThrottlingException", "ResourceNotFoundException"

    def __init__(self, url, key):
        self.client = runtime(url, key)

    def ask(self, model, content, **more):
        reply = self.client.converse(modelId=model, messages=[{"role": "user", "content": content}], **more)
        return reply, "".join(block.get("text", "") for block in reply["output"]["message"]["content"])

    def plain(self, model):
        reply, text = self.ask(model, [{"text": PROMPT}])
        return text, input_of(reply["usage"]), reply["usage"]["outputTokens"]

    def streamed(self, model):
        text, usage = "", {}
        messages = [{"role": "user", "content": [{"text": PROMPT}]}]
        for event in self.client.converse_stream(modelId=model, messages=messages)["stream"]:
            text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
            usage = event.get("metadata", {}).get("usage", usage)
        return text, input_of(usage), usage["outputTokens"]

    def tools(self, model):
        spec = {"name": TOOL["name"], "description": TOOL["description"], "inputSchema": {"json": TOOL["schema"]}}
        messages = [{"role": "user", "content": [{"text": "Weather?"}]}]
        for _ in range(4):
            reply = self.client.converse(
                modelId=model, messages=messages, toolConfig={"tools": [{"toolSpec": spec}]}
            )
            message = reply["output"]["message"]
            calls = [block["toolUse"] for block in message["content"] if "toolUse" in block]
            if not calls:
                return "".join(block.get("text", "") for block in message["content"])
            results = [
                {
                    "toolResult": {
                        "toolUseId": call["toolUseId"],
                        "content": [{"text": weather(call["input"]["city"])}],
                    }
                }
                for call in calls
            ]
            messages += [message, {"role": "user", "content": results}]
        return "no end"

    def picture(self, model):
        image = {"format": "png", "source": {"bytes": base64.b64decode(PNG)}}
        return self.ask(model, [{"text": PROMPT}, {"image": image}])[1]

    def structured(self, model):
        shape = {"jsonSchema": {"schema": json.dumps(SCHEMA), "name": "answer"}}
        config = {"textFormat": {"type": "json_schema", "structure": shape}}
        return json.loads(self.ask(model, [{"text": PROMPT}], outputConfig=config)[1])
