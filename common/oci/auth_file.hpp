// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Credentials for registries in a file, as podman, skopeo and docker keep them. No I/O. Source:
/// containers-auth.json(5). The file holds passwords: nothing of its values is in any message.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "common/base/error.hpp"
#include "common/oci/reference.hpp"

namespace redoubt::oci {

inline constexpr std::size_t k_max_auth_file_bytes = 1U << 20U;

struct RegistryLogin {
    std::string username;
    std::string password;
    [[nodiscard]] bool operator==(const RegistryLogin&) const = default;
};

/// {"auths": {"registry.example:5000/team": {"auth": BASE64}}}. What else is in it stays as it is.
class AuthFile {
  public:
    AuthFile() = default;
    /// `name`: of the file, for errors. Errors: invalid_argument; resource_exhausted.
    [[nodiscard]] static Result<AuthFile> parse(std::string_view name, std::string_view json);

    /// The login for this image, whose name is qualified: that of the nearest of its repository, the
    /// namespaces above and the registry. Errors: invalid_argument the entry is no login; unimplemented a
    /// credential helper or an identity token.
    [[nodiscard]] Result<std::optional<RegistryLogin>> find(const Reference& image) const;
    /// The same by an entry's own name: "registry.example:5000", "registry.example/team".
    [[nodiscard]] Result<std::optional<RegistryLogin>> find_at(std::string_view place) const;
    void set(const std::string& place, const RegistryLogin& login);
    /// False when there was none.
    bool remove(const std::string& place);
    void remove_all();
    [[nodiscard]] std::vector<std::string> places() const;

    [[nodiscard]] std::string render() const;

  private:
    [[nodiscard]] const boost::json::object* auths() const;

    std::string name_ = "auth.json";
    boost::json::object root_;
};

/// A place that logins are kept by: a registry, or a namespace or repository in one. Errors:
/// invalid_argument.
[[nodiscard]] Status check_login_place(const std::string& place);
/// Its registry: what is in front of the first slash.
[[nodiscard]] std::string registry_of(std::string_view place);

} // namespace redoubt::oci
