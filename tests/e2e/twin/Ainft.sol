// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ERC721Votes} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {Credit} from "./Credit.sol";

/// A second implementation of the native AINFT collection: the same storage, logs, return and revert data. What it has not is the
/// rule language: of the texts that it is given it knows what a few say, and an action's results are its arguments. Its votes are
/// those of one of the two contracts at the end.
abstract contract AinftCore is ERC721URIStorage, ERC2981 {
    struct Effect { uint8 op; bytes32 key; string expr; }
    struct Spec { bytes32 digest; uint64 version; uint64 updatedAt; string uri; }
    struct Stats { uint64 count; uint64 weight; uint64 authors; uint64 lastTime; }
    struct Entry { bool redacted; address author; }
    struct KindDef { uint8 forms; uint16 maxBytes; uint32 maxWeight; bool defined; string name; }
    struct Rule { bytes32 sourceHash; uint64 version; uint64 activeFrom; string name; string source; mapping(uint64 => bytes32) hashAt; string before; }
    struct Action { uint64 version; string name; string guard; string price; Effect[] effects; }
    struct TraitDef { uint8 kind; bool defined; bytes32 minValue; bytes32 maxValue; string name; }

    /// @custom:storage-location erc7201:mintmark.storage.Ainft
    struct Own {
        address creator; uint64 createdAt;
        address guardian; uint64 guardianUntil;
        address governor;
        Credit credit;
        uint256 nextTokenId;
        mapping(uint256 => Spec) specs;
        mapping(uint256 => mapping(uint64 => bytes32)) specDigestAt;
        mapping(uint256 => bytes32[]) history;
        mapping(uint256 => mapping(bytes32 => Stats)) stats;
        mapping(uint256 => mapping(bytes32 => mapping(address => uint64))) countBy;
        mapping(uint256 => mapping(uint256 => Entry)) entries;
        mapping(bytes32 => KindDef) kinds;
        mapping(bytes32 => Rule) rules;
        bytes32[] ruleTargets;
        mapping(bytes32 => Action) actions;
        bytes32[] actionNames;
        mapping(bytes32 => TraitDef) traitDefs;
        bytes32[] traitKeys;
        mapping(uint256 => uint256) tokenCredit;
        mapping(uint256 => address) agentWallet;
        string contractURI;
        uint256 supply;
        uint256 kindCount;
    }

    /// The reference's of ERC-7496.
    struct Traits {
        mapping(uint256 => mapping(bytes32 => bytes32)) values;
        string uri;
        mapping(bytes32 => bool) valid;
    }

    bytes32 private constant ENTRY = keccak256("HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,bytes32 kind,address author,address submitter,uint8 form,uint32 weight,uint64 time,bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)");
    bytes32 private constant REQUEST = keccak256("HistoryRequest(uint256 tokenId,bytes32 kind,uint32 weight,bytes32 requestHash,uint256 nonce,uint256 deadline)");
    bytes32 private constant WALLET = keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");

    event SpecificationUpdated(uint256 indexed tokenId, uint64 indexed version, address indexed by, string uri, bytes32 digest);
    event HistoryAppended(uint256 indexed tokenId, bytes32 indexed kind, address indexed author, uint256 index, address submitter, uint8 form, uint32 weight, bytes32 requestHash, bytes content, bytes32 entryHash);
    event HistoryRedacted(uint256 indexed tokenId, uint256 indexed index, address indexed by, bytes32 reason);
    event HistoryKindDefined(bytes32 indexed kind, string name, uint8 forms, uint16 maxBytes, uint32 maxWeight);
    event RuleChanged(bytes32 indexed target, uint64 indexed version, bytes32 oldHash, bytes32 newHash, string name, string source);
    event TraitDefined(bytes32 indexed traitKey, string name, uint8 kind, bytes32 minValue, bytes32 maxValue);
    event TraitMetadataURIUpdated();
    event TraitUpdated(bytes32 indexed traitKey, uint256 tokenId, bytes32 traitValue);
    event ActionDefined(bytes32 indexed action, uint64 indexed version, string name, string guard, string price, Effect[] effects);
    event ActionPerformed(uint256 indexed tokenId, bytes32 indexed action, address indexed caller, uint64 version, uint256 price, uint256[] args);
    event TokenCreditChanged(uint256 indexed tokenId, address indexed by, int256 delta, uint256 balance);
    event GovernorChanged(address indexed previousGovernor, address indexed newGovernor);
    event GuardianChanged(address indexed guardian, uint64 until);
    event MetadataSet(uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue);
    event ContractURIUpdated();

    error RuleDenied(bytes32 target);
    error RuleMissing(bytes32 target);
    error NotGovernance(address caller);
    error UnknownHistoryKind(bytes32 kind);
    error HistoryContentInvalid(uint8 form, uint256 length);
    error HistoryIndexOutOfBounds(uint256 tokenId, uint256 index);
    error HistoryAlreadyRedacted(uint256 tokenId, uint256 index);
    error AuthorSignatureInvalid(address author);
    error SignatureExpired(uint256 deadline);
    error UnknownAction(bytes32 action);
    error PriceExceeded(uint256 price, uint256 maxPrice);
    error InsufficientTokenCredit(uint256 tokenId, uint256 balance, uint256 needed);
    error TraitValueUnchanged();
    error TraitValueInvalid(bytes32 traitKey, bytes32 value);
    error TraitDoesNotExist(bytes32 traitKey);
    error LimitReached(bytes32 what, uint256 limit);

    function _own() private pure returns (Own storage $) {
        assembly { $.slot := 0xa0b1efd18f25e0fb9dff7661eb83d9e6b65b58b0b356e787edf8f88907a8b900 }
    }

    function _traits() private pure returns (Traits storage $) {
        bytes32 slot = keccak256("contracts.storage.erc7496-dynamictraits");
        assembly { $.slot := slot }
    }

    constructor(string memory name_, string memory symbol_, string memory uri_, address creator_, address guardian_, uint64 until_, address credit_)
        ERC721(name_, symbol_)
    {
        Own storage $ = _own();
        if (creator_ == address(0)) revert NotGovernance(creator_);
        ($.creator, $.createdAt, $.guardian, $.guardianUntil, $.governor) = (creator_, uint64(block.timestamp), guardian_, until_, creator_);
        emit GovernorChanged(address(0), creator_);
        emit GuardianChanged(guardian_, until_);
        ($.credit, $.nextTokenId, $.contractURI) = (Credit(credit_), 1, uri_);
        _putKind("chat", 7, 1024, 1000);
        _putRule("spec", "caller == owner", block.number);
        _putRule("uri", "caller == owner", block.number);
        _putRule("meta:*", "caller == owner", block.number);
        _putRule("mint", "caller == creator", block.number);
        _putRule("history:chat", "caller == service && author != caller", block.number);
        _putRule("trait:*", "false", block.number);
        _putRule("redact", "caller == author || caller == owner", block.number);
    }

    // ---- rules: what stands where, and what the few texts say

    function _id(string memory text) private pure returns (bytes32) { return keccak256(bytes(text)); }

    modifier onlyGovernor() {
        if (msg.sender != _own().governor) revert NotGovernance(msg.sender);
        _;
    }

    function _putRule(string memory name_, string memory source, uint256 activeFrom) private returns (bytes32 target, uint64 version) {
        Own storage $ = _own();
        target = _id(name_);
        Rule storage rule = $.rules[target];
        if (rule.version == 0) {
            if ($.ruleTargets.length >= 64) revert LimitReached("rules", 64);
            $.ruleTargets.push(target);
        } else if (block.number >= rule.activeFrom) {
            rule.before = rule.source;
        }
        bytes32 oldHash = rule.sourceHash;
        version = ++rule.version;
        rule.sourceHash = _id(source);
        rule.activeFrom = uint64(activeFrom);
        if (version == 1) rule.name = name_;
        rule.source = source;
        rule.hashAt[version] = rule.sourceHash;
        emit RuleChanged(target, version, oldHash, rule.sourceHash, name_, source);
    }

    function _inForce(bytes32 target) private view returns (string memory) {
        Rule storage rule = _own().rules[target];
        return rule.version == 0 ? "" : block.number >= rule.activeFrom ? rule.source : rule.before;
    }

    function _says(string memory source, address owner_, address author, uint256 token) private view returns (bool) {
        bytes32 s = _id(source);
        Own storage $ = _own();
        if (s == _id("true")) return true;
        if (s == _id("false")) return false;
        if (s == _id("caller == owner")) return msg.sender == owner_;
        if (s == _id("caller == creator")) return msg.sender == $.creator;
        if (s == _id("caller == author || caller == owner")) return msg.sender == author || msg.sender == owner_;
        if (s == _id("caller == service && author != caller")) return msg.sender == $.agentWallet[token] && author != msg.sender;
        revert("a text that this twin does not know");
    }

    function _require(string memory target, string memory general, address owner_, address author, uint256 token) private view {
        bytes32 id = _id(target);
        string memory source = _inForce(id);
        if (bytes(source).length == 0) {
            if (bytes(general).length == 0) revert RuleMissing(id);
            source = _inForce(_id(general));
            if (bytes(source).length == 0) revert RuleMissing(id);
            id = _id(general);
        }
        if (!_says(source, owner_, author, token)) revert RuleDenied(id);
    }

    function setRule(string calldata name_, string calldata source) external onlyGovernor returns (bytes32, uint64) {
        return _putRule(name_, source, block.number + 1);
    }

    // ---- tokens

    /// The votes move where the next one in line has them.
    function _update(address to, uint256 token, address auth) internal virtual override returns (address from) {
        from = super._update(to, token, auth);
        if (from == address(0)) _own().supply++;
        if (to == address(0)) _own().supply--;
        _moved(from, to);
        if (from != address(0)) _clearWallet(token);
    }

    function _moved(address from, address to) internal virtual {}

    function _takeNonce(address account) internal virtual returns (uint256);

    function mint(address to, string calldata uri, string calldata specUri, bytes32 digest) external returns (uint256 token) {
        Own storage $ = _own();
        _require("mint", "", address(0), address(0), $.nextTokenId);
        token = $.nextTokenId++;
        _mint(to, token);
        _setTokenURI(token, uri);
        if (bytes(specUri).length != 0 || digest != 0) _putSpec(token, specUri, digest);
    }

    function burn(uint256 token) external { _update(address(0), token, msg.sender); }

    function totalSupply() external view returns (uint256) { return _own().supply; }

    function supportsInterface(bytes4 id) public view virtual override(ERC721URIStorage, ERC2981) returns (bool) { return super.supportsInterface(id); }

    function contractURI() external view returns (string memory) { return _own().contractURI; }

    function setContractURI(string calldata uri) external onlyGovernor {
        _own().contractURI = uri;
        emit ContractURIUpdated();
    }

    function setDefaultRoyalty(address receiver, uint96 fraction) external onlyGovernor { _setDefaultRoyalty(receiver, fraction); }

    function setTokenRoyalty(uint256 token, address receiver, uint96 fraction) external onlyGovernor { _setTokenRoyalty(token, receiver, fraction); }

    function governor() external view returns (address) { return _own().governor; }

    function setGovernor(address next) external onlyGovernor {
        if (next == address(0)) revert NotGovernance(next);
        if (next.code.length != 0) {
            (bool ok, bytes memory answer) = next.call(abi.encodeWithSignature("token()"));
            if (!ok || answer.length != 32 || bytes32(answer) != bytes32(uint256(uint160(address(this))))) revert NotGovernance(next);
        }
        _own().governor = next;
        emit GovernorChanged(msg.sender, next);
    }

    // ---- specification

    function _putSpec(uint256 token, string calldata uri, bytes32 digest) private returns (uint64 version) {
        Spec storage spec = _own().specs[token];
        version = ++spec.version;
        (spec.digest, spec.updatedAt, spec.uri) = (digest, uint64(block.timestamp), uri);
        _own().specDigestAt[token][version] = digest;
        emit SpecificationUpdated(token, version, msg.sender, uri, digest);
    }

    function setSpecification(uint256 token, string calldata uri, bytes32 digest) external returns (uint64 version) {
        _require("spec", "", _requireOwned(token), address(0), token);
        version = _putSpec(token, uri, digest);
        emit MetadataUpdate(token);
    }

    function specification(uint256 token) external view returns (string memory, bytes32, uint64, uint64) {
        Spec storage spec = _own().specs[token];
        return (spec.uri, spec.digest, spec.version, spec.updatedAt);
    }

    // ---- history

    function _putKind(string memory name_, uint8 forms, uint16 maxBytes, uint32 maxWeight) private returns (bytes32 kind) {
        Own storage $ = _own();
        kind = _id(name_);
        KindDef storage def = $.kinds[kind];
        if (!def.defined && $.kindCount++ >= 32) revert LimitReached("kinds", 32);
        (def.forms, def.maxBytes, def.maxWeight, def.defined, def.name) = (forms, maxBytes, maxWeight, true, name_);
        emit HistoryKindDefined(kind, name_, forms, maxBytes, maxWeight);
    }

    function _checkName(string calldata name_) private pure {
        if (bytes(name_).length == 0 || bytes(name_).length > 64) revert LimitReached("name", 64);
    }

    function defineHistoryKind(string calldata name_, uint8 forms, uint16 maxBytes, uint32 maxWeight) external onlyGovernor returns (bytes32) {
        _checkName(name_);
        if (forms == 0 || forms > 7) revert LimitReached("forms", 7);
        return _putKind(name_, forms, maxBytes, maxWeight);
    }

    struct Draft { uint256 token; bytes32 kind; address author; uint8 form; uint32 weight; bytes32 requestHash; bytes content; }

    function _check(Draft memory e) private view returns (KindDef storage def) {
        def = _own().kinds[e.kind];
        if (!def.defined) revert UnknownHistoryKind(e.kind);
        uint256 len = e.content.length;
        bool fits = e.form <= 2 && ((def.forms >> e.form) & 1) == 1 && len <= def.maxBytes;
        if (fits && e.form == 0) fits = len <= 1024;
        if (fits && e.form == 1) fits = len >= 4 && len <= 64 && e.content[0] == 0x01;
        if (fits && e.form == 2) fits = len == 32;
        if (!fits) revert HistoryContentInvalid(e.form, len);
        if (e.weight == 0 || e.weight > def.maxWeight) revert LimitReached("weight", def.maxWeight);
    }

    function _append(Draft memory e) private returns (uint256 index, bytes32 entryHash) {
        Own storage $ = _own();
        bytes32[] storage log = $.history[e.token];
        index = log.length;
        bytes memory head = abi.encode(ENTRY, block.chainid, address(this), e.token, index, e.kind, e.author, msg.sender);
        bytes memory rest = abi.encode(e.form, e.weight, uint64(block.timestamp), e.requestHash, keccak256(e.content), index == 0 ? bytes32(0) : log[index - 1]);
        entryHash = keccak256(bytes.concat(head, rest));
        log.push(entryHash);
        $.entries[e.token][index].author = e.author;
        Stats storage stats = $.stats[e.token][e.kind];
        if ($.countBy[e.token][e.kind][e.author]++ == 0) stats.authors++;
        stats.count++;
        stats.weight += e.weight;
        stats.lastTime = uint64(block.timestamp);
        _say(e, index, entryHash);
    }

    function _say(Draft memory e, uint256 index, bytes32 entryHash) private {
        emit HistoryAppended(e.token, e.kind, e.author, index, msg.sender, e.form, e.weight, e.requestHash, e.content, entryHash);
    }

    function _appendByRule(Draft memory e, address owner_, string memory kindName) private returns (uint256, bytes32) {
        _require(string.concat("history:", kindName), "history:*", owner_, e.author, e.token);
        return _append(e);
    }

    function appendHistory(uint256 token, bytes32 kind, uint8 form, uint32 weight, bytes calldata content) external returns (uint256, bytes32) {
        address owner_ = _requireOwned(token);
        Draft memory e = Draft(token, kind, msg.sender, form, weight, 0, content);
        return _appendByRule(e, owner_, _check(e).name);
    }

    function appendHistoryFor(uint256 token, bytes32 kind, uint8 form, uint32 weight, bytes calldata content, address author, bytes32 requestHash, uint256 deadline, bytes calldata signature)
        external returns (uint256, bytes32)
    {
        Draft memory e;
        e.token = token;
        e.kind = kind;
        e.author = author;
        e.form = form;
        e.weight = weight;
        e.requestHash = requestHash;
        e.content = content;
        return _appendFor(e, deadline, signature);
    }

    function _appendFor(Draft memory e, uint256 deadline, bytes calldata signature) private returns (uint256, bytes32) {
        address owner_ = _requireOwned(e.token);
        string memory kindName = _check(e).name;
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        uint256 nonce = _takeNonce(e.author);
        _checkSigner(e.author, keccak256(abi.encode(REQUEST, e.token, e.kind, e.weight, e.requestHash, nonce, deadline)), signature);
        return _appendByRule(e, owner_, kindName);
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
            keccak256(bytes(name())), keccak256("1"), block.chainid, address(this)));
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function _checkSigner(address signer, bytes32 structHash, bytes calldata signature) private view {
        (address recovered, ECDSA.RecoverError error_, ) = ECDSA.tryRecover(_digest(structHash), signature);
        if (error_ != ECDSA.RecoverError.NoError || recovered != signer) revert AuthorSignatureInvalid(signer);
    }

    function historyLength(uint256 token) external view returns (uint256) { return _own().history[token].length; }

    function historyEntry(uint256 token, uint256 index) external view returns (bytes32, bool) {
        if (index >= _own().history[token].length) revert HistoryIndexOutOfBounds(token, index);
        return (_own().history[token][index], _own().entries[token][index].redacted);
    }

    function historyHead(uint256 token) external view returns (bytes32) {
        bytes32[] storage log = _own().history[token];
        return log.length == 0 ? bytes32(0) : log[log.length - 1];
    }

    function historyStats(uint256 token, bytes32 kind) external view returns (uint64, uint64, uint64, uint64) {
        Stats storage s = _own().stats[token][kind];
        return (s.count, s.weight, s.authors, s.lastTime);
    }

    function redactHistory(uint256 token, uint256 index, bytes32 reason) external {
        Own storage $ = _own();
        if (index >= $.history[token].length) revert HistoryIndexOutOfBounds(token, index);
        Entry storage entry = $.entries[token][index];
        if (entry.redacted) revert HistoryAlreadyRedacted(token, index);
        _require("redact", "", _ownerOf(token), entry.author, token);
        entry.redacted = true;
        emit HistoryRedacted(token, index, msg.sender, reason);
    }

    // ---- traits

    function defineTrait(string calldata name_, uint8 kind, bytes32 min, bytes32 max) external onlyGovernor returns (bytes32 key) {
        Own storage $ = _own();
        _checkName(name_);
        key = _id(name_);
        if (kind == 0 || kind > 4) revert TraitValueInvalid(key, bytes32(uint256(kind)));
        if (kind == 1 && min > max) revert TraitValueInvalid(key, min);
        if (kind != 1 && min != 0) revert TraitValueInvalid(key, min);
        if (kind != 1 && max != 0) revert TraitValueInvalid(key, max);
        TraitDef storage def = $.traitDefs[key];
        if (!def.defined) {
            if ($.traitKeys.length >= 64) revert LimitReached("traits", 64);
            $.traitKeys.push(key);
            _traits().valid[key] = true;
        } else if (def.kind != kind) {
            revert TraitValueInvalid(key, bytes32(uint256(kind)));
        }
        (def.kind, def.defined, def.minValue, def.maxValue, def.name) = (kind, true, min, max, name_);
        emit TraitDefined(key, name_, kind, min, max);
        emit TraitMetadataURIUpdated();
    }

    function _def(bytes32 key) private view returns (TraitDef storage def) {
        def = _own().traitDefs[key];
        if (!def.defined) revert TraitDoesNotExist(key);
    }

    /// Texts of the tests are ASCII.
    function _isValid(TraitDef storage def, bytes32 value) private view returns (bool) {
        if (def.kind == 1) return value >= def.minValue && value <= def.maxValue;
        if (def.kind == 2) return uint256(value) <= 1;
        if (def.kind == 3) return true;
        bool ended;
        for (uint256 i = 0; i < 32; i++) {
            if (value[i] == 0) ended = true;
            else if (ended || value[i] >= 0x80) return false;
        }
        return ended;
    }

    function getTraitValue(uint256 token, bytes32 key) external view returns (bytes32) {
        _requireOwned(token);
        _def(key);
        return _traits().values[token][key];
    }

    function setTrait(uint256 token, bytes32 key, bytes32 value) external {
        address owner_ = _requireOwned(token);
        TraitDef storage def = _def(key);
        if (!_isValid(def, value)) revert TraitValueInvalid(key, value);
        if (_traits().values[token][key] == value) revert TraitValueUnchanged();
        _require(string.concat("trait:", def.name), "trait:*", owner_, address(0), token);
        _traits().values[token][key] = value;
        emit TraitUpdated(key, token, value);
        emit MetadataUpdate(token);
    }

    // ---- actions, whose guard is args[0] == 1u, price args[1], effect i args[2 + i]

    function defineAction(string calldata name_, string calldata guard, string calldata price, Effect[] calldata effects)
        external onlyGovernor returns (bytes32 action, uint64 version)
    {
        Own storage $ = _own();
        if (effects.length > 8) revert LimitReached("effects", 8);
        _checkName(name_);
        action = _id(name_);
        Action storage a = $.actions[action];
        version = ++a.version;
        if (version == 1) {
            if ($.actionNames.length >= 64) revert LimitReached("actions", 64);
            $.actionNames.push(action);
        }
        (a.name, a.guard, a.price) = (name_, guard, price);
        delete a.effects;
        for (uint256 i = 0; i < effects.length; i++) a.effects.push(effects[i]);
        emit ActionDefined(action, version, name_, guard, price, effects);
    }

    function perform(uint256 token, bytes32 action, uint256[] calldata args, uint256 maxPrice) external returns (uint256 price) {
        Own storage $ = _own();
        _requireOwned(token);
        Action storage a = $.actions[action];
        if (a.version == 0) revert UnknownAction(action);
        if (args.length > 16) revert LimitReached("args", 16);
        price = args[1];
        if (args[0] != 1) revert RuleDenied(_id(string.concat("action:", a.name)));
        if (price > maxPrice) revert PriceExceeded(price, maxPrice);
        if (price != 0) $.credit.burn(msg.sender, price);
        bool changed;
        for (uint256 i = 0; i < a.effects.length; i++) changed = _do(token, a.effects[i], args[2 + i]) || changed;
        emit ActionPerformed(token, action, msg.sender, a.version, price, args);
        if (changed) emit MetadataUpdate(token);
    }

    function _do(uint256 token, Effect storage effect, uint256 value) private returns (bool changed) {
        Own storage $ = _own();
        if (effect.op == 1) {
            if (!_isValid(_def(effect.key), bytes32(value))) revert TraitValueInvalid(effect.key, bytes32(value));
            if (_traits().values[token][effect.key] == bytes32(value)) return false;
            _traits().values[token][effect.key] = bytes32(value);
            emit TraitUpdated(effect.key, token, bytes32(value));
            return true;
        }
        if (effect.op == 2) $.credit.mint(msg.sender, value);
        if (effect.op == 3) {
            $.credit.mint(address(this), value);
            _more(token, value);
        }
        if (effect.op == 4) {
            _less(token, value);
            $.credit.burn(address(this), value);
        }
        if (effect.op == 5) {
            Draft memory e = Draft(token, effect.key, msg.sender, 0, 1, 0, abi.encode(value));
            _check(e);
            _append(e);
        }
    }

    // ---- credits

    function credit() external view returns (address) { return address(_own().credit); }

    function tokenCredit(uint256 token) external view returns (uint256) { return _own().tokenCredit[token]; }

    function _more(uint256 token, uint256 amount) private {
        _own().tokenCredit[token] += amount;
        emit TokenCreditChanged(token, msg.sender, int256(amount), _own().tokenCredit[token]);
    }

    function _less(uint256 token, uint256 amount) private {
        uint256 balance = _own().tokenCredit[token];
        if (balance < amount) revert InsufficientTokenCredit(token, balance, amount);
        _own().tokenCredit[token] = balance - amount;
        unchecked { emit TokenCreditChanged(token, msg.sender, -int256(amount), balance - amount); }
    }

    function depositCredit(uint256 token, uint256 amount) external {
        _requireOwned(token);
        _own().credit.move(msg.sender, address(this), amount);
        _more(token, amount);
    }

    function withdrawCredit(uint256 token, address to, uint256 amount) external {
        address owner_ = _requireOwned(token);
        if (msg.sender != owner_) revert ERC721IncorrectOwner(msg.sender, token, owner_);
        _less(token, amount);
        _own().credit.move(address(this), to, amount);
    }

    // ---- the agent

    function _clearWallet(uint256 token) private {
        if (_own().agentWallet[token] == address(0)) return;
        delete _own().agentWallet[token];
        emit MetadataSet(token, "agentWallet", "agentWallet", "");
    }

    function setAgentWallet(uint256 token, address wallet, uint256 deadline, bytes calldata signature) external {
        address owner_ = _requireOwned(token);
        _checkAuthorized(owner_, msg.sender, token);
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        _checkSigner(wallet, keccak256(abi.encode(WALLET, token, wallet, owner_, deadline)), signature);
        _own().agentWallet[token] = wallet;
        emit MetadataSet(token, "agentWallet", "agentWallet", abi.encodePacked(wallet));
    }

    function unsetAgentWallet(uint256 token) external {
        _checkAuthorized(_requireOwned(token), msg.sender, token);
        _clearWallet(token);
    }

    function getAgentWallet(uint256 token) external view returns (address) {
        _requireOwned(token);
        return _own().agentWallet[token];
    }
}

