// Fifty clients, five hundred filters, a hundred subscriptions, batches of a thousand and a reader that does not read, all at once
// while the node mints: no error, no event missing or told twice, and the memory comes back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startChain } from './lib/chain.mjs';
import { mintAlone, residentBytes, runCrowd } from './lib/crowd.mjs';
import { sleep } from './lib/wait.mjs';

const MARGIN = 16 << 20; // code and buffers that were not used before
const MINTS = Number(process.env.MINTMARK_CROWD_MINTS ?? 250); // of each of two senders
let node;
before(async () => { node = await startChain(); });
after(() => node.close());

test('a crowd', async (t) => {
  const mib = (bytes) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  // What so many blocks take without a crowd, a quiet moment later: the node gives back then what its heap kept. The crowd's blocks
  // may take as much again, and the crowd itself nothing.
  const start = residentBytes(node);
  await mintAlone(node, { mints: MINTS });
  await sleep(5000);
  const before = residentBytes(node);
  const allowed = before + Math.max(before - start, 0) + MARGIN;
  const figures = await runCrowd(node, { mints: MINTS, firstNonce: MINTS });
  let now;
  for (const end = Date.now() + 15000; (now = residentBytes(node)) > allowed && Date.now() < end;) await sleep(100);
  const { seconds, mints, blocks, told, polls, polledEvents, batches, lateness, peak } = figures;
  t.diagnostic(`${mints} mints in ${blocks} blocks in ${seconds.toFixed(1)} s; ${told} events told, ${polledEvents} polled for`);
  t.diagnostic(`a poll ${polls.p50.toFixed(1)} ms, 99 of 100 within ${polls.p99.toFixed(1)}; a batch of 1 000 ${batches.p50.toFixed(0)} ms, ${batches.p99.toFixed(0)}; `
    + `a pending transaction told ${lateness.p50.toFixed(1)} ms after it was sent, ${lateness.p99.toFixed(1)}`);
  t.diagnostic(`resident: ${mib(start)} at the start, ${mib(before)} after as many mints alone, ${mib(peak)} at most, ${mib(now)} after the crowd`);
  assert.ok(now <= allowed, `${mib(now)} afterwards, ${mib(allowed)} allowed`);
});
