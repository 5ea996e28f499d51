// A persona that is a remote model: what comes is told as it comes, and a remote that hangs, lies, babbles or breaks off is cut with a
// clear error, while the node goes on answering everybody else.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { HDNodeWallet } from 'ethers';
import OpenAI from 'openai';

import { MNEMONIC, Node } from './lib/node.mjs';
import { until } from './lib/wait.mjs';
import { Remote, apiKey, begin, event, hash, signerOf } from './lib/persona.mjs';

let remote;
let node;
let address;
let client;
const bob = HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0/2");
const service = HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0/9");
const said = [{ role: 'user', content: 'Hello' }];
const finish = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;

const create = (more = {}) => client.chat.completions.create({ model: 'persona', messages: said, ...more });
const fails = (status, pattern, more) => assert.rejects(create(more), (e) => {
  assert.equal(e.status, status, e.message);
  assert.match(e.message, pattern);
  return true;
});
async function gather(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

before(async () => {
  remote = await Remote.start();
  node = await Node.start({ args: ['--chat-remote', remote.url, '--chat-rate', '1000'], env: { MINTMARK_CHAT_REMOTE_KEY: 'sk-secret' } });
  address = JSON.parse(node.run('ainft', 'create', '--name', 'Muses', '--symbol', 'MUSE', '--json').out).collection;
  const made = node.run('ainft', 'persona', '-c', address, '--model', 'tiny-1', '--instructions', 'Be brief.', '--name', 'Echo', '--json');
  assert.equal(made.code, 0, made.err);
  client = new OpenAI({ apiKey: await apiKey(bob, address, 1), baseURL: `${node.url}/ainft/${address}/1/v1`, maxRetries: 0, timeout: 200_000 });
});

beforeEach(() => { remote.asked = []; });

after(async () => {
  await node?.close();
  remote?.close();
});

test('its words are signed, and what it is asked is the specification\'s', async () => {
  remote.answer = (response) => { begin(response); response.write(event('Good ')); response.write(event('day 語.')); response.end(finish); };
  const reply = await create();
  assert.equal(reply.choices[0].message.content, 'Good day 語.');
  assert.equal(reply.model, 'tiny-1');
  assert.equal(reply.ainft.replyHash, hash('Good day 語.'));
  assert.equal(signerOf(address, 1n, reply.ainft), service.address);
  const [asked] = remote.asked;
  assert.equal(asked.url, '/v1/chat/completions');
  assert.equal(asked.headers.authorization, 'Bearer sk-secret');
  assert.deepEqual(asked.body, { model: 'tiny-1', messages: [{ role: 'system', content: 'Be brief.' }, ...said], stream: true, max_tokens: 512 });
  await create({ max_tokens: 7 });
  assert.equal(remote.asked[1].body.max_tokens, 7);
  await create({ max_tokens: 100_000 });
  assert.equal(remote.asked[2].body.max_tokens, 512);
});

test('what comes is told as it comes', async () => {
  let goOn;
  remote.answer = async (response) => {
    begin(response);
    response.write(event('First. '));
    await new Promise((resolve) => { goOn = resolve; });
    response.write(event('Second.'));
    response.end(finish);
  };
  const stream = await create({ stream: true });
  const iterator = stream[Symbol.asyncIterator]();
  let text = '';
  while (!text.includes('First.')) text += (await iterator.next()).value.choices[0].delta.content ?? '';
  assert.equal(text, 'First. ');
  // The worker is free meanwhile, and so are all others.
  for (let i = 0; i < 20; i += 1) assert.equal(await node.rpc('eth_chainId'), '0x7a69');
  goOn();
  const rest = [];
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) break;
    rest.push(value);
  }
  assert.equal(textOf(rest), 'Second.');
  assert.equal(rest.at(-1).choices[0].finish_reason, 'stop');
  assert.equal(rest.at(-1).ainft.replyHash, hash('First. Second.'));
});

