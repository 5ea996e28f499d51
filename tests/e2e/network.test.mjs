// Four validators and an observer as real processes: what is sent to one is everywhere, whoever is down.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Contract, Interface, keccak256 } from 'ethers';
import { COLLECTION } from './lib/node.mjs';
import { Testnet } from './lib/testnet.mjs';
import { checkAnswer } from './lib/schemas.mjs';
import { calldata, nft, walletOf } from './lib/wallets.mjs';

const VALIDATORS = '0x6d696e746d61726b000000000000000000000bf7';
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-network-'));
let net;

before(async () => { net = await Testnet.start({ nodes: 4, observers: 1, data }); });
after(async () => {
  await net.close();
  fs.rmSync(data, { recursive: true, force: true });
});

/** Sent at one node; the receipt as that node has it. */
async function mint(member, index, uri = 'ipfs://x') {
  const wallet = walletOf(index).connect(member.provider());
  const transaction = await new Contract(COLLECTION, nft, wallet).mint(wallet.address, uri);
  return member.receipt(transaction.hash);
}

/** The result, which is what its schema says. */
async function checked(member, method, ...params) {
  const answer = await member.ask(method, ...params);
  checkAnswer(method, params, answer);
  return answer.result;
}

const everywhere = (height, members = net.nodes) => net.until(async () => (await Promise.all(members.map((node) => node.head)))
  .every((head) => head >= height));

test('a mint sent to node 1 is at every node with equal receipts, blocks and roots', async () => {
  const receipt = await mint(net.nodes[0], 0, 'ipfs://first');
  assert.equal(receipt.status, '0x1');
  await everywhere(Number(receipt.blockNumber));
  const block = await net.nodes[0].rpc('eth_getBlockByNumber', receipt.blockNumber, true);
  for (const node of net.nodes) {
    assert.deepEqual(await node.rpc('eth_getTransactionReceipt', receipt.transactionHash), receipt);
    assert.deepEqual(await node.rpc('eth_getBlockByNumber', receipt.blockNumber, true), block);
    const [id] = [BigInt(receipt.logs[0].topics[3])];
    const call = { to: COLLECTION, data: calldata('tokenURI', id) };
    assert.equal(nft.decodeFunctionResult('tokenURI', await node.rpc('eth_call', call, 'latest'))[0], 'ipfs://first');
    assert.equal(keccak256(await node.rpc('debug_getRawHeader', receipt.blockNumber)), block.hash);
  }
});

test('many mints from every side are in blocks that all nodes have', async () => {
  const receipts = await Promise.all(net.nodes.map(async (node, index) => {
    const mine = [];
    for (let i = 0; i < 5; i++) mine.push(await mint(node, index + 1));
    return mine;
  }));
  const last = Math.max(...receipts.flat().map((receipt) => Number(receipt.blockNumber)));
  await everywhere(last);
  for (const receipt of receipts.flat())
    for (const node of net.nodes) assert.equal((await node.rpc('eth_getTransactionReceipt', receipt.transactionHash)).blockHash, receipt.blockHash);
  for (const node of net.nodes) await net.until(async () => (await node.rpc('txpool_status')).pending === '0x0');
});

test('validators, certificates, peers and status are told by the same schema at every node', async () => {
  const set = await net.nodes[0].rpc('qbft_getValidators', 'latest');
  assert.equal(set.length, 4);
  for (const node of net.nodes) {
    const isObserver = node.index === 4;
    assert.deepEqual(await node.rpc('qbft_getValidators', 'latest'), set);
    const certificate = await checked(node, 'qbft_getCertificate', '0x1');
    assert.ok(certificate.seals.length >= 3);
    for (const seal of certificate.seals) assert.ok(set.includes(seal.validator));
    const status = await checked(node, 'qbft_status');
    assert.equal(status.address === null, isObserver);
    assert.equal(status.canSign, !isObserver);
    const peers = await checked(node, 'admin_peers');
    assert.equal(peers.length, 4);
    const info = await checked(node, 'admin_nodeInfo');
    assert.equal(info.ports.listener, node.port + 100);
    assert.equal(await node.rpc('eth_syncing'), false);
    assert.deepEqual(await node.rpc('qbft_getEvidence'), []);
    for (const method of ['evm_mine', 'hardhat_setBalance', 'eth_sendTransaction'])
      assert.ok((await node.ask(method)).error, 'not for a network');
    assert.deepEqual(await node.rpc('eth_accounts'), []);
  }
});

test('the network ends in order and goes on in the same folder', async () => {
  const heads = await Promise.all(net.nodes.map((node) => node.rpc('eth_getBlockByNumber', 'latest', false)));
  const { code } = await net.stop();
  assert.equal(code, 0);
  net = await Testnet.start({ nodes: 4, observers: 1, data });
  const number = heads[0].number;
  for (const node of net.nodes) assert.equal((await node.rpc('eth_getBlockByNumber', number, false)).hash, heads[0].hash);
  const receipt = await mint(net.nodes[3], 0);
  await everywhere(Number(receipt.blockNumber));
});

test('a validator is voted out and in again, and blocks are sealed by whoever is in', async () => {
  const { Wallet } = await import('ethers');
  const abi = new Interface(['function propose(address candidate, bool add)', 'function validators() view returns (address[])']);
  const wallets = net.nodes.slice(0, 4).map((node) => new Wallet(`0x${fs.readFileSync(path.join(node.folder, 'validator.key'), 'utf8').trim()}`));
  const target = wallets[3].address;
  const vote = async (index, add) => {
    const node = net.nodes[index];
    const transaction = await new Contract(VALIDATORS, abi, wallets[index].connect(node.provider())).propose(target, add);
    return node.receipt(transaction.hash);
  };
  for (const add of [false, true]) {
    let receipt;
    for (let i = 0; i < (add ? 2 : 3); i++) { // the quorum of those that are in
      receipt = await vote(i, add);
      assert.equal(receipt.status, '0x1');
      await everywhere(Number(receipt.blockNumber));
    }
    for (const node of net.nodes) {
      const next = `0x${(Number(receipt.blockNumber) + 1).toString(16)}`;
      await mint(node, node.index + 1);
      const set = await node.rpc('qbft_getValidators', next);
      assert.equal(set.length, add ? 4 : 3);
      assert.equal(set.includes(target.toLowerCase()), add);
    }
  }
  const now = await Promise.all(net.nodes.map((node) => node.head));
  await everywhere(Math.max(...now));
});
