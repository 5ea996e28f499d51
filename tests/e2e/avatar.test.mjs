// A profile picture is its account's to change, signed as wallets sign; a token's picture is nobody's. Both stand at addresses of their own:
// at the one there is another picture now, at the other the same bytes, or none at all when the disk has changed them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { getAddress, HDNodeWallet } from 'ethers';
import { GIF, picture, PNG } from './lib/bytes.mjs';
import { MNEMONIC, Node } from './lib/node.mjs';
import { swap } from './lib/swap.mjs';
import { until } from './lib/wait.mjs';

const first = picture('first');
const second = picture('second', 3000, GIF);
const person = (index) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
const [alice, bob] = [person(1), person(2)];

let node;
let chain;
let expires; // of the last request, which the next has to be later than
before(async () => {
  node = await Node.start();
  chain = BigInt(await node.rpc('eth_chainId'));
  expires = Math.floor(Date.now() / 1000) + 60;
});
after(() => node?.close());

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const textOf = ({ address, body, on = chain, end }) => ['mintmark: set my profile picture', `address: ${getAddress(address)}`, `chain: ${on}`, `sha256: ${sha256(body)}`, `expires: ${end}`].join('\n');

/** PUT of a body. By http and not fetch: an answer may come before all of the body is taken. */
const put = (address, body, { end, signature, headers = {}, door = node.api }) => new Promise((resolve, reject) => {
  let response;
  const request = http.request(`${door}/avatar/${address}?expires=${end}&signature=${signature}`, { method: 'PUT', headers: { 'content-length': body.length, ...headers } }, (incoming) => {
    response = incoming;
    const pieces = [];
    incoming.on('data', (piece) => pieces.push(piece));
    incoming.on('end', () => resolve({ status: incoming.statusCode, text: Buffer.concat(pieces).toString() }));
  });
  request.on('error', (error) => { if (!response) reject(error); });
  request.end(body);
});

/** What differs from a request that is right: signer, address, end, on (a chain), signed (other bytes). */
async function set(body, { signer = alice, address = signer.address, end = (expires += 1), on, signed = body, ...more } = {}) {
  const signature = await signer.signMessage(textOf({ address, body: signed, on, end }));
  return { ...await put(address, body, { end, signature, ...more }), signature, end };
}

