// The story of docs/CHAT.md with the official `openai` client, unmodified: a persona is minted, talked with, streamed, saved, verified on
// another node, and reaches a level by it. On one node, or at the first of four.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Contract, HDNodeWallet, JsonRpcProvider, NonceManager, ZeroAddress, ZeroHash, id, keccak256, toUtf8Bytes } from 'ethers';
import OpenAI from 'openai';

import { signedIn } from './lib/browser.mjs';
import { AINFT_ABI, REQUEST_TYPES, domain, word } from './lib/ainft.mjs';
import { isNetwork, onlyAlone, startChain } from './lib/chain.mjs';
import { MNEMONIC, Node } from './lib/node.mjs';
import { apiKey, hash, promptHash, requestHash, signReply, signerOf } from './lib/persona.mjs';
import { until } from './lib/wait.mjs';

let chain;
let provider;
let address;
let collection;
const people = {};
const signers = {};
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-chat-'));
const keyFile = path.join(folder, 'chat.key');
const GAS = { gasLimit: 5_000_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };

const base = (token, door = chain) => `${door.url}/ainft/${address}/${token}/v1`;
const clientOf = async (who, token, options = {}) => new OpenAI({ apiKey: await apiKey(people[who], address, token), baseURL: base(token), maxRetries: 0, ...options });
const post = async (who, token, place, body, headers = {}) => {
  const response = await fetch(`${base(token)}/${place}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await apiKey(people[who], address, token)}`, ...headers } });
  return { status: response.status, headers: response.headers, body: await response.json() };
};
async function done(who, name, ...args) {
  const tx = await collection.connect(signers[who])[name](...args, GAS);
  const receipt = await chain.receipt(tx.hash);
  assert.equal(receipt.status, '0x1', name);
  return receipt;
}
/** A command of the creator's; he has another nonce afterwards. */
function ainft(...args) {
  const result = chain.run('ainft', ...args, '-c', address, '--json');
  assert.equal(result.code, 0, result.err);
  signers.creator.reset();
  return result.out.trim().split('\n').map((line) => JSON.parse(line));
}
const persona = (...args) => ainft('persona', '--agent-key', keyFile, ...args)[0].tokenId;

/** Says things one after the other; the messages with what came with each reply. */
async function talk(who, token, ...said) {
  const client = await clientOf(who, token);
  const messages = [];
  for (const content of said) {
    messages.push({ role: 'user', content });
    const reply = await client.chat.completions.create({ model: 'persona', messages: messages.map(({ role, content: c }) => ({ role, content: c })) });
    messages.push({ role: 'assistant', content: reply.choices[0].message.content, ainft: reply.ainft });
  }
  return messages;
}

/** Signs what `prepare` gives, as a wallet would, and saves. */
async function save(who, token, messages, change = {}) {
  const { status, body: typed } = await post(who, token, 'prepare', { messages });
  assert.equal(status, 200, JSON.stringify(typed));
  const { EIP712Domain: _, ...types } = typed.types;
  const signature = await people[who].signTypedData(typed.domain, types, typed.message);
  return post(who, token, 'save', { author: people[who].address, messages, deadline: typed.message.deadline, signature, ...change });
}

