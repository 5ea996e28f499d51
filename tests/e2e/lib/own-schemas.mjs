// Result schemas (JSON Schema) of the methods that the Ethereum JSON-RPC specification does not have, in its own terms where it has
// them. Objects have the keys that are named and no others.
const spec = (name) => ({ $ref: `openrpc#/components/schemas/${name}` });
const orNull = (schema) => ({ anyOf: [{ type: 'null' }, schema] });
const list = (items) => ({ type: 'array', items });
const object = (properties, optional = []) => ({ type: 'object', additionalProperties: false, properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)) });
const map = (pattern, schema) => ({ type: 'object', additionalProperties: false, patternProperties: { [pattern]: schema } });

const [quantity, hash, address, data] = ['uint', 'hash32', 'address', 'bytes'].map(spec);
const [yes, no, nothing] = [{ const: true }, { const: false }, { type: 'null' }];
const boolean = { type: 'boolean' };
const count = { type: 'integer', minimum: 0 };
const port = { type: 'integer', minimum: 0, maximum: 65535 };
const text = { type: 'string', minLength: 1 };
const seal = { type: 'string', pattern: '^0x[0-9a-f]{130}$' };
const ADDRESS = '^0x[0-9a-f]{40}$';
const NONCE = '^(0|[1-9][0-9]*)$';

const header = {
  number: quantity, hash, nonce: spec('bytes8'), parentHash: hash, mixHash: hash, sha3Uncles: hash, logsBloom: spec('bytes256'),
  stateRoot: hash, miner: address, difficulty: quantity, extraData: data, gasLimit: quantity, gasUsed: quantity,
  timestamp: quantity, transactionsRoot: hash, receiptsRoot: hash, baseFeePerGas: quantity, withdrawalsRoot: hash,
  blobGasUsed: quantity, excessBlobGas: quantity, parentBeaconBlockRoot: hash,
};
const pendingHeader = { ...header, hash: nothing, nonce: nothing };
const body = { size: quantity, uncles: { type: 'array', maxItems: 0 }, withdrawals: { type: 'array', maxItems: 0 } };

/** What the specification's own schema refuses: docs/RPC.md, "Differences". */
export const Header = object(header);
export const PendingHeader = object(pendingHeader);
export const PendingTransaction = spec('PendingTransactionInfo');
export const PendingBlock = object({ ...pendingHeader, ...body, transactions: { anyOf: [list(hash), list(PendingTransaction)] } });
/** Of a filter: pending when it came, and in a block or not when it is told. */
export const WholeTransactions = { type: 'array', minItems: 1, items: { anyOf: [PendingTransaction, spec('TransactionInfo')] } };

// ---- traces ----

export const CallFrame = object({ type: { const: 'CALL' }, from: address, to: address, value: quantity, gas: quantity,
  gasUsed: quantity, input: data, output: data, error: text, revertReason: text }, ['output', 'error', 'revertReason']);
export const CallFrames = list(object({ txHash: hash, result: CallFrame }));
export const StructLogs = spec('OpcodeTransactionTrace');
export const StructLogsOfBlock = list(object({ txHash: hash, result: StructLogs }));
const parityTrace = object({
  action: object({ from: address, callType: { const: 'call' }, gas: quantity, input: data, to: address, value: quantity }),
  blockHash: hash, blockNumber: count, error: text, result: orNull(object({ gasUsed: quantity, output: data })), subtraces: count,
  traceAddress: list(count), transactionHash: hash, transactionPosition: count, type: { const: 'call' },
}, ['error']);

// ---- Otterscan ----

const otterscanBlock = { ...header, ...body, logsBloom: nothing, transactionCount: count };
const blockDetails = orNull(object({ block: object(otterscanBlock), totalFees: quantity,
  issuance: object({ blockReward: quantity, uncleReward: quantity, issuance: quantity }) }));
/** The specification's receipt, whose logs and bloom a page of a block has as null; a search adds the time. */
const receipt = (rest) => object({
  type: spec('byte'), status: quantity, transactionHash: hash, transactionIndex: quantity, blockHash: hash, blockNumber: quantity,
  from: address, to: address, contractAddress: nothing, cumulativeGasUsed: quantity, gasUsed: quantity, effectiveGasPrice: quantity,
  ...rest,
});
const logs = { logs: list(spec('Log')), logsBloom: spec('bytes256') };
const search = object({ txs: list(spec('TransactionInfo')), receipts: list(receipt({ timestamp: count, ...logs })),
  firstPage: boolean, lastPage: boolean });
