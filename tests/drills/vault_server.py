"""A Vault of the drill's own: on TLS, with its data in a folder, unsealed by one key."""
import json
import ssl
import subprocess
import urllib.error
import urllib.request

from lab import free_port

POLICY = """
path "secret/data/signet" { capabilities = ["read"] }
path "transit/encrypt/signet" { capabilities = ["update"] }
path "transit/decrypt/signet" { capabilities = ["update"] }
path "database/creds/signet" { capabilities = ["read"] }
path "sys/leases/renew" { capabilities = ["update"] }
"""
# Those who were made so are what signet_service may do; nothing is theirs, so they can be dropped at once.
CREATE = ["CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE signet_service;"]
REVOKE = ["DROP ROLE IF EXISTS \"{{name}}\";"]


class Vault:
    def __init__(self, lab, binary):
        self.lab, self.port, self.home = lab, free_port(), lab.scratch / "vault"
        (self.home / "data").mkdir(parents=True)
        self.address = f"https://127.0.0.1:{self.port}"
        self.ca, key = self.home / "ca.crt", self.home / "tls.key"
        lab.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                 "2", "-subj", "/CN=vault", "-addext", "subjectAltName=IP:127.0.0.1", "-out", self.ca, "-keyout", key])
        self.trust = ssl.create_default_context(cafile=str(self.ca))
        config = lab.file("vault.hcl", f"""
storage "raft" {{
  path = "{self.home}/data"
  node_id = "one"
}}
cluster_addr = "https://127.0.0.1:{free_port()}"
listener "tcp" {{
  address = "127.0.0.1:{self.port}"
  tls_cert_file = "{self.ca}"
  tls_key_file = "{key}"
}}
disable_mlock = true
api_addr = "{self.address}"
""")
        self.root = ""
        self.program = lab.program("vault", [binary, "server", f"-config={config}"], HOME=str(self.home))
        self.await_listening()
        made = self.ask("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.key, self.root = made["keys"][0], made["root_token"]
        self.unseal()

    def ask(self, method, path, body=None, token=None, wrong=False):
        """The answer; with `wrong`, its status where that is an error."""
        request = urllib.request.Request(f"{self.address}/v1/{path}", method=method,
                                         data=json.dumps(body).encode() if body is not None else None,
                                         headers={"X-Vault-Token": self.root if token is None else token})
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.trust) as answer:
                text = answer.read()
                return json.loads(text) if text else {}
        except urllib.error.HTTPError as refusal:
            if wrong:
                return refusal.code
            raise SystemExit(f"{method} {path}: {refusal.code} {refusal.read().decode()}")
        except OSError as error:
            if wrong:
                return 0
            raise SystemExit(f"{method} {path}: {error}")

    def await_listening(self):
        self.lab.await_("Vault listens", lambda: isinstance(self.ask("GET", "sys/seal-status", wrong=True), dict))

    def unseal(self):
        self.lab.await_("Vault is unsealed", lambda: isinstance(
            self.ask("PUT", "sys/unseal", {"key": self.key}, wrong=True), dict)
            and isinstance(self.ask("GET", "sys/health", wrong=True), dict))

    def kill(self):
        self.program.kill_all()

    def back(self):
        self.program.start()
        self.await_listening()
        self.unseal()

    def set_up(self, database, kek, lease="20s", longest="30s", token="120s"):
        """The engines, and who may ask them: role_id and secret_id of Signet."""
        self.ask("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        self.ask("POST", "sys/mounts/transit", {"type": "transit"})
        self.ask("POST", "sys/mounts/database", {"type": "database"})
        self.ask("POST", "sys/auth/approle", {"type": "approle"})
        self.lab.await_("the KV engine is upgraded", lambda: isinstance(
            self.ask("POST", "secret/data/signet", {"data": {"kek": kek}}, wrong=True), dict))
        self.ask("POST", "transit/keys/signet", {"type": "aes256-gcm96"})
        self.ask("POST", "database/config/signet", {
            "plugin_name": "postgresql-database-plugin", "allowed_roles": "signet", "username": "vault",
            "password": "of-vault", "connection_url":
            f"postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{database.port}/signet?sslmode=disable"})
        self.set_lease(lease, longest)
        self.ask("PUT", "sys/policies/acl/signet", {"policy": POLICY})
        self.ask("POST", "auth/approle/role/signet", {"token_policies": "signet", "token_ttl": token,
                                                      "token_max_ttl": "1h"})
        role = self.ask("GET", "auth/approle/role/signet/role-id")["data"]["role_id"]
        secret = self.ask("POST", "auth/approle/role/signet/secret-id", {})["data"]["secret_id"]
        return role, self.lab.file("secret-id", secret, 0o600)


    def set_lease(self, lease, longest):
        """Of credentials from now on."""
        self.ask("POST", "database/roles/signet", {
            "db_name": "signet", "creation_statements": CREATE, "revocation_statements": REVOKE,
            "default_ttl": lease, "max_ttl": longest})


def binary(lab):
    """Minutes the first time, and nothing after that."""
    done = subprocess.run([str(lab.root / "tests/drills/vault/build")], stdout=subprocess.PIPE, text=True, cwd="/")
    if done.returncode != 0:
        raise SystemExit("Vault cannot be built")
    return done.stdout.strip()
