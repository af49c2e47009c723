"""R-407: PgBouncer in transaction mode, by deploy/pgbouncer, before PostgreSQL: everything goes on with a
few connections, revocations are heard of, and PgBouncer or PostgreSQL may restart under load.
usage: pooler.py SOURCE_DIR SIGNETD SIGNET"""
import configparser
import sys
import time

from lab import PATIENCE, Lab, arguments, as_postgres, free_port
from service import Caller, Load, Server, VIOLATIONS
from single import Single

SERVER_CONNECTIONS = 4


def start_pgbouncer(lab, database):
    """The shipped file, with addresses of this machine and trust instead of passwords."""
    config = configparser.RawConfigParser(comment_prefixes=(";",))
    config.read(lab.root / "deploy/pgbouncer/pgbouncer.ini")
    port = free_port()
    users = lab.file("userlist.txt", '"signet_service" ""\n"admin" ""\n')
    config["databases"]["signet"] = f"host=127.0.0.1 port={database.port} dbname=signet"
    config["pgbouncer"].update({"listen_port": str(port), "auth_type": "trust", "auth_file": str(users),
                            "default_pool_size": str(SERVER_CONNECTIONS), "admin_users": "admin"})
    with open(lab.scratch / "pgbouncer.ini", "w") as file:
        config.write(file)
    pgbouncer = lab.program("pgbouncer", as_postgres(["pgbouncer", str(lab.scratch / "pgbouncer.ini")]))
    lab.await_("PgBouncer answers", lambda: lab.sql(database.url("signet_service", port=port), "SELECT 1", check=False)
               or not pgbouncer.runs())
    return pgbouncer, port


def refreshes_in(caller, tokens, seconds):
    """How long one takes, one after the other."""
    token, count, began = tokens["refreshToken"], 0, time.monotonic()
    while time.monotonic() < began + seconds:
        token = caller.must("TokenService/Refresh", {"refreshToken": token})["tokens"]["refreshToken"]
        count += 1
    return (time.monotonic() - began) / count * 1000


def main():
    with Lab(*arguments("pooler.py")) as lab:
        database = Single(lab)
        database.create_database()
        lab.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database.url("postgres"), "-f",
                 lab.root / "deploy/pgbouncer/role-settings.sql"])
        lab.run(["/usr/sbin/haproxy", "-c", "-f", lab.root / "deploy/patroni/haproxy.cfg"])
        pgbouncer, port = start_pgbouncer(lab, database)
        pooled = {"database_url": database.url("signet_service", port=port), "database_pooler": "transaction",
                  "database_connections": "16"}
        # One hears of changes past the pooler, one looks for them every revocation.poll.
        servers = [Server(lab, "signetd-1", **pooled, database_listen_url=database.url("signet_service")),
                   Server(lab, "signetd-2", **pooled)]
        direct = Server(lab, "signetd-direct", database_url=database.url("signet_service"))
        callers = [Caller(server, PATIENCE) for server in servers]
        callers[0].register("ada")
        for what, caller in (("prepared, direct", Caller(direct, PATIENCE)), ("unprepared, pooled", callers[0])):
            refreshes_in(caller, caller.login("ada"), 0.5)
            lab.measured(f"one refresh, {what}", f"{refreshes_in(caller, caller.login('ada'), 3):.2f} ms")

        load = Load(servers)
        load.await_refreshes(lab, 20)
        for what, caller in zip(("listening", "polling"), callers):
            access = callers[0].login("ada")["accessToken"]
            callers[0].must("AuthService/Logout", {}, access)
            began = time.monotonic()
            lab.await_("the logout is heard of", lambda: caller.accepts(access) is False, 30, every=0.01)
            lab.measured(f"a logout, heard of by {what}", time.monotonic() - began, 5.0)
            lab.await_("and by the other", lambda: not any(one.accepts(access) for one in callers), 30)
            load.revoked.append(access)
        direct.program.end()
        backends = int(database.number("SELECT count(*) FROM pg_stat_activity "
                                       "WHERE usename = 'signet_service' AND application_name <> 'signetd changes'"))
        lab.measured("connections of PostgreSQL for both processes", backends, SERVER_CONNECTIONS)

        def again(what, restart):
            since = time.monotonic()
            restart()
            load.await_refreshes(lab, 5)
            lab.measured(f"{what}: longest time without a refresh", load.longest_gap(since), 15.0)

        def restart_pgbouncer():
            pgbouncer.end()
            pgbouncer.start()

        def restart_postgres():
            database.stop()
            database.start()

        again("PgBouncer restarted", restart_pgbouncer)
        again("PostgreSQL restarted", restart_postgres)
        load.end(lab)
        lab.measured("lineages with two leaves or a gap", len(database.number(VIOLATIONS).splitlines()), 0)
        broken = sum(server.metric('signet_database_errors_total{kind="other"}') for server in servers)
        lab.measured("statements that the database refused", int(broken), 0)
        sys.exit(lab.finish())


main()