const pageOfBlock = orNull(object({
  fullblock: object({ ...otterscanBlock, transactions: list(spec('TransactionInfo')) }),
  receipts: list(receipt({ logs: nothing, logsBloom: nothing })),
}));

// ---- pool ----

const inspected = map(ADDRESS, map(NONCE, { type: 'string', pattern: '^0x[0-9a-f]{40}: [0-9]+ wei \\+ [0-9]+ gas × [0-9]+ wei$' }));

export const OWN = {
  web3_clientVersion: { type: 'string', pattern: '^[A-Za-z]+/[0-9]' },
  web3_sha3: hash,
  net_listening: yes,
  net_peerCount: quantity,
  rpc_modules: map('^[a-z][a-z0-9]*$', { const: '1.0' }),
  eth_requestAccounts: list(address),
  personal_listAccounts: list(address),
  eth_protocolVersion: quantity,
  eth_mining: no,
  eth_hashrate: quantity,
  admin_nodeInfo: object({
    name: text, id: { type: 'string', pattern: '^([0-9a-f]{64})?$' }, enode: { const: '' }, enr: { const: '' }, ip: { type: 'string' },
    listenAddr: { type: 'string', pattern: '^(.+:[0-9]+)?$' }, ports: object({ discovery: { const: 0 }, listener: count }),
    protocols: object({ eth: object({ network: count, difficulty: count, genesis: hash, head: hash }) }),
  }),
  admin_peers: list(object({
    enode: { const: '' }, id: { type: 'string', pattern: '^[0-9a-f]{64}$' }, name: text, caps: list({ const: 'mintmark/1' }),
    network: object({ localAddress: { const: '' }, remoteAddress: text, inbound: boolean, trusted: boolean, static: boolean }),
    protocols: object({ mintmark: object({
      version: { const: 1 }, height: quantity, round: quantity, head: hash, connectedMs: count, bytesIn: count, bytesOut: count,
      queuedBytes: count, dropped: count,
    }, ['height', 'round', 'head']) }),
  })),
  qbft_getValidators: list(address),
  qbft_getCertificate: orNull(object({
    blockNumber: quantity, blockHash: hash, round: quantity, seals: list(object({ validator: address, signature: seal })), raw: data,
  })),
  qbft_status: object({
    height: quantity, round: quantity, proposer: address, isDue: boolean, isProposed: boolean, isPrepared: boolean, canSign: boolean,
    prepares: quantity, commits: quantity, roundChanges: quantity, validators: quantity, quorum: quantity, address: orNull(address),
  }),
  qbft_getEvidence: list(object({
    message: { enum: ['PROPOSAL', 'PREPARE', 'COMMIT', 'ROUND-CHANGE'] }, validator: address, height: quantity, round: quantity,
    signed: list(object({ digest: hash, signature: seal })),
  })),
  mintmark_nodeInfo: object({ clientVersion: text, chainId: quantity, genesisChainId: quantity, genesisHash: hash, blockNumber: quantity,
    blockHash: hash, development: boolean, startedAt: quantity, ports: object({ rpc: port, gateway: port, api: port }, ['gateway', 'api']) }),

  eth_getHeaderByNumber: orNull(Header),
  eth_getHeaderByHash: orNull(Header),
  erigon_getHeaderByNumber: orNull(Header),
  eth_getUncleCountByBlockNumber: orNull({ const: '0x0' }),
  eth_getUncleCountByBlockHash: orNull({ const: '0x0' }),
  eth_getUncleByBlockNumberAndIndex: nothing,
  eth_getUncleByBlockHashAndIndex: nothing,

  eth_sendRawTransactionSync: spec('ReceiptInfo'),
  eth_getTransactionBySenderAndNonce: orNull({ anyOf: [spec('TransactionInfo'), PendingTransaction] }),
  eth_getRawTransactionByHash: data,
  trace_block: orNull(list(parityTrace)),
  eth_getAccount: orNull(object({ balance: quantity, codeHash: hash, nonce: quantity, storageRoot: hash })),

  ainft_getProof: object({ blockNumber: quantity, blockHash: hash, stateRoot: hash, address, accountProof: list(data), balance: quantity, codeHash: hash,
    nonce: quantity, storageHash: hash, storageProof: list(object({ key: hash, value: quantity, proof: list(data) })), names: list(text) }),
  ainft_metadata: object({ collection: address, tokenId: quantity, owner: address, agentWallet: address, tokenURI: { type: 'string' },
    attributes: list(object({ trait_type: text, value: {} })), specification: object({ uri: { type: 'string' }, digest: hash, version: quantity,
      updatedAt: quantity }), history: object({ length: quantity, head: hash }), tokenCredit: quantity, blockNumber: quantity, blockHash: hash }),
  ainft_verifyHistory: object({ valid: boolean, replayed: boolean, entry: object({ index: quantity, kind: hash, author: address, submitter: address, form: text,
    weight: quantity, content: data, requestHash: hash, entryHash: hash, blockNumber: quantity }),
    checks: list(object({ check: text, ok: { enum: [true, false, null] }, why: { type: ['string', 'null'] } })) }),

  eth_subscribe: quantity,
  eth_unsubscribe: boolean,

  personal_sign: spec('bytes65'),
  eth_signTypedData: spec('bytes65'),
  eth_signTypedData_v4: spec('bytes65'),

  txpool_inspect: object({ pending: inspected, queued: inspected }),
  eth_pendingTransactions: list(PendingTransaction),

  ots_getApiLevel: { type: 'integer', minimum: 8 },
  ots_hasCode: boolean,
  ots_getBlockDetails: blockDetails,
  ots_getBlockDetailsByHash: blockDetails,
  ots_getBlockTransactions: pageOfBlock,
  ots_getTransactionBySenderAndNonce: orNull(hash),
  ots_searchTransactionsBefore: search,
  ots_searchTransactionsAfter: search,
  ots_getContractCreator: orNull(object({ hash, creator: address })),
  ots_getTransactionError: orNull(data),
  ots_getInternalOperations: orNull({ type: 'array', maxItems: 0 }),
  ots_traceTransaction: orNull(list(object({ type: { const: 'CALL' }, depth: count, from: address, to: address, value: quantity,
    input: data, output: data }))),

  evm_mine: { const: '0x0' },
  evm_increaseTime: count,
  evm_setTime: count,
  evm_setNextBlockTimestamp: nothing,
  evm_setAutomine: yes,
  evm_setIntervalMining: yes,
  evm_setBlockGasLimit: yes,
  evm_snapshot: quantity,
  evm_revert: boolean,
  anvil_setIntervalMining: nothing,
  hardhat_mine: yes,
  hardhat_setBalance: yes,
  hardhat_setNonce: yes,
  hardhat_setStorageAt: yes,
  hardhat_reset: yes,
  hardhat_setBlockTimestampInterval: nothing,
  hardhat_removeBlockTimestampInterval: boolean,
  hardhat_getAutomine: boolean,
  hardhat_setCoinbase: yes,
  hardhat_setChainId: nothing,
  hardhat_setNextBlockBaseFeePerGas: yes,
  hardhat_setPrevRandao: yes,
  hardhat_setNextBlockPrevRandao: yes,
  hardhat_impersonateAccount: yes,
  hardhat_stopImpersonatingAccount: boolean,
  hardhat_autoImpersonateAccount: nothing,
  hardhat_dropTransaction: boolean,
  hardhat_dropAllTransactions: nothing,
  hardhat_metadata: object({ clientVersion: text, chainId: count, instanceId: hash, latestBlockNumber: count, latestBlockHash: hash }),
  hardhat_nodeInfo: object({
    currentBlockNumber: quantity, currentBlockTimestamp: quantity, currentBlockHash: hash, hardFork: text, transactionOrder: text,
    environment: object({ baseFee: quantity, chainId: quantity, gasLimit: quantity, gasPrice: quantity }),
    forkConfig: object({ forkUrl: nothing, forkBlockNumber: nothing, forkRetryBackoff: nothing }),
  }),
};

/** What eth_subscription tells, by what was subscribed to. */
export const NOTIFIED = {
  newHeads: Header,
  logs: spec('Log'),
  transactionReceipts: list(spec('ReceiptInfo')),
  newPendingTransactions: hash,
  newPendingTransactionsWhole: PendingTransaction,
};