async function get(address, { door = node.gateway, headers = {} } = {}) {
  const response = await fetch(`${door}/avatar/${address}`, { headers });
  return { status: response.status, type: response.headers.get('content-type'), etag: response.headers.get('etag'), headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function shows(address, body, type) {
  for (const door of [node.gateway, node.api]) {
    const shown = await get(address, { door });
    assert.deepEqual([shown.status, shown.type], [200, type]);
    assert.ok(shown.bytes.equals(body));
    assert.equal(shown.headers.get('x-content-type-options'), 'nosniff');
    assert.match(shown.headers.get('content-security-policy'), /^sandbox/);
  }
}

test('an account has no picture, sets one, and replaces it at the same address', async () => {
  assert.equal((await get(alice.address)).status, 404);
  const one = await set(first);
  assert.equal(one.status, 201, one.text);
  const { cid, type, bytes } = JSON.parse(one.text);
  assert.deepEqual([type, bytes], ['image/png', first.length]);
  await shows(alice.address, first, 'image/png');
  await shows(alice.address.toLowerCase(), first, 'image/png');
  const { etag } = await get(alice.address);
  assert.equal(etag, `"${cid}"`);
  assert.equal((await get(alice.address, { headers: { 'if-none-match': etag } })).status, 304);

  const two = await set(second);
  assert.equal(two.status, 200, two.text);
  await shows(alice.address, second, 'image/gif');
  assert.equal((await get(alice.address, { headers: { 'if-none-match': etag } })).status, 200);
  assert.equal((await get(bob.address)).status, 404, 'nobody else has it');
});

test('what is not signed by the account, for this picture, chain and time, changes nothing', async () => {
  const soon = () => Math.floor(Date.now() / 1000);
  const old = await set(first);
  assert.equal(old.status, 200, old.text);
  assert.equal((await set(second)).status, 200);

  const refused = {
    'another key': { address: alice.address, signer: bob },
    'another picture': { signed: second },
    'another chain': { on: chain + 1n },
    'expired': { end: soon() - 1 },
    'good for too long': { end: soon() + 2 * 3600 },
  };
  for (const [what, how] of Object.entries(refused)) {
    const { status, text } = await set(first, how);
    assert.equal(status, 401, `${what}: ${status} ${text}`);
  }
  const again = await put(alice.address, first, old);
  assert.equal(again.status, 401, `an old request, sent again: ${again.text}`);
  const malformed = await put(alice.address, first, { end: 'soon', signature: old.signature });
  assert.equal(malformed.status, 400, malformed.text);
  assert.equal((await put(alice.address, first, { end: (expires += 1), signature: '0x12' })).status, 400);
  const wrong = alice.address.replace(/[a-f]/, (letter) => letter.toUpperCase()).replace(/[A-F](?=[^A-F]*$)/, (letter) => letter.toLowerCase());
  assert.equal((await put(wrong, first, old)).status, 400, 'an address with a wrong checksum');
  assert.equal((await set(first, { door: node.gateway })).status, 405, 'pictures are not set at the gateway');
  await shows(alice.address, second, 'image/gif');

  // Which page sends it does not matter: the signature is the account's word.
  const page = { headers: { origin: 'https://elsewhere.example' } };
  assert.equal((await set(first, { ...page, signer: bob, address: alice.address })).status, 401);
  assert.equal((await set(first, page)).status, 200);
  assert.equal((await set(second)).status, 200);
});

test('what is no picture, or could run, or is too large, is refused', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const refused = await set(svg);
  assert.equal(refused.status, 415);
  assert.match(refused.text, /SVG/);
  for (const other of ['<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', '<html><script>1</script></html>', 'text', '']) {
    assert.equal((await set(Buffer.from(other))).status, 415, other);
  }
  assert.equal((await set(picture('large', (2 << 20) - PNG.length + 1))).status, 413);
  await shows(alice.address, second, 'image/gif');
  const largest = picture('large', (2 << 20) - PNG.length);
  assert.equal((await set(largest)).status, 200);
  await shows(alice.address, largest, 'image/png');
});

test('a picture that was set is there after a restart, and the one before it goes', async () => {
  assert.equal((await set(second)).status, 200);
  const { etag } = await get(alice.address);
  await node.stop();
  node = await restarted(node);
  await shows(alice.address, second, 'image/gif');
  assert.equal((await get(alice.address)).etag, etag);
  const before = JSON.parse(node.run('repo', 'stat', '--json').out).NumObjects;
  assert.equal(node.run('repo', 'gc').code, 0);
  assert.ok(JSON.parse(node.run('repo', 'stat', '--json').out).NumObjects < before, 'the earlier ones are gone');
  await shows(alice.address, second, 'image/gif');
});

/** The same node once more, over the same folder. */
async function restarted(stopped) {
  const next = await Node.start({ data: stopped.data });
  next.ownsData = stopped.ownsData;
  return next;
}

// ---- a token's picture ----

test('a token\'s picture has the same bytes at the same URL, or none', async () => {
  const own = picture('a token\'s', 300_000);
  const other = picture('something else', 300_000);
  const file = path.join(node.data, 'cat.png');
  fs.writeFileSync(file, own);
  const minted = node.run('mint', file, '--name', 'Cat', '--json');
  assert.equal(minted.code, 0, minted.err);
  const [token] = JSON.parse(node.run('list', '--json').out);
  const at = (uri) => `/ipfs/${uri.slice('ipfs://'.length)}`;
  const { image } = await (await fetch(node.gateway + at(token.tokenURI))).json();
  const url = at(image);
  const read = async () => { const response = await fetch(node.gateway + url); return { status: response.status, etag: response.headers.get('etag'), cache: response.headers.get('cache-control'), bytes: Buffer.from(await response.arrayBuffer()) }; };
  const shown = await read();
  assert.ok(shown.status === 200 && shown.bytes.equals(own));
  assert.match(shown.cache, /immutable/);

  // Nothing that is sent changes it: other bytes have another name, and so has a file of the same name.
  assert.equal((await fetch(node.gateway + url, { method: 'PUT', body: other })).status, 405);
  fs.writeFileSync(file, other);
  const elsewhere = node.run('add', '--wrap', file);
  assert.equal(elsewhere.code, 0, elsewhere.err);
  assert.notEqual(elsewhere.out.trim(), image.split('/')[2]);
  assert.equal((await set(other)).status, 200);
  assert.ok((await read()).bytes.equals(own));
  assert.equal((await read()).etag, shown.etag);
  const release = async () => (await fetch(`${node.api}/api/v0/pin/rm?arg=${image.split('/')[2]}`, { method: 'POST' })).json();
  const holders = async () => (await (await fetch(`${node.api}/api/v0/pin/ls?kinds=true&arg=${image.split('/')[2]}`, { method: 'POST' })).json()).Keys[image.split('/')[2]].Kinds;
  await until(async () => (await holders()).includes('chain'), { ms: 20_000, what: () => 'the chain to hold it' }); // the node follows its chain a moment later
  assert.deepEqual(await release(), { Pins: [image.split('/')[2]] }, 'the lease of the upload goes');
  assert.match((await release()).Message, /a token on the chain holds it/);
  assert.equal(node.run('repo', 'gc').code, 0);
  assert.ok((await read()).bytes.equals(own));

  // Nor does what is written to the disk: it is refused, by whichever door it is asked for.
  await node.stop();
  node = await restarted(node); // what was in the log is in blob files now
  await node.stop();
  const bent = Buffer.from(own);
  bent[own.length - 7] ^= 1;
  assert.equal(swap(path.join(node.data, 'content'), own, bent), 1);
  node = await restarted(node);
  const leaf = shown.etag.slice(1, -1);
  for (const [target, method] of [[node.gateway + url, 'GET'], [`${node.gateway}${url}?format=raw`, 'GET'], [`${node.gateway}/ipfs/${leaf}`, 'GET'],
    [`${node.gateway}${url}?format=tar`, 'GET'], [`${node.api}/api/v0/cat?arg=${leaf}`, 'POST'], [`${node.api}/api/v0/block/get?arg=${leaf}`, 'POST']]) {
    const response = await fetch(target, { method });
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(response.status, 500, `${target}: ${response.status}`);
    assert.equal(bytes.indexOf(own.subarray(100, 200)), -1, `${target} gives nothing of it`);
  }
  const found = node.run('repo', 'verify', '--json');
  assert.notEqual(found.code, 0);
  assert.match(found.out, new RegExp(leaf));
  assert.equal((await get(alice.address)).status, 200, 'the profile picture is another block');

  // The same picture, added again, is the token's.
  assert.notEqual(node.run('repo', 'verify', '--drop').code, 0);
  fs.writeFileSync(file, own);
  assert.equal(node.run('add', '--wrap', file).out.trim(), image.split('/')[2]);
  const healed = await read();
  assert.ok(healed.status === 200 && healed.bytes.equals(own) && healed.etag === shown.etag);
});
