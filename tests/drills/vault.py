"""R-306, R-407: the key-encryption key and the database credentials of a real Vault: credentials that end are
replaced under load, Vault may die and come back, and nobody notices; what is refused is said clearly.
usage: vault.py SOURCE_DIR SIGNETD SIGNET"""
import sys
import time

from lab import PATIENCE, Lab, arguments
from service import KEK, Caller, Load, Server
from single import Single
from vault_server import Vault, binary

AWAY = 8  # seconds; what was granted lasts longer


def granted(server, what):
    return server.metric(f'signet_vault_grants_total{{grant="{what}"}}')


def refused_start(lab, environment, says, **changes):
    elsewhere = {"SIGNET_LISTEN_GRPC": "127.0.0.1:0", "SIGNET_LISTEN_HTTP": "127.0.0.1:0"}
    done = lab.run([lab.signetd, "run"], check=False, **{**environment, **elsewhere, **changes})
    lab.expect(done.returncode != 0 and says in done.stderr,
               f"a start that is refused says {says!r}: {done.returncode} {done.stderr[-600:]}")


def main():
    with Lab(*arguments("vault.py")) as lab:
        program = binary(lab)
        lab.say(lab.run([program, "version"]).stdout.strip())
        database = Single(lab)
        database.create_database()
        # Passwords count here, for those whom Vault makes.
        database.number("CREATE ROLE vault LOGIN CREATEROLE PASSWORD 'of-vault'")
        database.number("GRANT CONNECT ON DATABASE signet TO vault")
        hba = database.data / "pg_hba.conf"
        hba.write_text("host all postgres,signet_owner,vault 127.0.0.1/32 trust\nlocal all all trust\n"
                       "host all all 127.0.0.1/32 scram-sha-256\n")
        database.number("SELECT pg_reload_conf()")
        vault = Vault(lab, program)
        role, secret_file = vault.set_up(database, KEK)
        in_vault = {"keys_kek": "", "vault_addresses": f"https://127.0.0.1:1, {vault.address}",
                    "vault_ca": str(vault.ca), "vault_role": role, "vault_secret_file": str(secret_file),
                    "vault_database_role": "signet", "database_url": database.url("nobody"),
                    "key_encryption_source": "vault_kv"}

        kv = Server(lab, "signetd-kv", **in_vault)
        lab.say("it serves with the key of the KV engine")
        # The same key from the environment opens what that one sealed, with a role of its own.
        same = Server(lab, "signetd-same", **{**in_vault, "keys_kek": KEK, "key_encryption_source": "key"})
        Caller(same, PATIENCE).register("ada")
        access = Caller(same, PATIENCE).login("ada")["accessToken"]
        lab.expect(Caller(kv, PATIENCE).accepts(access), "both hold the same keys")
        roles = "SELECT count(DISTINCT usename) FROM pg_stat_activity WHERE usename LIKE 'v-approle-%'"
        lab.expect(int(database.number(roles)) == 2, "each process has a role of its own")

        load = Load([kv, same], people=4)
        began = time.monotonic()
        lab.await_("credentials are replaced twice", lambda: granted(kv, "credentials") >= 3
                   and granted(same, "credentials") >= 3)
        lab.measured("two replacements of the credentials", time.monotonic() - began)
        lab.expect(granted(kv, "lease") >= 1, "the lease was renewed before")
        lab.await_("the token is renewed", lambda: granted(kv, "token") >= 1)
        lab.expect(granted(kv, "login") == 1, "one login was enough")
        # A connection outlives the role that opened it, and then has no name: there must be none.
        nameless = ("SELECT count(*) FROM pg_stat_activity WHERE usename IS NULL AND backend_type = 'client backend'"
                    " AND application_name LIKE 'signetd%'")
        lab.expect(int(database.number(nameless)) == 0, "connections end before the lease by which they were opened")
        load.await_refreshes(lab, 5)

        vault.set_lease("60s", "60s")
        before = [granted(server, "credentials") for server in (kv, same)]
        lab.await_("credentials that outlast it", lambda: all(
            granted(server, "credentials") > then for server, then in zip((kv, same), before)))
        vault.kill()
        lab.say("Vault is dead")
        lab.await_("it is noticed", lambda: kv.metric("signet_vault_failing_seconds") > 0)
        died = time.monotonic()
        while time.monotonic() < died + AWAY:
            load.await_refreshes(lab, 1)
        failing = kv.metric("signet_vault_failing_seconds")
        lab.expect(failing > 0, "what the alert looks at is true")
        refused_start(lab, kv.environment, "vault.start_timeout is over", SIGNET_VAULT_START_TIMEOUT="1s")
        vault.program.start()
        vault.await_listening()
        refused_start(lab, kv.environment, "Vault is sealed", SIGNET_VAULT_START_TIMEOUT="1s")
        vault.unseal()
        lab.await_("it is back", lambda: kv.metric("signet_vault_failing_seconds") == 0)
        lab.measured("from its death to everything as before", time.monotonic() - died)
        vault.set_lease("20s", "30s")
        now = granted(kv, "credentials")
        lab.await_("credentials are replaced again", lambda: granted(kv, "credentials") > now)
        load.await_refreshes(lab, 5)
        load.end(lab)
        for server in (kv, same):
            lab.expect("Vault is back" in server.program.output(), "the log tells when it was over")

        refused_start(lab, kv.environment, "answered 403 to secret/data/elsewhere",
                      SIGNET_KEY_ENCRYPTION_VAULT_NAME="elsewhere")
        refused_start(lab, kv.environment, "answered 400 to auth/approle/login",
                      SIGNET_VAULT_SECRET_FILE=str(lab.file("wrong-secret-id", "of nobody", 0o600)))
        refused_start(lab, kv.environment, "no TLS connection that can be trusted", SIGNET_VAULT_START_TIMEOUT="1s",
                      SIGNET_VAULT_CA="/etc/ssl/certs/ca-certificates.crt", SIGNET_VAULT_ADDRESSES=vault.address)
        # Another key is no key of this database.
        refused_start(lab, kv.environment, "is sealed under key-encryption key",
                      SIGNET_KEY_ENCRYPTION_SOURCE="vault_transit")
        kv.program.end()
        same.program.end()

        # A database that nobody has sealed anything in, with a role of the configuration.
        fresh = Single(lab, "pg-transit")
        fresh.create_database()
        by_transit = {**in_vault, "key_encryption_source": "vault_transit", "vault_database_role": "",
                      "database_url": fresh.url("signet_service")}
        transit = Server(lab, "signetd-transit", **by_transit)
        Caller(transit, PATIENCE).register("ada")
        access = Caller(transit, PATIENCE).login("ada")["accessToken"]
        lab.expect(Caller(transit, PATIENCE).accepts(access), "a token by a key that transit sealed")
        sealed = "SELECT count(*) FROM signet.signing_keys WHERE convert_from(sealed_private, 'UTF8') LIKE 'vault:v1:%'"
        lab.expect(int(fresh.number(sealed)) >= 1, "signing keys are sealed by Vault")
        vault.ask("POST", "transit/keys/signet/rotate", {})
        again = Server(lab, "signetd-transit-2", **by_transit)
        lab.expect(Caller(again, PATIENCE).accepts(access), "after a rotation in Vault what was sealed opens")
        vault.kill()
        lab.expect(Caller(again, PATIENCE).accepts(Caller(transit, PATIENCE).login("ada")["accessToken"]),
                   "open keys sign without Vault")
        sys.exit(lab.finish())


main()