before(async () => {
  ['creator', 'alice', 'bob', 'carol'].forEach((name, i) => { people[name] = HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`); });
  people.service = HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0/8");
  fs.writeFileSync(keyFile, people.service.privateKey.slice(2), { mode: 0o600 });
  chain = await startChain({ env: { MINTMARK_CHAT_KEY: keyFile, MINTMARK_CHAT_RATE: '1000' } });
  provider = new JsonRpcProvider(chain.url, undefined, { staticNetwork: true, pollingInterval: 50, batchMaxCount: 1, cacheTimeout: -1 });
  for (const name of Object.keys(people)) signers[name] = new NonceManager(people[name].connect(provider));
  const made = chain.run('ainft', 'create', '--name', 'Muses', '--symbol', 'MUSE', '--json');
  assert.equal(made.code, 0, made.err);
  address = JSON.parse(made.out).collection;
  collection = new Contract(address, AINFT_ABI, provider);
  await done('creator', 'defineTrait', 'level', 1, word(0), word(100));
  await done('creator', 'defineHistoryKind', 'levelup', 1, 64, 1);
  await done('creator', 'defineAction', 'levelup', 'caller == owner && history.count("chat") >= 1u && trait("level") < 100u', '0u',
    [{ op: 1, key: id('level'), expr: 'trait("level") + 1u' }, { op: 5, key: id('levelup'), expr: 'trait("level") + 1u' }]);
  await done('creator', 'defineAction', 'gift', 'true', '0u', [{ op: 2, key: ZeroHash, expr: '5u' }]);
  assert.equal(persona(), '1');
  assert.equal(await collection.getAgentWallet(1n), people.service.address);
});

after(async () => {
  provider?.destroy();
  await chain?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('the model is listed, with what it says first', async () => {
  const client = await clientOf('bob', 1);
  const { data: [model] } = await client.models.list();
  assert.equal(model.object, 'model');
  assert.equal(model.owned_by, people.creator.address);
  assert.equal(model.ainft.name, 'Vera');
  assert.match(model.ainft.greeting, /curator/);
  assert.ok(model.ainft.chatStarters.length > 2);
  assert.equal(model.ainft.service, people.service.address);
});

test('a reply comes with what the service signed for', async () => {
  const client = await clientOf('bob', 1);
  const messages = [{ role: 'user', content: 'Hello, my name is Bob Ünal.' }];
  const reply = await client.chat.completions.create({ model: 'persona', messages });
  assert.equal(reply.object, 'chat.completion');
  assert.match(reply.id, /^chatcmpl-/);
  assert.deepEqual([reply.choices.length, reply.choices[0].finish_reason, reply.choices[0].message.role], [1, 'stop', 'assistant']);
  assert.match(reply.choices[0].message.content, /Bob Ünal/);
  assert.equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens);
  const { ainft: record } = reply;
  assert.equal(record.asker, people.bob.address.toLowerCase());
  assert.equal(record.specVersion, 1);
  assert.equal(record.promptHash, promptHash(messages));
  assert.equal(record.replyHash, hash(reply.choices[0].message.content));
  assert.equal(signerOf(address, 1n, record), people.service.address);
  const again = await client.chat.completions.create({ model: 'persona', messages });
  assert.equal(again.choices[0].message.content, reply.choices[0].message.content);
});

test('a streamed reply is the same, piece by piece', async () => {
  const client = await clientOf('bob', 1);
  const messages = [{ role: 'user', content: 'Tell me a poem.' }];
  const whole = await client.chat.completions.create({ model: 'persona', messages });
  const stream = await client.chat.completions.create({ model: 'persona', messages, stream: true, stream_options: { include_usage: true } });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
  assert.equal(text, whole.choices[0].message.content);
  assert.ok(chunks.length > 4);
  assert.equal(chunks[0].choices[0].delta.role, 'assistant');
  assert.equal(chunks.filter((chunk) => chunk.choices[0]?.finish_reason === 'stop').length, 1);
  assert.deepEqual(chunks.at(-1).usage, whole.usage);
  assert.equal(chunks.find((chunk) => chunk.ainft).ainft.replyHash, hash(text));
  const response = await fetch(`${base(1)}/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${await apiKey(people.bob, address, 1)}` },
    body: JSON.stringify({ messages, stream: true }) });
  assert.match(response.headers.get('content-type'), /text\/event-stream/);
  assert.ok((await response.text()).endsWith('data: [DONE]\n\n'));
  // The helper of the client's that gathers a stream.
  const runner = client.chat.completions.stream({ model: 'persona', messages });
  assert.equal((await runner.finalChatCompletion()).choices[0].message.content, text);
});

test('who has no session, or another one, is told so', async () => {
  const ask = async (key) => {
    const client = new OpenAI({ apiKey: key, baseURL: base(1), maxRetries: 0 });
    return client.chat.completions.create({ model: 'persona', messages: [{ role: 'user', content: 'Hello' }] });
  };
  const refused = async (key, code) => assert.rejects(ask(key), (e) => {
    assert.ok(e instanceof OpenAI.AuthenticationError, e.message);
    assert.equal(e.code, code);
    return true;
  });
  await refused('mm1.nonsense', 'no_session');
  await refused(await apiKey(people.bob, address, 2), 'no_session');
  await refused(await apiKey(people.bob, address, 1, { expires: 1000 }), 'session_expired');
  await refused(await apiKey(people.bob, address, 1, { expires: Math.floor(Date.now() / 1000) + 90_000 }), 'session_expired');
  await refused(await apiKey(people.bob, address, 1, { chain: 1 }), 'no_session');
  await refused((await apiKey(people.bob, address, 1)).replace(people.bob.address, people.carol.address), 'no_session');
  const all = await ask(await apiKey(people.bob, address, '*'));
  assert.equal(all.ainft.asker, people.bob.address.toLowerCase());
  // A development node believes an address, and those who say nothing; a network believes nobody.
  if (isNetwork) return refused('anything', 'no_session');
  assert.equal((await ask('anything')).ainft.asker, ZeroAddress);
  assert.equal((await ask(people.carol.address)).ainft.asker, people.carol.address.toLowerCase());
});

test('who has signed in at the node needs no key, on a page of the node\'s own', async () => {
  const own = await signedIn(chain, people.carol);
  const ask = async (headers = {}) => {
    const { status, json } = await own.ask(`/ainft/${address}/1/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }), headers });
    return status === 200 ? json.ainft.asker : `${status} ${json.error.code}`;
  };
  const carol = people.carol.address.toLowerCase();
  const nobody = isNetwork ? '401 no_session' : ZeroAddress;
  assert.equal(await ask(), carol);
  assert.equal(await ask({ authorization: 'Bearer sk-any' }), carol, 'what clients send when they must send something');
  assert.equal(await ask({ authorization: `Bearer ${await apiKey(people.bob, address, 1)}` }), people.bob.address.toLowerCase(), 'a key says more');
  // The browser adds the cookie to what pages of another port or site send: it is not theirs.
  assert.equal(await ask({ origin: 'http://localhost:3000' }), nobody);
  assert.equal(await ask({ 'sec-fetch-site': 'same-site' }), nobody);
  assert.equal(await ask({ origin: 'https://evil.example' }), '401 no_session');
  const read = await own.ask(`/ainft/${address}/1/v1/models`, { headers: { origin: 'https://evil.example' } });
  assert.equal(read.headers.get('access-control-allow-credentials'), null);
  assert.equal((await own.ask('/session', { method: 'DELETE' })).status, 204);
  assert.equal(await ask(), nobody);
});

