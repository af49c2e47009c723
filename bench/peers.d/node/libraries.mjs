// node libraries.mjs PEER cold|cached DIRECTORY SECONDS: jose, fast-jwt and jsonwebtoken over the samples of
// DIRECTORY (libraries/samples.h says what is in it). Prints one row.
import { readFileSync } from 'node:fs';

const [peer, kind, directory, seconds] = process.argv.slice(2);
const read = (file, from = directory) => readFileSync(`${from}/${file}`, 'utf8');
const line = (file) => read(file).split('\n')[0];
const lines = (file) => read(file).trimEnd().split('\n');

const issuer = line('issuer');
const audience = line('audience');
const algorithm = line('algorithm');
const pem = read('public.pem');
const tokens = lines('tokens');
const wrong = lines('wrong').map((one) => one.split('\t'));

// Each answers whether it takes a token; jose's answer is a promise.
const adapters = {
  async jose() {
    const { importSPKI, jwtVerify } = await import('jose');
    const key = await importSPKI(pem, algorithm);
    const rules = { issuer, audience, algorithms: [algorithm], requiredClaims: ['exp'] };
    return (token) => jwtVerify(token, key, rules).then(() => true, () => false);
  },
  async 'fast-jwt'() {
    const { createVerifier } = await import('fast-jwt');
    const verify = createVerifier({
      key: pem, algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, requiredClaims: ['exp'],
      cache: kind === 'cached' ? 4 * tokens.length : false,
    });
    return (token) => answers(() => verify(token));
  },
  async jsonwebtoken() {
    const { default: jwt } = await import('jsonwebtoken');
    const rules = { issuer, audience, algorithms: [algorithm] };
    const { createPublicKey } = await import('node:crypto');
    const key = createPublicKey(pem);
    return (token) => answers(() => jwt.verify(token, key, rules));
  },
};

function answers(verify) {
  try {
    verify();
    return true;
  } catch {
    return false;
  }
}

async function faultOf(takes) {
  for (const token of tokens.slice(0, 256)) if (!(await takes(token))) return 'refused a live token';
  for (const [fault, token] of wrong) if (await takes(token)) return `accepted a token ${fault}`;
  return '';
}

// What the process costs the core in seconds, its helper threads included.
function spent() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

// A promise is waited for together with 63 others: one at a time, the way between threads would be
// what is measured.
async function rateOf(takes, inTurns, length) {
  const asynchronous = takes(inTurns[0]) instanceof Promise;
  const step = asynchronous ? 64 : 256;
  let calls = 0;
  let next = 0;
  const begin = spent();
  for (;;) {
    const answered = new Array(step);
    for (let i = 0; i < step; ++i) {
      answered[i] = takes(inTurns[next]);
      if (++next === inTurns.length) next = 0;
    }
    const right = asynchronous ? await Promise.all(answered) : answered;
    if (!right.every(Boolean)) throw new Error('refused a live token while it was measured');
    calls += step;
    const now = spent();
    if (now - begin >= length) return calls / (now - begin);
  }
}

function shuffled(list) {
  const out = [...list];
  let seed = 1;
  for (let i = out.length - 1; i > 0; --i) {
    seed = (seed * 48271) % 2147483647;
    const other = seed % (i + 1);
    [out[i], out[other]] = [out[other], out[i]];
  }
  return out;
}

const { version } = JSON.parse(read(`node_modules/${peer}/package.json`, import.meta.dirname));
const row = {
  peer,
  version: `${version}, node ${process.versions.node}`,
  case: `${algorithm.toLowerCase()}/${kind}`,
};
try {
  const takes = await adapters[peer]();
  const inTurns = kind === 'cached' ? shuffled(tokens) : tokens.slice(0, 256);
  let fault = await faultOf(takes);
  if (!fault) {
    for (const token of inTurns) await takes(token);
    await rateOf(takes, inTurns, Number(seconds) / 2); // compiled by now
    row.rate = await rateOf(takes, inTurns, Number(seconds));
    fault = await faultOf(takes); // a cache has seen them all by now
  }
  if (fault) row.wrong = fault;
} catch (error) {
  row.wrong = String(error.message ?? error).split('\n')[0];
}
if (row.wrong) delete row.rate;
console.log(JSON.stringify(row));
