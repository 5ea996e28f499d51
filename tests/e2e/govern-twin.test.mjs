// The native governor and the votes of its collection against OpenZeppelin's Governor and ERC721Votes (twin/AinftGovernor.sol, AinftVotes in
// twin/Ainft.sol), in another EVM: random sequences of transactions over delegation, proposals, ballots, timelock and cancelling. Return
// and revert data, logs and the governor's storage root are equal after each, vote checkpoints word by word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbiCoder, Signature, id, keccak256, solidityPackedKeccak256 } from 'ethers';
import { AINFT_FACTORY, BALLOT_TYPES, DELEGATION_TYPES, EXTENDED_BALLOT_TYPES, STATES, ainft, ainftFactory, creditInterface, domain, governor, params, word } from './lib/ainft.mjs';
import { Node } from './lib/node.mjs';
import { Evm, compile } from './twin/evm.mjs';
import { Native, people } from './twin/native.mjs';
import { Random } from './twin/random.mjs';

const SEQUENCES = Number(process.env.TWIN_SEQUENCES ?? 4);
const FIRST = Number(process.env.TWIN_FIRST ?? 1); // the seed of the first: several processes may share the work
const OPERATIONS = Number(process.env.TWIN_OPERATIONS ?? 200);
const coder = AbiCoder.defaultAbiCoder();
const ZERO = '0x0000000000000000000000000000000000000000';
const [DELAY, PERIOD, TIMELOCK] = [6, 60, 30];
const GUARDIAN = people[4];
const GUARDIAN_SECONDS = 2500n;
const VOTES = 0xe8b26c30fad74198956032a3533d903385d56dd795af560196f9c78d4af40d00n;

/** Operations of one sequence. Each knows what there is only by having made it. */
class Sequence {
  constructor(seed, node, addresses) {
    this.r = new Random(seed);
    this.node = node;
    Object.assign(this, addresses);
    this.minted = 0;
    this.proposals = [];
    this.nonces = { [this.collection]: new Map(), [this.governor]: new Map() };
    this.opening = [
      ...[1, 1, 2, 3, 3, 4, 0].map((i) => [people[0], ainft, 'mint', [people[i].address, 'ipfs://t', '', word(0)], () => { this.minted++; }]),
      [people[0], ainft, 'setGovernor', [this.governor]],
    ];
  }

  person() { return this.r.pick(people); }

  token() { return BigInt(1 + this.r.below(Math.max(1, this.minted))); }

  rule() { return this.r.pick(['true', 'false', 'caller == owner', 'caller == creator']); }

  /** One call that may be proposed, mostly. */
  act() {
    const { r } = this;
    const own = (name, ...args) => [this.governor, governor.encodeFunctionData(name, args)];
    const of = (name, ...args) => [this.collection, ainft.encodeFunctionData(name, args)];
    const acts = [
      () => of('setRule', r.pick(['spec', 'redact', 'history:chat', 'trait:*', 'meta:x']), this.rule()),
      () => of('setContractURI', 'x'.repeat(r.pick([0, 31, 32, 70]))),
      () => of('setDefaultRoyalty', this.person().address, r.pick([100, 500, 10000, 10001])),
      () => of('setTokenRoyalty', this.token(), this.person().address, r.pick([100, 500])),
      () => of('defineHistoryKind', r.pick(['visit', 'levelup']), r.pick([1, 7, 7, 8]), 1024, 100),
      () => of('defineTrait', r.pick(['level', 'mood']), r.pick([1, 1, 1, 2]), word(0), word(r.pick([0, 50]))),
      () => own('setVotingDelay', r.pick([0, 1, DELAY, 12])),
      () => own('setVotingPeriod', r.pick([0, 40, PERIOD, 90])),
      () => own('setProposalThreshold', r.pick([0, 1, 1, 2])),
      () => own('updateQuorumNumerator', r.pick([0, 20, 40, 60, 101])),
      () => own('setTimelockDelay', r.pick([0, 10, TIMELOCK])),
      // what never may
      () => of('transferFrom', this.person().address, this.person().address, this.token()),
      () => of('setTrait', this.token(), id('level'), word(1)),
      () => of('setGovernor', r.pick([ZERO, this.credit, this.collection, this.governor])),
      () => [this.credit, creditInterface.encodeFunctionData('mint', [this.person().address, 5n])],
      () => own('castVote', 1n, 1),
      () => [this.collection, r.bytes(r.pick([0, 2, 4, 40]))],
      () => [this.person().address, ainft.encodeFunctionData('setRule', ['spec', 'true'])],
      () => [this.collection, ainft.encodeFunctionData('setRule', ['spec', 'true']).slice(0, 74)],
    ];
    return r.chance(0.85) ? acts[r.below(11)]() : acts[11 + r.below(acts.length - 11)]();
  }

