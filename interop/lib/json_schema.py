"""Checks values against JSON Schema, as far as the descriptions of the doors use it."""

import re

TYPES = {
    "object": lambda value: isinstance(value, dict), "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str), "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}
KNOWN = {"$ref", "type", "properties", "required", "items", "oneOf", "const", "enum", "examples", "pattern", "minimum"}


def resolve(document, reference):
    """What a reference inside of a document leads to."""
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(value):
    """All references in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def faults(document, schema, value, place="message"):
    """What is wrong with a value: a list of sentences."""
    if unknown := schema.keys() - KNOWN:
        return [f"{place}: the schema has {unknown}"]
    if "$ref" in schema:
        return faults(document, resolve(document, schema["$ref"]), value, place)
    found = []
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(TYPES[one](value) for one in types):
        return [f"{place} is {value!r}, not {types}"]
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        found.append(f"{place} is {value!r}")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{place} is {value!r}")
    if "minimum" in schema and value < schema["minimum"]:
        found.append(f"{place} is {value!r}")
    if isinstance(value, dict):
        found += [f"{place} has no {name}" for name in schema.get("required", []) if name not in value]
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                found += faults(document, inner, value[name], f"{place}.{name}")
    if isinstance(value, list) and "items" in schema:
        for one in value:
            found += faults(document, schema["items"], one, f"{place}[]")
    if "oneOf" in schema:
        fits = [one for one in schema["oneOf"] if not faults(document, one, value, place)]
        if len(fits) != 1:
            found.append(f"{place} is {value!r}: {len(fits)} of the possibilities")
    return found
