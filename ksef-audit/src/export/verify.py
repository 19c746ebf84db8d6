#!/usr/bin/env python3
"""Verifies an evidence bundle: python3 verify.py BUNDLE.zip

It checks that no file was changed, that the log with this checkpoint has the records,
that they bear out the documents and the table, and that the log only grew.

It does NOT check signatures, of the checkpoint, the receipts (UPO) and the bundle (which
alone shows that Status, Error and times are as exported): the verifier in the Rust crate
ksef-audit does. Prints what is wrong, a line each; exit code 0 means OK.
"""

import base64
import hashlib
import re
import sys
import unicodedata
import zipfile

COLUMNS = [
    "Order Reference", "Customer", "NIP", "Document Type", "KSeF-ID", "UPO Number",
    "Fakturownia ID", "Status", "Session Ref", "XML Hash", "Submitted At", "Accepted At",
    "Error", "UPO Downloaded At", "Environment", "Attempt",
]
# The forms of the fields of a record, by tag, from 1. See `Tag` in the crate.
FORMS = dict(enumerate(
    "tenant environment number moment number number text text text digest number digest "
    "text text text text text text text text text digest text moment text text text text bytes "
    "text digest".split(), 1))
ALWAYS, XML_DIGEST, UPO_DIGEST = [1, 2, 3, 4], 12, 22
# Kinds of records: the tags that one must have, and that it may have.
KINDS = {
    1: ([5, 6, 8, 9, 10, 30], [13, 14, 15, 17]), 2: ([5, 6, 13, 16, 17, 18], [11, 12, 14, 15]),
    3: ([5, 6, 7, 29], [11, 12, 19, 20, 21, 22, 23, 24, 26, 27, 28]), 4: ([5, 6, 23], [21, 22]),
    5: ([5, 6, 22], [26]), 6: ([5, 6, 25], []), 7: ([5, 6, 26], []), 8: ([5, 6, 27, 28], []),
    9: ([7, 11, 26], [27, 28, 31]), 10: ([7, 27], [5]), 11: ([5, 6, 7, 8, 9, 30], [13]),
}
# Columns that the log must bear out, and the tags that do.
PROVEN = {
    "Order Reference": 13, "Customer": 14, "NIP": 15, "Document Type": 17, "KSeF-ID": 21,
    "UPO Number": 23, "Fakturownia ID": 25, "Session Ref": 19, "XML Hash": XML_DIGEST,
}
MOMENT = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{7}\+00:00"
CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)')
FORMULA = re.compile("((?:^|[;,\t\r\n\"|])[ ]*)(?=[=+\\-@'\uff1d\uff0b\uff0d\uff20])")


def require(condition):
    if not condition:
        raise ValueError


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def number(text):
    require(re.fullmatch("0|[1-9][0-9]{0,19}", text) and int(text) < 2**64)
    return int(text)


def unbase64(text):
    value = base64.b64decode(text)
    require(base64.b64encode(value).decode() == text)
    return value


def read_archive(path):
    files = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = info.orig_filename
            require(re.fullmatch(r"[A-Za-z0-9._/-]+", name) and name not in files)
            require(".." not in name and not name.startswith("/") and not name.endswith("/"))
            require(info.compress_type in (0, 8) and not info.flag_bits & 1)
            files[name] = archive.read(info)
    return files


def check_sums(files, findings):
    sums, last = {}, ""
    try:
        text = files.get("SHA256SUMS", b"").decode()
        require(text.endswith("\n"))
        for line in text[:-1].split("\n"):
            match = re.fullmatch(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)", line)
            require(match and match[2] > last)
            sums[match[2]], last = match[1], match[2]
    except ValueError:
        findings.add("manifest")
        return
    findings.update("missing " + name for name in sums.keys() - files.keys())
    extra = files.keys() - sums.keys() - {"SHA256SUMS", "signature"}
    findings.update("extra " + name for name in extra)
    for name in sums.keys() & files.keys():
        if hashlib.sha256(files[name]).hexdigest() != sums[name]:
            findings.add("changed " + name)


