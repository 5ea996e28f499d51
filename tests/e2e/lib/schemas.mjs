// Answers against schemas: those of the Ethereum JSON-RPC specification (openrpc.json of ethereum/execution-apis), and our own for methods
// that it does not have. Where the node answers what the specification's schema refuses, the case stands in DIFFERENCES with its
// reason, and in docs/RPC.md.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { shared } from './node.mjs';
import { CallFrame, CallFrames, NOTIFIED, OWN, PendingBlock, PendingHeader, PendingTransaction, StructLogs, StructLogsOfBlock,
  WholeTransactions } from './own-schemas.mjs';

const folder = path.join(shared, 'fixtures/ethereum');
/** Whether the published documents are there; tests that need them skip otherwise, and fail in CI. */
export const haveSpecification = fs.existsSync(path.join(folder, 'openrpc'));
assert.ok(haveSpecification || process.env.CI !== 'true', `${folder} is not there`);

const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
/** Exchanges of the compatibility tests that fit any chain of 0x32 to 0x37 blocks. */
export const readFormatChecks = () => read('rpc-compat/format-checks.json');
export const specification = haveSpecification ? read('openrpc/openrpc.json') : { methods: [], components: { schemas: {} } };
/** Methods of the specification by name. */
export const specified = new Map(specification.methods.map((method) => [method.name, method]));
const errorCodes = new Set(haveSpecification
  ? Object.values(read('openrpc/error-groups.json')).flatMap((group) => group.errors.map(({ code }) => code)) : []);

// An empty list is a list of hashes and one of logs, and oneOf takes only what is one thing: no answer could be right.
const { schemas } = specification.components;
if (haveSpecification) schemas.FilterResults = { anyOf: schemas.FilterResults.oneOf };

const isOfCallTracer = ([, options]) => options?.tracer === 'callTracer';

/** Answers that another schema is for, by the request and what it found. */
const DIFFERENCES = [
  { methods: ['eth_getBlockByNumber'], schema: PendingBlock,
    why: 'a pending block has no hash and no nonce yet; go-ethereum gives null, the specification asks for both',
    when: ([block], result) => block === 'pending' && result !== null },
  { methods: ['eth_getHeaderByNumber', 'erigon_getHeaderByNumber'], schema: PendingHeader, why: 'as the pending block',
    when: ([block], result) => block === 'pending' && result !== null },
  { methods: ['eth_getTransactionByHash'], schema: PendingTransaction,
    why: 'a transaction in the pool is found by its hash (wallets look there) and has no place in a block',
    when: (_, result) => result?.blockHash === null },
  { methods: ['eth_getTransactionByBlockNumberAndIndex'], schema: PendingTransaction, why: 'one of the pending block',
    when: ([block], result) => block === 'pending' && result !== null },
  { methods: ['eth_getFilterChanges'], schema: WholeTransactions,
    why: 'a filter that was made for whole pending transactions; the specification has their hashes alone',
    when: (_, result) => result[0]?.nonce !== undefined },
  // stricter than the specification, which leaves the answers of named tracers open, and so takes anything
  { methods: ['debug_traceTransaction'], schema: CallFrame, why: 'callTracer', when: isOfCallTracer },
  { methods: ['debug_traceTransaction'], schema: StructLogs, why: 'no tracer is named', when: () => true },
  { methods: ['debug_traceBlockByNumber', 'debug_traceBlockByHash'], schema: CallFrames, why: 'callTracer', when: isOfCallTracer },
  { methods: ['debug_traceBlockByNumber', 'debug_traceBlockByHash'], schema: StructLogsOfBlock, why: 'no tracer is named', when: () => true },
];

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
ajv.addVocabulary(Object.keys(specification)); // the document around the schemas; an unknown word within one is an error
ajv.addSchema(specification, 'openrpc');
const compiled = new Map();
const validator = (schema) => {
  if (!compiled.has(schema)) compiled.set(schema, ajv.compile(schema));
  return compiled.get(schema);
};
const validate = (what, schema, value) => {
  const accepts = validator(schema);
  if (!accepts(value)) assert.fail(`${what}: ${ajv.errorsText(accepts.errors)}\n${JSON.stringify(value)?.slice(0, 4000)}`);
};

/** `anvil_x` is `hardhat_x`, unless it has a schema of its own. */
const nameOf = (method) => (method in OWN ? method : method.replace(/^anvil_/, 'hardhat_'));
const specSchemas = new Map([...specification.methods.keys()].map((i) =>
  [specification.methods[i].name, { $ref: `openrpc#/methods/${i}/result/schema` }]));
const schemaOf = (name) => specSchemas.get(name) ?? OWN[name];

/** Whether answers of the method can be checked. */
export const hasSchema = (method) => schemaOf(nameOf(method)) !== undefined;
/** Ours for methods that the specification has, or that the node does not: there must be none. */
export const needlessSchemas = (methods) => Object.keys(OWN).filter((name) => specified.has(name) || !methods.includes(name));

/** Codes that are not in the specification's catalogue. */
const OWN_CODES = { eth_sendRawTransactionSync: [5] /* EIP-7966: behind a nonce gap */ };

function checkError(method, error) {
  const { code, message, ...rest } = error;
  const what = `${method}: ${JSON.stringify(error)}`;
  assert.ok(errorCodes.has(code) || OWN_CODES[method]?.includes(code), `${what}: a code that no catalogue has`);
  assert.ok(typeof message === 'string' && message.length > 0, what);
  assert.notEqual(code, -32603, what); // "anything unforeseen"
  assert.ok(Object.keys(rest).every((key) => key === 'data'), what);
  if (code === 3) validate(`${method}, revert data`, { $ref: 'openrpc#/components/schemas/bytes' }, rest.data);
}

/** The whole answer to a request: the envelope, and its result or error. Throws what is wrong with it. */
export function checkAnswer(method, params, answer) {
  const { jsonrpc, id, ...rest } = answer;
  assert.equal(jsonrpc, '2.0');
  assert.notEqual(id, undefined);
  assert.ok(['result', 'error'].includes(Object.keys(rest).join()), `${method}: result or error, and nothing else: ${Object.keys(answer)}`);
  if ('error' in rest) {
    checkError(method, rest.error);
    return;
  }
  const name = nameOf(method);
  const difference = DIFFERENCES.find(({ methods, when }) => methods.includes(name) && when(params ?? [], rest.result));
  const schema = difference?.schema ?? schemaOf(name);
  assert.ok(schema, `there is no schema for ${method}`);
  validate(`${method}(${JSON.stringify(params)?.slice(0, 500)})`, schema, rest.result);
}

/** A notification of a subscription: its kind (a key of NOTIFIED) and id. */
export function checkNotification(kind, id, message) {
  assert.deepEqual(Object.keys(message).sort(), ['jsonrpc', 'method', 'params']);
  assert.deepEqual([message.jsonrpc, message.method, message.params.subscription], ['2.0', 'eth_subscription', id]);
  assert.deepEqual(Object.keys(message.params).sort(), ['result', 'subscription']);
  validate(`eth_subscription of ${kind}`, NOTIFIED[kind], message.params.result);
}
