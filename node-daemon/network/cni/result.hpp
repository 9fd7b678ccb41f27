// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a plugin prints: a result, an error, or its versions. Pure; a plugin is not trusted to be right.
/// Source: CNI specification 1.0.0, section 5.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::network::cni {

struct ResultInterface {
    std::string name;
    std::string mac;
    std::string sandbox; ///< the namespace's path; empty: on the host
};

struct ResultAddress {
    int interface = -1;  ///< index into the interfaces; -1: not said
    std::string address; ///< "10.0.0.2/16"
    std::string gateway;
};

struct CniResult {
    std::string version;
    std::vector<ResultInterface> interfaces;
    std::vector<ResultAddress> addresses;
    std::vector<std::string> dns; ///< as lines of a resolv.conf
    boost::json::object raw;      ///< all of it: what the next plugin is given
};

/// Errors: invalid_argument naming the member; unimplemented a version other than 0.3.0 to 1.0.0.
[[nodiscard]] Result<CniResult> parse_result(std::string_view text);

/// The error that a failed plugin printed, or its last words where it printed none. `plugin` begins the
/// message.
[[nodiscard]] Error parse_error(std::string_view plugin, std::string_view text, std::string_view last_words);

/// Answer to VERSION.
[[nodiscard]] Result<std::vector<std::string>> parse_versions(std::string_view text);

} // namespace redoubt::node::network::cni
