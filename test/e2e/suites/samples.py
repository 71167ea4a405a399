"""Values of the types a client's methods promise to return, made from the types alone: what a mock server answers."""

from __future__ import annotations

import datetime
import typing
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import Annotated, TypeAliasType

NONE = type(None)
# Deeper than this, what is optional is left out: some types hold themselves.
DEEPEST_OPTIONAL = 3
DEEPEST_LIST = 8
PLAIN = {
    str: "text",
    int: 1,
    float: 1.5,
    bool: True,
    datetime.datetime: "2026-01-02T03:04:05Z",
    datetime.date: "2026-01-02",
    NONE: None,
}


def sample_of(wanted: Any, depth: int = 0) -> Any:
    if isinstance(wanted, TypeAliasType):
        return sample_of(wanted.__value__, depth)
    if isinstance(wanted, typing.TypeVar):
        return sample_of(wanted.__bound__ or str, depth)
    if wanted in PLAIN:
        return PLAIN[wanted]
    origin, args = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return sample_of(args[0], depth)
    if origin is Literal:
        return args[0]
    if origin is not None and (origin is typing.Union or type(None) in args or "Union" in str(origin)):
        return sample_of(next(arg for arg in args if arg is not NONE), depth)
    if origin in (list, typing.Iterable, set, tuple) or wanted is list:
        return [sample_of(args[0], depth + 1)] if args and depth < DEEPEST_LIST else []
    if origin is dict:
        return {"key": sample_of(args[1], depth + 1)} if depth < DEEPEST_LIST else {}
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return {
            field.alias or name: sample_of(field.annotation, depth + 1)
            for name, field in wanted.model_fields.items()
            if field.is_required() or depth < DEEPEST_OPTIONAL
        }
    return {}
