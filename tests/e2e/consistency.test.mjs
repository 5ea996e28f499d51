// Eight readers on threads of their own, over HTTP and WebSocket, while several senders mint and transfer without a pause: no answer
// ever contradicts another, on the same connection or on a different one, at one node or at the nodes of a network (lib/reader.mjs has
// the checks).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { isNetwork, startChain } from './lib/chain.mjs';
import { HttpLine } from './lib/line.mjs';
import { calldata, sign, walletOf } from './lib/wallets.mjs';

const READERS = 8;
const SENDERS = 5;
const ROUNDS = isNetwork ? 20 : 90; // agreeing takes its time
const wallets = Array.from({ length: SENDERS }, (_, i) => walletOf(i));
let node;
before(async () => { node = await startChain(); });
after(() => node.close());

/** A round of a sender: two mints, and the transfer of a token that it was given beforehand. */
function signRound(sender, round, tokens) {
  const wallet = wallets[sender];
  const to = wallets[(sender + 1) % SENDERS].address;
  const nonce = tokens.length + 3 * round;
  return [calldata('mint', wallet.address, `ipfs://${sender}/${round}`), calldata('transferFrom', wallet.address, to, tokens[round]),
    calldata('mint', to, `ipfs://given/${round}`)].map((data, i) => sign(wallet, { nonce: nonce + i, data }));
}

test('no answer contradicts another', async (t) => {
  // Tokens to transfer: the first of each sender's, by turns.
  const line = new HttpLine(node.url);
  const given = [];
  for (const [sender, wallet] of wallets.entries()) {
    const mints = Array.from({ length: ROUNDS }, (_, nonce) => sign(wallet, { nonce, data: calldata('mint', wallet.address, 'ipfs://given') }));
    await line.batch(mints.map(({ serialized }) => ['eth_sendRawTransaction', serialized]));
    await node.receipt(mints.at(-1).hash);
    given.push(Array.from({ length: ROUNDS }, (_, i) => sender * ROUNDS + i + 1));
  }
  const rounds = wallets.map((_, sender) => Array.from({ length: ROUNDS }, (_none, round) => signRound(sender, round, given[sender])));
  const hashes = Array.from({ length: ROUNDS }, (_, round) => rounds.flatMap((list) => list[round].map(({ hash }) => hash))).flat();

  const urls = node.nodes.map(({ url }) => url);
  const shared = new SharedArrayBuffer(4 * (2 + urls.length));
  const seen = new Int32Array(shared);
  const results = [];
  const readers = Array.from({ length: READERS }, (_, index) => {
    const worker = new Worker(new URL('./lib/reader.mjs', import.meta.url), { workerData: { urls, index, hashes, shared } });
    results.push(new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); }));
    return worker;
  });
  const lines = wallets.map(() => new HttpLine(node.url));
  for (let round = 0; round < ROUNDS; round++) {
    const numbers = await Promise.all(wallets.map(async (_, sender) => {
      for (const { serialized } of rounds[sender][round]) await lines[sender].rpc('eth_sendRawTransaction', serialized);
      if (isNetwork) await node.receipt(rounds[sender][round].at(-1).hash);
      const receipts = await lines[sender].batch(rounds[sender][round].map(({ hash }) => ['eth_getTransactionReceipt', hash]));
      assert.deepEqual(receipts.map((receipt) => receipt?.status), ['0x1', '0x1', '0x1']);
      return Number(receipts.at(-1).blockNumber);
    }));
    await node.everywhere(Math.max(...numbers));
    Atomics.store(seen, 1, (round + 1) * SENDERS * 3);
  }
  Atomics.store(seen, 0, 1);
  const all = await Promise.all(results);
  for (const { error } of all) assert.equal(error, undefined, error);
  const checks = all.reduce((sum, reader) => sum + reader.checks, 0);
  t.diagnostic(`${READERS} readers, ${checks} checks, over ${await node.rpc('eth_blockNumber')} blocks`);
  assert.ok(checks > 22 * ROUNDS);
  await Promise.all(readers.map((worker) => worker.terminate()));
  for (const one of [line, ...lines]) one.close();
});
