// Content among real nodes: who mints may die, who comes later gets everything, what a disk loses comes back, who lies is sent away.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Contract } from 'ethers';
import { CID } from 'multiformats/cid';
import { AINFT_FACTORY, ainft, ainftFactory, named, params } from './lib/ainft.mjs';
import { picture } from './lib/bytes.mjs';
import { at, Gallery, own, rootOf } from './lib/gallery.mjs';
import { COLLECTION } from './lib/node.mjs';
import { until } from './lib/wait.mjs';
import { nft, walletOf } from './lib/wallets.mjs';

const foe = process.env.MINTMARK_FOE;
const PICTURE_BYTES = 2_500_000; // larger than a chunk, so that it has several blocks
let gallery;

/** Metadata and picture as this node gives them, from its own store alone. */
async function isHere(member, token) {
  const metadata = await own(member, token.tokenURI);
  const image = await own(member, token.image);
  if (metadata.status !== 200 || image.status !== 200) return false;
  assert.equal((await metadata.json()).image, token.image);
  const bytes = await image.arrayBuffer().catch(() => undefined); // cut where a block is lacking still
  if (bytes === undefined) return false;
  assert.ok(Buffer.from(bytes).equals(token.bytes));
  return true;
}

const everywhere = (members, tokens) => until(async () => {
  for (const member of members) for (const token of tokens) if (!await isHere(member, token)) return false;
  return true;
}, { ms: 60_000, what: () => 'content that is everywhere' });

const stat = async (member) => (await fetch(`${member.api}/api/v0/repo/stat`, { method: 'POST' })).json();
const sample = async (member, name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await fetch(`${member.url}/metrics`)).text())[1]);

before(async () => { gallery = await Gallery.start({ nodes: 4 }); });
after(() => gallery?.close());

const tokens = [];

test('a node that mints and is killed at once leaves every picture with the others', async () => {
  const minter = gallery.nodes[3];
  for (let i = 0; i < 3; i++) tokens.push(gallery.mint(minter, `${i}.png`, picture(i, PICTURE_BYTES), 2));
  minter.kill();
  await everywhere(gallery.nodes.slice(0, 3), tokens);
  for (const member of gallery.nodes.slice(0, 3)) {
    await until(async () => (await stat(member)).FetchedBytes >= 3 * PICTURE_BYTES, { what: () => 'numbers of what was fetched' });
    assert.ok(await sample(member, 'mintmark_content_fetched_bytes_total') >= 3 * PICTURE_BYTES);
  }
  await until(async () => (await stat(gallery.nodes[0])).RootsByReplicas[2] >= 6, { what: () => 'two others that have all roots' });
});

test('a node that begins with nothing ends with everything', async (t) => {
  const late = await gallery.join();
  t.after(() => late.close());
  await everywhere([late], tokens);
  await until(async () => (await stat(late)).RootsWanting === 0, { what: () => 'a node that lacks nothing' });
  const { code, out } = late.run('repo', 'verify');
  assert.equal(code, 0, out);
});

test('a block that a disk lost is found by repo verify and comes back from a peer', { skip: !foe && 'MINTMARK_FOE is not set' }, async (t) => {
  const data = path.join(gallery.folder, 'own');
  fs.mkdirSync(data);
  let node = await gallery.join({ data });
  t.after(() => node.close());
  await everywhere([node], tokens);
  await until(async () => (await stat(node)).RootsWanting === 0, { what: () => 'a node that lacks nothing' });
  await node.stop();
  const damaged = spawnSync(foe, ['damage', path.join(data, 'content'), rootOf(tokens[1].image)], { encoding: 'utf8' });
  assert.equal(damaged.status, 0, damaged.stderr);
  node = await gallery.join({ data });
  const { code, out } = node.run('repo', 'verify');
  assert.notEqual(code, 0, out);
  assert.match(out, new RegExp(rootOf(tokens[1].image).slice(8)), 'it says which');
  await everywhere([node], tokens);
  await until(() => node.run('repo', 'verify').code === 0, { ms: 30_000, what: () => node.run('repo', 'verify').out });
});

/** What one node was told to keep, and no token names: nobody else must hold it. */
async function upload(member, seed) {
  const bytes = picture(seed, PICTURE_BYTES);
  const form = new FormData();
  form.append('file', new Blob([bytes]), `${seed}.png`);
  const answer = await fetch(`${member.api}/api/v0/add?cid-version=1`, { method: 'POST', body: form });
  return { bytes, uri: `ipfs://${JSON.parse(await answer.text()).Hash}` };
}

