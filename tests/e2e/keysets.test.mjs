// Which keys headers, blocks, transactions, receipts and logs have: those of go-ethereum (RPCMarshalHeader, RPCMarshalBlock,
// RPCTransaction, MarshalReceipt, Log and Header as JSON) under the rules of Cancun, and of the specification's schemas. What is
// different is listed here and in docs/RPC.md, and nothing else is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChain } from './lib/chain.mjs';
import { WsLine } from './lib/line.mjs';
import { COLLECTION } from './lib/node.mjs';
import { makeRichChain } from './lib/rich-chain.mjs';
import { haveSpecification, specification } from './lib/schemas.mjs';

const words = (text) => text.trim().split(/\s+/);
const HEADER = words(`number hash parentHash nonce mixHash sha3Uncles logsBloom stateRoot miner difficulty extraData gasLimit gasUsed
  timestamp transactionsRoot receiptsRoot baseFeePerGas withdrawalsRoot blobGasUsed excessBlobGas parentBeaconBlockRoot`);
const BLOCK = [...HEADER, ...words('size transactions uncles withdrawals')];
const LEGACY = words(`blockHash blockNumber blockTimestamp from gas gasPrice hash input nonce to transactionIndex value type chainId
  v r s`);
const TRANSACTION = {
  0: LEGACY,
  1: [...LEGACY, ...words('accessList yParity')],
  2: [...LEGACY, ...words('accessList yParity maxFeePerGas maxPriorityFeePerGas')],
};
const RECEIPT = words(`blockHash blockNumber transactionHash transactionIndex from to gasUsed cumulativeGasUsed contractAddress logs
  logsBloom type effectiveGasPrice status`);
const LOG = words('address topics data blockNumber transactionHash transactionIndex blockHash blockTimestamp logIndex removed');
/** Keys that the specification's schema has and no answer shows: of rules after Cancun, of blobs, and from before Byzantium. */
const NEVER_SHOWN = { Block: words('requestsHash blockAccessListHash'), ReceiptInfo: words('blobGasUsed blobGasPrice root'), Log: [] };

const same = (object, keys, what) => assert.deepEqual(Object.keys(object).sort(), [...keys].sort(), what);
const nulls = (object) => Object.keys(object).filter((key) => object[key] === null).sort();
const PLACE = words('blockHash blockNumber blockTimestamp transactionIndex');

let node, chain;
before(async () => {
  node = await startChain();
  chain = await makeRichChain(node);
});
after(() => node.close());

test('headers and blocks: mined, genesis, pending', async () => {
  for (const [number, empty] of [['0x1', []], ['0x0', []], ['0x2', []], ['latest', []], ['pending', ['hash', 'nonce']]]) {
    const header = await node.rpc('eth_getHeaderByNumber', number);
    same(header, HEADER, `header ${number}`);
    assert.deepEqual(nulls(header), empty);
    for (const hydrated of [false, true]) {
      const block = await node.rpc('eth_getBlockByNumber', number, hydrated);
      same(block, BLOCK, `block ${number}`);
      assert.deepEqual(nulls(block), empty);
      if (block.hash === null) continue;
      same(await node.rpc('eth_getHeaderByHash', block.hash), HEADER);
      same(await node.rpc('eth_getBlockByHash', block.hash, hydrated), BLOCK);
    }
  }
});