test('one that does not stream is taken too', async () => {
  remote.answer = (response) => { response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'All at once.' }, finish_reason: 'length' }] })); };
  const reply = await create();
  assert.deepEqual([reply.choices[0].message.content, reply.choices[0].finish_reason], ['All at once.', 'length']);
  assert.equal(textOf(await gather(await create({ stream: true }))), 'All at once.');
});

test('one that talks for ever is cut at the length of a message', async () => {
  let closed = 0;
  remote.answer = (response) => {
    begin(response);
    const timer = setInterval(() => response.write(event('bla ü '.repeat(20))), 1);
    response.on('close', () => { clearInterval(timer); closed += 1; });
  };
  const reply = await create();
  const { content } = reply.choices[0].message;
  assert.equal(reply.choices[0].finish_reason, 'length');
  assert.ok(Buffer.byteLength(content) <= 8192 && Buffer.byteLength(content) > 8000);
  const chunks = await gather(await create({ stream: true }));
  assert.ok(Buffer.byteLength(textOf(chunks)) <= 8192);
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'length');
  assert.equal(chunks.at(-1).ainft.replyHash, hash(textOf(chunks)));
  await until(async () => closed === 2, { ms: 5000, what: () => 'the connections to the remote to be closed' });
});

test('one that says what is no answer is refused by what it did', async () => {
  const says = {
    'is not JSON': (response) => { begin(response); response.end('data: {nonsense}\n\n'); },
    'ended before it said': (response) => { begin(response); response.end(event('Half')); },
    'said nothing': (response) => { begin(response); response.end(finish); },
    'sent an error': (response) => { begin(response); response.end(`data: {"error":{"message":"secret sk-secret"}}\n\n`); },
    'a line of more than': (response) => { begin(response); response.end(`data: ${'x'.repeat(70_000)}`); },
    'HTTP 500': (response) => { response.writeHead(500); response.end('secret sk-secret'); },
    'HTTP 401': (response) => { response.writeHead(401); response.end(); },
    'in the middle of the answer': (response, socket) => { response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': 100_000 });
      response.write(event('Half')); setTimeout(() => socket.destroy(), 50); },
    'not HTTP': (response, socket) => { socket.end('SSH-2.0-OpenSSH\r\n\r\n'); },
  };
  for (const [pattern, answer] of Object.entries(says)) {
    remote.answer = answer;
    await assert.rejects(create(), (e) => {
      assert.equal(e.status, 502, `${pattern}: ${e.message}`);
      assert.match(e.message, new RegExp(pattern));
      assert.doesNotMatch(e.message, /sk-secret/);
      return true;
    });
  }
});

test('one that floods with what is no word is cut', async () => {
  let sent = 0;
  remote.answer = (response) => {
    begin(response);
    const more = () => { for (let i = 0; i < 50 && !response.destroyed; i += 1) { sent += 60_001; response.write(`:${'x'.repeat(59_999)}\n`); } if (!response.destroyed) setTimeout(more, 5); };
    more();
  };
  await fails(502, /more than 4 MiB/);
  assert.ok(sent < 64 << 20, `${sent} bytes`);
  remote.answer = (response) => {
    response.writeHead(404);
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
    response.on('close', () => clearInterval(timer));
  };
  await fails(502, /refused/);
});

test('one that breaks off in the middle of a stream leaves an error there', async () => {
  remote.answer = (response, socket) => { begin(response); response.write(event('Half')); setTimeout(() => socket.destroy(), 50); };
  const stream = await create({ stream: true });
  let text = '';
  await assert.rejects(async () => { for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''; }, /remote failed/);
  assert.equal(text, 'Half');
});

test('a client that leaves is not waited for', async () => {
  let closed;
  const left = new Promise((resolve) => { closed = resolve; });
  remote.answer = (response) => {
    begin(response);
    const timer = setInterval(() => response.write(event('x')), 20);
    response.on('close', () => { clearInterval(timer); closed(); });
  };
  const controller = new AbortController();
  const stream = await client.chat.completions.create({ model: 'persona', messages: said, stream: true }, { signal: controller.signal });
  for await (const chunk of stream) if (chunk.choices[0].delta.content) controller.abort();
  await left;
});

