// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/initdata/initdata.hpp"

namespace redoubt::ctl {

/// Whom a guest asks for secrets, as initdata's aa.toml pins it.
struct PinnedBroker {
    std::string url;                       ///< empty: there is none, and nothing is released
    std::vector<std::string> certificates; ///< SHA-256 of each in DER, lower-case hex
};

/// Errors: invalid_argument aa.toml is none, or what it pins is no certificate.
[[nodiscard]] Result<PinnedBroker> pinned_broker(const initdata::Initdata& initdata);

/// Every "kbs:///repository/type/tag" that the text holds, those of sealed secrets in it among them; sorted.
[[nodiscard]] std::vector<std::string> resources_in(std::string_view text);

} // namespace redoubt::ctl
