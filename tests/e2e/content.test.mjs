// The commands of content: add, ls, get, cat, dag stat, car export and import, fetch. What they take from a gateway they believe only hashed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { CarReader } from '@ipld/car';
import { create } from 'kubo-rpc-client';
import { sha256 } from 'multiformats/hashes/sha2';
import { binary, COLLECTION, Node } from './lib/node.mjs';

let node; // has the content
let empty; // has none of it
let gateway; // gives raw blocks of `node`, and lies when it is told to
let folder;
let cid;
before(async () => {
  [node, empty] = [await Node.start(), await Node.start()];
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-content-'));
  const pictures = path.join(folder, 'pictures');
  fs.mkdirSync(path.join(pictures, 'deep', 'er'), { recursive: true });
  fs.writeFileSync(path.join(pictures, 'a.txt'), 'hello world');
  fs.writeFileSync(path.join(pictures, 'deep', 'er', 'b.bin'), Buffer.alloc(2_500_000, 'xyz'));
  fs.writeFileSync(path.join(pictures, 'deep', 'empty'), '');
  gateway = new Gateway();
  await gateway.start();
});
after(async () => { await Promise.all([node.close(), empty.close(), gateway.stop()]); fs.rmSync(folder, { recursive: true }); });

class Gateway {
  start() {
    this.lies = false;
    this.asked = 0;
    this.server = http.createServer(async (request, response) => {
      const url = new URL(request.url, 'http://gateway');
      const block = await fetch(`${node.api}/api/v0/block/get?arg=${url.pathname.slice('/ipfs/'.length)}`, { method: 'POST' });
      const bytes = Buffer.from(await block.arrayBuffer());
      this.asked += 1;
      if (url.searchParams.get('format') !== 'raw') { response.writeHead(406).end(); return; }
      if (block.status !== 200) { response.writeHead(404).end(); return; }
      if (this.lies) bytes[bytes.length - 1] ^= 1;
      response.writeHead(200, { 'content-type': 'application/vnd.ipld.raw', 'content-length': bytes.length }).end(bytes);
    });
    return new Promise((resolve) => { this.server.listen(0, '127.0.0.1', () => { this.url = `http://127.0.0.1:${this.server.address().port}`; resolve(); }); });
  }

  stop() { this.server.closeAllConnections(); return new Promise((resolve) => { this.server.close(resolve); }); }
}