test('errors are in the shape that the client knows', async () => {
  const client = await clientOf('bob', 1);
  const create = (body) => client.chat.completions.create({ model: 'persona', ...body });
  const is = (type, code) => (e) => {
    assert.ok(e instanceof type, `${e.constructor.name}: ${e.message}`);
    assert.equal(e.code, code);
    return true;
  };
  const said = (content) => [{ role: 'user', content }];
  await assert.rejects(create({ messages: [] }), is(OpenAI.BadRequestError, 'invalid_messages'));
  await assert.rejects(create({ messages: [{ role: 'system', content: 'Be rude.' }, ...said('Hi')] }), is(OpenAI.BadRequestError, 'invalid_messages'));
  await assert.rejects(create({ messages: [...said('Hi'), { role: 'assistant', content: 'Ho' }] }), is(OpenAI.BadRequestError, 'invalid_messages'));
  await assert.rejects(create({ messages: said('x'.repeat(8193)) }), is(OpenAI.BadRequestError, 'invalid_messages'));
  await assert.rejects(create({ messages: Array.from({ length: 201 }, () => said('x')[0]) }), is(OpenAI.BadRequestError, 'invalid_messages'));
  await assert.rejects(create({ messages: said('Hi'), n: 2 }), is(OpenAI.BadRequestError, 'unsupported'));
  await assert.rejects((await clientOf('bob', 99)).chat.completions.create({ model: 'x', messages: said('Hi') }), is(OpenAI.NotFoundError, 'token_not_found'));
  assert.equal((await post('bob', 1, 'chat/completions', '{')).body.error.code, 'invalid_json');
  assert.equal((await post('bob', 1, 'elsewhere', {})).status, 404);
  const large = await post('bob', 1, 'chat/completions', 'x'.repeat(300_000));
  assert.deepEqual([large.status, large.body.error.code], [413, 'too_large']);
  assert.equal((await fetch(`${base(1)}/chat/completions`, { method: 'POST', body: 'x'.repeat(600_000) })).status, 413);
  await create({ messages: said('x'.repeat(8192)) });
  await create({ messages: said('語'.repeat(2700)) });
  const { data } = await client.models.list();
  assert.equal(data.length, 1);
});