test('a gateway fetches what another node has, says so when it does not come, and knows at once what nobody has', async () => {
  const [here, there] = gallery.nodes;
  const uploads = [await upload(there, 101), await upload(there, 102)];
  const isKnown = async (uri) => JSON.parse(await (await fetch(`${here.api}/api/v0/repo/replicas?arg=${rootOf(uri)}`, { method: 'POST' })).text()).Replicas > 0;
  for (const { uri } of uploads) await until(() => isKnown(uri), { what: () => 'a node that says what it has' });
  assert.equal((await own(here, uploads[0].uri)).status, 412);
  const answer = await fetch(at(here, uploads[0].uri));
  assert.equal(answer.status, 200);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(uploads[0].bytes));
  there.signal('SIGSTOP');
  try {
    const began = performance.now();
    assert.equal((await fetch(at(here, uploads[1].uri))).status, 504);
    assert.ok(performance.now() - began < 12_000);
  } finally { there.signal('SIGCONT'); }
  const later = await fetch(at(here, uploads[1].uri));
  assert.equal(later.status, 200);
  assert.ok(Buffer.from(await later.arrayBuffer()).equals(uploads[1].bytes));
  const began = performance.now();
  assert.equal((await fetch(`${here.gateway}/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy`)).status, 404);
  assert.ok(performance.now() - began < 1000, 'not looked for');
});

/** A small file, leased for a day at one node; its URI. */
async function lease(member, text) {
  const form = new FormData();
  form.append('file', new Blob([text]), 'file.json');
  const answer = await fetch(`${member.api}/api/v0/add?cid-version=1&pin=false`, { method: 'POST', body: form });
  return `ipfs://${JSON.parse(await answer.text()).Hash}`;
}

const has = async (member, uri) => (await own(member, uri)).status === 200;

test('what an AINFT was, and what its collection says, is everywhere and stays; what was redacted goes', async () => {
  const [first, ...others] = gallery.nodes.slice(0, 3);
  const wallet = walletOf(4).connect(first.provider());
  const files = {};
  for (const name of ['script1', 'script2', 'banner', 'said', 'unsaid']) files[name] = await lease(first, JSON.stringify({ name, of: 'an AINFT' }));
  for (const i of [1, 2]) files[`spec${i}`] = await lease(first, JSON.stringify({ schema: 'ainft-spec/1', model: { engine: 'script', script: files[`script${i}`] } }));
  files.contract = await lease(first, JSON.stringify({ name: 'Muses', banner_image: files.banner }));

  const send = async (contract, name, ...args) => first.receipt((await contract[name](...args)).hash);
  const factory = new Contract(AINFT_FACTORY, ainftFactory, wallet);
  const index = await factory.collectionCount();
  await send(factory, 'createCollection', params(wallet.address, { contractURI: files.contract }));
  const collection = new Contract(await factory.collectionAt(index), ainft, wallet);
  const cidOf = (uri) => CID.parse(uri.slice('ipfs://'.length)).bytes;
  await send(collection, 'defineHistoryKind', 'note', 2, 64, 1);
  await send(collection, 'setRule', 'history:note', 'true');
  await send(collection, 'mint', wallet.address, '', files.spec1, named('1'));
  await send(collection, 'setSpecification', 1, files.spec2, named('2'));
  for (const name of ['said', 'unsaid']) await send(collection, 'appendHistory', 1, named('note'), 1, 1, cidOf(files[name]));
  for (const member of others) for (const [name, uri] of Object.entries(files)) await until(() => has(member, uri), { ms: 30_000, what: () => `${name} at another node` });

  await send(collection, 'redactHistory', 1, 1, named('a wish'));
  const { unsaid, ...kept } = files;
  for (const member of others) {
    await until(async () => {
      assert.equal(member.run('repo', 'gc').code, 0);
      return !await has(member, unsaid);
    }, { ms: 30_000, what: () => 'an end of what was redacted' });
    for (const [name, uri] of Object.entries(kept)) assert.ok(await has(member, uri), name);
  }
  assert.equal(await collection.historyLength(1), 2n);
});

test('a peer that sends something else is cut off, and the others are not', { skip: !foe && 'MINTMARK_FOE is not set' }, async () => {
  const member = gallery.nodes[0];
  const lost = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyka'; // nobody has it
  const wallet = walletOf(3).connect(member.provider());
  await member.receipt((await new Contract(COLLECTION, nft, wallet).mint(wallet.address, `ipfs://${lost}`)).hash);
  const { hash } = await member.rpc('eth_getBlockByNumber', '0x0', false);
  const chain = Number(await member.rpc('eth_chainId'));
  const peers = Number(await member.rpc('net_peerCount'));
  const liar = spawnSync(foe, ['lie', String(gallery.portOf(member)), String(chain), hash.slice(2), lost], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(liar.status, 0, `${liar.stderr}\n${member.logs.slice(-2000)}`);
  const banned = [...member.logs.matchAll(/a peer is banned {2}id=([0-9a-f]+)/g)].map(([, id]) => id);
  assert.deepEqual(banned, [liar.stdout.slice(0, 16)]);
  assert.equal(member.logs.split(`peer  id=${banned[0]}`).length, 2, 'it came once');
  assert.match(member.logs, /content that is none.*not what it is called/);
  assert.equal(Number(await member.rpc('net_peerCount')), peers);
  assert.equal(await sample(member, 'mintmark_content_peers_cut_off_total'), 1);
  assert.equal((await fetch(`${member.gateway}/ipfs/${lost}`)).status, 404);
});
