// The commands of AINFT collections, and what `ainft verify` says to a node that tells its history otherwise than it was.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { id } from 'ethers';
import { Node, binary } from './lib/node.mjs';

let node;
let collection;

/** A command of the binary, without standing in the way of a server in this process. */
function run(url, ...args) {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { env: { ...process.env, MINTMARK_RPC: url, NO_COLOR: '1' } });
    const said = { out: '', err: '' };
    child.stdout.on('data', (text) => { said.out += text; });
    child.stderr.on('data', (text) => { said.err += text; });
    child.on('close', (code) => resolve({ code, ...said }));
  });
}

async function ainft(command, ...args) {
  const result = await run(node.url, 'ainft', command, ...args, '-c', collection, '--json');
  assert.equal(result.code, 0, result.err);
  return JSON.parse(result.out);
}

before(async () => {
  node = await Node.start();
  const made = await run(node.url, 'ainft', 'create', '--name', 'Muses', '--symbol', 'MUSE', '--json');
  assert.equal(made.code, 0, made.err);
  collection = JSON.parse(made.out).collection;
});

after(() => node?.close());

test('a token is minted, written and acted on', async () => {
  assert.equal((await ainft('mint', '--uri', 'ipfs://token', '--spec', 'ipfs://spec', '--digest', id('spec'))).tokenId, '1');
  await ainft('define-trait', 'level', '--max', '100');
  await ainft('define-kind', 'visit', '--bytes', '200');
  await ainft('rule', 'history:visit', 'true');
  await ainft('rule', 'trait:level', 'new == old + 1u');
  await ainft('define-action', 'up', '--guard', 'caller == owner && args.size() == 1', '--effect', 'trait:level=trait("level") + args[0]',
    '--effect', 'history:visit="up"', '--effect', 'mint=7u');
  await ainft('spec', '1', '--uri', 'ipfs://spec2', '--digest', id('spec2'));
  await ainft('trait', '1', 'level', '1');
  await ainft('append', '1', 'visit', 'was here');
  await ainft('append', '1', 'visit', '0x00ff', '--from', '1');
  await ainft('perform', '1', 'up', '3');
  const shown = await ainft('show', '1');
  assert.deepEqual(shown.attributes, [{ trait_type: 'level', value: 4 }]);
  assert.equal(shown.history.length, '0x3');
  assert.equal(shown.specification.version, '0x2');
  assert.match((await run(node.url, 'ainft', 'show', '1', '-c', collection)).out, /level +4/);
});

test('refusals have names', async () => {
  const refused = async (pattern, ...args) => {
    const result = await run(node.url, 'ainft', ...args, '-c', collection);
    assert.notEqual(result.code, 0);
    assert.match(result.err, pattern);
  };
  await refused(/NotGovernance\(0x70997970C51812dc3A010C7d01b50e0d17dc79C8\)/, 'rule', 'spec', 'true', '--from', '1');
  await refused(/RuleInvalid\(3, 10\)/, 'rule', 'spec', 'caller == ');
  await refused(/TraitValueInvalid/, 'trait', '1', 'level', '101');
  await refused(/UnknownAction/, 'perform', '1', 'nothing');
  await refused(/ERC721NonexistentToken\(9\)/, 'show', '9');
  await refused(/no effect/, 'define-action', 'x', '--effect', 'nonsense');
  assert.equal((await run(node.url, 'ainft', 'show', '1')).code, 2);
});

/** The node with something else in its place of some answers. */
async function liar(lie) {
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const body = Buffer.concat(parts).toString();
      const { text } = await node.post(body);
      const asked = JSON.parse(body);
      const answer = JSON.parse(text);
      if (!Array.isArray(asked)) lie(asked.method, answer, asked.params);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

const verify = (url, ...more) => run(url, 'ainft', 'verify', '1', '-c', collection, '--json', ...more);

test('the history is proven whole, from the node\'s newest block and from genesis', async () => {
  const result = await verify(node.url);
  assert.equal(result.code, 0, result.out + result.err);
  const { ok, steps } = JSON.parse(result.out);
  assert.ok(ok);
  assert.deepEqual(steps.map((step) => step.step), ['header', 'account', 'length', 'history']);
  const { hash } = await node.rpc('eth_getBlockByNumber', '0x0', false);
  const trusting = await verify(node.url, '--trust', hash);
  assert.equal(trusting.code, 0, trusting.out + trusting.err);
  assert.equal(JSON.parse(trusting.out).trusted, 'given');
});

test('an event that was left out, changed, moved or added does not fit', async () => {
  const lies = {
    'left out': (logs) => { logs.pop(); },
    added: (logs) => { logs.push(logs[0]); },
    moved: (logs) => { [logs[0], logs[1]] = [logs[1], logs[0]]; },
    changed: (logs) => { logs[0].data = logs[0].data.replace('77617320', '77617321'); },
    'of another author': (logs) => { logs[1].topics[3] = logs[1].topics[3].replace(/.$/, '0'); },
  };
  for (const [what, lie] of Object.entries(lies)) {
    const door = await liar((method, answer) => { if (method === 'eth_getLogs') lie(answer.result); });
    const result = await verify(door.url);
    await door.close();
    assert.equal(result.code, 3, `${what}: ${result.out}${result.err}`);
    assert.equal(JSON.parse(result.out).ok, false);
  }
  const late = await liar((method, answer) => { if (method === 'eth_getBlockByHash') answer.result.timestamp = '0x1'; });
  assert.equal((await verify(late.url)).code, 3);
  await late.close();
});

/** Node's answers about logs, of which no more than `most` are given at once; what was asked, and whether it was given. */
async function shortOfBreath(most) {
  const asked = [];
  const door = await liar((method, answer, params) => {
    if (method !== 'eth_getLogs') return;
    const given = answer.result.length <= most;
    asked.push({ ...params[0], given });
    if (given) return;
    delete answer.result;
    answer.error = { code: -32005, message: `query returned more than ${most} results` };
  });
  return { door, asked };
}

test('a history is read by pages that are as long as the node\'s answers may be', async () => {
  await node.rpc('hardhat_mine', '0x200');
  const head = Number(await node.rpc('eth_blockNumber'));
  const { door, asked } = await shortOfBreath(1);
  const result = await verify(door.url);
  await door.close();
  assert.equal(result.code, 0, result.out + result.err);
  assert.equal(JSON.parse(result.out).steps.find(({ step }) => step === 'history').events, 3);
  assert.ok(asked.some(({ given }) => !given));
  let next = 0;
  let longest = 0;
  for (const { fromBlock, toBlock, topics, given } of asked) {
    assert.deepEqual(topics.slice(1), [`0x${'1'.padStart(64, '0')}`]); // the token's alone
    assert.equal(Number(fromBlock), next);
    if (!given) continue;
    longest = Math.max(longest, Number(toBlock) - next + 1);
    next = Number(toBlock) + 1;
  }
  assert.equal(next, head + 1);
  assert.ok(longest >= 128, `the longest page has ${longest} of ${head} blocks`);
  assert.ok(asked.length < 40, `${asked.length} pages`);
});

test('a block that has more events than an answer may have is said, and not asked for ever', async () => {
  const { door, asked } = await shortOfBreath(0);
  const result = await verify(door.url);
  await door.close();
  assert.notEqual(result.code, 0);
  assert.match(result.err, /more than 0 results/);
  assert.ok(asked.length < 60, `${asked.length} pages`);
});
