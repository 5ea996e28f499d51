// The story of docs/AINFT.md through ethers and viem, unmodified, on one node or at the first of four: ABI, EIP-712, ERC-165, events,
// errors by name, proofs checked by @ethereumjs/mpt, and the history recomputed from the logs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Ajv from 'ajv';
import { AbiCoder, Contract, HDNodeWallet, JsonRpcProvider, NonceManager, ZeroHash, id, keccak256, toUtf8Bytes } from 'ethers';
import { createPublicClient, createWalletClient, decodeEventLog, http, parseAbi } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { verifyMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { bytesToHex, hexToBytes } from '@ethereumjs/util';

import { AINFT_ABI, AINFT_FACTORY, AINFT_FACTORY_ABI, CREDIT_ABI, OWN, REQUEST_TYPES, WALLET_TYPES, ainft, domain, entryHash, params, word } from './lib/ainft.mjs';
import { startChain, viemPolling } from './lib/chain.mjs';
import { MNEMONIC } from './lib/node.mjs';

let chain;
let provider;
const people = {};
const signers = {};
let collection;
let credit;
let address;
const GAS = { gasLimit: 5_000_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
const TOKEN = 1n;

const as = (who) => collection.connect(signers[who]);
/** Waits by asking for the receipt: ethers waits for the next block, which comes when somebody sends something. */
async function mined(tx) {
  await chain.receipt(tx.hash);
  const receipt = await provider.getTransactionReceipt(tx.hash);
  assert.equal(receipt.status, 1);
  return receipt;
}

const done = async (who, name, ...args) => mined(await as(who)[name](...args, GAS));

/** The error's name and arguments, as ethers reads them from the ABI. */
async function refused(who, name, args, error, errorArgs) {
  await assert.rejects(collection.connect(provider)[name].staticCall(...args, { from: people[who].address }), (e) => {
    assert.equal(e.revert?.name, error);
    assert.deepEqual([...e.revert.args], errorArgs);
    return true;
  });
}

before(async () => {
  chain = await startChain();
  provider = new JsonRpcProvider(chain.url, undefined, { staticNetwork: true, pollingInterval: 50, batchMaxCount: 1, cacheTimeout: -1 });
  ['creator', 'alice', 'bob', 'carol', 'agent'].forEach((name, i) => {
    people[name] = HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`);
    signers[name] = new NonceManager(people[name].connect(provider));
  });
  const factory = new Contract(AINFT_FACTORY, AINFT_FACTORY_ABI, signers.creator);
  const receipt = await mined(await factory.createCollection(params(people.creator.address), GAS));
  const created = receipt.logs.map((log) => factory.interface.parseLog(log)).find((log) => log?.name === 'CollectionCreated');
  address = created.args.collection;
  collection = new Contract(address, AINFT_ABI, provider);
  credit = new Contract(created.args.credit, CREDIT_ABI, provider);
  assert.equal(await factory.collectionAt(await factory.collectionCount() - 1n), address);
});

after(async () => {
  provider?.destroy();
  await chain?.close();
});

test('ERC-165: each interface by its number, the own one as the xor of its selectors', async () => {
  const own = OWN.map((name) => BigInt(ainft.getFunction(name).selector)).reduce((a, b) => a ^ b);
  assert.equal(own, 0xe21a75ffn);
  for (const number of ['0x01ffc9a7', '0x80ac58cd', '0x5b5e139f', '0x49064906', '0x2a55205a', '0xaf332f3e', '0x84b0196e', '0xe90fb3f6', '0xda287a1d', '0xe21a75ff'])
    assert.ok(await collection.supportsInterface(number), number);
  for (const number of ['0xffffffff', '0xdf670be1']) assert.ok(!await collection.supportsInterface(number), number);
});

test('the creator mints a token, and nobody else', async () => {
  await done('creator', 'mint', people.alice.address, 'ipfs://token', 'ipfs://spec', id('spec'));
  assert.equal(await collection.ownerOf(TOKEN), people.alice.address);
  assert.equal((await collection.specification(TOKEN)).version, 1n);
  await refused('bob', 'mint', [people.bob.address, 'x', '', ZeroHash], 'RuleDenied', [id('mint')]);
});

test('what governs is the governor\'s alone', async () => {
  await done('creator', 'defineTrait', 'level', 1, word(0), word(100));
  await done('creator', 'defineHistoryKind', 'levelup', 1, 64, 1);
  await done('creator', 'defineAction', 'levelup',
    'caller == owner && history.count("chat") >= 2u && history.authors("chat") >= 2u && trait("level") < 100u', '5u * (trait("level") + 1u)',
    [{ op: 1, key: id('level'), expr: 'trait("level") + 1u' }, { op: 5, key: id('levelup'), expr: 'trait("level") + 1u' }]);
  await done('creator', 'defineAction', 'gift', 'true', '0u', [{ op: 2, key: ZeroHash, expr: '20u' }]);
  const action = await collection.getAction(id('levelup'));
  assert.equal(action.effects[0].expr, 'trait("level") + 1u');
  await refused('bob', 'setRule', ['spec', 'true'], 'NotGovernance', [people.bob.address]);
  await refused('creator', 'setRule', ['spec', 'caller == '], 'RuleInvalid', [3n, 10n]);
});

test('the agent agrees by a signature (ethers)', async () => {
  const deadline = 4000000000n;
  const signature = await people.agent.signTypedData(domain(address), WALLET_TYPES,
    { agentId: TOKEN, newWallet: people.agent.address, owner: people.alice.address, deadline });
  await done('alice', 'setAgentWallet', TOKEN, people.agent.address, deadline, signature);
  assert.equal(await collection.getAgentWallet(TOKEN), people.agent.address);
});

async function save(who, sign, weight) {
  const request = { tokenId: TOKEN, kind: id('chat'), weight, requestHash: id(`said by ${who}`), nonce: await collection.nonces(people[who].address), deadline: 4000000000n };
  const content = toUtf8Bytes(`a talk with ${who}`);
  const args = [TOKEN, request.kind, 0, weight, content, people[who].address, request.requestHash, request.deadline, await sign(request)];
  return { args, send: () => done('agent', 'appendHistoryFor', ...args) };
}

test('conversations are saved by the agent, with their authors\' signatures (ethers, viem)', async () => {
  const carol = mnemonicToAccount(MNEMONIC, { addressIndex: 3 });
  const bobs = await save('bob', (request) => people.bob.signTypedData(domain(address), REQUEST_TYPES, request), 3);
  await refused('bob', 'appendHistoryFor', bobs.args, 'RuleDenied', [id('history:chat')]);
  await bobs.send();
  await refused('agent', 'appendHistoryFor', bobs.args, 'AuthorSignatureInvalid', [people.bob.address]);
  await refused('alice', 'perform', [TOKEN, id('levelup'), [], 5n], 'RuleDenied', [id('action:levelup')]);
  const carols = await save('carol', (message) => carol.signTypedData({ domain: domain(address), types: REQUEST_TYPES, primaryType: 'HistoryRequest', message }), 1);
  await carols.send();
  const stats = await collection.historyStats(TOKEN, id('chat'));
  assert.deepEqual([stats.count, stats.weight, stats.authors], [2n, 4n, 2n]);
  const old = [...carols.args];
  old[7] = 1n;
  await refused('agent', 'appendHistoryFor', old, 'SignatureExpired', [1n]);
});

test('a level is earned and paid for', async () => {
  const before_ = await collection.quote(TOKEN, id('levelup'), people.alice.address, []);
  assert.deepEqual([before_.allowed, before_.price], [true, 5n]);
  await refused('alice', 'perform', [TOKEN, id('levelup'), [], 5n], 'ERC20InsufficientBalance', [people.alice.address, 0n, 5n]);
  await done('alice', 'perform', TOKEN, id('gift'), [], 0n);
  await refused('alice', 'perform', [TOKEN, id('levelup'), [], 4n], 'PriceExceeded', [5n, 4n]);
  const receipt = await done('alice', 'perform', TOKEN, id('levelup'), [], 5n);
  const names = receipt.logs.filter((log) => log.address === address).map((log) => ainft.parseLog(log).name);
  assert.deepEqual(names, ['TraitUpdated', 'HistoryAppended', 'ActionPerformed', 'MetadataUpdate']);
  assert.equal(await collection.getTraitValue(TOKEN, id('level')), word(1));
  assert.equal(await credit.balanceOf(people.alice.address), 15n);
  assert.equal(await credit.totalSupply(), 15n);
  await done('alice', 'depositCredit', TOKEN, 6n);
  assert.equal(await collection.tokenCredit(TOKEN), 6n);
});

test('viem reads and writes by the same ABI', async () => {
  const abi = parseAbi(AINFT_ABI);
  const client = createPublicClient({ transport: http(chain.url), pollingInterval: viemPolling });
  const spec = await client.readContract({ address, abi, functionName: 'specification', args: [TOKEN] });
  assert.deepEqual([spec[0], spec[1], spec[2]], ['ipfs://spec', id('spec'), 1n]);
  const wallet = createWalletClient({ account: mnemonicToAccount(MNEMONIC, { addressIndex: 1 }), transport: http(chain.url) });
  const hash = await wallet.writeContract({ address, abi, functionName: 'setSpecification', args: [TOKEN, 'ipfs://spec2', id('spec2')], chain: null,
    gas: 1_000_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n });
  const receipt = await client.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, 'success');
  const event = decodeEventLog({ abi, data: receipt.logs[0].data, topics: receipt.logs[0].topics });
  assert.equal(event.eventName, 'SpecificationUpdated');
  assert.equal(event.args.version, 2n);
  signers.alice.reset();
  await assert.rejects(client.simulateContract({ address, abi, functionName: 'setTrait', args: [TOKEN, id('level'), word(2)], account: people.alice.address }),
    (e) => e.walk((cause) => cause.data?.errorName === 'RuleDenied') !== null);
});

test('the history is complete and in order: recomputed from its events', async () => {
  const logs = await collection.queryFilter(collection.filters.HistoryAppended(TOKEN), 0, 'latest');
  let previous = ZeroHash;
  for (const [i, log] of logs.entries()) {
    const block = await log.getBlock();
    assert.equal(log.args.index, BigInt(i));
    previous = entryHash(address, 31337, log.args, block.timestamp, previous);
    assert.equal(log.args.entryHash, previous);
  }
  assert.equal(BigInt(logs.length), await collection.historyLength(TOKEN));
  assert.equal(previous, await collection.historyHead(TOKEN));
});

test('ainft_getProof: each slot against the state root of its block', async () => {
  const proof = await provider.send('ainft_getProof', [address, '0x1', { traits: ['level'], kinds: ['chat'], rules: ['mint'], history: [0, 2] }, 'latest']);
  const check = (root, key, nodes) => verifyMerkleProof(keccak256(key) && hexToBytes(keccak256(key)), nodes.map((node) => hexToBytes(node)), { root: hexToBytes(root) });
  const block = await provider.send('eth_getBlockByHash', [proof.blockHash, false]);
  assert.equal(block.stateRoot, proof.stateRoot);
  const account = RLP.decode(await check(proof.stateRoot, address, proof.accountProof));
  assert.equal(bytesToHex(account[2]), proof.storageHash);
  const values = {};
  for (const [i, slot] of proof.storageProof.entries()) {
    const leaf = await check(proof.storageHash, slot.key, slot.proof);
    const value = leaf === null ? 0n : BigInt(bytesToHex(RLP.decode(leaf)));
    assert.equal(value, BigInt(slot.value));
    values[proof.names[i]] = value;
  }
  assert.equal(values.owner, BigInt(people.alice.address));
  assert.equal(values['trait.level'], 1n);
  assert.equal(values['history.length'], 3n);
  assert.equal(values['history.2'], BigInt(await collection.historyHead(TOKEN)));
  assert.equal(values['rule.mint'], BigInt(id('caller == creator')));
  assert.equal(values['stats.chat'] & 0xffffffffffffffffn, 2n);
  assert.equal(values.tokenCredit, 6n);
  await assert.rejects(provider.send('ainft_getProof', [address, '0x1', { nothing: [] }]), /not traits, kinds, rules or history/);
});

test('what the traits are is JSON of ERC-7496', async () => {
  // The schema that comes with the ERC, in short.
  const mapped = (type) => ({ type: 'object', additionalProperties: { type: [type, 'null'] } });
  const dataType = (type, properties, value) => ({ type: 'object', required: ['type'], properties: { type: { const: type }, ...properties, valueMappings: mapped(value) } });
  const isValid = new Ajv({ allowUnionTypes: true }).compile({ type: 'object', required: ['traits'], properties: { traits: { type: 'object', additionalProperties: {
    type: 'object', required: ['dataType'], properties: {
      displayName: { type: 'string' },
      validateOnSale: { enum: ['none', 'requireEq', 'requireNeq', 'requireUintLt', 'requireUintLte', 'requireUintGt', 'requireUintGte'] },
      tokenOwnerCanUpdateValue: { type: 'boolean' },
      dataType: { oneOf: [
        dataType('string', { minLength: { type: 'number' }, maxLength: { type: 'number' } }, 'string'),
        dataType('decimal', { signed: { type: 'boolean' }, decimals: { type: 'integer' }, minValue: { type: 'number' }, maxValue: { type: 'number' } }, 'number'),
        dataType('boolean', {}, 'boolean'), dataType('epochSeconds', {}, 'integer')] } } } } } });
  const [media, ...rest] = (await collection.getTraitMetadataURI()).split(',');
  assert.equal(media, 'data:application/json');
  const json = JSON.parse(decodeURIComponent(rest.join(',')));
  assert.ok(isValid(json), JSON.stringify(isValid.errors));
  assert.deepEqual(Object.keys(json.traits).map((name) => id(name)), [...await collection.traitKeys()], 'each under the name whose hash is its key');
});

test('ainft_metadata: what the chain says of the token', async () => {
  const metadata = await provider.send('ainft_metadata', [address, '0x1', 'latest']);
  assert.equal(metadata.owner, people.alice.address.toLowerCase());
  assert.deepEqual(metadata.attributes, [{ trait_type: 'level', value: 1 }]);
  assert.equal(metadata.specification.uri, 'ipfs://spec2');
  assert.equal(metadata.specification.version, '0x2');
  assert.equal(metadata.history.length, '0x3');
  assert.equal(metadata.history.head, await collection.historyHead(TOKEN));
  assert.equal(metadata.tokenURI, 'ipfs://token');
  await assert.rejects(provider.send('ainft_metadata', [address, '0x9', 'latest']), /revert/);
});

test('a redacted entry stays in its place, and the agent goes when the token does', async () => {
  const head = await collection.historyHead(TOKEN);
  await refused('carol', 'redactHistory', [TOKEN, 0n, ZeroHash], 'RuleDenied', [id('redact')]);
  await done('bob', 'redactHistory', TOKEN, 0n, id('privacy'));
  assert.ok((await collection.historyEntry(TOKEN, 0n)).redacted);
  assert.equal(await collection.historyHead(TOKEN), head);
  await done('alice', 'transferFrom', people.alice.address, people.bob.address, TOKEN);
  assert.equal(BigInt(await collection.getAgentWallet(TOKEN)), 0n);
  assert.equal(await collection.tokenCredit(TOKEN), 6n);
  await done('bob', 'withdrawCredit', TOKEN, people.bob.address, 6n);
  assert.equal(await credit.balanceOf(people.bob.address), 6n);
});

test('every node has the same', async () => {
  const number = await provider.getBlockNumber();
  await chain.everywhere(number);
  const at = `0x${number.toString(16)}`;
  const call = [{ to: address, data: ainft.encodeFunctionData('historyHead', [TOKEN]) }, at];
  const answers = await Promise.all(chain.nodes.map((node) => node.rpc('eth_call', ...call)));
  assert.equal(new Set(answers).size, 1);
  assert.equal(AbiCoder.defaultAbiCoder().decode(['bytes32'], answers[0])[0], await collection.historyHead(TOKEN));
});
