"""LangChain with its providers."""

from client import DATA_URL, PROMPT, SCHEMA, TOOL, Client, weather
from aws_client import runtime
from langchain_anthropic import ChatAnthropic
from langchain_aws import ChatBedrockConverse
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai import ChatOpenAI


def answer_of(message):
    usage = message.usage_metadata or {}
    return message.text, usage.get("input_tokens"), usage.get("output_tokens")


class LangChain(Client):
    def __init__(self, name, models, limited, missing):
        self.name = f"langchain ({name})"
        self.models = models
        self.limited, self.missing = limited, missing

    def plain(self, model):
        return answer_of(self.models(model).invoke(PROMPT))

    def streamed(self, model):
        whole = None
        for chunk in self.models(model).stream(PROMPT):
            whole = chunk if whole is None else whole + chunk
        return answer_of(whole)

    def tools(self, model):
        function = {"name": TOOL["name"], "description": TOOL["description"], "parameters": TOOL["schema"]}
        bound = self.models(model).bind_tools([{"type": "function", "function": function}])
        messages = [HumanMessage("Weather?")]
        for _ in range(4):
            reply = bound.invoke(messages)
            if not reply.tool_calls:
                return reply.text
            messages.append(reply)
            messages += [
                ToolMessage(weather(call["args"]["city"]), tool_call_id=call["id"], name=call["name"])
                for call in reply.tool_calls
            ]
        return "no end"

    def picture(self, model):
        parts = [{"type": "text", "text": PROMPT}, {"type": "image_url", "image_url": {"url": DATA_URL}}]
        return self.models(model).invoke([HumanMessage(parts)]).text

    def structured(self, model):
        shape = {"title": "answer", "description": "The answer", **SCHEMA}
        return self.models(model).with_structured_output(shape, method="json_schema").invoke(PROMPT)


def langchain_clients(url, tls_url, key):
    openai = {"base_url": f"{url}/v1", "api_key": key, "max_retries": 0}
    def errors(name):
        return f"{name}RateLimitError", f"{name}ModelNotFoundError"

    return [
        LangChain("openai", lambda m: ChatOpenAI(model=m, stream_usage=True, **openai), *errors("OpenAI")),
        LangChain("openai responses", lambda m: ChatOpenAI(model=m, use_responses_api=True, **openai), *errors("OpenAI")),
        LangChain(
            "anthropic",
            lambda m: ChatAnthropic(model=m, base_url=url, api_key=key, max_retries=0),
            *errors("Anthropic"),
        ),
        LangChain(
            "google-genai",
            lambda m: ChatGoogleGenerativeAI(model=m, google_api_key=key, base_url=url, max_retries=1),
            *errors("Google"),
        ),
        LangChain(
            "aws",
            lambda m: ChatBedrockConverse(
                model=m, client=runtime(tls_url, key), region_name="us-east-1", disable_streaming=False
            ),
            "ThrottlingException",
            "ResourceNotFoundException",
        ),
    ]
