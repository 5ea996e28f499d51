// The commands of governance: a collection is handed over, its holders are asked, and what they decided is done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { id } from 'ethers';
import { Node } from './lib/node.mjs';

let node;
let collection;
const ADDRESSES = ['0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'];

function ainft(command, ...args) {
  const result = node.run('ainft', command, ...args, '-c', collection, '--json');
  assert.equal(result.code, 0, `${command}: ${result.err}`);
  return JSON.parse(result.out);
}

function refused(pattern, ...args) {
  const result = node.run('ainft', ...args, '-c', collection);
  assert.notEqual(result.code, 0);
  assert.match(result.err, pattern);
}

const later = (seconds) => node.rpc('evm_increaseTime', seconds);
const proposals = () => ainft('proposals').proposals;
const shown = () => node.run('ainft', 'proposals', '-c', collection).out;

before(async () => {
  node = await Node.start();
  const made = node.run('ainft', 'create', '--name', 'Muses', '--symbol', 'MUSE', '--voting-delay', '10s', '--voting-period', '2m', '--timelock', '1m',
    '--quorum', '50', '--guardian', ADDRESSES[2], '--guardian-term', '1d', '--json');
  assert.equal(made.code, 0, made.err);
  collection = JSON.parse(made.out).collection;
  ainft('mint', '--to', ADDRESSES[1], '--uri', 'ipfs://token');
  ainft('mint', '--to', ADDRESSES[2], '--uri', 'ipfs://token');
});

after(() => node?.close());

test('a collection is handed over to its holders', () => {
  refused(/the account 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 governs this collection/, 'proposals');
  refused(/NotGovernance/, 'hand-over', '--from', '1');
  assert.match(ainft('hand-over').governor, /^0x/);
  refused(/NotGovernance/, 'rule', 'spec', 'true');
  assert.deepEqual(proposals(), []);
});

test('a rule is proposed, voted for, queued and executed', async () => {
  await later(2); // a vote of this second is none yet
  refused(/RuleInvalid\(3, 10\)/, 'propose', 'nonsense', '--rule', 'spec=caller == ', '--from', '1');
  refused(/GovernorInsufficientProposerVotes/, 'propose', 'by nobody', '--rule', 'spec=true', '--from', '5');
  refused(/nothing is proposed/, 'propose', 'empty', '--from', '1');
  refused(/is no TARGET=RULE/, 'propose', 'bad', '--rule', 'spec', '--from', '1');
  assert.equal(ainft('propose', 'Only the creator', '--rule', 'spec=caller == creator', '--set', 'voting-period=3m', '--from', '1').proposal, '1');
  assert.match(shown(), /state +pending, the vote begins after 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  refused(/the proposal is pending, the vote begins after 20/, 'vote', '1', 'for', '--from', '1');
  await later(11);
  assert.match(shown(), /call +setRule\("spec", "caller == creator"\)\ncall +setVotingPeriod\(180\)\nstate +active, the vote ends/);
  ainft('vote', '1', 'for', '--reason', 'because', '--from', '1');
  ainft('vote', '1', 'abstain', '--from', '2');
  refused(/GovernorAlreadyCastVote/, 'vote', '1', 'for', '--from', '1');
  refused(/for, against or abstain/, 'vote', '1', 'maybe', '--from', '1');
  refused(/there is no proposal 7/, 'vote', '7', 'for', '--from', '1');
  assert.match(shown(), /votes +1 for, 0 against, 1 abstain; quorum 1/);
  await later(121);
  refused(/the proposal is succeeded, may be queued/, 'execute', '1');
  assert.equal(proposals()[0].state, 'succeeded');
  ainft('queue', '1');
  refused(/the proposal is queued, may be executed from 20/, 'execute', '1');
  assert.match(shown(), /queued, may be executed from/);
  await later(61);
  ainft('execute', proposals()[0].id);
  assert.equal(proposals()[0].state, 'executed');
  await node.rpc('evm_mine');
  refused(/RuleDenied/, 'spec', '1', '--uri', 'ipfs://spec', '--digest', id('spec'), '--from', '1');
  ainft('spec', '1', '--uri', 'ipfs://spec', '--digest', id('spec'));
});

test('votes are delegated, and a proposal is called off', async () => {
  ainft('delegate', ADDRESSES[1], '--from', '2');
  await later(2);
  refused(/GovernorInsufficientProposerVotes/, 'propose', 'without votes', '--uri', 'ipfs://x', '--from', '2');
  ainft('delegate', 'self', '--from', '2');
  assert.equal(ainft('propose', 'A new picture', '--uri', 'ipfs://x', '--from', '1').proposal, '2');
  refused(/GovernorUnableToCancel/, 'cancel', '2', '--from', '4');
  ainft('cancel', '2', '--from', '2');
  assert.equal(proposals()[1].state, 'canceled');
});
