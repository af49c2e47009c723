"""One PostgreSQL of a drill's own, without fsync."""
import subprocess

from lab import BINARIES, as_postgres, free_port


class Single:
    def __init__(self, lab, name="pg", settings=""):
        self.lab, self.name, self.port = lab, name, free_port()
        self.home = lab.directory(name)
        self.data = self.home / "data"
        lab.run(as_postgres([f"{BINARIES}/initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
                             "--locale=C.UTF-8", "--data-checksums", "--no-sync"]))
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.home}'\n"
                       f"fsync = off\nshared_buffers = 32MB\nmax_connections = 100\n{settings}\n")
        lab.ending.append(lambda: self.stop("immediate"))
        self.start()

    def start(self):
        # Its log is no pipe of ours, which would stay open as long as the server lives.
        done = subprocess.run(as_postgres([f"{BINARIES}/pg_ctl", "-D", str(self.data), "-w", "-t", "300", "-s", "-l",
                                           str(self.home / "server.log"), "start"]), cwd="/", stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            raise SystemExit((self.home / "server.log").read_text()[-3000:])

    def stop(self, how="fast"):
        if (self.data / "postmaster.pid").exists():
            self.lab.run(as_postgres([f"{BINARIES}/pg_ctl", "-D", str(self.data), "-m", how, "-s", "stop"]), check=False)

    def url(self, role, database="signet", port=None):
        return f"host=127.0.0.1 port={port or self.port} user={role} dbname={database}"

    def create_database(self):
        self.lab.run([self.lab.root / "deploy/patroni/create-database", self.url("postgres", "postgres")])
        self.lab.run([self.lab.signetd, "migrate", "up"], SIGNET_DATABASE_OWNER_URL=self.url("signet_owner"))

    def number(self, query):
        return self.lab.sql(self.url("postgres"), query, check=False)
