"""Prices replies by genai-prices alone: a JSON line in for each reply, one out with its cost in nano-dollars or why there is none."""

import datetime
import decimal
import json
import sys

from genai_prices.data_snapshot import get_snapshot

snapshot = get_snapshot()
providers = {provider.id: provider for provider in snapshot.providers}


def usage_in(asked):
    """Read by the provider's own rules where it has some for this API, else by those of whoever made the API."""
    for name in (asked["list"], asked["maker"]):
        provider = providers.get(name)
        for extractor in (provider.extractors if provider else None) or ():
            if extractor.api_flavor == asked["flavor"]:
                return provider.extract_usage(asked["reply"], api_flavor=asked["flavor"])[1]
    raise LookupError("no rules to read its usage by")


def cost_of(asked):
    provider, model = snapshot.find_provider_model(asked["model"], None, asked["list"], None)
    calculated = model.calc_price(
        usage_in(asked),
        provider,
        genai_request_timestamp=datetime.datetime.fromtimestamp(asked["atMs"] / 1000, datetime.timezone.utc),
        auto_update_timestamp=None,
        price_context=asked["context"],
    )
    return int((calculated.total_price * 10**9).quantize(decimal.Decimal(1), decimal.ROUND_HALF_UP))


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"nanoUsd": cost_of(asked)}
    except Exception as error:  # Every reason is compared by the test.
        answer = {"reason": f"{type(error).__name__}: {error}"}
    print(json.dumps({"id": asked["id"], **answer}))
