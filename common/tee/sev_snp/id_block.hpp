// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "common/tee/evidence/explanation.hpp"
#include "common/tee/sev_snp/report.hpp"

namespace redoubt::tee::sev_snp {

/// What an owner signs about a launch. Source: AMD 56860, ID_BLOCK and ID_AUTH_INFO.
struct IdBlock {
    std::string launch_digest; ///< raw, 48 bytes
    std::string family_id;
    std::string image_id;
    std::uint32_t version = 0;
    std::uint32_t guest_svn = 0;
    std::uint64_t policy = 0;
    std::string id_key_digest;                    ///< SHA-384 of the 1028-byte key
    std::optional<std::string> author_key_digest; ///< when an author key signed the ID key
};

struct IdBlockVerdict {
    Explanation explanation;
    std::optional<IdBlock> block;
};

/// Verifies the signatures of an ID block (96 bytes) by its authentication information (4096 bytes). The keys
/// are only the ones that came along: who they belong to is a question of their digests.
[[nodiscard]] IdBlockVerdict verify_id_block(std::string_view block, std::string_view auth);

/// Notes whether a report is of a launch with this block. Claims: "id_block.*".
void match_id_block(Explanation& explanation, const Report& report, const IdBlockVerdict& verdict);

[[nodiscard]] boost::json::object id_block_json(const IdBlock& block);

} // namespace redoubt::tee::sev_snp
