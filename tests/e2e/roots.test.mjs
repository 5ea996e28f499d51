// Block hash, transactions root, receipts root and bloom recompute from what JSON-RPC says, with @ethereumjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createBlockHeader } from '@ethereumjs/block';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { createTxFromRLP } from '@ethereumjs/tx';
import { bytesToHex, hexToBytes } from '@ethereumjs/util';
import { AbiCoder, JsonRpcProvider, keccak256 } from 'ethers';
import { startChain } from './lib/chain.mjs';
import { COLLECTION } from './lib/node.mjs';
import { calldata, sign, walletOf } from './lib/wallets.mjs';

const common = new Common({ chain: { ...Mainnet, chainId: 31337 }, hardfork: Hardfork.Cancun });
let node;
before(async () => { node = await startChain({ args: ['--block-time', '1'] }); });
after(() => node.close());

const big = (quantity) => BigInt(quantity);
const minimal = (quantity) => (big(quantity) === 0n ? new Uint8Array() : hexToBytes(`0x${big(quantity).toString(16).padStart(big(quantity).toString(16).length + (big(quantity).toString(16).length % 2), '0')}`));

function receiptBytes(receipt) {
  const body = RLP.encode([
    minimal(receipt.status), minimal(receipt.cumulativeGasUsed), hexToBytes(receipt.logsBloom),
    receipt.logs.map((log) => [hexToBytes(log.address), log.topics.map(hexToBytes), hexToBytes(log.data)]),
  ]);
  return receipt.type === '0x0' ? body : Uint8Array.from([Number(receipt.type), ...body]);
}

function bloomOf(logs) {
  const bloom = new Uint8Array(256);
  for (const log of logs) {
    for (const item of [log.address, ...log.topics]) {
      const hash = hexToBytes(keccak256(item));
      for (const at of [0, 2, 4]) {
        const bit = ((hash[at] << 8) | hash[at + 1]) & 2047;
        bloom[255 - (bit >> 3)] |= 1 << (bit & 7);
      }
    }
  }
  return bytesToHex(bloom);
}

async function listRoot(items) {
  const trie = await createMPT();
  for (let i = 0; i < items.length; i++) await trie.put(RLP.encode(i === 0 ? new Uint8Array() : minimal(`0x${i.toString(16)}`)), items[i]);
  return bytesToHex(trie.root());
}

test('every block of a mixed load recomputes', async () => {
  const provider = new JsonRpcProvider(node.url, undefined, { cacheTimeout: -1 });
  const wallets = [0, 1, 2, 3].map(walletOf);
  const hashes = [];
  const nonces = wallets.map(() => 0);
  for (let i = 0; i < 160; i++) {
    const who = i % wallets.length;
    const type = i % 3;
    const fields = { type, chainId: 31337, nonce: nonces[who]++, gasLimit: 400000, value: 0n,
      ...(type === 2 ? { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: BigInt(i) * 10n ** 7n } : { gasPrice: 10n ** 11n }),
      ...(type === 1 ? { accessList: [{ address: COLLECTION, storageKeys: [`0x${'0'.repeat(63)}a`] }] } : {}) };
    const kind = i % 5;
    if (kind < 3) Object.assign(fields, { to: COLLECTION, data: calldata('mint', wallets[who].address, `ipfs://${'x'.repeat(i)}`) });
    else if (kind === 3) Object.assign(fields, { to: COLLECTION, data: calldata('burn', 10n ** 9n) }); // reverts
    else Object.assign(fields, { to: wallets[(who + 1) % 4].address, value: BigInt(i), gasLimit: 21000 + 5000 });
    hashes.push(await node.rpc('eth_sendRawTransaction', sign(wallets[who], fields).serialized));
  }
  for (const hash of hashes) assert.ok((await provider.waitForTransaction(hash)) !== null);

  let seen = 0;
  let parent;
  const head = Number(await node.rpc('eth_blockNumber'));
  await node.everywhere(head);
  for (let number = 0; number <= head; number++) {
    const tag = `0x${number.toString(16)}`;
    const block = await node.rpc('eth_getBlockByNumber', tag, true);
    assert.deepEqual(await node.far.rpc('eth_getBlockByNumber', tag, true), block);
    const header = createBlockHeader({
      parentHash: block.parentHash, uncleHash: block.sha3Uncles, coinbase: block.miner, stateRoot: block.stateRoot,
      transactionsTrie: block.transactionsRoot, receiptTrie: block.receiptsRoot, logsBloom: block.logsBloom,
      difficulty: block.difficulty, number: block.number, gasLimit: block.gasLimit, gasUsed: block.gasUsed,
      timestamp: block.timestamp, extraData: block.extraData, mixHash: block.mixHash, nonce: block.nonce,
      baseFeePerGas: block.baseFeePerGas, withdrawalsRoot: block.withdrawalsRoot, blobGasUsed: block.blobGasUsed,
      excessBlobGas: block.excessBlobGas, parentBeaconBlockRoot: block.parentBeaconBlockRoot,
    }, { common });
    assert.equal(bytesToHex(header.hash()), block.hash);
    assert.equal(keccak256(await node.rpc('debug_getRawHeader', tag)), block.hash);
    if (parent) assert.equal(block.parentHash, parent);
    parent = block.hash;

    const raw = await Promise.all(block.transactions.map((transaction) => node.rpc('debug_getRawTransaction', transaction.hash)));
    raw.forEach((bytes, i) => {
      const decoded = createTxFromRLP(hexToBytes(bytes), { common });
      assert.equal(bytesToHex(decoded.hash()), block.transactions[i].hash);
      assert.equal(decoded.getSenderAddress().toString(), block.transactions[i].from);
    });
    assert.equal(await listRoot(raw.map((bytes) => hexToBytes(bytes))), block.transactionsRoot);

    const receipts = await node.rpc('eth_getBlockReceipts', tag);
    assert.deepEqual(await node.far.rpc('eth_getBlockReceipts', tag), receipts);
    assert.equal(receipts.length, block.transactions.length);
    assert.equal(await listRoot(receipts.map(receiptBytes)), block.receiptsRoot);
    assert.equal(bloomOf(receipts.flatMap((receipt) => receipt.logs)), block.logsBloom);
    for (const receipt of receipts) assert.equal(bloomOf(receipt.logs), receipt.logsBloom);
    assert.equal(receipts.reduce((sum, receipt) => sum + big(receipt.gasUsed), 0n), big(block.gasUsed));
    seen += receipts.length;
  }
  assert.equal(seen, hashes.length);
  provider.destroy();
});

test('the genesis state root proves the dev accounts', async () => {
  const genesis = await node.rpc('eth_getBlockByNumber', '0x0', false);
  const address = walletOf(7).address;
  const proof = await node.rpc('eth_getProof', address, [], '0x0');
  assert.equal(keccak256(proof.accountProof[0]), genesis.stateRoot);
  assert.equal(AbiCoder.defaultAbiCoder().decode(['uint256'], `0x${BigInt(proof.balance).toString(16).padStart(64, '0')}`)[0], 10n ** 22n);
});
