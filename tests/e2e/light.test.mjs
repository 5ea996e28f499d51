// mintmark verify --trust: four nodes, a validator voted in and out again, a light check at one of them that believes nothing; and a
// node that lies about one thing at a time. Seals of strangers are made here, by another implementation of what is signed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SigningKey, concat, decodeRlp, encodeRlp, keccak256, toBeArray, toUtf8Bytes } from 'ethers';
import { Council, Liar, validator } from './lib/council.mjs';
import { binary, COLLECTION, Node } from './lib/node.mjs';
import { sleep } from './lib/wait.mjs';
import { calldata, sign, walletOf } from './lib/wallets.mjs';

const hex = (number) => `0x${number.toString(16)}`;
let council, liar, genesis, head, joined, left, transferred;

/** Without blocking: the liar lives in this process. Content is where it was added. */
const verify = (url, ...args) => new Promise((resolve) => {
  const env = { ...process.env, NO_COLOR: '1' };
  execFile(binary, ['verify', '1', '--json', '--rpc', url, '--api', council.nodes[0].api, '--gateway', council.nodes[0].gateway, ...args], { env }, (error, out, err) => {
    resolve({ code: error?.code ?? 0, err, ...(out ? JSON.parse(out) : {}) });
  });
});
const stepOf = (said, name) => said.steps.find(({ step }) => step === name);
const hashOf = async (number) => (await council.nodes[0].rpc('eth_getBlockByNumber', hex(number), false)).hash;

before(async () => {
  council = await Council.start(4);
  const [first] = council.nodes;
  genesis = await hashOf(0);
  const picture = path.join(council.folder, 'cat.png');
  fs.writeFileSync(picture, Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(5000, 7)]));
  const minted = first.run('mint', picture, '--name', 'Cat', '--json');
  assert.equal(minted.code, 0, minted.err);
  joined = Number((await council.vote([0, 1, 2], validator(4).address, true)).blockNumber);
  transferred = Number((await council.send(walletOf(0), COLLECTION, calldata('transferFrom', walletOf(0).address, walletOf(1).address, 1n))).blockNumber);
  left = Number((await council.vote([0, 1, 2, 3], validator(4).address, false)).blockNumber);
  await council.send(walletOf(2), COLLECTION, calldata('mint', walletOf(2).address, 'ipfs://x'));
  head = await council.agree();
  liar = await Liar.before(council.nodes[2]);
});
after(async () => {
  liar?.close();
  await council?.close();
});

test('from genesis to the head of each node, through two changes of the set', async () => {
  for (const node of council.nodes) {
    const said = await verify(node.url, '--trust', genesis);
    assert.equal(said.code, 0, JSON.stringify(said));
    const { headers, certificates, seals, setChanges, seconds } = stepOf(said, 'chain');
    assert.deepEqual([headers, certificates, setChanges], [head, 3, 2]);
    assert.ok(seals >= 3 + 4 + 3 && seconds < 10, `${seals} seals in ${seconds} s`);
    assert.equal(stepOf(said, 'owner').owner, walletOf(1).address);
    assert.equal(stepOf(said, 'image').ok, true);
    assert.ok(stepOf(said, 'header').ageSeconds < 120);
  }
});

test('every seal may be looked at, and a later block trusted', async () => {
  const every = await verify(council.nodes[1].url, '--trust', genesis, '--every-seal');
  assert.deepEqual([every.code, stepOf(every, 'chain').certificates], [0, head]);
  const later = await verify(council.nodes[3].url, '--trust', await hashOf(joined));
  assert.deepEqual([later.code, stepOf(later, 'chain').headers, stepOf(later, 'chain').setChanges], [0, head - joined, 1]);
  const then = await verify(council.nodes[3].url, '--trust', genesis, '--block', String(transferred - 1));
  assert.deepEqual([then.code, stepOf(then, 'owner').owner], [0, walletOf(0).address]);
  const itself = await verify(council.nodes[3].url, '--trust', await hashOf(head));
  assert.deepEqual([itself.code, stepOf(itself, 'chain').headers], [0, 0]);
});

