// The contracts of this chain by the text of their functions, events and errors: for calls, and for showing what others called.
import { callOf, calldata, decode, eventOf, result, signature } from './abi.js';
import { RpcError, rpc } from './rpc.js';

export const COLLECTION = '0x6d696e746d61726b000000000000000000000721';
export const FACTORY = '0x6d696e746d61726b00000000000000000000f721';
export const AINFT_FACTORY = '0x6d696e746d61726b00000000000000000000a1f7';
export const VALIDATORS = '0x6d696e746d61726b000000000000000000000bf7';

/** What the fourth byte of a native account's code says it is. */
export const MODULES = {
  1: 'collection',
  2: 'factory',
  3: 'validators',
  4: 'AINFT collection',
  5: 'AINFT factory',
  6: 'credit',
  7: 'governor',
};
export const moduleOf = (code) => (/^0xef4d4d/.test(code) ? parseInt(code.slice(8, 10), 16) : 0);

const EFFECTS = '(uint8 op, bytes32 key, string expr)[] effects';

const FUNCTIONS = [
  'name() returns (string)',
  'symbol() returns (string)',
  'ownerOf(uint256 tokenId) returns (address)',
  'balanceOf(address owner) returns (uint256)',
  'tokenURI(uint256 tokenId) returns (string)',
  'totalSupply() returns (uint256)',
  'nextTokenId() returns (uint256)',
  'openMint() returns (bool)',
  'owner() returns (address)',
  'contractURI() returns (string)',
  'getApproved(uint256 tokenId) returns (address)',
  'isApprovedForAll(address owner, address operator) returns (bool)',
  'supportsInterface(bytes4 id) returns (bool)',
  'mint(address to, string uri) returns (uint256)',
  'safeMint(address to, string uri, bytes data) returns (uint256)',
  'burn(uint256 tokenId)',
  'transferFrom(address from, address to, uint256 tokenId)',
  'safeTransferFrom(address from, address to, uint256 tokenId)',
  'safeTransferFrom(address from, address to, uint256 tokenId, bytes data)',
  'approve(address to, uint256 tokenId)',
  'setApprovalForAll(address operator, bool approved)',
  'setOpenMint(bool open)',
  'transferOwnership(address newOwner)',
  'renounceOwnership()',
  'setContractURI(string uri)',
  'setDefaultRoyalty(address receiver, uint96 fraction)',
  'setTokenRoyalty(uint256 tokenId, address receiver, uint96 fraction)',
  'collectionCount() returns (uint256)',
  'collections(uint256 index) returns (address)',
  'collectionAt(uint256 index) returns (address)',
  'createCollection(string name, string symbol, bool openMint) returns (address)',
  'createCollection((string name, string symbol, string contractURI, address creator, string creditName, string creditSymbol, uint256 creditMaxSupply, uint48 votingDelay, uint32 votingPeriod, uint256 proposalThreshold, uint8 quorumPercent, uint48 timelockDelay, address guardian, uint64 guardianUntil) p) returns (address collection, address governor, address credit)',
  'mint(address to, string uri, string specUri, bytes32 specDigest) returns (uint256)',
  'specification(uint256 tokenId) returns (string uri, bytes32 digest, uint64 version, uint64 updatedAt)',
  'setSpecification(uint256 tokenId, string uri, bytes32 digest) returns (uint64)',
  'appendHistory(uint256 tokenId, bytes32 kind, uint8 form, uint32 weight, bytes content) returns (uint256 index, bytes32 entryHash)',
  'appendHistoryFor(uint256 tokenId, bytes32 kind, uint8 form, uint32 weight, bytes content, address author, bytes32 requestHash, uint256 deadline, bytes signature) returns (uint256 index, bytes32 entryHash)',
  'historyLength(uint256 tokenId) returns (uint256)',
  'redactHistory(uint256 tokenId, uint256 index, bytes32 reason)',
  'defineHistoryKind(string name, uint8 forms, uint16 maxBytes, uint32 maxWeight) returns (bytes32)',
  'setRule(string name, string source) returns (bytes32 target, uint64 version)',
  'ruleTargets() returns (bytes32[])',
  'getRule(bytes32 target) returns (string name, string source, bytes32 sourceHash, uint64 version, uint64 activeFrom)',
  'defineTrait(string name, uint8 kind, bytes32 minValue, bytes32 maxValue) returns (bytes32)',
  'setTrait(uint256 tokenId, bytes32 traitKey, bytes32 value)',
  `defineAction(string name, string guard, string price, ${EFFECTS}) returns (bytes32 action, uint64 version)`,
  'actions() returns (bytes32[])',
  `getAction(bytes32 action) returns (string name, string guard, string price, ${EFFECTS}, uint64 version)`,
  'perform(uint256 tokenId, bytes32 action, uint256[] args, uint256 maxPrice) returns (uint256)',
  'quote(uint256 tokenId, bytes32 action, address caller, uint256[] args) returns (bool allowed, uint256 price, uint256 cost)',
  'credit() returns (address)',
  'tokenCredit(uint256 tokenId) returns (uint256)',
  'depositCredit(uint256 tokenId, uint256 amount)',
  'withdrawCredit(uint256 tokenId, address to, uint256 amount)',
  'creator() returns (address)',
  'governor() returns (address)',
  'setGovernor(address newGovernor)',
  'setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes signature)',
  'unsetAgentWallet(uint256 agentId)',
  'getVotes(address account) returns (uint256)',
  'delegates(address account) returns (address)',
  'delegate(address delegatee)',
  'token() returns (address)',
  'propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)',
  'state(uint256 proposalId) returns (uint8)',
  'queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)',
  'execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)',
  'cancel(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)',
  'castVote(uint256 proposalId, uint8 support) returns (uint256)',
  'castVoteWithReason(uint256 proposalId, uint8 support, string reason) returns (uint256)',
  'hasVoted(uint256 proposalId, address account) returns (bool)',
  'proposalVotes(uint256 proposalId) returns (uint256 against, uint256 for_, uint256 abstain)',
  'quorum(uint256 timepoint) returns (uint256)',
  'proposalSnapshot(uint256 proposalId) returns (uint256)',
  'proposalDeadline(uint256 proposalId) returns (uint256)',
  'proposalEta(uint256 proposalId) returns (uint256)',
  'votingDelay() returns (uint256)',
  'votingPeriod() returns (uint256)',
  'timelockDelay() returns (uint256)',
  'quorumNumerator() returns (uint256)',
  'proposalThreshold() returns (uint256)',
  'setVotingDelay(uint48 seconds)',
  'setVotingPeriod(uint32 seconds)',
  'setProposalThreshold(uint256 votes)',
  'setTimelockDelay(uint48 seconds)',
  'updateQuorumNumerator(uint256 percent)',
  'propose(address candidate, bool add)',
  'withdraw(address candidate, bool add)',
  'proposals() returns (address[] candidates, bool[] adds, uint256[] votes)',
  'quorum() returns (uint256)',
  'validators() returns (address[])',
  'transfer(address to, uint256 amount) returns (bool)',
  'decimals() returns (uint8)',
  'maxSupply() returns (uint256)',
];

