// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The tables of builtins, one function for each group's file. They lie in three libraries, so that a program
/// takes only what it needs: the guest's agent the core, the broker all.

#include <span>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {

// Library common_rego_builtins_core.
[[nodiscard]] std::span<const Builtin> aggregate_builtins();
[[nodiscard]] std::span<const Builtin> arithmetic_builtins();
[[nodiscard]] std::span<const Builtin> bits_builtins();
[[nodiscard]] std::span<const Builtin> collection_builtins();
[[nodiscard]] std::span<const Builtin> encoding_builtins();
[[nodiscard]] std::span<const Builtin> json_text_builtins();
[[nodiscard]] std::span<const Builtin> kind_builtins();
[[nodiscard]] std::span<const Builtin> object_builtins();
[[nodiscard]] std::span<const Builtin> regex_builtins();
[[nodiscard]] std::span<const Builtin> sprintf_builtins();
[[nodiscard]] std::span<const Builtin> string_builtins();
[[nodiscard]] std::span<const Builtin> string_edit_builtins();
/// Known by name and refused at load: they reach out of the enclave, need a signing key, or are not made.
[[nodiscard]] std::span<const Builtin> unavailable_builtins();
[[nodiscard]] std::span<const Builtin> walk_builtins();

// Library common_rego_builtins_extended.
[[nodiscard]] std::span<const Builtin> glob_builtins();
[[nodiscard]] std::span<const Builtin> graph_builtins();
[[nodiscard]] std::span<const Builtin> json_patch_builtins();
[[nodiscard]] std::span<const Builtin> json_path_builtins();
[[nodiscard]] std::span<const Builtin> json_schema_builtins();
[[nodiscard]] std::span<const Builtin> network_builtins();
[[nodiscard]] std::span<const Builtin> semver_builtins();
[[nodiscard]] std::span<const Builtin> time_builtins();
[[nodiscard]] std::span<const Builtin> unit_builtins();
[[nodiscard]] std::span<const Builtin> url_builtins();
[[nodiscard]] std::span<const Builtin> uuid_builtins();
[[nodiscard]] std::span<const Builtin> yaml_builtins();

// Library common_rego_builtins_crypto.
[[nodiscard]] std::span<const Builtin> digest_builtins();
[[nodiscard]] std::span<const Builtin> jwt_builtins();
[[nodiscard]] std::span<const Builtin> x509_builtins();

/// Library common_rego_builtins_signing; not part of all_builtins().
[[nodiscard]] std::span<const Builtin> signing_builtins();

} // namespace redoubt::rego
