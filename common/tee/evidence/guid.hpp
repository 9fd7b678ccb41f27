// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

namespace redoubt::tee {

/// "c0b406a4-a803-4952-9743-3fb6014cd0ae" from 16 bytes in EFI's order (first three parts little endian);
/// empty when there are not 16.
[[nodiscard]] std::string guid_text(std::string_view bytes);
/// The other way round; empty when the text is no GUID. Upper and lower case.
[[nodiscard]] std::string guid_bytes(std::string_view text);

} // namespace redoubt::tee
