"""Checks requests against AWS's own service model, as botocore ships it: members, types, lengths, ranges, patterns, lists of values."""
import functools

import botocore.session
import regex
from botocore.validate import ParamValidator


@functools.cache
def service(name):
    """The model of a service."""
    return botocore.session.get_session().get_service_model(name)


def problems(service_name, operation, request):
    """What is wrong with a request, each as a sentence; an empty list when nothing is."""
    shape = service(service_name).operation_model(operation).input_shape
    report = ParamValidator().validate(request, shape)
    return [report.generate_report()] if report.has_errors() else list(limits(shape, request, operation))


def limits(shape, value, path):
    """botocore checks members and types, but of limits only minima: here are the others."""
    if shape.type_name == "structure":
        for key, item in value.items():
            yield from limits(shape.members[key], item, f"{path}.{key}")
    elif shape.type_name == "map":
        yield from bounds(shape, len(value), path)
        for key, item in value.items():
            yield from limits(shape.key, key, f"{path}[{key!r} as a key]")
            yield from limits(shape.value, item, f"{path}[{key!r}]")
    elif shape.type_name == "list":
        yield from bounds(shape, len(value), path)
        for index, item in enumerate(value):
            yield from limits(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "string":
        yield from bounds(shape, len(value), path)
        yield from words(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from bounds(shape, value, path)


def bounds(shape, size, path):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        yield f"{path}: got {size}, allowed: {low} to {high}"


def words(shape, value, path):
    if shape.enum and value not in shape.enum:
        yield f"{path}: got {value!r}, allowed: {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield f"{path}: got {value!r}, allowed: {pattern}"


@functools.cache
def compiled(pattern):
    """The pattern in Python's words: the models repeat the end of a text, as in `^(...)${1,256}`, to say how long it may be."""
    return regex.compile(regex.sub(r"\$\{\d+,\d*\}$", "$", pattern))
