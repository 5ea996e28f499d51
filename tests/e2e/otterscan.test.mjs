// What the explorer Otterscan asks, in the order in which it asks, over a chain with 1 000 tokens: every answer is compared with
// what the eth_ methods say, and every address's history with a walk over all blocks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Interface } from 'ethers';
import { startChain } from './lib/chain.mjs';
import { COLLECTION, FACTORY } from './lib/node.mjs';
import { calldata, nft, sign, walletOf } from './lib/wallets.mjs';

const TOKENS = 1000;
const PAGE = 25;
const factory = new Interface(['function createCollection(string name, string symbol, bool open) returns (address)']);
const wallets = [0, 1, 2, 3, 4].map(walletOf);
const nonces = wallets.map(() => 0);
const hex = (number) => `0x${number.toString(16)}`;
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-otterscan-'));
let node;
let head;
const blocks = []; // whole, by number
const receipts = new Map(); // by transaction hash
before(async () => { node = await startChain({ data }); });
after(async () => {
  await node.close();
  fs.rmSync(data, { recursive: true, force: true });
});

const signed = (who, to, data, gasLimit = 3000000) => sign(wallets[who], { nonce: nonces[who]++, to, data, gasLimit }).serialized;

/** One request with many: in large blocks, or in one each when sent one by one. */
async function batch(method, list) {
  const answers = [];
  for (let from = 0; from < list.length; from += 500) {
    const { text } = await node.post(JSON.stringify(list.slice(from, from + 500).map((params, id) => ({ jsonrpc: '2.0', id, method, params }))));
    for (const answer of JSON.parse(text)) {
      assert.ok(!answer.error, JSON.stringify(answer.error));
      answers.push(answer.result);
    }
  }
  return answers;
}

let made; // the hash of the transaction that made a collection
let failed;
test('1 000 tokens, a collection, a failure', async () => {
  const mint = (who, i) => [signed(who, COLLECTION, calldata('mint', wallets[who].address, `ipfs://${i}`))];
  const send = async (raw) => { const hash = await node.rpc('eth_sendRawTransaction', raw); await node.receipt(hash); return hash; };
  await node.receipt((await batch('eth_sendRawTransaction', Array.from({ length: TOKENS - 100 }, (_, i) => mint(i % 4, i)))).at(-1));
  for (let i = 0; i < 100; i++) await send(...mint(i % 2 ? 4 : 0, i));
  made = await send(signed(4, FACTORY, factory.encodeFunctionData('createCollection', ['One', 'ONE', true])));
  failed = await send(signed(1, COLLECTION, calldata('burn', 424242)));
  await send(signed(2, wallets[3].address, '0x', 21000));
  assert.equal(Number(await node.rpc('eth_call', { to: COLLECTION, data: calldata('totalSupply') }, 'latest')), TOKENS);
  head = Number(await node.rpc('eth_blockNumber'));
  blocks.push(...await batch('eth_getBlockByNumber', Array.from({ length: head + 1 }, (_, n) => [hex(n), true])));
  for (const list of await batch('eth_getBlockReceipts', blocks.map(({ number }) => [number])))
    for (const receipt of list) receipts.set(receipt.transactionHash, receipt);
  assert.ok(blocks.some(({ transactions }) => transactions.length > 2 * PAGE), 'a block of several pages');
});