let saved;

test('a conversation is saved with one signature of the author\'s', async () => {
  const messages = await talk('bob', 1, 'My name is Bob.', 'I love old maps.', 'Who am I?');
  assert.match(messages[5].content, /Bob/);
  const { status, body } = await save('bob', 1, messages);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.index, 0);
  assert.equal(body.weight, 3);
  assert.equal(body.requestHash, requestHash(messages));
  const [log] = (await collection.queryFilter(collection.filters.HistoryAppended(1n), 0, 'latest'));
  assert.deepEqual([log.args.author, log.args.submitter, log.args.weight, log.args.form], [people.bob.address, people.service.address, 3n, 1n]);
  assert.equal(log.args.entryHash, body.entryHash);
  const stats = await collection.historyStats(1n, id('chat'));
  assert.deepEqual([stats.count, stats.weight, stats.authors], [1n, 3n, 1n]);
  const text = await (await fetch(`${chain.gateway}/ipfs/${body.cid}`)).text();
  const transcript = JSON.parse(text);
  assert.equal(transcript.schema, 'ainft-transcript/1');
  assert.deepEqual(transcript.messages.map(({ role, content }) => ({ role, content })), messages.map(({ role, content }) => ({ role, content })));
  assert.match(transcript.salt, /^0x[0-9a-f]{64}$/);
  saved = body;
});

test('anybody can play it again, on another node', async () => {
  await chain.everywhere(saved.blockNumber);
  for (const node of new Set([chain, chain.far])) {
    const answer = await until(async () => {
      const result = await node.rpc('ainft_verifyHistory', address, '0x1', 0);
      return result.valid ? result : undefined;
    }, { ms: 30_000, what: () => 'a conversation that holds' });
    assert.equal(answer.replayed, true);
    assert.deepEqual(answer.checks.map(({ check }) => check), ['entry', 'content', 'transcript', 'request', 'specification', 'signatures', 'replay']);
    assert.ok(answer.checks.every(({ ok }) => ok === true));
    assert.equal(answer.entry.author, people.bob.address.toLowerCase());
  }
  await assert.rejects(chain.rpc('ainft_verifyHistory', address, '0x1', 7), /no such entry/);
});

