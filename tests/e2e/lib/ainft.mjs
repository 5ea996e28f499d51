// The AINFT contracts from outside: their ABI, a collection made by the factory, what people sign for it.
import { AbiCoder, Interface, id, keccak256, toUtf8Bytes } from 'ethers';

export const AINFT_FACTORY = '0x6d696e746d61726b00000000000000000000a1f7';

const EFFECT = '(uint8 op, bytes32 key, string expr)';
export const AINFT_ABI = [
  // the parts that other collections have too
  'function supportsInterface(bytes4 id) view returns (bool)',
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function balanceOf(address owner) view returns (uint256)',
  'function ownerOf(uint256 tokenId) view returns (address)',
  'function approve(address to, uint256 tokenId)',
  'function setApprovalForAll(address operator, bool approved)',
  'function transferFrom(address from, address to, uint256 tokenId)',
  'function safeTransferFrom(address from, address to, uint256 tokenId)',
  'function burn(uint256 tokenId)',
  'function tokenURI(uint256 tokenId) view returns (string)',
  'function totalSupply() view returns (uint256)',
  'function royaltyInfo(uint256 tokenId, uint256 price) view returns (address, uint256)',
  'function setDefaultRoyalty(address receiver, uint96 fraction)',
  'function setTokenRoyalty(uint256 tokenId, address receiver, uint96 fraction)',
  'function contractURI() view returns (string)',
  'function setContractURI(string uri)',
  'event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)',
  'event MetadataUpdate(uint256 tokenId)',
  'error ERC721NonexistentToken(uint256 tokenId)',
  'error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner)',
  'error ERC721InsufficientApproval(address operator, uint256 tokenId)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  // specification
  'function specification(uint256 tokenId) view returns (string uri, bytes32 digest, uint64 version, uint64 updatedAt)',
  'function specificationDigest(uint256 tokenId, uint64 version) view returns (bytes32)',
  'function setSpecification(uint256 tokenId, string uri, bytes32 digest) returns (uint64 version)',
  'event SpecificationUpdated(uint256 indexed tokenId, uint64 indexed version, address indexed by, string uri, bytes32 digest)',
  // history
  'function appendHistory(uint256 tokenId, bytes32 kind, uint8 form, uint32 weight, bytes content) returns (uint256 index, bytes32 entryHash)',
  'function appendHistoryFor(uint256 tokenId, bytes32 kind, uint8 form, uint32 weight, bytes content, address author, bytes32 requestHash, uint256 deadline, bytes signature) returns (uint256 index, bytes32 entryHash)',
  'function historyLength(uint256 tokenId) view returns (uint256)',
  'function historyEntry(uint256 tokenId, uint256 index) view returns (bytes32 entryHash, bool redacted)',
  'function historyHead(uint256 tokenId) view returns (bytes32)',
  'function historyStats(uint256 tokenId, bytes32 kind) view returns (uint64 count, uint64 weight, uint64 authors, uint64 lastTime)',
  'function historyCountBy(uint256 tokenId, bytes32 kind, address author) view returns (uint64)',
  'function redactHistory(uint256 tokenId, uint256 index, bytes32 reason)',
  'function defineHistoryKind(string name, uint8 forms, uint16 maxBytes, uint32 maxWeight) returns (bytes32 kind)',
  'event HistoryAppended(uint256 indexed tokenId, bytes32 indexed kind, address indexed author, uint256 index, address submitter, uint8 form, uint32 weight, bytes32 requestHash, bytes content, bytes32 entryHash)',
  'event HistoryRedacted(uint256 indexed tokenId, uint256 indexed index, address indexed by, bytes32 reason)',
  'event HistoryKindDefined(bytes32 indexed kind, string name, uint8 forms, uint16 maxBytes, uint32 maxWeight)',
  // rules
  'function setRule(string name, string source) returns (bytes32 target, uint64 version)',
  'function getRule(bytes32 target) view returns (string name, string source, bytes32 sourceHash, uint64 version, uint64 activeFrom)',
  'function ruleHash(bytes32 target, uint64 version) view returns (bytes32)',
  'function ruleTargets() view returns (bytes32[])',
  'function compileRule(string name, string source) view returns (bytes32 sourceHash, string resultType, uint256 maxCost)',
  'function checkRule(bytes32 target, address caller, uint256 tokenId, bytes input) view returns (bool allowed, uint8 code, uint256 cost)',
  'event RuleChanged(bytes32 indexed target, uint64 indexed version, bytes32 oldHash, bytes32 newHash, string name, string source)',
  // traits and actions
  'function defineTrait(string name, uint8 kind, bytes32 minValue, bytes32 maxValue) returns (bytes32 traitKey)',
  'function traitKeys() view returns (bytes32[])',
  'function getTraitValue(uint256 tokenId, bytes32 traitKey) view returns (bytes32)',
  'function getTraitValues(uint256 tokenId, bytes32[] traitKeys) view returns (bytes32[])',
  'function getTraitMetadataURI() view returns (string)',
  'function setTrait(uint256 tokenId, bytes32 traitKey, bytes32 newValue)',
  `function defineAction(string name, string guard, string price, ${EFFECT}[] effects) returns (bytes32 action, uint64 version)`,
  `function getAction(bytes32 action) view returns (string name, string guard, string price, ${EFFECT}[] effects, uint64 version)`,
  'function actions() view returns (bytes32[])',
  'function perform(uint256 tokenId, bytes32 action, uint256[] args, uint256 maxPrice) returns (uint256 price)',
  'function quote(uint256 tokenId, bytes32 action, address caller, uint256[] args) view returns (bool allowed, uint256 price, uint256 cost)',
  'event TraitDefined(bytes32 indexed traitKey, string name, uint8 kind, bytes32 minValue, bytes32 maxValue)',
  'event TraitUpdated(bytes32 indexed traitKey, uint256 tokenId, bytes32 traitValue)',
  `event ActionDefined(bytes32 indexed action, uint64 indexed version, string name, string guard, string price, ${EFFECT}[] effects)`,
  'event ActionPerformed(uint256 indexed tokenId, bytes32 indexed action, address indexed caller, uint64 version, uint256 price, uint256[] args)',
  // credits, governance, minting
  'function credit() view returns (address)',
  'function tokenCredit(uint256 tokenId) view returns (uint256)',
  'function depositCredit(uint256 tokenId, uint256 amount)',
  'function withdrawCredit(uint256 tokenId, address to, uint256 amount)',
  'function creator() view returns (address)',
  'function governor() view returns (address)',
  'function guardian() view returns (address guardian_, uint64 until)',
  'function setGovernor(address newGovernor)',
  'function mint(address to, string uri, string specUri, bytes32 specDigest) returns (uint256 tokenId)',
  'event TokenCreditChanged(uint256 indexed tokenId, address indexed by, int256 delta, uint256 balance)',
  // votes
  'function clock() view returns (uint48)',
  'function CLOCK_MODE() view returns (string)',
  'function getVotes(address account) view returns (uint256)',
  'function getPastVotes(address account, uint256 timepoint) view returns (uint256)',
  'function getPastTotalSupply(uint256 timepoint) view returns (uint256)',
  'function delegates(address account) view returns (address)',
  'function delegate(address delegatee)',
  'function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s)',
  'event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate)',
  'event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes)',
  'error ERC5805FutureLookup(uint256 timepoint, uint48 clock)', 'error VotesExpiredSignature(uint256 expiry)',
  'error InvalidAccountNonce(address account, uint256 currentNonce)',
  // EIP-712, EIP-5267, ERC-8004
  'function nonces(address account) view returns (uint256)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
  'function getAgentWallet(uint256 agentId) view returns (address)',
  'function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes signature)',
  'function unsetAgentWallet(uint256 agentId)',
  'event MetadataSet(uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue)',
  'error RuleDenied(bytes32 target)', 'error RuleFailed(bytes32 target, uint8 code)', 'error RuleMissing(bytes32 target)',
  'error RuleInvalid(uint8 code, uint32 offset)', 'error RuleCostExceeded(bytes32 target, uint256 limit)', 'error NotGovernance(address caller)',
  'error UnknownHistoryKind(bytes32 kind)', 'error HistoryContentInvalid(uint8 form, uint256 length)',
  'error HistoryIndexOutOfBounds(uint256 tokenId, uint256 index)', 'error HistoryAlreadyRedacted(uint256 tokenId, uint256 index)',
  'error AuthorSignatureInvalid(address author)', 'error SignatureExpired(uint256 deadline)', 'error UnknownAction(bytes32 action)',
  'error PriceExceeded(uint256 price, uint256 maxPrice)', 'error InsufficientTokenCredit(uint256 tokenId, uint256 balance, uint256 needed)',
  'error TraitValueUnchanged()', 'error TraitValueInvalid(bytes32 traitKey, bytes32 value)', 'error TraitDoesNotExist(bytes32 traitKey)',
  'error LimitReached(bytes32 what, uint256 limit)',
];

