// What is refused, with which words, and that nothing changes by it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { concat, encodeRlp, keccak256, Signature, stripZerosLeft, toBeHex, Transaction } from 'ethers';
import { onlyAlone, startChain } from './lib/chain.mjs';
import { binary, Node, root } from './lib/node.mjs';
import { until } from './lib/wait.mjs';
import { sign, walletOf } from './lib/wallets.mjs';

const wallets = [0, 1].map(walletOf);
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
let node;
before(async () => { node = await startChain(); });
after(() => node.close());

const make = (fields = {}, wallet = wallets[0]) => sign(wallet, { nonce: 0, to: wallets[1].address, value: 1n, gasLimit: 21000, ...fields });
const snapshotOf = (one) => Promise.all([
  one.rpc('eth_getBlockByNumber', 'latest', false), one.rpc('txpool_status'), one.rpc('eth_getBalance', wallets[0].address, 'latest'),
]);
const snapshot = async () => JSON.stringify(await Promise.all([snapshotOf(node), snapshotOf(node.far)]));
/** Sent, and in a block at the far node as well. */
const settle = async (raw) => node.everywhere((await node.receipt(await node.rpc('eth_sendRawTransaction', raw))).blockNumber);
/** Sent and in the pools, of the far node as well. */
const queue = async (transaction) => {
  await node.rpc('eth_sendRawTransaction', transaction.serialized);
  await until(() => node.far.rpc('eth_getTransactionByHash', transaction.hash));
};
/** The call is refused with this code and these words, and head, pools and balance are as before. */
const refused = async (code, words, method, ...params) => {
  const was = await snapshot();
  const { error } = await node.ask(method, ...params);
  assert.ok(error, `${method} was not refused`);
  assert.equal(error.code, code, JSON.stringify(error));
  assert.match(error.message, words);
  assert.equal(await snapshot(), was);
};
const sendRefused = (code, words, raw) => refused(code, words, 'eth_sendRawTransaction', raw);

test('transactions that no chain takes', async () => {
  const good = make().serialized;
  await sendRefused(-32602, /rlp/, `${good}00`);
  await sendRefused(-32602, /rlp/, good.slice(0, -2));
  await sendRefused(-32602, /rlp/, '0xf801');
  await sendRefused(-32602, /invalid argument 0/, 'not hex');
  await sendRefused(-32602, /invalid argument 0|rlp/, '0x');
  await sendRefused(-32000, /invalid chain id for signer: have 1 want 31337/, make({ chainId: 1 }).serialized);
  const high = make();
  const { r, s, yParity } = high.signature;
  // ethers refuses to write a high s, so the bytes are bent by hand
  const bent = good.replace(s.slice(2), toBeHex(ORDER - BigInt(s), 32).slice(2));
  assert.notEqual(bent, good);
  assert.ok(Signature.from({ r, s, yParity }));
  await sendRefused(-32000, /invalid (sender|transaction v, r, s values)/, bent);
  const unprotected = Transaction.from({ type: 0, nonce: 0, to: wallets[1].address, value: 1n, gasLimit: 21000, gasPrice: 10n ** 11n, chainId: 0 });
  unprotected.signature = wallets[0].signingKey.sign(unprotected.unsignedHash);
  await sendRefused(-32000, /only replay-protected \(EIP-155\) transactions allowed over RPC/, unprotected.serialized);
  await sendRefused(-32000, /contract creation is not supported/, make({ to: null, data: '0x60', gasLimit: 100000 }).serialized);
  const blob = make({ type: 3, maxFeePerBlobGas: 1n, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] });
  await sendRefused(-32000, /transaction type not supported/, blob.serialized);
  await sendRefused(-32000, /transaction type not supported/, `0x7f${good.slice(4)}`);
});