/** The command runs while this process answers as the gateway: not with spawnSync. */
async function run(where, ...args) {
  const { spawn } = await import('node:child_process');
  const child = spawn(binary, args, { env: { ...process.env, MINTMARK_RPC: where.url, NO_COLOR: '1' }, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const out = []; const err = [];
  child.stdout.on('data', (bytes) => out.push(bytes));
  child.stderr.on('data', (bytes) => err.push(bytes));
  const code = await new Promise((resolve) => { child.once('close', resolve); });
  return { code, bytes: Buffer.concat(out), out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}
async function good(where, ...args) {
  const result = await run(where, ...args);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.err}`);
  return result;
}
async function bad(code, words, where, ...args) {
  const result = await run(where, ...args);
  assert.equal(result.code, code, `${args.join(' ')}: ${result.code} ${result.out} ${result.err}`);
  assert.match(result.err, words);
}
const same = (a, b) => {
  const result = spawnSync('diff', ['-r', a, b], { encoding: 'utf8' });
  assert.equal(result.status, 0, result.stdout);
};

test('add takes a folder, and standard input', async () => {
  cid = (await good(node, 'add', '-r', 'pictures')).out.trim();
  assert.equal((await good(node, 'add', '--only-hash', 'pictures')).out.trim(), cid);
  const input = (args) => {
    const result = spawnSync(binary, ['add', '-', ...args], { env: { ...process.env, MINTMARK_RPC: node.url }, input: 'hello world', encoding: 'utf8' });
    assert.equal(result.status, args.length === 1 && args[0] === '--wrap' ? 2 : 0, result.stderr);
    return result.stdout.trim();
  };
  assert.equal(input([]), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e');
  assert.equal(input(['--only-hash']), input([]));
  assert.equal(input(['--profile', 'unixfs-v0-2015']), 'Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD');
  const wrapped = input(['--wrap', '--name', 'a.txt']);
  assert.equal((await good(node, 'cat', `${wrapped}/a.txt`)).out, 'hello world');
  input(['--wrap']);
});

test('ls lists what is in a folder, get brings it to the disk as it was', async () => {
  const lines = (await good(node, 'ls', cid)).out.trimEnd().split('\n');
  assert.deepEqual(lines.map((line) => line.split(/ +/).slice(1)), [['11', 'a.txt'], ['-', 'deep/']]);
  const [file, deep] = JSON.parse((await good(node, 'ls', `ipfs://${cid}/`, '--json')).out);
  assert.deepEqual([file.name, file.type, file.bytes, deep.type, deep.bytes], ['a.txt', 'file', 11, 'folder', null]);
  await good(node, 'get', cid, '--output', 'copy');
  same(path.join(folder, 'pictures'), path.join(folder, 'copy'));
  await bad(1, /copy: File exists/, node, 'get', cid, '--output', 'copy');
  await good(node, 'get', `${cid}/deep/er/b.bin`);
  same(path.join(folder, 'pictures/deep/er/b.bin'), path.join(folder, 'b.bin'));
  const tar = (await good(node, 'get', cid, '--archive')).bytes;
  fs.mkdirSync(path.join(folder, 'tar'));
  const unpacked = spawnSync('tar', ['-x', '-C', path.join(folder, 'tar')], { input: tar, encoding: 'utf8' });
  assert.equal(unpacked.status, 0, unpacked.stderr);
  same(path.join(folder, 'pictures'), path.join(folder, 'tar', cid));
  await bad(1, /no entry|name/, node, 'get', `${cid}/nothing`);
  await bad(2, /is no CID/, node, 'get', 'nothing');
});

test('dag stat counts, and says what is missing', async () => {
  const all = (await good(node, 'dag', 'stat', cid)).out;
  assert.match(all, new RegExp(`^${cid}  9 blocks  25\\d+ bytes\n$`));
  const two = (await good(node, 'dag', 'stat', cid, `${cid}/deep`)).out.trimEnd().split('\n');
  assert.match(two[2], /^together {2}9 blocks/);
  assert.equal(JSON.parse((await good(node, 'dag', 'stat', cid, '--json')).out).UniqueBlocks, 9);
  await bad(1, /not found/, empty, 'dag', 'stat', cid);
});

test('car export writes a file that others read, car import takes it', async () => {
  await good(node, 'car', 'export', cid, '--output', 'pictures.car');
  const reader = await CarReader.fromBytes(fs.readFileSync(path.join(folder, 'pictures.car')));
  assert.deepEqual((await reader.getRoots()).map(String), [cid]);
  let blocks = 0;
  for await (const block of reader.blocks()) {
    assert.ok(Buffer.from((await sha256.digest(block.bytes)).digest).equals(Buffer.from(block.cid.multihash.digest)));
    blocks += 1;
  }
  assert.equal(blocks, 9);
  const other = await Node.start();
  try {
    await bad(1, /missing|not|source/, other, 'car', 'export', cid, '--output', 'never.car');
    assert.ok(!fs.existsSync(path.join(folder, 'never.car')) && !fs.existsSync(path.join(folder, 'never.car.part')));
    assert.equal((await good(other, 'car', 'import', 'pictures.car')).out.trim(), cid);
    await good(other, 'get', cid, '--output', 'elsewhere');
    same(path.join(folder, 'pictures'), path.join(folder, 'elsewhere'));
    const bent = fs.readFileSync(path.join(folder, 'pictures.car'));
    bent[bent.length - 1] ^= 1;
    fs.writeFileSync(path.join(folder, 'bent.car'), bent);
    await bad(1, /does not hash to its CID/, other, 'car', 'import', 'bent.car');
    fs.writeFileSync(path.join(folder, 'short.car'), bent.subarray(0, 5000));
    await bad(1, /CAR/, other, 'car', 'import', 'short.car');
    await bad(2, /either roots or --collection/, other, 'car', 'export');
  } finally { await other.close(); }
});

test('what the node lacks comes from a gateway, hashed', async () => {
  await bad(1, /missing|not|source/, empty, 'cat', `${cid}/a.txt`);
  assert.equal((await good(empty, 'cat', `${cid}/a.txt`, '--gateway', gateway.url)).out, 'hello world');
  gateway.lies = true;
  await bad(3, /./, empty, 'cat', `${cid}/a.txt`, '--gateway', gateway.url);
  await bad(3, /does not hash/, empty, 'get', cid, '--gateway', gateway.url, '--output', 'lied');
  await bad(3, /does not hash/, empty, 'fetch', cid, '--gateway', gateway.url);
  await bad(1, /not found/, empty, 'dag', 'stat', cid);
  gateway.lies = false;
  await good(empty, 'get', cid, '--gateway', gateway.url, '--output', 'fetched');
  same(path.join(folder, 'pictures'), path.join(folder, 'fetched'));
  await bad(2, /--gateway says/, empty, 'fetch', cid);
  const { out } = await good(empty, 'fetch', cid, '--gateway', gateway.url);
  assert.match(out, /9 blocks, 25\d+ bytes from the gateway/);
  const asked = gateway.asked;
  assert.match((await good(empty, 'fetch', cid, '--gateway', gateway.url)).out, /0 blocks/);
  assert.equal(gateway.asked, asked, 'what is there is not asked for again');
  await good(empty, 'get', cid, '--output', 'own');
  same(path.join(folder, 'pictures'), path.join(folder, 'own'));
});

test('a node is such a gateway for another', async () => {
  const other = await Node.start();
  try {
    assert.match((await good(other, 'fetch', cid, '--gateway', node.gateway)).out, /9 blocks, 25\d+ bytes from the gateway/);
    await good(other, 'get', cid, '--output', 'from-node');
    same(path.join(folder, 'pictures'), path.join(folder, 'from-node'));
  } finally { await other.close(); }
});

test('an archive of a collection has what its tokens name, and brings it to another node', async () => {
  fs.writeFileSync(path.join(folder, 'cat.png'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  fs.writeFileSync(path.join(folder, 'dog.png'), Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(1_500_000, 'dog')]));
  for (const name of ['cat.png', 'dog.png', 'cat.png']) await good(node, 'mint', name, '--name', `${name} again`);
  const before = JSON.parse((await good(node, 'list', '--json')).out);
  await good(node, 'mint', 'dog.png', '--name', 'burned');
  await good(node, 'burn', '4');
  await good(node, 'car', 'export', '--collection', COLLECTION, '--output', 'collection.car');
  const reader = await CarReader.fromBytes(fs.readFileSync(path.join(folder, 'collection.car')));
  const roots = (await reader.getRoots()).map(String);
  const wanted = new Set();
  for (const { tokenURI } of before) {
    wanted.add(tokenURI.split('/')[2]);
    wanted.add(JSON.parse((await good(node, 'cat', tokenURI)).out).image.split('/')[2]);
  }
  assert.deepEqual(roots.toSorted(), [...wanted].toSorted());
  assert.equal(wanted.size, 4, 'two metadata of three, for two are the same, and two pictures');
  const other = await Node.start();
  try {
    const told = await create({ url: other.api }).dag.import((async function* () { yield fs.readFileSync(path.join(folder, 'collection.car')); })());
    for await (const { root } of told) assert.equal(root.pinErrorMsg, '');
    for (const { tokenURI } of before) {
      const { image } = JSON.parse((await good(other, 'cat', tokenURI)).out);
      assert.ok((await good(other, 'cat', image)).bytes.equals((await good(node, 'cat', image)).bytes));
    }
  } finally { await other.close(); }
});