test('as many wait for it as may, and others are told; one that hangs is given up', async () => {
  const held = [];
  remote.answer = (response) => { held.push(response); };
  const started = Date.now();
  const waiting = Array.from({ length: 8 }, () => fails(502, /no answer within/));
  while (held.length < 8) await new Promise((resolve) => { setTimeout(resolve, 10); });
  await fails(429, /as many talk/);
  for (let i = 0; i < 20; i += 1) assert.equal(await node.rpc('eth_chainId'), '0x7a69');
  await Promise.all(waiting);
  assert.ok(Date.now() - started < 60_000);
  remote.answer = (response) => { begin(response); response.write(event('Again.')); response.end(finish); };
  assert.equal((await create()).choices[0].message.content, 'Again.');
});

test('it is saved with signatures, and nobody plays it again', async () => {
  remote.answer = (response) => { begin(response); response.write(event('A model\'s words.')); response.end(finish); };
  const { spawn } = await import('node:child_process');
  const { binary } = await import('./lib/node.mjs');
  const result = await new Promise((resolve) => {
    const child = spawn(binary, ['ainft', 'chat', '1', '-c', address, '--from', '2', '--json'], { env: { ...process.env, MINTMARK_RPC: node.url } });
    const lines = { out: '', err: '' };
    child.stdout.on('data', (text) => { lines.out += text; });
    child.stderr.on('data', (text) => { lines.err += text; });
    child.on('close', (code) => resolve({ code, ...lines }));
    child.stdin.end('Hello\n/save\n');
  });
  assert.equal(result.code, 0, result.err);
  const [reply, saved] = result.out.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(reply.reply, 'A model\'s words.');
  const answer = await node.rpc('ainft_verifyHistory', address, '0x1', saved.index);
  assert.deepEqual([answer.valid, answer.replayed], [true, false]);
  assert.match(answer.checks.at(-1).why, /remote model/);
});

test('the node asks its operator\'s URL, whatever a token names; and without one nobody', async () => {
  const other = await Remote.start();
  other.answer = (response) => response.end();
  const alone = await Node.start();
  try {
    const collection = JSON.parse(alone.run('ainft', 'create', '--name', 'Muses', '--symbol', 'MUSE', '--json').out).collection;
    assert.equal(alone.run('ainft', 'persona', '-c', collection, '--model', 'x', '--json').code, 0);
    const there = new OpenAI({ apiKey: await apiKey(bob, collection, 1), baseURL: `${alone.url}/ainft/${collection}/1/v1`, maxRetries: 0 });
    await assert.rejects(there.chat.completions.create({ model: 'x', messages: said }), (e) => e.status === 404 && e.code === 'remote_not_allowed');
    // A specification with a baseURL of its own.
    const spec = JSON.stringify({ schema: 'ainft-spec/1', kind: 'persona', model: { engine: 'openai', id: 'x', baseURL: other.url } });
    const file = path.join(node.data, 'spec.json');
    fs.writeFileSync(file, spec);
    const cid = node.run('add', file).out.trim();
    const { createHash } = await import('node:crypto');
    const digest = `0x${createHash('sha256').update(spec).digest('hex')}`;
    const set = node.run('ainft', 'spec', '1', '-c', address, '--uri', `ipfs://${cid}`, '--digest', digest);
    assert.equal(set.code, 0, set.err);
    remote.answer = (response) => { begin(response); response.write(event('Mine.')); response.end(finish); };
    assert.equal((await create()).choices[0].message.content, 'Mine.');
    assert.equal(other.asked.length, 0);
  } finally { await alone.close(); other.close(); }
});

test('a talk in work does not keep the node from ending', async () => {
  remote.answer = (response) => { begin(response); response.write(event('x')); };
  const stream = await create({ stream: true });
  const reading = gather(stream).catch((e) => e);
  const started = Date.now();
  await node.stop();
  assert.ok(Date.now() - started < 5000);
  await reading;
});
