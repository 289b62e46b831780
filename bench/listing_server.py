"""Answers S3 listings of made-up keys as fast as it can: `python -m bench.listing_server KEYS` prints its port."""

import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

PAGE_KEYS = 1000
_KEY = "raw/camera-{0:03d}/2026/11/{1:07d}.mp4"
_ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>2026-11-01T12:00:00.000Z</LastModified>"
    "<ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>1234567</Size>"
    "<StorageClass>STANDARD</StorageClass></Contents>"
)


def key_of(number: int) -> str:
    """The key of this number; keys are in order of their numbers."""
    return _KEY.format(number // 10_000, number)


def number_after(key: str) -> int:
    """The number of the first key that comes after one of ours."""
    return int(key.rpartition("/")[2].partition(".")[0]) + 1


def page(start: int, keys: int) -> bytes:
    """The XML of one page."""
    end = min(start + PAGE_KEYS, keys)
    entries = "".join(_ENTRY.format(key=key_of(number)) for number in range(start, end))
    more = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < keys else ""
    head = (
        f"<Name>bench</Name><KeyCount>{end - start}</KeyCount><IsTruncated>{'true' if more else 'false'}</IsTruncated>"
    )
    body = f"<?xml version='1.0'?><ListBucketResult>{head}{more}{entries}</ListBucketResult>"
    return body.encode()


class Handler(BaseHTTPRequestHandler):
    """Answers ListObjectsV2 of any bucket."""

    protocol_version = "HTTP/1.1"
    keys = 0

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        after = number_after(asked["start-after"]) if "start-after" in asked else 0
        body = page(int(asked.get("continuation-token", after)), self.keys)
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serves until it is ended."""
    Handler.keys = int(sys.argv[1])
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
