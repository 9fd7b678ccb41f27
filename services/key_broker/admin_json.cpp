// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/admin_json.hpp"

#include "common/crypto/digest.hpp"

namespace redoubt::services::key_broker {

namespace bj = boost::json;

std::string digest_text(std::string_view bytes) {
    const auto digest = crypto::digest_of(bytes);
    return digest ? digest->str() : std::string();
}

bj::object version_json(const store::ObjectVersion& entry) {
    return {{"name", entry.name},
            {"version", entry.version},
            {"created", entry.created},
            {"author", entry.author}};
}

bj::object history_json(const store::ObjectVersion& entry) {
    auto item = version_json(entry);
    item["removed"] = entry.is_removed;
    return item;
}

} // namespace redoubt::services::key_broker
