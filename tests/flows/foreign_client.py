"""The PyPI package `ksef-client`, used as its documentation says, against the sandbox.

Reads one task a line, JSON with `story`, `base_url`, `address`, `port` and what the story needs; writes one
answer a line, JSON too.
"""

import json
import re
import socket
import sys
import time

from ksef_client import KsefClient, KsefClientOptions
from ksef_client import models as m
from ksef_client.services.crypto import build_encryption_data
from ksef_client.services.workflows import (
    AuthCoordinator,
    BatchSessionWorkflow,
    ExportWorkflow,
    OnlineSessionWorkflow,
)
from ksef_client.services.xades import XadesKeyPair
from ksef_client.utils.zip_utils import build_tar_gz, build_zip

HOST = "ksef-sandbox.test"
FA3 = m.FormCode(system_code="FA (3)", schema_version="1-0E", value="FA")
ANSWERS_TAKE_AT_MOST = 30.0


def map_the_host(address):
    """The client follows no link to a loopback address, so the sandbox has a name, in this process alone."""
    lookup = socket.getaddrinfo

    def mapped(host, *rest, **options):
        return lookup(address if host == HOST else host, *rest, **options)

    socket.getaddrinfo = mapped


def wait_until(question, is_done):
    deadline = time.monotonic() + ANSWERS_TAKE_AT_MOST
    while True:
        answer = question()
        if is_done(answer):
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done in {ANSWERS_TAKE_AT_MOST} s: {answer}")
        time.sleep(0.1)


class Story:
    def __init__(self, task, client):
        self.task = task
        self.client = client
        self.token = None

    def public_key(self, usage):
        return self.client.security.get_public_key_certificate(usage)

    def symmetric_key(self):
        return self.public_key(m.PublicKeyCertificateUsage.SYMMETRICKEYENCRYPTION)

    def log_in_by_token(self, with_key_id=True):
        key = self.public_key(m.PublicKeyCertificateUsage.KSEFTOKENENCRYPTION)
        return AuthCoordinator(self.client.auth).authenticate_with_ksef_token(
            token=self.task["ksef_token"],
            public_certificate=key.certificate,
            public_key_id=key.public_key_id if with_key_id else None,
            context_identifier_type="nip",
            context_identifier_value=self.task["nip"],
            poll_interval_seconds=0.05,
        )

    def log_in_by_certificate(self):
        pair = XadesKeyPair.from_pem_files(
            certificate_path=self.task["certificate"], private_key_path=self.task["key"]
        )
        return AuthCoordinator(self.client.auth).authenticate_with_xades_key_pair(
            key_pair=pair,
            context_identifier_type="nip",
            context_identifier_value=self.task["nip"],
            subject_identifier_type="certificateSubject",
            poll_interval_seconds=0.05,
        )

    def log_in(self):
        self.token = self.log_in_by_token().access_token

    def send_online(self, invoice):
        key = self.symmetric_key()
        session = OnlineSessionWorkflow(self.client.sessions).open_session(
            form_code=FA3,
            public_certificate=key.certificate,
            public_key_id=key.public_key_id,
            access_token=self.token,
        )
        sent = session.send_invoice(invoice)
        status = wait_until(
            lambda: session.get_invoice_status(sent.reference_number),
            lambda status: status.status.code >= 200,
        )
        return session, sent, status

    def send_batch(self, archive, compression_type):
        key = self.symmetric_key()
        workflow = BatchSessionWorkflow(self.client.sessions, self.client.http_client)
        reference_number = workflow.open_upload_and_close(
            form_code=FA3,
            archive_bytes=archive,
            compression_type=compression_type,
            public_certificate=key.certificate,
            public_key_id=key.public_key_id,
            access_token=self.token,
        )
        return reference_number, self.end_of(reference_number)

    def end_of(self, session):
        return wait_until(
            lambda: self.client.sessions.get_session_status(session, access_token=self.token),
            lambda status: status.status.code >= 200,
        )


# --- The stories ------------------------------------------------------------------------------------


def logs_in(story, log_in):
    login = log_in()
    sessions = story.client.auth.get_active_sessions(access_token=login.access_token)
    renewed = story.client.auth.refresh_access_token(login.refresh_token)
    story.client.limits.get_context_limits(renewed.access_token.token)
    story.client.auth.revoke_current_session(renewed.access_token.token)
    return {
        "reference_number": login.reference_number,
        "listed": [item.reference_number for item in sessions.items],
    }


def by_token(story):
    return logs_in(story, story.log_in_by_token)


def by_token_without_key_id(story):
    return logs_in(story, lambda: story.log_in_by_token(with_key_id=False))


def by_certificate(story):
    return logs_in(story, story.log_in_by_certificate)


