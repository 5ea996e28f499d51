// Blocks, transactions, receipts and logs have the keys that go-ethereum's have, no more and no fewer; what differs is in docs/RPC.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HDNodeWallet, Interface, Transaction } from 'ethers';
import { dial } from './lib/dial.mjs';
import { COLLECTION, COLLECTION_ABI, MNEMONIC, Node } from './lib/node.mjs';

const HEADER = ['number', 'hash', 'parentHash', 'nonce', 'mixHash', 'sha3Uncles', 'logsBloom', 'stateRoot', 'miner', 'difficulty', 'extraData',
  'gasLimit', 'gasUsed', 'timestamp', 'transactionsRoot', 'receiptsRoot', 'baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas',
  'parentBeaconBlockRoot'];
const BLOCK = [...HEADER, 'size', 'transactions', 'uncles', 'withdrawals'];
const LEGACY = ['blockHash', 'blockNumber', 'blockTimestamp', 'from', 'gas', 'gasPrice', 'hash', 'input', 'nonce', 'to', 'transactionIndex', 'value', 'type',
  'chainId', 'v', 'r', 's'];
const TRANSACTION = { 0: LEGACY, 1: [...LEGACY, 'accessList', 'yParity'], 2: [...LEGACY, 'accessList', 'yParity', 'maxFeePerGas', 'maxPriorityFeePerGas'] };
const RECEIPT = ['blockHash', 'blockNumber', 'transactionHash', 'transactionIndex', 'from', 'to', 'gasUsed', 'cumulativeGasUsed', 'contractAddress', 'logs',
  'logsBloom', 'type', 'effectiveGasPrice', 'status'];
const LOG = ['address', 'topics', 'data', 'blockNumber', 'blockHash', 'blockTimestamp', 'transactionHash', 'transactionIndex', 'logIndex', 'removed'];

const nft = new Interface(COLLECTION_ABI);
const sorted = (keys) => [...keys].sort();
const has = (object, keys, what) => assert.deepEqual(sorted(Object.keys(object)), sorted(keys), what);
let node, wallet, nonce = 0;
before(async () => {
  node = await Node.start();
  wallet = HDNodeWallet.fromPhrase(MNEMONIC);
  await node.rpc('evm_setAutomine', false);
});
after(() => node.close());

async function send(type) {
  const price = type === 2 ? { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n } : { gasPrice: 10n ** 10n };
  const transaction = Transaction.from({ type, chainId: 31337, nonce: nonce++, to: COLLECTION, gasLimit: 300000n, ...price,
    data: nft.encodeFunctionData('mint', [wallet.address, `ipfs://${type}`]) });
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash);
  return node.rpc('eth_sendRawTransaction', transaction.serialized);
}

test('of transactions of each type, while they wait and in their block', async () => {
  const hashes = [await send(0), await send(1), await send(2)];
  const waiting = await node.rpc('eth_getBlockByNumber', 'pending', true);
  const content = await node.rpc('txpool_content');
  for (const [type, hash] of hashes.entries()) {
    has(await node.rpc('eth_getTransactionByHash', hash), TRANSACTION[type], `type ${type}, waiting`);
    has(waiting.transactions[type], TRANSACTION[type], `type ${type}, in the pending block`);
    has(Object.values(Object.values(content.pending)[0])[type], TRANSACTION[type], `type ${type}, in the pool`);
  }
  await node.rpc('evm_mine');
  const { transactions } = await node.rpc('eth_getBlockByNumber', 'latest', true);
  for (const [type, hash] of hashes.entries()) {
    has(await node.rpc('eth_getTransactionByHash', hash), TRANSACTION[type], `type ${type}`);
    has(transactions[type], TRANSACTION[type], `type ${type}, in its block`);
    const receipt = await node.rpc('eth_getTransactionReceipt', hash);
    has(receipt, RECEIPT);
    for (const log of receipt.logs) has(log, LOG);
  }
  for (const receipt of await node.rpc('eth_getBlockReceipts', 'latest')) has(receipt, RECEIPT);
  const logs = await node.rpc('eth_getLogs', { fromBlock: '0x0' });
  assert.equal(logs.length, 6);
  for (const log of logs) has(log, LOG);
});

test('of blocks and headers: genesis, the newest, the pending one', async () => {
  for (const tag of ['0x0', 'latest']) {
    const block = await node.rpc('eth_getBlockByNumber', tag, false);
    has(block, BLOCK, tag);
    has(await node.rpc('eth_getBlockByHash', block.hash, true), BLOCK, tag);
    has(await node.rpc('eth_getHeaderByNumber', tag), HEADER, tag);
    has(await node.rpc('eth_getHeaderByHash', block.hash), HEADER, tag);
  }
  const pending = await node.rpc('eth_getBlockByNumber', 'pending', false);
  has(pending, BLOCK, 'pending');
  for (const key of ['hash', 'nonce']) assert.equal(pending[key], null, key);
});

test('of what subscribers are told', async () => {
  const line = await dial(node);
  for (const params of [['newHeads'], ['logs', {}]]) line.send({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params });
  const heads = (await line.next()).result;
  assert.notEqual((await line.next()).result, heads);
  await send(2);
  await node.rpc('evm_mine');
  const told = [];
  for (let i = 0; i < 3; i++) told.push((await line.next()).params);
  for (const { subscription, result } of told) has(result, subscription === heads ? HEADER : LOG);
  assert.equal(told.filter(({ subscription }) => subscription === heads).length, 1);
  line.socket.close();
});