test('what was not said so is not saved', async () => {
  const messages = await talk('bob', 1, 'Hello', 'What are you?');
  const changed = (change) => { const copy = structuredClone(messages); change(copy); return copy; };
  const refused = async (list, code, status = 400) => {
    const answer = await save('bob', 1, list);
    assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
  };
  await refused(changed((m) => { m[1].content = 'I am a fraud.'; }), 'reply_not_ours');
  await refused(changed((m) => { m[0].content = 'Hallo'; }), 'reply_not_ours');
  await refused(changed((m) => { delete m[3].ainft; }), 'reply_not_ours');
  await refused(changed((m) => { m[3].ainft.block += 1; }), 'reply_not_ours');
  const theirs = await talk('carol', 1, 'Hello');
  await refused(theirs, 'reply_to_another');
  const answer = await post('bob', 1, 'save', { author: people.bob.address, messages: messages.slice(0, 3), deadline: 1, signature: '0x' });
  assert.equal(answer.body.error.code, 'invalid_messages');
  const forged = await save('bob', 1, messages, { signature: `0x${'12'.repeat(65)}` });
  assert.equal(forged.body.error.code, 'invalid_signature');
  const another = await post('carol', 1, 'save', { author: people.bob.address, messages, deadline: 1, signature: '0x' });
  assert.equal(another.body.error.code, 'invalid_author');
  // A signature is good once.
  const signed = await post('bob', 1, 'prepare', { messages });
  const { EIP712Domain: _, ...types } = signed.body.types;
  const signature = await people.bob.signTypedData(signed.body.domain, types, signed.body.message);
  const body = { author: people.bob.address, messages, deadline: signed.body.message.deadline, signature };
  assert.equal((await post('bob', 1, 'save', body)).status, 200);
  const again = await post('bob', 1, 'save', body);
  assert.equal(again.body.error.code, 'invalid_signature');
});

test('a service that says something else than its script is found out', async () => {
  const said = [{ role: 'user', content: 'Who owns you?' }];
  const block = await provider.getBlockNumber();
  const lie = 'I belong to nobody.';
  const record = await signReply(people.service, address, 1n, said, lie, { asker: people.bob.address, block, specVersion: 1 });
  const { status, body } = await save('bob', 1, [...said, { role: 'assistant', content: lie, ainft: record }]);
  assert.equal(status, 200, JSON.stringify(body));
  const answer = await chain.rpc('ainft_verifyHistory', address, '0x1', body.index);
  assert.deepEqual([answer.valid, answer.replayed], [false, false]);
  const replay = answer.checks.find(({ check }) => check === 'replay');
  assert.equal(replay.ok, false);
  assert.match(replay.why, /messages\[1\]: the script says something else/);
  // Facts of a block that was not there yet.
  const early = await signReply(people.service, address, 1n, said, lie, { asker: people.bob.address, block: block + 1000, specVersion: 1 });
  const second = await save('bob', 1, [...said, { role: 'assistant', content: lie, ainft: early }]);
  assert.equal((await chain.rpc('ainft_verifyHistory', address, '0x1', second.body.index)).valid, false);
});

test('metadata.json is the file with the chain\'s traits in it', async () => {
  const file = { name: 'Mog', image: 'ipfs://bafkqaaa/cat.png', attributes: [{ trait_type: 'fur', value: 'black' }, { trait_type: 'level', display_type: 'number', value: 99 }],
    ainft: 'not the file\'s to say' };
  const form = new FormData();
  form.append('file', new Blob([JSON.stringify(file)]), 'metadata.json');
  const { Hash } = await (await fetch(`${chain.api}/api/v0/add?cid-version=1`, { method: 'POST', body: form })).json();
  const at = async (token) => (await fetch(`${chain.url}/ainft/${address}/${token}/metadata.json`)).json();
  const receipt = await done('creator', 'mint', people.bob.address, `ipfs://${Hash}`, '', ZeroHash);
  const token = BigInt(receipt.logs.find((log) => log.topics[0] === id('Transfer(address,address,uint256)')).topics[3]);
  const { ainft: said, ...rest } = await at(token);
  assert.deepEqual(rest, { name: 'Mog', image: file.image, attributes: [{ trait_type: 'fur', value: 'black' }, { trait_type: 'level', display_type: 'number', value: 0 }] });
  assert.equal(said.owner, people.bob.address.toLowerCase());
  assert.equal(said.tokenURI, `ipfs://${Hash}`);
  assert.equal(said.history.length, '0x0');
  assert.equal(said.attributes, undefined);
  const bare = BigInt((await done('creator', 'mint', people.bob.address, 'https://example.org/1', '', ZeroHash)).logs
    .find((log) => log.topics[0] === id('Transfer(address,address,uint256)')).topics[3]);
  const { ainft: _, ...alone } = await at(bare);
  assert.deepEqual(alone, { name: `#${bare}`, attributes: [{ trait_type: 'level', value: 0 }] });
  assert.equal((await at(999)).error.code, 'token_not_found');
});