test('transactions that this state does not take', async () => {
  await settle(make().serialized);
  await sendRefused(-32000, /nonce too low: next nonce 1, tx nonce 0/, make({ value: 2n }).serialized);
  await sendRefused(-32000, /nonce/, make({ nonce: 1 + 65 }).serialized);
  await sendRefused(-32000, /insufficient funds for gas \* price \+ value: balance \d+, tx cost \d+, overshot \d+/, make({ nonce: 1, value: 10n ** 23n }).serialized);
  await sendRefused(-32000, /intrinsic gas too low: gas 20999, minimum needed 21000/, make({ nonce: 1, gasLimit: 20999 }).serialized);
  await sendRefused(-32000, /exceeds block gas limit/, make({ nonce: 1, gasLimit: 2_000_000_000 }).serialized);
  // ethers does not write a tip above the cap
  const fields = ['0x7a69', '0x01', toBeHex(10n ** 12n), toBeHex(10n ** 11n), '0x5208', wallets[1].address, '0x01', '0x', []];
  const digest = keccak256(concat(['0x02', encodeRlp(fields)]));
  const { r, s, yParity } = wallets[0].signingKey.sign(digest);
  const signed = encodeRlp([...fields, yParity ? '0x01' : '0x', stripZerosLeft(r), stripZerosLeft(s)]);
  await sendRefused(-32000, /max priority fee per gas higher than max fee per gas/, concat(['0x02', signed]));
});

test('a gap is queued, a replacement must pay, and the gap closes', async () => {
  const waiting = make({ nonce: 3 });
  await queue(waiting);
  assert.equal((await node.rpc('eth_getTransactionByHash', waiting.hash)).blockHash, null);
  await sendRefused(-32000, /already known/, waiting.serialized);
  await sendRefused(-32000, /replacement transaction underpriced/, make({ nonce: 3, value: 2n, maxFeePerGas: 10n ** 11n + 10n ** 10n }).serialized);
  const dearer = make({ nonce: 3, value: 3n, maxFeePerGas: 11n * 10n ** 10n, maxPriorityFeePerGas: 11n * 10n ** 8n });
  await queue(dearer);
  assert.equal(await node.rpc('eth_getTransactionByHash', waiting.hash), null);
  await node.rpc('eth_sendRawTransaction', make({ nonce: 1 }).serialized);
  await node.rpc('eth_sendRawTransaction', make({ nonce: 2 }).serialized);
  await until(() => node.rpc('eth_getTransactionReceipt', dearer.hash));
  assert.equal((await node.rpc('eth_getTransactionReceipt', dearer.hash)).status, '0x1');
});

test('editing what is the chain\'s own', onlyAlone('dev control'), async () => {
  const validators = '0x6d696e746d61726b000000000000000000000bf7';
  const slot = await node.rpc('eth_getStorageAt', validators, '0x0', 'latest');
  assert.notEqual(BigInt(slot), 0n);
  await refused(-32602, /the storage of the validators account is the chain's own/, 'hardhat_setStorageAt', validators, '0x0', `0x${'00'.repeat(32)}`);
  assert.equal(await node.rpc('eth_getStorageAt', validators, '0x0', 'latest'), slot);
});

test('requests that are none', async () => {
  await refused(-32601, /the method eth_nonsense does not exist\/is not available/, 'eth_nonsense');
  await refused(-32602, /missing value for required argument 0/, 'eth_getBalance');
  await refused(-32602, /invalid argument 0/, 'eth_getBalance', '0x12', 'latest');
  const error = async (body) => JSON.parse((await node.post(body)).text).error;
  assert.equal((await error('{"jsonrpc":"2.0","id":1,')).code, -32700);
  assert.equal((await error('{} {}')).code, -32700);
  assert.equal((await error('[]')).code, -32600);
  assert.equal((await error('1')).code, -32600);
  assert.equal((await error('{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[NaN]}')).code, -32700);
  assert.equal((await error(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`)).code, -32700);
  const members = JSON.parse((await node.post('[1,{"jsonrpc":"2.0","id":7,"method":"eth_chainId"},{"method":"eth_chainId","jsonrpc":"2.0"}]')).text);
  assert.deepEqual(members, [{ jsonrpc: '2.0', id: null, error: members[0].error }, { jsonrpc: '2.0', id: 7, result: '0x7a69' }]);
  assert.equal(members[0].error.code, -32600);
});

test('a body of 64 MiB', async () => {
  const { port } = new URL(node.url);
  const status = await new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (bytes) => { resolve(bytes.toString().split('\r\n')[0]); socket.destroy(); });
    socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${64 << 20}\r\n\r\n`);
    socket.write(Buffer.alloc(1 << 16, 0x20));
  });
  assert.match(status, / 413 /);
  assert.equal(await node.rpc('eth_chainId'), '0x7a69');
});

test('pages of other origins and other hosts', onlyAlone('unlocked accounts'), async () => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sign', params: [wallets[0].address, '0x00'] });
  assert.ok(JSON.parse((await node.post(body)).text).result);
  assert.ok(JSON.parse((await node.post(body, { origin: 'http://localhost:3000' })).text).result);
  assert.ok(JSON.parse((await node.post(body, { origin: 'https://evil.example' })).text).error);
  const { port } = new URL(node.url);
  const answer = await new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), '127.0.0.1');
    socket.once('error', reject);
    socket.once('data', (bytes) => { resolve(bytes.toString()); socket.destroy(); });
    socket.write('POST / HTTP/1.1\r\nHost: rebound.example\r\nContent-Length: 2\r\n\r\n{}');
  });
  assert.match(answer, /^HTTP\/1\.1 403 /);
});

