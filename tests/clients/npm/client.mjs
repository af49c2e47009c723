// openid-client and jose against a running Signet: discovery, refresh, client credentials,
// introspection, revocation, JWKS. Told by environment variables; exit code 0 when all holds.
import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { custom, Issuer } from 'openid-client';

const { SIGNET_ISSUER, CLIENT_ID, CLIENT_SECRET, ACCESS_TOKEN, REFRESH_TOKEN, SUBJECT } = process.env;
custom.setHttpOptionsDefaults({ timeout: 10000 });

const issuer = await Issuer.discover(SIGNET_ISSUER);
assert.equal(issuer.issuer, SIGNET_ISSUER);

// jose fetches the keys where discovery says they are.
const keys = createRemoteJWKSet(new URL(issuer.metadata.jwks_uri));
const verify = (token, audience) =>
  jwtVerify(token, keys, { issuer: SIGNET_ISSUER, audience, typ: 'at+jwt' });
const { payload, protectedHeader } = await verify(ACCESS_TOKEN, 'signet');
assert.equal(payload.sub, SUBJECT);
assert.ok(protectedHeader.kid);
await assert.rejects(verify(ACCESS_TOKEN, 'somebody-else'), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });

for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post']) {
  const client = new issuer.Client({
    client_id: CLIENT_ID, client_secret: CLIENT_SECRET, token_endpoint_auth_method,
    introspection_endpoint_auth_method: token_endpoint_auth_method,
    revocation_endpoint_auth_method: token_endpoint_auth_method,
  });
  const granted = await client.grant({ grant_type: 'client_credentials', scope: 'invoices' });
  assert.equal(granted.token_type, 'Bearer');
  assert.equal(granted.scope, 'invoices');
  assert.equal((await verify(granted.access_token, 'signet')).payload.client_id, CLIENT_ID);
  assert.equal((await client.introspect(granted.access_token)).active, true);
  assert.deepEqual(await client.introspect('made-up'), { active: false });
  await client.revoke(granted.access_token, 'access_token');
}

// A wrong secret is invalid_client.
const wrong = new issuer.Client({ client_id: CLIENT_ID, client_secret: 'wrong' });
await assert.rejects(wrong.grant({ grant_type: 'client_credentials' }), { error: 'invalid_client' });

// A public client refreshes; what was rotated twice is theft and ends the session.
const app = new issuer.Client({ client_id: 'app', token_endpoint_auth_method: 'none' });
const one = await app.refresh(REFRESH_TOKEN);
assert.ok((await verify(one.access_token, 'signet')).payload.sid);
const two = await app.refresh(one.refresh_token);
await assert.rejects(app.refresh(REFRESH_TOKEN), { error: 'invalid_grant' });
await assert.rejects(app.refresh(two.refresh_token), { error: 'invalid_grant' });
console.log('ok');
