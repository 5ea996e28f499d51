// Every answer of every method against a schema: the specification's where it has the method, else ours (lib/own-schemas.mjs).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changeEverything, listMethods, readingQuestions } from './lib/every-method.mjs';
import { isNetwork, onlyAlone, startChain } from './lib/chain.mjs';
import { WsLine } from './lib/line.mjs';
import { COLLECTION, Node } from './lib/node.mjs';
import { makeRichChain } from './lib/rich-chain.mjs';
import { checkAnswer, checkNotification, hasSchema, haveSpecification, needlessSchemas, readFormatChecks, specified } from './lib/schemas.mjs';

const skip = haveSpecification ? false : 'the published schemas are not there';
let node, chain, methods, development;
/** Per method, how many answers were results, and how many were errors. */
const counts = new Map();

/** All that is wrong is told at the end of a test, not the first of it alone. */
const problems = [];
function check(method, params, answer) {
  const count = counts.get(method) ?? { results: 0, errors: 0 };
  counts.set(method, count);
  count[answer.error ? 'errors' : 'results']++;
  try { checkAnswer(method, params, answer); } catch (error) { problems.push(error.message); }
  return answer;
}
const ask = async (method, ...params) => check(method, params, await node.ask(method, ...params));
const nothingWrong = () => {
  const found = problems.splice(0);
  assert.equal(found.length, 0, `${found.length} answers, first:\n${found.slice(0, 10).join('\n\n')}`);
};

before(async () => {
  if (skip) return;
  node = await startChain();
  chain = await makeRichChain(node);
  chain.blockHashes = await Promise.all(['0x0', '0x1', '0x2', 'latest']
    .map(async (block) => (await node.rpc('eth_getBlockByNumber', block, false)).hash));
  methods = listMethods(node);
  development = listMethods(node, / \(development\)$/);
});
after(() => node?.close());

/** A network has no node that signs for others. */
const isNotHere = (method) => isNetwork && development.includes(method);

test('every method has one schema', { skip }, () => {
  assert.ok(methods.length >= 80);
  assert.deepEqual(methods.filter((method) => !hasSchema(method)), []);
  assert.deepEqual(needlessSchemas(methods), []);
});

test('answers of methods that read', { skip }, async () => {
  for (const question of readingQuestions(chain)) await ask(...question);
  nothingWrong();
});

test("parameters of the specification's own examples are understood", { skip }, async () => {
  let examples = 0;
  for (const method of methods.filter((name) => specified.has(name))) {
    for (const { params } of specified.get(method).examples ?? []) {
      const { error } = await ask(method, ...params.map(({ value }) => value));
      examples++;
      // its blocks are mainnet's: a range beyond the head is what the compatibility tests want refused like that
      assert.ok(![-32601, -32602].includes(error?.code) || /^block range extends beyond/.test(error.message) || isNotHere(method),
        `${method}(${JSON.stringify(params)}): ${JSON.stringify(error)}`);
    }
  }
  assert.ok(examples >= 50, `${examples}`);
  nothingWrong();
});

test('the exchanges of the compatibility tests that fit any chain', { skip: skip || onlyAlone('dev control').skip }, async () => {
  const fresh = await Node.start();
  await fresh.rpc('hardhat_mine', '0x36');
  const checks = readFormatChecks();
  assert.equal(checks.length, 28);
  for (const { name, exchanges } of checks) {
    for (const { request, response } of exchanges) {
      const answer = JSON.parse((await fresh.post(JSON.stringify(request))).text);
      checkAnswer(request.method, request.params, answer);
      if (response.error) assert.equal(answer.error?.code, response.error.code, name); // messages are wording
      else assert.deepEqual(answer, response, name);
    }
  }
  await fresh.close();
});

test('parameters that are missing, of another kind or too many', { skip }, async () => {
  for (const method of methods) {
    const before = counts.get(method)?.errors ?? 0;
    await ask(method, { not: 'this' }, { nor: 'that' }, {}, {}, {});
    assert.ok(counts.get(method).errors > before, `${method} takes anything`);
    // what takes no parameter would do its work
    if (specified.get(method)?.params[0]?.required) for (const params of [[], [null], [17.5], ['0xzz'], [[]]]) await ask(method, ...params);
  }
  nothingWrong();
});

test('notifications of subscriptions', { skip }, async () => {
  const line = await WsLine.open(node.url);
  const request = async (method, ...params) => (await check(method, params, await line.ask(method, ...params))).result;
  const kinds = new Map();
  for (const [kind, ...params] of [['newHeads', 'newHeads'], ['logs', 'logs', { address: COLLECTION }], ['logs', 'logs'],
    ['transactionReceipts', 'transactionReceipts'], ['newPendingTransactions', 'newPendingTransactions'],
    ['newPendingTransactionsWhole', 'newPendingTransactions', true]]) kinds.set(await request('eth_subscribe', ...params), kind);
  await request('eth_subscribe', 'syncing');
  await request('eth_subscribe', 'nothing');
  for (const type of [0, 1, 2]) await chain.sender.call(0, type, 'mint', chain.alice, `ipfs://${type}`);
  await node.release();
  const times = (told, kind) => told.filter(({ params }) => kinds.get(params.subscription) === kind).length;
  await line.until((told) => [...kinds.values()].every((kind) => times(told, kind) > 0) && times(told, 'newPendingTransactionsWhole') >= 3);
  for (const message of line.told) checkNotification(kinds.get(message.params.subscription), message.params.subscription, message);
  const [id] = kinds.keys();
  assert.equal(await request('eth_unsubscribe', id), true);
  assert.equal(await request('eth_unsubscribe', id), undefined); // an error
  line.close();
  nothingWrong();
});

test('answers of methods that change something', { skip }, async () => {
  await changeEverything(ask, chain);
  nothingWrong();
});

test('no method was left out, and each had a result', { skip }, (t) => {
  const without = methods.filter((method) => !counts.get(method)?.results);
  assert.deepEqual(without, isNetwork ? development : []);
  assert.deepEqual([...counts.keys()].filter((method) => !methods.includes(method)), []);
  const [results, errors] = ['results', 'errors'].map((kind) => [...counts.values()].reduce((sum, count) => sum + count[kind], 0));
  t.diagnostic(`${methods.length} methods, ${results} results and ${errors} errors checked`);
});

test('the check itself refuses what is wrong', { skip }, () => {
  const refused = (method, params, answer) => assert.throws(() => checkAnswer(method, params, { jsonrpc: '2.0', id: 1, ...answer }),
    `${method} ${JSON.stringify(answer)}`);
  refused('eth_blockNumber', [], { result: '0x01' });
  refused('eth_blockNumber', [], { result: '0x1', error: { code: -32000, message: 'x' } });
  refused('eth_blockNumber', [], { error: { code: -32000, message: 'x', more: 1 } });
  refused('eth_blockNumber', [], { error: { code: -1, message: 'x' } });
  refused('eth_call', [{}], { error: { code: 3, message: 'execution reverted' } });
  refused('eth_getTransactionReceipt', ['0x'], { result: { blockHash: '0x' } });
  refused('eth_getFilterChanges', ['0x1'], { result: ['0x12'] });
  refused('eth_getBlockByNumber', ['latest', false], { result: { number: '0x1', hash: null } });
  refused('nobodys_method', [], { result: null });
  refused('hardhat_metadata', [], { result: { clientVersion: 'x' } });
  refused('anvil_mine', [], { result: null });
  for (const method of methods) refused(method, [], { result: { none: [17] } });
});
