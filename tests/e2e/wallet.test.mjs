// A browser wallet's whole flow, as MetaMask's controllers go about it: every request by plain JSON-RPC in their order, with their
// rule that a null or an error in a read of the newest block is asked again ten times, a second apart. Nothing here may wait so.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Interface } from 'ethers';
import { isNetwork, startChain } from './lib/chain.mjs';
import { COLLECTION, COLLECTION_ABI } from './lib/node.mjs';
import { sign, walletOf } from './lib/wallets.mjs';

const nft = new Interface([...COLLECTION_ABI, 'error ERC721InvalidOwner(address owner)']);
const wallet = walletOf(5);
const other = walletOf(6).address.toLowerCase();
const me = wallet.address.toLowerCase();
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-wallet-'));
const STATE_READS = new Set(['eth_call', 'eth_getBalance', 'eth_getCode', 'eth_getStorageAt', 'eth_getTransactionCount', 'eth_getBlockByNumber']);
let node, newest, retries = 0, requests = 0;

before(async () => { node = await startChain({ data }); });
after(async () => {
  await node.close();
  fs.rmSync(data, { recursive: true, force: true });
});

/** The wallet's own rule: `latest` is the newest number it has seen, and what comes back empty or wrong would be asked again. */
async function ask(method, ...params) {
  requests++;
  const reads = STATE_READS.has(method);
  if (reads && newest !== undefined) params = params.map((param) => (param === 'latest' ? newest : param));
  const answer = await node.ask(method, ...params);
  const isFinal = answer.error?.code === -32000 && answer.error.message === 'execution reverted';
  if (reads && !isFinal && (answer.error !== undefined || answer.result === null)) retries++;
  if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
  if (method === 'eth_blockNumber') newest = answer.result;
  return answer.result;
}
const view = async (name, ...args) => nft.decodeFunctionResult(name,
  await ask('eth_call', { to: COLLECTION, data: nft.encodeFunctionData(name, args) }, 'latest'))[0];

/** Estimates, fees, nonce, signing and sending; the gas limit is half as much again, unless it is given. */
async function send(to, input, { gas } = {}) {
  assert.notEqual(await ask('eth_getCode', to, 'latest'), to === COLLECTION ? '0x' : undefined);
  const estimate = gas ?? BigInt(await ask('eth_estimateGas', { from: me, to, data: input, value: '0x0' })) * 3n / 2n;
  const block = await ask('eth_getBlockByNumber', 'latest', false);
  const history = await ask('eth_feeHistory', '0x5', 'latest', [10, 20, 30]);
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  const tip = 1_000_000_000n;
  const nonce = Number(await ask('eth_getTransactionCount', me, 'latest'));
  const transaction = sign(wallet, { nonce, to, data: input, gasLimit: estimate, maxPriorityFeePerGas: tip,
    maxFeePerGas: BigInt(block.baseFeePerGas) * 2n + tip });
  const hash = await ask('eth_sendRawTransaction', transaction.serialized);
  assert.equal(hash, transaction.hash);
  await ask('eth_blockNumber');
  assert.equal((await ask('eth_getTransactionByHash', hash)).hash, hash, 'it is never taken for a dropped one');
  return { hash, transaction };
}
const sendAndWait = async (...args) => {
  const { hash } = await send(...args);
  if (isNetwork) await node.receipt(hash); // a block is instant where nobody has to agree
  const receipt = await ask('eth_getTransactionReceipt', hash);
  assert.ok(receipt, 'the receipt is there at the first look');
  await ask('eth_blockNumber');
  return receipt;
};

test('the network is added, as one with priority fees', async () => {
  assert.equal(await ask('eth_chainId'), '0x7a69');
  assert.equal(await ask('net_version'), '31337');
  await ask('eth_blockNumber');
  const block = await ask('eth_getBlockByNumber', 'latest', false);
  assert.ok('baseFeePerGas' in block);
  assert.equal(await ask('eth_getBalance', me, 'latest'), '0x21e19e0c9bab2400000');
});

test('a token is minted and transferred', async () => {
  const minted = await sendAndWait(COLLECTION, nft.encodeFunctionData('mint', [me, 'ipfs://bafy/metadata.json']));
  assert.equal(minted.status, '0x1');
  assert.equal(await view('ownerOf', 1n), wallet.address);
  await node.everywhere(minted.blockNumber);
  assert.deepEqual(await node.far.rpc('eth_getTransactionReceipt', minted.transactionHash), minted);
});

test('while it waits, a transaction is known by its hash', async () => {
  await node.hold();
  const { hash } = await send(COLLECTION, nft.encodeFunctionData('mint', [me, 'ipfs://bafy/second.json']));
  assert.equal(await ask('eth_getTransactionReceipt', hash), null);
  assert.equal((await ask('eth_getTransactionByHash', hash)).blockHash, null);
  await node.release();
  await node.receipt(hash);
  await ask('eth_blockNumber');
  assert.equal((await ask('eth_getTransactionReceipt', hash)).status, '0x1');
});

test('the token is watched (wallet_watchAsset, ERC721)', async () => {
  assert.equal((await view('ownerOf', 1n)).toLowerCase(), me);
  assert.equal(await view('supportsInterface', '0x80ac58cd'), true);
  assert.equal(await view('name'), 'mintmark');
  assert.equal(typeof await view('symbol'), 'string');
  assert.equal(await view('supportsInterface', '0x5b5e139f'), true);
  assert.equal(await view('tokenURI', 1n), 'ipfs://bafy/metadata.json');
  assert.equal(await view('supportsInterface', '0xd9b67a26'), false);
  assert.equal(await view('balanceOf', me), 2n);
});

test('the whole flow was asked without one repetition', () => {
  assert.ok(requests > 30);
  assert.equal(retries, 0);
});

test('a transaction that fails in its block: its estimate says why', async () => {
  const input = nft.encodeFunctionData('transferFrom', [other, me, 1n]);
  const receipt = await sendAndWait(COLLECTION, input, { gas: 200000n });
  assert.equal(receipt.status, '0x0');
  await assert.rejects(ask('eth_estimateGas', { from: me, to: COLLECTION, data: input }), (error) => {
    assert.equal(error.code, 3);
    assert.match(error.message, /^execution reverted/);
    assert.equal(nft.parseError(error.data).name, 'ERC721IncorrectOwner');
    return true;
  });
});

test('remembered nonces are right again after a restart of the node', async () => {
  const nonce = await ask('eth_getTransactionCount', me, 'latest');
  await node.stop('SIGKILL');
  node = await startChain({ data });
  newest = undefined;
  assert.equal(await ask('eth_getTransactionCount', me, 'latest'), nonce);
  const receipt = await sendAndWait(COLLECTION, nft.encodeFunctionData('transferFrom', [me, other, 1n]));
  assert.equal(receipt.status, '0x1');
  assert.equal((await view('ownerOf', 1n)).toLowerCase(), other);
});
