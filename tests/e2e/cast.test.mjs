// cast, unmodified, as a person would type it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { COLLECTION, Node } from './lib/node.mjs';

const require = createRequire(import.meta.url);
const cast = path.join(path.dirname(require.resolve('@foundry-rs/cast-linux-amd64/package.json')), 'bin/cast');
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const ALICE = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
const BOB = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
let node;
before(async () => { node = await Node.start(); });
after(() => node.close());

const run = (...args) => {
  const result = spawnSync(cast, args, { encoding: 'utf8', env: { ...process.env, ETH_RPC_URL: node.url, NO_COLOR: '1' } });
  return { code: result.status, out: result.stdout.trim(), err: result.stderr.trim() };
};
const ok = (...args) => {
  const { code, out, err } = run(...args);
  assert.equal(code, 0, `cast ${args.join(' ')}\n${err}`);
  return out;
};

test('mint, read, transfer', () => {
  const receipt = JSON.parse(ok('send', COLLECTION, 'mint(address,string)', ALICE, 'ipfs://cast', '--private-key', KEY, '--json'));
  assert.equal(receipt.status, '0x1');
  assert.equal(ok('call', COLLECTION, 'ownerOf(uint256)(address)', '1'), ALICE);
  assert.match(ok('call', COLLECTION, 'tokenURI(uint256)(string)', '1'), /ipfs:\/\/cast/);
  ok('send', COLLECTION, 'transferFrom(address,address,uint256)', ALICE, BOB, '1', '--private-key', KEY);
  assert.equal(ok('call', COLLECTION, 'ownerOf(uint256)(address)', '1'), BOB);
});

test('a revert comes with its data', () => {
  const { code, err } = run('call', COLLECTION, 'ownerOf(uint256)(address)', '777');
  assert.notEqual(code, 0);
  assert.match(err, /ERC721NonexistentToken|0x7e273289/);
});

test('chain, blocks, receipts, logs, proofs', () => {
  assert.equal(ok('chain-id'), '31337');
  const number = ok('block-number');
  assert.match(ok('block', number), /stateRoot/);
  assert.equal(JSON.parse(ok('logs', '--from-block', '0', '--address', COLLECTION, '--json')).length, 3);
  assert.equal(ok('balance', BOB), '10000000000000000000000');
  assert.equal(ok('nonce', ALICE), '2');
  assert.ok(JSON.parse(ok('proof', COLLECTION, '0x0')).accountProof.length > 0);
  assert.match(ok('client'), /^mintmark\//);
});

test('estimates are exact for a plain transfer', () => {
  assert.equal(ok('estimate', BOB, '--value', '1', '--from', ALICE), '21000');
});