/** The own part, whose selectors make ERC-165's 0xe21a75ff. */
export const OWN = ['specification', 'specificationDigest', 'setSpecification', 'appendHistory', 'appendHistoryFor', 'historyLength', 'historyEntry',
  'historyHead', 'historyStats', 'historyCountBy', 'redactHistory', 'defineHistoryKind', 'setRule', 'getRule', 'ruleHash', 'ruleTargets', 'compileRule',
  'checkRule', 'defineTrait', 'traitKeys', 'defineAction', 'getAction', 'actions', 'perform', 'quote', 'credit', 'tokenCredit', 'depositCredit',
  'withdrawCredit', 'creator', 'governor', 'guardian', 'setGovernor', 'mint'];

export const AINFT_FACTORY_ABI = [
  'function createCollection((string name, string symbol, string contractURI, address creator, string creditName, string creditSymbol, uint256 creditMaxSupply, uint48 votingDelay, uint32 votingPeriod, uint256 proposalThreshold, uint8 quorumPercent, uint48 timelockDelay, address guardian, uint64 guardianUntil) p) returns (address collection, address governor, address credit)',
  'function collectionCount() view returns (uint256)',
  'function collectionAt(uint256 index) view returns (address)',
  'event CollectionCreated(address indexed collection, address indexed creator, address governor, address credit, string name, string symbol)',
];

