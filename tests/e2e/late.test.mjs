// eth_sendRawTransactionSync with viem, unmodified, on a node whose blocks come by the clock; and the node's numbers afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPublicClient, createWalletClient, http, parseGwei } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { hardhat } from 'viem/chains';
import { MNEMONIC, Node } from './lib/node.mjs';
import { sleep } from './lib/wait.mjs';

const account = mnemonicToAccount(MNEMONIC, { addressIndex: 5 });
const to = mnemonicToAccount(MNEMONIC, { addressIndex: 6 }).address;
let node, reader, writer;
before(async () => {
  node = await Node.start({ args: ['--block-time', '1', '--rpc-threads', '1'] });
  reader = createPublicClient({ chain: hardhat, transport: http(node.url) });
  writer = createWalletClient({ chain: hardhat, transport: http(node.url, { timeout: 120_000 }), account });
});
after(() => node.close());

const sign = (nonce) => account.signTransaction({ type: 'eip1559', chainId: 31337, nonce, to, value: 1n, gas: 21000n, maxFeePerGas: parseGwei('10'),
  maxPriorityFeePerGas: parseGwei('1') });

test('the receipt comes with the block of the clock, and nobody waits with it', async () => {
  const waiting = Promise.all([0, 1].map(async (nonce) => writer.sendRawTransactionSync({ serializedTransaction: await sign(nonce) })));
  let done = false;
  waiting.then(() => { done = true; });
  let asked = 0;
  while (!done) { await reader.getBlockNumber({ cacheTime: 0 }); asked++; }
  assert.ok(asked > 3, `${asked} requests while it waited, on one thread`);
  for (const receipt of await waiting) {
    assert.equal(receipt.status, 'success');
    assert.deepEqual(receipt, await reader.getTransactionReceipt({ hash: receipt.transactionHash }));
  }
});

test('behind a gap it waits for the gap to be closed', async () => {
  const late = writer.sendRawTransactionSync({ serializedTransaction: await sign(3) });
  const raw = await sign(4);
  const gone = await node.ask('eth_sendRawTransactionSync', raw, 100);
  assert.equal(gone.error.code, 5);
  const { hash } = await node.rpc('eth_getTransactionByHash', gone.error.data);
  assert.equal(hash, gone.error.data);
  const first = await writer.sendRawTransactionSync({ serializedTransaction: await sign(2) });
  const second = await late;
  assert.ok(second.blockNumber >= first.blockNumber);
});

test('time is up before the block: the error has the hash', async () => {
  const answer = await node.ask('eth_sendRawTransactionSync', await sign(5), 1);
  assert.equal(answer.error.code, 4);
  const receipt = await reader.waitForTransactionReceipt({ hash: answer.error.data });
  assert.equal(receipt.status, 'success');
});

test('metrics are the chain, and count', async () => {
  const scrape = async () => {
    const response = await fetch(`${node.url}/metrics`);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    return new Map((await response.text()).split('\n').filter((line) => line && !line.startsWith('#')).map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
  };
  const before = await scrape();
  await reader.getChainId();
  await node.ask('eth_nothing');
  const after = await scrape();
  assert.equal(after.get('mintmark_rpc_requests_total{group="eth"}'), before.get('mintmark_rpc_requests_total{group="eth"}') + 1);
  assert.equal(after.get('mintmark_rpc_errors_total{group="unknown"}'), before.get('mintmark_rpc_errors_total{group="unknown"}') + 1);
  assert.ok(after.get('mintmark_http_requests_total{door="rpc"}') >= before.get('mintmark_http_requests_total{door="rpc"}') + 3);
  assert.equal(after.get('mintmark_transactions_total'), 6);
  assert.equal(after.get('mintmark_blocks_total'), after.get('mintmark_head_block'));
  const block = await reader.getBlock({ blockNumber: BigInt(after.get('mintmark_head_block')) });
  assert.equal(BigInt(after.get('mintmark_head_timestamp_seconds')), block.timestamp);
  assert.equal(after.get('mintmark_pool_transactions{state="ready"}') + after.get('mintmark_pool_transactions{state="queued"}'), 0);
  assert.equal(after.get('mintmark_peers'), 0);
});

test('the end of the node ends waiting', async () => {
  const raw = await account.signTransaction({ type: 'eip1559', chainId: 31337, nonce: 59, to, gas: 21000n, maxFeePerGas: parseGwei('10') });
  const waiting = node.ask('eth_sendRawTransactionSync', raw, 60000);
  await sleep(100);
  const started = performance.now();
  assert.deepEqual(await node.stop(), { code: 0, signal: null });
  assert.ok(performance.now() - started < 3000);
  assert.equal((await waiting).error.code, 4);
});
