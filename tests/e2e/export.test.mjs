// A chain with a thousand tokens in three collections leaves for a mainstream node: `mintmark export genesis --code`, `anvil --init`.
// Every owner, URI, approval, royalty and supply is the same there, and minting goes on.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Contract, ContractFactory, Interface, JsonRpcProvider } from 'ethers';
import { isNetwork, startChain } from './lib/chain.mjs';
import { binary, COLLECTION, FACTORY, MNEMONIC, shared } from './lib/node.mjs';
import { sign, walletOf } from './lib/wallets.mjs';

const build = path.join(shared, 'reference/build');
const absent = !fs.existsSync(path.join(build, 'Collection.bytecode.json'));
if (absent && process.env.CI) throw new Error(`${build} is missing`);

/** anvil's own binary, as npm carries it. */
function findAnvil() {
  try {
    const require = createRequire(import.meta.url);
    return path.join(path.dirname(require.resolve(`@foundry-rs/anvil-linux-${{ x64: 'amd64', arm64: 'arm64' }[process.arch]}/package.json`)), 'bin/anvil');
  } catch { return undefined; }
}
const anvil = findAnvil();
if (!anvil && process.env.CI) throw new Error('anvil is not installed');
const skip = (absent && 'the reference contract is not there') || (!anvil && 'anvil is not installed');

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
});

