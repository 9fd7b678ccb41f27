// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/firmware.hpp"

#include <string>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::services::kms {
namespace {

constexpr std::string_view k_global = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view k_boot_loader = "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
constexpr std::size_t k_attributes_size = 4; // before every variable's value
constexpr std::size_t k_max_variable = 256;

/// A variable's value; empty when there is none, or none of a sensible size.
std::string value_of(const std::filesystem::path& folder, std::string_view name, std::string_view vendor) {
    auto bytes = read_file(folder / (std::string(name) + std::string(vendor)), k_max_variable);
    if (!bytes || bytes->size() < k_attributes_size) return {};
    return bytes->substr(k_attributes_size);
}

/// UTF-16 of ASCII letters as such, without the zero at its end; empty when it is anything else.
std::string ascii_of(std::string_view utf16) {
    std::string text;
    if (utf16.size() % 2 != 0) return {};
    for (std::size_t i = 0; i < utf16.size(); i += 2) {
        if (utf16[i + 1] != '\0') return {};
        text += utf16[i];
    }
    while (text.ends_with('\0')) text.pop_back();
    return text;
}

} // namespace

Status check_measured_boot(const std::filesystem::path& variables) {
    if (value_of(variables, "SecureBoot", k_global) != std::string_view("\x01", 1))
        return fail(Code::failed_precondition,
                    "no measured boot: Secure Boot is off, or not of this machine");
    if (value_of(variables, "SetupMode", k_global) != std::string_view("\0", 1))
        return fail(Code::failed_precondition, "no measured boot: the firmware is in setup mode");
    if (ascii_of(value_of(variables, "StubPcrKernelImage", k_boot_loader)) != "11")
        return fail(Code::failed_precondition,
                    "no measured boot: no systemd-stub has measured the kernel into PCR 11");
    return {};
}

} // namespace redoubt::services::kms