const EVENTS = [
  'Transfer(address indexed from, address indexed to, uint256 indexed tokenId)',
  'Transfer(address indexed from, address indexed to, uint256 value)',
  'Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)',
  'Approval(address indexed owner, address indexed spender, uint256 value)',
  'ApprovalForAll(address indexed owner, address indexed operator, bool approved)',
  'MetadataUpdate(uint256 tokenId)',
  'ContractURIUpdated()',
  'OwnershipTransferred(address indexed previousOwner, address indexed newOwner)',
  'CollectionCreated(address indexed collection, address indexed owner, string name, string symbol)',
  'CollectionCreated(address indexed collection, address indexed creator, address governor, address credit, string name, string symbol)',
  'SpecificationUpdated(uint256 indexed tokenId, uint64 indexed version, address indexed by, string uri, bytes32 digest)',
  'HistoryAppended(uint256 indexed tokenId, bytes32 indexed kind, address indexed author, uint256 index, address submitter, uint8 form, uint32 weight, bytes32 requestHash, bytes content, bytes32 entryHash)',
  'HistoryRedacted(uint256 indexed tokenId, uint256 indexed index, address indexed by, bytes32 reason)',
  'HistoryKindDefined(bytes32 indexed kind, string name, uint8 forms, uint16 maxBytes, uint32 maxWeight)',
  'RuleChanged(bytes32 indexed target, uint64 indexed version, bytes32 oldHash, bytes32 newHash, string name, string source)',
  'TraitDefined(bytes32 indexed traitKey, string name, uint8 kind, bytes32 minValue, bytes32 maxValue)',
  'TraitUpdated(bytes32 indexed traitKey, uint256 tokenId, bytes32 traitValue)',
  `ActionDefined(bytes32 indexed action, uint64 indexed version, string name, string guard, string price, ${EFFECTS})`,
  'ActionPerformed(uint256 indexed tokenId, bytes32 indexed action, address indexed caller, uint64 version, uint256 price, uint256[] args)',
  'TokenCreditChanged(uint256 indexed tokenId, address indexed by, int256 delta, uint256 balance)',
  'MetadataSet(uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue)',
  'GovernorChanged(address indexed previousGovernor, address indexed newGovernor)',
  'GuardianChanged(address indexed guardian, uint64 until)',
  'Voted(address indexed validator, address indexed candidate, bool add)',
  'VoteWithdrawn(address indexed validator, address indexed candidate, bool add)',
  'ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)',
  'ProposalQueued(uint256 proposalId, uint256 etaSeconds)',
  'ProposalExecuted(uint256 proposalId)',
  'ProposalCanceled(uint256 proposalId)',
  'VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)',
  'DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate)',
  'DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes)',
  'ValidatorAdded(address indexed validator)',
  'ValidatorRemoved(address indexed validator)',
];

