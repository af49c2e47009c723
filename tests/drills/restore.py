"""R-606: an encrypted backup by deploy/backup, restored to a moment and judged. The audit log is the one of
the published checkpoint, what was revoked stays revoked, and what came after the moment is said to be lost.
usage: restore.py SOURCE_DIR SIGNETD SIGNET"""
import configparser
import os
import shutil
import sys
import time

from lab import BINARIES, PATIENCE, Lab, arguments, as_postgres
from service import Caller, Server, published_events
from single import Single

MAGIC = b"Salted__"  # what every file that pgBackRest encrypted begins with


def configure(lab, home):
    """The shipped file, with places of this machine and a passphrase."""
    config = configparser.RawConfigParser()
    config.read(lab.root / "deploy/backup/pgbackrest.conf")
    config["global"].update({"repo1-path": str(lab.directory("repository")), "repo1-cipher-pass": "of-this-drill-alone",
                         "spool-path": str(lab.directory("spool")), "lock-path": str(lab.directory("locks")),
                         "log-path": str(lab.directory("log")), "archive-async": "n"})
    config["signet"].update({"pg1-path": str(home / "data"), "pg1-socket-path": str(home)})
    path = lab.scratch / "pgbackrest.conf"
    with open(path, "w") as file:
        config.write(file)
    return path


def unencrypted(repository):
    found = []
    for directory, _, names in os.walk(repository):
        for path in (os.path.join(directory, name) for name in names):
            if os.path.islink(path):
                continue
            with open(path, "rb") as file:
                if file.read(len(MAGIC)) != MAGIC:
                    found.append(path)
    return found


def main():
    with Lab(*arguments("restore.py")) as lab:
        home = lab.scratch / "pg"
        config = configure(lab, home)
        database = Single(lab, settings="archive_mode = on\n"
                          f"archive_command = 'pgbackrest --config={config} --stanza=signet archive-push %p'")

        config.write_text(config.read_text().replace("pg1-port = 5432", f"pg1-port = {database.port}"))

        def pgbackrest(*words):
            began = time.monotonic()
            lab.run(as_postgres(["pgbackrest", f"--config={config}", "--stanza=signet", *words]))
            return time.monotonic() - began

        database.create_database()
        pgbackrest("stanza-create")
        pgbackrest("check")
        published = lab.file("checkpoints", "")
        old_server = Server(lab, "signetd-1", database_url=database.url("signet_service"),
                            audit_checkpoint_file=str(published))
        key = old_server.get("/audit/key").strip()
        caller = Caller(old_server, PATIENCE)
        for name in ("ada", "bob"):
            caller.register(name)

        def sealed():
            events = int(database.number("SELECT count(*) FROM signet.audit_events"))
            lab.await_("all events are sealed, and that is published", lambda: published_events(published) >= events, 60)

        before = caller.login("ada")
        caller.must("AuthService/Logout", {}, before["accessToken"])
        lab.measured("a full backup", pgbackrest("--type=full", "backup"))
        within = caller.login("ada")
        caller.must("AuthService/Logout", {}, within["accessToken"])
        lab.measured("a differential backup", pgbackrest("--type=diff", "backup"))
        live = caller.login("bob")
        archived = caller.login("ada")
        caller.must("AuthService/LogoutAll", {}, archived["accessToken"])
        sealed()
        kept_elsewhere = lab.scratch / "kept-elsewhere"
        shutil.copy(published, kept_elsewhere)
        kept_elsewhere.chmod(0o644)
        moment = database.number("SELECT clock_timestamp()")
        later = caller.login("bob")
        caller.must("AuthService/Logout", {}, later["accessToken"])
        sealed()
        segment = database.number("SELECT pg_walfile_name(pg_switch_wal())")
        lab.await_("the log is archived", lambda: (database.number(
            "SELECT last_archived_wal FROM pg_stat_archiver") or "") >= segment, 60)
        plain = unencrypted(lab.scratch / "repository")
        lab.measured("files of the repository that are not encrypted", len(plain), 0)
        for path in plain[:5]:
            print(f"  {path}")

        # What the timer does each week: the newest backup is restored beside the running service.
        restore = {"PGBACKREST_CONFIG": str(config), "SIGNETD": lab.signetd, "SIGNET_AUDIT_KEY": key, "PG_BIN": BINARIES}
        script = as_postgres([str(lab.root / "deploy/backup/check-restore")])
        done = lab.run([*script, "--target", moment], timeout=300, **restore, SIGNET_CHECKPOINTS=str(kept_elsewhere),
                       SIGNET_RESTORE_DIR=str(lab.directory("beside") / "it"))
        print(done.stdout.strip())
        lab.expect("the backup is good" in done.stdout, "check-restore does not say that the backup is good")
        # A checkpoint of after that moment speaks of events that the restored log does not have.
        newest = lab.scratch / "newest"
        shutil.copy(published, newest)
        newest.chmod(0o644)
        done = lab.run([*script, "--target", moment], check=False, timeout=300, **restore, SIGNET_CHECKPOINTS=str(newest),
                       SIGNET_RESTORE_DIR=str(lab.directory("again") / "it"))
        lab.expect(done.returncode == 1, "a log that ends before a published checkpoint was called good")
        lab.expect("ROLLED_BACK" in done.stdout, f"it was not said to end too early: {done.stdout}{done.stderr}")

        # The disaster: the cluster is gone. One process of the service still runs.
        database.stop("immediate")
        for path in database.data.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        began = time.monotonic()
        pgbackrest("--type=time", f"--target={moment}", "--target-action=promote", "restore")
        database.start()
        lab.await_("it can be written to", lambda: database.number("SELECT pg_is_in_recovery()") == "f", 60)
        lab.measured("the restore, until it can be written to", time.monotonic() - began)
        verify = [lab.signetd, "audit", "verify", "--database", database.url("postgres"), "--key", key, "--checkpoints"]
        lab.expect(lab.run([*verify, kept_elsewhere], check=False).returncode == 0,
                   "the restored audit log is not the one of the published checkpoint")

        newcomer = Caller(Server(lab, "signetd-2", database_url=database.url("signet_service")))
        for name, tokens in (("before the backup", before), ("within the backups", within), ("in the archive", archived)):
            lab.expect(newcomer.accepts(tokens["accessToken"]) is False, f"revoked {name}: accepted")
            status, answer = newcomer.call("TokenService/Refresh", {"refreshToken": tokens["refreshToken"]})
            lab.expect(status == 401, f"revoked {name}: its refresh token answers {status}: {answer}")
        lab.expect(newcomer.accepts(live["accessToken"]) is True, "a session that nobody ended is refused")
        status, _ = newcomer.call("TokenService/Refresh", {"refreshToken": live["refreshToken"]})
        lab.expect(status == 200, f"a session that nobody ended cannot refresh: {status}")
        # The old process knew of what came after the moment, and writes the revocations back.
        lab.await_("the old process has noticed", lambda: old_server.metric("signet_revocation_log_rewinds_total") >= 1, 60)
        lab.expect(caller.accepts(later["accessToken"]) is False, "revoked after the moment: accepted by who knew of it")
        lab.measured("revocations of after the moment that were written back",
                     int(old_server.metric("signet_revocations_restored_total")))
        sys.exit(lab.finish())


main()
