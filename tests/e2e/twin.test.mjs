// The native AINFT collection and credit against Solidity contracts written for this (twin/), in another EVM: 20 sequences of 300 random
// transactions. Return and revert data, logs and storage roots of both accounts are equal after each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbiCoder, Signature, keccak256, toUtf8Bytes } from 'ethers';
import { AINFT_FACTORY, DELEGATION_TYPES, REQUEST_TYPES, WALLET_TYPES, ainft, ainftFactory, creditInterface, domain, named, params, text32, word } from './lib/ainft.mjs';
import { Node } from './lib/node.mjs';
import { Evm, compile } from './twin/evm.mjs';
import { Native, people } from './twin/native.mjs';
import { Random } from './twin/random.mjs';

const SEQUENCES = Number(process.env.TWIN_SEQUENCES ?? 20);
const FIRST = Number(process.env.TWIN_FIRST ?? 1); // the seed of the first: several processes may share the work
const OPERATIONS = Number(process.env.TWIN_OPERATIONS ?? 300);
const coder = AbiCoder.defaultAbiCoder();
const ZERO = '0x0000000000000000000000000000000000000000';

const RULES = ['true', 'true', 'true', 'false', 'caller == owner', 'caller == creator'];
const TRAITS = [['level', 1, 0, 50], ['open', 2, 0, 0], ['raw', 3, 0, 0], ['name', 4, 0, 0]];
const KINDS = ['chat', 'visit', 'levelup'];
const ACTION = { guard: 'args[0] == 1u', price: 'args[1]' };
const EFFECTS = [
  [[2, word(0), 'args[2]']],
  [[3, word(0), 'args[2]']],
  [[4, word(0), 'args[2]']],
  [[1, named('level'), 'args[2]'], [5, named('levelup'), 'args[3]']],
  [[1, named('level'), 'args[2]'], [2, word(0), 'args[3]'], [1, named('level'), 'args[4]'], [3, word(0), 'args[5]']],
];

/** Operations of one sequence: what is sent to whom by whom. Each knows what there is only by having made it. */
class Sequence {
  constructor(seed, collection, credit) {
    this.r = new Random(seed);
    this.collection = collection;
    this.credit = credit;
    this.minted = 0;
    this.nonces = new Map();
    this.actions = [];
  }

  token() { return this.r.chance(0.05) ? 999n : BigInt(1 + this.r.below(Math.max(1, this.minted))); }

  person() { return this.r.pick(people); }

  // Mostly the one who may: a sequence in which most is refused would say little.
  governor() { return this.r.chance(0.93) ? people[0] : this.person(); }

  text() { return 'x'.repeat(this.r.pick([0, 5, 31, 32, 33, 64, 100])); }

  kind() { return this.r.chance(0.05) ? named('nothing') : named(this.r.pick(KINDS)); }

  content(form) {
    const { r } = this;
    if (form === 1) return '0x01' + r.bytes(r.pick([2, 3, 35, 63, 64])).slice(2);
    if (form === 2) return r.bytes(r.pick([32, 32, 32, 31]));
    return r.bytes(r.pick([0, 10, 32, 500, 1024, 1025]));
  }

  value(kind) {
    const { r } = this;
    if (kind === 1) return word(r.below(55));
    if (kind === 2) return word(r.below(3));
    if (kind === 3) return r.bytes(32);
    return r.chance(0.1) ? r.bytes(32).replace(/^0x../, '0x00') : text32('n'.repeat(r.below(33)));
  }

  async request(author, token, kind, weight, requestHash, deadline) {
    const nonce = this.nonces.get(author.address) ?? 0;
    const wrong = this.r.below(12); // of each of these now and then: another nonce, signer, weight
    return { nonce, wrong, signature: await (wrong === 1 ? people[4] : author).signTypedData(domain(this.collection), REQUEST_TYPES,
      { tokenId: token, kind, weight: wrong === 2 ? weight + 1 : weight, requestHash, nonce: wrong === 0 ? nonce + 1 : nonce, deadline }) };
  }

