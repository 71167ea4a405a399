"""Prints the price data of the installed genai-prices as JSON, as scripts/prices/primary.ts reads it."""

import dataclasses
import datetime
import decimal
import json
import sys

from genai_prices.data import providers
from genai_prices.types import ModelPrice

CLAUSES = {"or_": "or", "and_": "and"}


def plain(value):
    if isinstance(value, ModelPrice):
        return {key: plain(price) for key, price in vars(value).items() if price is not None and not key.startswith("_")}
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {
            CLAUSES.get(name, name): plain(inner)
            for name, inner in fields.items()
            if inner is not None and name not in ("extractors", "description", "price_comments")
        }
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


json.dump(plain(providers), sys.stdout)
