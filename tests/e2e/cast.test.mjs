// cast, unmodified, as a person would type it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { verifyMessage } from 'ethers';
import { onlyAlone, startChain } from './lib/chain.mjs';
import { COLLECTION } from './lib/node.mjs';
import { Recorder } from './lib/recorder.mjs';
import { until } from './lib/wait.mjs';
import { walletOf } from './lib/wallets.mjs';

const require = createRequire(import.meta.url);
const cast = path.join(path.dirname(require.resolve('@foundry-rs/cast-linux-amd64/package.json')), 'bin/cast');
const [{ address: ALICE, privateKey: KEY }, { address: BOB, privateKey: BOBS }] = [0, 1].map(walletOf);
let node, recorder;
before(async () => {
  node = await startChain();
  recorder = await Recorder.start(node, 'cast');
});
after(async () => { await recorder.close('cast').finally(() => node.close()); });

const start = (...args) => spawn(cast, args, { env: { ...process.env, ETH_RPC_URL: recorder.url, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
const run = async (...args) => {
  const child = start(...args);
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => { out += text; });
  child.stderr.on('data', (text) => { err += text; });
  const code = await new Promise((resolve) => { child.once('close', resolve); });
  return { code, out: out.trim(), err: err.trim() };
};
const ok = async (...args) => {
  const { code, out, err } = await run(...args);
  assert.equal(code, 0, `cast ${args.join(' ')}\n${err}`);
  return out;
};
const rpc = async (method, ...params) => JSON.parse(await ok('rpc', method, ...params));
const send = async (key, ...args) => JSON.parse(await ok('send', COLLECTION, ...args, '--private-key', key, '--json'));

test('mint, read, transfer', async () => {
  const receipt = await send(KEY, 'mint(address,string)', ALICE, 'ipfs://cast');
  assert.equal(receipt.status, '0x1');
  assert.equal(await ok('call', COLLECTION, 'ownerOf(uint256)(address)', '1'), ALICE);
  assert.match(await ok('call', COLLECTION, 'tokenURI(uint256)(string)', '1'), /ipfs:\/\/cast/);
  const given = await send(KEY, 'transferFrom(address,address,uint256)', ALICE, BOB, '1');
  await node.everywhere(given.blockNumber);
  for (const url of [recorder.url, node.far.url]) assert.equal(await ok('call', COLLECTION, 'ownerOf(uint256)(address)', '1', '--rpc-url', url), BOB);
});

test('a revert comes with its data', async () => {
  const { code, err } = await run('call', COLLECTION, 'ownerOf(uint256)(address)', '777');
  assert.notEqual(code, 0);
  assert.match(err, /ERC721NonexistentToken|0x7e273289/);
});

test('chain, blocks, receipts, logs, proofs', async () => {
  assert.equal(await ok('chain-id'), '31337');
  const number = await ok('block-number');
  assert.match(await ok('block', number), /stateRoot/);
  assert.equal(JSON.parse(await ok('logs', '--from-block', '0', '--address', COLLECTION, '--json')).length, 3);
  assert.equal(await ok('balance', BOB), '10000000000000000000000');
  assert.equal(await ok('nonce', ALICE), '2');
  assert.ok(JSON.parse(await ok('proof', COLLECTION, '0x0')).accountProof.length > 0);
  assert.match(await ok('client'), /^mintmark\//);
  const { hash } = await rpc('eth_getBlockByNumber', 'latest', 'false');
  assert.equal(JSON.parse(await ok('block', hash, '--json')).number, `0x${Number(number).toString(16)}`);
});

test('estimates are exact for a plain transfer', async () => {
  assert.equal(await ok('estimate', BOB, '--value', '1', '--from', ALICE), '21000');
});

test('approvals', async () => {
  await send(BOBS, 'approve(address,uint256)', ALICE, '1');
  assert.equal(await ok('call', COLLECTION, 'getApproved(uint256)(address)', '1'), ALICE);
  await send(KEY, 'transferFrom(address,address,uint256)', BOB, ALICE, '1');
  await send(KEY, 'setApprovalForAll(address,bool)', BOB, 'true');
  assert.equal(await ok('call', COLLECTION, 'isApprovedForAll(address,address)(bool)', ALICE, BOB), 'true');
  const { code, err } = await run('estimate', COLLECTION, 'burn(uint256)', '99', '--from', BOB);
  assert.notEqual(code, 0);
  assert.match(err, /execution reverted/);
});

test('fees, old state, code and slots', async () => {
  assert.equal(BigInt(await ok('gas-price')), BigInt(await rpc('eth_gasPrice')));
  assert.equal(BigInt(await ok('base-fee', 'latest')), BigInt((await rpc('eth_getBlockByNumber', 'latest', 'false')).baseFeePerGas));
  assert.equal(await ok('call', COLLECTION, 'totalSupply()(uint256)', '--block', '0'), '0');
  assert.equal(await ok('code', COLLECTION), await rpc('eth_getCode', COLLECTION, 'latest'));
  assert.equal(await ok('storage', COLLECTION, '0'), await rpc('eth_getStorageAt', COLLECTION, '0x0', 'latest'));
  assert.equal(await ok('codehash', COLLECTION), (await rpc('eth_getProof', COLLECTION, '[]', 'latest')).codeHash);
  const history = await rpc('eth_feeHistory', '0x2', 'latest', '[50]');
  assert.deepEqual([history.baseFeePerGas.length, history.reward.length], [3, 2]);
});

test('transactions and receipts by hash, and a trace', async () => {
  const { transactionHash } = await send(KEY, 'mint(address,string)', BOB, 'ipfs://traced');
  assert.equal(JSON.parse(await ok('receipt', transactionHash, '--json')).status, '0x1');
  assert.equal(JSON.parse(await ok('tx', transactionHash, '--json')).hash, transactionHash);
  assert.equal(await ok('tx', transactionHash, '--raw'), await rpc('debug_getRawTransaction', transactionHash));
  assert.equal((await rpc('debug_traceTransaction', transactionHash, '{"tracer":"callTracer"}')).to, COLLECTION);
});

test('with an account of the node', onlyAlone('unlocked accounts'), async () => {
  const receipt = JSON.parse(await ok('send', BOB, '--value', '1', '--from', ALICE, '--unlocked', '--json'));
  assert.equal(receipt.status, '0x1');
  assert.equal(verifyMessage('hi', await rpc('personal_sign', '0x6869', ALICE)), ALICE);
});

test('snapshots, time and impersonation, by cast rpc', onlyAlone('dev control'), async () => {
  const start = JSON.parse(await ok('block', 'latest', '--json'));
  const id = await rpc('evm_snapshot');
  const whale = '0x000000000000000000000000000000000000beef';
  await rpc('anvil_setBalance', whale, '0xde0b6b3a7640000');
  await rpc('anvil_impersonateAccount', whale);
  assert.equal(JSON.parse(await ok('send', BOB, '--value', '1', '--from', whale, '--unlocked', '--json')).status, '0x1');
  await rpc('evm_setNextBlockTimestamp', String(Number(start.timestamp) + 777));
  await rpc('evm_mine');
  assert.equal(Number(JSON.parse(await ok('block', 'latest', '--json')).timestamp), Number(start.timestamp) + 777);
  assert.equal(await rpc('evm_revert', id), true);
  assert.equal(JSON.parse(await ok('block', 'latest', '--json')).hash, start.hash);
});

test('subscriptions, by cast logs --subscribe', async () => {
  const child = spawn(cast, ['logs', '--subscribe', '--address', COLLECTION, 'Transfer(address,address,uint256)', '--rpc-url', recorder.ws], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.on('data', (text) => { out += text; });
  await until(() => recorder.methods.has('eth_subscribe'));
  const { transactionHash } = await send(KEY, 'mint(address,string)', BOB, 'ipfs://told');
  await until(() => out.includes(transactionHash), { what: () => `the event, behind ${out}` });
  child.kill();
});