  proposal() {
    const { r } = this;
    const count = r.pick([0, 1, 1, 1, 1, 2, 2, 3, 17].slice(r.chance(0.1) ? 0 : 1, r.chance(0.05) ? 9 : 8));
    const acts = Array.from({ length: count }, () => this.act());
    const values = acts.map(() => (r.chance(0.02) ? 1n : 0n));
    if (r.chance(0.02)) values.push(0n);
    const marked = r.chance(0.1) ? `#proposer=${r.chance(0.9) ? this.person().address : `0x${'g'.repeat(40)}`}` : '';
    return { targets: acts.map(([to]) => to), values, calldatas: acts.map(([, data]) => data), description: `${'d'.repeat(r.below(70))}${this.proposals.length}${marked}` };
  }

  /** One that there is, mostly one of the newest. */
  known() {
    if (this.proposals.length === 0 || this.r.chance(0.03)) return { ...this.proposal(), id: 12345n };
    return this.proposals[Math.max(0, this.proposals.length - 1 - this.r.below(this.r.chance(0.8) ? 3 : this.proposals.length))];
  }

  async view(contract, to, name, args) {
    const answer = await this.node.ask('eth_call', { to, data: contract.encodeFunctionData(name, args) }, 'pending');
    return answer.error ? undefined : contract.decodeFunctionResult(name, answer.result)[0];
  }

  async stateOf(proposal) { return STATES[Number(await this.view(governor, this.governor, 'state', [proposal]))]; }

  async ownerOf(token) {
    const owner = await this.view(ainft, this.collection, 'ownerOf', [token]);
    return people.find(({ address }) => address === owner) ?? people[0];
  }

  pass(seconds) { return this.node.rpc('evm_increaseTime', seconds); }

  support() { return this.r.pick([0, 1, 1, 1, 1, 2, this.r.chance(0.1) ? 3 : 1]); }

  handle(name) {
    const p = this.known();
    return [this.r.chance(0.4) ? GUARDIAN : this.person(), governor, name, [p.targets, p.values, p.calldatas, id(p.description)]];
  }

  nonce(contract, account) { return (this.nonces[contract].get(account.address) ?? 0) + (this.r.chance(0.06) ? 1 : 0); }

  used(contract, account, nonce) { return () => this.nonces[contract].set(account.address, nonce + 1); }

