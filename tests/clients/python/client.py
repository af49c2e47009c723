"""Authlib and PyJWT against a running Signet: discovery, refresh, client credentials,
introspection, revocation, JWKS. Told by environment variables; exit code 0 when all holds."""

import json
import os
import urllib.request

import jwt
import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError

env = os.environ
issuer = env["SIGNET_ISSUER"]
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback

with urllib.request.urlopen(issuer + "/.well-known/oauth-authorization-server", timeout=10) as answer:
    metadata = json.load(answer)
assert metadata["issuer"] == issuer

# PyJWT picks the key by its id from the published set.
keys = jwt.PyJWKClient(metadata["jwks_uri"])


def verify(token, audience="signet"):
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(token, key.key, algorithms=["ES256"], audience=audience, issuer=issuer)


claims = verify(env["ACCESS_TOKEN"])
assert claims["sub"] == env["SUBJECT"], claims
try:
    verify(env["ACCESS_TOKEN"], "somebody-else")
    raise SystemExit("a token for another audience was accepted")
except jwt.InvalidAudienceError:
    pass

for method in ("client_secret_basic", "client_secret_post"):
    session = OAuth2Session(
        env["CLIENT_ID"], env["CLIENT_SECRET"], token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
    )
    token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials",
                                scope="invoices", timeout=10)
    assert token["scope"] == "invoices", token
    assert verify(token["access_token"])["client_id"] == env["CLIENT_ID"]
    answer = session.introspect_token(metadata["introspection_endpoint"], token["access_token"],
                                      timeout=10)
    assert answer.json()["active"] is True, answer.text
    answer = session.revoke_token(metadata["revocation_endpoint"], token["access_token"],
                                  token_type_hint="access_token", timeout=10)
    assert answer.status_code == 200, answer.text

wrong = OAuth2Session(env["CLIENT_ID"], "wrong")
try:
    wrong.fetch_token(metadata["token_endpoint"], grant_type="client_credentials", timeout=10)
    raise SystemExit("a wrong secret was accepted")
except OAuthError as error:
    assert error.error == "invalid_client", error

# A public client refreshes by itself, and a second use of the first token ends the session.
app = OAuth2Session("app", token_endpoint_auth_method="none")
one = app.refresh_token(metadata["token_endpoint"], refresh_token=env["REFRESH_TOKEN"], timeout=10)
two = app.refresh_token(metadata["token_endpoint"], refresh_token=one["refresh_token"], timeout=10)
for dead in (env["REFRESH_TOKEN"], two["refresh_token"]):
    try:
        app.refresh_token(metadata["token_endpoint"], refresh_token=dead, timeout=10)
        raise SystemExit("a dead refresh token was accepted")
    except OAuthError as error:
        assert error.error == "invalid_grant", error

# The keys are not sent again to who has them, and live for no longer than allowed.
first = requests.get(metadata["jwks_uri"], timeout=10)
again = requests.get(metadata["jwks_uri"], headers={"If-None-Match": first.headers["ETag"]},
                     timeout=10)
assert again.status_code == 304 and not again.content
print("ok")
