"""Independent judges of signed documents: lxml for canonical forms, signxml for XAdES.

Reads one JSON object a line and answers with one word a line.

    {"do": "verify", "document": …, "certificate": PEM}   valid | refused
    {"do": "compare", "original": …, "document": …}       same | different | malformed
"""

import json
import sys

from lxml import etree
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"


def parse(document):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(document.encode("utf-8"), parser)


def canonical(node):
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


def signed_parts(document):
    """The canonical forms of everything that the signature covers."""
    root = parse(document)
    parts = [canonical(root.find(f".//{DS}SignedInfo")), canonical(root.find(f".//{XADES}SignedProperties"))]
    signature = root.find(f".//{DS}Signature")
    parent, before = signature.getparent(), signature.getprevious()
    if signature.tail:
        if before is None:
            parent.text = (parent.text or "") + signature.tail
        else:
            before.tail = (before.tail or "") + signature.tail
    parent.remove(signature)
    return parts + [canonical(root.getroottree())]


def compare(task):
    try:
        changed = signed_parts(task["document"])
    except (etree.LxmlError, AttributeError, TypeError, ValueError):
        return "malformed"
    return "same" if changed == signed_parts(task["original"]) else "different"


def verify(task):
    try:
        XAdESVerifier().verify(
            task["document"].encode("utf-8"),
            x509_cert=task["certificate"],
            expect_references=2,
            expect_config=XAdESSignatureConfiguration(),
        )
    except Exception:  # Whatever it is, it is no.
        return "refused"
    return "valid"


for line in sys.stdin:
    task = json.loads(line)
    print({"compare": compare, "verify": verify}[task["do"]](task))
