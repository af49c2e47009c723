"""glewlwyd.py DIRECTORY BASE COUNT SAMPLES: sets a fresh glewlwyd up by its own administration interface and
makes `basic` and `bearer` in DIRECTORY. It signs with the ES256 key in SAMPLES.

A second plugin with the same key issues tokens that live for a second; the first is asked for one of
those."""

import os
import sys

import introspection


def plugin(name, samples, seconds):
    def pem(file):
        with open(f"{samples}/{file}", encoding="ascii") as opened:
            return opened.read()

    return {
        "module": "oidc", "name": name, "display_name": name, "enabled": True,
        "parameters": {
            "iss": "https://glewlwyd.example", "jwt-type": "ecdsa", "jwt-key-size": "256",
            "key": pem("private.pem"), "cert": pem("public.pem"),
            "access-token-duration": seconds, "refresh-token-duration": 1209600, "code-duration": 600,
            "allow-non-oidc": True, "auth-type-client-enabled": True, "auth-type-code-enabled": False,
            "auth-type-implicit-enabled": False, "auth-type-password-enabled": False,
            "auth-type-refresh-enabled": False, "introspection-revocation-allowed": True,
            "introspection-revocation-allow-target-client": True,
            "introspection-revocation-auth-scope": ["ask"],
        },
    }


def administer(base, samples, secret):
    def post(path, document):
        return introspection.need(
            introspection.call(f"{base}/api/{path}", document=document, cookie=cookie), path)

    cookie = ""
    _, headers = post("auth/", {"username": "admin", "password": "password"})
    cookie = headers["Set-Cookie"].split(";")[0]
    post("scope/", {"name": "ask", "display_name": "ask", "password_required": False,
                    "scheme": {}})
    post("mod/plugin/", plugin("bench", samples, 3600))
    post("mod/plugin/", plugin("brief", samples, 1))
    post("client/", {"client_id": "bench", "name": "bench", "password": secret, "enabled": True,
                     "confidential": True, "client_secret": secret, "scope": ["ask"],
                     "authorization_type": ["client_credentials"], "redirect_uri": [],
                     "token_endpoint_auth_method": ["client_secret_basic"]})


def main():
    directory, base, count, samples = sys.argv[1:]
    secret = os.environ["CLIENT_SECRET"]
    administer(base, samples, secret)
    client = introspection.basic("bench", secret)
    api = f"{base}/api/bench"

    def issue(plugin_api=api):
        return introspection.token(f"{plugin_api}/token", client, {"scope": "ask"})

    expired = issue(f"{base}/api/brief")
    live = [issue() for _ in range(int(count))]
    bearer = "Bearer " + issue()
    revoked = issue()
    introspection.revoke(f"{api}/revoke", client, revoked)
    introspection.wait_until_expired(2)
    dead = {"that was revoked": revoked, "that has expired": expired,
            "with a changed signature": introspection.altered(live[0]),
            "of another server": os.environ["FOREIGN_TOKEN"], "that is none": "made-up"}
    for kind, authorization in (("basic", client), ("bearer", bearer)):
        os.makedirs(f"{directory}/{kind}", exist_ok=True)
        introspection.write(f"{directory}/{kind}", f"{api}/introspect", authorization, live, dead)


main()
