// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/audit/chain.hpp"

#include "common/crypto/digest.hpp"
#include "common/encoding/canonical_json.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::audit {

Result<std::string> hash_record(std::string_view line) {
    RDT_TRY(auto hasher, crypto::Hasher::make());
    RDT_CHECK(hasher.update(std::string_view("\0", 1)));
    RDT_CHECK(hasher.update(line));
    RDT_TRY(const auto digest, hasher.finish());
    return digest.hex();
}

Status ChainVerifier::next(std::string_view line) {
    const auto place = sequence_ + 1;
    const auto broken = [&](std::string_view why) {
        return fail(Code::data_loss, "audit record {}: {}", place, why);
    };
    const auto document = json::parse("record", line);
    if (!document) return broken(document.error().message);
    const auto root = document->root();
    RDT_TRY(const auto canonical, json::canonical(*root.value()));
    if (canonical != line) return broken("not in canonical form");
    if (root["v"].integer_or(0).value_or(0) != 1) return broken("a version that is not known");
    if (root["seq"].integer_or(0).value_or(0) != place) return broken("out of sequence");
    if (root["prev"].string_or().value_or("") != head_)
        return broken("does not continue the record before it");
    RDT_TRY(head_, hash_record(line));
    sequence_ = place;
    return {};
}

} // namespace redoubt::audit
