// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/remote/own_identity.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace redoubt::remote {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
}

/// "alice@laptop", as far as a name may hold it.
std::string who_we_are() {
    std::array<char, 65> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    auto user = variable("USER");
    if (user.empty()) user = "uid-" + std::to_string(::getuid());
    std::string name;
    for (const char letter : user + "@" + host.data()) {
        const bool is_good = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                             (letter >= '0' && letter <= '9') || std::string_view(".-_@").contains(letter);
        if (is_good && name.size() < 64) name += letter;
    }
    return name;
}

} // namespace

Result<Identity> own_identity() {
    RDT_TRY(const auto folder, config_folder(variable));
    std::error_code error;
    if (std::filesystem::create_directories(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return fail_errno(error.value(), "make folder {}", folder.native());
    return load_or_make_identity(folder / "client-identity.json", who_we_are());
}

Result<Profiles> own_profiles() {
    RDT_TRY(const auto folder, config_folder(variable));
    return Profiles::load(folder / "profiles.json");
}

} // namespace redoubt::remote