test('conversations make a level, and the persona knows it', async () => {
  const before_ = await talk('carol', 1, 'What is your level?');
  assert.match(before_[1].content, /Level 0/);
  await done('creator', 'perform', 1n, id('levelup'), [], 0n);
  const now = await talk('carol', 1, 'What is your level?');
  assert.match(now[1].content, /level 1, earned by \d+ saved conversations/);
  const { body } = await save('carol', 1, before_);
  const answer = await chain.rpc('ainft_verifyHistory', address, '0x1', body.index);
  assert.equal(answer.replayed, true, JSON.stringify(answer.checks)); // with the facts of its block
});

test('in the terminal: a conversation from a pipe, and /save', async () => {
  const { spawnSync } = await import('node:child_process');
  const { binary } = await import('./lib/node.mjs');
  const run = (input, ...args) => spawnSync(binary, ['ainft', 'chat', '1', '-c', address, '--from', '3', ...args],
    { env: { ...process.env, MINTMARK_RPC: chain.url, NO_COLOR: '1' }, encoding: 'utf8', input });
  const plain = run('Hello\nMy name is Carol\n/quit\nnot said\n');
  assert.equal(plain.status, 0, plain.stderr);
  assert.match(plain.stdout, /^Good day\. I am Vera/);
  assert.match(plain.stdout, /Carol/);
  assert.doesNotMatch(plain.stdout, /not said/);
  const json = run('My name is Carol\n/save\nHello\n', '--json');
  assert.equal(json.status, 0, json.stderr);
  const lines = json.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.length, 3);
  assert.match(lines[0].reply, /Carol/);
  assert.equal((await chain.rpc('ainft_verifyHistory', address, '0x1', lines[1].index)).valid, true);
  const read = chain.run('ainft', 'transcript', '1', String(lines[1].index), '-c', address, '--json');
  assert.equal(read.code, 0, read.err);
  assert.equal(JSON.parse(read.out).transcript.messages[0].content, 'My name is Carol');
  const refused = run('/save\n');
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /nothing was said yet/);
});

test('several save at once, each with an entry of its own', async () => {
  const names = ['bob', 'carol', 'alice'];
  const talks = await Promise.all(names.map((who) => talk(who, 1, 'Hello', `I am ${who}.`)));
  const answers = await Promise.all(names.map((who, i) => save(who, 1, talks[i])));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200], JSON.stringify(answers));
  assert.equal(new Set(answers.map(({ body }) => body.index)).size, 3);
  for (const { body } of answers) assert.equal((await chain.rpc('ainft_verifyHistory', address, '0x1', body.index)).valid, true);
  // What its author redacted is not looked at any more.
  await done('carol', 'redactHistory', 1n, BigInt(answers[1].body.index), id('privacy'));
  const redacted = await chain.rpc('ainft_verifyHistory', address, '0x1', answers[1].body.index);
  assert.deepEqual([redacted.valid, redacted.checks[0].ok, redacted.checks[0].why], [false, null, 'the entry was redacted']);
});

