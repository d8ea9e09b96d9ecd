"""Partial responses of Google's APIs: `fields=a,b/c,d(e,f/g)` keeps what is named, and refuses names that the answer cannot have.

https://cloud.google.com/storage/docs/json_api#partial-response
"""
import re

TOKEN = re.compile(r"[\w.*-]+|[/(),]")


class UnknownField(Exception):
    """A name that the answer cannot have, or a selection that cannot be read."""


def parse(text):
    """A selection as a tree: {name: tree}; an empty tree is all of it."""
    tokens = TOKEN.findall(text)
    if "".join(tokens) != text:
        raise UnknownField(text)
    tree, rest = _names(tokens)
    if rest:
        raise UnknownField(text)
    return tree


def _names(tokens):
    tree = {}
    while True:
        name, below, tokens = _name(tokens)
        tree[name] = {**tree.get(name, {}), **below}
        if not tokens or tokens[0] != ",":
            return tree, tokens
        tokens = tokens[1:]


def _name(tokens):
    if not tokens or tokens[0] in "/(),":
        raise UnknownField(f"a name is missing before {''.join(tokens)!r}")
    name, tokens = tokens[0], tokens[1:]
    if tokens[:1] == ["/"]:
        inner, below, tokens = _name(tokens[1:])
        return name, {inner: below}, tokens
    if tokens[:1] == ["("]:
        below, tokens = _names(tokens[1:])
        if tokens[:1] != [")"]:
            raise UnknownField("a parenthesis is not closed")
        return name, below, tokens[1:]
    return name, {}, tokens


def select(value, tree):
    """The part of an answer that a selection names."""
    if not tree:
        return value
    if isinstance(value, list):
        return [select(item, tree) for item in value]
    return {name: select(value[name], below) for name, below in tree.items() if name in value}


def check_message(tree, descriptor):
    """Refuses names that a protobuf message does not have in JSON. Maps and messages of any type have all names."""
    names = {field.json_name: field for field in descriptor.fields}
    for name, below in tree.items():
        if name not in names:
            raise UnknownField(name)
        message = names[name].message_type
        if below and message is None:
            raise UnknownField(f"{name} has no fields")
        if below and not message.GetOptions().map_entry and message.full_name != "google.protobuf.Any":
            check_message(below, message)


def check_schema(tree, schema, schemas):
    """Refuses names that a schema of a discovery document does not have."""
    while "$ref" in schema or schema.get("type") == "array":
        schema = schemas[schema["$ref"]] if "$ref" in schema else schema["items"]
    for name, below in tree.items():
        known = schema.get("properties", {})
        if name not in known:
            raise UnknownField(name)
        if below:
            check_schema(below, known[name], schemas)
