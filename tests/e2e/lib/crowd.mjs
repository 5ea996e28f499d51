// A crowd at one node while it mints: many clients with filters that they poll and subscriptions that they are told of, batches as
// large as they may be, and one reader that has stopped reading. What everyone got is counted, event by event.
import fs from 'node:fs';
import { Transaction } from 'ethers';
import { HttpLine, WsLine } from './line.mjs';
import { COLLECTION } from './node.mjs';
import { sleep, until } from './wait.mjs';
import { calldata, nft, sign, walletOf } from './wallets.mjs';

const TRANSFER = nft.getEvent('Transfer').topicHash;
const logKey = (log) => `${Number(log.blockNumber)}/${Number(log.logIndex)}`;

/** What can be asked to be told: how to install it, how to subscribe to it, and the name of an event. */
const KINDS = {
  blocks: { filter: ['eth_newBlockFilter'], subscription: ['newHeads'], name: (event) => event.hash ?? event },
  logs: { filter: ['eth_newFilter', { address: COLLECTION }], subscription: ['logs', { address: COLLECTION }], name: logKey },
  transfers: { filter: ['eth_newFilter', { topics: [TRANSFER] }], subscription: ['logs', { topics: [TRANSFER] }], name: logKey },
  pending: { filter: ['eth_newPendingTransactionFilter'], subscription: ['newPendingTransactions'], name: (hash) => hash },
};
const KIND_NAMES = Object.keys(KINDS);

export const residentBytes = (node) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${node.pid}/status`, 'utf8'))[1]) * 1024;
/** Of sorted numbers. */
const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const summary = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return { count: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
};

function signMints(sender, count, first = 0) {
  const wallet = walletOf(sender);
  return Array.from({ length: count }, (_, i) => first + i)
    .map((nonce) => sign(wallet, { nonce, data: calldata('mint', wallet.address, `ipfs://crowd/${sender}/${nonce}`) }).serialized);
}

/** A client with filters, which it polls in turn until it is told to make an end, and then once more. */
async function pollFilters(line, filters, crowd) {
  for (const filter of filters) filter.id = await line.rpc(...KINDS[filter.kind].filter);
  crowd.ready++;
  for (let isLast = false; !isLast;) {
    isLast = crowd.isOver;
    for (const filter of filters) {
      const start = performance.now();
      filter.events.push(...(await line.rpc('eth_getFilterChanges', filter.id)).map(KINDS[filter.kind].name));
      crowd.polls.push(performance.now() - start);
    }
    await sleep(20);
  }
  for (const filter of filters) if (!await line.rpc('eth_uninstallFilter', filter.id)) throw new Error('a filter is gone');
}

async function subscribe(line, subscriptions, crowd) {
  const byId = new Map();
  line.heard = ({ params: { subscription, result } }) => {
    const { kind, events } = byId.get(subscription);
    events.push(KINDS[kind].name(result));
    crowd.told++;
    if (kind === 'pending') crowd.lateness.push(performance.now() - crowd.sentAt.get(result));
  };
  for (const subscription of subscriptions) byId.set(await line.rpc('eth_subscribe', ...KINDS[subscription.kind].subscription), subscription);
  crowd.ready++;
}

/** Batches of the largest size, one behind the other. */
async function askInBatches(line, size, crowd) {
  const calls = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? ['eth_call', { to: COLLECTION, data: calldata('totalSupply') }, 'latest']
    : ['eth_getBalance', COLLECTION, 'latest']));
  while (!crowd.isOver) {
    const start = performance.now();
    await line.batch(calls);
    crowd.batches.push(performance.now() - start);
    await sleep(50);
  }
}

/** Who is told of every pending transaction a hundred times, whole, and reads nothing of it from here on. */
async function openDeaf(node) {
  const line = await WsLine.open(node.url);
  line.heard = () => {};
  await line.batch(Array.from({ length: 100 }, () => ['eth_subscribe', 'newPendingTransactions', true]));
  line.socket.pause();
  return line;
}

/** Asks for whole blocks by the thousand, too. What waits is far above what the node keeps, however few blocks there are: resolves when
 * the line was cut off. */
async function stall(line, crowd) {
  let isCut = false;
  for (const end of ['close', 'error']) line.socket.on(end, () => { isCut = true; });
  const body = JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'eth_getBlockByNumber', params: ['latest', true] })));
  for (let i = 0; i < 20 && !crowd.isOver; i++) { line.socket.send(body); await sleep(50); }
  while (!crowd.isOver) await sleep(20);
  line.socket.resume(); // to hear of the end, behind what was on its way
  await until(() => isCut, { ms: 20_000, what: () => 'the end of a connection that read nothing' });
}