test('the content door gives its version as kubo does: a bare number', async () => {
  const ask = async (command) => (await fetch(`${node.api}/api/v0/${command}`, { method: 'POST' })).json();
  const { Version } = await ask('version');
  assert.match(Version, /^\d+\.\d+\.\d+$/);
  assert.equal((await ask('id')).AgentVersion, `mintmark/${Version}`);
});

// ---- starting ----

const start = (...args) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-refusal-'));
  const result = spawnSync(binary, ['node', '--data', folder, '--port', '0', '--gateway-port', 'off', '--api-port', 'off', ...args], { encoding: 'utf8', timeout: 10000 });
  fs.rmSync(folder, { recursive: true, force: true });
  return { code: result.status, err: result.stderr };
};

test('a genesis with one thing wrong names the key', onlyAlone('anything to do with it'), () => {
  const genesis = JSON.parse(fs.readFileSync(path.join(root, 'genesis.json'), 'utf8'));
  const file = path.join(os.tmpdir(), `mintmark-genesis-${process.pid}.json`);
  const collection = Object.keys(genesis.alloc).find((key) => genesis.alloc[key].native?.contract === 'collection');
  const dev = Object.keys(genesis.alloc).find((key) => genesis.alloc[key].balance);
  const cases = [
    [(g) => { g.config.chainId = -1; }, /config\.chainId/],
    [(g) => { delete g.config.chainId; }, /config\.chainId/],
    [(g) => { g.config.unheardOf = 1; }, /config\.unheardOf/],
    [(g) => { g.config.qbft.blockperiodseconds = 'soon'; }, /config\.qbft\.blockperiodseconds/],
    [(g) => { g.unheardOf = 1; }, /unheardOf/],
    [(g) => { g.gasLimit = '0x'; }, /gasLimit/],
    [(g) => { g.gasLimit = '0x1'; }, /gasLimit/],
    [(g) => { g.timestamp = 'now'; }, /timestamp/],
    [(g) => { g.difficulty = '0x1'; }, /difficulty/],
    [(g) => { g.nonce = '0x5'; }, /nonce/],
    [(g) => { g.baseFeePerGas = `0x1${'0'.repeat(64)}`; }, /baseFeePerGas/],
    [(g) => { g.coinbase = '0x12'; }, /coinbase/],
    [(g) => { g.mixHash = '0x12'; }, /mixHash/],
    [(g) => { g.extraData = `0x${'11'.repeat(32)}`; }, /extraData/],
    [(g) => { g.alloc[dev].balance = '-1'; }, /alloc\..*balance/],
    [(g) => { g.alloc[dev].nonce = '0x10000000000000000'; }, /alloc\..*nonce/],
    [(g) => { g.alloc[dev].code = '0x60006000'; }, /alloc\..*code/],
    [(g) => { g.alloc[dev].storage = { zero: '0x1' }; }, /alloc\..*storage/],
    [(g) => { g.alloc[dev].color = 'red'; }, /alloc\..*color/],
    [(g) => { g.alloc['0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266'] = { balance: '1' }; }, /alloc\.0xF39fd6e5/],
    [(g) => { g.alloc[collection].native.contract = 'teapot'; }, /native\.contract/],
    [(g) => { g.alloc[collection].native.owner = '0x0'; }, /native\.owner/],
    [(g) => { g.alloc[collection].native.openMint = 'yes'; }, /native\.openMint/],
    [(g) => { delete g.alloc[collection].native.name; }, /native\.name/],
    [(g) => { g.alloc[collection].native.colour = 1; }, /native\.colour/],
    [(g) => { for (const key of Object.keys(g.alloc)) if (g.alloc[key].native?.contract === 'validators') delete g.alloc[key]; }, /alloc.*validators/],
  ];
  for (const [bend, words] of cases) {
    const bent = structuredClone(genesis);
    bend(bent);
    fs.writeFileSync(file, JSON.stringify(bent));
    const { code, err } = start('--genesis', file);
    assert.equal(code, 1, `${words} was accepted`);
    assert.match(err, words);
  }
  fs.writeFileSync(file, '{"config":{},"config":{}}');
  assert.match(start('--genesis', file).err, /config/);
  fs.writeFileSync(file, 'no json');
  assert.equal(start('--genesis', file).code, 1);
  fs.rmSync(file);
  assert.match(start('--genesis', '/nowhere/genesis.json').err, /\/nowhere\/genesis\.json/);
});

