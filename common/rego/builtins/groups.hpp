// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The tables of builtins, one function for each group's file.

#include <span>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {

/// Known by name and refused at load: they reach out of the enclave, need a signing key, or are not made.
[[nodiscard]] std::span<const Builtin> unavailable_builtins();

} // namespace redoubt::rego