/* ---- lies ---- */

const isAbout = (call, method, number) => call.method === method && (number === undefined || Number(call.params[0]) === number);
/** A lie about one answer: change(result) gives another. */
const lieAbout = (method, number, change) => async (call, answer) => {
  if (!isAbout(call, method, number)) return answer;
  return { ...answer, result: await change(answer.result) };
};
async function caught(lie, step, problem, ...args) {
  liar.lie = lie;
  const said = await verify(liar.url, '--trust', genesis, ...args);
  assert.equal(said.code, 3, JSON.stringify(said));
  assert.equal(said.ok, false);
  const failed = said.steps.find(({ ok }) => !ok);
  assert.equal(failed.step, step);
  assert.match(failed.problem, problem);
}
/** One field of a header, by its place. */
const withField = (raw, index, value) => { const fields = decodeRlp(raw); fields[index] = value; return encodeRlp(fields); };
const [PARENT, STATE_ROOT, TIMESTAMP, EXTRA] = [0, 3, 11, 12];
const bent = (text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');

/** A seal: r | s | yParity over keccak256(rlp([tag, chainId, genesisHash, COMMIT, [height, round, blockHash]])). */
function seal(key, number, round, blockHash, chainId = 31337) {
  const int = (value) => (value === 0 ? '0x' : toBeArray(value));
  const digest = keccak256(encodeRlp([toUtf8Bytes('mintmark/qbft/1'), int(chainId), genesis, '0x14', [int(number), int(round), blockHash]]));
  const { r, s, yParity } = new SigningKey(key).sign(digest);
  return concat([r, s, Uint8Array.of(yParity)]);
}
/** A certificate by these validators, in the order of their addresses. */
const certificate = (keys, number, blockHash) => encodeRlp(['0x', keys.map((key) => [new SigningKey(key), key])
  .map(([signer, key]) => [keccak256(`0x${signer.publicKey.slice(4)}`).slice(-40), key]).sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([, key]) => seal(key, number, 0, blockHash))]);
const keysOf = (...numbers) => numbers.map((i) => validator(i).privateKey);

test('what is signed here is what validators sign', async () => {
  liar.lie = lieAbout('qbft_getCertificate', head, async (result) => ({ ...result, raw: certificate(keysOf(1, 2, 3), head, await hashOf(head)) }));
  assert.equal((await verify(liar.url, '--trust', genesis)).code, 0);
});