/** The same mints with nobody looking on. */
export async function mintAlone(node, { senders = 2, mints }) {
  await Promise.all(Array.from({ length: senders }, async (_, sender) => {
    const line = new HttpLine(node.url);
    for (const raw of signMints(sender, mints)) await line.rpc('eth_sendRawTransaction', raw);
    line.close();
  }));
}

/** Everyone at once; gives figures, and throws when an event is missing, doubled or out of order. */
export async function runCrowd(node, { clients = 50, filters = 500, subscriptions = 100, batchers = 4, batchSize = 1000, senders = 2, mints, firstNonce = 0 }) {
  const crowd = { isOver: false, ready: 0, told: 0, sentAt: new Map(), polls: [], batches: [], lateness: [] };
  const signed = Array.from({ length: senders }, (_, sender) => signMints(sender, mints, firstNonce));
  const lines = await Promise.all(Array.from({ length: clients }, (_, i) => (i % 2 === 0 ? WsLine.open(node.url) : new HttpLine(node.url))));
  const list = (count) => Array.from({ length: count }, (_, i) => ({ kind: KIND_NAMES[i % KIND_NAMES.length], events: [] }));
  const polled = list(filters);
  const told = list(subscriptions);
  const sockets = lines.filter((line) => line instanceof WsLine);
  await Promise.all(sockets.map((line, i) => subscribe(line, told.filter((_, k) => k % sockets.length === i), crowd)));
  const pollers = lines.map((line, i) => pollFilters(line, polled.filter((_, k) => k % clients === i), crowd));
  while (crowd.ready < clients + sockets.length) await sleep(5);
  const deaf = await openDeaf(node);
  const from = Number(await node.rpc('eth_blockNumber')) + 1;
  const batching = await Promise.all(Array.from({ length: batchers }, async () => askInBatches(new HttpLine(node.url), batchSize, crowd))
    .map((work) => ({ work })));
  const stalled = stall(deaf, crowd);

  const start = performance.now();
  let peak = 0;
  const watch = setInterval(() => { peak = Math.max(peak, residentBytes(node)); }, 20);
  const hashes = [];
  await Promise.all(signed.map(async (list_) => {
    const line = new HttpLine(node.url);
    for (const raw of list_) {
      const hash = Transaction.from(raw).hash;
      crowd.sentAt.set(hash, performance.now());
      hashes.push(await line.rpc('eth_sendRawTransaction', raw));
    }
    line.close();
  }));
  await Promise.all(hashes.map((hash) => node.receipt(hash))); // in a network they are in blocks a moment later
  const seconds = (performance.now() - start) / 1000;
  const head = Number(await node.rpc('eth_blockNumber'));
  const logs = await node.rpc('eth_getLogs', { fromBlock: `0x${from.toString(16)}`, toBlock: `0x${head.toString(16)}`, address: COLLECTION });
  const reader = new HttpLine(node.url);
  const blocks = [];
  while (blocks.length <= head - from)
    blocks.push(...await reader.batch(Array.from({ length: Math.min(500, head - from + 1 - blocks.length) },
      (_, i) => ['eth_getBlockByNumber', `0x${(from + blocks.length + i).toString(16)}`, false])));
  reader.close();
  const expected = {
    blocks: blocks.map((block) => block.hash),
    logs: logs.map(logKey),
    transfers: logs.filter((log) => log.topics[0] === TRANSFER).map(logKey),
    pending: [...hashes].sort(),
  };
  for (const end = Date.now() + 20000; told.some(({ kind, events }) => events.length < expected[kind].length);) {
    if (Date.now() > end) throw new Error('subscribers were not told of everything in twenty seconds');
    await sleep(10);
  }
  crowd.isOver = true;
  await Promise.all([...pollers, ...batching.map(({ work }) => work), stalled]);
  clearInterval(watch);
  for (const { kind, events } of [...polled, ...told]) {
    const got = kind === 'pending' ? [...events].sort() : events;
    if (JSON.stringify(got) !== JSON.stringify(expected[kind])) throw new Error(`${kind}: ${got.length} events of ${expected[kind].length}, or others`);
  }
  for (const line of lines) line.close();
  return { seconds, mints: hashes.length, blocks: blocks.length, told: crowd.told, polls: summary(crowd.polls), batches: summary(crowd.batches),
    lateness: summary(crowd.lateness), polledEvents: polled.reduce((sum, { events }) => sum + events.length, 0), peak };
}
