// Account and storage proofs, inclusion and exclusion, at the head and at old blocks, verified with @ethereumjs/mpt: on the default
// collection after 2 000 random operations.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { verifyMPTWithMerkleProof, createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { bytesToHex, hexToBytes } from '@ethereumjs/util';
import { AbiCoder, keccak256, toBeHex, zeroPadValue } from 'ethers';
import { startChain } from './lib/chain.mjs';
import { COLLECTION } from './lib/node.mjs';
import { calldata, nft, sign, walletOf } from './lib/wallets.mjs';

const OPERATIONS = 2000;
const WINDOW = 300;
const abi = AbiCoder.defaultAbiCoder();
const wallets = [0, 1, 2, 3, 4].map(walletOf);
const slotOf = (id, slot) => keccak256(abi.encode(['uint256', 'uint256'], [id, slot]));
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-proofs-'));
let node;
let state = 88172645463325252n; // xorshift: the same operations every time
const random = (below) => {
  state ^= (state << 13n) & ((1n << 64n) - 1n);
  state ^= state >> 7n;
  state ^= (state << 17n) & ((1n << 64n) - 1n);
  return Number(state % BigInt(below));
};
const env = { MINTMARK_PROOF_WINDOW: String(WINDOW) };
before(async () => { node = await startChain({ data, env }); });
after(async () => {
  await node.close();
  fs.rmSync(data, { recursive: true, force: true });
});

/** What each block did to owners: owners[n] is the map id → owner as of block n. */
const owners = [new Map()];
const nonces = wallets.map(() => 0);

const signed = (who, ...call) => sign(wallets[who], { nonce: nonces[who]++, data: calldata(...call) }).serialized;

test('2 000 random operations', async () => {
  let next = 1;
  for (let done = 0; done < OPERATIONS;) {
    // a few operations at a time; whatever blocks they end up in, the receipts say it
    const raw = [];
    const current = new Map(owners.at(-1));
    const touched = new Set();
    for (let i = 0; i < 4 && done < OPERATIONS; i++, done++) {
      const who = random(wallets.length);
      const mine = [...current].filter(([id, owner]) => owner === who && !touched.has(id)).map(([id]) => id);
      const kind = mine.length === 0 ? 0 : random(10);
      if (kind < 5) {
        raw.push(signed(who, 'mint', wallets[who].address, `ipfs://${'q'.repeat(random(80))}`));
      } else {
        const id = mine[random(mine.length)];
        touched.add(id);
        const to = random(wallets.length);
        raw.push(kind < 9 ? signed(who, 'transferFrom', wallets[who].address, wallets[to].address, id) : signed(who, 'burn', id));
      }
    }
    const answers = JSON.parse((await node.post(JSON.stringify(raw.map((bytes, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [bytes] }))))).text);
    const receipts = await Promise.all(answers.map(({ result }) => node.receipt(result)));
    receipts.sort((a, b) => Number(a.blockNumber) - Number(b.blockNumber) || Number(a.transactionIndex) - Number(b.transactionIndex));
    for (const receipt of receipts) {
      assert.equal(receipt.status, '0x1');
      const number = Number(receipt.blockNumber);
      while (owners.length <= number) owners.push(new Map(owners.at(-1)));
      for (const log of receipt.logs) {
        const event = nft.parseLog(log);
        if (event?.name !== 'Transfer') continue;
        const id = Number(event.args.tokenId);
        next = Math.max(next, id + 1);
        const to = wallets.findIndex((wallet) => wallet.address === event.args.to);
        if (to < 0) owners[number].delete(id);
        else owners[number].set(id, to);
      }
    }
  }
  assert.ok(owners.length > WINDOW + 100, `${owners.length} blocks`);
});

async function check(number, ids) {
  const tag = `0x${number.toString(16)}`;
  const block = await node.rpc('eth_getBlockByNumber', tag, false);
  const keys = ids.map((id) => slotOf(id, 2));
  const proof = await node.rpc('eth_getProof', COLLECTION, keys, tag);
  const account = await verifyMPTWithMerkleProof(await createMPT(), hexToBytes(block.stateRoot), hexToBytes(keccak256(COLLECTION)), proof.accountProof.map(hexToBytes));
  const [nonce, balance, storageRoot, codeHash] = RLP.decode(account).map(bytesToHex);
  assert.equal(storageRoot, proof.storageHash);
  assert.equal(codeHash, proof.codeHash);
  assert.equal(BigInt(nonce), BigInt(proof.nonce));
  assert.equal(balance, '0x');
  for (const [i, id] of ids.entries()) {
    const entry = proof.storageProof[i];
    const owner = owners[number].get(id);
    const value = await verifyMPTWithMerkleProof(await createMPT(), hexToBytes(proof.storageHash), hexToBytes(keccak256(keys[i])), entry.proof.map(hexToBytes));
    if (owner === undefined) {
      assert.equal(value, null);
      assert.equal(entry.value, '0x0');
    } else {
      assert.equal(bytesToHex(RLP.decode(value)), wallets[owner].address.toLowerCase());
      assert.equal(BigInt(entry.value), BigInt(wallets[owner].address));
    }
  }
  // and an address that was never there
  const nobody = zeroPadValue(toBeHex(number + 1), 20);
  const absent = await node.rpc('eth_getProof', nobody, ['0x0'], tag);
  assert.equal(await verifyMPTWithMerkleProof(await createMPT(), hexToBytes(block.stateRoot), hexToBytes(keccak256(nobody)), absent.accountProof.map(hexToBytes)), null);
  assert.equal(absent.balance, '0x0');
}

test('proofs at the head and in the window, of tokens there and not there', async () => {
  const head = owners.length - 1;
  assert.equal(head, Number(await node.rpc('eth_blockNumber')));
  for (const number of [head, head - 1, head - 7, head - 128, head - WINDOW + 1, head - WINDOW]) {
    const ids = Array.from({ length: 40 }, () => 1 + random(1500));
    await check(number, ids);
  }
});

test('beyond the window the error says so, and the state is still there', async () => {
  const head = owners.length - 1;
  const old = head - WINDOW - 1;
  const { error } = await node.ask('eth_getProof', COLLECTION, [], `0x${old.toString(16)}`);
  assert.equal(error.code, -32000);
  assert.match(error.message, /distance to target block exceeds maximum proof window/);
  for (const [id, owner] of [...owners[old]].slice(0, 25)) {
    const slot = await node.rpc('eth_getStorageAt', COLLECTION, slotOf(id, 2), `0x${old.toString(16)}`);
    assert.equal(BigInt(slot), BigInt(wallets[owner].address));
  }
  for (const number of [1, 2, Math.floor(old / 2), old]) {
    const supply = await node.rpc('eth_call', { to: COLLECTION, data: calldata('totalSupply') }, `0x${number.toString(16)}`);
    assert.equal(Number(BigInt(supply)), owners[number].size);
  }
});

test('the same after a kill and a restart', async () => {
  await node.stop('SIGKILL');
  node = await startChain({ data, env });
  const head = owners.length - 1;
  assert.equal(Number(await node.rpc('eth_blockNumber')), head);
  await check(head, Array.from({ length: 30 }, () => 1 + random(1500)));
  await check(head - WINDOW, Array.from({ length: 30 }, () => 1 + random(1500)));
});