  ops = {
    mint: () => {
      const spec = this.r.chance(0.5);
      return [this.governor(), 'mint', [this.r.chance(0.04) ? ZERO : this.person().address, this.text(), spec ? this.text() : '', spec ? this.r.bytes(32) : word(0)],
        () => { this.minted++; }];
    },
    burn: () => [this.person(), 'burn', [this.token()]],
    transfer: () => [this.person(), 'transferFrom', [this.person().address, this.r.chance(0.05) ? ZERO : this.person().address, this.token()]],
    approveAll: () => [this.person(), 'setApprovalForAll', [this.person().address, this.r.chance(0.7)]],
    approve: () => [this.person(), 'approve', [this.person().address, this.token()]],
    spec: () => [this.person(), 'setSpecification', [this.token(), this.text(), this.r.bytes(32)]],
    append: () => {
      const form = this.r.below(4);
      return [this.person(), 'appendHistory', [this.token(), this.kind(), form, this.r.pick([0, 1, 3, 50, 2000]), this.content(form)]];
    },
    appendFor: async () => {
      const [author, token, kind, weight, hash] = [this.person(), this.token(), named('chat'), 1 + this.r.below(5), this.r.bytes(32)];
      const deadline = this.r.chance(0.1) ? 5n : 4000000000n;
      const { nonce, signature } = await this.request(author, token, kind, weight, hash, deadline);
      return [this.person(), 'appendHistoryFor', [token, kind, 0, weight, this.content(0), author.address, hash, deadline, this.r.chance(0.05) ? signature.slice(0, -2) : signature],
        () => { this.nonces.set(author.address, nonce + 1); }];
    },
    redact: () => [this.person(), 'redactHistory', [this.token(), BigInt(this.r.below(4)), this.r.bytes(32)]],
    kind: () => [this.governor(), 'defineHistoryKind', [this.r.pick(KINDS), this.r.pick([1, 3, 7, 7, 7, 0, 8]), this.r.pick([1024, 1024, 40]), this.r.pick([1, 100])]],
    trait: () => {
      const [name, kind, min, max] = this.r.pick(TRAITS);
      return [this.governor(), 'defineTrait', [name, this.r.chance(0.05) ? this.r.below(6) : kind, word(min + this.r.below(2) * (kind === 1 ? 1 : 0)), word(max)]];
    },
    setTrait: () => {
      const [name, kind] = this.r.pick(TRAITS);
      return [this.person(), 'setTrait', [this.token(), this.r.chance(0.05) ? named('nothing') : named(name), this.value(kind)]];
    },
    rule: () => [this.governor(), 'setRule', [this.r.pick(['spec', 'mint', 'redact', 'history:chat', 'history:*', 'trait:*', 'meta:x']), this.r.pick(RULES)]],
    action: () => {
      const name = `a${this.r.below(4)}`;
      return [this.governor(), 'defineAction', [name, ACTION.guard, ACTION.price, this.r.pick(EFFECTS)], () => { this.actions.push(name); }];
    },
    perform: () => {
      const name = this.actions.length === 0 || this.r.chance(0.05) ? 'nothing' : this.r.pick(this.actions);
      const [price, most] = [this.r.pick([0, 0, 1, 7]), this.r.pick([0, 7, 7, 7])];
      return [this.person(), 'perform', [this.token(), named(name), [this.r.chance(0.9) ? 1 : 0, price, ...[60, 60, 60, 60].map((n) => this.r.below(n))], most]];
    },
    deposit: () => [this.person(), 'depositCredit', [this.token(), BigInt(this.r.below(40))]],
    withdraw: () => [this.person(), 'withdrawCredit', [this.token(), this.r.chance(0.05) ? ZERO : this.person().address, BigInt(this.r.below(40))]],
    wallet: async () => {
      const [token, owner, wallet, deadline] = [this.token(), this.person(), this.person(), this.r.chance(0.1) ? 5n : 4000000000n];
      const signature = await wallet.signTypedData(domain(this.collection), WALLET_TYPES, { agentId: token, newWallet: wallet.address, owner: owner.address, deadline });
      return [owner, 'setAgentWallet', [token, wallet.address, deadline, signature]];
    },
    noWallet: () => [this.person(), 'unsetAgentWallet', [this.token()]],
    delegate: () => [this.person(), 'delegate', [this.r.chance(0.1) ? ZERO : this.person().address]],
    delegateBySig: async () => {
      const [signer, to, expiry] = [this.person(), this.person(), this.r.chance(0.1) ? 5n : 4000000000n];
      const nonce = (this.nonces.get(signer.address) ?? 0) + (this.r.chance(0.1) ? 1 : 0);
      const { v, r, s } = Signature.from(await signer.signTypedData(domain(this.collection), DELEGATION_TYPES, { delegatee: to.address, nonce, expiry }));
      return [this.person(), 'delegateBySig', [to.address, nonce, expiry, this.r.chance(0.05) ? 30 : v, r, this.r.chance(0.05) ? `0x${'f'.repeat(64)}` : s],
        () => { this.nonces.set(signer.address, nonce + 1); }];
    },
    royalty: () => [this.governor(), 'setDefaultRoyalty', [this.r.chance(0.1) ? ZERO : this.person().address, this.r.pick([0, 250, 10000, 10001])]],
    tokenRoyalty: () => [this.governor(), 'setTokenRoyalty', [this.token(), this.r.chance(0.1) ? ZERO : this.person().address, this.r.pick([0, 250, 10001])]],
    uri: () => [this.governor(), 'setContractURI', [this.text()]],
    governor: () => [this.r.chance(0.5) ? this.person() : people[0], 'setGovernor', [this.r.chance(0.1) ? ZERO : this.r.chance(0.1) ? this.credit : people[0].address]],
    read: () => {
      const [name, args] = this.r.pick([['specification', [this.token()]], ['historyEntry', [this.token(), BigInt(this.r.below(4))]], ['historyHead', [this.token()]],
        ['historyStats', [this.token(), this.kind()]], ['getTraitValue', [this.token(), named('level')]], ['tokenCredit', [this.token()]], ['ownerOf', [this.token()]],
        ['royaltyInfo', [this.token(), 12345n]], ['getAgentWallet', [this.token()]], ['tokenURI', [this.token()]], ['contractURI', []], ['totalSupply', []],
        ['getVotes', [this.person().address]], ['delegates', [this.person().address]], ['getPastVotes', [this.person().address, BigInt(this.r.below(2)) * 4000000000n]],
        ['getPastTotalSupply', [BigInt(this.r.below(2)) * 4000000000n]], ['clock', []], ['nonces', [this.person().address]]]);
      return [this.person(), name, args];
    },
    creditTransfer: () => [this.person(), 'transfer', [this.r.chance(0.05) ? ZERO : this.person().address, BigInt(this.r.below(30))], null, creditInterface],
    creditApprove: () => [this.person(), 'approve', [this.r.chance(0.05) ? ZERO : this.person().address, this.r.chance(0.1) ? 2n ** 256n - 1n : BigInt(this.r.below(60))], null, creditInterface],
    creditFrom: () => [this.person(), 'transferFrom', [this.person().address, this.person().address, BigInt(this.r.below(30))], null, creditInterface],
    creditMint: () => [this.person(), 'mint', [this.person().address, 5n], null, creditInterface],
    creditSupply: () => [this.person(), 'totalSupply', [], null, creditInterface],
  };