def is_name(text):
    foreign = (c.isspace() or c == "+" or unicodedata.category(c) == "Cc" for c in text)
    return 0 < len(text.encode()) <= 200 and not any(foreign)


def read_checkpoint(data):
    """Origin, size and root of a signed note. The signature is not verified."""
    note = data.decode()
    require(not any(c < " " and c != "\n" for c in note))
    text, _, signatures = note.rpartition("\n\n")
    require(signatures.endswith("\n") and signatures.count("\n") <= 64)
    for line in signatures[:-1].split("\n"):
        name, _, signature = line[2:].partition(" ")
        require(line[:2] == "\u2014 " and is_name(name) and len(unbase64(signature)) > 4)
    lines = text.split("\n")
    require(len(lines) == 3 and is_name(lines[0]))
    size, root = number(lines[1]), unbase64(lines[2])
    require(len(root) == 32)
    return lines[0], size, root


def admits(form, value):
    sizes = {"tenant": 16, "number": 8, "digest": 32}
    if form in sizes:
        return len(value) == sizes[form] and (form != "tenant" or any(value))
    if form == "environment":
        return value in (b"TEST", b"DEMO", b"PRODUCTION")
    if form == "moment":
        return re.fullmatch(MOMENT, value) is not None
    return form == "bytes" or len(value.decode()) > 0


def read_record(data):
    require(len(data) >= 2 and data[0] == 1 and data[1] in KINDS)
    (must, may), fields, place, last = KINDS[data[1]], {}, 2, 0
    while place < len(data):
        require(len(data) >= place + 5)
        tag, length = data[place], int.from_bytes(data[place + 1:place + 5], "big")
        place += 5
        require(tag in FORMS and tag > last and len(data) >= place + length)
        fields[tag], last = data[place:place + length], tag
        place += length
    require(all(tag in ALWAYS + must + may for tag in fields))
    require(all(admits(FORMS[tag], value) for tag, value in fields.items()))
    require(all(tag in fields for tag in ALWAYS + must))
    return fields


def climb(hash_, index, last, path, earlier=None):
    """The roots that a path leads to (RFC 9162, 2.1.3.2 and 2.1.4.2)."""
    for beside in path:
        require(last > 0)
        if index % 2 == 1 or index == last:
            hash_ = sha256(b"\1", beside, hash_)
            earlier = earlier and sha256(b"\1", beside, earlier)
            while index % 2 == 0 and index > 0:
                index, last = index >> 1, last >> 1
        else:
            hash_ = sha256(b"\1", hash_, beside)
        index, last = index >> 1, last >> 1
    require(last == 0)
    return hash_, earlier


def check_consistency(old, new, path):
    (origin, size, root), (new_origin, new_size, new_root) = old, new
    require(origin == new_origin and size <= new_size)
    if size in (0, new_size):
        require(not path and root == (sha256() if size == 0 else new_root))
        return
    if size & (size - 1) == 0:
        path = [root] + path
    require(path)
    index, last = size - 1, new_size - 1
    while index % 2 == 1:
        index, last = index >> 1, last >> 1
    later, earlier = climb(path[0], index, last, path[1:], path[0])
    require(earlier == root and later == new_root)


def check_records(files, head, findings):
    """The fields of the records that are in the log."""
    try:
        text = files["records.txt"].decode()
        require(text == "" or text.endswith("\n"))
        lines, last = [], -1
        for line in text.split("\n")[:-1]:
            require(re.fullmatch(r"[0-9]+ (?:[0-9a-f]{2})+(?: [0-9a-f]{64})*", line))
            sequence, *parts = line.split(" ")
            require(number(sequence) > last)
            last = number(sequence)
            lines.append((last, *map(bytes.fromhex, parts)))
    except (KeyError, ValueError):
        findings.add("records")
        return []
    records = []
    for sequence, data, *path in lines:
        try:
            fields = read_record(data)
            require(int.from_bytes(fields[3], "big") == sequence)
            tenant = re.sub(r"^(.{8})(.{4})(.{4})(.{4})", r"\1-\2-\3-\4-", fields[1].hex())
            require(head[0].endswith("/%s/%s" % (tenant, fields[2].decode())))
            require(sequence < head[1])
            root, _ = climb(sha256(b"\0", data), sequence, head[1] - 1, path)
            require(root == head[2])
            records.append(fields)
        except ValueError:
            findings.add("record %d" % sequence)
    return records


