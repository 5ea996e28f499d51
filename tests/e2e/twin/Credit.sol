// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// What the native credit must do, on OpenZeppelin's ERC20. The cap is ERC20Capped's, kept in storage.
contract Credit is ERC20 {
    address public collection;
    uint256 public maxSupply;

    error ERC20ExceededCap(uint256 increasedSupply, uint256 cap);

    constructor(string memory name_, string memory symbol_, address collection_, uint256 maxSupply_) ERC20(name_, symbol_) {
        collection = collection_;
        maxSupply = maxSupply_;
    }

    modifier onlyCollection() {
        if (msg.sender != collection) revert Ownable.OwnableUnauthorizedAccount(msg.sender);
        _;
    }

    function mint(address to, uint256 amount) external onlyCollection { _mint(to, amount); }

    function burn(address from, uint256 amount) external onlyCollection { _burn(from, amount); }

    function move(address from, address to, uint256 amount) external onlyCollection { _transfer(from, to, amount); }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) && totalSupply() > maxSupply) revert ERC20ExceededCap(totalSupply(), maxSupply);
    }
}
