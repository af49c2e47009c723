"""A little of everything that dashboards show, against a running Signet, by JSON and one gRPC stream.

Each call belongs to a trace of its own, of which the caller records every one but those of `unrecorded`."""
import json
import secrets
import ssl
import subprocess
import urllib.error
import urllib.request

PASSWORD = "vellum-oxbow-quarry-41"


class Traffic:
    def __init__(self, http, grpc, authority, scratch):
        self.http, self.grpc, self.authority, self.scratch = http, grpc, str(authority), scratch
        self.tls = ssl.create_default_context(cafile=self.authority)
        self.recorded, self.unrecorded = set(), set()

    def trace(self):
        recorded = len(self.recorded) <= 3 * len(self.unrecorded)
        trace = secrets.token_hex(16)
        (self.recorded if recorded else self.unrecorded).add(trace)
        return f"00-{trace}-{secrets.token_hex(8)}-0{int(recorded)}"

    def get(self, path, **fields):
        """Content type and body."""
        request = urllib.request.Request(f"https://{self.http}{path}", headers=fields)
        with urllib.request.urlopen(request, timeout=20, context=self.tls) as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    def call(self, method, message, token=""):
        """The answer, or nothing where it is a refusal."""
        request = urllib.request.Request(f"https://{self.http}/signet.v1.{method}", json.dumps(message).encode())
        request.add_header("Content-Type", "application/json")
        request.add_header("traceparent", self.trace())
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.tls) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            refusal.read()
            return None

    def watch(self):
        """A service that hears of revocations: an empty message, and what comes is thrown away."""
        message = self.scratch / "watch"
        message.write_bytes(b"\0" * 5)
        return ["curl", "--silent", "--http2", "--no-buffer", "--cacert", self.authority,
                "--header", "content-type: application/grpc", "--header", "te: trailers",
                "--data-binary", f"@{message}", "--output", "/dev/null",
                f"https://{self.grpc}/signet.v1.TokenService/WatchRevocations"]

    def login(self, name, password=PASSWORD):
        return self.call("AuthService/Login", {"email": name + "@people.example", "password": password})

    def round(self, number):
        """A person's session, from its start to its theft and to its end."""
        name = f"person{number}"
        self.call("AuthService/Register", {"email": name + "@people.example", "password": PASSWORD})
        session = self.login(name)
        self.login(name, "not the password")
        self.login("nobody")
        access, first = session["tokens"]["accessToken"], session["tokens"]["refreshToken"]
        for token in (access, access, access, "no token"):
            self.call("TokenService/Validate", {"token": token, "audience": "signet"})
        self.call("TokenService/ValidateBatch", {"tokens": [access, "no token"], "audience": "signet"})
        second = self.call("TokenService/Refresh", {"refreshToken": first})["tokens"]["refreshToken"]
        self.call("TokenService/Refresh", {"refreshToken": first})
        self.call("TokenService/Refresh", {"refreshToken": second})
        self.call("TokenService/Refresh", {"refreshToken": first})
        another = self.login(name)["tokens"]["accessToken"]
        self.call("SessionService/ListSessions", {}, another)
        self.call("AuthService/Logout", {}, another)
