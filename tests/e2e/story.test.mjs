// The whole story of docs/AINFT.md and docs/CHAT.md among four validators, one of which is down: a persona is made, talked with, saved and
// checked elsewhere, rises a level by that, and its holders change a rule, which then refuses an update.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { HDNodeWallet, id } from 'ethers';
import OpenAI from 'openai';
import { binary, MNEMONIC } from './lib/node.mjs';
import { apiKey } from './lib/persona.mjs';
import { Testnet } from './lib/testnet.mjs';
import { until } from './lib/wait.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-story-'));
const keyFile = path.join(folder, 'chat.key');
const person = (index) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
const [CREATOR, ALICE, BOB, SERVICE] = [0, 1, 2, 8];
let net;
let first;
let collection;

const run = (...args) => first.run('ainft', ...args, '-c', collection);
function ainft(...args) {
  const { code, out, err } = run(...args, '--json');
  assert.equal(code, 0, `${args[0]}: ${err}`);
  return out === '' ? undefined : JSON.parse(out.trim().split('\n').at(-1));
}
/** A command that is refused until its time has come. */
const inTime = (...args) => until(() => run(...args).code === 0, { ms: 60_000, what: () => `${args.join(' ')}: ${run(...args).err}` });

/** A node has the blocks that the first one has now. */
async function caughtUp(node) {
  const head = await first.head;
  await until(async () => await node.head >= head, { what: () => 'the same head' });
}

/** A conversation from a pipe; what the token said. */
function talk(who, ...lines) {
  const { status, stdout, stderr } = spawnSync(binary, ['ainft', 'chat', '1', '-c', collection, '--from', String(who)],
    { input: `${lines.join('\n')}\n`, encoding: 'utf8', env: { ...process.env, MINTMARK_RPC: first.url, NO_COLOR: '1' } });
  assert.equal(status, 0, stderr);
  return stdout;
}

before(async () => {
  fs.writeFileSync(keyFile, person(SERVICE).privateKey.slice(2), { mode: 0o600 });
  net = await Testnet.start({ nodes: 4, env: { MINTMARK_CHAT_KEY: keyFile } });
  [first] = net.nodes;
  const made = first.run('ainft', 'create', '--name', 'Muses', '--symbol', 'MUSE', '--voting-delay', '1s', '--voting-period', '15s', '--timelock', '1s', '--quorum', '50', '--json');
  assert.equal(made.code, 0, made.err);
  collection = JSON.parse(made.out).collection;
  net.nodes[3].kill();
});

after(async () => {
  await net?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a persona is made, and answers', async () => {
  ainft('define-trait', 'level', '--max', '100');
  ainft('define-kind', 'levelup', '--bytes', '64');
  ainft('define-action', 'levelup', '--guard', 'caller == owner && history.count("chat") >= 2u * (trait("level") + 1u) && trait("level") < 100u',
    '--effect', 'trait:level=trait("level") + 1u', '--effect', 'history:levelup=trait("level") + 1u');
  assert.equal(ainft('persona', '--agent-key', keyFile).tokenId, '1');
  const client = new OpenAI({ apiKey: await apiKey(person(BOB), collection, 1), baseURL: `${first.url}/ainft/${collection}/1/v1`, maxRetries: 0 });
  const reply = await client.chat.completions.create({ model: 'persona', messages: [{ role: 'user', content: 'My name is Bob.' }] });
  assert.match(reply.choices[0].message.content, /Bob/);
});

test('it rises a level by conversations, which anybody can check', async () => {
  assert.match(run('perform', '1', 'levelup').err, /RuleDenied/);
  assert.match(talk(BOB, 'My name is Bob.', 'Who am I?', '/save'), /Bob/);
  talk(ALICE, 'What do you know?', '/save');
  for (const node of net.nodes.slice(0, 3)) {
    await caughtUp(node);
    for (const index of ['0x0', '0x1']) {
      let answer; // files follow a block: until then what needs them was not done, and nothing is false
      await until(async () => {
        answer = await node.rpc('ainft_verifyHistory', collection, '0x1', index);
        assert.deepEqual(answer.checks.filter(({ ok }) => ok === false), [], `entry ${index} at node ${node.index + 1}`);
        return answer.valid && answer.replayed;
      }, { ms: 30_000, what: () => `entry ${index} at node ${node.index + 1}: ${JSON.stringify(answer.checks)}` });
    }
  }
  ainft('perform', '1', 'levelup');
  await Promise.all(net.nodes.slice(0, 3).map(caughtUp));
  const { attributes, history } = await net.nodes[2].rpc('ainft_metadata', collection, '0x1', 'latest');
  assert.deepEqual(attributes, [{ trait_type: 'level', value: 1 }]);
  assert.equal(history.length, '0x3');
  assert.match(run('perform', '1', 'levelup').err, /RuleDenied/, 'not twice by the same');
  const verified = net.nodes[1].run('ainft', 'verify', '1', '-c', collection);
  assert.equal(verified.code, 0, verified.err);
});

test('its holders change a rule, and the rule refuses an update', async () => {
  for (const who of [ALICE, BOB]) ainft('mint', '--to', person(who).address, '--uri', 'ipfs://token');
  ainft('spec', '2', '--uri', 'ipfs://spec', '--digest', id('spec'), '--from', String(ALICE));
  ainft('hand-over', '--from', String(CREATOR));
  assert.match(run('rule', 'spec', 'true', '--from', String(CREATOR)).err, /NotGovernance/);
  await inTime('propose', 'Only the creator writes specifications', '--rule', 'spec=caller == creator', '--from', String(ALICE));
  await inTime('vote', '1', 'for', '--from', String(ALICE));
  ainft('vote', '1', 'for', '--from', String(BOB));
  assert.match(run('vote', '1', 'for', '--from', String(BOB)).err, /GovernorAlreadyCastVote/);
  await inTime('queue', '1');
  await inTime('execute', '1');
  ainft('mint', '--to', person(BOB).address, '--uri', 'ipfs://token'); // a rule is in force from the block after
  assert.match(run('spec', '2', '--uri', 'ipfs://other', '--digest', id('other'), '--from', String(ALICE)).err, /RuleDenied/);
  ainft('spec', '2', '--uri', 'ipfs://other', '--digest', id('other'), '--from', String(CREATOR));
  const heads = await Promise.all(net.nodes.slice(0, 3).map((node) => node.rpc('eth_getBlockByNumber', '0x1', false)));
  assert.equal(new Set(heads.map(({ hash }) => hash)).size, 1);
});