class Anvil {
  static async start(...args) {
    const self = new Anvil();
    const port = await freePort();
    self.child = spawn(anvil, ['--quiet', '--port', String(port), '--host', '127.0.0.1', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    self.exited = new Promise((resolve) => self.child.once('exit', resolve));
    self.url = `http://127.0.0.1:${port}`;
    for (const end = Date.now() + 30000; ;) {
      try { await fetch(self.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}' }); break; } catch { /* not yet */ }
      assert.ok(Date.now() < end && self.child.exitCode === null, 'anvil does not start');
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    self.provider = new JsonRpcProvider(self.url, undefined, { cacheTimeout: -1, staticNetwork: true });
    return self;
  }

  async stop() { this.provider.destroy(); this.child.kill(); await this.exited; }
}

const readJson = (name) => JSON.parse(fs.readFileSync(path.join(build, name), 'utf8'));
const wallets = Array.from({ length: 10 }, (_, i) => walletOf(i));
const accounts = wallets.map((wallet) => wallet.address);

/** What solc's contract has at its address once it is deployed. */
async function runtimeCode(abi) {
  const node = await Anvil.start();
  const signer = await node.provider.getSigner(0);
  const types = abi.find((entry) => entry.type === 'constructor').inputs;
  const values = types.map(({ type }) => ({ string: 'x', address: accounts[0], bool: true })[type]);
  const contract = await new ContractFactory(abi, readJson('Collection.bytecode.json').bytecode, signer).deploy(...values);
  await contract.waitForDeployment();
  const code = await node.provider.getCode(await contract.getAddress());
  await node.stop();
  return code;
}

let state = 2463534242;
const random = (below) => { // xorshift: the same operations every time
  state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
  return (state >>> 0) % below;
};

/** Requests in batches: [method, params] each. */
async function ask(url, requests) {
  const results = [];
  for (let i = 0; i < requests.length; i += 250) {
    const batch = requests.slice(i, i + 250).map(([method, params], j) => ({ jsonrpc: '2.0', id: i + j, method, params }));
    const answers = await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(batch) })).json();
    results.push(...answers.sort((a, b) => a.id - b.id));
  }
  return results;
}

/** Collections, and a thousand tokens with a life of their own in them. */
async function fill(node, iface, factory) {
  const nonces = accounts.map(() => 0);
  // A network's nodes sign for nobody.
  const transact = (from, to, data) => (isNetwork ? ['eth_sendRawTransaction', [sign(wallets[from], { nonce: nonces[from]++, to, data, gasLimit: 3_000_000n }).serialized]]
    : ['eth_sendTransaction', [{ from: accounts[from], to, data }]]);
  const made = await ask(node.url, [
    transact(0, FACTORY, factory.encodeFunctionData('createCollection', ['Owls', 'OWL', true])),
    transact(1, FACTORY, factory.encodeFunctionData('createCollection', ['A name that is longer than thirty-one bytes', 'LONG', true])),
  ]);
  assert.ok(made.every((answer) => answer.result));
  const collections = [COLLECTION];
  for (const { result } of made) {
    const receipt = await node.receipt(result);
    collections.push(receipt.logs.map((log) => factory.parseLog(log)).find((log) => log?.name === 'CollectionCreated').args[0]);
  }
  const calls = [];
  const minted = [0, 0, 0];
  const call = (from, which, name, ...args) => calls.push(transact(from, collections[which], iface.encodeFunctionData(name, args)));
  for (let i = 0; i < 1000; i++) {
    const which = random(3);
    minted[which] += 1;
    call(random(10), which, 'mint', accounts[random(10)], `ipfs://bafkrei${'x'.repeat(random(90))}/${i}`);
  }
  for (let i = 0; i < 1500; i++) {
    const which = random(3);
    const id = 1 + random(minted[which]);
    const who = random(10); // often not the owner: such calls fail and change nothing
    [
      () => call(who, which, 'transferFrom', accounts[who], accounts[random(10)], id),
      () => call(who, which, 'approve', accounts[random(10)], id),
      () => call(who, which, 'setApprovalForAll', accounts[random(10)], random(3) > 0),
      () => random(4) === 0 && call(who, which, 'burn', id),
      () => call(which === 2 ? 1 : 0, which, 'setTokenRoyalty', id, accounts[random(10)], random(10001)),
    ][random(5)]();
  }
  [0, 0, 1].forEach((from, which) => call(from, which, 'setDefaultRoyalty', accounts[5], 250 + which));
  call(0, 1, 'setContractURI', 'ipfs://bafy/contract.json');
  call(1, 2, 'setOpenMint', false);
  call(1, 2, 'transferOwnership', accounts[7]);
  // A call that reverts has no hash but an error where gas is estimated first, and else fails in its block. Those change nothing.
  const sent = (await ask(node.url, calls)).flatMap(({ result }) => result ?? []);
  assert.ok(sent.length > 1500);
  for (const hash of sent) await node.receipt(hash);
  return { collections, minted };
}

/** Everything that can be read of every collection. */
async function readAll(url, iface, { collections, minted }) {
  const reads = [];
  const read = (to, name, ...args) => reads.push(['eth_call', [{ to, data: iface.encodeFunctionData(name, args) }, 'latest']]);
  collections.forEach((to, which) => {
    for (const name of ['name', 'symbol', 'owner', 'totalSupply', 'nextTokenId', 'openMint', 'contractURI']) read(to, name);
    for (const owner of accounts) {
      read(to, 'balanceOf', owner);
      for (const operator of accounts) read(to, 'isApprovedForAll', owner, operator);
    }
    for (let id = 0; id <= minted[which] + 1; id++) {
      read(to, 'ownerOf', id);
      read(to, 'tokenURI', id);
      read(to, 'getApproved', id);
      read(to, 'royaltyInfo', id, 10n ** 18n);
    }
  });
  const answers = await ask(url, reads);
  return answers.map(({ result, error }) => result ?? `error ${error.data}`);
}

test('a thousand tokens in three collections go on at anvil', { skip, timeout: 280000 }, async () => {
  const abi = readJson('Collection.abi.json');
  const iface = new Interface(abi);
  const factory = new Interface(readJson('CollectionFactory.abi.json'));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-export-'));
  const node = await startChain();
  const chain = await fill(node, iface, factory);
  const here = await readAll(node.url, iface, chain);
  const balances = await ask(node.url, accounts.flatMap((who) => [['eth_getBalance', [who, 'latest']], ['eth_getTransactionCount', [who, 'latest']]]));
  assert.deepEqual(await node.stop(), { code: 0, signal: null });

  fs.writeFileSync(path.join(folder, 'code.hex'), `${await runtimeCode(abi)}\n`);
  const out = path.join(folder, 'genesis.json');
  const exported = spawnSync(binary, ['export', 'genesis', '--data', node.folder, '--code', path.join(folder, 'code.hex'), '--output', out], { encoding: 'utf8' });
  assert.equal(exported.status, 0, exported.stderr);

  const there = await Anvil.start('--init', out, '--mnemonic', MNEMONIC);
  assert.equal((await there.provider.getNetwork()).chainId, 31337n);
  const answers = await readAll(there.url, iface, chain);
  const differences = here.flatMap((value, i) => (value === answers[i] ? [] : [`${i}: ${value} ${answers[i]}`]));
  assert.deepEqual(differences, []);
  assert.ok(here.length > 4000 && here.filter((value) => value.startsWith('error 0x')).length > 20, `${here.length} answers`);
  assert.deepEqual((await ask(there.url, accounts.flatMap((who) => [['eth_getBalance', [who, 'latest']], ['eth_getTransactionCount', [who, 'latest']]]))).map((a) => a.result),
    balances.map((a) => a.result));
  for (const which of [0, 1]) {
    const collection = new Contract(chain.collections[which], abi, await there.provider.getSigner(3));
    const receipt = await (await collection.mint(accounts[4], 'ipfs://bafy/next')).wait();
    const { args } = receipt.logs.map((log) => collection.interface.parseLog(log)).find((log) => log?.name === 'Transfer');
    assert.equal(args.tokenId, BigInt(chain.minted[which] + 1));
    assert.equal(await collection.ownerOf(args.tokenId), accounts[4]);
  }
  await there.stop();
  await node.close();
  fs.rmSync(folder, { recursive: true, force: true });
});
