"""An independent judge of JSON bodies: the package jsonschema, over the OpenAPI file named on the command line.

Reads one JSON object a line and answers with one word a line.

    {"schema": JSON pointer into the file, "value": …}    valid | refused
"""

import base64
import json
import sys
import urllib.parse

from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT4

FILE = "urn:contract"

formats = FormatChecker(["date", "date-time"])


@formats.checks("byte", raises=ValueError)
def is_base64(value):
    return not isinstance(value, str) or base64.b64encode(base64.b64decode(value, validate=True)).decode() == value


@formats.checks("uri", raises=ValueError)
def is_absolute(value):
    return not isinstance(value, str) or all(urllib.parse.urlsplit(value)[:2])


@formats.checks("int32")
def is_int32(value):
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@formats.checks("int64")
def is_int64(value):
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def translated(schema):
    """OpenAPI 3.0 as Draft 4, closed: no properties but the named ones."""
    if "$ref" in schema:
        return {"$ref": FILE + schema["$ref"]}
    schema = dict(schema)
    nullable = schema.pop("nullable", False)
    for annotation in ("example", "default"):
        schema.pop(annotation, None)
    if "properties" in schema:
        schema["properties"] = {name: translated(each) for name, each in schema["properties"].items()}
        schema.setdefault("additionalProperties", False)
    if schema.get("additionalProperties"):
        schema["additionalProperties"] = translated(schema["additionalProperties"])
    if "items" in schema:
        schema["items"] = translated(schema["items"])
    if "allOf" in schema:
        schema["allOf"] = [translated(each) for each in schema["allOf"]]
    return {"anyOf": [schema, {"enum": [None]}]} if nullable else schema


def at(pointer):
    target = document
    for part in pointer.split("/")[1:]:
        target = target[part.replace("~1", "/").replace("~0", "~")]
    return target


with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
schemas = {name: translated(each) for name, each in document["components"]["schemas"].items()}
registry = Registry().with_resource(FILE, DRAFT4.create_resource({"components": {"schemas": schemas}}))
validators = {}

for line in sys.stdin:
    task = json.loads(line)
    pointer = task["schema"]
    if pointer not in validators:
        validators[pointer] = Draft4Validator(
            translated(at(pointer)), format_checker=formats, registry=registry
        )
    print("valid" if validators[pointer].is_valid(task["value"]) else "refused")
