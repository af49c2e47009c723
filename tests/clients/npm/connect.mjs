// Connect's own client against a running Signet, as JSON and as protobuf, and the same calls by gRPC:
// one code, three wires, one outcome. Told by environment variables; exit code 0 when all holds.
import assert from 'node:assert/strict';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { compressionGzip, createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { BadRequestSchema, ErrorInfoSchema } from './gen/google/rpc/error_details_pb.js';
import { AccessService } from './gen/signet/v1/access_service_pb.js';
import { AuthService } from './gen/signet/v1/auth_service_pb.js';
import { SessionService } from './gen/signet/v1/session_service_pb.js';
import { InactiveReason, TokenService } from './gen/signet/v1/token_service_pb.js';

const { SIGNET_ISSUER, SIGNET_GRPC, PASSWORD } = process.env;

// The HTTP method of every request of the door.
const asked = [];
const { request } = http;
http.request = (url, options, ...rest) => {
  asked.push(options.method);
  return request(url, options, ...rest);
};
syncBuiltinESMExports();

const door = (options) =>
  createConnectTransport({ baseUrl: SIGNET_ISSUER, httpVersion: '1.1', ...options });
const wires = {
  json: door({ useBinaryFormat: false }),
  proto: door({ useBinaryFormat: true }),
  gzip: door({ useBinaryFormat: false, sendCompression: compressionGzip, acceptCompression: [compressionGzip],
               compressMinBytes: 1 }),
  get: door({ useBinaryFormat: true, useHttpGet: true }),
  grpc: createGrpcTransport({ baseUrl: `http://${SIGNET_GRPC}` }),
};

const refused = async (call, code, reason) => {
  const error = await call.then(() => assert.fail('was not refused'), ConnectError.from);
  assert.equal(error.code, code, error.message);
  const [info] = error.findDetails(ErrorInfoSchema);
  assert.equal(info.reason, reason);
  assert.equal(info.domain, 'signet');
  return error;
};

for (const [wire, transport] of Object.entries(wires)) {
  const auth = createClient(AuthService, transport);
  const tokens = createClient(TokenService, transport);
  const sessions = createClient(SessionService, transport);
  const access = createClient(AccessService, transport);
  const email = `${wire}-${process.pid}@people.example`;

  await auth.register({ email, password: PASSWORD });
  const login = await auth.login({ email, password: PASSWORD });
  const first = login.result.value;  // the tokens: there is no second factor
  const headers = { authorization: `Bearer ${first.accessToken}` };
  const active = await tokens.validate({ token: first.accessToken, audience: 'signet' });
  assert.equal(active.active, true);
  assert.equal(active.claims.subject, login.userId);
  const next = await tokens.refresh({ refreshToken: first.refreshToken });
  assert.ok(next.tokens.refreshToken.startsWith('sgr_'));
  const list = await sessions.listSessions({}, { headers });
  assert.equal(list.sessions.length, 1);
  assert.ok(list.sessions[0].createTime.seconds > 1_700_000_000n);
  assert.equal((await access.checkPermission({ permission: 'users.read' }, { headers })).allowed, false);
  const batch = await tokens.validateBatch({ tokens: Array(20).fill(first.accessToken), audience: 'signet' });
  assert.equal(batch.results.filter((result) => result.active).length, 20);

  const wrong = await refused(auth.login({ email, password: `${PASSWORD}-x` }), Code.Unauthenticated, 'CREDENTIALS_INVALID');
  assert.ok(wrong.metadata.get('x-request-id'));
  const field = await refused(auth.register({ email: 'no address', password: PASSWORD }), Code.InvalidArgument, 'FIELD_INVALID');
  assert.equal(field.findDetails(BadRequestSchema)[0].fieldViolations[0].field, 'email');
  await refused(sessions.listSessions({}), Code.Unauthenticated, 'TOKEN_INVALID');
  await refused(access.getRole({ name: 'admin' }, { headers }), Code.PermissionDenied, 'PERMISSION_MISSING');

  const answer = await sessions.listSessions({}, { headers, timeoutMs: 20_000, onHeader: (fields) => {
    if (wire === 'json') assert.equal(fields.get('cache-control'), 'no-store');
  } });
  assert.equal(answer.sessions.length, 1);

  await auth.logout({}, { headers });
  let after;
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    after = await tokens.validate({ token: first.accessToken, audience: 'signet' });
    if (!after.active) break;
  }
  assert.equal(after.active, false);
  assert.equal(after.reason, InactiveReason.REVOKED_SESSION);
}

// What has no effect went by GET, and a token never did.
asked.length = 0;
await createClient(TokenService, wires.get).getJwks({});
await createClient(TokenService, wires.get).validate({ token: 'x', audience: 'signet' });
assert.deepEqual(asked, ['GET', 'POST']);

// Streams are gRPC's.
const watch = async () => {
  for await (const _ of createClient(TokenService, wires.json).watchRevocations({})) assert.fail('a stream');
};
await assert.rejects(watch(), (error) => ConnectError.from(error).code === Code.Unimplemented);
console.log('ok');
