// kubo-rpc-client, unmodified, against the node's /api/v0; CAR files between the node and @ipld/car; a minting script as people write them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { CarReader, CarWriter } from '@ipld/car';
import * as dagCbor from '@ipld/dag-cbor';
import { Contract, HDNodeWallet, JsonRpcProvider } from 'ethers';
import { CID, create } from 'kubo-rpc-client';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { COLLECTION, COLLECTION_ABI, MNEMONIC, Node, shared } from './lib/node.mjs';
import { Testnet } from './lib/testnet.mjs';
import { until } from './lib/wait.mjs';

let node;
let ipfs;
before(async () => {
  node = await Node.start();
  ipfs = create({ url: node.api });
});
after(() => node?.close());

const collect = async (source) => { const all = []; for await (const item of source) all.push(item); return all; };
const bytesOf = async (source) => Buffer.concat(await collect(source));
const textOf = async (source) => (await bytesOf(source)).toString();
/** Bytes that are the same every time. */
const noise = (length, seed) => {
  const out = Buffer.alloc(length);
  for (let at = 0, i = 0; at < length; at += 32, i += 1) createHash('sha256').update(`${seed} ${i}`).digest().copy(out, at);
  return out;
};

/** Members of a tar archive, read as POSIX says: [{ name, type, content, link }]. */
function untar(tar) {
  const members = [];
  const text = (block, at, length) => block.subarray(at, at + length).toString().replace(/\0.*$/s, '');
  let pax = {};
  for (let at = 0; at < tar.length;) {
    const head = tar.subarray(at, at + 512);
    if (head.every((byte) => byte === 0)) { assert.ok(tar.subarray(at).every((byte) => byte === 0)); assert.equal(tar.length - at, 1024); break; }
    const sum = head.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 32 : byte), 0);
    assert.equal(parseInt(text(head, 148, 8), 8), sum, 'checksum');
    assert.equal(text(head, 257, 6), 'ustar');
    const size = Number(pax.size ?? parseInt(text(head, 124, 12), 8));
    const content = tar.subarray(at + 512, at + 512 + size);
    const type = String.fromCharCode(head[156]);
    if (type === 'x') {
      pax = {};
      for (let from = 0; from < size;) {
        const blank = content.indexOf(' ', from);
        const length = Number(content.subarray(from, blank).toString());
        const [, key, value] = /^([^=]*)=(.*)\n$/s.exec(content.subarray(blank + 1, from + length).toString());
        pax[key] = value;
        from += length;
      }
    } else {
      members.push({ name: pax.path ?? text(head, 0, 100), type, content, link: pax.linkpath ?? text(head, 157, 100) });
      pax = {};
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

test('id, version and swarm.peers say who the node is', async () => {
  assert.match((await ipfs.id()).agentVersion, /^mintmark\//);
  assert.match((await ipfs.version()).version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(await ipfs.swarm.peers(), []);
});

test('swarm.peers names the other nodes of a network', async () => {
  const testnet = await Testnet.start({ nodes: 2 });
  try {
    const [first] = testnet.nodes;
    const peers = await until(async () => { const all = await create({ url: first.api }).swarm.peers(); return all.length === 1 && all; });
    assert.match(peers[0].addr.toString(), /^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/);
    assert.match(peers[0].peer.toString(), /^12D3KooW/);
    assert.ok(['inbound', 'outbound'].includes(peers[0].direction));
  } finally { await testnet.close(); }
});

test('add makes the CIDs of kubo, and cat reads them back, whole and in ranges', async () => {
  const { cid, size, path } = await ipfs.add('hello world');
  assert.equal(cid.toString(), 'Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD');
  assert.equal(size, 19);
  assert.equal(path, cid.toString());
  assert.equal(await textOf(ipfs.cat(cid)), 'hello world');
  assert.equal(await textOf(ipfs.cat(cid, { offset: 2, length: 3 })), 'llo');
  const large = noise(3 << 20, 'large');
  const added = await ipfs.add({ path: 'large.bin', content: large }, { cidVersion: 1, progress: (bytes) => assert.ok(bytes >= 0) });
  assert.ok((await bytesOf(ipfs.cat(added.cid))).equals(large));
  assert.ok((await bytesOf(ipfs.cat(added.cid, { offset: 1_000_000, length: 300_000 }))).equals(large.subarray(1_000_000, 1_300_000)));
  const hashed = await ipfs.add('only hashed', { onlyHash: true });
  await assert.rejects(bytesOf(ipfs.cat(hashed.cid)), /not found/);
  assert.equal((await ipfs.add('only hashed')).cid.toString(), hashed.cid.toString());
});

let folder;
test('addAll builds a folder, ls lists it, get gives it as a tar archive', async () => {
  const files = [
    { path: 'col/1.json', content: '{"n":1}' },
    { path: 'col/deep/er/2.json', content: '{"n":2}' },
    { path: `col/${'long '.repeat(40)}.txt`, content: 'long name' },
    { path: 'col/larger.bin', content: noise(700_001, 'larger') },
    { path: 'col/empty', content: '' },
  ];
  const added = await collect(ipfs.addAll(files, { cidVersion: 1, rawLeaves: true, wrapWithDirectory: false }));
  folder = added.at(-1);
  assert.equal(folder.path, 'col');
  const entries = await collect(ipfs.ls(folder.cid));
  assert.deepEqual(entries.map(({ name, type, size }) => [name, type, size]).sort(), [
    ['1.json', 'file', 7], ['deep', 'dir', 0], ['empty', 'file', 0], ['larger.bin', 'file', 700_001], [`${'long '.repeat(40)}.txt`, 'file', 9]].sort());
  assert.deepEqual((await collect(ipfs.ls(`/ipfs/${folder.cid}/deep`))).map(({ name, type }) => [name, type]), [['er', 'dir']]);
  const [file] = await collect(ipfs.ls(`${folder.cid}/1.json`));
  assert.deepEqual([file.type, file.size], ['file', 7]);
  const members = untar(await bytesOf(ipfs.get(`${folder.cid}`)));
  const root = folder.cid.toString();
  assert.deepEqual(members.filter(({ type }) => type === '5').map(({ name }) => name).sort(), [`${root}/`, `${root}/deep/`, `${root}/deep/er/`]);
  const contents = Object.fromEntries(members.filter(({ type }) => type === '0').map(({ name, content }) => [name.slice(root.length + 1), content]));
  assert.equal(Object.keys(contents).length, files.length);
  for (const { path, content } of files) assert.ok(Buffer.from(content).equals(contents[path.slice(4)]), path);
  const [single] = untar(await bytesOf(ipfs.get(`${folder.cid}/deep/er/2.json`)));
  assert.deepEqual([single.name, single.content.toString()], ['2.json', '{"n":2}']);
});

test('block.put, get and stat keep blocks as they are', async () => {
  const cid = await ipfs.block.put(Buffer.from('a raw block'), { format: 'raw' });
  assert.equal(cid.toString(), CID.create(1, raw.code, await sha256.digest(Buffer.from('a raw block'))).toString());
  assert.equal(Buffer.from(await ipfs.block.get(cid)).toString(), 'a raw block');
  assert.equal((await ipfs.block.stat(cid)).size, 11);
  const old = await ipfs.block.put(Buffer.from('0a0708021201781801', 'hex'), { format: 'v0' });
  assert.equal(old.version, 0);
  assert.equal(await textOf(ipfs.cat(old)), 'x');
  await assert.rejects(ipfs.block.get(CID.parse('QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN')), /not found/);
  await assert.rejects(ipfs.block.put(Buffer.alloc((2 << 20) + 1), { format: 'raw' }), /2 MiB/);
});

test('dag.put and get keep data in the codec it came in', async () => {
  const leaf = await ipfs.dag.put({ hello: 'world', n: 2 ** 40, list: [1, 2, { deep: true }] });
  assert.equal(leaf.code, dagCbor.code);
  assert.equal(leaf.toString(), CID.create(1, dagCbor.code, await sha256.digest(dagCbor.encode({ hello: 'world', n: 2 ** 40, list: [1, 2, { deep: true }] }))).toString());
  const root = await ipfs.dag.put({ link: leaf, name: 'root' }, { storeCodec: 'dag-cbor', pin: true });
  assert.deepEqual((await ipfs.dag.get(root, { path: 'link/list/2/deep' })).value, true);
  const json = await ipfs.dag.put({ a: leaf, z: [1, 'two'] }, { storeCodec: 'dag-json' });
  assert.equal((await ipfs.dag.get(json)).value.z[1], 'two');
  const resolved = await ipfs.dag.resolve(root, { path: 'link/list/2' });
  assert.deepEqual([resolved.cid.toString(), resolved.remainderPath], [leaf.toString(), 'list/2']);
  await assert.rejects(ipfs.dag.put(Buffer.from('{"a":1}'), { inputCodec: 'dag-json', storeCodec: 'dag-cbor' }), /no conversion/);
  await assert.rejects(ipfs.dag.put(Buffer.from('{ "a": 1 }'), { inputCodec: 'dag-json', storeCodec: 'dag-json' }), /canonical/);
});

test('refs lists links with names, one level or all', async () => {
  const direct = await collect(ipfs.refs(folder.cid));
  assert.deepEqual(direct.map(({ err }) => err), ['', '', '', '', '']);
  const named = await collect(ipfs.refs(`/ipfs/${folder.cid}`, { recursive: true, unique: true, format: '<linkname>=<dst>' }));
  assert.ok(named.some(({ ref }) => ref.startsWith('2.json=bafk')));
  assert.equal(named.length, 5 + 1 + 1 + 3, 'the entries, er, 2.json and the three chunks of larger.bin');
  const edges = await collect(ipfs.refs(folder.cid, { edges: true, recursive: true, maxDepth: 1 }));
  assert.ok(edges.every(({ ref }) => ref.startsWith(`${folder.cid} -> `)) && edges.length === 5);
});

test('what the node exports is a CAR file for @ipld/car, and the other way round', async () => {
  const car = await bytesOf(ipfs.dag.export(folder.cid));
  const reader = await CarReader.fromBytes(car);
  assert.deepEqual((await reader.getRoots()).map(String), [folder.cid.toString()]);
  const blocks = await collect(reader.blocks());
  for (const { cid, bytes } of blocks) assert.ok(Buffer.from((await sha256.digest(bytes)).digest).equals(Buffer.from(cid.multihash.digest)));

  const other = await Node.start();
  try {
    const there = create({ url: other.api });
    const [{ root }] = await collect(there.dag.import((async function* () { yield car; })()));
    assert.deepEqual([root.cid.toString(), root.pinErrorMsg], [folder.cid.toString(), '']);
    assert.equal(await textOf(there.cat(`${folder.cid}/deep/er/2.json`)), '{"n":2}');

    const leaf = Buffer.from('written by @ipld/car');
    const leafCid = CID.create(1, raw.code, await sha256.digest(leaf));
    const top = dagCbor.encode({ leaf: leafCid });
    const topCid = CID.create(1, dagCbor.code, await sha256.digest(top));
    const { writer, out } = CarWriter.create([topCid, leafCid]);
    writer.put({ cid: topCid, bytes: top });
    writer.put({ cid: leafCid, bytes: leaf });
    writer.close();
    const roots = await collect(there.dag.import(out));
    assert.deepEqual(roots.map(({ root: { cid, pinErrorMsg } }) => [cid.toString(), pinErrorMsg]), [[topCid.toString(), ''], [leafCid.toString(), '']]);
    assert.equal(await textOf(there.cat(leafCid)), 'written by @ipld/car');

    const partial = CarWriter.create([topCid]);
    const missing = dagCbor.encode({ leaf: CID.create(1, raw.code, await sha256.digest(Buffer.from('nowhere'))) });
    const missingCid = CID.create(1, dagCbor.code, await sha256.digest(missing));
    const half = CarWriter.create([missingCid]);
    half.writer.put({ cid: missingCid, bytes: missing });
    half.writer.close();
    partial.writer.close();
    const [told] = await collect(there.dag.import(half.out));
    assert.notEqual(told.root.pinErrorMsg, '');

    const wrong = CarWriter.create([leafCid]);
    wrong.writer.put({ cid: leafCid, bytes: Buffer.from('something else') });
    wrong.writer.close();
    await assert.rejects(collect(there.dag.import(wrong.out)), /CAR offset \d+: block bafkrei\w+: does not hash/);
    await assert.rejects(collect(there.dag.import((async function* () { yield car.subarray(0, car.length - 5); })())), /CAR/);
  } finally { await other.close(); }
});

test('pins hold content for whoever asked, under their names, and let it go', async () => {
  const own = await Node.start();
  try {
    const there = create({ url: own.api });
    const [first, second, third] = await collect(there.addAll(['first', 'second', 'third'].map((content) => ({ content: noise(600_000, content) })), { pin: false, cidVersion: 1 }));
    const text = ({ cid }) => cid.toString();
    const pins = async (options) => (await collect(there.pin.ls(options))).map(({ cid, type }) => [cid.toString(), type]).sort();
    for (const { cid } of [first, second, third]) await there.pin.rm(cid); // the leases of the upload
    assert.deepEqual(await pins(), []);

    assert.equal((await there.pin.add(first.cid)).toString(), text(first));
    assert.equal((await there.pin.add(second.cid, { recursive: false, name: 'a name' })).toString(), text(second));
    assert.deepEqual(await pins({ type: 'recursive' }), [[text(first), 'recursive']]);
    assert.deepEqual(await pins({ type: 'direct' }), [[text(second), 'direct']]);
    assert.deepEqual(await pins({ paths: [second.cid, `/ipfs/${first.cid}`] }), [[text(first), 'recursive'], [text(second), 'direct']].sort());
    assert.equal((await pins({ type: 'all' })).length, 2 + 3, 'with the three chunks of the first');
    assert.deepEqual((await collect(there.pin.ls({ names: true, type: 'direct' }))).map(({ name }) => name), ['a name']);
    for (const [name, wanted] of [['name', [text(second)]], ['a name', [text(second)]], ['Name', []], ['another name', []]]) {
      const lines = (await (await fetch(`${own.api}/api/v0/pin/ls?stream=true&name=${encodeURIComponent(name)}`, { method: 'POST' })).text()).split('\n').filter(Boolean);
      assert.deepEqual(lines.map((line) => JSON.parse(line)), wanted.map((Cid) => ({ Cid: CID.parse(Cid).toV1().toString(), Type: 'direct', Name: 'a name' })), name);
    }
    const [, chunk] = (await pins({ type: 'indirect' }));
    assert.deepEqual(await pins({ paths: chunk[0] }), [[chunk[0], `indirect through ${first.cid}`]]);

    assert.deepEqual((await there.pin.update(first.cid, third.cid)).map(String), [text(first), text(third)]);
    assert.deepEqual(await pins({ type: 'recursive' }), [[text(third), 'recursive']]);
    assert.deepEqual((await there.pin.update(third.cid, first.cid, { unpin: false })).map(String), [text(third), text(first)]);
    await assert.rejects(there.pin.update(second.cid, third.cid), /was not recursively pinned/);
    await assert.rejects(pins({ paths: [second.cid], type: 'recursive' }), /is not pinned/);
    await assert.rejects(pins({ type: 'some' }), /invalid type/);
    await assert.rejects(there.pin.add('QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN'), /not found/);
    await assert.rejects(there.pin.add(first.cid, { metadata: { a: 'b' } }), /option metadata/);

    assert.deepEqual((await collect(there.pin.rmAll([first.cid, { cid: second.cid, recursive: false }]))).map(String), [text(first), text(second)]);
    assert.deepEqual((await collect(there.pin.addAll([first.cid, { path: second.cid, recursive: false }]))).map(String), [text(first), text(second)]);
    assert.equal((await there.pin.rm(second.cid)).toString(), text(second));
    await assert.rejects(there.pin.rm(second.cid), /not pinned or pinned indirectly/);
    assert.deepEqual(await pins({ type: 'recursive' }), [[text(first), 'recursive'], [text(third), 'recursive']].sort());
  } finally { await own.close(); }
});

test('repo.stat counts, repo.gc removes what nothing holds, repo/verify finds the rest in order', async () => {
  const own = await Node.start();
  try {
    const there = create({ url: own.api });
    const verify = async () => (await (await fetch(`${own.api}/api/v0/repo/verify`, { method: 'POST' })).text()).trim().split('\n').map((line) => JSON.parse(line));
    const kept = await there.add(noise(600_000, 'kept'), { cidVersion: 1 });
    const gone = await there.add(noise(600_000, 'gone'), { cidVersion: 1 });
    const before = await there.repo.stat();
    assert.equal(before.numObjects, 2n * 4n);
    assert.ok(before.repoSize > 1_200_000n && before.repoSize < 1_201_000n && before.storageMax === 10n << 30n);
    assert.deepEqual(await collect(there.repo.gc()), []);

    await there.pin.rm(gone.cid);
    const dry = await collect(there.repo.gc({ dryRun: true }));
    assert.equal(dry.length, 4);
    assert.equal((await there.repo.stat()).numObjects, 8n);
    const removed = await collect(there.repo.gc());
    assert.deepEqual(removed.map(({ cid }) => cid.toString()).sort(), dry.map(({ cid }) => cid.toString()).sort());
    assert.ok(removed.every(({ err }) => err === null));
    assert.equal((await there.repo.stat()).numObjects, 4n);
    assert.ok((await bytesOf(there.cat(kept.cid))).equals(noise(600_000, 'kept')));
    await assert.rejects(bytesOf(there.cat(gone.cid)), /not found/);
    await assert.rejects(collect(there.repo.gc({ unheardOf: true })), /unheard-of/);

    const lines = await verify();
    assert.deepEqual([lines.length, lines[0].Progress, lines[0].Ok], [1, 4, true]);
  } finally { await own.close(); }
});

test('errors are those that the client knows how to read', async () => {
  await assert.rejects(ipfs.files.stat('/x'), /command not found: files\/stat/);
  await assert.rejects(collect(ipfs.cat('not-a-cid')), /invalid path/);
  await assert.rejects(ipfs.add('x', { trickle: true }), /trickle/);
  await assert.rejects(ipfs.add('x', { hashAlg: 'blake2b-256' }), /hash/);
  await assert.rejects(collect(ipfs.ls(folder.cid, { unheardOf: 1 })), /unheard-of/);
});

const fixtures = path.join(shared, 'fixtures/ipfs/kubo');
const absent = !fs.existsSync(fixtures);
if (absent && process.env.CI) throw new Error(`${fixtures} is missing`);

test('requests as kubo-rpc-client was seen to send them are answered', { skip: absent && 'the recorded requests are not there' }, async () => {
  const { calls } = JSON.parse(fs.readFileSync(path.join(fixtures, 'rpc-wire.json'), 'utf8'));
  let sent = 0;
  for (const [name, { requests }] of Object.entries(calls)) {
    for (const { method, url, headers, body } of requests) {
      const type = headers['content-type'];
      const response = await fetch(node.api + url, { method, headers: type ? { 'content-type': type } : {}, body: body && Buffer.from(body, 'latin1') });
      const text = await response.text();
      assert.equal(response.status, name === 'error shape' ? 404 : 200, `${name}: ${text}`);
      sent += 1;
    }
  }
  assert.equal(sent, 20);
});

test('CAR files of kubo are taken: version 1, version 2, and a part of a DAG', { skip: absent && 'the files are not there' }, async () => {
  const roots = async (name) => collect(ipfs.dag.import((async function* () { yield fs.readFileSync(path.join(fixtures, name)); })()));
  const first = await roots('TestDagStat.car');
  assert.ok(first.length > 0 && first.every(({ root }) => root.pinErrorMsg === ''));
  assert.deepEqual((await roots('TestDagStatCARv2.car')).map(({ root }) => root.pinErrorMsg).every((text) => text === ''), true);
  const [{ root: partial }] = await roots('partial-dag-scope-entity.car');
  assert.match(partial.pinErrorMsg, /missing|not|source/);
  const stat = await (await fetch(`${node.api}/api/v0/dag/stat?${first.map(({ root }) => `arg=${root.cid}`).join('&')}`, { method: 'POST' })).json();
  assert.equal(stat.DagStats.length, first.length);
});

// What tutorials have: the file, then a JSON string that names it, then the token. Nothing in it knows of mintmark.
test('a minting script mints, and its picture comes back over the gateway', async () => {
  const image = noise(300_000, 'picture');
  const wallet = HDNodeWallet.fromPhrase(MNEMONIC).connect(new JsonRpcProvider(node.url, undefined, { cacheTimeout: -1 }));
  const collection = new Contract(COLLECTION, COLLECTION_ABI, wallet);

  const client = create({ url: `${node.api}/api/v0` });
  const added = await client.add(image);
  const metadata = { name: 'Cat', description: 'grey', image: `ipfs://${added.path}` };
  const uri = `ipfs://${(await client.add(JSON.stringify(metadata))).path}`;
  const receipt = await (await collection.mint(wallet.address, uri)).wait();

  const { tokenId } = receipt.logs.map((log) => collection.interface.parseLog(log)).find((log) => log?.name === 'Transfer').args;
  const at = (text) => `${node.gateway}/ipfs/${text.slice('ipfs://'.length)}`;
  const read = await (await fetch(at(await collection.tokenURI(tokenId)))).json();
  assert.deepEqual(read, metadata);
  assert.ok(Buffer.from(await (await fetch(at(read.image))).arrayBuffer()).equals(image));
  wallet.provider.destroy();
});

test('with a token the API answers those who bring it alone', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-token-'));
  const file = path.join(folder, 'token');
  fs.writeFileSync(file, 'a-token-for-the-api-0123456789\n', { mode: 0o600 });
  const closed = await Node.start({ args: ['--api-token-file', file] });
  try {
    await assert.rejects(create({ url: closed.api }).id(), /needs a token/);
    await assert.rejects(create({ url: closed.api, headers: { authorization: 'Bearer another-token-0123456789' } }).add('x'), /needs a token/);
    const api = create({ url: closed.api, headers: { authorization: 'Bearer a-token-for-the-api-0123456789' } });
    const { cid } = await api.add('behind a token');
    assert.equal(await textOf(api.cat(cid)), 'behind a token');
    const picture = path.join(folder, 'cat.gif');
    fs.writeFileSync(picture, 'GIF89a a picture');
    const refused = closed.run('mint', picture, '--name', 'Cat');
    assert.equal(refused.code, 1, refused.err);
    assert.match(refused.err, /token/);
    const minted = closed.run('mint', picture, '--name', 'Cat', '--api-token-file', file);
    assert.equal(minted.code, 0, minted.err);
    const bad = closed.run('repo', 'stat', '--api-token-file', picture);
    assert.equal(bad.code, 2, bad.err);
    assert.match(bad.err, /not a token/);
  } finally {
    await closed.close();
    fs.rmSync(folder, { recursive: true });
  }
});

test('beyond loopback the API needs a token', () => {
  const refused = node.run('node', '--ephemeral', '--host', '0.0.0.0', '--port', '0', '--gateway-port', 'off', '--api-port', '0');
  assert.equal(refused.code, 1);
  assert.match(refused.err + refused.out, /--api-token-file FILE, or --api-port off/);
});
