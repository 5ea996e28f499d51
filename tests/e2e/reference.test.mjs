// The reference's own replayer against this node: every return value, revert, log, slot, proof and storage root of all 13 files,
// through createCollection (--factory) and at a collection made by genesis (--contract).
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { COLLECTION, FACTORY, Node, root, shared } from './lib/node.mjs';

const reference = path.join(shared, 'reference');
const absent = !fs.existsSync(path.join(reference, 'replay.mjs'));
if (absent && process.env.CI) throw new Error(`${reference} is missing`);
const options = { skip: absent && 'the reference contract is not there' };

/** A copy whose imports resolve to this folder's node_modules. */
function place() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-reference-'));
  execFileSync('cp', ['-r', ...['replay.mjs', 'lib', 'build', 'vectors', 'public.json', 'package.json'].map((name) => path.join(reference, name)), folder]);
  execFileSync('chmod', ['-R', 'u+w', folder]);
  fs.symlinkSync(path.join(root, 'tests/e2e/node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

function replay(folder, node, where, ...files) {
  const result = spawnSync(process.execPath, ['replay.mjs', '--rpc', node.url, ...where, ...files], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });
  const last = result.stdout.trim().split('\n').at(-1);
  assert.equal(result.status, 0, result.stdout.slice(-4000) + result.stderr.slice(-2000));
  const [, passed, failed] = /(\d+) passed, (\d+) failed/.exec(last);
  assert.equal(Number(failed), 0);
  return Number(passed);
}

test('twelve collections made by the factory, in one chain', options, async (t) => {
  const folder = place();
  const node = await Node.start();
  const files = fs.readdirSync(path.join(folder, 'vectors')).filter((name) => name.endsWith('.gz') && !name.startsWith('12-')).sort();
  assert.equal(files.length, 12);
  const passed = replay(folder, node, ['--factory', FACTORY], ...files.map((name) => path.join('vectors', name)));
  t.diagnostic(`${passed} comparisons`);
  assert.ok(passed > 49000);
  await node.close();
  fs.rmSync(folder, { recursive: true });
});

test('the factory itself, fresh', options, async (t) => {
  const folder = place();
  const node = await Node.start();
  const passed = replay(folder, node, ['--factory', FACTORY], 'vectors/12-factory.jsonl.gz');
  t.diagnostic(`${passed} comparisons`);
  assert.ok(passed > 3000);
  await node.close();
  fs.rmSync(folder, { recursive: true });
});

test('a collection that genesis made', options, async (t) => {
  const folder = place();
  const name = '00-edges.jsonl.gz';
  const header = JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(folder, 'vectors', name))).toString().split('\n')[0]);
  const text = (hex) => ({ hex });
  const genesis = JSON.parse(fs.readFileSync(path.join(root, 'genesis.json'), 'utf8'));
  const key = Object.keys(genesis.alloc).find((address) => address.toLowerCase().replace(/^0x/, '') === COLLECTION.slice(2));
  genesis.alloc[key] = { native: { contract: 'collection', name: text(header.constructor.name), symbol: text(header.constructor.symbol),
    owner: header.constructor.owner, openMint: header.constructor.openMint } };
  fs.writeFileSync(path.join(folder, 'genesis.json'), JSON.stringify(genesis));
  const node = await Node.start({ args: ['--genesis', path.join(folder, 'genesis.json')] });
  const passed = replay(folder, node, ['--contract', COLLECTION], path.join('vectors', name));
  t.diagnostic(`${passed} comparisons`);
  await node.close();
  fs.rmSync(folder, { recursive: true });
});
