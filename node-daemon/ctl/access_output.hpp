// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Text and JSON of the verbs about access and profiles. JSON: docs/formats/cli-json.md.

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/remote/profiles.hpp"
#include "redoubt/node/v1/access.pb.h"

namespace redoubt::ctl {

[[nodiscard]] std::string render_identity(const node::v1::GetIdentityResponse& identity);
[[nodiscard]] std::string identity_json(const node::v1::GetIdentityResponse& identity);
[[nodiscard]] std::string render_pairing(const node::v1::Pairing& pairing);
[[nodiscard]] std::string pairing_json(const node::v1::Pairing& pairing);
[[nodiscard]] std::string recovery_key_json(const std::string& key);
[[nodiscard]] std::string render_clients(const node::v1::ListClientsResponse& clients);
[[nodiscard]] std::string clients_json(const node::v1::ListClientsResponse& clients);
[[nodiscard]] std::string render_profiles(const std::vector<remote::Profile>& profiles);
[[nodiscard]] std::string profiles_json(const std::vector<remote::Profile>& profiles);
/// "admin", "viewer"; empty: neither.
[[nodiscard]] std::string name_of_role(node::v1::Role role);
/// The number of an audit record. Errors: data_loss it has none.
[[nodiscard]] Result<std::int64_t> first_sequence(const std::string& line);

} // namespace redoubt::ctl
