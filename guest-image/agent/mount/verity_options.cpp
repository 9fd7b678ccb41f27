// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/verity_options.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "guest-image/agent/mount/option_words.hpp"

namespace redoubt::guest::mount {

namespace {

bool has_prefix(const std::vector<std::string>& words, std::string_view prefix) {
    return std::ranges::any_of(words, [&](const auto& word) { return word.starts_with(prefix); });
}

template <class Number>
Result<std::optional<Number>> take_number(std::vector<std::string>& words, std::string_view key) {
    const auto text = take_option(words, key);
    if (!text && text.error().code == Code::not_found) return std::optional<Number>{};
    if (!text) return std::unexpected(text.error());
    RDT_TRY(const auto value, parse_number<Number>(key, *text));
    return std::optional(value);
}

Result<VerityRequest> take_ours(std::vector<std::string>& words) {
    VerityRequest request;
    RDT_TRY(request.root_hash, take_option(words, "verity_root_hash"));
    RDT_TRY(request.salt, take_option(words, "verity_salt"));
    RDT_TRY(const auto blocks, take_option(words, "verity_data_blocks"));
    RDT_TRY(request.data_blocks, parse_number<std::uint64_t>("verity_data_blocks", blocks));
    return request;
}

Result<VerityRequest> take_katas(std::vector<std::string>& words) {
    if (const auto enabled = take_option(words, "X-kata.dmverity-enabled"); enabled && *enabled != "true")
        return fail(Code::invalid_argument, "X-kata.dmverity-enabled: '{}' is not true", *enabled);
    VerityRequest request;
    RDT_TRY(request.root_hash, take_option(words, "X-kata.dmverity.roothash"));
    if (const auto algorithm = take_option(words, "X-kata.dmverity.algorithm");
        algorithm && *algorithm != "sha256")
        return fail(Code::unimplemented, "X-kata.dmverity.algorithm: '{}' is not sha256", *algorithm);
    if (auto salt = take_option(words, "X-kata.dmverity.salt")) request.salt = *salt == "-" ? "" : *salt;
    RDT_TRY(request.hash_offset, take_number<std::uint64_t>(words, "X-kata.dmverity.hashoffset"));
    RDT_TRY(request.data_blocks, take_number<std::uint64_t>(words, "X-kata.dmverity.datablocks"));
    RDT_TRY(request.data_block_size, take_number<std::uint32_t>(words, "X-kata.dmverity.blocksize"));
    RDT_TRY(request.hash_block_size, take_number<std::uint32_t>(words, "X-kata.dmverity.hashsize"));
    if (has_prefix(words, "X-kata.dmverity"))
        return fail(Code::unimplemented, "a word of X-kata.dmverity is not known to this agent");
    return request;
}

/// `wanted` if it is said, else `found` if there is one. Errors: they differ.
template <class Value>
Result<std::optional<Value>> agree(std::string_view what, std::optional<Value> wanted,
                                   std::optional<Value> found) {
    if (wanted && found && *wanted != *found)
        return fail(Code::invalid_argument, "verity {}: the request says {}, the disk's superblock {}", what,
                    *wanted, *found);
    return wanted ? wanted : found;
}

} // namespace

Result<std::optional<VerityRequest>> take_verity(std::vector<std::string>& driver_options,
                                                 std::vector<std::string>& options) {
    const bool is_ours = has_prefix(driver_options, "verity_");
    const bool is_katas = has_prefix(options, "X-kata.dmverity");
    if (is_ours && is_katas) return fail(Code::invalid_argument, "verity is asked for in two ways at once");
    if (!is_ours && !is_katas) return std::optional<VerityRequest>{};
    RDT_TRY(auto request, is_ours ? take_ours(driver_options) : take_katas(options));
    return std::optional(std::move(request));
}

Result<VerityTarget> complete_verity(const VerityRequest& request, std::string device,
                                     const std::optional<VeritySuperblock>& superblock) {
    const auto found = [&](auto member) {
        return superblock ? std::optional((*superblock).*member) : std::nullopt;
    };
    VerityTarget target;
    target.device = std::move(device);
    target.root_hash = request.root_hash;
    RDT_TRY(const auto salt, agree("salt", request.salt, found(&VeritySuperblock::salt)));
    target.salt = salt.value_or("");
    RDT_TRY(const auto data_size,
            agree("data block size", request.data_block_size, found(&VeritySuperblock::data_block_size)));
    target.data_block_size = data_size.value_or(target.data_block_size);
    RDT_TRY(const auto hash_size,
            agree("hash block size", request.hash_block_size, found(&VeritySuperblock::hash_block_size)));
    target.hash_block_size = hash_size.value_or(target.hash_block_size);
    RDT_TRY(auto blocks, agree("data blocks", request.data_blocks, found(&VeritySuperblock::data_blocks)));
    if (target.data_block_size == 0 || target.hash_block_size == 0)
        return fail(Code::invalid_argument, "verity block sizes: 0 is none");
    if (request.hash_offset) {
        if (*request.hash_offset % target.hash_block_size != 0)
            return fail(Code::invalid_argument, "verity hash offset: {} is not a whole number of hash blocks",
                        *request.hash_offset);
        if (!blocks) blocks = *request.hash_offset / target.data_block_size;
        // The superblock fills the block before the tree.
        target.hash_start = *request.hash_offset / target.hash_block_size + (superblock ? 1 : 0);
    }
    target.data_blocks = blocks.value_or(0);
    RDT_CHECK(check_verity_target(target));
    return target;
}

} // namespace redoubt::guest::mount
