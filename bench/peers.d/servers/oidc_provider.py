"""oidc_provider.py DIRECTORY BASE COUNT: makes `basic` in DIRECTORY for the server of oidc_provider.mjs."""

import os
import sys

import introspection


def main():
    directory, base, count = sys.argv[1:]
    secret = os.environ["CLIENT_SECRET"]
    client = introspection.basic("bench", secret)
    expired = introspection.token(f"{base}/token", introspection.basic("brief", secret))
    live = [introspection.token(f"{base}/token", client) for _ in range(int(count))]
    revoked = introspection.token(f"{base}/token", client)
    introspection.revoke(f"{base}/token/revocation", client, revoked)
    introspection.wait_until_expired(2)
    os.makedirs(f"{directory}/basic", exist_ok=True)
    introspection.write(f"{directory}/basic", f"{base}/token/introspection", client, live,
                        {"that was revoked": revoked, "that has expired": expired,
                         "with a changed character": introspection.altered(live[0]),
                         "that is none": "made-up"})


main()