  ops = {
    mint: () => [this.r.chance(0.9) ? people[0] : this.person(), ainft, 'mint', [this.r.chance(0.05) ? ZERO : this.person().address, 'ipfs://t', '', word(0)],
      () => { this.minted++; }],
    transfer: async () => {
      const token = this.token();
      const [owner, to] = [this.r.chance(0.9) ? await this.ownerOf(token) : this.person(), this.person()];
      return [owner, ainft, 'transferFrom', [owner.address, to.address, token]];
    },
    burn: async () => {
      const token = this.token();
      return [this.r.chance(0.5) ? await this.ownerOf(token) : this.person(), ainft, 'burn', [token]];
    },
    delegate: () => [this.person(), ainft, 'delegate', [this.r.chance(0.15) ? ZERO : this.person().address]],
    delegateBySig: async () => {
      const [signer, to, expiry] = [this.person(), this.person(), this.r.chance(0.1) ? 5n : 4000000000n];
      const nonce = this.nonce(this.collection, signer);
      const { v, r, s } = Signature.from(await signer.signTypedData(domain(this.collection), DELEGATION_TYPES, { delegatee: to.address, nonce, expiry }));
      return [this.person(), ainft, 'delegateBySig', [to.address, nonce, expiry, v, r, s], this.used(this.collection, signer, nonce)];
    },
    propose: () => {
      const p = this.r.chance(0.06) && this.proposals.length > 0 ? this.known() : this.proposal();
      return [this.person(), governor, 'propose', [p.targets, p.values, p.calldatas, p.description],
        (ret) => { this.proposals.push({ ...p, id: BigInt(ret) }); }];
    },
    vote: () => [this.person(), governor, 'castVote', [this.known().id, this.support()]],
    voteWithReason: () => [this.person(), governor, 'castVoteWithReason', [this.known().id, this.support(), 'r'.repeat(this.r.pick([0, 3, 40]))]],
    voteWithParams: () => [this.person(), governor, 'castVoteWithReasonAndParams', [this.known().id, this.support(), 'because', this.r.bytes(this.r.pick([0, 3, 40]))]],
    voteBySig: async () => {
      const [voter, proposalId, support] = [this.person(), this.known().id, this.support()];
      const nonce = this.nonce(this.governor, voter);
      const signer = this.r.chance(0.1) ? this.person() : voter;
      const signature = await signer.signTypedData(domain(this.governor, 31337, 'Muses governor'), BALLOT_TYPES, { proposalId, support, voter: voter.address, nonce });
      return [this.person(), governor, 'castVoteBySig', [proposalId, support, voter.address, this.r.chance(0.05) ? signature.slice(0, -2) : signature],
        this.used(this.governor, voter, nonce)];
    },
    voteWithParamsBySig: async () => {
      const [voter, proposalId, support] = [this.person(), this.known().id, this.support()];
      const nonce = this.nonce(this.governor, voter);
      const [reason, more] = ['why not', this.r.bytes(this.r.pick([0, 5]))];
      const signature = await voter.signTypedData(domain(this.governor, 31337, 'Muses governor'), EXTENDED_BALLOT_TYPES,
        { proposalId, support, voter: voter.address, nonce, reason, params: more });
      return [this.person(), governor, 'castVoteWithReasonAndParamsBySig', [proposalId, support, voter.address, this.r.chance(0.1) ? 'other' : reason, more, signature],
        this.used(this.governor, voter, nonce)];
    },
    // What brings a proposal on from where it stands: else most of them would never be carried out.
    advance: async () => {
      const p = this.proposals.length === 0 ? undefined : this.proposals[Math.max(0, this.proposals.length - 1 - this.r.below(2))];
      const state = p === undefined ? 'none' : await this.stateOf(p.id);
      const all = p && [p.targets, p.values, p.calldatas, id(p.description)];
      if (state === 'Pending') await this.pass(this.r.pick([3, 13]));
      if (state === 'Active') {
        if (this.r.chance(0.1)) await this.pass(this.r.pick([PERIOD, 95]));
        return [this.person(), governor, 'castVote', [p.id, this.r.pick([1, 1, 1, 1, 1, 0, 2])]];
      }
      if (state === 'Succeeded') return [this.person(), governor, 'queue', all];
      if (state === 'Queued') {
        if (this.r.chance(0.7)) await this.pass(TIMELOCK);
        return [this.person(), governor, 'execute', all];
      }
      return state === 'Pending' ? [this.person(), governor, 'state', [p.id]] : this.ops.propose();
    },
    queue: () => this.handle('queue'),
    execute: () => this.handle('execute'),
    cancel: () => this.handle('cancel'),
    set: () => [this.person(), governor, this.r.pick(['setVotingDelay', 'setTimelockDelay', 'updateQuorumNumerator']), [5n]],
    read: () => {
      const time = this.r.chance(0.1) ? 4000000000n : this.now - BigInt(this.r.below(400));
      const [contract, name, args] = this.r.pick([
        [governor, 'state', [this.known().id]], [governor, 'state', [this.known().id]], [governor, 'proposalVotes', [this.known().id]],
        [governor, 'proposalSnapshot', [this.known().id]], [governor, 'proposalDeadline', [this.known().id]], [governor, 'proposalEta', [this.known().id]],
        [governor, 'proposalProposer', [this.known().id]], [governor, 'hasVoted', [this.known().id, this.person().address]], [governor, 'quorum', [time]],
        [governor, 'quorumNumerator(uint256)', [time]], [governor, 'quorumNumerator()', []], [governor, 'getVotes', [this.person().address, time]],
        [governor, 'votingDelay', []], [governor, 'votingPeriod', []], [governor, 'proposalThreshold', []], [governor, 'timelockDelay', []],
        [governor, 'proposalGuardian', []], [governor, 'name', []], [governor, 'eip712Domain', []], [governor, 'COUNTING_MODE', []], [governor, 'BALLOT_TYPEHASH', []],
        [governor, 'EXTENDED_BALLOT_TYPEHASH', []], [governor, 'nonces', [this.person().address]], [governor, 'supportsInterface', [this.r.pick(['0xcdbdfcee', '0x65455a86', '0x4e2312e0'])]],
        [ainft, 'getVotes', [this.person().address]], [ainft, 'getPastVotes', [this.person().address, time]], [ainft, 'getPastTotalSupply', [time]],
        [ainft, 'delegates', [this.person().address]], [ainft, 'clock', []], [ainft, 'CLOCK_MODE', []], [ainft, 'governor', []],
      ]);
      return [this.person(), contract, name, args];
    },
  };

