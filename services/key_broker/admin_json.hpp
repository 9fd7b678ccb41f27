// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the files of class Admin share: objects of the store as administrators see them. Pure.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "services/store/trust_store.hpp"

namespace redoubt::services::key_broker {

/// "sha256:..."; empty when nothing can be hashed.
[[nodiscard]] std::string digest_text(std::string_view bytes);
/// {"name", "version", "created", "author"}.
[[nodiscard]] boost::json::object version_json(const store::ObjectVersion& entry);
/// The same of one version of an object, with "removed".
[[nodiscard]] boost::json::object history_json(const store::ObjectVersion& entry);

[[nodiscard]] inline std::string kind_text(std::string_view kind) {
    return std::string(kind);
}

} // namespace redoubt::services::key_broker