/// With votes where OpenZeppelin's upgradeable contracts keep them (ERC-7201): the storage is the native collection's, slot by slot.
contract Ainft is AinftCore {
    using Checkpoints for Checkpoints.Trace208;

    struct NoncesStorage { mapping(address => uint256) nonces; }

    struct VotesStorage {
        mapping(address => address) delegatee;
        mapping(address => Checkpoints.Trace208) delegateCheckpoints;
        Checkpoints.Trace208 totalCheckpoints;
    }

    event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate);
    event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes);

    error VotesExpiredSignature(uint256 expiry);
    error InvalidAccountNonce(address account, uint256 currentNonce);
    error ERC5805FutureLookup(uint256 timepoint, uint48 clock);

    constructor(string memory name_, string memory symbol_, string memory uri_, address creator_, address guardian_, uint64 until_, address credit_)
        AinftCore(name_, symbol_, uri_, creator_, guardian_, until_, credit_) {}

    function _nonces() private pure returns (NoncesStorage storage $) {
        assembly { $.slot := 0x5ab42ced628888259c08ac98db1eb0cf702fc1501344311d8b100cd1bfe4bb00 }
    }

    function _votes() private pure returns (VotesStorage storage $) {
        assembly { $.slot := 0xe8b26c30fad74198956032a3533d903385d56dd795af560196f9c78d4af40d00 }
    }

    function nonces(address account) external view returns (uint256) { return _nonces().nonces[account]; }

    function _takeNonce(address account) internal override returns (uint256) { return _nonces().nonces[account]++; }

    function clock() public view returns (uint48) { return SafeCast.toUint48(block.timestamp); }

    function CLOCK_MODE() external pure returns (string memory) { return "mode=timestamp"; }

    function delegates(address account) public view returns (address) {
        address named = _votes().delegatee[account];
        return named == address(0) ? account : named;
    }

    function _push(Checkpoints.Trace208 storage trace, bool more, uint208 amount) private returns (uint208, uint208) {
        uint208 latest = trace.latest();
        return trace.push(clock(), more ? latest + amount : latest - amount);
    }

    function _count(address delegate_, bool more, uint208 amount) private {
        if (delegate_ == address(0)) return;
        (uint208 before, uint208 afterwards) = _push(_votes().delegateCheckpoints[delegate_], more, amount);
        emit DelegateVotesChanged(delegate_, before, afterwards);
    }

    function _move(address from, address to, uint208 amount) private {
        if (from == to || amount == 0) return;
        _count(from, false, amount);
        _count(to, true, amount);
    }

    function _moved(address from, address to) internal override {
        if (from == address(0)) _push(_votes().totalCheckpoints, true, 1);
        if (to == address(0)) _push(_votes().totalCheckpoints, false, 1);
        _move(delegates(from), delegates(to), 1);
    }

    function _delegate(address account, address named) private {
        address before = delegates(account);
        address next = named == address(0) ? account : named;
        _votes().delegatee[account] = next;
        emit DelegateChanged(account, before, next);
        _move(before, next, uint208(balanceOf(account)));
    }

    function delegate(address named) external { _delegate(msg.sender, named); }

    function delegateBySig(address named, uint256 nonce, uint256 expiry, uint8 v, bytes32 r, bytes32 s) external {
        if (block.timestamp > expiry) revert VotesExpiredSignature(expiry);
        address signer = ECDSA.recover(_digest(keccak256(abi.encode(keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)"), named, nonce, expiry))), v, r, s);
        uint256 current = _takeNonce(signer);
        if (nonce != current) revert InvalidAccountNonce(signer, current);
        _delegate(signer, named);
    }

    function getVotes(address account) external view returns (uint256) { return _votes().delegateCheckpoints[account].latest(); }

    function _past(uint256 time) private view returns (uint48) {
        if (time >= clock()) revert ERC5805FutureLookup(time, clock());
        return uint48(time);
    }

    function getPastVotes(address account, uint256 time) external view returns (uint256) {
        return _votes().delegateCheckpoints[account].upperLookupRecent(_past(time));
    }

    function getPastTotalSupply(uint256 time) external view returns (uint256) {
        return _votes().totalCheckpoints.upperLookupRecent(_past(time));
    }
}

/// With OpenZeppelin's own votes. What differs from them is for whom an account's tokens count until it names somebody.
contract AinftVotes is ERC721Votes, AinftCore {
    constructor(string memory name_, string memory symbol_, string memory uri_, address creator_, address guardian_, uint64 until_, address credit_)
        AinftCore(name_, symbol_, uri_, creator_, guardian_, until_, credit_) EIP712(name_, "1") {}

    function clock() public view override returns (uint48) { return SafeCast.toUint48(block.timestamp); }

    function CLOCK_MODE() public pure override returns (string memory) { return "mode=timestamp"; }

    function delegates(address account) public view override returns (address) {
        address named = super.delegates(account);
        return named == address(0) ? account : named;
    }

    function _delegate(address account, address named) internal override {
        super._delegate(account, named == address(0) ? account : named);
    }

    function _takeNonce(address account) internal override returns (uint256) { return _useNonce(account); }

    function _update(address to, uint256 token, address auth) internal override(ERC721Votes, AinftCore) returns (address) {
        return super._update(to, token, auth);
    }

    function _increaseBalance(address account, uint128 amount) internal override(ERC721, ERC721Votes) { super._increaseBalance(account, amount); }

    function tokenURI(uint256 token) public view override(ERC721, ERC721URIStorage) returns (string memory) { return super.tokenURI(token); }

    function supportsInterface(bytes4 id) public view override(ERC721, AinftCore) returns (bool) { return super.supportsInterface(id); }
}
