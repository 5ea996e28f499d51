// A network that is hurt: nodes that are killed and come back, too few to go on, late ones, and strangers at the door.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Contract } from 'ethers';
import { binary, COLLECTION } from './lib/node.mjs';
import { Member, Testnet } from './lib/testnet.mjs';
import { sleep } from './lib/wait.mjs';
import { nft, walletOf } from './lib/wallets.mjs';

let network;
const processes = [];

before(async () => { network = await Testnet.start({ nodes: 4 }); });
/** A test that failed may have left nodes dead, which is not the next one's trouble. */
beforeEach(async () => {
  for (const node of network.nodes) if (!isAlive(node)) startMember(node);
  await network.ready();
});
after(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await network.close();
});

async function send(member, index) {
  const wallet = walletOf(index).connect(member.provider());
  const transaction = await new Contract(COLLECTION, nft, wallet).mint(wallet.address, 'ipfs://x');
  return transaction.hash;
}
const receiptOf = (member, hash) => member.rpc('eth_getTransactionReceipt', hash);
async function mint(member, index) {
  const started = performance.now();
  const hash = await send(member, index);
  const receipt = await member.receipt(hash);
  return { ms: performance.now() - started, receipt };
}
const reach = (member, height, ms = 20_000) => network.until(async () => await member.head >= height, ms);

/** As `mintmark testnet` starts it; options: more of the command line. */
function startMember(member, peers = network.nodes, ...options) {
  const isValidator = fs.existsSync(path.join(member.folder, 'validator.key'));
  const child = spawn(binary, ['node', '--data', member.folder, '--genesis', path.join(network.data, 'genesis.json'),
    ...(isValidator ? ['--validator-key', path.join(member.folder, 'validator.key')] : []),
    '--ready-file', path.join(member.folder, 'ready.json'), '--listen', `127.0.0.1:${member.port + 100}`,
    '--port', String(member.port), '--gateway-port', 'off', '--api-port', 'off',
    ...peers.filter((peer) => peer !== member).flatMap((peer) => ['--peer', `127.0.0.1:${peer.port + 100}`]), ...options],
  { stdio: ['ignore', fs.openSync(path.join(member.folder, 'log'), 'a'), fs.openSync(path.join(member.folder, 'log'), 'a')] });
  processes.push(child);
  return child;
}
const isAlive = (member) => {
  try { process.kill(member.pid, 0); } catch { return false; }
  return true;
};
const stop = (child) => new Promise((resolve) => { child.once('exit', resolve); child.kill(); });
const kill = async (member) => {
  member.kill();
  await network.until(() => fetch(member.url, { method: 'POST' }).then(() => false, () => true));
};

test('one of four down costs a round at most, and it catches up when it is back', async () => {
  const [one, , , four] = network.nodes;
  await mint(one, 0);
  await kill(four);
  // In the quietest of three tries, for the machine has other work too.
  let best = Infinity;
  for (let attempt = 0; attempt < 3 && best >= 2_500; attempt++) {
    let slowest = 0;
    for (let i = 0; i < 8; i++) slowest = Math.max(slowest, (await mint(network.nodes[i % 3], i % 3)).ms);
    best = Math.min(best, slowest);
  }
  assert.ok(best < 2_500, `a round is a second: ${best.toFixed(0)} ms`);
  startMember(four);
  const head = await one.head;
  await network.until(() => four.head.then((height) => height >= head, () => false));
  const { receipt } = await mint(four, 5);
  await reach(one, Number(receipt.blockNumber));
  assert.equal((await receiptOf(one, receipt.transactionHash)).blockHash, receipt.blockHash);
});

test('two of four down stop the chain without a fork, and it goes on when one is back', async () => {
  const [one, two, three, four] = network.nodes;
  await kill(three);
  await kill(four);
  const before = await one.head;
  const hash = await send(one, 0);
  await sleep(6_000);
  assert.deepEqual([await one.head, await two.head], [before, before]);
  startMember(three);
  await network.until(async () => await receiptOf(two, hash) !== null, 40_000);
  startMember(four);
  await reach(two, before + 1);
  const head = await two.head;
  await network.until(() => four.head.then((height) => height >= head, () => false));
  const block = await two.rpc('eth_getBlockByNumber', `0x${head.toString(16)}`, false);
  for (const node of network.nodes) {
    await reach(node, head);
    assert.equal((await node.rpc('eth_getBlockByNumber', block.number, false)).hash, block.hash);
  }
});

test('a late node gets all blocks from whoever has them, and follows', async () => {
  for (let i = 0; i < 30; i++) await Promise.all([0, 1, 2].map((index) => send(network.nodes[index], index)));
  await network.until(async () => (await network.nodes[0].rpc('txpool_status')).pending === '0x0');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-late-'));
  const late = new Member(9, network.nodes[0].port + 9, folder);
  const child = startMember(late, network.nodes.slice(0, 2));
  const head = await network.nodes[0].head;
  await network.until(() => late.head.then((height) => height >= head, () => false));
  const block = await network.nodes[0].rpc('eth_getBlockByNumber', `0x${head.toString(16)}`, true);
  assert.deepEqual(await late.rpc('eth_getBlockByNumber', block.number, true), block);
  const { receipt } = await mint(late, 6);
  assert.equal(receipt.status, '0x1');
  await stop(child);
  fs.rmSync(folder, { recursive: true, force: true });
});

const lines = (member) => member.logs.split('\n').length;
const resident = (member) => Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${member.pid}/status`, 'utf8'))[1]);

test('strangers with garbage, with huge lengths and with a thousand half-open links are refused, and the network goes on', async () => {
  const [one] = network.nodes;
  const port = one.port + 100;
  const before = resident(one);
  const open = (bytes) => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => { if (bytes) socket.write(bytes); });
    socket.on('error', () => resolve(socket));
    socket.on('close', () => resolve(socket));
    if (!bytes) socket.on('connect', () => resolve(socket));
  });
  for (let i = 0; i < 50; i++) await open(crypto.randomBytes(1 + i * 40));
  await open(Buffer.from('ffffffff', 'hex'));
  await open(Buffer.concat([Buffer.from('00400000', 'hex'), Buffer.alloc(1 << 20)]));
  await open(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  const halfOpen = [];
  for (let i = 0; i < 1_000; i++) halfOpen.push(await open());
  for (let i = 0; i < 3; i++) await mint(one, 0);
  assert.equal(Number(await one.rpc('net_peerCount')), 3);
  await sleep(6_000);
  await mint(one, 0);
  for (const socket of halfOpen) socket.destroy();
  assert.ok(resident(one) < before + 48 * 1024, `${before} kB, then ${resident(one)} kB`);
  assert.ok(lines(one) < 20_000);
});

test('a node of another genesis comes into no network', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-stranger-'));
  const genesis = JSON.parse(fs.readFileSync(path.join(network.data, 'genesis.json'), 'utf8'));
  genesis.timestamp = '0x67748581';
  fs.writeFileSync(path.join(folder, 'genesis.json'), JSON.stringify(genesis));
  const stranger = new Member(8, network.nodes[0].port + 8, folder);
  const child = startMember(stranger, network.nodes, '--genesis', path.join(folder, 'genesis.json'));
  await network.until(() => stranger.head.then(() => true, () => false));
  await sleep(2_000);
  assert.equal(await stranger.rpc('net_peerCount'), '0x0');
  for (const node of network.nodes) assert.equal(await node.rpc('net_peerCount'), '0x3');
  await stop(child);
  fs.rmSync(folder, { recursive: true, force: true });
});
