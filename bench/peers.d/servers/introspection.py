"""What all servers under measurement have in common: tokens are asked for with client credentials
(RFC 6749 section 4.4), one is revoked (RFC 7009), and what a server says of each is asked before and
after it is measured (RFC 7662).

A server's directory holds `url`, `authorization` (the header's value), `live` (a token per line) and
`dead` ("what is wrong<TAB>token").
"""

import base64
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request


def basic(user, secret):
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def call(url, authorization="", form=None, document=None, cookie="", method=None):
    """Returns (status, body, headers); never raises for a status."""
    headers = {"Connection": "close"}
    data = None
    if authorization:
        headers["Authorization"] = authorization
    if cookie:
        headers["Cookie"] = cookie
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if document is not None:
        data = json.dumps(document).encode()
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode(), refused.headers


def size_of_answer(url, authorization, token):
    """Head and body of the answer to the same request that the load sends, in bytes."""
    parts = urllib.parse.urlsplit(url)
    body = f"token={token}"
    request = (f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {authorization}\r\n"
               f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}")
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request.encode())
        answer = b""
        while True:
            more = connection.recv(65536)
            answer += more
            head, end, content = answer.partition(b"\r\n\r\n")
            if end:
                length = next(line.split(b":")[1] for line in head.lower().split(b"\r\n")
                              if line.startswith(b"content-length:"))
                if len(content) >= int(length):
                    return len(answer)
            if not more:
                raise SystemExit("an answer without its end")


def need(answer, what):
    status, body, headers = answer
    if not 200 <= status < 300:
        raise SystemExit(f"{what}: {status} {body[:200]}")
    return body, headers


def token(url, authorization, form=None):
    body, _ = need(call(url, authorization, form={"grant_type": "client_credentials", **(form or {})}),
                   "no token")
    return json.loads(body)["access_token"]


def revoke(url, authorization, one):
    need(call(url, authorization, form={"token": one}), "cannot revoke")


def altered(one):
    """The token with one character changed: of a JWT in the signature."""
    place = len(one) - 20
    return one[:place] + ("A" if one[place] != "A" else "B") + one[place + 1:]


def write(directory, url, authorization, live, dead):
    def lines(file, those):
        with open(f"{directory}/{file}", "w", encoding="ascii") as opened:
            opened.writelines(one + "\n" for one in those)

    lines("url", [url])
    lines("authorization", [authorization])
    lines("live", live)
    lines("dead", [f"{fault}\t{one}" for fault, one in dead.items()])


def read(directory, file):
    with open(f"{directory}/{file}", encoding="ascii") as opened:
        return opened.read().rstrip("\n").split("\n")


def wait_until_expired(seconds):
    """There is nothing else to wait for: a token expires by the clock of the server."""
    time.sleep(seconds)
