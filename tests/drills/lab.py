"""What the drills are made of: programs of Debian and of this project on free ports of this machine, with
their data in a scratch directory that goes when the drill ends."""
import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BINARIES = "/usr/lib/postgresql/15/bin"
PATIENCE = int(os.environ.get("SIGNET_DRILL_PATIENCE", "120"))  # seconds until something has to be there


def free_port():
    """Below the range that the kernel takes outgoing ports from, so that it stays free."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def as_postgres(command):
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


class Program:
    """Runs beside the drill, in a group of its own, and not for longer than the drill."""

    def __init__(self, command, log, **environment):
        self.command, self.log, self.environment = [str(word) for word in command], log, environment
        self.start()

    def start(self):
        with open(self.log, "ab") as file:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                            env={"PATH": "/usr/bin:/bin:/usr/sbin", "LANG": "C.UTF-8", **self.environment},
                                            cwd="/", preexec_fn=self.with_the_drill, start_new_session=True)

    @staticmethod
    def with_the_drill():
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)

    def kill_all(self):
        """The program and everything that it started, at once."""
        if not self.runs():
            return
        family = family_of(self.process.pid)
        for pid in family:
            kill(pid, signal.SIGSTOP)  # it starts nothing more
        for pid in set(family + family_of(self.process.pid)):
            kill(pid, signal.SIGKILL)
        self.process.wait()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill_all()

    def output(self):
        return pathlib.Path(self.log).read_text(errors="replace")

    def runs(self):
        return self.process.poll() is None


def kill(pid, how):
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass


def family_of(pid):
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid] + [one for child in children for one in family_of(int(child))]


class Lab:
    def __init__(self, root, signetd, signet):
        self.root, self.signetd, self.signet = pathlib.Path(root), signetd, signet
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="signet-drill-"))
        self.scratch.chmod(0o711)
        self.ending = []  # what ends, last first
        self.wrong = []
        self.began = time.monotonic()
        # Whoever ends the drill early ends what it started, too: it may belong to another user, for whom
        # with_the_drill() has no effect.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        for end in reversed(self.ending):
            try:
                end()
            except Exception as error:  # the rest ends all the same
                print(f"while ending: {error}", file=sys.stderr)
        if os.environ.get("SIGNET_KEEP_DRILL"):
            print(f"kept: {self.scratch}")
        else:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def directory(self, name):
        """Of PostgreSQL's user."""
        path = self.scratch / name
        path.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(path, "postgres", "postgres")
        return path

    def file(self, name, text, mode=0o644):
        path = self.scratch / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def program(self, name, command, **environment):
        program = Program(command, self.scratch / f"{name}.log", **environment)
        self.ending.append(program.end)
        return program

    def run(self, command, check=True, timeout=PATIENCE, **environment):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, cwd="/",
                              env={"PATH": f"{BINARIES}:/usr/bin:/bin:/usr/sbin", "LANG": "C.UTF-8", **environment})
        if check and done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return done

    def sql(self, conninfo, query, check=True):
        done = self.run(["psql", "--no-psqlrc", "--quiet", "-At", "-v", "ON_ERROR_STOP=1", "-d", conninfo, "-c", query],
                        check, PGCONNECT_TIMEOUT="5")
        return done.stdout.strip() if done.returncode == 0 else None

    def await_(self, what, condition, patience=PATIENCE, every=0.1):
        ends = time.monotonic() + patience
        while not (found := condition()):
            if time.monotonic() > ends:
                logs = "".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}\n"
                               for log in sorted(self.scratch.glob("*.log")))
                sys.exit(f"{logs}\nin vain: {what}")
            time.sleep(every)
        return found

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def measured(self, what, value, limit=None):
        """A figure, and its bar."""
        bad = limit is not None and value > limit
        value = f"{value:.1f} s" if isinstance(value, float) else value
        bar = "" if limit is None else f" (at most {limit})"
        print(f"[ MEASURED ] {what}: {value}{bar}", flush=True)
        if bad:
            self.wrong.append(f"{what}: {value}{bar}")

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(what)
            print(f"[ WRONG ] {what}", flush=True)

    def finish(self):
        print(f"{time.monotonic() - self.began:.0f} s, {len(self.wrong)} wrong")
        for what in self.wrong:
            print(f"  {what}")
        if self.wrong:
            for log in sorted(self.scratch.glob("signetd*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}")
        return 1 if self.wrong else 0


def arguments(usage):
    if len(sys.argv) != 4:
        sys.exit(f"usage: {usage} SOURCE_DIR SIGNETD SIGNET")
    return sys.argv[1:]
