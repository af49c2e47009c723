"""What runs beside a test: a real signetd with its own database, and whatever looks at it."""
import ctypes
import json
import signal
import subprocess
import sys
import time

PATIENCE = 120  # seconds until something has to be there; a sanitizer makes everything slow


class Program:
    """Runs beside the test, and not for longer than that, however the test ends."""

    def __init__(self, command, output):
        self.output = output
        with open(output, "wb") as file:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                            stdout=file, stderr=file, preexec_fn=self.with_its_parent)

    @staticmethod
    def with_its_parent():
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)

    def end(self):
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "killed: it did not end"

    def await_(self, what, condition):
        ends = time.monotonic() + PATIENCE
        while not (found := condition()):
            if self.process.poll() is not None or time.monotonic() > ends:
                sys.exit(f"{what}\n" + self.output.read_text(errors="replace")[-4000:])
            time.sleep(0.1)
        return found


def certificate(scratch):
    files = scratch / "tls.crt", scratch / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def start_server(signetd, scratch, files):
    state = scratch / "state"
    server = Program([signetd, "--dev", "--state-dir", state, "--listen.grpc", "127.0.0.1:0", "--listen.http",
                      "127.0.0.1:0", "--listen.tls_certificate", files[0], "--listen.tls_key", files[1],
                      "--audit.seal_interval", "1s", "--hashing.argon2_memory", "8MiB", "--log.calls", "errors",
                      "--limits.drain_pause", "0s"],
                     scratch / "signetd.log")
    address = state / "address.json"
    server.await_("signetd does not serve", address.exists)
    return server, json.loads(address.read_text())
