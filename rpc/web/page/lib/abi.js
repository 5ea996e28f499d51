// Calls, answers and events as solc lays them out, of the types that the contracts here use: words, bool, bytesN, bytes, string, tuples and
// arrays of any of these. Source: Solidity, "Contract ABI Specification".
import { bytesOf, concat, hexOf, looseText, numberOf, utf8, word } from './bytes.js';
import { checksum } from './address.js';
import { keccak256, keccakText } from './keccak.js';

/** "(uint256 id, (uint8 op, string expr)[] list)" as a tree: {kind, name, items | of}. Names may be left out, `indexed` may stand. */
export function parseTypes(text) {
  let at = 0;
  const skip = () => {
    while (text[at] === ' ') at++;
  };
  const read = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) return '';
    at += found[0].length;
    return found[0];
  };
  function one() {
    skip();
    let type;
    if (text[at] === '(') type = { kind: 'tuple', items: list() };
    else type = { kind: read(/[a-z]+[0-9]*/y) };
    while (text.startsWith('[]', at)) {
      at += 2;
      type = { kind: 'array', of: type };
    }
    skip();
    let name = read(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (name === 'indexed') {
      type = { ...type, indexed: true };
      skip();
      name = read(/[A-Za-z_][A-Za-z0-9_]*/y);
    }
    return { ...type, name };
  }
  function list() {
    const items = [];
    at++;
    skip();
    while (text[at] !== ')') {
      if (at >= text.length) throw new Error(`types that do not end: ${text}`);
      items.push(one());
      skip();
      if (text[at] === ',') at++;
    }
    at++;
    return items;
  }
  return list();
}

const canonical = (type) => {
  if (type.kind === 'array') return `${canonical(type.of)}[]`;
  return type.kind === 'tuple' ? `(${type.items.map(canonical).join(',')})` : type.kind;
};
const isDynamic = ({ kind, items }) =>
  kind === 'bytes' || kind === 'string' || kind === 'array' || (kind === 'tuple' && items.some(isDynamic));
const headBytes = (type) => (type.kind === 'tuple' && !isDynamic(type) ? type.items.reduce((sum, item) => sum + headBytes(item), 0) : 32);

/** "transfer(address to, uint256 id) returns (bool)" → {name, inputs, outputs, text, selector, topic}. */
const parsed = new Map();
export function signature(text) {
  let found = parsed.get(text);
  if (!found) {
    const open = text.indexOf('('),
      close = matching(text, open);
    const inputs = parseTypes(text.slice(open, close + 1)),
      returns = text.indexOf('(', close + 1);
    const name = text.slice(0, open),
      plain = `${name}(${inputs.map(canonical).join(',')})`,
      topic = keccakText(plain);
    found = { name, inputs, outputs: returns < 0 ? [] : parseTypes(text.slice(returns)), text: plain, topic, selector: topic.slice(0, 10) };
    parsed.set(text, found);
  }
  return found;
}

function matching(text, open) {
  for (let i = open, depth = 0; i < text.length; i++) {
    depth += text[i] === '(' ? 1 : text[i] === ')' ? -1 : 0;
    if (depth === 0) return i;
  }
  throw new Error(`a signature that does not end: ${text}`);
}

// ---- encoding ----

const padded = (bytes) => concat(bytes, new Uint8Array((32 - (bytes.length % 32)) % 32));

function encodeOne(type, value) {
  switch (type.kind) {
    case 'tuple':
      return encodeList(type.items, Array.isArray(value) ? value : type.items.map(({ name }) => value[name]));
    case 'array':
      return concat(
        word(value.length),
        encodeList(
          value.map(() => type.of),
          value,
        ),
      );
    case 'bytes':
      return bytesField(typeof value === 'string' ? bytesOf(value) : value);
    case 'string':
      return bytesField(utf8(value));
    case 'bool':
      return word(value ? 1 : 0);
    default:
      return /^bytes/.test(type.kind) ? padded(typeof value === 'string' ? bytesOf(value) : value) : word(value);
  }
}
const bytesField = (bytes) => concat(word(bytes.length), padded(bytes));

