// A reader of the consistency test, on a thread of its own: asks about the newest block and about transactions that someone has seen
// mined, by several methods, and holds the answers against each other. What one reader has seen, every other must see from then on.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { keccak256 } from 'ethers';
import { HttpLine, WsLine } from './line.mjs';
import { COLLECTION } from './node.mjs';
import { calldata, nft } from './wallets.mjs';

const { urls, index, hashes, shared } = workerData;
const node = Math.floor(index / 2) % urls.length;
const url = urls[node];
/** [is it over, how many of `hashes` are known to be mined everywhere, the highest head that anyone has seen at each node …] */
const seen = new Int32Array(shared);
const TRANSFER = nft.getEvent('Transfer').topicHash;
const hex = (number) => `0x${number.toString(16)}`;
const line = index % 2 === 0 ? new HttpLine(url) : await WsLine.open(url);
const neighbour = new HttpLine(urls[(node + 1) % urls.length]);
let checks = 0;

const same = (a, b, what) => { checks++; assert.deepEqual(a, b, what); };
const holds = (condition, what) => { checks++; assert.ok(condition, what); };
const view = (number, name, ...args) => ['eth_call', { to: COLLECTION, data: calldata(name, ...args) }, number];
const decode = (name, data) => nft.decodeFunctionResult(name, data)[0];

function show(head) {
  for (let old = Atomics.load(seen, 2 + node); old < head;) {
    const was = Atomics.compareExchange(seen, 2 + node, old, head);
    if (was === old) return;
    old = was;
  }
}

/** A head that someone saw is the head of everyone at that node, or one behind it. */
async function checkHead() {
  const floor = Atomics.load(seen, 2 + node);
  const head = Number(await line.rpc('eth_blockNumber'));
  holds(head >= floor, `head ${head}, and another connection had ${floor}`);
  const { number } = await line.rpc('eth_getBlockByNumber', 'latest', false);
  holds(Number(number) >= head);
  show(head);
  return head;
}

/** Supply, owners, receipts, logs and transactions of one block are of that block, whatever is being made meanwhile. */
async function checkBlock(head) {
  const number = hex(head);
  const [block, receipts, logs, supply, before] = await line.batch([['eth_getBlockByNumber', number, true], ['eth_getBlockReceipts', number],
    ['eth_getLogs', { fromBlock: number, toBlock: number }], view(number, 'totalSupply'), view(hex(head - 1), 'totalSupply')]);
  const there = await neighbour.rpc('eth_getBlockByNumber', number, true);
  if (there !== null) same(there, block, `block ${head} at another node`);
  same(receipts.map((receipt) => receipt.transactionHash), block.transactions.map((transaction) => transaction.hash));
  same(receipts.flatMap((receipt) => receipt.logs), logs);
  holds(logs.every((log) => log.blockHash === block.hash));
  const transfers = logs.filter((log) => log.topics[0] === TRANSFER && log.address === COLLECTION);
  const mints = transfers.filter((log) => BigInt(log.topics[1]) === 0n);
  same(decode('totalSupply', supply) - decode('totalSupply', before), BigInt(mints.length), `supply of block ${head}`);
  const owners = new Map(transfers.map((log) => [log.topics[3], log.topics[2]]));
  const tokens = [...owners.keys()].slice(0, 10);
  const now = await line.batch(tokens.map((token) => view(number, 'ownerOf', token)));
  same(now, tokens.map((token) => owners.get(token)), `owners at block ${head}`);
  const [proof] = await line.batch([['eth_getProof', COLLECTION, ['0x0'], number]]);
  same(keccak256(proof.accountProof[0]), block.stateRoot, `proof at block ${head}`);
  const senders = [...new Set(block.transactions.map((transaction) => transaction.from))];
  const nonces = await line.batch(senders.flatMap((sender) => [['eth_getTransactionCount', sender, hex(head - 1)], ['eth_getTransactionCount', sender, number]]));
  for (const [i, sender] of senders.entries()) {
    const sent = block.transactions.filter(({ from }) => from === sender).map(({ nonce }) => Number(nonce));
    same([Number(nonces[2 * i]), Number(nonces[2 * i + 1])], [Math.min(...sent), Math.max(...sent) + 1], `nonces of ${sender} around block ${head}`);
  }
}

/** A transaction whose receipt someone has is mined for everyone, by every way of asking. */
async function checkTransaction(hash) {
  const receipt = await line.rpc('eth_getTransactionReceipt', hash);
  holds(receipt !== null, `the receipt of ${hash} was there for another connection`);
  const transaction = await line.rpc('eth_getTransactionByHash', hash);
  holds(transaction?.blockHash === receipt.blockHash, `the transaction of a receipt: ${transaction?.blockHash}`);
  const block = await line.rpc('eth_getBlockByHash', receipt.blockHash, false);
  same(block.transactions[Number(receipt.transactionIndex)], hash);
  holds(Number(await line.rpc('eth_getTransactionCount', transaction.from, 'latest')) > Number(transaction.nonce));
  const logs = await line.rpc('eth_getLogs', { blockHash: receipt.blockHash });
  same(logs.filter((log) => log.transactionHash === hash), receipt.logs);
  holds(Number(await line.rpc('eth_blockNumber')) >= Number(receipt.blockNumber));
}

/** A head that one was told of is there for everybody. */
async function checkTold(head) {
  const other = new HttpLine(url);
  const block = await other.rpc('eth_getBlockByNumber', head.number, false);
  same([block?.hash, block?.stateRoot], [head.hash, head.stateRoot], `the block of a head that was told: ${head.number}`);
  same((await other.rpc('eth_getBlockReceipts', head.number)).length, block.transactions.length);
  other.close();
  show(Number(head.number));
}

if (index % 4 === 1) {
  line.heads = [];
  line.heard = ({ params }) => line.heads.push(params.result);
  await line.rpc('eth_subscribe', 'newHeads');
}
try {
  while (Atomics.load(seen, 0) === 0) {
    const head = await checkHead();
    if (head > 1) await checkBlock(head);
    const mined = Atomics.load(seen, 1);
    if (mined > 0) {
      await checkTransaction(hashes[mined - 1]);
      await checkTransaction(hashes[Math.floor(Math.random() * mined)]);
    }
    while (line.heads?.length > 0) await checkTold(line.heads.shift());
  }
  parentPort.postMessage({ checks });
} catch (error) {
  parentPort.postMessage({ checks, error: error.stack });
}
for (const one of [line, neighbour]) one.close();
