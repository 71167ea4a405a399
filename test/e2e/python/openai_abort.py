"""The openai package from PyPI: a client that hangs up lets the upstream go, before the first byte and after it."""

import asyncio

import openai
from openai import AsyncOpenAI, OpenAI

from checks import BASE_URL, HELLO, KEY, check, equal, eventually, raised_by, received, run

client = OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0)


def let_go(model, before):
    eventually(lambda: received(model)[before]["aborted"], "the upstream being let go")


def cancelled(model, stream):
    before = len(received(model))

    async def call():
        async with AsyncOpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0) as async_client:
            request = {"model": f"local/{model}", "messages": HELLO, "stream": stream}
            task = asyncio.create_task(async_client.chat.completions.create(**request))
            arrived = lambda: len(received(model)) > before  # noqa: E731
            await asyncio.to_thread(eventually, arrived, "the call")
            equal(received(model)[before]["aborted"], False)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                return
            raise AssertionError("the task was not cancelled")

    asyncio.run(call())
    let_go(model, before)


@check("cancelled before the first byte")
def _():
    cancelled("scripted-stall", stream=False)


@check("cancelled before the first byte, streamed")
def _():
    cancelled("scripted-stall", stream=True)


@check("cancelled within a whole reply")
def _():
    cancelled("scripted-stall-midstream", stream=False)


@check("closed in a running stream")
def _():
    model = "scripted-endless"
    before = len(received(model))
    stream = client.chat.completions.create(model=f"local/{model}", messages=HELLO, stream=True)
    equal(next(stream).choices[0].delta.content, "Half ")
    equal(received(model)[before]["aborted"], False)
    stream.close()
    let_go(model, before)


@check("closed in a silent stream")
def _():
    model = "scripted-stall-midstream"
    before = len(received(model))
    with client.chat.completions.create(model=f"local/{model}", messages=HELLO, stream=True) as stream:
        equal(next(stream).choices[0].delta.content, "Half ")
    let_go(model, before)


@check("the client's own time-out")
def _():
    model = "scripted-stall"
    before = len(received(model))
    impatient = client.with_options(timeout=0.5)
    raised_by(
        openai.APITimeoutError,
        lambda: impatient.chat.completions.create(model=f"local/{model}", messages=HELLO),
    )
    let_go(model, before)


run()
