"""signet.py DIRECTORY BASE ACCESS_TOKENS: makes `basic` and `bearer` in DIRECTORY for the server at BASE,
which issued ACCESS_TOKENS (a file). The API key comes in $API_KEY."""

import os
import sys

import introspection


def main():
    directory, base, access_tokens = sys.argv[1:]
    client = introspection.basic("reader", os.environ["API_KEY"])
    with open(access_tokens, encoding="ascii") as opened:
        live = opened.read().split()
    bearer = "Bearer " + introspection.token(f"{base}/oauth2/token", client)
    revoked = introspection.token(f"{base}/oauth2/token", client)
    introspection.revoke(f"{base}/oauth2/revoke", client, revoked)
    dead = {"that was revoked": revoked, "with a changed signature": introspection.altered(live[0]),
            "of another server": os.environ["FOREIGN_TOKEN"], "that is none": "made-up"}
    for kind, authorization in (("basic", client), ("bearer", bearer)):
        os.makedirs(f"{directory}/{kind}", exist_ok=True)
        introspection.write(f"{directory}/{kind}", f"{base}/oauth2/introspect", authorization, live, dead)


main()