  static weights = { mint: 3, append: 5, appendFor: 5, delegate: 2, delegateBySig: 2, setTrait: 5, perform: 7, spec: 3, transfer: 3, deposit: 2, redact: 2, read: 4, rule: 2 };

  names = Object.keys(this.ops).flatMap((name) => Array(Sequence.weights[name] ?? 1).fill(name));

  /** The first of each sequence make what the rest is about. */
  opening = [
    ...TRAITS.map(([name, kind, min, max]) => [people[0], 'defineTrait', [name, kind, word(min), word(max)]]),
    ...KINDS.map((name) => [people[0], 'defineHistoryKind', [name, 7, 1024, 100]]),
    [people[0], 'setRule', ['trait:*', 'true']], [people[0], 'setRule', ['history:*', 'true']], [people[0], 'setRule', ['history:chat', 'true']],
    ...EFFECTS.map((effects, i) => [people[0], 'defineAction', [`a${i}`, ACTION.guard, ACTION.price, effects], () => { this.actions.push(`a${i}`); }]),
    ...[1, 2, 3].map((i) => [people[0], 'mint', [people[i].address, 'ipfs://t', '', word(0)], () => { this.minted++; }]),
  ];

  async next(i) {
    const name = i < this.opening.length ? 'opening' : this.r.pick(this.names);
    const [from, fn, args, then, contract] = i < this.opening.length ? this.opening[i] : await this.ops[name]();
    const to = contract ? this.credit : this.collection;
    return { name: `${name}: ${fn}`, from, to, data: (contract ?? ainft).encodeFunctionData(fn, args), afterwards: then };
  }
}

