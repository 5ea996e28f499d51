// A disk that fills up: the node says so and stops, what it had shown is there once there is room again.
// A small tmpfs in a mount namespace of its own; needs root (CAP_SYS_ADMIN), else it is skipped.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { binary } from './lib/node.mjs';
import { sleep } from './lib/wait.mjs';
import { calldata, sign, walletOf } from './lib/wallets.mjs';

const wallet = walletOf(0);
const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;

/** A shell in a mount namespace that lives as long as the test; commands are run in it with nsenter. */
class Namespace {
  constructor(folder, size) {
    this.folder = folder;
    this.holder = spawn('unshare', ['-m', 'sh', '-c', `mount -t tmpfs -o size=${size} tmpfs ${folder} && echo up && exec sleep 600`], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  up() { return new Promise((resolve) => this.holder.stdout.once('data', resolve)); }

  /** With the holder's root and folder too: in a chroot, the mounts alone would lead out of it. */
  enter(command) { return ['-t', String(this.holder.pid), '--mount', '--root', '--wd', ...command]; }

  run(...command) { return spawnSync('nsenter', this.enter(command), { encoding: 'utf8' }); }

  start(...args) {
    const child = spawn('nsenter', this.enter([binary, ...args]), { stdio: ['ignore', 'pipe', 'pipe'] });
    child.text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { child.text += text; });
    child.done = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    return child;
  }

  end() { this.holder.kill('SIGKILL'); }
}

const rpc = async (port, method, ...params) => {
  const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) });
  const { result, error } = await response.json();
  if (error) throw Object.assign(new Error(error.message), error);
  return result;
};

async function portOf(folder, child) {
  const file = path.join(folder, 'ready.json');
  for (let i = 0; i < 1000; i++) {
    try { return JSON.parse(fs.readFileSync(file, 'utf8')).rpc; } catch { /* not yet */ }
    if (child.exitCode !== null) throw new Error(child.text);
    await sleep(10);
  }
  throw new Error('not ready');
}

test('a full disk', { skip: !canMount && 'no mount namespaces here' }, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-disk-'));
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-ready-'));
  const space = new Namespace(folder, '60m');
  t.after(() => space.end());
  await space.up();
  const args = ['node', '--data', path.join(folder, 'data'), '--port', '0', '--gateway-port', 'off', '--api-port', 'off', '--quiet', '--ready-file', path.join(outside, 'ready.json')];
  const node = space.start(...args);
  const port = await portOf(outside, node);

  const shown = [];
  let refusal;
  for (let nonce = 0; nonce < 20000 && !refusal; nonce++) {
    const raw = sign(wallet, { nonce, gasLimit: 3_000_000n, data: calldata('mint', wallet.address, `ipfs://${'x'.repeat(3000)}`) }).serialized;
    try {
      const hash = await rpc(port, 'eth_sendRawTransaction', raw);
      const receipt = await rpc(port, 'eth_getTransactionReceipt', hash);
      if (receipt) shown.push(receipt);
    } catch (error) { refusal = error; }
  }
  assert.ok(refusal, 'the disk never filled');
  const { code, signal } = await node.done;
  assert.equal(code, 1, `${signal}\n${node.text}`);
  assert.match(node.text, /no space left/);
  assert.ok(shown.length > 10);
  t.diagnostic(`${shown.length} receipts before the disk was full`);

  // What a merge of tables had half done goes at the next start, which may have room by that, or not.
  fs.rmSync(path.join(outside, 'ready.json'), { force: true });
  const tidy = space.start(...args);
  if (await portOf(outside, tidy).catch(() => undefined)) tidy.kill('SIGTERM');
  await tidy.done;

  // full again, and of what does not go: a clear refusal, nothing lost
  const filler = path.join(folder, 'filler');
  space.run('sh', '-c', `cat /dev/zero >${filler}`);
  fs.rmSync(path.join(outside, 'ready.json'), { force: true });
  const again = space.start(...args);
  const late = setTimeout(() => again.kill('SIGKILL'), 60_000);
  assert.equal((await again.done).code, 1, again.text);
  clearTimeout(late);
  assert.match(again.text, /space/);

  assert.equal(space.run('mount', '-o', 'remount,size=200m', folder).status, 0);
  assert.equal(space.run('rm', filler).status, 0);
  fs.rmSync(path.join(outside, 'ready.json'), { force: true });
  const after = space.start(...args);
  const newPort = await portOf(outside, after);
  for (const receipt of shown) {
    assert.deepEqual(await rpc(newPort, 'eth_getTransactionReceipt', receipt.transactionHash), receipt);
  }
  after.kill('SIGTERM');
  assert.equal((await after.done).code, 0, after.text);
  const check = space.run(binary, 'db', 'check', '--data', path.join(folder, 'data'));
  assert.equal(check.status, 0, check.stdout + check.stderr);
  space.end();
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(outside, { recursive: true, force: true });
});
