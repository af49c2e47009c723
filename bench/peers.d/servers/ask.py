"""ask.py DIRECTORY: asks a server for live and dead tokens. Prints how long its answer to a live one is,
head included, or, with exit code 1, what it said wrongly."""

import json
import sys

import introspection


def verdict(url, authorization, token):
    status, body, _ = introspection.call(url, authorization, form={"token": token})
    if status != 200:
        return f"answered {status} {body[:80]}"
    return json.loads(body).get("active")


def main():
    directory = sys.argv[1]
    url = introspection.read(directory, "url")[0]
    authorization = introspection.read(directory, "authorization")[0]
    live = introspection.read(directory, "live")
    for token in live[:: max(1, len(live) // 50)]:
        active = verdict(url, authorization, token)
        if active is not True:
            sys.exit(f"said of a live token: {active}")
    for fault, token in (one.split("\t") for one in introspection.read(directory, "dead")):
        active = verdict(url, authorization, token)
        if active is not False:
            sys.exit(f"said of a token {fault}: {'active' if active is True else active}")
    status, _, _ = introspection.call(url, "Bearer made-up", form={"token": live[0]})
    if status == 200:
        sys.exit("answered somebody who had not said who asks")
    print(introspection.size_of_answer(url, authorization, live[0]))


main()