/** Both contracts in both worlds, at the same addresses. */
async function begin(native, evm, contracts) {
  const nonce = BigInt(await native.node.rpc('eth_getTransactionCount', AINFT_FACTORY, 'latest'));
  const p = params(people[0].address, { creditMaxSupply: 4000n });
  const made = await native.send(people[0], AINFT_FACTORY, ainftFactory.encodeFunctionData('createCollection', [p]));
  assert.ok(made.ok);
  const { args } = made.receipt.logs.map((log) => ainftFactory.parseLog(log)).find((log) => log?.name === 'CollectionCreated');
  const collection = await evm.deploy({ from: AINFT_FACTORY, nonce, at: made.at, code: '0x' + contracts.ainft.evm.bytecode.object + coder.encode(
    ['string', 'string', 'string', 'address', 'address', 'uint64', 'address'],
    [p.name, p.symbol, p.contractURI, p.creator, p.guardian, p.guardianUntil, args.credit]).slice(2) });
  const credit = await evm.deploy({ from: AINFT_FACTORY, nonce: nonce + 2n, at: made.at, code: '0x' + contracts.credit.evm.bytecode.object + coder.encode(
    ['string', 'string', 'address', 'uint256'], [p.creditName, p.creditSymbol, args.collection, p.creditMaxSupply]).slice(2) });
  assert.equal(collection.created, args.collection.toLowerCase());
  assert.equal(credit.created, args.credit.toLowerCase());
  assert.deepEqual(made.logs.filter((log) => log.address === collection.created), collection.logs);
  return { collection: collection.created, credit: credit.created };
}

test(`${SEQUENCES} sequences of ${OPERATIONS} transactions are the same in both`, { timeout: 1_800_000 }, async (t) => {
  const contracts = compile();
  const node = await Node.start();
  t.after(() => node.close());
  const native = new Native(node);
  let done = 0;
  let refused = 0;
  const errors = new Set();
  for (let seed = FIRST; seed < FIRST + SEQUENCES; seed++) {
    const evm = await Evm.create(31337);
    const { collection, credit } = await begin(native, evm, contracts);
    const sequence = new Sequence(seed, collection, credit);
    assert.equal(await native.root(collection), await evm.root(collection), `sequence ${seed}: new`);
    for (let i = 0; i < OPERATIONS; i++) {
      const op = await sequence.next(i);
      const a = await native.send(op.from, op.to, op.data);
      const b = await evm.call({ from: op.from.address, to: op.to, data: op.data, at: a.at });
      const where = `sequence ${seed}, operation ${i}, ${op.name}`;
      assert.deepEqual({ ok: a.ok, ret: a.ret }, { ok: b.ok, ret: b.ret }, where);
      assert.deepEqual(a.logs, b.logs, where);
      assert.equal(await native.root(collection), await evm.root(collection), `${where}: root of the collection`);
      assert.equal(await native.root(credit), await evm.root(credit), `${where}: root of the credit`);
      if (a.ok) op.afterwards?.();
      else errors.add(a.ret.slice(0, 10));
      if (a.ok) done++;
      else refused++;
    }
  }
  t.diagnostic(`${done} done, ${refused} refused with ${errors.size} errors`);
  assert.ok(done > refused / 2 && errors.size > 12);
});

test('the layout is what solc makes of it', () => {
  const { ainft: contract } = compile();
  const slots = Object.fromEntries(contract.storageLayout.storage.map(({ label, slot }) => [label, Number(slot)]));
  assert.deepEqual(slots, { _name: 0, _symbol: 1, _owners: 2, _balances: 3, _tokenApprovals: 4, _operatorApprovals: 5, _tokenURIs: 6, _defaultRoyaltyInfo: 7, _tokenRoyaltyInfo: 8 });
  const root = keccak256(word(BigInt(keccak256(toUtf8Bytes('mintmark.storage.Ainft'))) - 1n));
  assert.equal(root.slice(0, -2) + '00', '0xa0b1efd18f25e0fb9dff7661eb83d9e6b65b58b0b356e787edf8f88907a8b900');
});