export const CREDIT_ABI = [
  'function name() view returns (string)', 'function symbol() view returns (string)', 'function decimals() view returns (uint8)',
  'function totalSupply() view returns (uint256)', 'function maxSupply() view returns (uint256)', 'function collection() view returns (address)',
  'function balanceOf(address account) view returns (uint256)', 'function allowance(address owner, address spender) view returns (uint256)',
  'function transfer(address to, uint256 amount) returns (bool)', 'function approve(address spender, uint256 amount) returns (bool)',
  'function transferFrom(address from, address to, uint256 amount) returns (bool)',
  'function mint(address to, uint256 amount)', 'function burn(address from, uint256 amount)', 'function move(address from, address to, uint256 amount)',
];

const CALLS = 'address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash';
export const GOVERNOR_ABI = [
  'function name() view returns (string)', 'function version() view returns (string)', 'function token() view returns (address)',
  'function supportsInterface(bytes4 id) view returns (bool)', 'function nonces(address account) view returns (uint256)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
  'function clock() view returns (uint48)', 'function CLOCK_MODE() view returns (string)', 'function COUNTING_MODE() view returns (string)',
  'function BALLOT_TYPEHASH() view returns (bytes32)', 'function EXTENDED_BALLOT_TYPEHASH() view returns (bytes32)',
  'function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256 proposalId)',
  `function queue(${CALLS}) returns (uint256)`, `function execute(${CALLS}) returns (uint256)`, `function cancel(${CALLS}) returns (uint256)`,
  `function hashProposal(${CALLS}) view returns (uint256)`, `function getProposalId(${CALLS}) view returns (uint256)`,
  'function state(uint256 proposalId) view returns (uint8)', 'function proposalSnapshot(uint256 proposalId) view returns (uint256)',
  'function proposalDeadline(uint256 proposalId) view returns (uint256)', 'function proposalProposer(uint256 proposalId) view returns (address)',
  'function proposalEta(uint256 proposalId) view returns (uint256)', 'function proposalNeedsQueuing(uint256 proposalId) view returns (bool)',
  'function proposalVotes(uint256 proposalId) view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)',
  'function hasVoted(uint256 proposalId, address account) view returns (bool)',
  'function castVote(uint256 proposalId, uint8 support) returns (uint256)',
  'function castVoteWithReason(uint256 proposalId, uint8 support, string reason) returns (uint256)',
  'function castVoteWithReasonAndParams(uint256 proposalId, uint8 support, string reason, bytes params) returns (uint256)',
  'function castVoteBySig(uint256 proposalId, uint8 support, address voter, bytes signature) returns (uint256)',
  'function castVoteWithReasonAndParamsBySig(uint256 proposalId, uint8 support, address voter, string reason, bytes params, bytes signature) returns (uint256)',
  'function getVotes(address account, uint256 timepoint) view returns (uint256)',
  'function getVotesWithParams(address account, uint256 timepoint, bytes params) view returns (uint256)',
  'function quorum(uint256 timepoint) view returns (uint256)', 'function quorumNumerator() view returns (uint256)',
  'function quorumNumerator(uint256 timepoint) view returns (uint256)', 'function quorumDenominator() view returns (uint256)',
  'function votingDelay() view returns (uint256)', 'function votingPeriod() view returns (uint256)', 'function proposalThreshold() view returns (uint256)',
  'function timelockDelay() view returns (uint256)', 'function proposalGuardian() view returns (address)', 'function proposalGuardianUntil() view returns (uint64)',
  'function setVotingDelay(uint48 delay)', 'function setVotingPeriod(uint32 period)', 'function setProposalThreshold(uint256 threshold)',
  'function setTimelockDelay(uint48 delay)', 'function updateQuorumNumerator(uint256 numerator)',
  'event ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)',
  'event ProposalQueued(uint256 proposalId, uint256 etaSeconds)', 'event ProposalExecuted(uint256 proposalId)', 'event ProposalCanceled(uint256 proposalId)',
  'event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)',
  'event VoteCastWithParams(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason, bytes params)',
  'error GovernorAlreadyCastVote(address voter)', 'error GovernorDisabledDeposit()', 'error GovernorInvalidVoteType()', 'error GovernorInvalidSignature(address voter)',
  'error GovernorInsufficientProposerVotes(address proposer, uint256 votes, uint256 threshold)', 'error GovernorNonexistentProposal(uint256 proposalId)',
  'error GovernorOnlyExecutor(address account)', 'error GovernorUnableToCancel(uint256 proposalId, address account)',
  'error GovernorUnexpectedProposalState(uint256 proposalId, uint8 current, bytes32 expectedStates)', 'error GovernorUnmetDelay(uint256 proposalId, uint256 neededTimestamp)',
  'error GovernorInvalidProposalLength(uint256 targets, uint256 calldatas, uint256 values)', 'error GovernorRestrictedProposer(address proposer)',
  'error ProposalCallNotAllowed(uint256 index, address target, bytes4 selector)', 'error ProposalValueNotAllowed(uint256 index, uint256 value)',
  // what a proposal's calls are refused with when they are tried
  'error RuleInvalid(uint8 code, uint32 offset)', 'error RuleMissing(bytes32 target)', 'error NotGovernance(address caller)', 'error FailedCall()',
];

