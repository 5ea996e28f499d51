// A second judge for rules: texts that are grown with a type, and the examples of docs/RULES.md, given to `mintmark rule eval` and to
// @bufbuild/cel with the same facts. Numbers stay small, since integers there have 64 bits; what overflows there says nothing.
// Not asked, since that implementation errs: text to numbers, and a large uint divided by 1u.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { CelScalar, celEnv, celFunc, celUint, isCelError, isCelList, isCelUint, listType, parse, plan } from '@bufbuild/cel';

const binary = process.env.MINTMARK_BIN;
const execute = promisify(execFile);
const RULES = 250;

const address = (digit) => new Uint8Array(20).fill(digit);
const hex = (bytes) => '0x' + Buffer.from(bytes).toString('hex');
const CALLER = address(0x11);
const OWNER = address(0x22);

// What both see.
const facts = {
  caller: CALLER, owner: OWNER, creator: CALLER, service: OWNER, author: OWNER, to: CALLER, from: OWNER,
  token: 7n, supply: 40n, value: 5n, totalVotes: 20n, form: 1n, weight: 2n, length: 60n, old: 3n, new: 4n, kind: 'chat',
  args: [1n, 2n, 7n],
};
const history = { chat: { count: 12n, weight: 30n, authors: 3n, last: 900n }, visit: { count: 1n, weight: 1n, authors: 1n, last: 950n } };
const level = 4n;
const credits = { [hex(CALLER)]: 9n };
const votes = { [hex(CALLER)]: 2n };

const ofKind = (what) => (kind) => celUint(history[kind]?.[what] ?? 0n);
const ofAccount = (table) => (account) => celUint(table[hex(account)] ?? 0n);
const { STRING, BYTES, UINT, BOOL } = CelScalar;
const env = celEnv({
  funcs: [
    celFunc('trait', [STRING], UINT, () => celUint(level)),
    ...['count', 'weight', 'authors', 'last'].map((what) => celFunc(`history.${what}`, [STRING], UINT, ofKind(what))),
    celFunc('history.length', [], UINT, () => celUint(13n)),
    celFunc('credits', [BYTES], UINT, ofAccount(credits)),
    celFunc('votes', [BYTES], UINT, ofAccount(votes)),
    celFunc('approved', [BYTES], BOOL, () => false),
    celFunc('addr', [STRING], BYTES, (text) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'))),
  ],
});

const asInput = (value) => (typeof value === 'bigint' ? celUint(value) : Array.isArray(value) ? value.map(asInput) : value);
const bindings = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, asInput(value)]));
bindings.block = new Map([['number', celUint(77n)], ['timestamp', celUint(1000n)]]);

const words = [];
for (const [name, value] of Object.entries(facts))
  words.push('--set', `${name}=${value instanceof Uint8Array ? hex(value) : Array.isArray(value) ? `[${value}]` : value}`);
words.push('--set', 'block.number=77', '--set', 'block.timestamp=1000', '--set', `trait.level=${level}`, '--set', 'history.length=13');
for (const [kind, rows] of Object.entries(history))
  for (const [what, value] of Object.entries(rows)) words.push('--set', `history.${kind}.${what}=${value}`);
words.push('--set', `credits.${hex(CALLER)}=9`, '--set', `votes.${hex(CALLER)}=2`);

// As `rule eval --json` writes values.
function asJson(value) {
  if (isCelUint(value)) return value.value.toString();
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return hex(value);
  if (isCelList(value)) return [...value].map(asJson);
  return value;
}

function judged(rule) {
  const result = plan(env, parse(rule))(bindings);
  return isCelError(result) ? { error: result.message } : { value: asJson(result) };
}

async function ours(rule) {
  const { stdout } = await execute(binary, ['rule', 'eval', '--json', ...words, '--', rule]).catch((error) => error);
  return JSON.parse(stdout);
}

// ---- growing ----

