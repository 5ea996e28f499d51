// A chain to look at: a collection of coins that changed hands, a second one, and an AINFT with a history. For the page's tests and pictures.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Interface, id, toUtf8Bytes, ZeroHash } from 'ethers';
import { AINFT_FACTORY, ainft, ainftFactory, domain, params, REQUEST_TYPES, WALLET_TYPES, word } from './ainft.mjs';
import { COLLECTION, FACTORY } from './node.mjs';
import { coin } from './pictures.mjs';
import { calldata, walletOf } from './wallets.mjs';

const factory = new Interface(['function createCollection(string name, string symbol, bool openMint) returns (address)', 'event CollectionCreated(address indexed collection, address indexed owner, string name, string symbol)']);
const NAMES = ['Verdigris', 'Ember', 'Slate', 'Rose', 'Brass', 'Tide', 'Patina', 'Copper', 'Indigo', 'Mallow', 'Ochre', 'Lagoon', 'Fern', 'Rust', 'Dusk', 'Petal', 'Wheat', 'Frost'];

/** Sends as an account of the node; the receipt. */
export async function send(node, from, to, data) {
  const hash = await node.rpc('eth_sendTransaction', { from: walletOf(from).address, to, data, gas: '0x4c4b40' }), receipt = await node.receipt(hash);
  assert.equal(receipt.status, '0x1');
  return receipt;
}

export function mintCoin(node, seed, { name = NAMES[seed % NAMES.length], side = 320, more = [] } = {}) {
  const file = path.join(node.data, `${name.toLowerCase()}.png`);
  fs.writeFileSync(file, coin(seed, side));
  const minted = node.run('mint', file, '--name', name, '--description', `Struck on this chain, ${3 + (seed * 7) % 6} petals, one of its kind.`, '--attribute', `petals:=${3 + (seed * 7) % 6}`,
    '--attribute', `metal=${['patina', 'copper', 'steel', 'rose', 'brass', 'tin'][seed % 6]}`, '--attribute', `edge=${seed % 2 ? 'beaded' : 'plain'}`, '--json', ...more);
  assert.equal(minted.code, 0, minted.err);
  return JSON.parse(minted.out);
}

const created = (receipt, contract) => receipt.logs.map((log) => contract.parseLog(log)).find((log) => log?.name === 'CollectionCreated').args.collection;

/** An AINFT whose agent saved what two people said, and whose owner has raised its level. */
export async function makeAinft(node, uri) {
  const people = { creator: 0, alice: 1, bob: 2, carol: 3, agent: 4 }, address = created(await send(node, 0, AINFT_FACTORY, ainftFactory.encodeFunctionData('createCollection', [params(walletOf(0).address)])), ainftFactory);
  const call = (who, name, ...args) => send(node, people[who], address, ainft.encodeFunctionData(name, args)), alice = walletOf(1), agent = walletOf(4), deadline = 4000000000n;
  await call('creator', 'mint', alice.address, uri, uri, id('specification'));
  await call('creator', 'defineTrait', 'level', 1, word(0), word(100));
  await call('creator', 'defineHistoryKind', 'levelup', 1, 64, 1);
  await call('creator', 'defineAction', 'levelup', 'caller == owner && history.count("chat") >= 2u && history.authors("chat") >= 2u && trait("level") < 100u', '5u * (trait("level") + 1u)',
    [{ op: 1, key: id('level'), expr: 'trait("level") + 1u' }, { op: 5, key: id('levelup'), expr: 'trait("level") + 1u' }]);
  await call('creator', 'defineAction', 'gift', 'true', '0u', [{ op: 2, key: ZeroHash, expr: '20u' }]);
  await call('alice', 'setAgentWallet', 1n, agent.address, deadline, await agent.signTypedData(domain(address), WALLET_TYPES, { agentId: 1n, newWallet: agent.address, owner: alice.address, deadline }));
  for (const [who, index, words] of [['bob', 2, 'Bob asked what the beads around the edge are for.'], ['carol', 3, 'Carol wanted to know who struck it.']]) {
    const wallet = walletOf(index), request = { tokenId: 1n, kind: id('chat'), weight: 3, requestHash: id(who), nonce: 0n, deadline };
    await call('agent', 'appendHistoryFor', 1n, request.kind, 0, 3, toUtf8Bytes(words), wallet.address, request.requestHash, deadline, await wallet.signTypedData(domain(address), REQUEST_TYPES, request));
  }
  await call('alice', 'perform', 1n, id('gift'), [], 0n);
  await call('alice', 'perform', 1n, id('levelup'), [], 5n);
  return address;
}

/** {ainft, second, transfer}: addresses, and the hash of a transfer. */
export async function demoChain(node, { coins = 18 } = {}) {
  let last;
  for (let seed = 0; seed < coins; seed++) last = mintCoin(node, seed);
  const second = created(await send(node, 0, FACTORY, factory.encodeFunctionData('createCollection', ['Second Strike', 'SECOND', true])), factory);
  for (const seed of [19, 26, 33]) mintCoin(node, seed, { name: `Proof ${seed}`, more: ['--collection', second] });
  let transfer;
  for (const [token, to] of [[3, 1], [5, 1], [8, 2], [coins, 1], [12, 3]]) transfer = await send(node, 0, COLLECTION, calldata('transferFrom', walletOf(0).address, walletOf(to).address, token));
  await send(node, 1, COLLECTION, calldata('transferFrom', walletOf(1).address, walletOf(2).address, coins));
  return { ainft: await makeAinft(node, last.tokenURI), second, transfer: transfer.transactionHash };
}
