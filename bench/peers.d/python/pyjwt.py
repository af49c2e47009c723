"""PyJWT over the samples of a directory (libraries/samples.h says what is in it):
pyjwt.py DIRECTORY SECONDS. Prints one row."""

import json
import platform
import sys
import time

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def lines(directory, file):
    with open(f"{directory}/{file}", encoding="ascii") as opened:
        return opened.read().rstrip("\n").split("\n")


def adapter(directory):
    issuer = lines(directory, "issuer")[0]
    audience = lines(directory, "audience")[0]
    algorithms = lines(directory, "algorithm")
    key = load_pem_public_key("\n".join(lines(directory, "public.pem")).encode())

    def takes(token):
        try:
            jwt.decode(token, key, algorithms=algorithms, issuer=issuer, audience=audience,
                       options={"require": ["exp"]})
            return True
        except jwt.PyJWTError:
            return False

    return takes


def fault_of(takes, tokens, wrong):
    if not all(takes(token) for token in tokens):
        return "refused a live token"
    for fault, token in (one.split("\t") for one in wrong):
        if takes(token):
            return f"accepted a token {fault}"
    return ""


def rate_of(takes, tokens, seconds):
    calls = 0
    begin = time.process_time()
    while True:
        for i in range(16):
            if not takes(tokens[(calls + i) % len(tokens)]):
                raise RuntimeError("refused a live token while it was measured")
        calls += 16
        now = time.process_time()
        if now - begin >= seconds:
            return calls / (now - begin)


def main():
    directory, seconds = sys.argv[1], float(sys.argv[2])
    tokens = lines(directory, "tokens")[:256]
    row = {"peer": "PyJWT", "version": f"{jwt.__version__}, python {platform.python_version()}",
           "case": lines(directory, "algorithm")[0].lower() + "/cold"}
    takes = adapter(directory)
    fault = fault_of(takes, tokens, lines(directory, "wrong"))
    if fault:
        row["wrong"] = fault
    else:
        row["rate"] = rate_of(takes, tokens, seconds)
    print(json.dumps(row))


main()