export const ainft = new Interface(AINFT_ABI);
export const governor = new Interface(GOVERNOR_ABI);
export const ainftFactory = new Interface(AINFT_FACTORY_ABI);
export const creditInterface = new Interface(CREDIT_ABI);

export const params = (creator, more = {}) => ({ name: 'Muses', symbol: 'MUSE', contractURI: 'ipfs://collection', creator, creditName: 'Muse credit',
  creditSymbol: 'MCR', creditMaxSupply: 1000000n, votingDelay: 1n, votingPeriod: 100n, proposalThreshold: 1n, quorumPercent: 4n, timelockDelay: 3600n,
  guardian: creator, guardianUntil: 2000000000n, ...more });

export const REQUEST_TYPES = { HistoryRequest: [
  { name: 'tokenId', type: 'uint256' }, { name: 'kind', type: 'bytes32' }, { name: 'weight', type: 'uint32' },
  { name: 'requestHash', type: 'bytes32' }, { name: 'nonce', type: 'uint256' }, { name: 'deadline', type: 'uint256' }] };
export const WALLET_TYPES = { AgentWalletSet: [
  { name: 'agentId', type: 'uint256' }, { name: 'newWallet', type: 'address' }, { name: 'owner', type: 'address' }, { name: 'deadline', type: 'uint256' }] };
export const DELEGATION_TYPES = { Delegation: [
  { name: 'delegatee', type: 'address' }, { name: 'nonce', type: 'uint256' }, { name: 'expiry', type: 'uint256' }] };
const BALLOT = [
  { name: 'proposalId', type: 'uint256' }, { name: 'support', type: 'uint8' }, { name: 'voter', type: 'address' }, { name: 'nonce', type: 'uint256' }];
export const BALLOT_TYPES = { Ballot: BALLOT };
export const EXTENDED_BALLOT_TYPES = { ExtendedBallot: [...BALLOT, { name: 'reason', type: 'string' }, { name: 'params', type: 'bytes' }] };
export const STATES = ['Pending', 'Active', 'Canceled', 'Defeated', 'Succeeded', 'Queued', 'Expired', 'Executed'];
export const domain = (collection, chainId = 31337, name = 'Muses') => ({ name, version: '1', chainId, verifyingContract: collection });

/** The hash of an entry, from what its event, its block and the entry before it say. */
export function entryHash(collection, chainId, e, time, previous) {
  const type = id('HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,bytes32 kind,address author,address submitter,uint8 form,uint32 weight,uint64 time,bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)');
  const types = ['bytes32', 'uint256', 'address', 'uint256', 'uint256', 'bytes32', 'address', 'address', 'uint8', 'uint32', 'uint64', 'bytes32', 'bytes32', 'bytes32'];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [type, chainId, collection, e.tokenId, e.index, e.kind, e.author, e.submitter, e.form, e.weight,
    time, e.requestHash, keccak256(e.content), previous]));
}

export const named = (name) => id(name);
export const text32 = (text) => { const bytes = toUtf8Bytes(text); return '0x' + Buffer.from(bytes).toString('hex').padEnd(64, '0'); };
export const word = (number) => '0x' + BigInt(number).toString(16).padStart(64, '0');
