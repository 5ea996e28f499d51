// What verifying clients make of the gateway: @helia/verified-fetch and @helia/unixfs over helia, with the gateway as their only source
// of blocks (no libp2p, nobody else is asked), and @ipld/car for files of blocks. They need Node 22.19.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { noise, picture } from './lib/bytes.mjs';
import { COLLECTION, COLLECTION_ABI, Node } from './lib/node.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
const skip = (major < 22 || (major === 22 && minor < 19)) && `helia needs Node 22.19, this is ${process.version}`;

const FILES = 5000;
const shownPicture = picture('cat', 300_000);
let node, helia, verifiedFetch, unixfs, CID, CarReader;

/** How often the gateway was asked. */
const requests = async () => Number(/mintmark_http_requests_total\{door="gateway"\} (\d+)/.exec(await (await fetch(`${node.url}/metrics`)).text())[1]);

/** Adds files, name to bytes, as a browser's form would; the CIDs by name, the folder's as ''. */
async function add(files, options) {
  const form = new FormData();
  for (const [name, bytes] of Object.entries(files)) form.append('file', new Blob([bytes]), encodeURIComponent(name));
  const response = await fetch(`${node.api}/api/v0/add?wrap-with-directory=true&${options}`, { method: 'POST', body: form });
  assert.equal(response.status, 200);
  return Object.fromEntries((await response.text()).trim().split('\n').map((line) => JSON.parse(line)).map(({ Name, Hash }) => [Name, Hash]));
}

async function cat(cid, file) {
  const pieces = [];
  for await (const piece of unixfs.cat(CID.parse(cid), file ? { path: file } : {})) pieces.push(piece);
  return Buffer.concat(pieces);
}

const bodyOf = async (response) => Buffer.from(await response.arrayBuffer());

before(async () => {
  if (skip) return;
  const [core, over, router, fetching, files, cids, cars] = await Promise.all(
    ['helia', '@helia/http', '@helia/fallback-router', '@helia/verified-fetch', '@helia/unixfs', 'multiformats/cid', '@ipld/car'].map((name) => import(name)));
  ({ CID } = cids);
  ({ CarReader } = cars);
  node = await Node.start();
  helia = over.withHTTP(core.createHeliaLight({}), { delegatedRouters: [], recursiveGateways: [], allowInsecure: true, allowLocal: true });
  const gateway = router.fallbackRouter({ gateways: [node.gateway] });
  gateway.capabilities = () => ['findProviders']; // as a fallback alone it is never asked
  helia.addRouter(gateway);
  await helia.start();
  verifiedFetch = await fetching.createVerifiedFetch(helia);
  unixfs = files.unixfs(helia);
});

after(async () => {
  if (skip) return;
  await verifiedFetch?.stop?.();
  await helia?.stop();
  await node?.close();
});

test('a wallet finds metadata and picture of a mint by verified fetches', { skip }, async () => {
  const { Contract, JsonRpcProvider } = await import('ethers');
  const file = path.join(node.data, 'cat.png');
  fs.writeFileSync(file, shownPicture);
  const minted = node.run('mint', file, '--name', 'Cat', '--description', 'a grey one', '--json');
  assert.equal(minted.code, 0, minted.err);
  const { tokenId, ...told } = JSON.parse(minted.out);
  const provider = new JsonRpcProvider(node.url);
  const uri = await new Contract(COLLECTION, COLLECTION_ABI, provider).tokenURI(tokenId);
  provider.destroy();
  assert.equal(uri, `ipfs://${told.metadataCID}/metadata.json`);
  assert.equal(told.image, `ipfs://${told.imageCID}/cat.png`);
  const sizes = await Promise.all([told.imageCID, told.metadataCID].map(async (cid) => (await (await fetch(`${node.api}/api/v0/dag/stat?arg=${cid}`, { method: 'POST' })).json()).TotalSize));
  assert.equal(told.storedBytes, sizes[0] + sizes[1]);

  const before = await requests();
  const metadata = await verifiedFetch(uri);
  assert.equal(metadata.status, 200);
  assert.match(metadata.headers.get('content-type'), /^application\/json/);
  const { name, image } = await metadata.json();
  assert.equal(name, 'Cat');
  const shown = await verifiedFetch(image);
  assert.equal(shown.status, 200);
  assert.equal(shown.headers.get('content-type'), 'image/png');
  assert.deepEqual(await bodyOf(shown), shownPicture);
  assert.ok(await requests() > before, 'the gateway was not asked');

  // The same without verifying, as a wallet that knows the gateway alone.
  const plain = await fetch(`${node.gateway}/ipfs/${image.slice('ipfs://'.length)}`);
  assert.equal(plain.headers.get('content-type'), 'image/png');
  assert.deepEqual(await bodyOf(plain), shownPicture);
});