test('a port in use, a folder in use, another genesis', onlyAlone('anything to do with it'), async () => {
  const { port } = new URL(node.url);
  const taken = spawnSync(binary, ['node', '--ephemeral', '--port', port, '--gateway-port', 'off', '--api-port', 'off'], { encoding: 'utf8', timeout: 10000 });
  assert.equal(taken.status, 1);
  assert.match(taken.stderr, /port|in use|address/i);
  const busy = spawnSync(binary, ['node', '--data', node.data, '--port', '0'], { encoding: 'utf8', timeout: 10000 });
  assert.equal(busy.status, 1);
  assert.match(busy.stderr, /another process|in use|busy|open/i);
  const other = await Node.start();
  await other.stop();
  const genesis = JSON.parse(fs.readFileSync(path.join(root, 'genesis.json'), 'utf8'));
  genesis.timestamp = '0x1';
  const file = path.join(other.data, 'other.json');
  fs.writeFileSync(file, JSON.stringify(genesis));
  const mismatch = spawnSync(binary, ['node', '--data', other.data, '--port', '0', '--genesis', file], { encoding: 'utf8', timeout: 10000 });
  assert.equal(mismatch.status, 1);
  assert.match(mismatch.stderr, /another genesis/);
  await other.close();
});

test('the ports that nobody asked for do not stop a node', onlyAlone('anything to do with it'), async () => {
  const blocker = net.createServer().listen(0, '127.0.0.1');
  await new Promise((done) => blocker.once('listening', done));
  const port = String(blocker.address().port);
  const asked = spawnSync(binary, ['node', '--ephemeral', '--port', '0', '--gateway-port', port, '--api-port', 'off'], { encoding: 'utf8', timeout: 10000 });
  assert.equal(asked.status, 1);
  blocker.close();
});

// ---- minting ----

test('images and names', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-mint-'));
  const picture = path.join(folder, 'cat.png');
  fs.copyFileSync(path.join(root, 'docs/images/first-strike.png'), picture);
  fs.writeFileSync(path.join(folder, 'empty.png'), '');
  const was = await node.rpc('eth_getBlockByNumber', 'latest', false);
  const mint = (...args) => node.run('mint', ...args, '--name', 'x', '--description', 'y');
  for (const [args, words] of [
    [[path.join(folder, 'missing.png')], /No such file/], [[folder], /folder/], [[path.join(folder, 'empty.png')], /empty/],
    [[picture, '--to', '0x12'], /--to|address/], [[picture, '--collection', '0x00000000000000000000000000000000000000ff'], /collection|contract/],
  ]) {
    const { code, err } = mint(...args);
    assert.notEqual(code, 0);
    assert.match(err, words);
  }
  assert.deepEqual(await node.rpc('eth_getBlockByNumber', 'latest', false), was);

  const name = 'He said "hi" \\ \u0001\n\t\u007f ünïcödé 🪙 </script>';
  const minted = node.run('mint', picture, '--name', name, '--description', name, '--json');
  assert.equal(minted.code, 0, minted.err);
  const { tokenURI, image } = JSON.parse(minted.out);
  const text = await (await fetch(`${node.gateway}/ipfs/${tokenURI.slice('ipfs://'.length)}`)).text();
  const metadata = JSON.parse(text);
  assert.deepEqual(metadata, { name, description: name, image });
  const bytes = Buffer.from(await (await fetch(`${node.gateway}/ipfs/${image.slice('ipfs://'.length)}`)).arrayBuffer());
  assert.deepEqual(bytes, fs.readFileSync(picture));
  fs.rmSync(folder, { recursive: true });
});