def check_documents(files, records, findings):
    """The digests of the documents that are there."""
    known = {(tag, value) for fields in records for tag, value in fields.items()}
    folders, found = {"invoices": XML_DIGEST, "receipts": UPO_DIGEST}, set()
    for name in files:
        folder, slash, _ = name.partition("/")
        if slash and folder in folders:
            document = (folders[folder], sha256(files[name]))
            found.add(document)
            findings.update([] if document in known else ["unrecorded " + name])
    return found


def read_table(data):
    text, place, rows, row = data.decode(), 0, [], []
    while place < len(text):
        match = CELL.match(text, place)
        require(match)
        row.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        place = match.end()
        if match[3] != ",":
            rows.append(row)
            row = []
    require(not row and rows and rows[0] == COLUMNS)
    require(all(len(cells) == len(COLUMNS) for cells in rows))
    return rows[1:]


def shown(tag, value):
    return value.hex() if FORMS[tag] == "digest" else FORMULA.sub(r"\1'", value.decode())


def check_table(files, head, records, found, findings):
    try:
        rows = read_table(files["audit.csv"])
    except (KeyError, ValueError):
        findings.add("table")
        return
    submissions, with_receipt = {}, set()
    unlisted = {fields[5] for fields in records if 5 in fields}
    for fields in records:
        for tag, value in fields.items():
            if 5 in fields and FORMS[tag] in ("text", "digest"):
                submissions.setdefault((tag, shown(tag, value)), set()).add(fields[5])
                if tag == UPO_DIGEST and (tag, value) in found:
                    with_receipt.add(fields[5])
    invoices = {digest.hex() for tag, digest in found if tag == XML_DIGEST} | {""}
    for place, cells in enumerate(rows, 1):
        row = dict(zip(COLUMNS, cells))
        stated = [(tag, row[column]) for column, tag in PROVEN.items() if row[column]]
        fitting = [submissions.get(fact, set()) for fact in stated]
        fitting += [with_receipt] if row["UPO Downloaded At"] else []
        is_there = stated and row["XML Hash"] in invoices
        proven = set.intersection(*fitting) if is_there else set()
        if not proven or not head[0].endswith("/" + row["Environment"]):
            findings.add("row %d" % place)
        unlisted -= proven
    findings.update("unlisted %d" % int.from_bytes(each, "big") for each in unlisted)


def verify(bundle):
    findings = set()
    try:
        files = read_archive(bundle)
    except Exception:  # a broken archive fails in many ways
        return {"archive"}
    check_sums(files, findings)
    try:
        head = read_checkpoint(files["checkpoint"])
    except (KeyError, ValueError):
        findings.add("checkpoint")
        return findings
    if "checkpoint-earlier" in files or "consistency.txt" in files:
        try:
            text = files["consistency.txt"].decode()
            require(re.fullmatch(r"(?:[0-9a-f]{64}\n)*", text))
            path = [bytes.fromhex(line) for line in text.split()]
            check_consistency(read_checkpoint(files["checkpoint-earlier"]), head, path)
        except (KeyError, ValueError):
            findings.add("consistency")
    records = check_records(files, head, findings)
    found = check_documents(files, records, findings)
    check_table(files, head, records, found, findings)
    return findings


if __name__ == "__main__":
    result = sorted(verify(sys.argv[1])) if len(sys.argv) == 2 else sys.exit(__doc__)
    print(*result, "FAILED" if result else "OK", sep="\n")
    print("Signatures were NOT checked; use the verifier of the crate ksef-audit.")
    sys.exit(1 if result else 0)