test('a header that was changed, or left out', async () => {
  await caught(lieAbout('debug_getRawHeader', 2, (raw) => withField(raw, STATE_ROOT, `0x${'ab'.repeat(32)}`)), 'chain', /^block 3: wrong link/);
  await caught(lieAbout('debug_getRawHeader', 2, (raw) => withField(raw, PARENT, genesis)), 'chain', /^block 2: wrong link/);
  await caught(lieAbout('debug_getRawHeader', 2, (raw) => withField(raw, TIMESTAMP, '0x01')), 'chain', /^block 2: .*timestamp before the parent's/);
  await caught(lieAbout('debug_getRawHeader', 2, () => council.nodes[0].rpc('debug_getRawHeader', '0x3')), 'chain', /^block 2: .*number/);
  await caught(lieAbout('debug_getRawHeader', 2, (raw) => raw.slice(0, -2)), 'chain', /^block 2: no header/);
  await caught(lieAbout('debug_getRawHeader', 2, () => null), 'chain', /^block 2: no header/);
});

test('a head with another state, which nobody has sealed', () => caught(
  lieAbout('debug_getRawHeader', head, (raw) => withField(raw, STATE_ROOT, `0x${'ab'.repeat(32)}`)), 'chain', new RegExp(`^block ${head}: a stranger's seal`)));

test('too few seals, a stranger\'s, one twice, none', async () => {
  const about = (change) => lieAbout('qbft_getCertificate', head, async (result) => {
    const [round, seals] = decodeRlp(result.raw);
    return { ...result, raw: encodeRlp([round, await change(seals, round === '0x' ? 0 : Number(round))]) };
  });
  await caught(about((seals) => seals.slice(0, 2)), 'chain', new RegExp(`^block ${head}: fewer seals`));
  await caught(about(async (seals, round) => [seal(walletOf(0).privateKey, head, round, await hashOf(head)), ...seals.slice(1)]), 'chain', /a stranger's seal/);
  await caught(about(async (seals, round) => [seal(validator(4).privateKey, head, round, await hashOf(head)), ...seals.slice(1)]), 'chain', /a stranger's seal/);
  await caught(about((seals) => [seals[0], seals[0], seals[2]]), 'chain', /one twice/);
  await caught(about((seals) => [`0x${'ff'.repeat(64)}00`, ...seals.slice(1)]), 'chain', /invalid seal/);
  await caught(lieAbout('qbft_getCertificate', head, () => null), 'chain', /the node has no certificate/);
  await caught(lieAbout('qbft_getCertificate', head, (result) => ({ ...result, raw: '0xc0' })), 'chain', /: no certificate$/);
  await caught(lieAbout('qbft_getCertificate', joined, () => null), 'chain', new RegExp(`^block ${joined}: the node has no certificate`));
});

test('another set of validators', async () => {
  await caught(lieAbout('qbft_getValidators', undefined, (set) => set.slice(1)), 'chain', /another set/);
  await caught(lieAbout('qbft_getValidators', undefined, (set) => [...set].reverse()), 'chain', /another set/);
  await caught(lieAbout('qbft_getValidators', left, (set) => set.filter((who) => who !== validator(4).address.toLowerCase())), 'chain', new RegExp(`^block ${left}: another set`));
  await caught(lieAbout('qbft_getValidators', undefined, () => ['0x12']), 'chain', /names no validators/);
});

test('a chain of the liar\'s own, sealed by a set that it has put in its place', async () => {
  const key = walletOf(9).privateKey;
  const own = [walletOf(9).address.toLowerCase()];
  const headers = [await council.nodes[0].rpc('debug_getRawHeader', '0x0')];
  for (let number = 1; number <= head; number++) {
    const raw = withField(await council.nodes[0].rpc('debug_getRawHeader', hex(number)), PARENT, keccak256(headers[number - 1]));
    headers.push(withField(raw, EXTRA, keccak256(encodeRlp(own))));
  }
  const lie = (namesOwn) => (call, answer) => {
    const number = Number(call.params[0]);
    if (call.method === 'debug_getRawHeader' && number > 0) return { ...answer, result: headers[number] };
    if (call.method === 'qbft_getValidators' && namesOwn) return { ...answer, result: own };
    if (call.method === 'qbft_getCertificate') return { ...answer, result: { raw: certificate([key], number, keccak256(headers[number])) } };
    return answer;
  };
  await caught(lie(true), 'chain', /^block 1: another set/);
  await caught(lie(false), 'chain', /^block 1: fewer seals/);
});

test('another genesis or chain id than the seals name', async () => {
  const later = await hashOf(joined);
  const about = (member, value) => lieAbout('mintmark_nodeInfo', undefined, (result) => ({ ...result, [member]: value }));
  await caught(about('genesisChainId', '0x7a6a'), 'chain', /a stranger's seal/);
  for (const lie of [about('genesisChainId', '0x7a6a'), about('genesisHash', bent(genesis))]) {
    liar.lie = lie;
    const said = await verify(liar.url, '--trust', later);
    assert.equal(said.code, 3);
    assert.match(stepOf(said, 'chain').problem, /a stranger's seal: of nobody in the validator set, or not for this block of this chain/);
  }
  liar.lie = about('genesisHash', bent(genesis));
  assert.equal((await verify(liar.url, '--trust', genesis)).code, 0, 'the trusted hash is the genesis hash');
});

test('a trusted block that the node does not know, or shows another header of', async () => {
  liar.lie = () => undefined;
  const said = await verify(liar.url, '--trust', bent(genesis));
  assert.equal(said.code, 3);
  assert.match(stepOf(said, 'trusted').problem, new RegExp(`does not know the trusted block: its chain is another \\(it begins with ${genesis}\\)`));
  liar.lie = (call, answer) => (call.params[0]?.blockHash ? { ...answer, result: withField(answer.result, STATE_ROOT, genesis) } : answer);
  const other = await verify(liar.url, '--trust', genesis);
  assert.equal(other.code, 3);
  assert.match(stepOf(other, 'trusted').problem, /does not hash to the trusted hash/);
});

test('an older block as the head: its age is shown, and may be too high', async () => {
  liar.lie = lieAbout('mintmark_nodeInfo', undefined, (result) => ({ ...result, blockNumber: hex(transferred - 1) }));
  const said = await verify(liar.url, '--trust', genesis);
  assert.equal(said.code, 0, 'nobody can prove that it is not the newest');
  const { blockNumber, timestamp, ageSeconds } = stepOf(said, 'header');
  assert.equal(blockNumber, transferred - 1);
  assert.ok(Math.abs(Date.now() / 1000 - timestamp - ageSeconds) < 3);
  await sleep(2100);
  await caught(liar.lie, 'header', /s old: the node is behind, or keeps newer blocks to itself/, '--max-age', '1');
  const later = await verify(liar.url, '--trust', await hashOf(head));
  assert.equal(later.code, 3);
  assert.match(stepOf(later, 'chain').problem, /says that its head is block \d+, which is before the trusted one/);
});

const HASHES = /a node does not hash to what its parent says/;
test('forged proofs, and the proof of another owner', async () => {
  const change = (edit) => async (call, answer) => {
    if (call.method !== 'eth_getProof') return answer;
    const result = structuredClone(answer.result);
    return { ...answer, result: await edit(result, call) ?? result };
  };
  await caught(change((proof) => { proof.accountProof[0] = bent(proof.accountProof[0]); }), 'account', HASHES);
  await caught(change((proof) => { proof.accountProof.pop(); }), 'account', /the proof ends too early/);
  await caught(change((proof) => { const [slot] = proof.storageProof; if (slot) slot.proof[slot.proof.length - 1] = bent(slot.proof.at(-1)); }), 'owner', HASHES);
  await caught(change((proof) => { if (proof.storageProof.length) proof.storageProof[0].proof = []; }), 'owner', /the proof ends too early/);
  // what was true before token 1 was given away
  await caught(change((_, { params }) => council.nodes[0].rpc('eth_getProof', params[0], params[1], hex(transferred - 1))), 'account', HASHES);
  await caught(change(async (proof, { params }) => {
    const old = await council.nodes[0].rpc('eth_getProof', params[0], params[1], hex(transferred - 1));
    return { ...proof, storageProof: old.storageProof };
  }), 'owner', HASHES);
});

test('20 000 headers take seconds', async () => {
  const node = await Node.start({ args: ['--ephemeral'] });
  try {
    await node.rpc('eth_sendRawTransaction', sign(walletOf(0), { nonce: 0, data: calldata('mint', walletOf(0).address, 'ipfs://x') }).serialized);
    await node.rpc('hardhat_mine', hex(20000));
    const { hash } = await node.rpc('eth_getBlockByNumber', '0x0', false);
    for (const args of [[], ['--every-seal']]) {
      const said = await verify(node.url, '--trust', hash, ...args);
      const chain = stepOf(said, 'chain');
      assert.equal(chain.ok, true, JSON.stringify(said));
      assert.equal(chain.headers, 20001);
      console.log(`# ${chain.headers} headers, ${chain.certificates} certificates: ${chain.seconds} s`);
      assert.ok(chain.seconds < 30);
    }
  } finally { await node.close(); }
});