  static weights = { advance: 24, propose: 2, vote: 2, voteBySig: 3, delegate: 3, delegateBySig: 2, transfer: 2, read: 7 };

  names = Object.keys(this.ops).flatMap((name) => Array(Sequence.weights[name] ?? 1).fill(name));

  async next(i, now) {
    this.now = now;
    const name = i < this.opening.length ? 'opening' : this.r.pick(this.names);
    const [from, contract, fn, args, then] = i < this.opening.length ? this.opening[i] : await this.ops[name]();
    return { name: `${name}: ${fn}`, from, to: contract === governor ? this.governor : this.collection, data: contract.encodeFunctionData(fn, args), afterwards: then };
  }
}

/** Collection, governor and credit in both worlds, at the same addresses. */
async function begin(native, evm, contracts) {
  const nonce = BigInt(await native.node.rpc('eth_getTransactionCount', AINFT_FACTORY, 'latest'));
  const now = BigInt((await native.node.rpc('eth_getBlockByNumber', 'latest', false)).timestamp);
  const p = params(people[0].address, { votingDelay: BigInt(DELAY), votingPeriod: BigInt(PERIOD), timelockDelay: BigInt(TIMELOCK), quorumPercent: 20n,
    guardian: GUARDIAN.address, guardianUntil: now + GUARDIAN_SECONDS });
  const made = await native.send(people[0], AINFT_FACTORY, ainftFactory.encodeFunctionData('createCollection', [p]));
  assert.ok(made.ok);
  const { args } = made.receipt.logs.map((log) => ainftFactory.parseLog(log)).find((log) => log?.name === 'CollectionCreated');
  const deploy = (which, place, types, values) => evm.deploy({ from: AINFT_FACTORY, nonce: nonce + place, at: made.at,
    code: `0x${contracts[which].evm.bytecode.object}${coder.encode(types, values).slice(2)}` });
  const collection = await deploy('voting', 0n, ['string', 'string', 'string', 'address', 'address', 'uint64', 'address'],
    [p.name, p.symbol, p.contractURI, p.creator, p.guardian, p.guardianUntil, args.credit]);
  const gov = await deploy('governor', 1n, ['string', 'address', 'tuple(uint48,uint32,uint256,uint8,uint48,address,uint64)'],
    ['Muses governor', args.collection, [p.votingDelay, p.votingPeriod, p.proposalThreshold, p.quorumPercent, p.timelockDelay, p.guardian, p.guardianUntil]]);
  const credit = await deploy('credit', 2n, ['string', 'string', 'address', 'uint256'], [p.creditName, p.creditSymbol, args.collection, p.creditMaxSupply]);
  assert.deepEqual([collection.created, gov.created, credit.created], [args.collection, args.governor, args.credit].map((a) => a.toLowerCase()));
  assert.deepEqual(made.logs.filter((log) => log.address === collection.created), collection.logs);
  assert.deepEqual(made.logs.filter((log) => log.address === gov.created), gov.logs);
  return { collection: collection.created, governor: gov.created, credit: credit.created };
}

const at = (key, slot) => BigInt(solidityPackedKeccak256(['uint256', 'uint256'], [key, slot]));
const hex = (number) => word(number);

