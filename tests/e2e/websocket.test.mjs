// WebSocket, by unmodified clients: ethers' WebSocketProvider, viem's webSocket transport, and the plain `ws`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Contract, JsonRpcProvider, WebSocketProvider } from 'ethers';
import { createPublicClient, parseAbiItem, webSocket } from 'viem';
import { hardhat } from 'viem/chains';
import { onlyAlone, startChain } from './lib/chain.mjs';
import { WebSocket, WsLine } from './lib/line.mjs';
import { COLLECTION, COLLECTION_ABI } from './lib/node.mjs';
import { until } from './lib/wait.mjs';
import { walletOf } from './lib/wallets.mjs';

let node, http, alice;
before(async () => {
  node = await startChain();
  http = new JsonRpcProvider(node.url, undefined, { cacheTimeout: -1, pollingInterval: 20 });
  alice = walletOf(0).connect(http);
});
after(async () => { http.destroy(); await node.close(); });

const mint = async () => (await (await new Contract(COLLECTION, COLLECTION_ABI, alice).mint(alice.address, 'ipfs://bafy/x')).wait());

test('ethers: events of a contract, blocks and pending transactions', async () => {
  const provider = new WebSocketProvider(node.url.replace('http', 'ws'));
  const collection = new Contract(COLLECTION, COLLECTION_ABI, provider);
  const transfers = [];
  const blocks = [];
  const pending = [];
  await collection.on('Transfer', (from, to, id, event) => transfers.push([to, id, event.log.transactionHash]));
  await provider.on('block', (number) => blocks.push(number));
  await provider.on('pending', (hash) => pending.push(hash));
  const receipts = [];
  for (let i = 0; i < 20; i++) receipts.push(await mint());
  await until(() => transfers.length >= 20 && blocks.length >= 20 && pending.length >= 20);
  assert.deepEqual(transfers.map((event) => event[2]), receipts.map((receipt) => receipt.hash));
  assert.deepEqual(blocks, receipts.map((receipt) => receipt.blockNumber));
  assert.deepEqual(pending, receipts.map((receipt) => receipt.hash));
  assert.equal(await collection.ownerOf(transfers[0][1]), alice.address); // requests on the same connection
  await provider.destroy();
});

test('viem: watchBlocks, watchEvent, watchPendingTransactions', async () => {
  const client = createPublicClient({ chain: hardhat, transport: webSocket(node.url.replace('http', 'ws')) });
  const seen = { blocks: [], logs: [], pending: [] };
  const ready = [
    client.watchBlocks({ onBlock: (block) => seen.blocks.push(block.hash) }),
    client.watchEvent({
      address: COLLECTION,
      event: parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)'),
      onLogs: (logs) => seen.logs.push(...logs.map((log) => log.transactionHash)),
    }),
    client.watchPendingTransactions({ onTransactions: (hashes) => seen.pending.push(...hashes) }),
  ];
  assert.equal(await client.getChainId(), 31337);
  await client.getBlockNumber(); // behind the subscriptions on the same connection
  const receipts = [];
  for (let i = 0; i < 10; i++) receipts.push(await mint());
  await until(() => seen.blocks.length >= 10 && seen.logs.length >= 10 && seen.pending.length >= 10);
  assert.deepEqual(seen.blocks, receipts.map((receipt) => receipt.blockHash));
  assert.deepEqual(seen.logs, receipts.map((receipt) => receipt.hash));
  assert.deepEqual(seen.pending, receipts.map((receipt) => receipt.hash));
  ready.forEach((stop) => stop());
  (await client.transport.getRpcClient()).close();
});

test('errors, batches, ids and notifications are those of HTTP', async () => {
  const line = await WsLine.open(node.url);
  for (const body of ['{', '[]', '[1,{"jsonrpc":"2.0","id":"x","method":"eth_chainId"}]', '{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}']) {
    line.socket.send(body);
    assert.deepEqual(await line.next(), JSON.parse((await node.post(body)).text), body);
  }
  const id = await line.rpc('eth_subscribe', 'newHeads');
  assert.match(id, /^0x[1-9a-f][0-9a-f]*$/);
  await mint();
  const note = await line.next();
  assert.equal(note.id, undefined);
  assert.equal(note.params.subscription, id);
  const header = await node.rpc('eth_getHeaderByNumber', note.params.result.number);
  assert.deepEqual(note.params.result, header);
  assert.equal(await line.rpc('eth_unsubscribe', id), true);
  assert.deepEqual((await line.ask('eth_unsubscribe', id)).error, { code: -32000, message: 'subscription not found' });
  line.close();
});

test('a page of another origin may read, and not sign', onlyAlone('unlocked accounts'), async () => {
  const socket = new WebSocket(node.url.replace('http', 'ws'), { origin: 'https://evil.example' });
  await new Promise((resolve) => { socket.once('open', resolve); });
  const answer = new Promise((resolve) => { socket.once('message', (data) => resolve(JSON.parse(data.toString()))); });
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [{ from: alice.address, to: alice.address }] }));
  assert.match((await answer).error.message, /is not for pages of other origins/);
  socket.close();
});

test('fifty subscribers miss nothing and get nothing twice, while one of them does not read', async () => {
  const lines = await Promise.all(Array.from({ length: 50 }, () => WsLine.open(node.url)));
  const logs = lines.map(() => []);
  for (const [i, line] of lines.entries()) {
    await line.rpc('eth_subscribe', 'logs', { address: COLLECTION });
    line.heard = ({ params }) => logs[i].push(params.result);
  }
  lines[0].socket.pause();
  const receipts = [];
  for (let i = 0; i < 30; i++) receipts.push(await mint());
  const expected = receipts.flatMap((receipt) => receipt.logs.map((log) => `${log.blockNumber}-${log.index}`));
  await until(() => logs.slice(1).every((list) => list.length >= expected.length));
  for (const list of logs.slice(1)) assert.deepEqual(list.map((log) => `${Number(log.blockNumber)}-${Number(log.logIndex)}`), expected);
  lines[0].socket.resume();
  await until(() => logs[0].length >= expected.length);
  assert.equal(logs[0].length, expected.length);
  lines.forEach((line) => line.close());
});

test('the end of the node is said with 1001', async () => {
  const other = await startChain();
  const socket = new WebSocket(other.url.replace('http', 'ws'));
  await new Promise((resolve) => { socket.once('open', resolve); });
  const closed = new Promise((resolve) => { socket.once('close', (code) => resolve(code)); });
  assert.deepEqual(await other.stop(), { code: 0, signal: null });
  assert.equal(await closed, 1001);
  await other.close();
});