test('transactions of each type: mined and pending, by every way to them', async () => {
  const pending = await node.rpc('eth_getBlockByNumber', 'pending', true);
  for (const type of [0, 1, 2]) {
    const hash = chain.hashes[`transfer${type}`];
    const transaction = await node.rpc('eth_getTransactionByHash', hash);
    same(transaction, TRANSACTION[type], `mined, type ${type}`);
    assert.deepEqual(nulls(transaction), []);
    const { blockHash, blockNumber, transactionIndex } = transaction;
    const mined = await node.rpc('eth_getBlockByNumber', blockNumber, true);
    assert.deepEqual(mined.transactions[Number(transactionIndex)], transaction);
    assert.deepEqual(await node.rpc('eth_getTransactionByBlockHashAndIndex', blockHash, transactionIndex), transaction);
    assert.deepEqual(await node.rpc('eth_getTransactionByBlockNumberAndIndex', blockNumber, transactionIndex), transaction);

    const waiting = await node.rpc('eth_getTransactionByHash', chain.hashes[`pending${type}`]);
    same(waiting, TRANSACTION[type], `pending, type ${type}`);
    assert.deepEqual(nulls(waiting), PLACE);
    assert.deepEqual(pending.transactions.find((one) => one.hash === waiting.hash), waiting);
    const { pending: pool } = await node.rpc('txpool_contentFrom', chain.alice);
    assert.deepEqual(Object.values(pool).find((one) => one.hash === waiting.hash), waiting);
  }
  const queued = await node.rpc('eth_getTransactionByHash', chain.hashes.queued);
  same(queued, TRANSACTION[2], 'queued');
  assert.deepEqual(nulls(queued), PLACE);
});

test('receipts and logs: of each type, of one that failed, and wherever logs are shown', async () => {
  const { hashes } = chain;
  for (const name of ['transfer0', 'transfer1', 'transfer2', 'mint', 'secondMint', 'approve', 'burn', 'failed']) {
    const receipt = await node.rpc('eth_getTransactionReceipt', hashes[name]);
    same(receipt, RECEIPT, name);
    assert.deepEqual(nulls(receipt), ['contractAddress'], name);
    assert.equal(receipt.status, name === 'failed' ? '0x0' : '0x1', name);
    assert.equal(receipt.logs.length > 0, !/transfer|failed/.test(name), name);
    for (const log of receipt.logs) same(log, LOG, name);
    const all = await node.rpc('eth_getBlockReceipts', receipt.blockNumber);
    assert.deepEqual(all[Number(receipt.transactionIndex)], receipt);
  }
  const logs = await node.rpc('eth_getLogs', { fromBlock: '0x0', address: COLLECTION });
  assert.ok(logs.length >= 6);
  for (const log of logs) same(log, LOG);
});

test('what a subscription tells', async () => {
  const line = await WsLine.open(node.url);
  const ids = [];
  for (const params of [['newHeads'], ['logs'], ['transactionReceipts'], ['newPendingTransactions', true]])
    ids.push(await line.rpc('eth_subscribe', ...params));
  await chain.sender.call(0, 1, 'mint', chain.alice, 'ipfs://told');
  await node.release();
  const told = (id) => line.told.filter(({ params }) => params.subscription === id).map(({ params }) => params.result);
  await line.until(() => ids.every((id) => told(id).length > 0));
  const [[head], [log], [receipts], [transaction]] = ids.map(told);
  same(head, HEADER, 'newHeads'); // go-ethereum also writes requestsHash, blockAccessListHash, slotNumber, as null
  same(log, LOG, 'logs');
  for (const receipt of receipts) same(receipt, RECEIPT, 'transactionReceipts');
  same(transaction, TRANSACTION[1], 'newPendingTransactions');
  line.close();
});

test("keys of the specification's schemas", { skip: haveSpecification ? false : 'the published schemas are not there' }, () => {
  const { schemas } = specification.components;
  for (const [name, shown] of [['Block', BLOCK], ['ReceiptInfo', RECEIPT], ['Log', LOG]])
    same(schemas[name].properties, [...shown, ...NEVER_SHOWN[name]], name);
  const keysOf = ({ $ref, allOf = [], properties = {} }) => ($ref ? keysOf(schemas[$ref.split('/').pop()])
    : [...Object.keys(properties), ...allOf.flatMap(keysOf)]);
  const place = keysOf(schemas.TransactionInfo.allOf[0]);
  for (const [type, name] of [[0, 'TransactionLegacySigned'], [1, 'Transaction2930Signed'], [2, 'Transaction1559Signed']])
    assert.deepEqual([...new Set([...place, ...keysOf(schemas[name])])].sort(), [...TRANSACTION[type]].sort(), name);
});
