"""R-307, R-407: in asynchronous mode the primary dies with commits that no standby has. What Signet knew is
not undone: revoked tokens stay refused everywhere, their records are written back, the sessions that they
name end again; and what is lost is said.
usage: lost_revocations.py SOURCE_DIR SIGNETD SIGNET"""
import os
import signal
import sys
import threading

from cluster import Cluster
from lab import PATIENCE, Lab, arguments, family_of
from service import Caller, Server, Validator, published_events


def freeze_replication(cluster, primary):
    """No standby gets anything more, as when the network between them is gone."""
    senders = cluster.lab.sql(cluster.node_url(primary, "postgres", "postgres"), "SELECT pid FROM pg_stat_replication")
    for pid in senders.split():
        os.kill(int(pid), signal.SIGSTOP)
    return len(senders.split())


def main():
    with Lab(*arguments("lost_revocations.py")) as lab:
        cluster = Cluster(lab, synchronous=False)
        cluster.migrate()
        files = [lab.file(f"checkpoints-{i}", "") for i in (1, 2)]
        servers = [Server(lab, f"signetd-{i}", database_url=cluster.url("signet_service"),
                          audit_checkpoint_file=str(files[i - 1])) for i in (1, 2)]
        key = servers[0].get("/audit/key").strip()
        callers = [Caller(server, PATIENCE) for server in servers]
        first = callers[0]
        for name in ("ada", "bob", "eve"):
            first.register(name)
        before, out, used, good, one = (first.login("ada") for _ in range(5))
        everywhere = [first.login("bob") for _ in range(2)]
        first.must("AuthService/Logout", {}, before["accessToken"])
        lab.await_("all of it is replicated", lambda: cluster.number(
            "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()", "postgres") == "2")

        old = cluster.primary()
        lab.say(f"{freeze_replication(cluster, old)} standbys of {old} hear nothing any more")
        first.must("AuthService/Logout", {}, out["accessToken"])
        first.must("AuthService/LogoutAll", {}, everywhere[0]["accessToken"])
        first.must("TokenService/Revoke", {"token": one["accessToken"]}, one["accessToken"])
        advanced = first.must("TokenService/Refresh", {"refreshToken": used["refreshToken"]})["tokens"]
        revoked = [tokens["accessToken"] for tokens in (before, out, one, *everywhere)]
        for caller in callers:
            lab.await_("the revocations are known", lambda: not any(map(caller.accepts, revoked)), 30)
        events = int(cluster.number("SELECT count(*) FROM signet.audit_events"))
        lab.await_("a checkpoint of it is out", lambda: published_events(*files) >= events, 30)

        checkpoints = lab.file("kept-elsewhere", "".join(file.read_text() for file in files))
        stop = threading.Event()
        validators = [Validator(server, good["accessToken"], revoked, stop) for server in servers]
        for validator in validators:
            validator.start()
        cluster.kill(old)
        new = cluster.await_another_primary(old)
        lab.say(f"{new} is primary, without the newest commits")
        # Somebody else writes before every process has looked: numbers of the log are given out again.
        fresh = lab.await_("logins go on", lambda: first.call(
            "AuthService/Login", {"email": "eve@people.example", "password": "vellum-oxbow-quarry-41"})[1].get("tokens"), 60)
        first.must("AuthService/Logout", {}, fresh["accessToken"])
        lab.await_("the lost revocations are back", lambda: cluster.number(
            "SELECT count(DISTINCT subject) FROM signet.revocation_log") == "5", 60)
        for server in servers:
            lab.await_("every process has noticed", lambda: server.metric("signet_revocation_log_rewinds_total") >= 1, 30)
        lab.measured("revocations that were written back", int(sum(
            server.metric("signet_revocations_restored_total") for server in servers)))
        stop.set()
        for validator in validators:
            validator.join(30)
        lab.measured("validations", sum(one.asked for one in validators))
        lab.measured("wrong ones", sum(len(one.failed) for one in validators), 0)
        for what in {what for one in validators for what in one.failed}:
            print(f"  {what}")

        for name, tokens in (("logged out", out), ("logged out everywhere", everywhere[0]),
                             ("its other session", everywhere[1]), ("logged out before", before)):
            status, answer = first.call("TokenService/Refresh", {"refreshToken": tokens["refreshToken"]})
            lab.expect(status == 401, f"{name}: its refresh token lives again: {status} {answer}")
        status, _ = first.call("TokenService/Refresh", {"refreshToken": good["refreshToken"]})
        lab.expect(status == 200, f"a session that nobody ended: {status}")
        # A process that has seen nothing of it knows it all from the database.
        newcomer = Caller(Server(lab, "signetd-3", database_url=cluster.url("signet_service")))
        lab.expect(not any(map(newcomer.accepts, revoked + [fresh["accessToken"]])), "a new process accepts a revoked token")

        # What asynchronous mode does lose, and who says so.
        status, answer = first.call("TokenService/Refresh", {"refreshToken": advanced["refreshToken"]})
        reason = next((detail.get("debug", detail).get("reason", "") for detail in answer.get("details", [])), "")
        lab.measured("an acknowledged refresh that no standby had", f"status {status} {reason}".strip())
        verified = lab.run([lab.signetd, "audit", "verify", "--database", cluster.writable_url("signet_owner"), "--key", key,
                            "--checkpoints", checkpoints], check=False)
        print(verified.stdout.strip())
        lab.measured("the audit log against the published checkpoints", f"exit code {verified.returncode}")
        lab.expect(verified.returncode == 1, "the loss of audit events was not found")
        sys.exit(lab.finish())


main()