test('a directory is listed, and its files are read', { skip }, async () => {
  const files = { 'a.txt': noise(1, 10), 'b c.json': noise(2, 300_000), 'ż/deep/ł.bin': noise(3, 1000) };
  const cids = await add(files, 'cid-version=1');
  const names = [];
  for await (const entry of unixfs.ls(CID.parse(cids['']))) names.push(entry.name);
  assert.deepEqual(names.sort(), ['a.txt', 'b c.json', 'ż']);
  for (const [name, bytes] of Object.entries(files)) {
    assert.deepEqual(await cat(cids[''], name), bytes, name);
    const response = await verifiedFetch(`ipfs://${cids['']}/${name.split('/').map(encodeURIComponent).join('/')}`);
    assert.deepEqual(await bodyOf(response), bytes, name);
  }
});

test('a range is read by the blocks that have it', { skip }, async () => {
  const bytes = noise(4, 3_000_000);
  const { big } = await add({ big: bytes }, 'cid-version=1');
  const before = await requests();
  const response = await verifiedFetch(`ipfs://${big}`, { headers: { range: 'bytes=1500000-1500099' } });
  assert.equal(response.status, 206);
  assert.deepEqual(await bodyOf(response), bytes.subarray(1_500_000, 1_500_100));
  const asked = await requests() - before;
  assert.ok(asked > 0 && asked < 8, `${asked} requests for a file of 12 blocks`);
  assert.deepEqual(await cat(big), bytes);

  const plain = await fetch(`${node.gateway}/ipfs/${big}`, { headers: { range: 'bytes=-7' } });
  assert.equal(plain.status, 206);
  assert.equal(plain.headers.get('content-range'), 'bytes 2999993-2999999/3000000');
  assert.deepEqual(await bodyOf(plain), bytes.subarray(-7));
});

test(`a folder of ${FILES} files is sharded, and its files are found`, { skip }, async () => {
  const files = {};
  for (let i = 0; i < FILES; i++) files[`collection/${String(i).padStart(6, '0')}.json`] = Buffer.from(JSON.stringify({ name: `#${i}`, edition: i }));
  const cids = await add(files, 'profile=unixfs-v1-2025');
  const collection = cids.collection;
  assert.equal((await unixfs.stat(CID.parse(collection))).unixfs?.type ?? (await unixfs.stat(CID.parse(collection), { extended: true })).type, 'hamt-sharded-directory');
  for (const i of [0, 1, 2499, FILES - 1]) {
    const name = `${String(i).padStart(6, '0')}.json`;
    const response = await verifiedFetch(`ipfs://${collection}/${name}`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { name: `#${i}`, edition: i });
    assert.equal((await cat(cids[''], `collection/${name}`)).toString(), files[`collection/${name}`].toString());
  }
  const missing = await verifiedFetch(`ipfs://${collection}/${FILES}.json`).catch((error) => error);
  assert.ok(missing instanceof Error || missing.status === 404, 'a name that is not there');
  let listed = 0;
  for await (const entry of unixfs.ls(CID.parse(collection))) listed += entry.name.endsWith('.json') ? 1 : 0;
  assert.equal(listed, FILES);
});

/** The blocks of a CAR, each hashed. */
async function blocksOf(url, headers = {}) {
  const response = await fetch(url, { headers });
  assert.equal(response.status, 200, url);
  assert.match(response.headers.get('content-type'), /^application\/vnd\.ipld\.car; version=1; order=dfs; dups=[yn]$/);
  const reader = await CarReader.fromBytes(new Uint8Array(await response.arrayBuffer()));
  const blocks = [];
  for await (const { cid, bytes } of reader.blocks()) {
    assert.deepEqual(Buffer.from(cid.multihash.digest), createHash('sha256').update(bytes).digest(), String(cid));
    blocks.push({ cid, bytes });
  }
  return { roots: (await reader.getRoots()).map(String), blocks };
}