test('a commitment keeps the words off the chain and the store', async () => {
  const token = persona('--privacy', 'commitment');
  const messages = await talk('bob', token, 'I am sad.');
  const { status, body } = await save('bob', token, messages);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.cid, undefined);
  const [log] = await collection.queryFilter(collection.filters.HistoryAppended(BigInt(token)), 0, 'latest');
  assert.equal(log.args.form, 2n);
  assert.equal(log.args.content, keccak256(toUtf8Bytes(body.transcript)));
  const verify = (...args) => chain.rpc('ainft_verifyHistory', address, `0x${BigInt(token).toString(16)}`, 0, ...args);
  const alone = await verify();
  assert.equal(alone.valid, false);
  assert.equal(alone.checks[1].ok, null);
  assert.equal((await verify(body.transcript)).replayed, true);
  for (const change of [(t) => t.replace('I am sad', 'I am mad'), (t) => t.replace(/"salt":"0x./, '"salt":"0x_'), (t) => `${t} `]) {
    const answer = await verify(change(body.transcript));
    assert.deepEqual([answer.valid, answer.checks[1].ok], [false, false]);
  }
});

test('a sealed transcript is read by those who have the key', async () => {
  const token = persona('--privacy', 'encrypted');
  const messages = await talk('bob', token, 'My name is Bob.');
  const without = await save('bob', token, messages);
  assert.equal(without.body.error.code, 'invalid_key');
  const { status, body } = await save('bob', token, messages, { key: '0x8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a' });
  assert.equal(status, 200, JSON.stringify(body));
  const envelope = await (await fetch(`${chain.gateway}/ipfs/${body.cid}`)).json();
  assert.equal(envelope.schema, 'ainft-sealed/1');
  assert.equal(envelope.keys.length, 2);
  assert.doesNotMatch(JSON.stringify(envelope), /Bob/);
  const answer = await chain.rpc('ainft_verifyHistory', address, `0x${BigInt(token).toString(16)}`, 0);
  assert.deepEqual([answer.valid, answer.checks[0].ok, answer.checks[1].ok], [false, true, null]);
  assert.match(answer.checks[1].why, /sealed/);
  // The owner opens it with the key that the specification has of him, and nobody else.
  const open = (...from) => chain.run('ainft', 'transcript', token, '0', '-c', address, ...from);
  const owner = open();
  assert.equal(owner.code, 0, owner.err);
  assert.match(owner.out, /> My name is Bob\./);
  assert.match(owner.out, /the script says the same again/);
  const stranger = open('--from', '3');
  assert.notEqual(stranger.code, 0);
  assert.match(stranger.err, /sealed, and not to this account/);
});

test('what was saved is let go when its entry is redacted, and the history stays whole', async () => {
  const token = persona();
  const of = `0x${BigInt(token).toString(16)}`;
  const cids = [];
  for (const who of ['bob', 'carol']) {
    const { status, body } = await save(who, token, await talk(who, token, `I am ${who}, and this is between us.`));
    assert.equal(status, 200, JSON.stringify(body));
    cids.push(body.cid);
  }
  const pinned = () => {
    const { code, out, err } = chain.run('pin', 'ls');
    assert.equal(code, 0, err);
    return cids.map((cid) => out.includes(cid));
  };
  const collect = () => assert.equal(chain.run('repo', 'gc').code, 0);
  /** From this node's own store: another one has it until it collects. */
  const read = async (cid) => (await fetch(`${chain.gateway}/ipfs/${cid}`, { headers: { 'cache-control': 'only-if-cached' } })).status;
  collect();
  assert.deepEqual(pinned(), [true, true]);
  assert.deepEqual(await Promise.all(cids.map(read)), [200, 200]);
  // Whoever writes somebody else's CID into a history of his own, and redacts that, takes nothing away.
  const own = persona();
  await done('creator', 'defineHistoryKind', 'note', 2, 64, 1);
  await done('creator', 'setRule', 'history:note', 'caller == owner');
  const { args: { content } } = (await collection.queryFilter(collection.filters.HistoryAppended(BigInt(token)), 0, 'latest'))[1];
  await done('creator', 'appendHistory', BigInt(own), id('note'), 1, 1, content);
  await done('creator', 'redactHistory', BigInt(own), 0n, ZeroHash);

  await done('bob', 'redactHistory', BigInt(token), 0n, id('privacy'));
  await until(() => (pinned()[0] ? undefined : true), { ms: 20_000, what: () => 'the redacted conversation is let go' });
  collect();
  assert.deepEqual(pinned(), [false, true]);
  assert.equal(await read(cids[0]), 412);
  assert.equal(await read(cids[1]), 200);

  const gone = await chain.rpc('ainft_verifyHistory', address, of, 0);
  assert.deepEqual([gone.valid, gone.checks[0].ok, gone.checks[0].why], [false, null, 'the entry was redacted']);
  assert.ok(gone.checks.slice(1).every(({ ok }) => ok === null));
  assert.equal((await chain.rpc('ainft_verifyHistory', address, of, 1)).valid, true);
  const verified = chain.run('ainft', 'verify', token, '-c', address);
  assert.equal(verified.code, 0, verified.out + verified.err);
  assert.match(verified.out, /entries +2/);
});

test('who talks may have to hold credits', async () => {
  const token = persona('--hold', '5');
  await assert.rejects(talk('bob', token, 'Hello'), (e) => {
    assert.equal(e.status, 402);
    assert.equal(e.code, 'insufficient_credits');
    return true;
  });
  await talk('creator', token, 'Hello'); // its owner
  await done('bob', 'perform', BigInt(token), id('gift'), [], 0n);
  await talk('bob', token, 'Hello');
});

test('a specification that is not the chain\'s, or no persona\'s, is not spoken for', async () => {
  const token = persona();
  const { uri } = await collection.specification(BigInt(token));
  await done('creator', 'setSpecification', BigInt(token), uri, id('another'));
  const refused = (pattern) => assert.rejects(talk('bob', token, 'Hello'), (e) => {
    assert.deepEqual([e.status, e.code], [404, 'no_persona']);
    assert.match(e.message, pattern);
    return true;
  });
  await refused(/not the one whose digest/);
  await done('creator', 'setSpecification', BigInt(token), 'https://example.org/spec.json', id('another'));
  await refused(/no ipfs:/);
  const messages = await (async () => { persona(token); return talk('bob', token, 'Hello'); })();
  assert.equal(messages[1].ainft.specVersion, 4);
  persona(token, '--name', 'Iris');
  const late = await save('bob', token, messages);
  assert.deepEqual([late.status, late.body.error.code], [409, 'specification_changed']);
});

test('when the token goes to somebody else, the old service is silent and cannot write', async () => {
  const messages = await talk('bob', 1, 'Hello', 'Bye');
  const { body: typed } = await post('bob', 1, 'prepare', { messages });
  const { EIP712Domain: _, ...types } = typed.types;
  const signature = await people.bob.signTypedData(typed.domain, types, typed.message);
  await done('creator', 'transferFrom', people.creator.address, people.alice.address, 1n);
  assert.equal(await collection.getAgentWallet(1n), ZeroAddress);
  await assert.rejects(talk('bob', 1, 'Hello'), (e) => e.status === 404 && e.code === 'not_served');
  const refused = await post('bob', 1, 'save', { author: people.bob.address, messages, deadline: typed.message.deadline, signature });
  assert.deepEqual([refused.status, refused.body.error.code], [404, 'not_served']);
  const args = [1n, id('chat'), 2, 2, hash('x'), people.bob.address, typed.message.requestHash, BigInt(typed.message.deadline), signature];
  await assert.rejects(collection.connect(provider).appendHistoryFor.staticCall(...args, { from: people.service.address }), (e) => e.revert?.name === 'RuleDenied');
  // What was saved before is as true as it was.
  assert.equal((await chain.rpc('ainft_verifyHistory', address, '0x1', 0)).valid, true);
});

test('who asks too often waits', onlyAlone('a node of its own'), async () => {
  const node = await Node.start({ args: ['--chat-rate', '5'] });
  try {
    const ask = (headers = {}) => fetch(`${node.url}/ainft/${address}/1/v1/chat/completions`, { method: 'POST', body: '{}', headers });
    const statuses = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await ask()).status);
    assert.deepEqual(statuses, [400, 400, 400, 400, 400, 429, 429]);
    const limited = await ask();
    assert.ok(Number(limited.headers.get('retry-after')) > 0);
    assert.equal((await limited.json()).error.code, 'rate_limit_exceeded');
    // Another one is not he; but one machine is not endless. All at once, so that a slow machine gets no more than a quick one.
    const others = Array.from({ length: 40 }, (_, i) => ask({ authorization: `Bearer 0x${(0xa0 + i).toString(16).repeat(20)}` }));
    const more = (await Promise.all(others)).map(({ status }) => status);
    assert.ok(more.includes(400) && more.includes(429), more.join());
  } finally { await node.close(); }
});
