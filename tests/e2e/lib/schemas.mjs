// Answers against the result schemas of the Ethereum JSON-RPC specification (OpenRPC), where it has the method.
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { shared } from './node.mjs';

const file = path.join(shared, 'fixtures/ethereum/openrpc/openrpc.json');
const places = new Map();
const compiled = new Map();
const ajv = new Ajv({ strict: false });
if (fs.existsSync(file)) {
  const specification = JSON.parse(fs.readFileSync(file, 'utf8'));
  ajv.addSchema(specification, 'specification');
  for (const [i, { name }] of specification.methods.entries()) places.set(name, `specification#/methods/${i}/result/schema`);
} else if (process.env.CI === 'true') {
  throw new Error(`${file} is not there`);
}

/** Whether the specification has this method, and is there to be asked. */
export const isSpecified = (method) => places.has(method);

/** Two answers for which the document has no words of its own, where go-ethereum has: */
function placeOf(method, result) {
  // a transaction that still waits, by its hash; the document shows those in answers of the pool
  if (method === 'eth_getTransactionByHash' && result?.blockHash === null) return 'specification#/components/schemas/PendingTransactionInfo';
  // no changes: an empty list is one of hashes and one of logs at once, and the document wants exactly one of them
  if (method === 'eth_getFilterChanges' && result?.length === 0) return undefined;
  return places.get(method);
}

/** What is wrong with a result, or undefined. */
export function problemOf(method, result) {
  const place = placeOf(method, result);
  if (place === undefined) return undefined;
  // When it is first asked for: the document names schemas of other documents in methods that this node has not.
  if (!compiled.has(place)) compiled.set(place, ajv.compile({ $ref: place }));
  const accepts = compiled.get(place);
  if (accepts(result)) return undefined;
  const problems = accepts.errors.map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`);
  return `${method}: ${[...new Set(problems)].join('; ')}: ${JSON.stringify(result).slice(0, 300)}`;
}
