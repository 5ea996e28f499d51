// The story of docs/AINFT.md's second part through ethers and viem, unmodified, on one node or at the first of four: holders vote a rule into
// force, and an update is then refused by it. ABI, EIP-712 ballots and delegations, ERC-165, events, errors by name.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Contract, HDNodeWallet, JsonRpcProvider, NonceManager, Signature, ZeroAddress, id } from 'ethers';
import { createPublicClient, createWalletClient, decodeEventLog, http, parseAbi } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';

import { AINFT_ABI, AINFT_FACTORY, AINFT_FACTORY_ABI, BALLOT_TYPES, DELEGATION_TYPES, GOVERNOR_ABI, STATES, ainft, domain, governor as governorInterface, params } from './lib/ainft.mjs';
import { isNetwork, startChain, viemPolling } from './lib/chain.mjs';
import { MNEMONIC } from './lib/node.mjs';

let node;
let provider;
let collection;
let governor;
const people = {};
const GAS = { gasLimit: 5_000_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
const FOR = 1;
/** Seconds; in a network they pass by themselves. */
const [DELAY, PERIOD, TIMELOCK] = isNetwork ? [3, 15, 5] : [10, 100, 60];

async function done(contract, who, name, ...args) {
  const tx = await contract.connect(people[who].signer)[name](...args, GAS);
  await node.receipt(tx.hash);
  const receipt = await provider.getTransactionReceipt(tx.hash);
  assert.equal(receipt.status, 1, `${who} ${name}`);
  return receipt;
}

/** The error's name and arguments, as ethers reads them from the ABI. */
async function refused(contract, who, name, args, error, errorArgs) {
  await assert.rejects(contract.connect(provider)[name].staticCall(...args, { from: people[who].address }), (e) => {
    assert.equal(e.revert?.name, error, String(e));
    if (errorArgs) assert.deepEqual([...e.revert.args], errorArgs);
    return true;
  });
}

/** Time goes on, and a block says so. */
async function later(seconds) {
  if (!isNetwork) {
    await node.rpc('evm_increaseTime', seconds);
    await node.rpc('evm_mine');
    return;
  }
  await new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
  const tx = await people.creator.signer.sendTransaction({ to: people.creator.address, ...GAS, gasLimit: 21_000n });
  await node.receipt(tx.hash);
}

const rule = (target, source, description) => ({ targets: [collection.target], values: [0n], calldatas: [ainft.encodeFunctionData('setRule', [target, source])], description });
const toPropose = (p) => [p.targets, p.values, p.calldatas, p.description];
const toAct = (p) => [p.targets, p.values, p.calldatas, id(p.description)];
const stateOf = async (p) => STATES[Number(await governor.state(await governor.hashProposal(...toAct(p))))];

before(async () => {
  node = await startChain();
  provider = new JsonRpcProvider(node.url, undefined, { staticNetwork: true, pollingInterval: 50, batchMaxCount: 1, cacheTimeout: -1 });
  ['creator', 'alice', 'bob', 'carol'].forEach((name, i) => {
    const wallet = HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`);
    people[name] = { address: wallet.address, wallet, signer: new NonceManager(wallet.connect(provider)) };
  });
  const factory = new Contract(AINFT_FACTORY, AINFT_FACTORY_ABI, people.creator.signer);
  const p = params(people.creator.address, { votingDelay: BigInt(DELAY), votingPeriod: BigInt(PERIOD), timelockDelay: BigInt(TIMELOCK), quorumPercent: 50n, guardian: people.carol.address });
  const tx = await factory.createCollection(p, GAS);
  await node.receipt(tx.hash);
  const receipt = await provider.getTransactionReceipt(tx.hash);
  const { args } = receipt.logs.map((log) => factory.interface.parseLog(log)).find((log) => log?.name === 'CollectionCreated');
  collection = new Contract(args.collection, AINFT_ABI, provider);
  governor = new Contract(args.governor, GOVERNOR_ABI, provider);
  for (const who of ['alice', 'alice', 'bob']) await done(collection, 'creator', 'mint', people[who].address, 'ipfs://token', '', id(''));
});

after(async () => {
  provider?.destroy();
  await node?.close();
});

test('both say what they are', async () => {
  for (const interfaceId of ['0xe90fb3f6', '0xda287a1d', '0x01ffc9a7']) assert.ok(await collection.supportsInterface(interfaceId));
  for (const interfaceId of ['0xcdbdfcee', '0x65455a86']) assert.ok(await governor.supportsInterface(interfaceId));
  assert.equal(await governor.name(), 'Muses governor');
  assert.equal(await governor.token(), collection.target);
  assert.equal(await governor.COUNTING_MODE(), 'support=bravo&quorum=for,abstain');
  assert.equal(await collection.CLOCK_MODE(), 'mode=timestamp');
  assert.equal(await governor.CLOCK_MODE(), 'mode=timestamp');
  assert.deepEqual([await governor.votingDelay(), await governor.votingPeriod(), await governor.timelockDelay(), await governor['quorumNumerator()']()], [BigInt(DELAY), BigInt(PERIOD), BigInt(TIMELOCK), 50n]);
  assert.equal((await governor.eip712Domain()).verifyingContract, governor.target);
});

test('the creator governs until he hands over, and then no more', async () => {
  const p = rule('spec', 'true', 'too early');
  await later(1);
  await refused(governor, 'alice', 'propose', toPropose(p), 'NotGovernance', [governor.target]);
  await refused(collection, 'creator', 'setGovernor', [await collection.credit()], 'NotGovernance', [await collection.credit()]);
  await done(collection, 'creator', 'setGovernor', governor.target);
  await refused(collection, 'creator', 'setRule', ['spec', 'true'], 'NotGovernance', [people.creator.address]);
});

test('what moves a token, or does not compile, is no proposal', async () => {
  const transfer = { targets: [collection.target], values: [0n], calldatas: [ainft.encodeFunctionData('transferFrom', [people.alice.address, people.bob.address, 1n])], description: 'x' };
  await refused(governor, 'alice', 'propose', toPropose(transfer), 'ProposalCallNotAllowed', [0n, collection.target, '0x23b872dd']);
  await refused(governor, 'alice', 'propose', toPropose(rule('spec', 'caller == ', 'x')), 'RuleInvalid', [3n, 10n]);
  await refused(governor, 'carol', 'propose', toPropose(rule('spec', 'true', 'x')), 'GovernorInsufficientProposerVotes', [people.carol.address, 0n, 1n]);
});

test('votes are delegated by transaction and by a signature', async () => {
  await done(collection, 'bob', 'delegate', people.alice.address);
  assert.equal(await collection.getVotes(people.alice.address), 3n);
  await done(collection, 'bob', 'delegate', ZeroAddress);
  assert.equal(await collection.delegates(people.bob.address), people.bob.address);
  const message = { delegatee: people.carol.address, nonce: 0n, expiry: 4000000000n };
  const { v, r, s } = Signature.from(await people.bob.wallet.signTypedData(domain(collection.target), DELEGATION_TYPES, message));
  const args = [message.delegatee, message.nonce, message.expiry, v, r, s];
  await done(collection, 'creator', 'delegateBySig', ...args);
  assert.equal(await collection.getVotes(people.carol.address), 1n);
  await refused(collection, 'creator', 'delegateBySig', args, 'InvalidAccountNonce', [people.bob.address, 1n]);
});

test('a rule is proposed, voted for, waits, and then refuses an update', async () => {
  const p = rule('spec', 'caller == creator', 'Only the creator writes specifications');
  const spec = [1n, 'ipfs://spec', id('spec')];
  await done(collection, 'alice', 'setSpecification', ...spec);
  await later(1);
  const receipt = await done(governor, 'alice', 'propose', ...toPropose(p));
  const created = governorInterface.parseLog(receipt.logs[0]);
  assert.equal(created.name, 'ProposalCreated');
  assert.deepEqual([...created.args.calldatas], p.calldatas);
  assert.deepEqual([...created.args.signatures], ['']);
  const proposalId = created.args.proposalId;
  assert.equal(proposalId, await governor.hashProposal(...toAct(p)));
  assert.equal(await stateOf(p), 'Pending');
  await refused(governor, 'alice', 'castVote', [proposalId, FOR], 'GovernorUnexpectedProposalState', [proposalId, 0n, `0x${'0'.repeat(63)}2`]);
  await later(DELAY + 1);
  assert.equal(await stateOf(p), 'Active');
  await done(governor, 'alice', 'castVoteWithReason', proposalId, FOR, 'because');
  await refused(governor, 'alice', 'castVote', [proposalId, FOR], 'GovernorAlreadyCastVote', [people.alice.address]);
  const ballot = { proposalId, support: 2, voter: people.carol.address, nonce: 0n };
  const signature = await people.carol.wallet.signTypedData(domain(governor.target, 31337, 'Muses governor'), BALLOT_TYPES, ballot);
  await done(governor, 'bob', 'castVoteBySig', proposalId, 2, people.carol.address, signature);
  await refused(governor, 'bob', 'castVoteBySig', [proposalId, 2, people.carol.address, signature], 'GovernorInvalidSignature', [people.carol.address]);
  assert.deepEqual([...await governor.proposalVotes(proposalId)], [0n, 2n, 1n]);
  await later(PERIOD + 1);
  assert.equal(await stateOf(p), 'Succeeded');
  await done(governor, 'bob', 'queue', ...toAct(p));
  const eta = await governor.proposalEta(proposalId);
  await refused(governor, 'bob', 'execute', toAct(p), 'GovernorUnmetDelay', [proposalId, eta]);
  await later(TIMELOCK + 1);
  await done(governor, 'bob', 'execute', ...toAct(p));
  assert.equal(await stateOf(p), 'Executed');
  await later(1); // the rule is in force from the next block
  await refused(collection, 'alice', 'setSpecification', spec, 'RuleDenied', [id('spec')]);
  assert.equal((await collection.getRule(id('spec'))).source, 'caller == creator');
});

test('the guardian stops what the holders decided', async () => {
  const p = rule('spec', 'true', 'Anybody writes specifications');
  await done(governor, 'alice', 'propose', ...toPropose(p));
  await refused(governor, 'bob', 'cancel', toAct(p), 'GovernorUnableToCancel');
  await later(DELAY + 1);
  await done(governor, 'alice', 'castVote', await governor.hashProposal(...toAct(p)), FOR);
  await later(PERIOD + 1);
  await done(governor, 'bob', 'queue', ...toAct(p));
  await done(governor, 'carol', 'cancel', ...toAct(p));
  assert.equal(await stateOf(p), 'Canceled');
});

test('viem proposes and reads by the same ABI', async () => {
  const abi = parseAbi(GOVERNOR_ABI.map((text) => (text.startsWith('function') || text.startsWith('event') || text.startsWith('error') ? text : '')).filter(Boolean));
  const client = createPublicClient({ transport: http(node.url), pollingInterval: viemPolling });
  const wallet = createWalletClient({ account: mnemonicToAccount(MNEMONIC, { addressIndex: 1 }), transport: http(node.url) });
  const p = rule('redact', 'caller == owner', 'by viem');
  const hash = await wallet.writeContract({ address: governor.target, abi, functionName: 'propose', args: toPropose(p), chain: null,
    gas: 3_000_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n });
  const receipt = await client.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, 'success');
  const event = decodeEventLog({ abi, data: receipt.logs[0].data, topics: receipt.logs[0].topics });
  assert.equal(event.eventName, 'ProposalCreated');
  assert.equal(event.args.description, 'by viem');
  assert.equal(await client.readContract({ address: governor.target, abi, functionName: 'state', args: [event.args.proposalId] }), 0);
  people.alice.signer.reset();
  await assert.rejects(client.simulateContract({ address: governor.target, abi, functionName: 'castVote', args: [event.args.proposalId, 1], account: people.alice.address }),
    (e) => e.walk((cause) => cause.data?.errorName === 'GovernorUnexpectedProposalState') !== null);
});

test('every node has the same', async () => {
  const number = await provider.getBlockNumber();
  await node.everywhere(number);
  const block = `0x${number.toString(16)}`;
  const roots = await Promise.all(node.nodes.map((each) => each.rpc('eth_getProof', governor.target, [], block)));
  assert.equal(new Set(roots.map(({ storageHash }) => storageHash)).size, 1);
});