def online(story):
    story.log_in()
    [invoice] = story.task["invoices"]
    session, sent, status = story.send_online(invoice.encode())
    receipt = session.get_invoice_upo_by_ref(sent.reference_number)
    same_receipt = session.get_invoice_upo_by_ksef(status.ksef_number)
    linked_receipt = story.client.http_client.request(
        "GET", status.upo_download_url, skip_auth=True, expected_status={200}
    ).content
    session.close()
    closed = story.end_of(session.reference_number)
    [page] = closed.upo.pages
    original = story.client.invoices.get_invoice_bytes(status.ksef_number, access_token=story.token)
    return {
        "session": session.reference_number,
        "invoice": sent.reference_number,
        "code": status.status.code,
        "ksef_number": status.ksef_number,
        "receipt": receipt.decode(),
        "receipts_agree": receipt == same_receipt == linked_receipt,
        "session_code": closed.status.code,
        "session_receipt": session.get_upo(page.reference_number).decode(),
        "document": original.content.decode(),
        "document_hash": original.sha256_base64,
    }


def refused(story):
    story.log_in()
    [invoice] = story.task["invoices"]
    first = story.send_online(invoice.encode())[2]
    second = story.send_online(invoice.encode())[2]
    return {
        "first": first.ksef_number,
        "code": second.status.code,
        "original": second.status.extensions["originalKsefNumber"],
    }


def batch(story):
    story.log_in()
    files = {f"{i}.xml": text.encode() for i, text in enumerate(story.task["invoices"])}
    if story.task["compression"] == "TarGz":
        archive, compression_type = build_tar_gz(files), m.CompressionType.TARGZ
    else:
        archive, compression_type = build_zip(files), m.CompressionType.ZIP
    reference_number, status = story.send_batch(archive, compression_type)
    listed = story.client.sessions.get_session_invoices(
        reference_number, page_size=100, access_token=story.token
    )
    return {
        "session": reference_number,
        "code": status.status.code,
        "count": status.invoice_count,
        "successful": status.successful_invoice_count,
        "ksef_numbers": [invoice.ksef_number for invoice in listed.invoices],
        "receipts": [
            story.client.http_client.request(
                "GET", page.download_url, skip_auth=True, expected_status={200}
            ).content.decode()
            for page in status.upo.pages
        ],
    }


def retrieval(story):
    sent = batch(story)
    period = {"date_from": story.task["from"], "date_to": story.task["to"]}
    found = list(
        story.client.invoices.iter_invoice_metadata_by_date_range(
            subject_type=m.InvoiceQuerySubjectType.SUBJECT1,
            date_type=m.InvoiceQueryDateType.PERMANENTSTORAGE,
            access_token=story.token,
            page_size=10,
            **period,
        )
    )
    exported, metadata = export(story)
    return {
        "sent": sent["ksef_numbers"],
        "found": [invoice.ksef_number for invoice in found],
        "hashes": [invoice.invoice_hash for invoice in found],
        "exported": exported,
        "metadata": metadata,
    }


def export(story):
    key = story.symmetric_key()
    encryption = build_encryption_data(key.certificate, public_key_id=key.public_key_id)
    order = m.InvoiceExportRequest(
        encryption=encryption.encryption_info,
        filters=m.InvoiceQueryFilters(
            subject_type=m.InvoiceQuerySubjectType.SUBJECT1,
            date_range=m.InvoiceQueryDateRange(
                date_type=m.InvoiceQueryDateType.PERMANENTSTORAGE,
                from_=story.task["from"],
                to=story.task["to"],
            ),
        ),
    )
    ordered = story.client.invoices.export_invoices(order, access_token=story.token)
    status = wait_until(
        lambda: story.client.invoices.get_export_status(
            ordered.reference_number, access_token=story.token
        ),
        lambda status: status.status.code >= 200,
    )
    workflow = ExportWorkflow(story.client.invoices, story.client.http_client)
    package = workflow.download_and_process_package(status.package, encryption)
    numbers = [re.sub(r"\.xml$", "", name) for name in package.invoice_xml_files]
    return numbers, [summary["ksefNumber"] for summary in package.metadata_summaries]


STORIES = {
    story.__name__: story
    for story in (by_token, by_token_without_key_id, by_certificate, online, refused, batch, retrieval)
}


def tell(task):
    options = KsefClientOptions(base_url=task["base_url"], strict_presigned_url_validation=False)
    with KsefClient(options) as client:
        return STORIES[task["story"]](Story(task, client))


def main():
    for line in sys.stdin:
        task = json.loads(line)
        map_the_host(task["address"])
        print(json.dumps(tell(task)), flush=True)


if __name__ == "__main__":
    main()
