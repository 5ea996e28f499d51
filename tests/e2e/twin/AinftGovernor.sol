// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

interface ICollection {
    struct Effect { uint8 op; bytes32 key; string expr; }

    function setRule(string calldata, string calldata) external returns (bytes32, uint64);
    function defineAction(string calldata, string calldata, string calldata, Effect[] calldata) external returns (bytes32, uint64);
    function defineTrait(string calldata, uint8, bytes32, bytes32) external returns (bytes32);
    function defineHistoryKind(string calldata, uint8, uint16, uint32) external returns (bytes32);
    function setGovernor(address) external;
    function setDefaultRoyalty(address, uint96) external;
    function setTokenRoyalty(uint256, address, uint96) external;
    function setContractURI(string calldata) external;
}

/// A second implementation of the native governor: OpenZeppelin's, and what the native one has besides.
contract AinftGovernor is Governor, GovernorSettings, GovernorCountingSimple, GovernorVotes, GovernorVotesQuorumFraction {
    address private _collection;
    uint48 private _timelockDelay;
    address private _guardian;
    uint64 private _guardianUntil;

    event TimelockDelaySet(uint256 oldTimelockDelay, uint256 newTimelockDelay);

    error GovernorUnmetDelay(uint256 proposalId, uint256 neededTimestamp);
    error ProposalCallNotAllowed(uint256 index, address target, bytes4 selector);
    error ProposalValueNotAllowed(uint256 index, uint256 value);
    error ProposalTried();
    error LimitReached(bytes32 what, uint256 limit);
    error FailedCall();

    struct Terms { uint48 votingDelay; uint32 votingPeriod; uint256 proposalThreshold; uint8 quorumPercent; uint48 timelockDelay; address guardian; uint64 guardianUntil; }

    constructor(string memory name_, address collection, Terms memory t)
        Governor(name_) GovernorSettings(t.votingDelay, t.votingPeriod, t.proposalThreshold) GovernorVotes(IVotes(collection)) GovernorVotesQuorumFraction(t.quorumPercent)
    {
        _collection = collection;
        _putTimelockDelay(t.timelockDelay);
        (_guardian, _guardianUntil) = (t.guardian, t.guardianUntil);
    }

    // ---- the timelock

    function _putTimelockDelay(uint48 delay) private {
        emit TimelockDelaySet(_timelockDelay, delay);
        _timelockDelay = delay;
    }

    function timelockDelay() external view returns (uint256) { return _timelockDelay; }

    function setTimelockDelay(uint48 delay) external onlyGovernance { _putTimelockDelay(delay); }

    function proposalNeedsQueuing(uint256) public pure override returns (bool) { return true; }

    function _queueOperations(uint256, address[] memory, uint256[] memory, bytes[] memory, bytes32) internal view override returns (uint48) {
        return clock() + _timelockDelay;
    }

    function _executeOperations(uint256 id, address[] memory targets, uint256[] memory values, bytes[] memory calldatas, bytes32 hash) internal override {
        if (clock() < proposalEta(id)) revert GovernorUnmetDelay(id, proposalEta(id));
        super._executeOperations(id, targets, values, calldatas, hash);
    }

    // ---- the guardian

    function proposalGuardian() public view returns (address) { return clock() <= _guardianUntil ? _guardian : address(0); }

    function proposalGuardianUntil() external view returns (uint64) { return _guardianUntil; }

    function _validateCancel(uint256 id, address caller) internal view override returns (bool) {
        address guardian = proposalGuardian();
        return guardian == caller || (guardian == address(0) && caller == proposalProposer(id)) || super._validateCancel(id, caller);
    }

    // ---- what may be proposed

    function hashProposal(address[] memory targets, uint256[] memory values, bytes[] memory calldatas, bytes32 hash) public pure override returns (uint256) {
        if (targets.length > 16 || values.length > 16 || calldatas.length > 16) revert LimitReached("calls", 16);
        return super.hashProposal(targets, values, calldatas, hash);
    }

    function _isAllowed(address target, bytes4 s) private view returns (bool) {
        if (target == _collection)
            return s == ICollection.setRule.selector || s == ICollection.defineAction.selector || s == ICollection.defineTrait.selector
                || s == ICollection.defineHistoryKind.selector || s == ICollection.setGovernor.selector || s == ICollection.setDefaultRoyalty.selector
                || s == ICollection.setTokenRoyalty.selector || s == ICollection.setContractURI.selector;
        return target == address(this) && (s == this.setVotingDelay.selector || s == this.setVotingPeriod.selector
            || s == this.setProposalThreshold.selector || s == this.updateQuorumNumerator.selector || s == this.setTimelockDelay.selector);
    }

    function _propose(address[] memory targets, uint256[] memory values, bytes[] memory calldatas, string memory description, address proposer)
        internal override returns (uint256 id)
    {
        id = super._propose(targets, values, calldatas, description, proposer);
        for (uint256 i = 0; i < targets.length; i++) {
            if (values[i] != 0) revert ProposalValueNotAllowed(i, values[i]);
            if (!_isAllowed(targets[i], bytes4(calldatas[i])) || calldatas[i].length < 4) revert ProposalCallNotAllowed(i, targets[i], bytes4(calldatas[i]));
        }
        try this.tryCalls(targets, calldatas) {} catch (bytes memory reason) {
            if (reason.length == 4 && bytes4(reason) == ProposalTried.selector) return id;
            if (reason.length == 0) revert FailedCall();
            assembly { revert(add(reason, 0x20), mload(reason)) }
        }
    }

    function tryCalls(address[] calldata targets, bytes[] calldata calldatas) external onlyGovernance {
        for (uint256 i = 0; i < targets.length; i++) {
            (bool ok, bytes memory reason) = targets[i].call(calldatas[i]);
            if (ok) continue;
            if (reason.length == 0) revert FailedCall();
            assembly { revert(add(reason, 0x20), mload(reason)) }
        }
        revert ProposalTried();
    }

    // ---- it holds nothing

    receive() external payable override { revert(); }

    function execute(address[] memory targets, uint256[] memory values, bytes[] memory calldatas, bytes32 hash) public payable override returns (uint256) {
        require(msg.value == 0);
        return super.execute(targets, values, calldatas, hash);
    }

    function onERC721Received(address, address, uint256, bytes memory) public pure override returns (bytes4) { revert GovernorDisabledDeposit(); }

    function supportsInterface(bytes4 id) public view override returns (bool) { return id != 0x4e2312e0 && super.supportsInterface(id); }

    // ---- what several of OpenZeppelin's have

    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) { return super.proposalThreshold(); }
}
