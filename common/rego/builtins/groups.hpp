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

} // namespace redoubt::rego
