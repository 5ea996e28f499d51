// What a node saved for an entry is let go when the entry is redacted, and a kill -9 right behind the block makes no difference.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Contract, HDNodeWallet, JsonRpcProvider, id } from 'ethers';
import { AINFT_ABI } from './lib/ainft.mjs';
import { MNEMONIC, Node, binary } from './lib/node.mjs';
import { sleep, until } from './lib/wait.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-redaction-'));
const keyFile = path.join(folder, 'chat.key');
const person = (index) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
const [BOB, SERVICE] = [2, 8];
let node;
let collection;
let known; // roots that are pinned

const start = async () => { node = await Node.start({ data: folder, env: { MINTMARK_CHAT_KEY: keyFile, MINTMARK_CHAT_RATE: '1000' } }); };

function good(...args) {
  const { code, out, err } = node.run(...args);
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return out;
}

const pins = () => good('pin', 'ls', '--json').trim().split('\n').map((line) => JSON.parse(line).Cid);

/** A conversation of Bob's is saved: the CID that its entry has. */
function saved(text) {
  const { status, stderr } = spawnSync(binary, ['ainft', 'chat', '1', '-c', collection, '--from', String(BOB)],
    { input: `${text}\n/save\n`, encoding: 'utf8', env: { ...process.env, MINTMARK_RPC: node.url, NO_COLOR: '1' } });
  assert.equal(status, 0, stderr);
  const before = known;
  known = new Set(pins());
  const [cid, ...more] = [...known].filter((root) => !before.has(root));
  assert.deepEqual([typeof cid, more], ['string', []]);
  return cid;
}

async function redact(index) {
  const provider = new JsonRpcProvider(node.url, undefined, { staticNetwork: true, pollingInterval: 20, cacheTimeout: -1 });
  const contract = new Contract(collection, AINFT_ABI, person(BOB).connect(provider));
  const tx = await contract.redactHistory(1n, BigInt(index), id('privacy'), { gasLimit: 1_000_000n });
  const receipt = await node.receipt(tx.hash);
  provider.destroy();
  assert.equal(receipt.status, '0x1');
}

before(async () => {
  fs.writeFileSync(keyFile, person(SERVICE).privateKey.slice(2), { mode: 0o600 });
  await start();
  collection = JSON.parse(good('ainft', 'create', '--name', 'Muses', '--symbol', 'MUSE', '--json')).collection;
  good('ainft', 'persona', '--agent-key', keyFile, '-c', collection);
  known = new Set(pins());
});

after(async () => {
  await node?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a kill right behind the redaction keeps nothing that was redacted, and all that was not', async () => {
  const kept = saved('This may stay.');
  const WAITS = [0, 0, 5, 50, 300];
  for (const [i, wait] of WAITS.entries()) {
    const cid = saved(`This is between us, and said for the time ${i}.`);
    await redact(i + 1);
    await sleep(wait);
    await node.stop('SIGKILL');
    await start();
    await until(() => !pins().includes(cid), { ms: 20_000, what: () => `${cid} is let go after ${wait} ms` });
    good('repo', 'gc');
    const read = (of) => fetch(`${node.gateway}/ipfs/${of}`, { headers: { 'cache-control': 'only-if-cached' } }).then(({ status }) => status);
    assert.equal(await read(cid), 412);
    assert.equal(await read(kept), 200);
  }
  assert.match(good('ainft', 'verify', '1', '-c', collection), new RegExp(`entries +${1 + WAITS.length}`));
});