test('the explorer finds its node', async () => {
  assert.match(await node.rpc('web3_clientVersion'), /^mintmark\//);
  assert.equal((await node.rpc('erigon_getHeaderByNumber', 1)).hash, blocks[1].hash);
  assert.ok(await node.rpc('ots_getApiLevel') >= 8);
  assert.equal((await node.rpc('eth_getBlockByNumber', 'finalized', false)).number, hex(head));
});

/** The block's members but for those that Otterscan does not want. */
const outline = ({ transactions, logsBloom, ...rest }) => ({ ...rest, logsBloom: null, transactionCount: transactions.length });

test('every block, and its transactions by pages', async () => {
  const details = await batch('ots_getBlockDetails', blocks.map((_, n) => [n]));
  const byHash = await batch('ots_getBlockDetailsByHash', blocks.map(({ hash }) => [hash]));
  assert.deepEqual(byHash, details);
  for (const [n, block] of blocks.entries()) {
    assert.deepEqual(details[n].block, outline(block));
    const fees = block.transactions.reduce((sum, { hash }) => sum + BigInt(receipts.get(hash).gasUsed) * BigInt(receipts.get(hash).effectiveGasPrice), 0n);
    assert.equal(BigInt(details[n].totalFees), fees);
    const seen = [];
    for (let page = 0; page * PAGE < block.transactions.length || page === 0; page++) {
      const answer = await node.rpc('ots_getBlockTransactions', n, page, PAGE);
      const { transactions, ...rest } = answer.fullblock;
      assert.deepEqual(rest, outline(block));
      assert.equal(transactions.length, answer.receipts.length);
      seen.unshift(...transactions.map((tx, i) => [tx, answer.receipts[i]]));
    }
    assert.deepEqual(seen.map(([tx]) => tx), block.transactions.map((tx) => ({ ...tx, input: tx.input.slice(0, 10) })));
    assert.deepEqual(seen.map(([, receipt]) => receipt), block.transactions.map(({ hash }) => ({ ...receipts.get(hash), logs: null, logsBloom: null })));
  }
});

test('transactions: the failed one says why', async () => {
  assert.equal(receipts.get(failed).status, '0x0');
  const error = await node.rpc('ots_getTransactionError', failed);
  assert.equal(nft.parseError(error).name, 'ERC721NonexistentToken');
  for (const hash of [made, blocks[1].transactions[0].hash]) {
    assert.equal(await node.rpc('ots_getTransactionError', hash), '0x');
    assert.deepEqual(await node.rpc('ots_getInternalOperations', hash), []);
    const [call] = await node.rpc('ots_traceTransaction', hash);
    const tx = await node.rpc('eth_getTransactionByHash', hash);
    assert.deepEqual([call.from, call.to, call.value, call.input], [tx.from, tx.to, tx.value, tx.input]);
  }
});

/** All transactions of an address, newest first, by a walk. */
const walk = (address) => blocks.toReversed().flatMap(({ transactions }) => transactions.toReversed()).filter((tx) => {
  const mine = (other) => other?.toLowerCase() === address.toLowerCase();
  return mine(tx.from) || mine(tx.to) || receipts.get(tx.hash).logs.some((log) => mine(log.address));
});

function check({ txs, receipts: told }) {
  assert.equal(txs.length, told.length);
  for (const [i, tx] of txs.entries()) {
    assert.deepEqual(tx, blocks[Number(tx.blockNumber)].transactions[Number(tx.transactionIndex)]);
    const { timestamp, ...receipt } = told[i];
    assert.deepEqual(receipt, receipts.get(tx.hash));
    assert.equal(timestamp, Number(tx.blockTimestamp));
  }
}

async function history(address) {
  const down = [];
  for (let before = 0, pages = 0; ; pages++) {
    const page = await node.rpc('ots_searchTransactionsBefore', address, before, PAGE);
    check(page);
    assert.equal(page.firstPage, pages === 0);
    down.push(...page.txs);
    if (page.lastPage) break;
    assert.ok(page.txs.length >= PAGE);
    before = Number(page.txs.at(-1).blockNumber);
  }
  const up = [];
  for (let after = 0, pages = 0; ; pages++) {
    const page = await node.rpc('ots_searchTransactionsAfter', address, after, PAGE);
    check(page);
    assert.equal(page.lastPage, pages === 0);
    up.unshift(...page.txs);
    if (page.firstPage) break;
    assert.ok(page.txs.length >= PAGE);
    after = Number(page.txs[0].blockNumber);
  }
  return [down, up];
}

test('addresses: their history by pages is all of it, down and up', async () => {
  const [log] = receipts.get(made).logs;
  const stranger = '0xc1cadaffffffffffffffffffffffffffffffffff';
  for (const address of [...wallets.map((wallet) => wallet.address), COLLECTION, FACTORY, log.address, stranger]) {
    const expected = walk(address);
    const [down, up] = await history(address);
    assert.deepEqual(down, expected);
    assert.deepEqual(up, expected);
    assert.equal(await node.rpc('ots_hasCode', address, 'latest'), await node.rpc('eth_getCode', address, 'latest') !== '0x');
  }
  assert.ok(walk(COLLECTION).length >= TOKENS);
  assert.equal(walk(stranger).length, 0);
});

/** The collection that was made: who logged beside the factory. */
const collection = () => receipts.get(made).logs.map(({ address }) => address).find((address) => address !== FACTORY);

test('contracts have their makers', async () => {
  const created = collection();
  assert.deepEqual(await node.rpc('ots_getContractCreator', created), { hash: made, creator: FACTORY });
  assert.equal(await node.rpc('ots_getContractCreator', COLLECTION), null);
  const block = Number(receipts.get(made).blockNumber);
  assert.equal(await node.rpc('ots_hasCode', created, block), true);
  assert.equal(await node.rpc('ots_hasCode', created, block - 1), false);
});

test('from nonce to nonce of a sender', async () => {
  for (const [who, wallet] of wallets.entries()) {
    const sent = walk(wallet.address).filter(({ from }) => from === wallet.address.toLowerCase()).toReversed();
    assert.equal(sent.length, nonces[who]);
    const hashes = await batch('ots_getTransactionBySenderAndNonce', sent.map((_, nonce) => [wallet.address, nonce]));
    assert.deepEqual(hashes, sent.map(({ hash }) => hash));
    const whole = await batch('eth_getTransactionBySenderAndNonce', sent.map((_, nonce) => [wallet.address, hex(nonce)]));
    assert.deepEqual(whole, sent);
    assert.equal(await node.rpc('ots_getTransactionBySenderAndNonce', wallet.address, nonces[who]), null);
  }
});

test('after a restart all of it is found on disk', async () => {
  await node.stop();
  node = await startChain({ data });
  const expected = walk(wallets[0].address);
  assert.deepEqual(await history(wallets[0].address), [expected, expected]);
  assert.deepEqual(await node.rpc('ots_getContractCreator', collection()), { hash: made, creator: FACTORY });
});