/** The checkpoints of each account and of all, as words: native at OpenZeppelin's namespaced root, theirs in the slots that solc gives. */
async function compareCheckpoints(native, evm, contracts, collection, where) {
  const label = Object.fromEntries(contracts.voting.storageLayout.storage.map((entry) => [entry.label, BigInt(entry.slot)]));
  const traces = [...people.map(({ address }) => [at(BigInt(address), VOTES + 1n), at(BigInt(address), label._delegateCheckpoints)]), [VOTES + 2n, label._totalCheckpoints]];
  for (const [ours, theirs] of traces) {
    const length = BigInt(await native.slot(collection, hex(ours)));
    assert.equal(length, await evm.slot(collection, theirs), `${where}: how many checkpoints`);
    const [first, second] = [ours, theirs].map((slot) => BigInt(keccak256(hex(slot))));
    for (let i = 0n; i < length; i++) assert.equal(BigInt(await native.slot(collection, hex(first + i))), await evm.slot(collection, second + i), `${where}: checkpoint ${i}`);
  }
  for (const { address } of people)
    assert.equal(BigInt(await native.slot(collection, hex(at(BigInt(address), VOTES)))), await evm.slot(collection, at(BigInt(address), label._delegatee)), `${where}: delegate`);
}

test(`${SEQUENCES} sequences of ${OPERATIONS} transactions are the same in both`, { timeout: 3_600_000 }, async (t) => {
  const contracts = compile();
  const node = await Node.start();
  t.after(() => node.close());
  const native = new Native(node);
  const count = { done: 0, refused: 0, executed: 0 };
  const errors = new Set();
  const states = new Set();
  for (let seed = FIRST; seed < FIRST + SEQUENCES; seed++) {
    const evm = await Evm.create(31337);
    const addresses = await begin(native, evm, contracts);
    const sequence = new Sequence(seed, node, addresses);
    let now = BigInt((await node.rpc('eth_getBlockByNumber', 'latest', false)).timestamp);
    for (let i = 0; i < OPERATIONS; i++) {
      if (i > sequence.opening.length && sequence.r.chance(0.08)) await sequence.pass(sequence.r.pick([3, 8, 20, 45]));
      const op = await sequence.next(i, now);
      const a = await native.send(op.from, op.to, op.data);
      const b = await evm.call({ from: op.from.address, to: op.to, data: op.data, at: a.at });
      const where = `sequence ${seed}, operation ${i}, ${op.name}`;
      now = a.at.timestamp;
      assert.deepEqual({ ok: a.ok, ret: a.ret }, { ok: b.ok, ret: b.ret }, where);
      assert.deepEqual(a.logs, b.logs, where);
      assert.equal(await native.root(addresses.governor), await evm.root(addresses.governor), `${where}: root of the governor`);
      if (i % 50 === 49) await compareCheckpoints(native, evm, contracts, addresses.collection, where);
      if (a.ok) op.afterwards?.(a.ret);
      else errors.add(a.ret.slice(0, 10));
      count[a.ok ? 'done' : 'refused']++;
      if (a.ok && op.name.endsWith(': state')) states.add(STATES[Number(BigInt(a.ret))]);
      if (a.ok && op.name.endsWith(': execute')) count.executed++;
    }
    await compareCheckpoints(native, evm, contracts, addresses.collection, `sequence ${seed}`);
  }
  const named = [...errors].map((selector) => { try { return governor.getError(selector)?.name ?? ainft.getError(selector)?.name ?? selector; } catch { return selector; } });
  t.diagnostic(`${count.done} done, ${count.executed} proposals executed, ${count.refused} refused with ${errors.size} errors (${named.join(', ')}), states ${[...states].join(', ')}`);
  if (SEQUENCES >= 4 && OPERATIONS >= 200) assert.ok(errors.size > 10 && count.done > count.refused && count.executed >= SEQUENCES && states.size >= 4);
});

test('the layout is what solc makes of it', () => {
  const { governor: contract } = compile();
  const slots = Object.fromEntries(contract.storageLayout.storage.map(({ label, slot, offset }) => [label, [Number(slot), offset]]));
  assert.deepEqual(slots, { _nameFallback: [0, 0], _versionFallback: [1, 0], _nonces: [2, 0], _name: [3, 0], _proposals: [4, 0], _governanceCall: [5, 0],
    _proposalThreshold: [7, 0], _votingDelay: [8, 0], _votingPeriod: [8, 6], _proposalVotes: [9, 0], _quorumNumeratorHistory: [10, 0], _collection: [11, 0],
    _timelockDelay: [11, 20], _guardian: [12, 0], _guardianUntil: [12, 20] });
});
