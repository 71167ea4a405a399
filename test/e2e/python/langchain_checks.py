"""LangChain's OpenAI classes for Python: invoke, stream, tools, structured output, embeddings."""

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from checks import BASE_URL, KEY, check, equal, run

MODEL = "local/scripted-chat"
chat = ChatOpenAI(model=MODEL, base_url=BASE_URL, api_key=KEY, max_retries=0)


@tool
def get_weather(city: str) -> str:
    """Looks up the weather of a city."""
    return f"sunny in {city}"


class City(BaseModel):
    name: str
    population: int


@check("invoke")
def _():
    reply = chat.invoke("hello there")
    equal(reply.content, "You said: hello there")
    equal((reply.usage_metadata["input_tokens"], reply.usage_metadata["output_tokens"]), (11, 4))


@check("stream")
def _():
    chunks = list(chat.stream("hello there"))
    equal("".join(chunk.content for chunk in chunks), "You said: hello there")


@check("stream with usage")
def _():
    whole = None
    for chunk in chat.stream("hello there", stream_usage=True):
        whole = chunk if whole is None else whole + chunk
    equal(whole.usage_metadata["output_tokens"], 4)


@check("tools")
def _():
    bound = chat.bind_tools([get_weather])
    question = HumanMessage("Weather in Paris?")
    first = bound.invoke([question])
    call = first.tool_calls[0]
    equal((call["name"], call["args"]), ("get_weather", {"city": "Paris"}))
    result = get_weather.invoke(call)
    equal(isinstance(result, ToolMessage), True)
    equal(bound.invoke([question, first, result]).content, "The tool said: sunny in Paris")


@check("tools, streamed")
def _():
    whole = None
    for chunk in chat.bind_tools([get_weather]).stream("Weather in Paris?"):
        whole = chunk if whole is None else whole + chunk
    equal(whole.tool_calls[0]["args"], {"city": "Paris"})


@check("structured output by schema")
def _():
    equal(chat.with_structured_output(City).invoke("hello there"), City(name="Paris", population=42))


@check("structured output by a tool")
def _():
    by_tool = chat.with_structured_output(City, method="function_calling")
    equal(by_tool.invoke("hello there"), City(name="Paris", population=42))


@check("embeddings")
def _():
    embeddings = OpenAIEmbeddings(
        model="local/scripted-embed",
        base_url=BASE_URL,
        api_key=KEY,
        check_embedding_ctx_length=False,  # else it looks for OpenAI's own tokenizer
    )
    vectors = [[(index + 1) / 8 - at / 4 for at in range(8)] for index in range(2)]
    equal(embeddings.embed_documents(["one", "two"]), vectors)
    equal(embeddings.embed_query("one"), vectors[0])


run()
