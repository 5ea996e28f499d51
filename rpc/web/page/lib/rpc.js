// JSON-RPC over this page's own origin. What is asked for in one turn goes out as one batch, so a view asks as it thinks.

const BATCH_MAX = 400;
let waiting = [];
let last = 0;

export class RpcError extends Error {
  constructor(method, { code, message, data }) {
    super(message);
    this.method = method;
    this.code = code;
    this.data = data;
  }
}
/** The node could not be reached, or answered something that is no JSON-RPC. */
export class UnreachableError extends Error {}

async function post(members) {
  let answers;
  try {
    const response = await fetch('/', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(members.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, method, params }))),
    });
    answers = await response.json();
  } catch (cause) {
    for (const member of members) member.reject(new UnreachableError('The node does not answer.', { cause }));
    return;
  }
  const byId = new Map((Array.isArray(answers) ? answers : []).map((answer) => [answer.id, answer]));
  for (const { id, method, resolve, reject } of members) {
    const answer = byId.get(id);
    if (!answer) reject(new UnreachableError('The node gave no answer.'));
    else if (answer.error) reject(new RpcError(method, answer.error));
    else resolve(answer.result);
  }
}

function flush() {
  const members = waiting;
  waiting = [];
  for (let at = 0; at < members.length; at += BATCH_MAX) post(members.slice(at, at + BATCH_MAX));
}

export function rpc(method, ...params) {
  return new Promise((resolve, reject) => {
    if (!waiting.length) queueMicrotask(flush);
    waiting.push({ id: ++last, method, params, resolve, reject });
  });
}

/** For what may be refused: undefined then, unless the node is away. */
export const rpcOr = (fallback, method, ...params) =>
  rpc(method, ...params).catch((error) => {
    if (error instanceof RpcError) return fallback;
    throw error;
  });
