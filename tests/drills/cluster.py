"""PostgreSQL of the drills: three nodes under Patroni with etcd, by deploy/patroni."""
import json
import os
import shutil
import urllib.error
import urllib.request

import yaml

from lab import BINARIES, as_postgres, free_port


class Cluster:
    def __init__(self, lab, synchronous):
        self.lab = lab
        peers = {f"db{i}": {"peer": free_port(), "client": free_port(), "sql": free_port(), "rest": free_port()}
                 for i in (1, 2, 3)}
        self.nodes, self.programs = peers, {}
        initial = ",".join(f"{name}=http://127.0.0.1:{node['peer']}" for name, node in peers.items())
        for name, node in peers.items():
            lab.program(f"etcd-{name}", as_postgres(
                ["etcd", "--name", name, "--data-dir", str(lab.directory(f"etcd-{name}")),
                 "--listen-peer-urls", f"http://127.0.0.1:{node['peer']}",
                 "--initial-advertise-peer-urls", f"http://127.0.0.1:{node['peer']}",
                 "--listen-client-urls", f"http://127.0.0.1:{node['client']}",
                 "--advertise-client-urls", f"http://127.0.0.1:{node['client']}",
                 "--initial-cluster", initial, "--unsafe-no-fsync"]))
        create = lab.scratch / "create-database"
        shutil.copy(lab.root / "deploy/patroni/create-database", create)
        create.chmod(0o755)
        for name, node in peers.items():
            self.configure(name, node, create, synchronous)
            self.start(name)
            if name == "db1":  # the others copy it
                lab.await_("the first node is primary", lambda: self.role("db1") == "primary")
        lab.await_("three nodes", lambda: sorted(filter(None, map(self.role, peers)))[:1] == ["primary"]
                   and all(self.running(name) for name in peers))
        if synchronous:
            lab.await_("a synchronous standby", self.synchronous_standby)
        lab.await_("the database is there", lambda: lab.sql(self.url("signet_owner"), "SELECT 1", check=False))

    def configure(self, name, node, create, synchronous):
        """The shipped file, with addresses of this machine and trust instead of passwords."""
        config = yaml.safe_load((self.lab.root / "deploy/patroni/patroni.yaml").read_text())
        dcs = config["bootstrap"]["dcs"]
        dcs["synchronous_mode"] = synchronous
        dcs["postgresql"]["parameters"]["wal_keep_size"] = "64MB"
        config["bootstrap"]["post_bootstrap"] = str(create)
        config["postgresql"]["pg_hba"] = ["local all all trust", "host all all 127.0.0.1/32 trust",
                                          "host replication all 127.0.0.1/32 trust"]
        sockets = self.lab.directory(f"sockets-{name}")
        config["postgresql"]["parameters"] = {"unix_socket_directories": str(sockets), "shared_buffers": "32MB",
                                              "max_connections": 100}
        config["watchdog"] = {"mode": "off"}
        node["data"] = self.lab.directory(f"pg-{name}") / "data"
        node["config"] = self.lab.file(f"patroni-{name}.yaml", yaml.safe_dump(config))
        node["environment"] = {
            "PATRONI_NAME": name, "PATRONI_ETCD3_HOSTS": ",".join(f"127.0.0.1:{one['client']}" for one in self.nodes.values()),
            "PATRONI_RESTAPI_LISTEN": f"127.0.0.1:{node['rest']}",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"127.0.0.1:{node['rest']}",
            "PATRONI_POSTGRESQL_LISTEN": f"127.0.0.1:{node['sql']}",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"127.0.0.1:{node['sql']}",
            "PATRONI_POSTGRESQL_DATA_DIR": str(node["data"]),
            "PATRONI_POSTGRESQL_PGPASS": str(node["data"].parent / "pgpass"),
            "PATRONI_SUPERUSER_USERNAME": "postgres", "PATRONI_SUPERUSER_PASSWORD": "drill",
            "PATRONI_REPLICATION_USERNAME": "replicator", "PATRONI_REPLICATION_PASSWORD": "drill",
            "PATRONI_REWIND_USERNAME": "rewinder", "PATRONI_REWIND_PASSWORD": "drill"}

    def start(self, name):
        node = self.nodes[name]
        self.programs[name] = self.lab.program(
            f"patroni-{name}", as_postgres(["patroni", str(node["config"])]), **node["environment"])
        self.lab.ending.append(lambda: self.kill(name))  # nobody waits for an orderly end

    def stop_database(self, name):
        data = self.nodes[name]["data"]
        if (data / "postmaster.pid").exists():
            self.lab.run(as_postgres([f"{BINARIES}/pg_ctl", "-D", str(data), "-m", "immediate", "stop"]), check=False)

    def ask(self, name, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.nodes[name]['rest']}/{path}", timeout=3) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)
        except (OSError, ValueError):
            return {}

    def status(self, name):
        return self.ask(name, "patroni")

    def role(self, name):
        status = self.status(name)
        if status.get("state") != "running":
            return None
        return "primary" if status.get("role") in ("master", "primary") else "standby"

    def running(self, name):
        return self.status(name).get("state") == "running"

    def primary(self):
        return next((name for name in self.nodes if self.role(name) == "primary"), None)

    def synchronous_standby(self):
        """The one that may be promoted. PostgreSQL names it a moment before Patroni has agreed upon it in etcd."""
        members = self.ask(self.primary() or "db1", "cluster").get("members", [])
        return next((one["name"] for one in members if one["role"] == "sync_standby" and one["state"] in ("running", "streaming")), None)

    def node_url(self, name, role, database="signet"):
        return f"host=127.0.0.1 port={self.nodes[name]['sql']} user={role} dbname={database}"

    def url(self, role):
        """All three: what docs/database.md tells to write."""
        ports = ",".join(str(node["sql"]) for node in self.nodes.values())
        return f"host=127.0.0.1,127.0.0.1,127.0.0.1 port={ports} user={role} dbname=signet"

    def writable_url(self, role):
        return self.url(role) + " target_session_attrs=read-write"

    def number(self, query, role="signet_owner"):
        return self.lab.sql(self.writable_url(role), query, check=False)

    def migrate(self):
        self.lab.run([self.lab.signetd, "migrate", "up"], SIGNET_DATABASE_OWNER_URL=self.writable_url("signet_owner"))

    def switch_over(self):
        """What an operator does before he touches the primary's machine."""
        old = self.primary()
        body = json.dumps({"leader": old}).encode()

        def accepted():
            request = urllib.request.Request(f"http://127.0.0.1:{self.nodes[old]['rest']}/switchover", body,
                                             {"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
                return True
            except urllib.error.HTTPError:  # 412: no candidate yet
                return False

        self.lab.await_("Patroni accepts a switchover", accepted, every=0.5)
        return old

    def await_another_primary(self, old):
        return self.lab.await_(f"somebody takes over from {old}",
                               lambda: next((name for name in self.nodes if name != old and self.role(name) == "primary"), None))

    def kill(self, name):
        """As when its machine loses its power."""
        self.programs[name].kill_all()
        # The postmaster is nobody's child when Patroni itself was started again.
        self.stop_database(name)

    def start_again(self, name):
        self.programs[name].start()
        self.lab.await_(f"{name} is back", lambda: self.running(name))