function encodeList(types, values) {
  const heads = [],
    tails = [];
  let offset = types.reduce((sum, type) => sum + (isDynamic(type) ? 32 : headBytes(type)), 0);
  types.forEach((type, i) => {
    const bytes = encodeOne(type, values[i]);
    if (!isDynamic(type)) return heads.push(bytes);
    heads.push(word(offset));
    tails.push(bytes);
    offset += bytes.length;
    return undefined;
  });
  return concat(...heads, ...tails);
}

export const encode = (types, values) => encodeList(typeof types === 'string' ? parseTypes(types) : types, values);
/** The data of a call. */
export function calldata(text, ...values) {
  const { inputs, selector } = signature(text);
  return selector + hexOf(encodeList(inputs, values)).slice(2);
}

// ---- decoding ----

function wordAt(data, at) {
  if (at < 0 || at + 32 > data.length) throw new Error('the data is cut off');
  return data.subarray(at, at + 32);
}
function smallAt(data, at) {
  const number = numberOf(wordAt(data, at));
  if (number > 0xffffffffn) throw new Error('an offset or a length beyond the data');
  return Number(number);
}

function decodeOne(type, data, at) {
  switch (type.kind) {
    case 'tuple':
      return decodeList(type.items, data, at);
    case 'array': {
      const count = smallAt(data, at);
      if (count * headBytes(type.of) > data.length) throw new Error('a list longer than the data');
      return decodeList(Array(count).fill(type.of), data, at + 32).values;
    }
    case 'bytes':
      return hexOf(stretch(data, at));
    case 'string':
      return looseText(stretch(data, at));
    case 'address':
      return checksum(hexOf(wordAt(data, at).subarray(12)));
    case 'bool':
      return numberOf(wordAt(data, at)) !== 0n;
    default:
      if (/^bytes/.test(type.kind)) return hexOf(wordAt(data, at).subarray(0, Number(type.kind.slice(5))));
      return type.kind.startsWith('int') ? BigInt.asIntN(256, numberOf(wordAt(data, at))) : numberOf(wordAt(data, at));
  }
}
function stretch(data, at) {
  const length = smallAt(data, at);
  if (at + 32 + length > data.length) throw new Error('a text longer than the data');
  return data.subarray(at + 32, at + 32 + length);
}

/** {values: […], and each under its name}; one that is called `values` is found in the list alone. */
function decodeList(types, data, start) {
  const named = {},
    values = [];
  let at = start;
  for (const type of types) {
    const dynamic = isDynamic(type);
    const value = decodeOne(type, data, dynamic ? start + smallAt(data, at) : at);
    values.push(value);
    if (type.name) named[type.name] = value;
    at += dynamic ? 32 : headBytes(type);
  }
  return { ...named, values };
}

export const decode = (types, data) =>
  decodeList(typeof types === 'string' ? parseTypes(types) : types, typeof data === 'string' ? bytesOf(data) : data, 0);

/** The answer of a call: its one value, or all of them by name. */
export function result(text, data) {
  const { outputs } = signature(text),
    all = decode(outputs, data);
  return outputs.length === 1 ? all.values[0] : all;
}

/** What a log tells, when it is of this event: its arguments in order, {name, type, value}; null when it is not. */
export function eventOf(text, log) {
  const { inputs, topic, name } = signature(text),
    indexed = inputs.filter((input) => input.indexed);
  if (log.topics[0] !== topic || log.topics.length !== indexed.length + 1) return null;
  const plain = decode(
    inputs.filter((input) => !input.indexed),
    log.data,
  ).values;
  let seen = 1;
  const args = inputs.map((input) => {
    if (!input.indexed) return { name: input.name, type: canonical(input), value: plain.shift() };
    const hash = log.topics[seen++];
    return { name: input.name, type: canonical(input), value: isDynamic(input) ? hash : decodeOne(input, bytesOf(hash), 0) };
  });
  return { name, args, get: Object.fromEntries(args.map((arg) => [arg.name, arg.value])) };
}

export function callOf(text, data) {
  const { inputs, selector, name } = signature(text);
  if (data.slice(0, 10) !== selector) return null;
  const { values } = decode(inputs, `0x${data.slice(10)}`);
  return { name, args: inputs.map((input, i) => ({ name: input.name, type: canonical(input), value: values[i] })) };
}

export const hashOf = (text) => hexOf(keccak256(utf8(text)));