function growth(seed) {
  let state = seed >>> 0;
  const below = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  const one = (...items) => items[below(items.length)];
  const element = (type) => type.slice(5, -1);
  const scalar = () => one('uint', 'uint', 'int', 'bool', 'string', 'bytes');
  const leaves = {
    uint: ['1u', '0u', 'token', 'supply', 'args[2]', "trait('level')", "history.count('chat')", 'credits(caller)', 'block.timestamp', '0x10u'],
    int: ['1', '0', '-3', 'size(kind)', '12', "size(b'\\xff')"],
    bool: ['true', 'false', '(caller == owner)', '(1 / 0 == 1)', 'approved(owner)'],
    string: ["'chat'", "''", 'kind', "'é😀'", "r'\\n'", '"a\\"\\u00e9"'],
    bytes: ['caller', 'owner', "b'\\xff\\x00'", "bytes('é')", "addr('0x1111111111111111111111111111111111111111')"],
  };
  const locals = [];
  const loop = (macro, of, body, depth) => {
    const list = grow(`list(${of})`, depth - 1);
    const name = `x${locals.length}`;
    locals.push([name, of]);
    const text = `${list}.${macro}(${name}, ${grow(body, depth - 1)})`;
    locals.pop();
    return text;
  };
  const either = (type, depth) => `(${grow('bool', depth - 1)} ? ${grow(type, depth - 1)} : ${grow(type, depth - 1)})`;
  const pair = (type, operator, depth, right = type) => `(${grow(type, depth - 1)} ${operator} ${grow(right, depth - 1)})`;

  function grow(type, depth) {
    const known = locals.filter(([, of]) => of === type);
    if (known.length > 0 && below(3) === 0) return one(...known)[0];
    if (type.startsWith('list(')) {
      if (depth <= 0) return `[${grow(element(type), 0)}]`;
      const choice = below(locals.length < 2 ? 5 : 3);
      if (choice === 0) return pair(type, '+', depth);
      if (choice === 1) return either(type, depth);
      if (choice === 3) return loop('filter', element(type), 'bool', depth);
      if (choice === 4) return loop('map', scalar(), element(type), depth);
      return `[${Array.from({ length: 1 + below(3) }, () => grow(element(type), depth - 1)).join(', ')}]`;
    }
    if (depth <= 0 || below(6) === 0) return one(...leaves[type]);
    if (below(10) === 0) return `${grow(`list(${type})`, depth - 1)}[${one('0', '0', '1', '2')}]`;
    if (below(8) === 0) return either(type, depth);
    switch (type) {
      case 'bool': {
        const of = scalar();
        return one(
          () => pair('bool', '&&', depth), () => pair('bool', '||', depth), () => `!${pair('bool', '==', depth)}`,
          () => pair(of, one('==', '!=', '<', '<=', '>', '>='), depth), () => pair(of, 'in', depth, `list(${of})`),
          () => pair(`list(${of})`, one('==', '!='), depth),
          () => `${grow('string', depth - 1)}.${one('contains', 'startsWith', 'endsWith')}(${grow('string', depth - 1)})`,
          ...(locals.length < 2 ? [() => loop(one('all', 'exists', 'exists_one'), of, 'bool', depth)] : []),
        )();
      }
      case 'string':
        return one(() => pair('string', '+', depth), () => `string(${grow(one('int', 'uint', 'string'), depth - 1)})`)();
      case 'bytes':
        return one(() => pair('bytes', '+', depth), () => `bytes(${grow('string', depth - 1)})`)();
      case 'int':
        return one(
          () => pair('int', one('+', '-', '*', '/', '%'), depth), () => `size(${grow(one('string', 'list(int)'), depth - 1)})`,
          () => `int(${grow('uint', depth - 1)})`, () => `-(${grow('int', depth - 1)})`,
        )();
      default:
        return one(
          () => pair('uint', one('+', '-', '*', '/', '%'), depth), () => `uint(${grow('int', depth - 1)})`,
          () => `history.${one('count', 'weight', 'last')}(${grow('string', depth - 1)})`,
        )();
    }
  }
  return () => grow(scalar(), 4);
}

async function compare(rules) {
  const counts = { values: 0, faults: 0, overflows: 0, refused: 0 };
  for (const rule of rules) {
    const theirs = judged(rule);
    const answer = await ours(rule);
    if (!answer.valid) {
      assert.ok(['cost', 'too-large'].includes(answer.error.verdict), `${rule}\n${JSON.stringify(answer)}`);
      counts.refused++;
    } else if (theirs.error !== undefined && /overflow/.test(theirs.error)) {
      counts.overflows++;
    } else if (theirs.error !== undefined) {
      assert.ok(answer.fault, `${rule}\n${theirs.error}\n${JSON.stringify(answer)}`);
      counts.faults++;
    } else {
      assert.deepEqual(answer.value, theirs.value, `${rule}\n${JSON.stringify(answer)}`);
      assert.ok(answer.cost <= answer.costMax);
      counts.values++;
    }
  }
  return counts;
}

test('rules that are grown give what @bufbuild/cel gives', async () => {
  const next = growth(20261126);
  const counts = await compare(Array.from({ length: RULES }, next));
  console.log(counts);
  assert.ok(counts.values > RULES / 2 && counts.faults > 0);
});

test('the examples of docs/RULES.md give what @bufbuild/cel gives', async () => {
  const text = await readFile(new URL('../../docs/RULES.md', import.meta.url), 'utf8');
  const block = text.split('<!-- rules that compile -->\n```text\n')[1].split('```')[0];
  const rules = block.trim().split('\n').map((line) => line.replace(/^\S+\s+/, ''));
  const counts = await compare(rules);
  assert.equal(counts.values, rules.length);
});
