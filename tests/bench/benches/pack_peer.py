"""Packs a folder of invoices with `ksef-client` of PyPI, once for each line that it reads.

Prints the size of all encrypted parts.
"""

import os
import pathlib
import sys

from ksef_client.services.batch import encrypt_batch_parts
from ksef_client.services.crypto import generate_iv, generate_symmetric_key
from ksef_client.utils.zip_utils import build_zip


def pack(folder):
    names = sorted(name for name in os.listdir(folder) if name.endswith(".xml"))
    files = {name: (folder / name).read_bytes() for name in names}
    parts, _ = encrypt_batch_parts(build_zip(files), generate_symmetric_key(), generate_iv())
    return sum(len(part) for part in parts)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    for _ in sys.stdin:
        print(pack(folder), flush=True)