const ERRORS = [
  'Error(string reason)',
  'Panic(uint256 code)',
  'ERC721NonexistentToken(uint256 tokenId)',
  'ERC721InsufficientApproval(address operator, uint256 tokenId)',
  'ERC721IncorrectOwner(address sender, uint256 tokenId, address owner)',
  'ERC721InvalidReceiver(address receiver)',
  'ERC721InvalidOwner(address owner)',
  'ERC721InvalidApprover(address approver)',
  'ERC721InvalidOperator(address operator)',
  'OwnableUnauthorizedAccount(address account)',
  'ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'RuleDenied(bytes32 target)',
  'RuleFailed(bytes32 target, uint8 code)',
  'RuleMissing(bytes32 target)',
  'NotGovernance(address caller)',
  'UnknownAction(bytes32 action)',
  'PriceExceeded(uint256 price, uint256 maxPrice)',
  'TraitValueUnchanged()',
  'InsufficientTokenCredit(uint256 tokenId, uint256 balance, uint256 needed)',
  'NotAValidator(address account)',
  'GovernorUnmetDelay(uint256 proposalId, uint256 etaSeconds)',
  'GovernorAlreadyCastVote(address voter)',
  'GovernorNonexistentProposal(uint256 proposalId)',
  'GovernorUnexpectedProposalState(uint256 proposalId, uint8 current, bytes32 expectedStates)',
  'GovernorInsufficientProposerVotes(address proposer, uint256 votes, uint256 threshold)',
  'ProposalCallNotAllowed(uint256 index, address target, bytes4 selector)',
  'RuleInvalid(uint8 code, uint32 offset)',
  'LimitReached(bytes32 what, uint256 limit)',
  'HistoryContentInvalid(uint8 form, uint256 length)',
  'UnknownHistoryKind(bytes32 kind)',
];

const byName = new Map(FUNCTIONS.map((text) => [text.slice(0, text.indexOf('(')), text]));
let bySelector;
const selectors = () => (bySelector ??= new Map(FUNCTIONS.map((text) => [signature(text).selector, text])));

/** The text of a function: by its name, or given in full. */
const functionText = (name) => (name.includes('(') ? name : byName.get(name));

/** Calls a view: view(address, 'ownerOf', 5n). Options of a block may stand first: view.at(block, …). */
export async function viewAt(block, to, name, ...values) {
  const text = functionText(name);
  return result(text, await rpc('eth_call', { to, data: calldata(text, ...values) }, block));
}
export const view = (to, name, ...values) => viewAt('latest', to, name, ...values);
/** The same, and undefined when the contract refuses. */
export const viewOr = (fallback, to, name, ...values) =>
  view(to, name, ...values).catch((error) => {
    if (error instanceof RpcError) return fallback;
    throw error;
  });

export const dataOf = (name, ...values) => calldata(functionText(name), ...values);

/** What a call says, or null when it is not one of these. */
export function explainCall(data) {
  const text = selectors().get((data ?? '').slice(0, 10));
  try {
    return text ? callOf(text, data) : null;
  } catch {
    return null;
  }
}

export function explainLog(log) {
  for (const text of EVENTS) {
    try {
      const event = eventOf(text, log);
      if (event) return event;
    } catch {
      /* of the same name, with other arguments */
    }
  }
  return null;
}

/** A log as this event, or null. */
export const readLog = (name, log) => {
  const event = explainLog(log);
  return event?.name === name ? event.get : null;
};
export const topicOf = (name) => signature(EVENTS.find((text) => text.startsWith(`${name}(`))).topic;

/** Why a call was refused, in words. */
export function explainRevert(data) {
  for (const text of ERRORS) {
    const { selector, inputs, name } = signature(text);
    if (!data?.startsWith(selector)) continue;
    const { values } = decode(inputs, `0x${data.slice(10)}`);
    return name === 'Error' ? values[0] : `${name}(${values.join(', ')})`;
  }
  return null;
}
