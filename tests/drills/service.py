"""signetd of the drills, and people who use it: each keeps what was acknowledged, and says what was wrong."""
import http.client
import json
import threading
import time
import urllib.request
from pathlib import Path

from lab import PATIENCE, free_port

PASSWORD = "vellum-oxbow-quarry-41"
KEK = "5f1d6c0a9be2473885fd0c6b1e34a7925f1d6c0a9be2473885fd0c6b1e34a792"
OFF = ("login", "register", "reset", "refresh", "mfa", "api_key")

VIOLATIONS = (Path(__file__).parent.parent / "faults" / "violations.sql").read_text()


class Server:
    def __init__(self, lab, name, **settings):
        self.grpc, self.port = f"127.0.0.1:{free_port()}", free_port()
        environment = {"SIGNET_TOKENS_ISSUER": "https://id.drill.example", "SIGNET_KEYS_KEK": KEK,
                       "SIGNET_LIMITS_DRAIN_PAUSE": "0s", "SIGNET_HASHING_ARGON2_MEMORY": "8MiB",
                       "SIGNET_AUDIT_SEAL_INTERVAL": "1s", "SIGNET_LOG_CALLS": "none",
                       "SIGNET_LISTEN_GRPC": self.grpc, "SIGNET_LISTEN_HTTP": f"127.0.0.1:{self.port}"}
        environment |= {f"SIGNET_RATES_{rate.upper()}": "off" for rate in OFF}
        environment |= {"SIGNET_" + key.upper(): value for key, value in settings.items()}
        self.environment = environment
        self.program = lab.program(name, [lab.signetd, "run"], **environment)
        lab.await_(f"{name} serves", lambda: '"msg":"serving"' in self.program.output() or not self.program.runs())
        if not self.program.runs():
            raise SystemExit(self.program.output()[-3000:])

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name):
        """The sum over its labels."""
        lines = [line for line in self.get("/metrics").splitlines() if line.startswith((name + " ", name + "{"))]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def published_events(*files):
    """How many events the newest checkpoint of these files covers."""
    lines = [line for file in files for line in file.read_text().splitlines()]
    return max((int(size) for origin, size in zip(lines, lines[1:]) if origin.endswith("/audit")), default=0)


class Caller:
    """One connection to a server, made again where it breaks."""

    def __init__(self, server, patience=10):
        self.server, self.patience, self.connection = server, patience, None

    def call(self, method, message, token=""):
        """Status and answer; status 0 where there was no answer."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = "Bearer " + token
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=self.patience)
            self.connection.request("POST", f"/signet.v1.{method}", json.dumps(message), headers)
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return 0, {"message": str(error)}

    def must(self, method, message, token=""):
        idle = self.connection is not None
        status, answer = self.call(method, message, token)
        if status == 0 and idle:  # the server closed it, as nothing had come for a while
            status, answer = self.call(method, message, token)
        if status != 200:
            raise SystemExit(f"{method}: {status} {answer}")
        return answer

    def register(self, name):
        self.must("AuthService/Register", {"email": f"{name}@people.example", "password": PASSWORD})

    def login(self, name):
        return self.must("AuthService/Login", {"email": f"{name}@people.example", "password": PASSWORD})["tokens"]

    def accepts(self, access):
        """Whether the token is good; nothing where that was not said."""
        status, answer = self.call("TokenService/Validate", {"token": access, "audience": "signet"})
        return answer.get("active", False) if status == 200 else None


class Refresher(threading.Thread):
    """Refreshes over and over, as a client should: what was not answered is asked again, with the same token."""

    def __init__(self, server, tokens, stop):
        super().__init__(daemon=True)
        self.caller, self.stop = Caller(server), stop
        self.access, self.token = tokens["accessToken"], tokens["refreshToken"]
        self.acknowledged, self.refused, self.gaps = 0, [], []

    def run(self):
        last = time.monotonic()
        while not self.stop.is_set():
            status, answer = self.caller.call("TokenService/Refresh", {"refreshToken": self.token})
            if status == 200:
                now = time.monotonic()
                self.gaps.append((now - last, last))
                last = now
                self.access, self.token = answer["tokens"]["accessToken"], answer["tokens"]["refreshToken"]
                self.acknowledged += 1
                self.stop.wait(0.05)
            elif status in (0, 503, 504):
                self.stop.wait(0.2)
            else:
                self.refused.append((status, answer))
                return


class Validator(threading.Thread):
    """Asks about good and revoked tokens; every wrong or missing answer counts."""

    def __init__(self, server, good, revoked, stop):
        super().__init__(daemon=True)
        self.caller, self.good, self.revoked, self.stop = Caller(server), good, revoked, stop
        self.asked, self.failed, self.slowest = 0, [], 0.0

    def run(self):
        while not self.stop.is_set():
            for token, right in [(self.good, True)] + [(token, False) for token in list(self.revoked)]:
                began = time.monotonic()
                accepted = self.caller.accepts(token)
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.asked += 1
                if accepted is not right:
                    self.failed.append(f"a {'good' if right else 'revoked'} token: {accepted}")
            self.stop.wait(0.02)


class Load:
    """People at both servers. `revoked` may grow while it runs."""

    def __init__(self, servers, people=8):
        self.stop, self.revoked, self.refreshers, self.validators = threading.Event(), [], [], []
        first = Caller(servers[0], PATIENCE)  # hashing comes last on a busy machine
        for i in range(people):
            first.register(f"load{i}")
            self.refreshers.append(Refresher(servers[i % len(servers)], first.login(f"load{i}"), self.stop))
        # The good one stays what it was at the login, so that no refresh is needed for validations to go on.
        for server in servers * 2:
            self.validators.append(Validator(server, first.login("load0")["accessToken"], self.revoked, self.stop))
        for thread in self.refreshers + self.validators:
            thread.start()

    def refreshes(self):
        return [one.acknowledged for one in self.refreshers]

    def await_refreshes(self, lab, more, patience=120):
        before = self.refreshes()
        lab.await_("everybody refreshes", lambda: all(now >= then + more or self.refreshers[i].refused
                   for i, (now, then) in enumerate(zip(self.refreshes(), before))), patience)

    def longest_gap(self, since):
        return max((gap for one in self.refreshers for gap, began in one.gaps if began + gap >= since), default=0.0)

    def end(self, lab):
        """Stops, and measures against the bars."""
        self.stop.set()
        for thread in self.refreshers + self.validators:
            thread.join(30)
        failed = [what for one in self.validators for what in one.failed]
        lab.measured("validations", sum(one.asked for one in self.validators))
        lab.measured("slowest of them", max(one.slowest for one in self.validators))
        lab.measured("failed validations", len(failed), 0)
        for what in sorted(set(failed)):
            print(f"  {what}")
        lab.measured("acknowledged refreshes", sum(self.refreshes()))
        lost = [refusal for one in self.refreshers for refusal in one.refused]
        for one in self.refreshers:
            if not one.refused:
                status, answer = one.caller.call("TokenService/Refresh", {"refreshToken": one.token})
                if status != 200:
                    lost.append((status, answer))
        lab.measured("lost acknowledged refreshes", len(lost), 0)
        for refusal in lost:
            print(f"  {refusal}")
