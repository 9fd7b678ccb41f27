// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::remote {

/// A node that this user's programs know.
struct Profile {
    std::string name;
    std::string address;        ///< "HOST:PORT"
    crypto::Digest fingerprint; ///< of the node's certificate; nobody else is spoken to
    std::string role;           ///< that we had when it was made: "admin", "viewer"; empty: not known
};

/// The profiles of one file, which redoubtctl and the console share. Format: docs/formats/profiles.md.
/// Thread: one at a time.
class Profiles {
  public:
    static constexpr std::size_t k_most = 1'000;

    /// Empty where there is no file. Errors: invalid_argument what the file says wrongly, naming it; errno's.
    static Result<Profiles> load(const std::filesystem::path& file);

    [[nodiscard]] const std::vector<Profile>& all() const { return profiles_; }
    /// By name, else by address ("HOST" is "HOST:7443"). Errors: not_found, and what to do;
    /// invalid_argument several have this address.
    [[nodiscard]] Result<Profile> find(const std::string& wanted) const;
    /// Adds it, or replaces the one of this name. Errors: invalid_argument a name that is none;
    /// resource_exhausted too many.
    Status put(Profile profile);
    /// Errors: not_found.
    Status remove(const std::string& name);
    /// Writes the file, mode 0600; makes its folder, mode 0700. Errors: errno's.
    Status save() const;

  private:
    explicit Profiles(std::filesystem::path file) : file_(std::move(file)) {}
    Status take(std::string_view text);

    std::filesystem::path file_;
    std::vector<Profile> profiles_;
};

/// Looks a variable up; empty when it is not set.
using Environment = std::function<std::string(const char* name)>;

/// $XDG_CONFIG_HOME/redoubt, else ~/.config/redoubt: profiles.json and client-identity.json are there.
/// Errors: failed_precondition neither is known.
[[nodiscard]] Result<std::filesystem::path> config_folder(const Environment& environment);

/// "HOST" becomes "HOST:7443", an IPv6 address gets its brackets.
[[nodiscard]] std::string with_port(const std::string& address);

/// A profile's name: 1 to 64 letters, digits, and any of ".-_", and no address. Errors: invalid_argument.
[[nodiscard]] Status check_profile_name(std::string_view name);

} // namespace redoubt::remote