test('a CAR has what its scope says, and feeds a client that has no gateway', { skip }, async () => {
  const bytes = noise(5, 1_000_000);
  const cids = await add({ 'folder/file.bin': bytes, 'folder/other.bin': noise(6, 100) }, 'cid-version=1');
  const url = `${node.gateway}/ipfs/${cids['']}/folder/file.bin`;
  const { roots, blocks } = await blocksOf(`${url}?format=car`);
  assert.deepEqual(roots, [cids['folder/file.bin']]);
  assert.deepEqual(blocks.slice(0, 3).map(({ cid }) => String(cid)), [cids[''], cids.folder, cids['folder/file.bin']]);
  assert.equal(blocks.length, 3 + 4);
  assert.equal((await blocksOf(`${url}?dag-scope=block`, { accept: 'application/vnd.ipld.car' })).blocks.length, 3);
  assert.equal((await blocksOf(`${url}?format=car&entity-bytes=0:0`)).blocks.length, 4);
  assert.equal((await blocksOf(`${node.gateway}/ipfs/${cids['']}?format=car`)).blocks.length, 3 + 4 + 1);

  const { createHeliaLight } = await import('helia');
  const lonely = createHeliaLight({});
  for (const block of blocks) await lonely.blockstore.put(block.cid, block.bytes);
  const pieces = [];
  for await (const piece of (await import('@helia/unixfs')).unixfs(lonely).cat(CID.parse(cids['']), { path: 'folder/file.bin', offline: true })) pieces.push(piece);
  assert.deepEqual(Buffer.concat(pieces), bytes);
});

/** fetch does not let a client choose its Host. */
const getAt = (host, target, gateway = node.gateway) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(gateway);
  http.get({ hostname, port, path: target, headers: { host: `${host}:${port}` } }, (response) => {
    const pieces = [];
    response.on('data', (piece) => pieces.push(piece));
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) }));
  }).on('error', reject);
});

test('a root has an origin of its own, which other doors do not trust', { skip }, async () => {
  const cids = await add({ 'index.html': '<script>1</script>' }, 'cid-version=1');
  const host = `${cids['']}.ipfs.localhost`;
  const page = await getAt(host, '/');
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-security-policy'], undefined);
  assert.match((await getAt('localhost', `/ipfs/${cids['']}/`)).headers['content-security-policy'], /^sandbox;/);

  const { port } = new URL(node.gateway);
  const origin = `http://${host}:${port}`;
  const adding = await fetch(`${node.api}/api/v0/version`, { method: 'POST', headers: { origin } });
  assert.equal(adding.status, 403);
  const accounts = { jsonrpc: '2.0', id: 1, method: 'evm_mine', params: [] };
  const { text } = await node.post(JSON.stringify(accounts), { origin });
  assert.ok(JSON.parse(text).error, text);
  const own = await node.post(JSON.stringify(accounts), { origin: 'http://localhost:3000' });
  assert.equal(JSON.parse(own.text).error, undefined, own.text);
});

test('browsers are sent to the origin of a root, and pages of one\'s own may run, when that is asked for', { skip }, async (t) => {
  const asked = await Node.start({ args: ['--gateway-subdomains', '--gateway-trust-html'] });
  t.after(() => asked.close());
  const form = new FormData();
  form.append('file', new Blob(['<script>1</script>']), 'index.html');
  const lines = (await (await fetch(`${asked.api}/api/v0/add?wrap-with-directory=true`, { method: 'POST', body: form })).text()).trim().split('\n');
  const v0 = JSON.parse(lines.at(-1)).Hash;
  const base32 = String(CID.parse(v0).toV1());
  const { port } = new URL(asked.gateway);
  const ask = (host, target) => getAt(host, target, asked.gateway);
  const sent = await ask('localhost', `/ipfs/${v0}/index.html?a=b`);
  assert.equal(sent.status, 301);
  assert.equal(sent.headers.location, `http://${base32}.ipfs.localhost:${port}/index.html?a=b`);
  const there = await ask(`${base32}.ipfs.localhost`, '/index.html?a=b');
  assert.equal(there.status, 200);
  const plain = await ask('127.0.0.1', `/ipfs/${v0}/`);
  assert.equal(plain.status, 200);
  assert.equal(plain.headers['content-security-policy'], undefined);
});
